package load

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// conn is one connection and the request that is outstanding on it.
type conn struct {
	fd    int
	place int // in loop.conns

	busy    bool
	written int // bytes of the request
	sent    time.Time
	due     time.Time
	first   bool // the first byte of the answer is here

	answer response
	events events
	start  []byte // of the body of an answer that is not 200
}

// open connects. On loopback that takes no time, so it blocks.
func (l *loop) open() (*conn, error) {
	fd, err := l.dial()
	if err != nil {
		return nil, err
	}
	c := &conn{fd: fd, place: len(l.conns)}
	l.conns = append(l.conns, c)
	return c, l.watchConn(c)
}

func (l *loop) dial() (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	err = os.NewSyscallError("connect", unix.Connect(fd, &l.to))
	if err == nil {
		err = errors.Join(unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1), unix.SetNonblock(fd, true))
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// watchConn registers c once for all: edges need no further system calls.
func (l *loop) watchConn(c *conn) error {
	return l.watch(c.fd, c.place, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP|unix.EPOLLET)
}

// send starts a request that was due at a time.
func (l *loop) send(c *conn, due time.Time) {
	c.busy, c.written, c.first, c.due = true, 0, false, due
	c.events = events{}
	l.busy++
	l.result.Sent++
	c.sent = time.Now()
	c.write(l)
}

// write sends as much as the socket takes.
func (c *conn) write(l *loop) {
	for c.written < len(l.plan.Request) {
		n, err := unix.Write(c.fd, l.plan.Request[c.written:])
		switch err {
		case nil:
			c.written += n
		case unix.EINTR:
		case unix.EAGAIN:
			return
		default:
			c.broken(l, "write: "+err.Error())
			return
		}
	}
}

// ready goes on after an edge. A short read has emptied the socket, and the next
// bytes are a new edge; but an end of the stream that was told with this edge
// is not told again.
func (c *conn) ready(l *loop, ended bool) {
	if c.busy && c.written < len(l.plan.Request) {
		c.write(l)
	}
	for {
		n, err := unix.Read(c.fd, l.buf)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil:
			c.broken(l, "read: "+err.Error())
			return
		case n == 0:
			c.broken(l, "the connection was closed before the end of the answer")
			return
		case !c.take(l, l.buf[:n]):
			return
		case n < len(l.buf) && !ended:
			return
		}
	}
}

// take reads on in b; false means that c was broken on the way.
func (c *conn) take(l *loop, b []byte) bool {
	if !c.busy {
		c.broken(l, "bytes that nobody asked for")
		return false
	}
	now := time.Now()
	if !c.first {
		c.first = true
		if l.record {
			l.result.First.Add(now.Sub(c.sent))
		}
	}
	used, done, err := c.answer.feed(b, func(body []byte) { c.body(l, body, now) })
	switch {
	case err != nil:
		c.broken(l, err.Error())
		return false
	case !done:
		return true
	case used < len(b):
		c.broken(l, fmt.Sprintf("%d bytes after the end of the answer", len(b)-used))
		return false
	}
	return c.ended(l, now)
}

// body sees a piece of an answer's body.
func (c *conn) body(l *loop, b []byte, now time.Time) {
	switch {
	case c.answer.status != 200:
		c.start = append(c.start, b[:min(len(b), 300-min(300, len(c.start)))]...)
	case l.plan.Stream:
		l.scratch = c.events.feed(b, l.scratch, func(stamp int64) {
			l.result.Stamps++
			if l.record {
				l.result.Delay.Add(time.Duration(now.UnixNano() - stamp))
			}
		})
	}
}

// ended books a whole answer.
func (c *conn) ended(l *loop, now time.Time) bool {
	c.busy = false
	l.busy--
	switch {
	case c.answer.status != 200:
		l.fail(fmt.Sprintf("status %d: %s", c.answer.status, c.start))
		c.start = c.start[:0]
	case l.plan.Stream && !c.events.done():
		l.fail("a stream ended without [DONE]")
	default:
		l.result.Done++
		if l.record {
			l.result.Latency.Add(now.Sub(c.sent))
			l.result.Intended.Add(now.Sub(c.due))
		}
	}
	if c.answer.close {
		return c.again(l)
	}
	l.idle(c)
	return true
}

// broken counts the outstanding request as failed and connects anew.
func (c *conn) broken(l *loop, why string) {
	if c.busy {
		c.busy = false
		l.busy--
		l.fail(why)
	}
	c.again(l)
}

// again replaces the connection. It always returns false: what was read belongs
// to the old one.
func (c *conn) again(l *loop) bool {
	_ = unix.Close(c.fd)
	fd, err := l.dial()
	if err == nil {
		c.fd, c.answer = fd, response{}
		err = l.watchConn(c)
	}
	if err != nil {
		c.fd = -1 // it stays out of use
		l.note("connect: " + err.Error())
		return false
	}
	if !slices.Contains(l.free, c) {
		l.idle(c)
	}
	return false
}
