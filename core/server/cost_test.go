package server

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCosts: each attempt costs what its own deployment's model costs; one part
// without a price makes the sum unknown.
func TestCosts(t *testing.T) {
	price := func(rate int64) *core.Deployment {
		d := &core.Deployment{Model: "m", Provider: &core.Provider{}}
		if rate >= 0 {
			d.Facts = &core.ModelFacts{Price: &core.Price{Rates: core.Rates{Input: rate, Output: rate}}}
		}
		return d
	}
	const no = -1
	used := core.Usage{InputUncached: 3, Output: 2, Reported: true}
	for name, c := range map[string]struct {
		spent, last int64 // rates of an attempt of no use, and of the last
		wasted      bool
		want        int64
	}{
		"one attempt":                  {last: 10, want: 50},
		"without a price":              {last: no, want: no},
		"a dear one of no use before":  {spent: 1000, last: 10, wasted: true, want: 5050},
		"an unknown one of no use":     {spent: no, last: 10, wasted: true, want: no},
		"an unknown one after a known": {spent: 10, last: no, wasted: true, want: no},
	} {
		x := streaming(t)
		x.srv.clock, x.streamed, x.accepted = stopped{}, true, true
		if c.wasted {
			x.spend(&core.Attempt{Number: 1, Deployment: price(c.spent), Usage: used})
		}
		x.Attempt = &core.Attempt{Number: 2, Deployment: price(c.last), Usage: used}
		x.Attempt.Stream.Done = true
		var rec core.UsageRecord
		x.record(&rec)
		if rec.Priced != (c.want != no) || rec.Priced && rec.Cost != c.want || !rec.Priced && rec.Cost != 0 {
			t.Errorf("%s: %d %t, want %d", name, rec.Cost, rec.Priced, c.want)
		}
	}
}

// TestCostOfNothing: what was refused before any upstream did anything is free,
// and known to be. An answer without tokens is not.
func TestCostOfNothing(t *testing.T) {
	x := streaming(t)
	x.srv.clock, x.streamed, x.Attempt, x.accepted = stopped{}, true, nil, false
	var rec core.UsageRecord
	if x.record(&rec); !rec.Priced || rec.Cost != 0 {
		t.Errorf("no attempt: %d %t", rec.Cost, rec.Priced)
	}
	x.Attempt = &core.Attempt{Number: 1, Deployment: &core.Deployment{Model: "m", Provider: &core.Provider{}}}
	if x.record(&rec); !rec.Priced || rec.Cost != 0 {
		t.Errorf("an attempt that failed: %d %t", rec.Cost, rec.Priced)
	}
	x.accepted, x.Attempt.Usage.Reported = true, true
	if x.record(&rec); rec.Priced {
		t.Error("an answer without a count of tokens has a price")
	}
	x.Request.Operation = core.OpCountTokens
	if x.record(&rec); !rec.Priced || rec.Cost != 0 {
		t.Errorf("counting tokens: %d %t", rec.Cost, rec.Priced)
	}
	if got := addCost(1<<62, 1<<62); got != 1<<63-1 {
		t.Errorf("a sum that overflows is %d", got)
	}
}
