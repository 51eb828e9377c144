//go:build !race

package plugins_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCleanPathAllocatesNothing: a prompt in which nothing is found costs the
// host no memory.
func TestCleanPathAllocatesNothing(t *testing.T) {
	for _, bm := range benchmarks {
		i := start(t, load(t, bm.folder), bm.settings)
		h, c := i.Hook(core.PhasePrompt), cleanPrompt()
		got := testing.AllocsPerRun(200, func() {
			c.Reply.Reset()
			if err := h.Handle(c); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations a hook, want none", bm.name, got)
		}
		if !c.Reply.Empty() {
			t.Errorf("%s: the prompt is not clean: %+v", bm.name, c.Reply)
		}
	}
}

// TestWindowAllocatesNothing: an event of a stream in which nothing is found costs
// the host no memory.
func TestWindowAllocatesNothing(t *testing.T) {
	for _, bm := range benchmarks {
		s, _ := newWindowBench(t, bm.folder, bm.settings)
		for range 2 * len(s.events) {
			s.event(t)
		}
		if got := testing.AllocsPerRun(500, func() { s.event(t) }); got != 0 {
			t.Errorf("%s: %v allocations an event, want none", bm.name, got)
		}
	}
}
