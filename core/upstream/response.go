package upstream

import (
	"errors"
	"io"
	"math"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// DefaultLimit bounds a whole answer in bytes, after decompression.
const DefaultLimit = 64 << 20

const (
	readStep  = 64 << 10 // room asked for at a time when a body's length is unknown
	trustStep = 1 << 20  // room given at once to a length that only the upstream vouches for
)

// Response is the answer of one [Host.Do]. The zero value is ready; it is meant
// to be pooled with its exchange. It belongs to the goroutine that serves the
// exchange.
type Response struct {
	// Status is the final HTTP status, 200 to 599.
	Status int

	pace
	head  head
	conn  *conn // nil when closed or given back
	sent  moment
	until moment // how long the read under way may wait

	framing framing
	left    int64 // bytes left of a body with a length
	chunks  dechunker
	ended   bool // the body was read to its end
	headOf  bool // the request was a HEAD, whose answer has no body
	noReuse bool
	err     *core.Error // why the body cannot be read on
	zip     *inflater   // undoes a content coding nobody asked for

	reframer Reframer // nil for none
}

// framing is how the end of a body is found.
type framing uint8

const (
	framedLength framing = iota
	framedChunks
	framedClose
)

var _ core.Headers = (*Response)(nil)

// begin prepares r for a call at h.
func (r *Response) begin(h *Host, ex *core.Exchange, t *core.Timeouts, total moment) {
	if r.host != nil {
		r.Reset()
	}
	r.err = nil
	r.pace = pace{ex: ex, host: h, firstByte: t.FirstByte, idle: t.Idle, total: total}
}

// Reset closes what is open and makes r ready for another call.
func (r *Response) Reset() {
	r.Close(false)
	r.pace = pace{}
	r.head.reset()
	r.Status, r.err, r.zip, r.reframer = 0, nil, nil, nil
	r.framing, r.left, r.ended, r.noReuse, r.headOf = framedLength, 0, false, false, false
	r.chunks = dechunker{}
}

// frame decides from the head how the body ends.
func (r *Response) frame() {
	h := &r.head
	r.Status = h.status
	r.noReuse = h.close || h.http10
	r.ended, r.left, r.chunks = false, 0, dechunker{trailer: r.chunks.trailer[:0]}
	switch {
	case h.status == 204 || h.status == 304 || r.headOf:
		r.framing, r.ended = framedLength, true
	case h.chunked:
		r.framing = framedChunks
	case h.length >= 0:
		r.framing, r.left, r.ended = framedLength, h.length, h.length == 0
	default:
		r.framing, r.noReuse = framedClose, true
	}
}

// Get returns the value of the first header field of that name, in any case,
// or nil. The bytes are valid until Reset or the next Do.
func (r *Response) Get(name string) []byte { return r.head.get(name) }

// Len returns the number of header fields.
func (r *Response) Len() int { return len(r.head.fields) }

// Field returns the i-th header field in the order of the wire, 0 ≤ i < Len().
// The name is spelled as the upstream did. The bytes are valid until Reset or
// the next Do.
func (r *Response) Field(i int) (name, value []byte) {
	f := &r.head.fields[i]
	return r.head.data[f.name:f.nameEnd], r.head.data[f.value:f.valueEnd]
}

// ContentLength returns the length of the body in bytes as it travels, or -1
// when the upstream did not say.
func (r *Response) ContentLength() int64 {
	if r.framing == framedLength && r.host != nil {
		return max(r.head.length, 0)
	}
	return -1
}

// Close ends the answer. With reuse, the connection serves further exchanges if
// the body was read to its end and nothing speaks against it; otherwise it is
// closed, which tells the upstream to stop. Close may be called any number of
// times. The header stays readable.
func (r *Response) Close(reuse bool) {
	if r.conn != nil {
		r.finish(reuse)
	}
}

func (r *Response) finish(reuse bool) {
	c := r.conn
	if !r.ended && reuse && r.err == nil {
		r.skipBuffered(c)
	}
	r.conn = nil
	live := r.ex.Disarm()
	if live && reuse && r.ended && !r.noReuse && c.buffered() == 0 {
		r.host.put(c)
	} else {
		r.host.discard(c)
	}
}

// Hurry bounds what is left of the answer: reads after d from now fail.
func (r *Response) Hurry(d time.Duration) {
	if r.host != nil {
		r.total = r.host.now().after(d, r.total)
	}
}

// skipBuffered reads the end of a body over if it is here already.
func (r *Response) skipBuffered(c *conn) {
	switch r.framing {
	case framedLength:
		if r.left <= int64(c.buffered()) {
			c.r += int(r.left)
			r.left, r.ended = 0, true
		}
	case framedChunks:
		b := c.buf[c.r:c.w]
		if _, _, used, err := r.chunks.decode(b); err == nil && r.chunks.done() {
			c.r += used
			r.ended = true
		}
	case framedClose:
	}
}

// Next returns the payload that is there now, waiting for at least one byte if
// there is none. The bytes lie in r's own buffer and are valid until the
// following call of Next, ReadAll, Close or Reset; the caller may write to them.
// At the end of a whole body the error is [io.EOF]; every other error is a
// [*core.Error] with CodeUpstreamIdle, CodeUpstreamCut, CodeUpstreamInvalid,
// CodeDeadline or the exchange's cause, and repeats.
func (r *Response) Next() ([]byte, error) {
	if r.reframer != nil {
		return r.nextReframed()
	}
	return r.nextPlain()
}

// nextPlain is Next without a Reframer.
func (r *Response) nextPlain() ([]byte, error) {
	if r.head.compressed != codingNone {
		return r.inflate()
	}
	return r.nextRaw()
}

// nextRaw is Next without the content coding.
func (r *Response) nextRaw() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	c := r.conn
	for !r.ended {
		if c == nil {
			return nil, r.stop(errCut)
		}
		if c.r == c.w {
			c.r, c.w = 0, 0
			n, err := r.read(c.buf)
			c.w = n
			if n == 0 && err != nil {
				return nil, r.stop(err)
			}
		}
		if b, err := r.consume(c); err != nil {
			return nil, r.stop(err)
		} else if len(b) > 0 {
			return b, nil
		}
	}
	r.Close(true)
	return nil, io.EOF
}

// consume takes the payload out of the bytes in c's buffer.
func (r *Response) consume(c *conn) ([]byte, error) {
	b := c.buf[c.r:c.w]
	switch r.framing {
	case framedChunks:
		start, end, used, err := r.chunks.decode(b)
		c.r += used
		r.ended = r.chunks.done()
		return b[start:end], err
	case framedLength:
		if int64(len(b)) > r.left {
			b = b[:r.left]
		}
		r.left -= int64(len(b))
		r.ended = r.left == 0
	case framedClose:
	}
	c.r += len(b)
	return b, nil
}

// read reads what is there into p, for no longer than the idle and the total
// bound allow. At the end of a body that only the connection's end marks, it
// sets r.ended and returns 0 and nil.
func (r *Response) read(p []byte) (int, error) {
	now := r.host.now()
	r.until = now.after(r.idle, r.total)
	r.allowRead(r.conn, r.until, now)
	n, err := r.receive(r.conn, p)
	if err != nil && r.framing == framedClose && errors.Is(err, io.EOF) {
		r.ended = true
		return 0, nil
	}
	return n, err
}

// stop closes the connection and remembers why.
func (r *Response) stop(err error) *core.Error {
	h := r.host
	e, known := errors.AsType[*core.Error](err)
	switch {
	case known:
	case h == nil:
		e = core.Errorf(core.CodeInternal, "there is no answer to read")
	case r.ex.Cause() != core.CauseNone:
		e = h.cancelled(r.ex)
	case isTimeout(err) && r.total != 0 && r.until >= r.total:
		e = h.late()
	case isTimeout(err):
		e = h.fail(core.CodeUpstreamIdle, err, "provider %q fell silent in the middle of its answer")
	case errors.Is(err, errCut), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isReset(err):
		e = h.fail(core.CodeUpstreamCut, err, "provider %q broke its answer off")
	default:
		e = h.fail(core.CodeUpstreamInvalid, err, "provider %q sent an answer that cannot be read")
	}
	r.err = e
	r.Close(false)
	return e
}

// ReadAll appends the rest of the body to dst and gives the connection back.
// The whole body, decompressed, may have limit bytes; 0 or less means
// [DefaultLimit]. Beyond that the error has CodeUpstreamTooLarge; the other
// codes are those of [Response.Next]. On an error the bytes read so far are
// returned too.
func (r *Response) ReadAll(dst []byte, limit int) ([]byte, *core.Error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, math.MaxInt-len(dst)) + len(dst)
	if r.head.compressed != codingNone {
		return r.readPieces(dst, limit)
	}
	if r.framing == framedLength && r.left > int64(limit-len(dst)) {
		return dst, r.stop(r.tooLarge())
	}
	return r.readWhole(dst, limit)
}

// readPieces collects the pieces of Next until dst would have more than limit
// bytes.
func (r *Response) readPieces(dst []byte, limit int) ([]byte, *core.Error) {
	for {
		b, err := r.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			return dst, nil
		}
		if err != nil {
			return dst, r.stop(err)
		}
		if len(b) > limit-len(dst) {
			return dst, r.stop(r.tooLarge())
		}
		dst = append(r.room(dst, len(b)), b...)
	}
}

// readWhole reads straight into dst, past the connection's buffer.
func (r *Response) readWhole(dst []byte, limit int) ([]byte, *core.Error) {
	if r.err != nil {
		return dst, r.err
	}
	if c := r.conn; c != nil && c.buffered() > 0 && !r.ended {
		b, err := r.consume(c)
		if err != nil {
			return dst, r.stop(err)
		}
		if len(b) > limit-len(dst) {
			return dst, r.stop(r.tooLarge())
		}
		dst = append(r.room(dst, len(b)), b...)
	}
	for !r.ended {
		if r.conn == nil {
			return dst, r.stop(errCut)
		}
		dst = r.room(dst, 1)
		p := dst[len(dst):cap(dst)]
		if r.framing == framedLength && int64(len(p)) > r.left {
			p = p[:r.left]
		}
		n, err := r.read(p)
		if err != nil {
			return dst, r.stop(err)
		}
		if n, err = r.settle(p[:n]); err != nil {
			return dst, r.stop(err)
		}
		if dst = dst[:len(dst)+n]; len(dst) > limit {
			return dst[:limit], r.stop(r.tooLarge())
		}
	}
	r.Close(true)
	return dst, nil
}

// settle accounts for the bytes b that were read past the buffer and moves the
// payload in them to their front. It returns the payload's length.
func (r *Response) settle(b []byte) (int, error) {
	switch r.framing {
	case framedChunks:
		start, end, used, err := r.chunks.decode(b)
		if err != nil {
			return 0, err
		}
		r.ended = r.chunks.done()
		if used < len(b) {
			r.noReuse = true // bytes after the end
		}
		return copy(b, b[start:end]), nil
	case framedLength:
		r.left -= int64(len(b))
		r.ended = r.left == 0
	case framedClose:
	}
	return len(b), nil
}

// room returns dst with room for at least n further bytes: for the rest of the
// body as far as its length is known and believable.
func (r *Response) room(dst []byte, n int) []byte {
	free := cap(dst) - len(dst)
	if r.framing == framedLength {
		n = max(n, int(min(r.left, trustStep)))
	}
	if free >= n {
		return dst
	}
	if r.framing != framedLength {
		n = max(n, min(cap(dst), readStep), 4<<10)
	}
	grown := make([]byte, len(dst), max(len(dst)+n, min(2*cap(dst), len(dst)+16*trustStep)))
	copy(grown, dst)
	return grown
}

func (r *Response) tooLarge() *core.Error {
	return r.host.fail(core.CodeUpstreamTooLarge, nil, "the answer of provider %q is too large")
}
