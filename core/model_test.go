package core

import (
	"math"
	"testing"
	"time"
)

func TestCost(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	text := Rates{Input: 2_500_000, CacheRead: 1_250_000, CacheWrite: 3_000_000, Output: 10_000_000, Reasoning: 10_000_000, InputAudio: 2_500_000, OutputAudio: 10_000_000}
	with := func(change func(r *Rates)) *Price {
		p := &Price{Rates: text}
		change(&p.Rates)
		return p
	}
	plain := with(func(*Rates) {})
	gap := with(func(r *Rates) { r.CacheRead, r.Reasoning = Unpriced, Unpriced })
	hears := with(func(r *Rates) { r.InputAudio, r.OutputAudio = 40_000_000, Unpriced })
	talks := with(func(r *Rates) { r.InputAudio, r.OutputAudio = 40_000_000, 80_000_000 })
	tiers := with(func(*Rates) {})
	long := text
	long.Input, long.Output, long.Reasoning = 5_000_000, 20_000_000, 20_000_000
	tiers.Tiers = []PriceTier{{Above: 200, Rates: long}, {Above: 1000, Rates: Rates{Input: Unpriced}}}
	changing := with(func(*Rates) {})
	changing.Next, changing.NextFrom = with(func(r *Rates) { r.Input = 1 }), now
	const no = -1
	for name, c := range map[string]struct {
		price *Price
		usage Usage
		want  int64
	}{
		"nothing is known":                {nil, Usage{InputUncached: 1}, no},
		"nothing was used":                {plain, Usage{}, 0},
		"each kind":                       {plain, Usage{InputUncached: 100, CacheRead: 10, CacheWrite: 1, Output: 7, Reasoning: 3}, 250_000_000 + 12_500_000 + 3_000_000 + 70_000_000},
		"kept for an hour":                {with(func(r *Rates) { r.CacheWriteHour = 5_000_000 }), Usage{CacheWrite: 10, CacheWriteHour: 4}, 18_000_000 + 20_000_000},
		"for an hour, at no own price":    {plain, Usage{CacheWrite: 10, CacheWriteHour: 4}, 30_000_000},
		"for an hour, at no known one":    {with(func(r *Rates) { r.CacheWriteHour = Unpriced }), Usage{CacheWrite: 10, CacheWriteHour: 4}, no},
		"more for an hour than written":   {plain, Usage{CacheWrite: 1, CacheWriteHour: 2}, no},
		"searches at a price":             {with(func(r *Rates) { r.Search = 2_000_000_000 }), Usage{InputUncached: 10, Searches: 3}, 6_000_000_000},
		"more searches than can be":       {with(func(r *Rates) { r.Search = MaxRate }), Usage{Searches: MaxTokens}, no},
		"a search":                        {plain, Usage{InputUncached: 10, Searches: 1}, no},
		"a gap that was not used":         {gap, Usage{InputUncached: 2, Output: 1}, 15_000_000},
		"a gap that was":                  {gap, Usage{CacheRead: 1}, no},
		"reasoning without a price":       {gap, Usage{Output: 2, Reasoning: 1}, no},
		"reasoning apart":                 {with(func(r *Rates) { r.Reasoning = 1 }), Usage{Output: 5, Reasoning: 3}, 20_000_003},
		"audio like text":                 {plain, Usage{InputUncached: 5, Output: 5, Audio: 7}, 62_500_000},
		"audio in":                        {hears, Usage{InputUncached: 5, Output: 5, Audio: 4}, 2_500_000 + 160_000_000 + 50_000_000},
		"audio in, part of it cached":     {hears, Usage{InputUncached: 5, CacheRead: 1, Audio: 4}, no},
		"more audio than prompt":          {hears, Usage{InputUncached: 5, Output: 5, Audio: 6}, no},
		"audio on an unknown side":        {talks, Usage{InputUncached: 5, Output: 5, Audio: 4}, no},
		"audio on both sides, told apart": {talks, Usage{InputUncached: 5, Output: 5, Audio: 4, AudioInput: 1, AudioOutput: 3}, 4*2_500_000 + 40_000_000 + 2*10_000_000 + 3*80_000_000},
		"audio, and none of the answer":   {talks, Usage{InputUncached: 5, CacheRead: 1, Output: 5, Audio: 4, AudioOutput: 4}, 5*2_500_000 + 1_250_000 + 10_000_000 + 320_000_000},
		"audio told apart, and a cache":   {talks, Usage{InputUncached: 5, CacheRead: 1, Output: 5, Audio: 4, AudioInput: 1, AudioOutput: 3}, no},
		"audio told apart, more than it":  {talks, Usage{InputUncached: 5, Output: 5, Audio: 4, AudioInput: 3, AudioOutput: 2}, no},
		"audio told apart, no price":      {hears, Usage{InputUncached: 5, Output: 5, Audio: 4, AudioInput: 1, AudioOutput: 3}, no},
		"audio, and no answer":            {talks, Usage{InputUncached: 5, Audio: 4}, 2_500_000 + 160_000_000},
		"audio, and no prompt":            {talks, Usage{Output: 5, Audio: 4}, 10_000_000 + 320_000_000},
		"a prompt at a tier's bound":      {tiers, Usage{InputUncached: 190, CacheRead: 10, Output: 1}, 475_000_000 + 12_500_000 + 10_000_000},
		"a prompt above it":               {tiers, Usage{InputUncached: 191, CacheRead: 10, Output: 1}, 955_000_000 + 12_500_000 + 20_000_000},
		"a tier without a price":          {tiers, Usage{InputUncached: 1001}, no},
		"the next price":                  {changing, Usage{InputUncached: 3}, 3},
		"the largest that fits":           {&Price{Rates: Rates{Input: MaxRate}}, Usage{InputUncached: math.MaxInt64 / MaxRate}, math.MaxInt64 / MaxRate * MaxRate},
		"one more":                        {&Price{Rates: Rates{Input: MaxRate}}, Usage{InputUncached: math.MaxInt64/MaxRate + 1}, no},
		"a sum that overflows":            {&Price{Rates: Rates{Input: MaxRate, CacheRead: MaxRate}}, Usage{InputUncached: math.MaxInt64 / MaxRate, CacheRead: 1_000_000}, no},
		"a usage that cannot be":          {plain, Usage{Output: -1}, no},
		"more reasoning than an answer":   {plain, Usage{Output: 1, Reasoning: 2}, no},
		"a product of more than 64 bit":   {&Price{Rates: Rates{Input: MaxRate}}, Usage{InputUncached: MaxTokens}, no},
	} {
		got, known := c.price.Cost(&c.usage, now)
		if c.want == no && (known || got != 0) || c.want != no && (!known || got != c.want) {
			t.Errorf("%s: %d %t, want %d", name, got, known, c.want)
		}
	}
	if got, _ := changing.Cost(&Usage{InputUncached: 3}, now.Add(-1)); got != 7_500_000 {
		t.Errorf("before the change it costs %d", got)
	}
}

// TestCostByHand: what a provider would bill for the example of OpenAI's pricing
// page, in USD: 1,000,000 prompt tokens at 2.50 and 10,000 of answer at 10.
func TestCostByHand(t *testing.T) {
	p := &Price{Rates: Rates{Input: 2_500_000, Output: 10_000_000, Reasoning: 10_000_000}}
	got, known := p.Cost(&Usage{InputUncached: 1_000_000, Output: 10_000}, time.Time{})
	if want := int64(2_600_000_000_000); !known || got != want { // 2.60 USD
		t.Errorf("%d %t, want %d", got, known, want)
	}
}
