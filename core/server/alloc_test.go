//go:build !race

package server

import (
	"io"
	"testing"
)

// TestStreamFastPathAllocatesNothing holds the promise for whole events and for
// events that are cut between two reads.
func TestStreamFastPathAllocatesNothing(t *testing.T) {
	x := streaming(t)
	event := []byte(chunkOf("hello"))
	whole := func() {
		if _, err := x.forward(io.Discard, event); err != nil {
			t.Fatal(err)
		}
	}
	cut := func() {
		for _, part := range [][]byte{event[:50], event[50:]} {
			if _, err := x.forward(io.Discard, part); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, f := range map[string]func(){"whole": whole, "cut": cut} {
		f()
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations per event", name, n)
		}
	}
}

// TestGuardedStreamAllocatesNothing: nor does an event cost memory that guards let
// pass.
func TestGuardedStreamAllocatesNothing(t *testing.T) {
	x := judged(t, holdsSome)
	event := []byte(chunkOf("hello "))
	for range 2000 {
		step(t, x, io.Discard, event)
	}
	if n := testing.AllocsPerRun(500, func() { step(t, x, io.Discard, event) }); n != 0 {
		t.Errorf("%v allocations per event", n)
	}
}
