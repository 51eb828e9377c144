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
	l := limitsOf(ex, t, time.Now())
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
func (r *Response) roundTrip(c *conn, req *core.UpstreamRequest, now time.Time) (stale bool, _ *core.Error) {
	r.sent = now
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
	stale = c.reused && c.w == 0 && (errors.Is(err, io.EOF) || isReset(err)) && time.Since(r.sent) < staleWithin
	return stale, r.headError(c, err)
}

func (r *Response) writeAndRead(c *conn, req *core.UpstreamRequest) error {
	page := r.host.writers.Get().(*[writeBuffer]byte) // the pool's New makes nothing else
	large, err := r.write(c, req, page)
	r.host.writers.Put(page)
	if _, ours := errors.AsType[*core.Error](err); ours {
		return err
	}
	r.host.giveBuffer(c)
	if err != nil {
		return r.earlyAnswer(c, err)
	}
	if large {
		r.sent = time.Now()
		r.until = within(r.firstByte, r.total)
		_ = c.raw.SetReadDeadline(r.until)
	}
	return r.readHead(c)
}

// write sends the request by way of page and sets the deadline of the head,
// unless the request is large, which takes its own time.
func (r *Response) write(c *conn, req *core.UpstreamRequest, page *[writeBuffer]byte) (large bool, _ error) {
	head, bad := r.host.appendHead(page[:0], req)
	if bad != nil {
		return false, bad
	}
	large = len(head)+req.BodyLen() > cap(head)
	// One timer bounds the write of a small request, which the kernel takes at
	// once, and the wait for the head.
	r.until = r.total
	if r.firstByte > 0 {
		r.until = earlier(r.sent.Add(r.firstByte), r.total)
	}
	_ = c.raw.SetDeadline(r.until)
	if err := r.check(); err != nil {
		return large, err
	}
	return large, c.send(head, req, &r.pace)
}

// readHead reads until the head of the final answer is whole.
func (r *Response) readHead(c *conn) error {
	seen, spent := 0, 0
	for {
		b := c.buf[c.r:c.w]
		end := headEnd(b, seen)
		if end == 0 {
			seen = len(b)
			if spent+seen >= maxHead || !c.grow(maxHead) {
				return errHeadTooLarge
			}
			if err := r.fill(c); err != nil {
				return err
			}
			continue
		}
		if err := r.head.parse(b[:end]); err != nil {
			return err
		}
		c.r += end
		seen, spent = 0, spent+end
		if r.head.status >= 200 {
			r.frame()
			return nil
		}
	}
}

// fill reads what is there into the free end of c's buffer.
func (r *Response) fill(c *conn) error {
	if err := r.check(); err != nil {
		return err
	}
	n, err := c.rw.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	return err
}

// earlyAnswer looks for an answer after a write failed: an upstream that
// refuses a body says so and closes without reading the rest.
func (r *Response) earlyAnswer(c *conn, cause error) error {
	if err := r.check(); err != nil {
		return err
	}
	r.until = earlier(time.Now().Add(earlyWait), r.total)
	_ = c.raw.SetReadDeadline(r.until)
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
	case isTimeout(err) && !r.total.IsZero() && !r.until.Before(r.total):
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
