package wasm

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// gated returns an instance whose hook logs and then waits for the test, and the
// channels on which it says so and is let go.
func gated(t *testing.T, c core.InstanceConfig) (i *Instance, at chan struct{}, leave chan struct{}) {
	m := plain(importOf(t, "log"))
	m.funcs[3].body = cat(i32c(1), i32c(0), i32c(4), call(0), i64c(0))
	at, leave = make(chan struct{}), make(chan struct{})
	i = started(t, m, Options{Log: func(LogLine) { at <- struct{}{}; <-leave }}, c)
	return i, at, leave
}

// TestWaitForAGuest: a hook waits for a guest until its deadline, and a guest
// that becomes free goes to who waited first.
func TestWaitForAGuest(t *testing.T) {
	i, at, leave := gated(t, core.InstanceConfig{Limits: core.Limits{Guests: 1, Deadline: time.Minute}})
	h := i.Hook(core.PhasePrompt)
	done := make(chan error, 2)
	for n := range byte(2) {
		go func() { done <- h.Handle(prompt(exchange("a", n), "x")) }()
	}
	<-at
	for { // until the second one waits
		i.pool.mu.Lock()
		n := i.pool.waiting.n
		i.pool.mu.Unlock()
		if n == 1 {
			break
		}
		runtime.Gosched()
	}
	leave <- struct{}{}
	<-at
	leave <- struct{}{}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if s := i.Stats(); s.Guests != 1 || s.Started != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestClosedWhileWaiting: closing lets the hook under way end, and sends those
// who wait away.
func TestClosedWhileWaiting(t *testing.T) {
	i, at, leave := gated(t, core.InstanceConfig{Limits: core.Limits{Guests: 1, Deadline: time.Minute}})
	h := i.Hook(core.PhasePrompt)
	first, second, closed := make(chan error), make(chan error), make(chan error)
	go func() { first <- h.Handle(prompt(exchange("a", 1), "x")) }()
	<-at
	go func() { second <- h.Handle(prompt(exchange("a", 2), "x")) }()
	go func() { closed <- i.Close() }()
	if err := <-second; failureOf(err) != FailBusy || !errors.Is(err, errClosed) {
		t.Errorf("the one who waits gets %v", err)
	}
	leave <- struct{}{}
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := h.Handle(prompt(exchange("a", 3), "x")); failureOf(err) != FailBusy {
		t.Errorf("a closed instance answers %v", err)
	}
}

// TestSharedPool: instances that are configured alike share their guests, others
// do not.
func TestSharedPool(t *testing.T) {
	m := load(t, newTestHost(t, Options{}), plain().bytes(), core.Limits{})
	a := instance(t, m, core.InstanceConfig{Name: "x", Config: map[string]any{"a": 1, "b": 2}})
	b := instance(t, m, core.InstanceConfig{Name: "x", Config: map[string]any{"b": 2, "a": 1}})
	others := []*Instance{
		instance(t, m, core.InstanceConfig{Name: "x", Config: map[string]any{"a": 1, "b": 3}}),
		instance(t, m, core.InstanceConfig{Name: "y", Config: map[string]any{"a": 1, "b": 2}}),
		instance(t, m, core.InstanceConfig{Name: "x", Config: map[string]any{"a": 1, "b": 2}, Isolation: core.IsolateShared}),
		instance(t, m, core.InstanceConfig{Name: "x", Config: map[string]any{"a": 1, "b": 2}, Limits: core.Limits{Steps: 1 << 20}}),
	}
	if a.pool != b.pool {
		t.Error("instances that are configured alike do not share")
	}
	for n, o := range others {
		if o.pool == a.pool {
			t.Errorf("instance %d shares though it is configured otherwise", n)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	handle(t, b, prompt(exchange("a", 1), "x"))
}

// TestManyAtOnce: many hooks at once, of several tenants, with failures among
// them: every call gets its own outcome, and no guest is lost.
func TestManyAtOnce(t *testing.T) {
	// Traps if the frame's last byte, the number of messages, is 7.
	m := hooked(
		get(0), get(1), []byte{0x6a}, i32c(1), []byte{0x6b}, op(0x2d, 0, 0), i32c(7), []byte{0x46, 0x04, 0x40}, unreachable, []byte{0x0b},
		i64c(0))
	i := started(t, m, Options{}, core.InstanceConfig{Limits: core.Limits{Guests: 3, Deadline: time.Minute}})
	var wg sync.WaitGroup
	const workers, calls = 8, 320
	for w := range workers {
		wg.Go(func() {
			h := i.Hook(core.PhasePrompt)
			for n := range calls {
				c := prompt(exchange(string(rune('a'+w%3)), byte(n)), "x")
				want := FailNone
				if n%16 == 15 {
					c.Parts[0].Msg, want = 6, FailTrap
				}
				got := FailNone
				if err := h.Handle(c); err != nil {
					got = failureOf(err)
				}
				if got != want {
					t.Errorf("call %d of %d: failure %q, want %q", n, w, got, want)
					return
				}
			}
		})
	}
	wg.Wait()
	i.pool.work.Wait()
	if s := i.Stats(); s.Calls != workers*calls || s.Guests > 3 || s.Guests != len(i.pool.free) || s.Failures[FailTrap] != workers*calls/16 {
		t.Errorf("stats %+v", s)
	}
}

// TestReplacement: after a failure the next guest is there before it is asked
// for.
func TestReplacement(t *testing.T) {
	i := started(t, hooked(unreachable), Options{}, core.InstanceConfig{Limits: core.Limits{Guests: 1}})
	wantFailure(t, i, FailTrap)
	i.pool.work.Wait()
	if s := i.Stats(); s.Started != 2 || s.Replaced != 1 || s.Guests != 1 || len(i.pool.free) != 1 {
		t.Errorf("stats %+v", s)
	}
}

// panicky is a headers value that panics when the host reads it.
type panicky struct{}

func (panicky) Get(string) []byte { panic("a mistake of the host") }

// TestFence: a panic of the host while a guest is in hand is the call's error,
// and the guest is given up.
func TestFence(t *testing.T) {
	i := seeing(t, plain(), core.Sees{Headers: []string{"x-a"}}, core.InstanceConfig{})
	c := prompt(exchange("a", 1), "x")
	c.Exchange.Request.Headers = panicky{}
	err := i.Hook(core.PhasePrompt).Handle(c)
	if failureOf(err) != FailHost {
		t.Fatalf("error %v, want a mistake of the host", err)
	}
	i.pool.work.Wait()
	handle(t, i, prompt(exchange("a", 1), "x"))
	if s := i.Stats(); s.Replaced != 1 {
		t.Errorf("stats %+v", s)
	}
	// The same inside an import, below the guest's own frames.
	m := plain(importOf(t, "log"))
	m.funcs[3].body = cat(i32c(1), i32c(0), i32c(4), call(0), i64c(0))
	i = started(t, m, Options{Log: func(LogLine) { panic("in an import") }}, core.InstanceConfig{})
	wantFailure(t, i, FailHost)
}

// TestFailModes: a guard that fails ends the exchange, or not, as the chain was
// told, and the guards around it still count (F29).
func TestFailModes(t *testing.T) {
	h := newTestHost(t, Options{})
	bad := instance(t, load(t, h, hooked(unreachable).bytes(), core.Limits{}), core.InstanceConfig{Name: "bad"})
	flag := (&abi.Reply{Flags: []abi.Flag{{Name: []byte("good"), Score: 1}}}).Append(nil)
	good := instance(t, load(t, h, replying(flag).bytes(), core.Limits{}), core.InstanceConfig{Name: "good"})
	for _, open := range []bool{false, true} {
		entry := func(i *Instance, name string) chain.Entry {
			e := chain.Entry{Instance: name, Plugin: name, Stage: core.StageJudge, FailOpen: open}
			e.Hooks[core.PhasePrompt] = i.Hook(core.PhasePrompt)
			return e
		}
		c := chain.Compile(nil, []chain.Entry{entry(good, "good"), entry(bad, "bad")})
		for n := range byte(20) { // beyond what the breaker bears
			call := prompt(exchange("a", n), "x")
			out := c.Run(call, &core.Reply{})
			if (out.Err == nil) != open {
				t.Fatalf("fail open %v: outcome %v", open, out.Err)
			}
			if len(call.Exchange.Flags) != 1 {
				t.Fatalf("fail open %v: flags %v", open, call.Exchange.Flags)
			}
		}
	}
}

// TestNewIsAPlugin: a module can be used wherever a plugin can.
func TestNewIsAPlugin(t *testing.T) {
	m := load(t, newTestHost(t, Options{}), plain().bytes(), core.Limits{})
	var p core.Artifact = m
	i, err := p.New(core.InstanceConfig{Name: "x", Config: map[string]any{"a": []any{1.5, "b", nil, true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.New(core.InstanceConfig{}); err == nil {
		t.Error("an instance without a name")
	}
	if m.Digest() == [32]byte{} {
		t.Error("no digest")
	}
}

// TestPickNear: a processor gets the guest that it used last, if that needs no reset for
// whoever asks; else the one used last, and if all need one, that which was idle longest.
func TestPickNear(t *testing.T) {
	t.Parallel()
	a, b := owner{tenant: "a"}, owner{tenant: "b"}
	for name, c := range map[string]struct {
		isolation core.Isolation
		near      int // index among the free, -1 for one that is not
		want      int
	}{
		"shared, near":          {core.IsolateShared, 0, 0},
		"shared, near is taken": {core.IsolateShared, -1, 2},
		"own, near":             {core.IsolateTenant, 0, 0},
		"own, near is another's": {
			core.IsolateTenant, 1, 2,
		},
	} {
		free := []*guest{{owner: a}, {owner: b}, {owner: a}}
		near := &guest{owner: a}
		if c.near >= 0 {
			near = free[c.near]
		}
		want := free[c.want]
		p := &pool{setup: &setup{isolation: c.isolation}, free: slices.Clone(free)}
		if got := p.pick(a, near); got != want || len(p.free) != 2 || slices.Contains(p.free, want) {
			t.Errorf("%s: picked %d, left %d", name, slices.Index(free, got), len(p.free))
		}
	}
	p := &pool{setup: &setup{isolation: core.IsolateTenant}, free: []*guest{{owner: a}, {owner: a}}}
	if first := p.free[0]; p.pick(b, p.free[1]) != first {
		t.Error("where all need a reset, it was not the one that was idle longest")
	}
}
