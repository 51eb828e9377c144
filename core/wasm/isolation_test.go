package wasm

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// hoarder is a guest that hides what it is shown wherever it can, and tells what
// it finds. Its prompt hook reads a mark from each hiding place and then writes
// the one of this call: the frame's last byte. It flags "seen" if it found
// anything. The places are low and high memory, an i32, an i64 and an f64
// global.
func hoarder() *asmModule {
	const high = 2*pageBytes - 8
	m := plain()
	m.globals = []byte{i32, i64, f64}
	m.data = []asmData{{replyAt, (&abi.Reply{Flags: []abi.Flag{{Name: []byte("seen"), Score: 1}}}).Append(nil)}}
	n := uint32(len(m.data[0].bytes))
	mark := cat(get(0), get(1), []byte{0x6a}, i32c(1), []byte{0x6b}, op(0x2d, 0, 0), i32c(1), []byte{0x6a}) // never 0
	m.funcs[3].locals = []byte{i32}
	m.funcs[3].body = cat(
		// found := any place
		i32c(1024), load32(), i32c(high), load32(), []byte{0x72},
		op(0x23, 0), []byte{0x72},
		op(0x23, 1), []byte{0xa7, 0x72},
		op(0x23, 2), []byte{0xaa, 0x72}, set(2),
		// hide
		i32c(1024), mark, store32(), i32c(high), mark, store32(),
		mark, op(0x24, 0), mark, []byte{0xac}, op(0x24, 1), mark, []byte{0xb7}, op(0x24, 2),
		// tell
		get(2), []byte{0x04, 0x7e}, i64c(int64(abi.Pack(replyAt, n))), []byte{0x05}, i64c(0), []byte{0x0b},
	)
	return m
}

func seen(r *core.Reply) bool { return len(r.Flags) > 0 }

// TestIsolation: what a guest keeps is seen by whom it may be seen by.
func TestIsolation(t *testing.T) {
	type call struct {
		tenant string
		id     byte
		seen   bool
	}
	for iso, calls := range map[core.Isolation][]call{
		core.IsolateShared:   {{"a", 1, false}, {"a", 1, true}, {"b", 2, true}},
		core.IsolateTenant:   {{"a", 1, false}, {"a", 2, true}, {"b", 3, false}, {"b", 4, true}, {"a", 5, false}, {"a", 6, true}},
		core.IsolateExchange: {{"a", 1, false}, {"a", 1, true}, {"a", 2, false}, {"b", 2, true}, {"b", 3, false}},
	} {
		t.Run(iso.String(), func(t *testing.T) {
			i := started(t, hoarder(), Options{}, core.InstanceConfig{Isolation: iso, Limits: core.Limits{Guests: 1}})
			for n, c := range calls {
				if got := seen(handle(t, i, prompt(exchange(c.tenant, c.id), "x"))); got != c.seen {
					t.Errorf("call %d of %s: seen is %v", n, c.tenant, got)
				}
			}
		})
	}
}

// TestNoTenantYet: before the consumer is known, exchanges do not share a guest.
func TestNoTenantYet(t *testing.T) {
	i := started(t, hoarder(), Options{}, core.InstanceConfig{Limits: core.Limits{Guests: 1}})
	for n := range byte(3) {
		ex := exchange("", n)
		ex.Consumer = nil
		if seen(handle(t, i, prompt(ex, "x"))) {
			t.Errorf("exchange %d sees another's", n)
		}
	}
}

// TestCanaries: in 10,000 pairs of calls of two tenants, at once and in each
// isolation that promises it, neither ever finds what the other left (S28).
func TestCanaries(t *testing.T) {
	for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateExchange} {
		for name, m := range map[string]*asmModule{"reset": hoarder(), "replaced": unfixed(hoarder())} {
			t.Run(iso.String()+"/"+name, func(t *testing.T) {
				pairs := 10_000
				if name == "replaced" || testing.Short() {
					pairs = 500
				}
				i := started(t, m, Options{}, core.InstanceConfig{Isolation: iso, Limits: core.Limits{Guests: 2, Deadline: patient.Deadline}})
				var wg sync.WaitGroup
				for w := range 2 {
					wg.Go(func() {
						h := i.Hook(core.PhasePrompt)
						for n := range pairs {
							// A tenant of its own each time: nobody may find anything.
							ex := exchange(fmt.Sprintf("%d-%d", w, n), 0)
							ex.ID = core.ID{byte(w), byte(n >> 8), byte(n)}
							c := prompt(ex, "x")
							if err := h.Handle(c); err != nil {
								t.Error(err)
								return
							}
							if seen(c.Reply) {
								t.Errorf("call %d of %d finds what another left", n, w)
								return
							}
						}
					})
				}
				wg.Wait()
				s := i.Stats()
				if name == "reset" && s.Reset < uint64(pairs) || name == "replaced" && s.Replaced < uint64(pairs) {
					t.Errorf("stats %+v", s)
				}
			})
		}
	}
}

// unfixed gives a guest a function that writes a table, so that it cannot be
// reset.
func unfixed(m *asmModule) *asmModule {
	m.table = []uint32{0}
	m.funcs = append(m.funcs, asmFunc{body: cat(i32c(0), op(0xd2, 0), op(0x26, 0))})
	return m
}

// TestGrownMemory: memory does not shrink, so a guest that grew is replaced.
func TestGrownMemory(t *testing.T) {
	for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateExchange} {
		m := hoarder()
		m.funcs[3].body = cat(i32c(1), op(0x40, 0), drop, m.funcs[3].body)
		i := started(t, m, Options{}, core.InstanceConfig{Isolation: iso, Limits: core.Limits{Guests: 1, Deadline: patient.Deadline}})
		for n := range byte(20) {
			if seen(handle(t, i, prompt(exchange(fmt.Sprint(n), n), "x"))) {
				t.Fatalf("%s: call %d finds what another left", iso, n)
			}
		}
		if s := i.Stats(); s.Replaced < 19 || s.Reset != 0 {
			t.Errorf("%s: stats %+v", iso, s)
		}
	}
}

// TestOtherMemories: a guest that reaches for what lies behind its memory traps
// (S28).
func TestOtherMemories(t *testing.T) {
	m := plain()
	m.funcs[3].body = cat(get(0), op(0x2d, 0, 0x3fffffff), []byte{0xad})
	i := started(t, m, Options{}, core.InstanceConfig{})
	for range 3 {
		e := wantFailure(t, i, FailTrap)
		if !strings.Contains(e.Error(), "out of bounds") {
			t.Fatal(e)
		}
	}
}
