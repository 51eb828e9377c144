package wasm

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// Bounds of what is kept for one exchange and for all.
const (
	maxExchanges = 1 << 16
	maxSlots     = 64
	maxSlotName  = 256
	maxSlotValue = 16 << 10
	maxStates    = 256
)

// scratch is what plugins left with one exchange.
type scratch struct {
	slots  map[slotKey][]byte
	states map[stateKey][]byte
}

// slotKey names a slot. It belongs to the instance that left it.
type slotKey struct{ instance, name string }

// stateKey is what a hook's state belongs to. A block of thinking and one of text
// may have the same number.
type stateKey struct {
	instance      string
	hook          int
	choice, block int
	kind          core.PartKind
}

// scratchTable keeps what plugins leave with exchanges, until [Host.Forget].
type scratchTable struct {
	used atomic.Int64 // entries, so that nobody locks while there are none
	mu   sync.Mutex
	m    map[core.ID]*scratch
}

// Forget drops what plugins left with an exchange: the state of their hooks and
// its slots. Whoever ends exchanges calls it once for each.
func (h *Host) Forget(id core.ID) {
	t := &h.scratch
	if t.used.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.m, id)
	t.used.Store(int64(len(t.m)))
}

// change calls f with the scratch of an exchange, which is made if need be.
func (t *scratchTable) change(id core.ID, f func(s *scratch)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.m[id]
	if s == nil {
		if t.m == nil {
			t.m = map[core.ID]*scratch{}
		}
		for other := range t.m { // somebody forgets to forget
			if len(t.m) < maxExchanges {
				break
			}
			delete(t.m, other)
		}
		s = &scratch{slots: map[slotKey][]byte{}, states: map[stateKey][]byte{}}
		t.m[id] = s
		t.used.Store(int64(len(t.m)))
	}
	f(s)
}

// look calls f with the scratch of an exchange if there is one.
func (t *scratchTable) look(id core.ID, f func(s *scratch)) {
	if t.used.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.m[id]; s != nil {
		f(s)
	}
}

func (g *guest) stateKey(k int, call *core.Call) stateKey {
	key := stateKey{instance: g.pool.setup.name, hook: k}
	if call.Window != nil {
		key.choice, key.block, key.kind = call.Window.Choice, call.Window.Block, call.Window.Kind
	}
	return key
}

// state returns what this hook last left for the exchange and block. It is not
// written to by anybody.
func (g *guest) state(k int, call *core.Call) []byte {
	t := &g.pool.module.host.scratch
	if t.used.Load() == 0 {
		return nil
	}
	var b []byte
	t.look(call.Exchange.ID, func(s *scratch) { b = s.states[g.stateKey(k, call)] })
	return b
}

// keepState keeps a copy of state, which the ABI bounds. It fails where the exchange
// has too many: a guard that is not told what it knew may miss what it is there for.
func (g *guest) keepState(k int, call *core.Call, state []byte) error {
	full := false
	g.pool.module.host.scratch.change(call.Exchange.ID, func(s *scratch) {
		key := g.stateKey(k, call)
		_, there := s.states[key]
		if full = !there && len(s.states) >= maxStates; !full {
			s.states[key] = bytes.Clone(state) // what was there may still be read
		}
	})
	if full {
		return g.errorf(hookTable[k].name, FailMemory, fmt.Errorf("the exchange has %d states already, of this and other plugins", maxStates))
	}
	return nil
}

// endState drops the state of a window that was shown to its end.
func (g *guest) endState(k int, call *core.Call) {
	g.pool.module.host.scratch.look(call.Exchange.ID, func(s *scratch) { delete(s.states, g.stateKey(k, call)) })
}
