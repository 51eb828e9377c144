package upstream

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	readBuffer  = 4 << 10   // bytes an open answer holds for reading
	writeBuffer = 16 << 10  // bytes up to which a request leaves in one write: one TLS record
	writeGroup  = 256 << 10 // bytes of a large request under one write deadline

	// maxAge bounds the life of a connection, so that traffic follows a name
	// that changed its address even when a connection is never idle.
	maxAge = 10 * time.Minute
	// An idle connection is looked at before use when it rested for this long.
	// Servers that close one, or say 408 on it, do so after seconds.
	quietAfter = 10 * time.Millisecond
	// A reused connection that breaks within this time after the request and
	// before the first byte was closed while idle: the request was never read.
	staleWithin = 500 * time.Millisecond
)

// past is a deadline that has expired whatever the clock says.
var past = time.Unix(1, 0)

// conn is one connection. It belongs to one exchange or to the idle list.
type conn struct {
	raw    net.Conn // TCP; deadlines are set here
	rw     net.Conn // raw, or TLS over it
	probe  prober
	born   time.Time
	since  time.Time // when it became idle
	reused bool

	page *[readBuffer]byte // nil while idle
	buf  []byte            // page, or a larger one; bytes [r, w) are read and not yet consumed
	r, w int

	vec   net.Buffers // scratch of sendLarge
	parts net.Buffers
}

// Cancel wakes a reader or writer of c at once. The exchange's own goroutine
// then finds the cause and closes c.
func (c *conn) Cancel() { _ = c.raw.SetDeadline(past) }

// close closes the socket without a farewell of TLS, which could block; HTTP
// frames its messages itself.
func (c *conn) close() { _ = c.raw.Close() }

// buffered returns how many bytes are read and not yet consumed.
func (c *conn) buffered() int { return c.w - c.r }

// grow makes room for more bytes behind those not yet consumed.
func (c *conn) grow(limit int) bool {
	if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if c.w < len(c.buf) {
		return true
	}
	if len(c.buf) >= limit {
		return false
	}
	b := make([]byte, min(2*len(c.buf), limit))
	c.w = copy(b, c.buf[:c.w])
	c.buf = b
	return true
}

// send writes the request. head holds the serialised head and has room for a
// small body.
func (c *conn) send(head []byte, req *core.UpstreamRequest, p *pace) error {
	if size := len(head) + req.BodyLen(); size <= cap(head) {
		for _, b := range req.Body {
			head = append(head, b...)
		}
		_, err := c.rw.Write(head)
		return err
	}
	if c.rw == c.raw {
		return c.sendVectors(head, req.Body, p)
	}
	return c.sendRecords(head, req.Body, p)
}

// sendVectors writes a large request with writev, group by group.
func (c *conn) sendVectors(head []byte, body [][]byte, p *pace) error {
	c.parts = append(c.parts[:0], head)
	size := len(head)
	defer func() {
		clear(c.parts[:cap(c.parts)])
		c.vec = nil
	}()
	flush := func() error {
		if err := p.write(c); err != nil {
			return err
		}
		c.vec = c.parts
		_, err := c.vec.WriteTo(c.raw)
		c.parts, size = c.parts[:0], 0
		return err
	}
	for _, b := range body {
		for len(b) > 0 {
			n := min(len(b), writeGroup-size)
			c.parts = append(c.parts, b[:n])
			b = b[n:]
			if size += n; size == writeGroup {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if size == 0 {
		return nil
	}
	return flush()
}

// sendRecords writes a large request over TLS. Small ranges are gathered so
// that records are not tiny.
func (c *conn) sendRecords(head []byte, body [][]byte, p *pace) error {
	write := func(b []byte) error {
		if err := p.write(c); err != nil {
			return err
		}
		_, err := c.rw.Write(b)
		return err
	}
	buf := head
	for _, b := range body {
		for len(b) > 0 {
			if len(buf) == 0 && len(b) >= writeBuffer {
				n := min(len(b), writeGroup)
				if err := write(b[:n]); err != nil {
					return err
				}
				b = b[n:]
				continue
			}
			n := min(len(b), cap(buf)-len(buf))
			buf, b = append(buf, b[:n]...), b[n:]
			if len(buf) == cap(buf) {
				if err := write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	if len(buf) == 0 {
		return nil
	}
	return write(buf)
}

// pace is how long the stages of one answer may take, and for which exchange.
type pace struct {
	ex        *core.Exchange
	firstByte time.Duration
	idle      time.Duration
	total     time.Time
}

// errCancelled stands for whatever [core.Exchange.Cause] says.
var errCancelled = errors.New("cancelled")

// check must follow each new deadline: it may have undone a cancellation's.
func (p *pace) check() error {
	if p.ex.Cause() != core.CauseNone {
		return errCancelled
	}
	return nil
}

// write allows one more write.
func (p *pace) write(c *conn) error {
	_ = c.raw.SetWriteDeadline(within(p.idle, p.total))
	return p.check()
}

// within returns the moment d from now, but not later than total. Zero values
// mean no bound.
func within(d time.Duration, total time.Time) time.Time {
	if d <= 0 {
		return total
	}
	return earlier(time.Now().Add(d), total)
}

// earlier returns the earlier of two moments, of which a zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// isReset tells whether the peer tore the connection down.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNABORTED)
}
