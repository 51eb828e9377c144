package adapter

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// Bounds of what is kept for one exchange and for all.
const (
	maxExchanges = 1 << 16
	maxStates    = 256
)

// stateKey is what a hook's state belongs to.
type stateKey struct {
	instance, hook string
	choice, block  int
	kind           core.PartKind
}

func stateKeyOf(instance, hook string, call *core.Call) stateKey {
	key := stateKey{instance: instance, hook: hook}
	if call.Window != nil {
		key.choice, key.block, key.kind = call.Window.Choice, call.Window.Block, call.Window.Kind
	}
	return key
}

// states keeps what hooks leave with exchanges until they are over.
type states struct {
	used atomic.Int64 // exchanges, so that nobody locks while there are none
	mu   sync.Mutex
	m    map[core.ID]map[stateKey][]byte
}

// get returns what a hook last left. Nobody writes to it.
func (s *states) get(id core.ID, key stateKey) []byte {
	if s.used.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[id][key]
}

// put keeps a copy of state, which the frames bound.
func (s *states) put(id core.ID, key stateKey, state []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.m[id]
	if of == nil {
		if s.m == nil {
			s.m = map[core.ID]map[stateKey][]byte{}
		}
		for other := range s.m { // somebody forgets to forget
			if len(s.m) < maxExchanges {
				break
			}
			delete(s.m, other)
		}
		of = map[stateKey][]byte{}
		s.m[id] = of
		s.used.Store(int64(len(s.m)))
	}
	if _, there := of[key]; there || len(of) < maxStates {
		of[key] = bytes.Clone(state)
	}
}

func (s *states) forget(id core.ID) {
	if s.used.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, id)
	s.used.Store(int64(len(s.m)))
}
