package chain

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// variant is the chain of the exchanges whose draw is below a threshold.
type variant struct {
	below uint64
	chain *Chain
}

// drawBits is how many bits a draw has.
const drawBits = 53

// threshold is below what the draws of a share of the exchanges are.
func threshold(share float64) uint64 { return uint64(share * (1 << drawBits)) }

// draw returns a number that an exchange's id alone decides, evenly spread.
func draw(id core.ID) uint64 {
	x := binary.BigEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:])
	x ^= x >> 30 // the finalizer of SplitMix64, so that the clock in the id does not show
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return x >> (64 - drawBits)
}

// For returns the chain that an exchange runs in all its phases: c itself, or
// one in which canaries take the place of their entries. The id alone decides,
// and an exchange that a small share takes in is in every larger one.
func (c *Chain) For(id core.ID) *Chain {
	if c == nil || c.variants == nil {
		return c
	}
	d := draw(id)
	for _, v := range c.variants {
		if d < v.below {
			return v.chain
		}
	}
	return c
}

// Sometimes tells whether there are exchanges for which [Chain.For] returns a
// chain that has a hook in phase p.
func (c *Chain) Sometimes(p core.Phase) bool {
	if c == nil {
		return false
	}
	return c.has[p] || slices.ContainsFunc(c.variants, func(v variant) bool { return v.chain.has[p] })
}

// shares returns the distinct shares of the canaries, the smallest first.
func shares(entries []Entry) []float64 {
	var out []float64
	for i := range entries {
		if s := entries[i].Share; entries[i].Canary != nil && s > 0 && !math.IsNaN(s) {
			out = append(out, min(s, 1))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plain returns the entries as they are for exchanges that canaries of at least
// that share take in.
func plain(entries []Entry, share float64) []Entry {
	out := slices.Clone(entries)
	for i := range out {
		e := &out[i]
		if e.Canary != nil && min(e.Share, 1) >= share {
			c := *e.Canary
			c.Instance, c.Optional, c.FailOpen, c.Parallel = e.Instance, e.Optional, e.FailOpen, e.Parallel
			*e = c
		}
		e.Canary, e.Share = nil, 0
	}
	return out
}
