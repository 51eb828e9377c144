//go:build !race

package window_test

import "testing"

// TestEventAllocatesNothing: once the memory of a stream is there, an event that
// passes costs none.
func TestEventAllocatesNothing(t *testing.T) {
	o := newOrdinary()
	for range 2000 {
		o.event(t)
	}
	if n := testing.AllocsPerRun(2000, func() { o.event(t) }); n != 0 {
		t.Errorf("%v allocations for an event", n)
	}
}
