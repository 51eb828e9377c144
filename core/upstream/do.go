package upstream

import (
	"errors"
	"io"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Do sends at.Request and reads the head of the answer into resp, whatever its
// status; redirects are answers like any other and never followed. On success
// the caller reads the body and then calls [Response.Close]; on an error resp
// holds nothing. ex.Cancel interrupts every stage, of Do and of the reads after
// it.
//
// An idle connection may turn out to have been closed by the upstream at the
// very moment of the request. Then, if no byte of an answer came, the request
// is sent once more on a new connection, if Options.Resend has nothing against
// it; this is no attempt of its own.
//
// Errors have the codes CodeUpstreamConnect, CodeUpstreamTimeout,
// CodeUpstreamCut, CodeUpstreamInvalid, CodeUpstreamTooLarge, CodeEgressDenied,
// CodeOverloaded, CodeDeadline, CodeInternal, and by [core.Exchange.Cause]
// CodeClientGone, CodeDraining and CodeBlocked.
func (h *Host) Do(ex *core.Exchange, at *core.Attempt, resp *Response) *core.Error {
	t := &at.Deployment.Provider.Timeouts
	l := h.limitsOf(ex, t)
	if ex.Cause() != core.CauseNone {
		return h.cancelled(ex)
	}
	resp.begin(h, ex, t, l.total)
	c, err := h.take(ex, &l)
	if err != nil {
		return err
	}
	at.Sent = true
	stale, err := resp.roundTrip(c, &at.Request, l.now)
	if err != nil && stale && h.mayResend() {
		c.close()
		h.dropBuffer(c)
		if c, err = h.dial(ex, &l); err != nil {
			return err
		}
		_, err = resp.roundTrip(c, &at.Request, l.now)
	}
	if err != nil {
		h.discard(c)
		resp.Reset()
	}
	return err
}

// mayResend notes that a connection was found closed by the request on it and
// tells whether that one may be sent again. An upstream that reads requests and
// then dies looks the same, so this must not be free.
func (h *Host) mayResend() bool {
	h.wary.Store(true)
	return h.opt.Resend == nil || h.opt.Resend()
}

// roundTrip sends the request on c, now being the present moment, and reads the
// head. On success c is armed and belongs to r; else the caller closes it, and
// stale tells that c was closed by the upstream before the request reached it.
func (r *Response) roundTrip(c *conn, req *core.UpstreamRequest, now moment) (stale bool, _ *core.Error) {
	r.sent, r.headOf = now, req.Method == "HEAD"
	if !r.ex.Arm(c) {
		return false, r.host.cancelled(r.ex)
	}
	err := r.writeAndRead(c, req)
	if err == nil {
		r.conn = c
		return false, nil
	}
	r.ex.Disarm()
	if r.ex.Cause() != core.CauseNone {
		return false, r.host.cancelled(r.ex)
	}
	if e, ok := errors.AsType[*core.Error](err); ok {
		return false, e
	}
	stale = c.reused && c.w == 0 && (errors.Is(err, io.EOF) || isReset(err)) && r.host.now()-r.sent < staleWithin
	return stale, r.headError(c, err)
}

func (r *Response) writeAndRead(c *conn, req *core.UpstreamRequest) error {
	r.host.giveBuffer(c)
	err := r.write(c, req)
	if _, ours := errors.AsType[*core.Error](err); ours {
		return err
	}
	if err != nil {
		return r.earlyAnswer(c, err)
	}
	return r.readHead(c)
}

// write sends the request and sets the deadline of the head.
func (r *Response) write(c *conn, req *core.UpstreamRequest) error {
	body, size := req.Body, req.BodyLen()
	if len(req.Trailers) > 0 {
		var bad *core.Error
		if body, size, bad = r.host.chunked(req, size); bad != nil {
			return bad
		}
	}
	// The buffer for the answer is free until the request has left.
	head, bad := r.host.appendHead(c.buf[:0], req, size, r.host.kinds.of(r.ex))
	if bad != nil {
		return bad
	}
	size += len(head)
	large := size > writeBuffer
	if size > cap(head) && (!large || c.rw != c.raw) { // else the kernel gathers what lies apart
		page := r.host.writers.Get().(*[writeBuffer]byte) // the pool's New makes nothing else
		defer r.host.writers.Put(page)
		head = append(page[:0], head...)
	}
	if large {
		if err := c.sendLarge(head, body, &r.pace); err != nil {
			return err
		}
		// It took its own time.
		r.sent = r.host.now()
		r.until = r.sent.after(r.firstByte, r.total)
		r.allowRead(c, r.until, r.sent)
		return nil
	}
	// One deadline bounds the write of a small request and the wait for the head.
	r.until = r.sent.after(r.firstByte, r.total)
	r.allow(c, r.until, r.sent)
	if err := r.check(); err != nil {
		return err
	}
	for _, b := range body {
		head = append(head, b...)
	}
	_, err := c.rw.Write(head)
	return err
}

// readHead reads until the head of the final answer is whole.
func (r *Response) readHead(c *conn) error {
	kind := r.host.kinds.of(r.ex)
	like := kind.shape.Load()
	r.head.begin(like)
	for spent := 0; ; {
		end := 0
		if c.buffered() > 0 {
			var err error
			if end, err = r.head.read(c.buf[c.r:c.w]); err != nil {
				return err
			}
		}
		if end == 0 {
			if spent+c.buffered() >= maxHead || !c.grow(maxHead) {
				return errHeadTooLarge
			}
			n, err := r.receive(c, c.buf[c.w:])
			if c.w += n; err != nil {
				return err
			}
			continue
		}
		c.r += end
		spent += end
		if r.head.status >= 200 {
			if like == nil {
				kind.shape.Store(newShape(&r.head))
			}
			r.frame()
			return nil
		}
		r.head.begin(like)
	}
}

// receive reads what is there into p, at least one byte, and waits for it until
// r.until.
func (r *Response) receive(c *conn, p []byte) (int, error) {
	for {
		if err := r.check(); err != nil {
			return 0, err
		}
		n, err := c.rw.Read(p)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
		case c.readBy != r.until && isTimeout(err):
			r.readBy(c, r.until) // the deadline was early
		default:
			return 0, err
		}
	}
}

// earlyAnswer looks for an answer after a write failed: an upstream that
// refuses a body says so and closes without reading the rest.
func (r *Response) earlyAnswer(c *conn, cause error) error {
	if err := r.check(); err != nil {
		return err
	}
	r.until = r.host.now().after(earlyWait, r.total)
	r.readBy(c, r.until)
	if r.readHead(c) != nil {
		return cause
	}
	r.noReuse = true
	return nil
}

// earlyWait is how long a failed write waits for the answer that explains it.
const earlyWait = 100 * time.Millisecond

// headError makes the error for a request that got no head.
func (r *Response) headError(c *conn, err error) *core.Error {
	h := r.host
	switch {
	case isTimeout(err) && r.total != 0 && r.until >= r.total:
		return h.late()
	case isTimeout(err):
		return h.fail(core.CodeUpstreamTimeout, err, "provider %q did not begin to answer in time")
	case errors.Is(err, errHeadTooLarge), errors.Is(err, errHeadFields):
		return h.fail(core.CodeUpstreamTooLarge, err, "provider %q sent an answer whose header is too large")
	case errors.Is(err, io.EOF) && c.buffered() == 0:
		return h.fail(core.CodeUpstreamCut, errStatusOnly, "provider %q closed the connection without an answer")
	case errors.Is(err, io.EOF), isReset(err):
		return h.fail(core.CodeUpstreamCut, err, "provider %q broke the connection off before it answered")
	default:
		return h.fail(core.CodeUpstreamInvalid, err, "provider %q sent an answer that is not valid HTTP")
	}
}
