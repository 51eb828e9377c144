package core

import "time"

// RateKind is what a rate limit counts.
type RateKind uint8

// The kinds. A provider that bounds prompt and answer apart has RateInput and
// RateOutput, others RateTokens for both together.
const (
	RateRequests RateKind = iota
	RateTokens
	RateInput
	RateOutput

	NumRateKinds = int(RateOutput) + 1
)

// RateFacts says which facts of a [RateLimit] are known.
type RateFacts uint8

// The facts.
const (
	RateHasLimit RateFacts = 1 << iota
	RateHasRemaining
	RateHasReset
)

// RateLimit is one bound on speed as it stood when an answer came. The zero value
// is one of which nothing is known.
type RateLimit struct {
	Limit     int64         // how much is allowed in a window; ≥ 0
	Remaining int64         // how much of that is left; ≥ 0
	Reset     time.Duration // until all of it is left again; ≥ 0
	Known     RateFacts     // which of the three mean anything
}

// Tighter returns the one of both that a client meets first: the one of which less
// is left, or where that is not known the one with the lower limit. One of which
// nothing is known is never it while the other is.
func (r RateLimit) Tighter(other RateLimit) RateLimit {
	for _, fact := range [...]RateFacts{RateHasRemaining, RateHasLimit, RateHasReset} {
		switch mine, theirs := r.Known&fact != 0, other.Known&fact != 0; {
		case mine != theirs && mine:
			return r
		case mine != theirs:
			return other
		case mine && fact == RateHasRemaining && r.Remaining != other.Remaining:
			return least(r, other, r.Remaining < other.Remaining)
		case mine && fact == RateHasLimit && r.Limit != other.Limit:
			return least(r, other, r.Limit < other.Limit)
		case mine && fact == RateHasReset:
			return least(r, other, r.Reset >= other.Reset)
		}
	}
	return r
}

func least(a, b RateLimit, first bool) RateLimit {
	if first {
		return a
	}
	return b
}

// RateLimits are the bounds on speed that hold for a client, by [RateKind], in one
// form for all providers and for limits of the gateway's own.
type RateLimits [NumRateKinds]RateLimit

// Tighten keeps of each kind the one that a client meets first.
func (r *RateLimits) Tighten(other *RateLimits) {
	for i := range r {
		r[i] = r[i].Tighter(other[i])
	}
}

// FieldLister gives the header fields of an answer by their number, in the order of
// the wire.
type FieldLister interface {
	Len() int
	// Field returns the i-th field, 0 ≤ i < Len(), the name as its sender spelled
	// it. The bytes are valid as long as the attempt.
	Field(i int) (name, value []byte)
}

// FieldSetter takes the header fields of an answer to a client.
type FieldSetter interface {
	// SetCanonical sets a field in place of all of that name, which is in canonical
	// form, e.g. "Retry-After". Both are copied.
	SetCanonical(name, value []byte)
}

// PauseReader is a [Dialect] in which a refusal tells in its body how long to wait.
type PauseReader interface {
	// Pause returns how long an error answer asks to wait, 0 where it does not say.
	Pause(body []byte) time.Duration
}
