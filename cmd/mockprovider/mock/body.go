package mock

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// slowPace is the wait between bytes of slow faults that name no pace.
const slowPace = 20 * time.Millisecond

// reply is the head of an answer.
type reply struct {
	status      int
	contentType string
	framing     framing
	length      int64 // for framingLength
	gzip        bool
	both        bool   // Content-Length beside chunked framing
	padding     int64  // bytes of an extra header line
	retryAfter  string // form of the key retry-after
	location    string
	extra       string // further header lines, each with CRLF
}

func (c *conn) appendHead(r *reply) {
	b := append(c.out, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(r.status), 10)
	b = append(b, ' ')
	b = append(b, statusText(r.status)...)
	if r.contentType != "" {
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, r.contentType...)
	}
	b = append(b, "\r\nX-Request-Id: req_mock_"...)
	b = strconv.AppendInt(b, c.x.number, 10)
	b = append(b, "\r\n"...)
	if r.framing == framingLength || r.both {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, r.length, 10)
		b = append(b, "\r\n"...)
	}
	if r.framing == framingChunked {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if c.req.close || r.framing == framingClose {
		b = append(b, "Connection: close\r\n"...)
	}
	if r.gzip {
		b = append(b, "Content-Encoding: gzip\r\n"...)
	}
	if r.retryAfter != "" {
		b = append(append(append(b, "Retry-After: "...), retryAfter(r.retryAfter)...), "\r\n"...)
	}
	if r.location != "" {
		b = append(append(append(b, "Location: "...), r.location...), "\r\n"...)
	}
	b = append(b, r.extra...)
	if r.padding > 0 {
		b = append(b, "X-Padding: "...)
		b = append(b, bytes.Repeat([]byte("x"), int(r.padding))...)
		b = append(b, "\r\n"...)
	}
	c.out = append(b, "\r\n"...)
}

func statusText(status int) string {
	if status == 529 {
		return "Site is overloaded"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Unknown"
}

// retryAfter writes the header value that the key asks for.
func retryAfter(v string) string {
	switch seconds, date := strings.CutPrefix(v, "date:"); {
	case date:
		n, _ := strconv.Atoi(seconds)
		return time.Now().Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
	case v == "garbage":
		return "soon, perhaps; \"ask\" again"
	case v == "10y":
		return "315360000"
	}
	return v
}

// bodyWriter brings body bytes onto the connection: compressed or not, cut as
// the scenario wants, framed.
type bodyWriter struct {
	c       *conn
	framing framing
	cut     cutMode
	slow    time.Duration // wait after each piece
	hangUp  bool          // close the connection after the answer without saying so
	random  *rand.Rand    // for cutRandom

	zip    *gzip.Writer // nil: not compressed
	zipped bytes.Buffer
	held   []byte // cutRandom: shorter than the next piece
	next   int    // cutRandom: length of the next piece
}

// write takes body bytes; after a border compressed bytes are flushed.
func (w *bodyWriter) write(b []byte, border bool) error {
	if w.zip != nil {
		_, _ = w.zip.Write(b) // a bytes.Buffer takes everything
		if border {
			_ = w.zip.Flush()
		}
		b = w.zipped.Bytes()
		defer w.zipped.Reset()
	}
	return w.pieces(b)
}

func (w *bodyWriter) pieces(b []byte) error {
	switch w.cut {
	case cutByte:
		for i := range b {
			if err := w.piece(b[i : i+1]); err != nil {
				return err
			}
		}
	case cutRandom:
		b = append(w.held, b...)
		for len(b) >= w.next {
			if err := w.piece(b[:w.next]); err != nil {
				return err
			}
			b, w.next = b[w.next:], 1+w.random.IntN(64)
		}
		w.held = append([]byte(nil), b...)
	case cutEvent:
		return w.piece(b)
	default:
		w.frame(b)
		if len(w.c.out) >= flushAt {
			return w.c.flush()
		}
	}
	return nil
}

// piece sends b as one write and one HTTP chunk.
func (w *bodyWriter) piece(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	w.frame(b)
	if w.slow > 0 {
		return w.c.wait(time.Now().Add(w.slow))
	}
	return w.c.flush()
}

func (w *bodyWriter) frame(b []byte) {
	if len(b) == 0 {
		return // an empty chunk would end the body
	}
	if w.framing != framingChunked {
		w.c.out = append(w.c.out, b...)
		return
	}
	w.c.out = strconv.AppendInt(w.c.out, int64(len(b)), 16)
	w.c.out = append(w.c.out, "\r\n"...)
	w.c.out = append(w.c.out, b...)
	w.c.out = append(w.c.out, "\r\n"...)
}

// event writes one whole event and books it with the write that carries it.
func (w *bodyWriter) event(b []byte, tokens int64, usage bool) error {
	if err := w.write(b, true); err != nil {
		return err
	}
	p := &w.c.pending
	p.any = true
	p.events++
	p.tokens += tokens
	p.usage = p.usage || usage
	if w.cut != cutNone {
		return w.c.flush()
	}
	return nil
}

// drain sends what is held back, as a fault or a wait needs it.
func (w *bodyWriter) drain() error {
	if len(w.held) > 0 {
		held := w.held
		w.held = nil
		if err := w.piece(held); err != nil {
			return err
		}
	}
	return w.c.flush()
}

// end closes the body properly.
func (w *bodyWriter) end() error {
	if w.zip != nil {
		_ = w.zip.Close()
		rest := w.zipped.Bytes()
		if err := w.pieces(rest); err != nil {
			return err
		}
	}
	if len(w.held) > 0 {
		if err := w.drain(); err != nil {
			return err
		}
	}
	if w.framing == framingChunked {
		w.c.out = append(w.c.out, "0\r\n\r\n"...)
	}
	return w.c.flush()
}

// openBody sends the head, with the faults that live in it, and prepares the
// writer. errLeft when the peer left meanwhile.
func (c *conn) openBody(sc *scenario, f fault, r *reply, stream bool) error {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	c.writer = bodyWriter{c: c, framing: r.framing, cut: sc.cut}
	w := &c.writer
	if sc.gzip && !r.gzip {
		r.gzip = true
		w.zip = gzip.NewWriter(&w.zipped)
	}
	if sc.cut == cutRandom {
		w.random = sc.random(c.x.nth)
		w.next = 1 + w.random.IntN(64)
	}
	switch f {
	case faultLyingGzip:
		r.gzip = true
	case faultWrongType:
		r.contentType = "text/plain; charset=utf-8"
		if stream {
			r.contentType = typeJSON
		}
	case faultBigHead:
		r.padding = sc.bytesOr(64 << 10)
	case faultBothLengths:
		r.both, r.framing, w.framing = true, framingChunked, framingChunked
	case faultEarlyHints:
		c.out = append(c.out, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"...)
	case faultIdleClose:
		w.hangUp = true
	case faultSlowBody:
		w.cut, w.slow = cutByte, sc.slowness()
	}
	c.appendHead(r)
	if f == faultSlowHead {
		head := bytes.Clone(c.out)
		c.out = c.out[:0]
		for _, b := range head {
			c.out = append(c.out, b)
			if err := c.wait(time.Now().Add(sc.slowness())); err != nil {
				return err
			}
		}
	}
	c.server.headSent(&c.x, r.status, stream)
	return nil
}

func (s *scenario) slowness() time.Duration {
	if s.pace > 0 {
		return s.pace
	}
	return slowPace
}

// after says what becomes of the connection when an answer is complete.
func (c *conn) after(f framing) ending {
	if c.req.close || f == framingClose || c.writer.hangUp {
		return endClose
	}
	return endKeep
}
