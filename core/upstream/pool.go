package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// limits are the moments by which the stages of one call must be over.
type limits struct {
	now     moment // of the last look at the clock
	connect moment
	total   moment
}

// limitsOf computes the limits of an attempt that starts now.
func (h *Host) limitsOf(ex *core.Exchange, t *core.Timeouts) limits {
	now := h.now()
	total := now.after(t.Total, 0)
	if ex.Route != nil && ex.Route.Total > 0 && !ex.Start.IsZero() {
		total = earlier(total, h.at(ex.Start, ex.Route.Total))
	}
	return limits{now: now, connect: now.after(t.Connect, total), total: total}
}

// take returns a connection for the exchange: an idle one, a new one, or the
// one that another exchange gives back.
func (h *Host) take(ex *core.Exchange, l *limits) (*conn, *core.Error) {
	for {
		h.mu.Lock()
		if n := len(h.idle); n > 0 {
			c := h.idle[n-1]
			h.idle[n-1] = nil
			h.idle = h.idle[:n-1]
			h.mu.Unlock()
			rested := l.now - c.since
			if rested >= moment(h.opt.MaxIdle) || (rested >= quietAfter || h.wary.Load()) && !c.probe.quiet() {
				h.discard(c)
				continue
			}
			return c, nil
		}
		if h.open < h.opt.MaxConns {
			h.open++
			h.mu.Unlock()
			return h.dial(ex, l)
		}
		if len(h.waiters) >= h.opt.MaxPending {
			h.mu.Unlock()
			h.refused.Add(1)
			return nil, h.overloaded()
		}
		w := &waiter{ready: make(chan *conn, 1), gone: make(chan struct{}, 1)}
		h.waiters = append(h.waiters, w)
		h.mu.Unlock()
		c, err := h.wait(ex, w, l)
		if c != nil || err != nil {
			l.now = h.now()
			return c, err
		}
		return h.dial(ex, l) // a place came free instead of a connection
	}
}

// waiter is an exchange that waits for a connection.
type waiter struct {
	ready chan *conn // a connection, or nil for the place to dial one
	gone  chan struct{}
}

// Cancel ends the wait.
func (w *waiter) Cancel() { w.gone <- struct{}{} }

// wake hands c, or a place when c is nil, to the first waiter. h.mu is held.
func (h *Host) wake(c *conn) {
	w := h.waiters[0]
	h.waiters = slices.Delete(h.waiters, 0, 1)
	w.ready <- c
}

func (h *Host) wait(ex *core.Exchange, w *waiter, l *limits) (*conn, *core.Error) {
	var late <-chan time.Time
	if l.connect != 0 {
		t := time.NewTimer(time.Duration(l.connect - h.now()))
		defer t.Stop()
		late = t.C
	}
	armed := ex.Arm(w)
	if armed {
		select {
		case c := <-w.ready:
			if ex.Disarm() {
				return c, nil
			}
			h.giveBack(c)
			return nil, h.cancelled(ex)
		case <-w.gone:
		case <-late:
			ex.Disarm()
		}
	}
	h.leave(w)
	if ex.Cause() != core.CauseNone {
		return nil, h.cancelled(ex)
	}
	if l.connect == l.total {
		return nil, h.late()
	}
	return nil, h.overloaded()
}

// leave takes w out of the queue; what it was given meanwhile goes on.
func (h *Host) leave(w *waiter) {
	h.mu.Lock()
	i := slices.Index(h.waiters, w)
	if i >= 0 {
		h.waiters = slices.Delete(h.waiters, i, i+1)
	}
	h.mu.Unlock()
	if i < 0 {
		h.giveBack(<-w.ready)
	}
}

// giveBack returns what a waiter was given and does not need.
func (h *Host) giveBack(c *conn) {
	if c != nil {
		h.put(c)
	} else {
		h.free()
	}
}

// put gives a connection back that may serve again.
func (h *Host) put(c *conn) {
	c.since, c.reused = h.now(), true
	if c.since-c.born > maxAge || !h.keep(c) {
		h.discard(c)
	}
}

// keep hands c to a waiter or to the idle list, and tells whether it did.
func (h *Host) keep(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	// The one buffer of the usual size stays while few rest: getting it again
	// would be dearer than all of this.
	if c.r, c.w = 0, 0; len(c.buf) != readBuffer || len(h.idle) >= maxWarm {
		h.dropBuffer(c)
	}
	if len(h.waiters) > 0 {
		h.wake(c)
		return true
	}
	if h.closed {
		return false
	}
	h.idle = append(h.idle, c)
	if !h.sweeping {
		h.sweeping = true
		if h.sweeper == nil {
			h.sweeper = time.AfterFunc(h.opt.MaxIdle, h.sweep)
		} else {
			h.sweeper.Reset(h.opt.MaxIdle)
		}
	}
	return true
}

// free gives the place of a closed connection to a waiter or back.
func (h *Host) free() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiters) > 0 {
		h.wake(nil)
		return
	}
	h.open--
}

// discard closes a connection that must not serve again.
func (h *Host) discard(c *conn) {
	h.dropBuffer(c)
	c.close()
	h.free()
}

// giveBuffer gives c a buffer to read into; most idle connections have none.
func (h *Host) giveBuffer(c *conn) {
	if c.buf == nil {
		c.page = h.readers.Get().(*[readBuffer]byte) // the pool's New makes nothing else
		c.buf = c.page[:]
	}
}

func (h *Host) dropBuffer(c *conn) {
	if c.page != nil {
		h.readers.Put(c.page)
	}
	c.page, c.buf, c.r, c.w = nil, nil, 0, 0
}

// dialling is a dial under way.
type dialling struct{ stop context.CancelFunc }

// Cancel ends the dial.
func (d *dialling) Cancel() { d.stop() }

// dial opens a connection in the place that the caller holds; when it fails
// the place is given back.
func (h *Host) dial(ex *core.Exchange, l *limits) (*conn, *core.Error) {
	h.dials.Add(1)
	ctx, stop := context.WithCancel(context.Background())
	if l.connect != 0 {
		ctx, stop = context.WithDeadline(context.Background(), h.deadline(l.connect))
	}
	defer stop()
	if !ex.Arm(&dialling{stop}) {
		h.free()
		return nil, h.cancelled(ex)
	}
	c, err := h.connect(ctx)
	l.now = h.now()
	if live := ex.Disarm(); err == nil && live {
		return c, nil
	}
	if c != nil {
		c.close()
	}
	h.free()
	if ex.Cause() != core.CauseNone {
		return nil, h.cancelled(ex)
	}
	return nil, h.dialError(err, l)
}

// connect does DNS, TCP and TLS.
func (h *Host) connect(ctx context.Context) (*conn, error) {
	raw, err := h.dialer.DialContext(ctx, "tcp", h.addr)
	if err != nil {
		return nil, err
	}
	c := &conn{born: h.now()}
	c.probe.init(raw)
	if t, ok := raw.(*net.TCPConn); ok {
		raw = NewSocket(t)
	}
	c.raw, c.rw = raw, raw
	if h.tls == nil {
		return c, nil
	}
	t := tls.Client(raw, h.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	if p := t.ConnectionState().NegotiatedProtocol; p != "" && p != "http/1.1" {
		_ = raw.Close()
		return nil, fmt.Errorf("the server chose the protocol %q", p)
	}
	c.rw = t
	return c, nil
}

func (h *Host) dialError(err error, l *limits) *core.Error {
	var denied *EgressError
	var timeout net.Error
	switch {
	case errors.As(err, &denied):
		e := core.Errorf(core.CodeEgressDenied, "the egress rules do not allow a connection to provider %q", h.name)
		e.Cause = err
		return e
	case l.total != 0 && l.now >= l.total:
		return h.late()
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return h.fail(core.CodeUpstreamConnect, err, "provider %q did not accept a connection in time")
	default:
		return h.fail(core.CodeUpstreamConnect, err, "provider %q could not be reached")
	}
}
