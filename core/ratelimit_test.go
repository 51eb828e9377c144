package core

import (
	"testing"
	"time"
)

func TestTighter(t *testing.T) {
	const all = RateHasLimit | RateHasRemaining | RateHasReset
	few := RateLimit{Limit: 100, Remaining: 1, Reset: time.Second, Known: all}
	many := RateLimit{Limit: 50, Remaining: 40, Reset: time.Minute, Known: all}
	low := RateLimit{Limit: 5, Known: RateHasLimit}
	high := RateLimit{Limit: 500, Known: RateHasLimit}
	soon := RateLimit{Reset: time.Second, Known: RateHasReset}
	late := RateLimit{Reset: time.Hour, Known: RateHasReset}
	tie := RateLimit{Limit: 60, Remaining: 40, Reset: time.Minute, Known: all}
	for name, c := range map[string]struct{ a, b, want RateLimit }{
		"less is left":           {few, many, few},
		"nothing is known":       {RateLimit{}, high, high},
		"what is left is known":  {low, many, many},
		"only limits":            {low, high, low},
		"only resets":            {soon, late, late},
		"a limit before a reset": {late, high, high},
		"as much is left":        {tie, many, many},
		"neither":                {RateLimit{}, RateLimit{}, RateLimit{}},
	} {
		if got := c.a.Tighter(c.b); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if got := c.b.Tighter(c.a); got != c.want {
			t.Errorf("%s, the other way round: %+v", name, got)
		}
	}
	both := RateLimits{RateRequests: few, RateTokens: high}
	both.Tighten(&RateLimits{RateRequests: many, RateTokens: low, RateOutput: soon})
	if want := (RateLimits{RateRequests: few, RateTokens: low, RateOutput: soon}); both != want {
		t.Errorf("%+v", both)
	}
}
