package attempt

import (
	"bytes"
	"hash/maphash"
	"sync"

	"github.com/sallyport-gateway/sallyport/core"
)

// What a request names may lie at one provider alone: an earlier answer, a file, a
// cached prompt ([core.Bond]). Where a route has deployments of several providers,
// such a request goes to those that speak the client's own dialect, for nothing else
// can know the name, and of these to the one that is remembered to keep it. Where
// nobody remembers, because another gateway handled the request before or this one
// began afresh, they are asked one after the other: who keeps it answers, and the
// others refuse at no cost.

// maxAsked is how many providers are asked for what one of them keeps.
const maxAsked = 8

// Where guards have to judge prompts, what a request only points to has passed them
// only if it was made here: anything else is refused, since nobody here sees what the
// model will read.

// homes remembers which provider keeps what, by ids that clients cannot choose or
// guess for others. It is only memory: without it everything works, with more calls,
// but for what guards have to see, which is then to be sent again.
type homes struct {
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]home // by the hash of the id
}

// homeRoom is how many ids each of the two generations holds, of about 40 bytes.
const homeRoom = 1 << 17

// home is where something is kept, and for whom.
type home struct {
	provider uint64
	tenant   uint64 // 0: not known
	mandate  uint64 // see [core.Exchange]; 0: nobody had to judge the prompt that led to it
}

func newHomes() *homes { return &homes{seed: maphash.MakeSeed()} }

// hash is never 0.
func (m *homes) hash(s string) uint64 { return maphash.String(m.seed, s) | 1 }

// find returns the home of id, the zero value where it is not remembered.
func (m *homes) find(id []byte) home {
	key := maphash.Bytes(m.seed, id)
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.young[key]
	if !ok {
		if h, ok = m.old[key]; ok {
			m.keep(key, h)
		}
	}
	return h
}

// put remembers what is known of id. Whom it belongs to, and who judged the prompt, is
// known of what a provider made; 0 leaves what is known of that.
func (m *homes) put(id []byte, h home) {
	key := maphash.Bytes(m.seed, id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.tenant == 0 {
		h.tenant = max(m.young[key].tenant, m.old[key].tenant)
	}
	if h.mandate == 0 {
		h.mandate = max(m.young[key].mandate, m.old[key].mandate)
	}
	m.keep(key, h)
}

// keep enters h. The older half goes when there is no more room.
func (m *homes) keep(key uint64, h home) {
	if len(m.young) >= homeRoom || m.young == nil {
		m.old, m.young = m.young, make(map[uint64]home)
	}
	m.young[key] = h
}

// tenant is whose exchange it is, 0 where nobody says.
func (m *homes) tenant(ex *core.Exchange) uint64 {
	if ex.Consumer == nil || ex.Consumer.Tenant == "" {
		return 0
	}
	return m.hash(ex.Consumer.Tenant)
}

// seen refuses what the prompt points to and its guards have not seen. They have seen
// what was made here under the same guards for the same tenant.
func (r *run) seen() *core.Error {
	ex := r.ex
	if ex.Mandate == 0 || len(ex.Unseen) == 0 {
		return nil
	}
	tenant := r.l.homes.tenant(ex)
	for i := range ex.Unseen {
		b := &ex.Unseen[i]
		if at := r.l.homes.find(b.ID); at.mandate != ex.Mandate || at.tenant != tenant {
			return core.ClientErrorf(core.CodeContentNotGuarded, b.Field,
				"%q stands for something that the guardrails of this route have not seen: what a provider keeps, or a program that writes the prompt. "+
					"Send the content itself in the request, or go on from an answer that this gateway gave to the same key.", b.Field)
		}
	}
	return nil
}

// bind finds out what the request is tied to, and leaves only the places that can
// know it. The error refuses what is another tenant's.
func (r *run) bind() *core.Error {
	ex, l, route := r.ex, r.l, r.own.route
	d, ok := ex.Request.Dialect.(core.Binder)
	if !ok {
		return nil
	}
	if route.choice {
		if name := d.Session(ex); len(name) > 0 {
			r.own.session = nameHash(name)
		}
	}
	tenant := l.homes.tenant(ex)
	if !route.scattered && tenant == 0 {
		return nil
	}
	b, found := d.Bond(ex, route.scattered)
	if !found {
		return nil
	}
	at := l.homes.find(b.ID)
	if at.tenant != 0 && tenant != 0 && at.tenant != tenant {
		return core.ClientErrorf(core.CodeInvalidField, b.Field, "There is nothing of the id in %q, or this key may not use it.", b.Field)
	}
	if route.scattered {
		r.bond = b
		r.narrow(at.provider)
	}
	return nil
}

// narrow leaves the places of the provider that keeps what the request is tied to,
// and where that is not known those that speak the client's dialect. Without any of
// these a translator says what cannot be.
func (r *run) narrow(provider uint64) {
	natives, here := 0, 0
	for n := range r.n {
		for _, p := range r.search(n).route.places {
			if r.native(p) {
				natives++
				if r.l.homes.hash(p.Provider.Name) == provider {
					here++
				}
			}
		}
	}
	if here == 0 {
		provider = 0
	}
	switch {
	case natives == 0:
		r.bond = core.Bond{}
	case r.bond.Sealed: // others can do without it
		r.own.home = provider
	default:
		for n := range r.n {
			s := r.search(n)
			for i, p := range s.route.places {
				if !r.native(p) || provider != 0 && r.l.homes.hash(p.Provider.Name) != provider {
					s.drop(i)
				}
			}
		}
	}
}

// drop leaves place i out.
func (s *search) drop(i int) {
	s.tried.add(i)
	s.out.add(i)
}

// native tells whether p serves the exchange in the client's own dialect.
func (r *run) native(p *place) bool {
	i := r.l.carrier.Serves(r.ex, p.Deployment)
	return i >= 0 && p.Provider.Serves[r.ex.Request.Operation][i].Dialect == r.ex.Request.Dialect.Name()
}

// astray tells whether the provider of the attempt does not know what the request
// is tied to: it says that something does not exist, or complains of that very id
// or field.
func (r *run) astray(err *core.Error) bool {
	if r.bond.ID == nil || err.Code != core.CodeUpstreamStatus || r.ex.Attempt.Translation != nil {
		return false
	}
	status := err.Status
	if cause, ok := err.Cause.(*refusal); ok { //nolint:errorlint // set by the loop and never wrapped
		status = cause.status
	}
	switch status {
	case 403, 404:
		return true
	case 400:
		return err.Upstream != nil && (bytes.Contains(err.Upstream.Body, r.bond.ID) || bytes.Contains(err.Upstream.Body, []byte(r.bond.Field)))
	default:
		return false
	}
}

// elsewhere picks a place of another provider, one that has not been asked. That is
// no retry: nothing failed.
func (r *run) elsewhere() bool {
	if r.asked++; r.asked >= maxAsked {
		return false
	}
	if left, bounded := r.timeLeft(); bounded && left <= 0 {
		return false
	}
	s, name := r.search(r.at), r.place.Provider.Name
	s.made--
	for n := range r.n {
		other := r.search(n)
		for i, p := range other.route.places {
			if p.Provider.Name == name {
				other.drop(i)
			}
		}
	}
	r.now = r.l.now()
	return r.fresh()
}

// verdict is the error that the client is told. That a provider failed, which may
// keep what the others do not know, says more than that they do not.
func (r *run) verdict(err *core.Error) *core.Error {
	if r.failed != nil && r.astray(err) {
		return r.failed
	}
	return err
}

// settled remembers who knew what the request is tied to.
func (r *run) settled() {
	if r.bond.ID != nil && r.ex.Attempt.Translation == nil {
		r.l.homes.put(r.bond.ID, home{provider: r.l.homes.hash(r.place.Provider.Name)})
	}
}

// Remember notes who keeps the answer of the attempt, if somebody may ask. It may be
// called before [Loop.Done], so that it is known when the client has the answer.
func (l *Loop) Remember(ex *core.Exchange) {
	at := ex.Attempt
	if len(at.Kept) == 0 || at.Translation != nil {
		return
	}
	tenant := l.homes.tenant(ex)
	if r := l.routes[ex.Route]; tenant == 0 && ex.Mandate == 0 && (r == nil || !r.scattered) {
		return
	}
	h := home{provider: l.homes.hash(at.Deployment.Provider.Name), tenant: tenant, mandate: ex.Mandate}
	for _, id := range at.Kept {
		l.homes.put(id, h)
	}
}
