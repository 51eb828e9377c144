package core

import (
	"math/bits"
	"time"
)

// ModelFacts is what is known of a deployment's model beside its name. It is
// made with a snapshot and immutable.
type ModelFacts struct {
	// Context is how many tokens prompt and answer may have together, MaxOutput
	// how many the answer alone; 0 where it is not known.
	Context, MaxOutput int64
	// Refuses names the parameters that the model answers with an error, sorted,
	// by their names in the openai.chat dialect, e.g. "temperature".
	Refuses []string
	// Price is what its tokens cost; nil where that is not known, which is not
	// free.
	Price *Price
}

// Priced tells whether the cost of a call is known.
func (f *ModelFacts) Priced() bool { return f != nil && f.Price != nil }

// Unpriced is the rate of a kind of tokens whose price is not known.
const Unpriced = -1

// MaxRate bounds a [Rates] field: 10⁶ USD per million tokens.
const MaxRate = 1_000_000_000_000

// Rates are prices per kind of tokens, in 10⁻¹² USD per token, from 0 to
// [MaxRate]; [Unpriced] where one is not known. A price in USD per million
// tokens is 10⁶ times as much here: 2.50 is 2,500,000.
type Rates struct {
	Input      int64 // prompt tokens that no cache served
	CacheRead  int64 // prompt tokens read from the provider's cache
	CacheWrite int64 // prompt tokens written to the provider's cache
	// CacheWriteHour is for those that are kept for an hour; 0 where they cost what
	// the others do.
	CacheWriteHour int64
	Output         int64 // tokens produced, but for reasoning
	Reasoning      int64 // the part of the output that was reasoning
	// InputAudio and OutputAudio are for the part of the prompt and of the answer
	// that was audio.
	InputAudio, OutputAudio int64
	// Search is the price of a search, in place of that of its tokens; 0 where it
	// is not known.
	Search int64
}

// Price is what a model's tokens cost.
type Price struct {
	Rates
	// Tiers hold for exchanges with long prompts, ascending by Above: the last
	// one whose bound a prompt exceeds counts for the whole exchange.
	Tiers []PriceTier
	// Next is the price from NextFrom on, where a change was announced.
	Next     *Price
	NextFrom time.Time
}

// PriceTier are the rates of exchanges whose prompt has more than Above tokens,
// cached ones included.
type PriceTier struct {
	Above int64
	Rates
}

// Cost returns what u costs in 10⁻¹² USD when it was used at that time. It is false where that cannot be told:
// there is no price (p is nil), none for a kind of tokens that u has, the part
// that was audio or an image has a price of its own and u does not tell whose
// part it was, or the sum exceeds an int64.
func (p *Price) Cost(u *Usage, at time.Time) (cost int64, known bool) {
	for p != nil && p.Next != nil && !at.Before(p.NextFrom) {
		p = p.Next
	}
	if p == nil || !u.Valid() {
		return 0, false
	}
	r := p.rates(u.Input())
	if u.Searches > 0 {
		high, low := bits.Mul64(uint64(u.Searches), uint64(max(r.Search, 0)))
		if cost = int64(low); r.Search <= 0 || high != 0 || cost < 0 {
			return 0, false
		}
		return cost, true
	}
	hour := u.CacheWriteHour
	if r.CacheWriteHour == 0 {
		hour = 0 // one product in place of two
	}
	reasoning := u.Reasoning
	if r.Reasoning == r.Output {
		reasoning = 0 // one product in place of two
	}
	lines := [...]struct{ tokens, rate int64 }{
		{u.InputUncached, r.Input},
		{u.CacheRead, r.CacheRead},
		{u.CacheWrite - hour, r.CacheWrite},
		{hour, r.CacheWriteHour},
		{u.Output - reasoning, r.Output},
		{reasoning, r.Reasoning},
		{0, r.InputAudio},
		{0, r.OutputAudio},
	}
	if u.Audio > 0 {
		in, out, ok := r.audio(u)
		if !ok {
			return 0, false
		}
		lines[0].tokens -= in
		lines[4].tokens -= out
		lines[6].tokens, lines[7].tokens = in, out
	}
	for _, l := range lines {
		if l.tokens == 0 {
			continue
		}
		high, low := bits.Mul64(uint64(l.tokens), uint64(max(l.rate, 0)))
		sum := cost + int64(low)
		if l.rate < 0 || high != 0 || int64(low) < 0 || sum < cost {
			return 0, false
		}
		cost = sum
	}
	return cost, true
}

func (p *Price) rates(prompt int64) *Rates {
	r := &p.Rates
	for i := range p.Tiers {
		if prompt > p.Tiers[i].Above {
			r = &p.Tiers[i].Rates
		}
	}
	return r
}

// audio returns the parts of the prompt and of the answer that cost what audio
// does. Where the usage does not tell them apart, only one of the two may have had
// any, by its size or since the model prices no other. Audio that a cache served or
// keeps is not told from text there.
func (r *Rates) audio(u *Usage) (in, out int64, ok bool) {
	sameIn, sameOut := r.InputAudio == r.Input, r.OutputAudio == r.Output
	cached := u.CacheRead|u.CacheWrite != 0
	switch {
	case sameIn && sameOut:
		return 0, 0, true
	case u.AudioInput+u.AudioOutput == u.Audio:
		in, out = u.AudioInput, u.AudioOutput
		if sameIn {
			in = 0
		}
		if sameOut {
			out = 0
		}
		return in, out, (in == 0 || !cached && in <= u.InputUncached) && out <= u.Output-u.Reasoning
	case u.Audio <= u.InputUncached && !cached && (u.Output == 0 || r.OutputAudio == Unpriced):
		return u.Audio, 0, true
	case u.Audio <= u.Output-u.Reasoning && (u.Input() == 0 || r.InputAudio == Unpriced):
		return 0, u.Audio, true
	default:
		return 0, 0, false
	}
}
