package server

import (
	"sync"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// fasthttp does not tell a handler that its client left. The watcher does: it
// asks its poller about the sockets of exchanges that are older than watchAfter,
// so that quick ones cost two list operations and nothing else. A half-closed
// connection counts as left (DESIGN law 9).
const (
	watchAfter = 100 * time.Millisecond
	watchEvery = 50 * time.Millisecond
)

// poller notices that peers are gone. Its methods are called under the
// watcher's lock, but for wait.
type poller interface {
	// add begins to ask about x's socket under the word x.gen, which is never
	// used twice, as file descriptors are.
	add(x *exchange) bool
	del(x *exchange)
	// wait calls gone for the words of sockets whose peer left, without
	// blocking.
	wait(gone func(gen uint64))
	close()
}

type watcher struct {
	poll poller
	stop chan struct{}
	done chan struct{}
	wake chan struct{}

	mu      sync.Mutex
	head    *exchange // the oldest; a doubly linked list in order of arrival
	tail    *exchange
	fresh   *exchange // the oldest one not registered yet
	next    uint64
	byGen   map[uint64]*exchange // the registered ones
	running bool                 // the loop is ticking rather than parked
	count   int
}

func newWatcher() (*watcher, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	w := &watcher{
		poll: p, stop: make(chan struct{}), done: make(chan struct{}),
		wake: make(chan struct{}, 1), byGen: map[uint64]*exchange{},
	}
	go w.loop()
	return w, nil
}

// close ends the watcher's goroutine.
func (w *watcher) close() {
	close(w.stop)
	<-w.done
	w.poll.close()
}

// add begins to watch x, whose start time is set.
func (w *watcher) add(x *exchange) {
	w.mu.Lock()
	w.next++
	x.gen = w.next
	x.watched = true
	x.prev, x.next = w.tail, nil
	if w.tail != nil {
		w.tail.next = x
	} else {
		w.head = x
	}
	w.tail = x
	if w.fresh == nil {
		w.fresh = x
	}
	w.count++
	parked := !w.running
	w.running = true
	w.mu.Unlock()
	if parked {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// remove stops watching x. When it returns, no cancellation of x by the watcher
// is under way or will come.
func (w *watcher) remove(x *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !x.watched {
		return
	}
	x.watched = false
	if w.fresh == x {
		w.fresh = x.next
	}
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		w.head = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	} else {
		w.tail = x.prev
	}
	x.prev, x.next = nil, nil
	w.count--
	if x.registered {
		x.registered = false
		delete(w.byGen, x.gen)
		w.poll.del(x)
	}
}

func (w *watcher) loop() {
	defer close(w.done)
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
		}
		w.poll.wait(w.gone)
		if w.sweep(time.Now()) {
			continue
		}
		ticker.Stop()
		select {
		case <-w.stop:
			return
		case <-w.wake:
		}
		ticker.Reset(watchEvery)
	}
}

// gone cancels the exchange of that generation, if it is still in flight.
func (w *watcher) gone(gen uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if x := w.byGen[gen]; x != nil {
		x.Cancel(core.CauseClientGone)
	}
}

// sweep registers the exchanges that have become old enough. It returns false
// when there is nothing left to watch.
func (w *watcher) sweep(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := w.fresh; x != nil && now.Sub(x.Start) >= watchAfter; x = x.next {
		w.fresh = x.next
		if x.conn == nil {
			continue
		}
		if w.poll.add(x) {
			x.registered = true
			w.byGen[x.gen] = x
		}
	}
	w.running = w.count > 0
	return w.running
}

// each calls f for every exchange in flight, under the watcher's lock.
func (w *watcher) each(f func(*exchange)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := w.head; x != nil; x = x.next {
		f(x)
	}
}
