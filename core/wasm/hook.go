package wasm

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// hook is an instance's function for one phase.
type hook struct {
	pool  *pool
	phase core.Phase
}

// Handle runs the hook in a guest and puts its verdicts into call.Reply. Every
// error is an [*Error]; then call.Reply is undefined.
func (h *hook) Handle(call *core.Call) error {
	p := h.pool
	host := p.module.host
	began := host.now()
	p.counters.calls.Add(1)
	k, err := h.kind(call)
	if err != nil {
		p.counters.fail(FailHost)
		return err
	}
	ok, trial := p.breaker.allow(began)
	if !ok {
		p.counters.fail(FailBreaker)
		return &Error{Instance: p.setup.name, Hook: hookTable[k].name, Failure: FailBreaker}
	}
	deadline := began + p.setup.limits.Deadline
	var now time.Duration
	g, err := p.acquire(ownerOf(p.setup.isolation, call.Exchange), deadline)
	if err != nil {
		now = host.now()
	} else {
		err = g.handle(k, call, deadline)
		p.counters.steps.Add(uint64(max(g.done(), 0)))
		p.counters.hostCalls.Add(uint64(g.hostCalls))
		now = p.release(g, err != nil)
	}
	p.counters.time.Add(uint64(now - began))
	if err != nil {
		f := failureOf(err)
		if f.ofInput() {
			p.breaker.abstain(trial)
		} else {
			p.breaker.report(now, false, trial)
		}
		p.counters.fail(f)
		return err
	}
	p.breaker.report(now, true, trial)
	p.counters.verdicts.Add(call.Reply)
	return nil
}

func failureOf(err error) Failure {
	if e, ok := err.(*Error); ok { //nolint:errorlint // made by this package, never wrapped
		return e.Failure
	}
	return FailHost
}

// kind returns which of the module's hooks call is for.
func (h *hook) kind(call *core.Call) (int, error) {
	k := hookReceive
	switch h.phase { //nolint:exhaustive // admission lets no other phase in
	case core.PhasePrompt:
		k = hookPrompt
	case core.PhaseRoute:
		k = hookRoute
	case core.PhaseComplete:
		k = hookComplete
	case core.PhaseAnswer:
		k = hookAnswer
		if call.Window != nil {
			k = hookWindow
		}
	}
	if !h.pool.module.hooks[k] {
		return 0, &Error{
			Instance: h.pool.setup.name, Hook: hookTable[k].name, Failure: FailHost,
			Cause: fmt.Errorf("the module does not export %s", hookTable[k].export),
		}
	}
	return k, nil
}

// ownerOf returns on whose behalf a call is made. Before the consumer is known
// every exchange is on its own.
func ownerOf(i core.Isolation, ex *core.Exchange) owner {
	switch {
	case i == core.IsolateShared:
		return owner{}
	case i == core.IsolateTenant && ex.Consumer != nil:
		return owner{tenant: ex.Consumer.Tenant}
	default:
		return owner{id: ex.ID}
	}
}

// handle runs one hook under the limits.
func (g *guest) handle(k int, call *core.Call, deadline time.Duration) (err error) {
	name := hookTable[k].name
	defer g.fence(name, &err)
	g.call = call
	defer g.forget()
	g.begin(g.pool.setup.limits.Steps, deadline, g.pool.setup.limits.Deadline)
	if len(call.Parts) > maxParts {
		return g.errorf(name, FailMemory, &core.TooLargeError{Limit: "number of parts", Most: maxParts, Unit: "parts", Size: int64(len(call.Parts))})
	}
	m := g.fill(k, call)
	n := m.Size()
	g.frameSize = n
	dst, err := g.place(name, n)
	if err != nil {
		return err
	}
	if got := len(m.Append(dst[:0])); got != n {
		return g.errorf(name, FailHost, fmt.Errorf("a frame of %d bytes was announced with %d", got, n))
	}
	g.stack[0], g.stack[1] = uint64(g.framePtr), uint64(n)
	if err := g.run(g.hooks[k], name); err != nil {
		return err
	}
	g.flushLine()
	if g.stack[0] != 0 {
		if err := g.read(k, call, g.stack[0]); err != nil {
			return err
		}
	}
	if call.Window != nil && call.Window.Final {
		g.endState(k, call)
	}
	return nil
}

// forget drops what the guest holds of the exchange.
func (g *guest) forget() {
	g.call = nil
	g.frames.Reset()
	g.reply.Reset()
}

// read decodes what a hook returned and adds it to call.Reply.
func (g *guest) read(k int, call *core.Call, packed uint64) error {
	name := hookTable[k].name
	ptr, n := abi.Unpack(packed)
	if n == 0 {
		return nil // an empty reply, whatever the address
	}
	if int64(n) > int64(g.pool.setup.limits.Reply) {
		return g.errorf(name, FailReply, fmt.Errorf("it has %d bytes, the limit is %d", n, g.pool.setup.limits.Reply))
	}
	b, ok := g.mem.view(ptr, n)
	if !ok {
		return g.errorf(name, FailReply, fmt.Errorf("its %d bytes at %#x are not within the guest's memory", n, ptr))
	}
	err := g.reply.Decode(b)
	if err == nil {
		err = g.fits(k, call)
	}
	if err == nil {
		err = g.reply.Into(call.Reply, call.Exchange)
	}
	if err != nil {
		return g.errorf(name, FailReply, err)
	}
	if g.reply.HasState {
		return g.keepState(k, call, g.reply.State)
	}
	return nil
}

// fits checks the edits and the hold against the texts that the hook was given.
// The chain does so again, but by then the guest is back among the good ones.
func (g *guest) fits(k int, call *core.Call) error {
	r := &g.reply
	if k == hookWindow {
		if int(r.Hold) > len(call.Window.Text) {
			return fmt.Errorf("hold is %d, but the window has %d bytes", r.Hold, len(call.Window.Text))
		}
		for i := range r.Edits {
			if r.Edits[i].Part != 0 {
				return fmt.Errorf("edit %d names part %d, but a window's is 0", i, r.Edits[i].Part)
			}
			if err := within(&r.Edits[i], call.Window.Text); err != nil {
				return err
			}
		}
		return nil
	}
	parts := g.frames.Parts()
	at := 0
	for i := range r.Edits {
		e := &r.Edits[i]
		for at < len(parts) && parts[at].ID < e.Part { // both are sorted
			at++
		}
		if at == len(parts) || parts[at].ID != e.Part {
			return fmt.Errorf("edit %d names part %d, which the hook was not given, or not after the one before it", i, e.Part)
		}
		if err := within(e, parts[at].Text); err != nil {
			return err
		}
	}
	return nil
}

func within(e *abi.Edit, text []byte) error {
	if e.Start > e.End || uint64(e.End) > uint64(len(text)) {
		return fmt.Errorf("an edit of part %d covers [%d, %d) of a text of %d bytes", e.Part, e.Start, e.End, len(text))
	}
	for _, at := range [2]uint32{e.Start, e.End} {
		if int(at) < len(text) && !utf8.RuneStart(text[at]) {
			return fmt.Errorf("an edit of part %d cuts a rune at %d", e.Part, at)
		}
	}
	return nil
}

// fill makes the frame of a hook of what the manifest asks to see.
func (g *guest) fill(k int, call *core.Call) abi.Frame {
	o := abi.FrameOptions{Sees: &g.pool.module.manifest.Sees, State: g.state(k, call)}
	if k == hookComplete {
		o.Now = g.pool.module.host.opts.Clock.Now()
	}
	return g.frames.Fill(call, o)
}

// Bounds of frames, see sallyport.proto.
const (
	maxParts    = 65536
	maxTagKey   = 256
	maxTagValue = 4096
)
