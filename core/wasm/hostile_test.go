package wasm

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// bomb appends a tree of 2³³ calls without a loop to m and returns its root.
func bomb(m *asmModule) uint32 {
	base := uint32(len(m.imports))
	m.funcs = append(m.funcs, asmFunc{body: []byte{0x01}})
	for range 33 {
		leaf := base + uint32(len(m.funcs)-1)
		m.funcs = append(m.funcs, asmFunc{body: cat(call(leaf), call(leaf))})
	}
	return base + uint32(len(m.funcs)-1)
}

// recursing appends a function that calls itself for ever.
func recursing(m *asmModule) uint32 {
	f := uint32(len(m.imports) + len(m.funcs))
	m.funcs = append(m.funcs, asmFunc{results: []byte{i32}, body: cat(call(f), i32c(1), []byte{0x6a})})
	return f
}

// hostile are guests whose prompt hook does harm, and how it must end.
func hostile() map[string]struct {
	m    *asmModule
	want Failure
} {
	type c = struct {
		m    *asmModule
		want Failure
	}
	calls := plain()
	calls.funcs[3].body = cat(call(bomb(calls)), i64c(0))
	deep := plain()
	deep.funcs[3].body = cat(call(recursing(deep)), drop, i64c(0))
	// Asks for a page again and again, then traps.
	greedy := hooked([]byte{0x03, 0x40}, i32c(1), op(0x40, 0), i32c(-1), []byte{0x47}, op(0x0d, 0), []byte{0x0b}, unreachable)
	fill := hooked([]byte{0x03, 0x40}, i32c(0), i32c(0), i32c(1<<17), op(0xfc, 11, 0), op(0x0c, 0), []byte{0x0b}, unreachable)
	exit := plain(asmImport{wasiModule, "proc_exit", []byte{i32}, nil})
	exit.funcs[3].body = cat(i32c(0), call(0), i64c(0))
	sleep := plain(asmImport{wasiModule, "poll_oneoff", []byte{i32, i32, i32, i32}, []byte{i32}})
	sleep.data = []asmData{{scratchAt + 24, []byte{0, 0, 0, 0, 0, 1}}} // 2⁴⁰ ns
	sleep.funcs[3].body = cat(i32c(scratchAt), i32c(scratchAt+64), i32c(1), i32c(scratchAt+128), call(0), drop, i64c(0))
	return map[string]c{
		"trap":        {hooked(unreachable), FailTrap},
		"division":    {hooked(i32c(1), i32c(0), []byte{0x6d, 0xac}), FailTrap},
		"wild read":   {hooked(i32c(-4), load32(), []byte{0xac}), FailTrap},
		"loop":        {hooked(forever), FailSteps},
		"call bomb":   {calls, FailSteps},
		"bulk memory": {fill, FailSteps},
		"recursion":   {deep, FailStack},
		"memory bomb": {greedy, FailMemory},
		"exit":        {exit, FailExit},
		"sleep":       {sleep, FailDeadline},
	}
}

// TestHostileHooks: a hook that does harm is stopped by the limit that is meant
// for it, the next call gets a fresh guest, and nothing is left.
func TestHostileHooks(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			h := newTestHost(t, Options{Memory: 64 << 20})
			limits := core.Limits{Steps: 1 << 22, Deadline: time.Minute}
			if c.want == FailDeadline {
				limits = core.Limits{Deadline: 20 * time.Millisecond}
			}
			i := instance(t, load(t, h, c.m.bytes(), core.Limits{}), core.InstanceConfig{Limits: limits})
			for range 3 {
				wantFailure(t, i, c.want)
				if used := h.Memory(); used > 4*17<<20 {
					t.Fatalf("%d bytes of guests' memory in use", used)
				}
			}
			s := i.Stats()
			if s.Failures[c.want] != 3 || s.Calls != 3 {
				t.Errorf("stats %+v", s)
			}
			if c.want == FailSteps && s.Steps > 3*(1<<22+1<<18) {
				t.Errorf("%d steps in three calls, the limit is %d each", s.Steps, 1<<22)
			}
		})
	}
}

// TestStepsAreReproducible: the same input costs the same steps.
func TestStepsAreReproducible(t *testing.T) {
	m := plain()
	m.funcs[3].locals = []byte{i32}
	m.funcs[3].body = cat( // count to 100,000
		[]byte{0x03, 0x40}, get(2), i32c(1), []byte{0x6a}, op(0x22, 2), i32c(100_000), []byte{0x49}, op(0x0d, 0), []byte{0x0b}, i64c(0))
	i := started(t, m, Options{}, core.InstanceConfig{})
	var last uint64
	for n := range 3 {
		before := i.Stats().Steps
		handle(t, i, prompt(exchange("a", byte(n)), "x"))
		cost := i.Stats().Steps - before
		if n > 0 && cost != last {
			t.Errorf("call %d cost %d steps, the one before it %d", n, cost, last)
		}
		last = cost
	}
	if last < 500_000 {
		t.Errorf("%d steps are too few for 100,000 rounds", last)
	}
}

// TestHostileStarts: a guest that refuses its configuration, or has no good place
// for it, does not start. Those that do harm are the kit's.
func TestHostileStarts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *asmModule)
		want   Failure
	}{
		"configure refuses": {func(m *asmModule) { m.funcs[2].body = i32c(int32(abi.StatusInvalid)) }, FailStart},
		"buffer loops":      {func(m *asmModule) { m.funcs[1].body = forever }, FailSteps},
		"buffer outside":    {func(m *asmModule) { m.funcs[1].body = i32c(-1) }, FailReply},
		"buffer is nil":     {func(m *asmModule) { m.funcs[1].body = i32c(0) }, FailMemory},
	} {
		t.Run(name, func(t *testing.T) {
			m := plain()
			c.change(m)
			mod := load(t, newTestHost(t, Options{}), m.bytes(), core.Limits{Steps: 1 << 20, Deadline: time.Minute})
			i, err := mod.NewInstance(core.InstanceConfig{Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			err = i.Start(context.Background())
			var e *Error
			if !errors.As(err, &e) || e.Failure != c.want {
				t.Errorf("error %v, want a failure of kind %s", err, c.want)
			}
			if err := i.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStateTooLarge: what a guest may leave for its next call is bounded.
func TestStateTooLarge(t *testing.T) {
	m := hooked(i64c(int64(abi.Pack(0, 20_000))))
	m.data = []asmData{{0, cat([]byte{0x62}, list(19_996))}}
	wantFailure(t, started(t, m, Options{}, core.InstanceConfig{}), FailReply)
}

// TestEmptyReplies: a length of 0 is no reply, whatever the address.
func TestEmptyReplies(t *testing.T) {
	for _, ptr := range []uint32{0, 64, 1 << 31} {
		if r := handle(t, started(t, hooked(i64c(int64(abi.Pack(ptr, 0)))), Options{}, core.InstanceConfig{}), prompt(exchange("a", 1), "x")); !r.Empty() {
			t.Errorf("reply %+v", r)
		}
	}
}

// TestReasonOfRefusal: why a guest refuses its configuration is what it logged.
func TestReasonOfRefusal(t *testing.T) {
	m := plain(asmImport{abi.ImportModule, "log", []byte{i32, i32, i32}, nil})
	m.data = []asmData{{replyAt, []byte("no such list")}}
	m.funcs[2].body = cat(i32c(int32(abi.LevelError)), i32c(replyAt), i32c(12), call(0), i32c(2))
	i, err := load(t, newTestHost(t, Options{}), m.bytes(), core.Limits{}).NewInstance(core.InstanceConfig{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "no such list") {
		t.Errorf("error %v", err)
	}
}

// TestCollectorIsNotHeldUp: while a guest loops, a collection of Go's heap ends,
// though it must stop every thread.
func TestCollectorIsNotHeldUp(t *testing.T) {
	calls := plain()
	calls.funcs[3].body = cat(call(bomb(calls)), i64c(0))
	for name, m := range map[string]*asmModule{"loop": hooked(forever), "call bomb": calls} {
		t.Run(name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			mod := load(t, h, m.bytes(), core.Limits{})
			i := instance(t, mod, core.InstanceConfig{Limits: core.Limits{Deadline: 300 * time.Millisecond, Steps: 1 << 50}})
			done := make(chan error)
			go func() { done <- i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "x")) }()
			collections := 0
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for {
				select {
				case err := <-done:
					runtime.ReadMemStats(&after)
					if failureOf(err) != FailDeadline {
						t.Errorf("error %v, want the deadline", err)
					}
					if collections == 0 {
						t.Error("no collection ended while the guest ran")
					}
					t.Logf("%d collections while the guest ran, %v of pauses in all", collections,
						time.Duration(after.PauseTotalNs-before.PauseTotalNs))
					return
				default:
					runtime.GC()
					collections++
				}
			}
		})
	}
}

// TestMemoryBudget: all guests together stay below the host's bound, and idle
// ones make room.
func TestMemoryBudget(t *testing.T) {
	h := newTestHost(t, Options{Memory: 5 * 2 * pageBytes})
	m := load(t, h, plain().bytes(), core.Limits{})
	var all []*Instance
	for n := range 8 { // each starts with two pages
		all = append(all, instance(t, m, core.InstanceConfig{Name: "i" + string(rune('0'+n))}))
		if used := h.Memory(); used > 5*2*pageBytes {
			t.Fatalf("%d bytes in use", used)
		}
	}
	for _, i := range all {
		handle(t, i, prompt(exchange("a", 1), "x"))
	}
	grow := hooked(i32c(100), op(0x40, 0), []byte{0xac})
	small := newTestHost(t, Options{Memory: 4 * pageBytes})
	i := instance(t, load(t, small, grow.bytes(), core.Limits{}), core.InstanceConfig{})
	wantFailure(t, i, FailReply) // memory.grow gave -1, which is no reply
	big := plain()
	big.pages = 5
	if _, err := small.Load(context.Background(), big.bytes(), ModuleOptions{}); err == nil {
		t.Error("a module that needs more memory than there is was loaded")
	}
}
