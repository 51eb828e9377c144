package upstream

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	readBuffer  = 4 << 10   // bytes an open answer holds for reading
	writeBuffer = 16 << 10  // bytes up to which a request leaves in one write: one TLS record
	writeGroup  = 256 << 10 // bytes of a large request under one write deadline
	maxWarm     = 32        // idle connections of a host that keep their buffer

	// maxAge bounds the life of a connection, so that traffic follows a name
	// that changed its address even when a connection is never idle.
	maxAge = moment(10 * time.Minute)
	// An idle connection is looked at before use when it rested for this long.
	// Servers that close one, or say 408 on it, do so after seconds.
	quietAfter = moment(10 * time.Millisecond)
	// A reused connection that breaks within this time after the request and
	// before the first byte was closed while idle: the request was never read.
	staleWithin = moment(500 * time.Millisecond)
)

// conn is one connection. It belongs to one exchange or to the idle list.
type conn struct {
	raw    net.Conn // TCP; deadlines are set here
	rw     net.Conn // raw, or TLS over it
	probe  prober
	born   moment
	since  moment // when it became idle
	reused bool

	// The deadlines that stand, as far as no cancellation moved them.
	readBy, writeBy moment

	page *[readBuffer]byte // nil on most idle connections
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

// sendLarge writes a request that does not leave in one write. What room is
// free behind head serves to gather small ranges.
func (c *conn) sendLarge(head []byte, body [][]byte, p *pace) error {
	if c.rw == c.raw {
		return c.sendVectors(head, body, p)
	}
	return c.sendRecords(head, body, p)
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

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// isReset tells whether the peer tore the connection down.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNABORTED)
}
