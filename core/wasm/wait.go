package wasm

import "time"

// turn is what a waiter is given: a guest, leave to make one that is counted as
// alive already, or, when the pool is closed, neither.
type turn struct {
	guest *guest
	make  bool
}

// waiter is a caller that waits for a guest.
type waiter struct {
	turn       chan turn // has room for one
	timer      *time.Timer
	prev, next *waiter
	queued     bool
}

// queue is those who wait for a guest, who came first in front.
type queue struct {
	first, last *waiter
	n           int
}

func (q *queue) push(w *waiter) {
	w.prev, w.next, w.queued = q.last, nil, true
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
	q.n++
}

// remove takes w out, or tells that it is not in.
func (q *queue) remove(w *waiter) bool {
	if !w.queued {
		return false
	}
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
	q.n--
	return true
}

// shortWait is the least that is waited before the clock is asked again.
const shortWait = time.Millisecond

// wait waits for a guest for o as the waiter w, which stands in the queue. As a
// guest does not answer for time that it did not have, neither does who waits for
// it: to the wait counts what the guests in front had of the time, each of them, and
// the rest, since the call began, puts the deadline off, within the same bounds.
func (p *pool) wait(w *waiter, o owner, deadline time.Duration) (*guest, error) {
	host := p.module.host
	began, ran := deadline-p.setup.limits.Deadline, p.ran.Load()
	lent := func(now time.Duration) time.Duration {
		had := time.Duration(p.ran.Load()-ran) / time.Duration(p.setup.limits.Guests)
		return min(max(now-began-had, 0), p.patience())
	}
	left := func() time.Duration {
		now := host.now()
		return deadline + lent(now) - now
	}
	defer p.waiters.Put(w)
	for d := left(); d > 0; d = left() {
		w.timer.Reset(max(d, shortWait))
		select {
		case t := <-w.turn:
			w.timer.Stop()
			return p.taken(t, o, lent(host.now()))
		case <-w.timer.C:
		}
	}
	if p.leave(w) {
		return nil, p.errorf(FailBusy, nil)
	}
	return p.taken(<-w.turn, o, lent(host.now())) // it came at the last moment
}

// patience is by how much the deadline of who waits may be put off.
func (p *pool) patience() time.Duration {
	if p.module.foreign != nil {
		return 0 // a guest serves one exchange until its end: what is waited for is an upstream
	}
	return patience * p.setup.limits.Deadline
}

func (p *pool) taken(t turn, o owner, lent time.Duration) (g *guest, err error) {
	switch {
	case t.guest != nil:
		t.guest.looked = p.module.host.now() // it was others that had the time until now
		g, err = p.ready(t.guest, o)
	case t.make:
		g, err = p.make(o)
	default:
		return nil, p.errorf(FailBusy, errClosed)
	}
	if err == nil {
		g.lent = lent
	}
	return g, err
}

// leave takes a waiter out of the queue, or tells that it was served already.
func (p *pool) leave(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.remove(w)
}

// next gives t to the first waiter.
func (p *pool) next(t turn) {
	w := p.waiting.first
	p.waiting.remove(w)
	w.turn <- t
}
