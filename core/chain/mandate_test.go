package chain

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestMandate: the judges of prompts that may not be left out are the same set in any
// order and version; those that shape, look on or are optional are none.
func TestMandate(t *testing.T) {
	judge := func(name string, change func(*Entry)) Entry {
		e := Entry{Instance: name, Plugin: name, Stage: core.StageJudge, Identity: "1"}
		e.Hooks[core.PhasePrompt] = core.HookFunc(func(*core.Call) error { return nil })
		if change != nil {
			change(&e)
		}
		return e
	}
	of := func(entries ...Entry) uint64 { return Compile(nil, entries).Mandate() }
	a, b := judge("a", nil), judge("b", nil)
	none := []Entry{
		judge("o", func(e *Entry) { e.Optional = true }),
		judge("s", func(e *Entry) { e.Stage = core.StageShape }),
		judge("m", func(e *Entry) { e.Missing = true }),
		judge("w", func(e *Entry) { e.Hooks, e.Shadow = [core.NumPhases]core.Hook{}, &Shadow{Hooks: e.Hooks} }),
		judge("n", func(e *Entry) {
			e.Hooks[core.PhaseAnswer], e.Hooks[core.PhasePrompt] = e.Hooks[core.PhasePrompt], nil
		}),
	}
	for _, e := range none {
		if of(e) != 0 {
			t.Errorf("%s demands", e.Instance)
		}
	}
	if (*Chain)(nil).Mandate() != 0 || of(a) == 0 || of(a) == of(b) || of(a, b) == of(a) || of(a, b) == of(b) {
		t.Error("sets that differ are alike")
	}
	newer := judge("a", func(e *Entry) { e.Identity, e.Parallel = "2", true })
	if of(a, b) != of(b, a) || of(newer) != of(a) || of(append(none, a)...) != of(a) {
		t.Error("sets that are alike differ")
	}
	if j, _ := Join(Compile(nil, []Entry{a}), Compile(nil, []Entry{b})); j.Mandate() != of(a, b) {
		t.Error("of two routes, not both demand")
	}
}
