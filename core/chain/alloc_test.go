//go:build !race

package chain

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCleanPathAllocatesNothing holds the promise for hooks that allow.
func TestCleanPathAllocatesNothing(t *testing.T) {
	allow := core.HookFunc(func(*core.Call) error { return nil })
	c := Compile(nil, []Entry{
		entry("a", core.PhasePrompt, core.StageJudge, allow), entry("b", core.PhasePrompt, core.StageJudge, allow),
	})
	call, reply := &core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt}, &core.Reply{}
	if n := testing.AllocsPerRun(100, func() { c.Run(call, reply) }); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
}

// TestPickingVersionsAllocatesNothing: with and without canaries.
func TestPickingVersionsAllocatesNothing(t *testing.T) {
	allow := core.HookFunc(func(*core.Call) error { return nil })
	e := entry("a", core.PhasePrompt, core.StageJudge, allow)
	canary := e
	e.Canary, e.Share = &canary, 0.5
	call, reply := &core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt}, &core.Reply{}
	for _, c := range []*Chain{nil, Compile(nil, []Entry{canary}), Compile(nil, []Entry{e})} {
		n := testing.AllocsPerRun(100, func() {
			call.Exchange.ID[15]++
			c.For(call.Exchange.ID).Run(call, reply)
		})
		if n != 0 {
			t.Errorf("%v allocations per run", n)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	allow := core.HookFunc(func(*core.Call) error { return nil })
	c := Compile(nil, []Entry{entry("a", core.PhasePrompt, core.StageJudge, allow)})
	call, reply := &core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt}, &core.Reply{}
	b.ReportAllocs()
	for b.Loop() {
		c.Run(call, reply)
	}
}
