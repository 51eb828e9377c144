package attempt

import "math"

// nameHash returns a hash of a name that is the same on every gateway and after
// every start (FNV-1a), and never 0.
func nameHash[T string | []byte](name T) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return h | 1
}

// mix spreads the bits of x (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// nearest returns the place that the requests of a session prefer, among the members
// of from: over many sessions each place gets its weight's share, and when a place
// goes only its own sessions move (rendezvous hashing with weights).
func (s *search) nearest(from *set) int {
	best, most := -1, -1.0
	for i, p := range s.route.places {
		if !from.has(i) {
			continue
		}
		// u lies in (0, 1), so that its logarithm is negative and finite.
		u := (float64(mix(s.session^p.name)>>12) + 0.5) / (1 << 52)
		if score := float64(max(p.Weight, 1)) / -math.Log(u); score > most {
			best, most = i, score
		}
	}
	return best
}
