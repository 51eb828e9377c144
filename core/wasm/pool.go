package wasm

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// setup is what all guests of a pool have in common.
type setup struct {
	name      string // of the instance
	config    any    // the configuration as encoding/json decodes it
	frame     []byte // the abi.ConfigureCall; nil while the module is admitted
	isolation core.Isolation
	limits    core.Limits
	grants    []string
	trial     string // begins the namespaces of a version on trial, "" for one that serves
	space     string // begins the namespaces of the instance

	edgeConfig []byte // the configuration as an edge filter gets it
}

// owner is on whose behalf a guest was used: a tenant or an exchange.
type owner struct {
	tenant string
	id     core.ID
}

// pool is the guests of one module and one configuration. Free guests lie in a
// list of its own, not in a sync.Pool, which would drop them unclosed.
type pool struct {
	module   *Module
	setup    *setup
	counters counters
	breaker  breaker
	logs     core.LogCap
	tallies  tallies

	mu      sync.Mutex
	refs    int      // instances that use the pool
	free    []*guest // the one used last stands last
	alive   int      // guests made and not closed, and those in the making
	waiting queue
	dead    []*guest // to be closed and replaced
	mending bool     // a goroutine works on dead
	sample  *snapshot
	closed  bool
	work    sync.WaitGroup // that goroutine
	drained chan struct{}  // closed when closed and no guest is alive

	ran     atomic.Int64 // nanoseconds that guests had, all of them together
	waiters sync.Pool    // of *waiter, to be used again
	near    sync.Pool    // of *guest that were used last on the processor which asks

	owners  atomic.Uint64 // of edge filters' guests, each one exchange
	buffers atomic.Bool   // its edge filter wants every answer collected
}

var errClosed = errors.New("the instance is closed")

func newPool(m *Module, s *setup) *pool {
	p := &pool{module: m, setup: s, drained: make(chan struct{})}
	p.waiters.New = func() any {
		w := &waiter{turn: make(chan turn, 1), timer: time.NewTimer(time.Hour)}
		w.timer.Stop()
		return w
	}
	return p
}

// acquire returns a guest for o, waiting until the deadline, or longer where guests
// starve. The guest is clean or was used by the same owner.
func (p *pool) acquire(o owner, deadline time.Duration) (*guest, error) {
	near, _ := p.near.Get().(*guest)
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, p.errorf(FailBusy, errClosed)
	}
	if g := p.pick(o, near); g != nil {
		p.mu.Unlock()
		return p.ready(g, o)
	}
	if p.alive < p.setup.limits.Guests {
		p.alive++
		p.mu.Unlock()
		return p.make(o)
	}
	w := p.waiters.Get().(*waiter)
	p.waiting.push(w)
	p.mu.Unlock()
	return p.wait(w, o, deadline)
}

// pick takes a free guest, the best for o first: one that needs no reset, else
// the one that was idle longest, whose owner is least likely to come back. Among
// those that need no reset it is near, whose memory the processor that asks has in
// its cache, or else the one that was used last.
func (p *pool) pick(o owner, near *guest) *guest {
	n := len(p.free)
	if n == 0 {
		return nil
	}
	at := -1
	for i := n - 1; i >= 0; i-- {
		g := p.free[i]
		if p.setup.isolation != core.IsolateShared && !g.clean && g.owner != o {
			continue
		}
		if at < 0 || g == near {
			at = i
		}
	}
	at = max(at, 0)
	g := p.free[at]
	if at < n-1 {
		copy(p.free[at:], p.free[at+1:])
	}
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	return g
}

// ready makes g fit for o: resets it if it was another's, replaces it if it
// cannot be reset.
func (p *pool) ready(g *guest, o owner) (*guest, error) {
	if p.setup.isolation != core.IsolateShared && !g.clean && g.owner != o {
		if !g.restorable() {
			p.counters.replaced.Add(1)
			_ = g.close() // nothing can be done about it, and the guest is gone
			return p.make(o)
		}
		g.snapshot.restore(g)
		p.counters.reset.Add(1)
	}
	g.owner, g.clean = o, false
	return g, nil
}

// make makes a guest that is counted as alive already.
func (p *pool) make(o owner) (*guest, error) {
	g, err := p.newGuest(context.Background())
	if err != nil {
		p.lost()
		return nil, err
	}
	g.owner, g.clean = o, false
	return g, nil
}

// lost counts a guest that is no more and lets a waiter try its luck.
func (p *pool) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive--
	if p.waiting.n > 0 && !p.closed {
		p.alive++
		p.next(turn{make: true})
		return
	}
	p.checkDrained()
}

func (p *pool) checkDrained() {
	if p.closed && p.alive == 0 {
		select {
		case <-p.drained:
		default:
			close(p.drained)
		}
	}
}

// release takes a guest back. One that failed, or whose next user could not have
// it, is closed and replaced off the caller's path. It returns when that was.
func (p *pool) release(g *guest, failed bool) (now time.Duration) {
	if p.setup.isolation == core.IsolateExchange && !g.clean && !g.restorable() {
		failed = true
	}
	now = g.look()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case failed || p.closed:
		p.dead = append(p.dead, g)
		if !p.mending {
			p.mending = true
			p.work.Add(1)
			go p.mend()
		}
	case p.waiting.n > 0:
		p.next(turn{guest: g})
	default:
		g.idle = now
		p.free = append(p.free, g)
		p.near.Put(g)
	}
	return now
}

// mend closes dead guests and makes others in their place, until there are none.
func (p *pool) mend() {
	defer p.work.Done()
	for {
		p.mu.Lock()
		n := len(p.dead)
		if n == 0 {
			p.mending = false
			p.mu.Unlock()
			return
		}
		g := p.dead[n-1]
		p.dead[n-1] = nil
		p.dead = p.dead[:n-1]
		closed := p.closed
		p.mu.Unlock()
		_ = g.close()
		if closed {
			p.lost()
			continue
		}
		p.counters.replaced.Add(1)
		fresh, err := p.newGuest(context.Background())
		if err != nil {
			p.lost() // the next call tries again and gets the error
			continue
		}
		p.release(fresh, false)
	}
}

// shed closes the guest that has been idle longest and tells whether there was
// one.
func (p *pool) shed() bool {
	p.mu.Lock()
	if len(p.free) == 0 {
		p.mu.Unlock()
		return false
	}
	g := p.free[0]
	p.free = append(p.free[:0], p.free[1:]...)
	p.mu.Unlock()
	_ = g.close()
	p.lost()
	return true
}

// idleSince returns since when the guest that shed would close is idle.
func (p *pool) idleSince() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return 0, false
	}
	return p.free[0].idle, true
}

// prime makes the first guest, so that a configuration that the plugin refuses
// is found out before any request.
func (p *pool) prime(ctx context.Context) error {
	p.mu.Lock()
	if p.closed || p.alive > 0 {
		p.mu.Unlock()
		return nil
	}
	p.alive++
	p.mu.Unlock()
	g, err := p.newGuest(ctx)
	if err != nil {
		p.lost()
		return err
	}
	p.release(g, false)
	return nil
}

// close refuses further hooks, waits for those under way and closes all guests.
func (p *pool) close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		<-p.drained
		p.work.Wait()
		return nil
	}
	p.closed = true
	defer p.module.host.removePool(p)
	free := p.free
	p.free = nil
	p.alive -= len(free)
	for p.waiting.n > 0 {
		p.next(turn{})
	}
	p.checkDrained()
	p.mu.Unlock()
	var errs []error
	for _, g := range free {
		errs = append(errs, g.close())
	}
	<-p.drained
	p.work.Wait()
	return errors.Join(errs...)
}

// keepSnapshot makes g's snapshot and keeps the first one of the pool as the
// sample with which others share what is equal.
func (p *pool) keepSnapshot(g *guest) *snapshot {
	p.mu.Lock()
	like := p.sample
	p.mu.Unlock()
	s := takeSnapshot(g, like)
	if like == nil {
		p.mu.Lock()
		p.sample = s
		p.mu.Unlock()
	}
	return s
}

func (p *pool) guests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.alive
}

func (p *pool) errorf(f Failure, cause error) error {
	return &Error{Instance: p.setup.name, Hook: "acquire", Failure: f, Cause: cause}
}
