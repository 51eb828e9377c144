package chain

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestJoin(t *testing.T) {
	var order []string
	named := func(name string, stage core.Stage) Entry {
		e := entry(name, core.PhasePrompt, stage, func(*core.Call) error { order = append(order, name); return nil })
		e.Hooks[core.PhaseAnswer] = e.Hooks[core.PhasePrompt]
		return e
	}
	ran := func(c *Chain, p core.Phase) string {
		order = nil
		c.Run(&core.Call{Exchange: &core.Exchange{}, Phase: p}, &core.Reply{})
		return strings.Join(order, " ")
	}
	first := Compile(nil, []Entry{named("j1", core.StageJudge), named("common", core.StageJudge), named("s1", core.StageShape)})
	judges := Compile(nil, []Entry{named("common", core.StageJudge), named("j2", core.StageJudge)})
	both, rest := Join(first, judges)
	if got := ran(rest, core.PhasePrompt); got != "j2" {
		t.Errorf("only judges are added: %s run", got)
	}
	if got := ran(both, core.PhaseAnswer); got != "j2 s1 common j1" {
		t.Errorf("answer: %s", got)
	}
	if both.Hash() == first.Hash() || both.Hash() == judges.Hash() {
		t.Error("the joined chain has the hash of one of the two")
	}
	shapes := Compile(nil, []Entry{named("s2", core.StageShape), named("j2", core.StageJudge)})
	_, rest = Join(first, shapes)
	if got := ran(rest, core.PhasePrompt); got != "s2 j1 common j2" {
		t.Errorf("a shaper is added: %s run, want every judge behind it", got)
	}
	if both, rest := Join(nil, judges); both != judges || rest != judges {
		t.Error("join with no chain first")
	}
	if both, rest := Join(first, nil); both != first || rest.Has(core.PhasePrompt) {
		t.Error("join with no chain second")
	}
}

// TestTheStrictestEntryHolds: an instance that one list tolerates to fail or to
// be missing and another does not is as strict as the latter says.
func TestTheStrictestEntryHolds(t *testing.T) {
	open := Entry{Instance: "a", Plugin: "test.a", Missing: true, Optional: true}
	strict := open
	strict.Optional = false
	if Compile(nil, []Entry{open}).Available() != nil {
		t.Error("an optional plugin is missed")
	}
	if Compile(nil, []Entry{open}, []Entry{strict}).Available() == nil {
		t.Error("a plugin that one list requires is not missed")
	}
}
