package server

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// conn is an accepted connection. It gives each write its own deadline, because
// fasthttp's write timeout covers a whole answer and would cut long streams.
type conn struct {
	*upstream.Socket
	writeTimeout time.Duration
	writeArmed   time.Time // when the write deadline was last set
	recent       time.Time // the present moment, where someone just asked; see Write
	ahead        ahead

	readWanted time.Time // the read deadline that was asked for
	readArmed  time.Time // the one that the socket has

	from   *listener // where the connection is counted; nil for nowhere
	addr   netip.Addr
	closed atomic.Bool
	linger atomic.Bool // see lingering

	// Where it is served; see busyConns.
	busy     bool
	calmFor  int           // requests since it became calm
	moving   atomic.Int32  // the place that Close moves it to
	rested   atomic.Bool   // it came from the busy ones and waits for a request
	asked    atomic.Bool   // busy: a request is being read or answered
	requests atomic.Uint32 // busy: how many have begun
	resting  atomic.Bool   // busy: the sweep wants it to move
	swept    uint32        // requests at the last sweep; the sweep's

	delivered int // busy: bytes read since fasthttp last had none
}

// Close closes the connection and gives its place back, once, unless it moves. A
// second call ends a lingering first one.
func (c *conn) Close() error {
	if c.move() {
		return nil
	}
	if !c.closed.Swap(true) {
		if c.from != nil {
			c.from.leave(c)
		}
		if c.linger.Load() && c.CloseWrite() == nil {
			_ = c.TCPConn.SetReadDeadline(time.Now().Add(lingerTime))
			_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes)
		}
	}
	return c.TCPConn.Close()
}

// Bounds of what is read from a client after it was refused in mid-request.
const (
	lingerTime  = 2 * time.Second
	lingerBytes = 64 << 20
)

// lingering lets the connection, which is about to be closed, swallow what its
// client is still sending. Otherwise the kernel answers those bytes with a reset
// that overtakes the refusal (RFC 9112 §9.6).
func lingering(c net.Conn) {
	if own := baseConn(c); own != nil {
		own.linger.Store(true)
	}
}

// Write writes p under a deadline that moves with the writes: a client that
// takes no byte for the whole timeout is cut. The deadline is moved only when an
// eighth of the timeout has passed, so that a fast stream does not pay for it.
func (c *conn) Write(p []byte) (int, error) {
	if c.writeTimeout > 0 {
		now := c.recent
		if c.recent = (time.Time{}); now.IsZero() {
			now = time.Now()
		}
		if now.Sub(c.writeArmed) > c.writeTimeout/8 {
			if err := c.TCPConn.SetWriteDeadline(now.Add(c.writeTimeout)); err != nil {
				return 0, err
			}
			c.writeArmed = now
		}
	}
	return c.Socket.Write(p)
}

// SetReadDeadline notes when a read must end. Deadlines come with every request
// and most are never waited for, so the socket learns of one only when a read is
// about to wait.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.rested.Load() { // to fasthttp it looks like a new connection
		t = time.Now().Add(c.from.idleTimeout)
	}
	c.readWanted = t
	return nil
}

// SetWriteDeadline bounds the writes to come. Busy connections leave that to Write;
// for them it is but a sign: see keepFlushing.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.busy {
		return nil
	}
	return c.TCPConn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	c.readWanted, c.writeArmed = t, time.Time{}
	return c.SetWriteDeadline(t)
}

// readSlack is how much earlier than asked for a read may end. It is less than
// the least timeout that can be configured, so that a deadline which has passed
// is never taken for a good one.
const readSlack = 50 * time.Millisecond

// arm gives the socket the deadline that was asked for, unless it has one that
// ends as soon or at most readSlack earlier.
func (c *conn) arm() error {
	if early := c.readWanted.Sub(c.readArmed); !c.readArmed.IsZero() && early >= 0 && early <= readSlack {
		return nil
	}
	if c.readWanted.IsZero() && c.readArmed.IsZero() {
		return nil
	}
	c.readArmed = c.readWanted
	return c.TCPConn.SetReadDeadline(c.readWanted)
}

// baseConn returns our connection below c, which may be a *tls.Conn, or nil.
func baseConn(c net.Conn) *conn {
	for {
		switch v := c.(type) {
		case *conn:
			return v
		case interface{ NetConn() net.Conn }:
			c = v.NetConn()
		default:
			return nil
		}
	}
}

// listener accepts connections for a Server. Unlike a bare one it survives a
// shortage of file descriptors: it backs off and tries again, where fasthttp
// would give up for ever.
type listener struct {
	*net.TCPListener
	writeTimeout time.Duration
	closed       atomic.Bool
	done         chan struct{}
	onBackoff    func(error)

	open     openConns
	spare    sync.Pool                        // see ahead
	onExcess func(c *net.TCPConn, total bool) // closes a connection beyond a bound

	busy                     *busyConns // nil: all connections stay calm
	headTimeout, idleTimeout time.Duration
	serveCalm                func(*conn)    // serves one that was busy
	resting                  sync.WaitGroup // of serveCalm
}

func newListener(l *net.TCPListener, writeTimeout time.Duration, onBackoff func(error)) *listener {
	return &listener{TCPListener: l, writeTimeout: writeTimeout, done: make(chan struct{}), onBackoff: onBackoff}
}

const (
	acceptBackoffMin = 5 * time.Millisecond
	acceptBackoffMax = time.Second
)

// Accept returns the next connection, or net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	delay := acceptBackoffMin
	for {
		c, err := l.AcceptTCP()
		if err == nil {
			limitUnsent(c)
			accepted := &conn{Socket: upstream.NewSocket(c), writeTimeout: l.writeTimeout, from: l, addr: remoteAddr(c)}
			accepted.ahead.init(c, &l.spare)
			switch l.open.enter(accepted) {
			case entered:
				return accepted, nil
			case totalFull:
				l.onExcess(c, true)
			case addressFull:
				l.onExcess(c, false)
			}
			continue
		}
		if l.closed.Load() {
			return nil, net.ErrClosed
		}
		if !passing(err) {
			return nil, err
		}
		l.onBackoff(err)
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-l.done:
			timer.Stop()
			return nil, net.ErrClosed
		}
		delay = min(2*delay, acceptBackoffMax)
	}
}

// Close stops accepting; a waiting Accept returns net.ErrClosed.
func (l *listener) Close() error {
	if l.closed.Swap(true) {
		return nil
	}
	close(l.done)
	return l.TCPListener.Close()
}

// leave gives the places of c back.
func (l *listener) leave(c *conn) {
	l.open.leave(c)
	if l.busy != nil {
		l.busy.leave(c)
	}
}

// end lets no connection move any more, and closes those that came back from the
// busy ones and have nothing to do: fasthttp would wait for their requests for
// some seconds, as it does with new connections.
func (l *listener) end() {
	l.open.mu.Lock()
	l.open.ending = true
	for c := range l.open.all {
		if c.rested.Load() {
			_ = c.TCPConn.Close()
		}
	}
	l.open.mu.Unlock()
	if l.busy != nil {
		_ = l.busy.Close()
	}
}

// finish waits for what is left after the servers are down.
func (l *listener) finish() error {
	l.resting.Wait()
	return l.Close()
}

// openConns are the open connections of a listener. fasthttp could count them
// too, but knows not of those on its other server, and for the bound of an
// address it puts a connection of its own before ours, behind which a client
// that leaves could not be noticed.
type openConns struct {
	most       int // most connections in all; 0: no bound
	perAddress int // most connections of one client address; 0: no bound
	mu         sync.Mutex
	all        map[*conn]struct{}
	taken      map[netip.Addr]int // with a bound only
	ending     bool               // see listener.end
}

// entry is whether a connection may come in.
type entry int

const (
	entered     entry = iota
	totalFull         // too many are open
	addressFull       // too many are open from its address
)

// enter takes a place, if there is one.
func (o *openConns) enter(c *conn) entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.most > 0 && len(o.all) >= o.most {
		return totalFull
	}
	if o.perAddress > 0 {
		if o.taken[c.addr] >= o.perAddress {
			return addressFull
		}
		if o.taken == nil {
			o.taken = map[netip.Addr]int{}
		}
		o.taken[c.addr]++
	}
	if o.all == nil {
		o.all = map[*conn]struct{}{}
	}
	o.all[c] = struct{}{}
	return entered
}

func (o *openConns) leave(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, c)
	if o.perAddress > 0 {
		if o.taken[c.addr]--; o.taken[c.addr] == 0 {
			delete(o.taken, c.addr)
		}
	}
}

// cut closes the sockets of all, whose owners then find out.
func (o *openConns) cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for c := range o.all {
		_ = c.TCPConn.Close()
	}
}

// remoteAddr returns the peer's address; an IPv4 one in its short form only.
func remoteAddr(c *net.TCPConn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// passing tells whether an accept error may go away by itself.
func passing(err error) bool {
	for _, e := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.ECONNABORTED, syscall.EINTR, syscall.EAGAIN,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
