package attempt

import (
	"math/bits"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// set is a set of indices below [maxDeployments].
type set [maxDeployments / 64]uint64

func (s *set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }

// search is what one exchange remembers of its picks on one route.
type search struct {
	route *route
	order []int // the order in which to try places; nil goes by weight
	tried set
	out   set // not to be tried again, whatever the wait
	made  int // attempts on this route

	session uint64 // hash of the conversation's name; 0: it has none
	home    uint64 // hash of the name of the provider to prefer; 0: none
}

// begin begins a search on the route. order may be nil; places that it leaves out
// are not tried at all.
func (s *search) begin(r *route, order []int) {
	s.route, s.order = r, order
	switch {
	case order != nil:
		for i := range r.places {
			if !slices.Contains(order, i) {
				s.tried.add(i)
				s.out.add(i)
			}
		}
	case len(r.places) == 1:
		s.order = r.only[:] // weights say nothing
	}
}

// well tells whether all places of the route are healthy.
func (r *route) well() bool {
	for _, p := range r.places {
		if p.health.until.Load() != 0 || p.health.limited.Load() != 0 {
			return false
		}
	}
	return true
}

// untried tells whether place i may be picked now and never was, and is fit to
// serve the exchange.
func (l *Loop) untried(ex *core.Exchange, s *search, i int) bool {
	return !s.tried.has(i) && l.carrier.Serves(ex, s.route.places[i].Deployment) >= 0
}

// pick returns an untried place of the route that is healthy, or on trial with
// a trial to spare; trial tells which. It returns -1 when there is none.
func (l *Loop) pick(ex *core.Exchange, s *search, now time.Duration) (i int, trial bool) {
	if s.order != nil {
		return l.pickOrdered(ex, s, now)
	}
	if s.home != 0 {
		others := s.tried
		for i, p := range s.route.places {
			if l.homes.hash(p.Provider.Name) != s.home {
				others.add(i)
			}
		}
		if i, trial := l.pickBut(ex, s, others, now); i >= 0 {
			return i, trial
		}
	}
	return l.pickBut(ex, s, s.tried, now)
}

// pickBut is pick without the refused places.
func (l *Loop) pickBut(ex *core.Exchange, s *search, refused set, now time.Duration) (i int, trial bool) {
	for { // others may get the trials first
		i := l.draw(ex, s, &refused, now)
		if i < 0 {
			return -1, false
		}
		h := s.route.places[i].health
		if h.standing(now) == healthy {
			return i, false
		}
		if h.claimTrial(now) {
			return i, true
		}
		refused.add(i)
	}
}

func (l *Loop) pickOrdered(ex *core.Exchange, s *search, now time.Duration) (int, bool) {
	for _, i := range s.order {
		if i < 0 || i >= len(s.route.places) || !l.untried(ex, s, i) {
			continue
		}
		h := s.route.places[i].health
		if st := h.standing(now); st == healthy {
			return i, false
		} else if st == onTrial && h.claimTrial(now) {
			return i, true
		}
	}
	return -1, false
}

// draw draws a place that is healthy or on trial at random by weight, without
// the refused ones; places of weight 0 only when there is no other.
func (l *Loop) draw(ex *core.Exchange, s *search, refused *set, now time.Duration) int {
	var fit, weighty set
	total, count, last := uint64(0), 0, -1
	for i, p := range s.route.places {
		if refused.has(i) || !l.untried(ex, s, i) {
			continue
		}
		if st := p.health.standing(now); st != healthy && st != onTrial {
			continue
		}
		if p.Weight > 0 {
			total += uint64(p.Weight)
			weighty.add(i)
		}
		fit.add(i)
		count++
		last = i
	}
	if count <= 1 {
		return last
	}
	if s.session != 0 {
		if total > 0 {
			return s.nearest(&weighty)
		}
		return s.nearest(&fit)
	}
	if total == 0 {
		return nth(&fit, l.below(uint64(count)))
	}
	at := l.below(total)
	for i, p := range s.route.places {
		if !weighty.has(i) {
			continue
		}
		if at < uint64(p.Weight) { // weights in the set are > 0
			return i
		}
		at -= uint64(p.Weight) // weights in the set are > 0
	}
	return last
}

// below returns a random number in [0, n).
func (l *Loop) below(n uint64) uint64 {
	hi, _ := bits.Mul64(l.rand.Uint64(), n)
	return hi
}

// nth returns the n-th member of s.
func nth(s *set, n uint64) int {
	for i := range maxDeployments {
		if s.has(i) {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return -1
}

// pickLimited returns the untried place which the provider's own limit holds
// back and which is free the soonest, or -1.
func (l *Loop) pickLimited(ex *core.Exchange, s *search, now time.Duration) int {
	best, soonest := -1, int64(0)
	for i, p := range s.route.places {
		if !l.untried(ex, s, i) || p.health.standing(now) != limited {
			continue
		}
		if t := p.health.limited.Load(); best < 0 || t < soonest {
			best, soonest = i, t
		}
	}
	return best
}

// pickCooling returns a place that cools down, if it may be tried in this
// second, or -1.
func (l *Loop) pickCooling(ex *core.Exchange, s *search, now time.Duration) int {
	for i, p := range s.route.places {
		if l.untried(ex, s, i) && p.health.standing(now) == cooling && p.health.claimTrial(now) {
			return i
		}
	}
	return -1
}

// pickAgain returns the tried place that may be tried again the soonest and how
// long to wait for it, or -1.
func (l *Loop) pickAgain(s *search, now, pause time.Duration) (int, time.Duration) {
	best, wait := -1, time.Duration(0)
	for i, p := range s.route.places {
		if !s.tried.has(i) || s.out.has(i) {
			continue
		}
		w := pause
		switch p.health.standing(now) {
		case limited:
			w = max(pause, time.Duration(p.health.limited.Load())-now)
		case healthy:
		case onTrial, cooling:
			continue
		}
		if best < 0 || w < wait {
			best, wait = i, w
		}
	}
	return best, wait
}
