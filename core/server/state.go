package server

import (
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

// State is one configuration at work: everything that an exchange needs,
// looked up once. It is immutable. Exchanges in flight keep the one that they
// began with; a State is closed when the last of them has ended.
type State struct {
	Snapshot *config.Snapshot
	// Dialects are asked in order whose path a request is. The first one also
	// answers what belongs to none.
	Dialects []core.Dialect
	// Auth is nil for a keyless gateway.
	Auth   core.Authenticator
	Limits []core.Limiter
	Loop   *attempt.Loop
	// Chains by route name; a route without plugins has none.
	Chains map[string]*chain.Chain
	// Receive is run before the route of a request is known; nil for none.
	Receive *chain.Chain
	// OnClose is called once when nothing uses the state any more.
	OnClose func()

	uses  map[string]*use // by route name
	any   *use            // of what has no name there; nil: none
	raw   map[string]*use // by route name, of providers whose own API may be called
	joins sync.Map        // [2]*chain.Chain to *joined
	refs  atomic.Int64    // 1 for being current, 1 per exchange
}

// use is what a state has for a route.
type use struct {
	route   *core.Route
	chain   *chain.Chain // nil: none
	metrics *telemetry.Route
}

// claimed returns the dialect that claims a request whose path is found, among
// others, in d; d where none does.
func (s *State) claimed(r *core.Request, d core.Dialect) core.Dialect {
	for _, other := range s.Dialects {
		if c, ok := other.(core.Claimer); ok && c.Claims(r) {
			return other
		}
	}
	return d
}

// ready tells whether every listed plugin is live (DESIGN law 11).
func (s *State) ready() *core.Error {
	for _, c := range s.Chains {
		if err := c.Available(); err != nil {
			return err
		}
	}
	return s.Receive.Available()
}

func (s *State) release() {
	if s.refs.Add(-1) == 0 && s.OnClose != nil {
		s.OnClose()
	}
}

// acquire returns the current state and takes a reference to it.
func (s *Server) acquire() *State {
	for {
		st := s.state.Load()
		if n := st.refs.Load(); n > 0 && st.refs.CompareAndSwap(n, n+1) {
			return st
		}
		// Lost a race: either another exchange counted meanwhile, or the state
		// was swapped and closed between the two loads. The next look decides.
	}
}

// Swap makes st the current state. Exchanges in flight finish on the one they
// began with. Listen addresses, TLS and connection bounds of a running server
// do not change with it.
func (s *Server) Swap(st *State) {
	s.prepare(st)
	s.state.Swap(st).release()
}

// prepare looks up what belongs to each route and counts the state as current.
func (s *Server) prepare(st *State) {
	snap := st.Snapshot
	look := func(r *core.Route) *use {
		return &use{route: r, chain: st.Chains[r.Name], metrics: s.metrics.Route(r.Name)}
	}
	st.uses = make(map[string]*use, len(snap.Routes))
	for name, r := range snap.Routes {
		st.uses[name] = look(r)
	}
	if snap.Any != nil {
		st.any = look(snap.Any)
	}
	if len(snap.Raw) > 0 {
		st.raw = make(map[string]*use, len(snap.Raw))
	}
	for name, r := range snap.Raw {
		st.raw[name] = look(r)
	}
	st.refs.Store(1)
}

// use returns what the state has for the model of that name, as [config.Snapshot.Route]
// finds it; nil where there is none.
func (s *State) use(name []byte) *use {
	if u := s.uses[string(name)]; u != nil {
		return u
	}
	if s.raw[string(name)] != nil {
		return nil // the right to it is none to a model of that name
	}
	return s.any
}
