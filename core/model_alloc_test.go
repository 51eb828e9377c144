//go:build !race

package core

import (
	"testing"
	"time"
)

func TestCostAllocatesNothing(t *testing.T) {
	d := Deployment{Models: map[string]*ModelFacts{"small": {Price: &Price{Rates: Rates{Input: 1, Output: 2}}}}}
	name, usage := []byte("small"), Usage{InputUncached: 3, Output: 2}
	if n := testing.AllocsPerRun(100, func() { d.FactsOf(name).Price.Cost(&usage, time.Time{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
