package mock

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

const (
	handshakeTimeout = 10 * time.Second
	maxHead          = 64 << 10
	maxBody          = 256 << 20
	maxPipelined     = 64 << 10  // read ahead while an answer is due
	maxIdleBuffer    = 256 << 10 // larger buffers are dropped between requests
	flushAt          = 32 << 10  // what is due at once goes out in writes of about this size
)

// errLeft says that the peer is gone, or that the server is closing.
var errLeft = errors.New("mock: the peer left")

// conn serves one connection on one goroutine. While it waits it reads, so a
// peer that leaves ends the wait; bytes that arrive then are the next request.
type conn struct {
	server *Server
	id     int64
	raw    *net.TCPConn
	tls    *tls.Conn // nil on a plain connection
	nc     net.Conn  // what is read and written: tls or raw
	busy   atomic.Bool

	control   bool // has only asked for /__mock/ so far
	served    int  // requests read
	deadlined bool // a read deadline is set

	in   []byte
	r, w int // in[r:w] is read and not yet used

	out     []byte  // to be written by flush
	pending pending // what out holds, for the books
	body    []byte  // scratch for whole bodies and events
	prefix  []byte  // scratch for what the events of a stream share

	req    request
	call   call
	x      exchange
	writer bodyWriter

	memo struct { // the scenario of the last request
		table              *scenarios
		credential, header []byte
		scenario           *scenario
	}
}

// ending is what becomes of a connection after an answer.
type ending uint8

const (
	endKeep  ending = iota // serve the next request
	endClose               // FIN
	endReset               // RST
)

func (c *conn) serve() {
	defer func() { _ = c.nc.Close() }()
	if !c.handshake() {
		return
	}
	for {
		c.busy.Store(false)
		err := c.readRequest()
		if err != nil {
			if r, ok := errors.AsType[*refusal](err); ok {
				c.refuse(r)
			}
			return
		}
		switch c.answer() {
		case endKeep:
		case endClose:
			return
		case endReset:
			_ = c.raw.SetLinger(0)
			_ = c.raw.Close()
			return
		}
		c.recycle()
	}
}

// abort ends the connection from outside its goroutine.
func (c *conn) abort() { _ = c.raw.Close() }

// recycle makes the buffers ready for the next request.
func (c *conn) recycle() {
	if c.r == c.w {
		c.r, c.w = 0, 0
		if len(c.in) > maxIdleBuffer {
			c.in = nil
		}
	}
	c.out = c.out[:0]
	if cap(c.out) > maxIdleBuffer {
		c.out = nil
	}
	if cap(c.body) > maxIdleBuffer {
		c.body = nil
	}
}

// fill reads once. It grows the buffer, or moves what is unused to its front
// when the caller holds no slice of it (fresh).
func (c *conn) fill(fresh bool) error {
	if c.w == len(c.in) {
		if fresh && c.r > 0 {
			c.w = copy(c.in, c.in[c.r:c.w])
			c.r = 0
		} else {
			grown := make([]byte, max(4096, 2*len(c.in)))
			copy(grown, c.in[:c.w])
			c.in = grown
		}
	}
	n, err := c.nc.Read(c.in[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	return err
}

// wait flushes, then waits until t; errLeft when the peer leaves first. A zero
// t waits for nothing else.
func (c *conn) wait(t time.Time) error {
	if err := c.flush(); err != nil {
		return err
	}
	if !t.IsZero() && !t.After(time.Now()) {
		return nil
	}
	_ = c.nc.SetReadDeadline(t)
	c.deadlined = true
	for c.w-c.r < maxPipelined {
		err := c.fill(false)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return errLeft
		}
	}
	// Too much has come in to watch the peer by reading.
	if t.IsZero() {
		<-c.server.done
		return errLeft
	}
	if !c.server.sleep(time.Until(t)) {
		return errLeft
	}
	return nil
}

// listen makes reads wait for ever again.
func (c *conn) listen() {
	if c.deadlined {
		c.deadlined = false
		_ = c.nc.SetReadDeadline(time.Time{})
	}
}

// flush writes out and books what was in it.
func (c *conn) flush() error {
	if len(c.out) > 0 {
		_, err := c.nc.Write(c.out)
		c.out = c.out[:0]
		if err != nil {
			return errLeft
		}
	}
	if c.pending.any {
		c.server.bodySent(&c.x, c.pending)
		c.pending = pending{}
	}
	return nil
}

// refuse answers a request that is not HTTP, and lets the peer read the answer:
// closing at once over unread bytes would reset the connection.
func (c *conn) refuse(r *refusal) {
	c.server.update(func(st *Stats) { st.BadRequests++ })
	c.req.close = true
	c.appendError(r.status, "invalid_request_error", "bad_request", r.reason)
	if c.flush() != nil {
		return
	}
	if c.tls != nil {
		_ = c.tls.CloseWrite()
	} else {
		_ = c.raw.CloseWrite()
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(c.nc, 1<<20))
}
