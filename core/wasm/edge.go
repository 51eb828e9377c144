package wasm

import (
	"encoding/binary"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The defaults of an edge filter's limits that differ from those of a guardrail:
// a body is read in many small pieces, and by guests that were written for hosts
// without any deadline; and a guest that looks at answers serves one exchange until
// its end, however long that takes.
const (
	edgeDeadline  = time.Second
	edgeHostCalls = 1 << 16
	edgeGuests    = 1024
	edgeIdle      = 64 // guests that are kept for the next exchanges
)

// rawConfig is the one setting that an edge filter gets as it is, without JSON
// around it, if there is no other.
const rawConfig = "raw"

// foreignConfig returns the configuration as an edge filter gets it: nothing
// without any, the text of the setting raw if that is all, else JSON.
func foreignConfig(config map[string]any, text []byte) []byte {
	if len(config) == 0 {
		return nil
	}
	if raw, ok := config[rawConfig].(string); ok && len(config) == 1 {
		return []byte(raw)
	}
	return text
}

// edgeInstance is an instance of a module of a foreign ABI.
type edgeInstance struct{ *Instance }

var _ core.EdgeFilter = edgeInstance{}

// Hook returns nil: an edge filter has no hooks.
func (edgeInstance) Hook(core.Phase) core.Hook { return nil }

// Buffers implements [core.EdgeFilter]. It is known once the instance has started.
func (i edgeInstance) Buffers() bool { return i.pool.buffers.Load() }

// Request implements [core.EdgeFilter]. The guest stays with the turn if it must
// be asked about the answer.
func (i edgeInstance) Request(m *core.EdgeMessage) (core.EdgeTurn, error) {
	p := i.pool
	host := p.module.host
	began := host.now()
	p.counters.calls.Add(1)
	ok, trial := p.breaker.allow(began)
	if !ok {
		p.counters.fail(FailBreaker)
		return nil, &Error{Instance: p.setup.name, Hook: "request", Failure: FailBreaker}
	}
	deadline := began + p.setup.limits.Deadline
	g, err := p.acquire(p.nextOwner(), deadline)
	if err != nil {
		p.edgeDone(began, err, trial)
		return nil, err
	}
	t := &g.turn
	*t = edgeTurn{guest: g}
	waits := false
	err = g.edge("request", deadline, func(r ForeignRunner) (err error) {
		t.next, waits, err = r.Request(m)
		return err
	})
	p.edgeDone(began, err, trial)
	switch {
	case err != nil:
		t.failed = true
		t.Close()
		return nil, err
	case waits:
		return t, nil
	}
	next := t.next
	t.Close()
	if next {
		return passing{}, nil
	}
	return answering{}, nil
}

// passing and answering are turns that need no guest any more.
type (
	passing   struct{}
	answering struct{}
)

func (passing) Waits() bool                            { return false }
func (answering) Waits() bool                          { return false }
func (passing) Next() bool                             { return true }
func (passing) Answer(*core.EdgeMessage, bool) error   { return nil }
func (passing) Close()                                 {}
func (answering) Next() bool                           { return false }
func (answering) Answer(*core.EdgeMessage, bool) error { return nil }
func (answering) Close()                               {}

// nextOwner returns an owner that nobody was: it is not known yet whose an exchange
// is, and no other may see what a guest remembers of it.
func (p *pool) nextOwner() owner {
	if p.setup.isolation == core.IsolateShared {
		return owner{}
	}
	var o owner
	binary.BigEndian.PutUint64(o.id[:], p.owners.Add(1))
	return o
}

// edgeDone counts a call that is over.
func (p *pool) edgeDone(began time.Duration, err error, trial bool) {
	now := p.module.host.now()
	p.counters.time.Add(uint64(now - began))
	switch f := failureOf(err); {
	case err == nil:
		p.breaker.report(now, true, trial)
		return
	case f.ofInput():
		p.breaker.abstain(trial)
	default:
		p.breaker.report(now, false, trial)
	}
	p.counters.fail(failureOf(err))
}

// edge runs one of the two calls of a turn under the limits.
func (g *guest) edge(hook string, deadline time.Duration, f func(ForeignRunner) error) (err error) {
	defer g.fence(hook, &err)
	p := g.pool
	g.begin(p.setup.limits.Steps, deadline, p.setup.limits.Deadline)
	err = f(g.foreign.runner)
	p.counters.steps.Add(uint64(max(g.done(), 0)))
	p.counters.hostCalls.Add(uint64(g.hostCalls))
	return err
}

// edgeTurn is an exchange's hold on a guest.
type edgeTurn struct {
	guest        *guest
	next, failed bool
}

var _ core.EdgeTurn = (*edgeTurn)(nil)

func (t *edgeTurn) Next() bool { return t.next }

func (t *edgeTurn) Waits() bool { return t.next }

func (t *edgeTurn) Answer(m *core.EdgeMessage, failed bool) error {
	g := t.guest
	p := g.pool
	began := p.module.host.now()
	err := g.edge("answer", began+p.setup.limits.Deadline, func(r ForeignRunner) error { return r.Answer(m, failed) })
	p.edgeDone(began, err, false)
	t.failed = err != nil
	return err
}

// Close gives the guest back.
func (t *edgeTurn) Close() {
	g := t.guest
	if g == nil {
		return
	}
	t.guest = nil
	g.foreign.runner.Over()
	p := g.pool
	p.release(g, t.failed)
	for p.spare() {
		p.shed()
	}
}

// spare tells whether more guests are idle than are worth their memory.
func (p *pool) spare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.free) > edgeIdle
}
