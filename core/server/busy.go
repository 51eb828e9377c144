package server

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// A connection costs memory while it waits for a request, or work with each
// request: buffers are either kept or fetched and given back. So there are two
// fasthttp servers. The calm one (ReduceMemoryUsage) gives all back between two
// requests; every connection begins there, and thousands may rest there. A
// connection whose client goes on asking moves to the busy one, which keeps what
// it has, and moves back when the client pauses. Connections with TLS stay calm:
// they cost more in both respects.
const (
	// busyFrom is the request with which a connection moves.
	busyFrom = 3
	// maxBusy bounds the connections that are busy at once, and with maxKeptBody
	// the memory of their buffers.
	maxBusy = 128
	// restAfter is the pause after which a connection moves back, at the earliest.
	restAfter = time.Second
)

// place is where a connection is served, or is about to move to.
type place = int32

const (
	nowhere place = iota
	calmly
	busily
)

// errMoved ends the serving of a connection that moves. fasthttp takes it for the
// client's leaving and closes the connection, and Close moves it.
var errMoved = errors.New("server: the connection moves")

// busyConns are the busy connections of a listener, and themselves the listener
// that hands them to their fasthttp server.
type busyConns struct {
	addr  net.Addr
	queue chan *conn
	done  chan struct{}

	mu     sync.Mutex
	closed bool
	all    map[*conn]struct{}
}

func newBusyConns(addr net.Addr) *busyConns {
	return &busyConns{
		addr: addr, queue: make(chan *conn, maxBusy), done: make(chan struct{}), all: map[*conn]struct{}{},
	}
}

// enter takes a place for c; false when there is none.
func (b *busyConns) enter(c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.all) >= maxBusy {
		return false
	}
	b.all[c] = struct{}{}
	c.swept = c.requests.Load() - 1 // not now: it comes with a request
	return true
}

func (b *busyConns) leave(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, c)
}

// push hands over c, which has a place.
func (b *busyConns) push(c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.queue <- c // has room for all places
	return true
}

// Accept returns the next connection that became busy, or net.ErrClosed.
func (b *busyConns) Accept() (net.Conn, error) {
	select {
	case c := <-b.queue:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and the connections that nobody has accepted.
func (b *busyConns) Close() error {
	b.mu.Lock()
	was := b.closed
	b.closed = true
	b.mu.Unlock()
	if was {
		return nil
	}
	close(b.done)
	for {
		select {
		case c := <-b.queue:
			_ = c.Close()
		default:
			return nil
		}
	}
}

// Addr returns the address of the listener.
func (b *busyConns) Addr() net.Addr { return b.addr }

// watch sends connections to rest that have had no request for a while, until
// the listener is closed.
func (b *busyConns) watch() {
	ticker := time.NewTicker(restAfter)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			b.sweep()
		case <-b.done:
			return
		}
	}
}

// sweep wakes the connections that have not been asked anything since the last
// sweep. A request that comes at this very moment is served: see readBusy.
func (b *busyConns) sweep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.all {
		n := c.requests.Load()
		if n == c.swept && !c.asked.Load() {
			c.resting.Store(true)
			_ = c.TCPConn.SetReadDeadline(longAgo)
		}
		c.swept = n
	}
}

var longAgo = time.Unix(1, 0)

// begun and ended are told by fasthttp of each request on a busy connection.
func (c *conn) begun() {
	c.asked.Store(true)
	c.requests.Add(1)
	c.readWanted = time.Time{}
	if c.resting.Load() {
		c.resting.Store(false)
	}
}

func (c *conn) ended() { c.asked.Store(false) }

// readBusy reads on a busy connection. It minds deadlines only in the middle of a
// request; between two the sweep wakes it. Whatever deadline the socket still has
// from earlier does no harm but a turn of the loop.
func (c *conn) readBusy(p []byte) (int, error) {
	asked := c.asked.Load()
	if !asked {
		c.delivered = 0 // fasthttp would not wait if it had anything
	}
	for {
		if asked {
			if c.readWanted.IsZero() {
				c.readWanted = time.Now().Add(c.from.headTimeout)
			}
			if err := c.arm(); err != nil {
				return 0, err
			}
		}
		n, err := c.Socket.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			c.delivered += n
			return n, err
		}
		switch {
		case asked && !time.Now().Before(c.readArmed):
			return 0, err
		case !asked && c.resting.Load():
			c.moving.Store(calmly)
			return 0, errMoved
		}
		if err := c.disarm(); err != nil {
			return 0, err
		}
	}
}

// keepFlushing makes fasthttp send the answer of ctx at once. On a busy connection
// it would hold it back when more bytes have come than those of the request, which
// are the next one; but that may take an upstream minutes to answer. A write
// deadline of the handler's has that effect.
func (c *conn) keepFlushing(ctx *fasthttp.RequestCtx) {
	h := &ctx.Request.Header
	const blanks = 4 // two in the request line, and its end
	request := len(h.Method()) + len(h.RequestURI()) + len(h.Protocol()) + blanks + len(h.RawHeaders()) + len(ctx.Request.Body())
	if c.busy && request != c.delivered {
		_ = ctx.SetWriteDeadline(time.Time{})
	}
}

// disarm takes the deadline from the socket.
func (c *conn) disarm() error {
	c.readArmed = time.Time{}
	return c.TCPConn.SetReadDeadline(time.Time{})
}

// moves tells, when the first bytes of a request are here, whether the connection
// moves to the busy ones with it.
func (c *conn) moves() bool {
	if c.rested.Load() {
		c.rested.Store(false)
	}
	if c.from == nil || c.from.busy == nil {
		return false
	}
	if c.calmFor++; c.calmFor < busyFrom || !c.from.busy.enter(c) {
		return false
	}
	c.calmFor = 0
	c.moving.Store(busily)
	return true
}

// move takes a connection that fasthttp closes to where it moves, if it does.
func (c *conn) move() bool {
	switch c.moving.Swap(nowhere) {
	case busily:
		c.busy = true
		return c.from.busy.push(c)
	case calmly:
		return c.from.rest(c)
	}
	return false
}

// rest gives c, which was busy, back to the calm server. It serves c on the
// goroutine on which it was busy, and returns when that is over.
func (l *listener) rest(c *conn) bool {
	l.open.mu.Lock()
	if l.open.ending {
		l.open.mu.Unlock()
		return false
	}
	l.resting.Add(1)
	l.busy.leave(c)
	_ = c.disarm()
	c.busy = false
	c.resting.Store(false)
	c.rested.Store(true)
	l.open.mu.Unlock()
	defer l.resting.Done()
	l.serveCalm(c)
	return true
}
