package chain

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func someID(r *rand.Rand) core.ID {
	return core.NewID(time.Unix(1700000000, 0), r.Uint64(), r.Uint64())
}

func flagging(name, flag string, phases ...core.Phase) Entry {
	e := Entry{Instance: name, Plugin: "test." + name, Stage: core.StageJudge, Identity: flag}
	for _, p := range phases {
		e.Hooks[p] = core.HookFunc(func(c *core.Call) error {
			c.Reply.Flags = append(c.Reply.Flags, core.Flag{Name: flag})
			return nil
		})
	}
	return e
}

func withCanary(e, canary Entry, share float64) Entry {
	e.Canary, e.Share = &canary, share
	return e
}

// TestCanaryShare: the share is met, smaller shares are within larger ones, and
// every phase of an exchange is of the same versions.
func TestCanaryShare(t *testing.T) {
	prompt, complete := core.PhasePrompt, core.PhaseComplete
	a := withCanary(flagging("a", "a1", prompt, complete), flagging("x", "a2", prompt, complete), 0.1)
	b := withCanary(flagging("b", "b1", prompt, complete), flagging("x", "b2", prompt, complete), 0.3)
	c := Compile(nil, []Entry{a, b, flagging("c", "c1", prompt)})
	r := rand.New(rand.NewPCG(1, 2))
	const n = 20000
	counts := map[string]int{}
	hashes := map[string]string{}
	for range n {
		id := someID(r)
		own := c.For(id)
		seen := ""
		for _, p := range []core.Phase{prompt, complete} {
			ex := &core.Exchange{ID: id}
			if out := own.Run(&core.Call{Exchange: ex, Phase: p}, &core.Reply{}); out.Err != nil {
				t.Fatal(out.Err)
			}
			versions := ex.Flags[0].Name + ex.Flags[1].Name
			if seen != "" && versions != seen {
				t.Fatalf("%s in one phase, %s in another", seen, versions)
			}
			seen = versions
		}
		counts[seen]++
		hashes[seen] = own.Hash()
	}
	for versions, want := range map[string]float64{"a1b1": 0.7, "a1b2": 0.2, "a2b2": 0.1, "a2b1": 0} {
		if got := float64(counts[versions]) / n; math.Abs(got-want) > 0.02 {
			t.Errorf("%s for %v of the exchanges, want %v", versions, got, want)
		}
	}
	if len(hashes) != 3 || hashes["a1b1"] == hashes["a1b2"] || hashes["a1b2"] == hashes["a2b2"] {
		t.Errorf("the hashes do not tell the versions apart: %v", hashes)
	}
}

// TestCanaryIsItsEntrysUse: what the operator said of a use holds for its canary,
// and one that has hooks of its own brings them to its exchanges only.
func TestCanaryIsItsEntrysUse(t *testing.T) {
	broken := entry("new", core.PhasePrompt, core.StageJudge, func(*core.Call) error { panic("new") })
	broken.Hooks[core.PhaseAnswer] = broken.Hooks[core.PhasePrompt]
	e := withCanary(flagging("a", "a1", core.PhasePrompt), broken, 1)
	e.FailOpen = true
	c := Compile(nil, []Entry{e})
	if c.Has(core.PhaseAnswer) || !c.Sometimes(core.PhaseAnswer) || c.Sometimes(core.PhaseReceive) {
		t.Error("the phases of the canary")
	}
	own := c.For(core.ID{15: 9})
	if !own.Has(core.PhaseAnswer) {
		t.Error("its share of 1 does not take everything in")
	}
	if out := own.Run(&core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt}, &core.Reply{}); out.Err != nil {
		t.Errorf("fail open, but %v", out.Err)
	}
	both, rest := Join(own, Compile(nil, []Entry{flagging("b", "b1", core.PhasePrompt)}).For(core.ID{}))
	if !both.Has(core.PhaseAnswer) || !rest.Has(core.PhasePrompt) || both.For(core.ID{}) != both {
		t.Error("a joined chain loses its versions")
	}
	var none *Chain
	if none.For(core.ID{}) != nil || none.Sometimes(core.PhasePrompt) {
		t.Error("a nil chain")
	}
}

// TestReport: whoever made an entry hears of every call, bad replies included.
func TestReport(t *testing.T) {
	for name, c := range map[string]struct {
		hook core.HookFunc
		want bool
	}{
		"allow":       {func(*core.Call) error { return nil }, true},
		"block":       {func(call *core.Call) error { call.Reply.Block = &core.Block{}; return nil }, true},
		"a panic":     {func(*core.Call) error { panic("x") }, false},
		"a bad reply": {edit(0, 99, "x"), false},
	} {
		var got []bool
		e := entry("a", core.PhasePrompt, core.StageJudge, c.hook)
		e.Report = func(err error) { got = append(got, err == nil) }
		run(t, core.PhasePrompt, e)
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
