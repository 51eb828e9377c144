package chain

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// shadowOf makes an entry's shadow run hooks, and returns what waits until the
// runner has done all that it was given.
func shadowOf(t *testing.T, e *Entry, hooks map[core.Phase]core.HookFunc) (c *Comparison) {
	t.Helper()
	s := StartShadows()
	t.Cleanup(s.Close)
	c = &Comparison{}
	e.Shadow = &Shadow{Stage: core.StageJudge, Runner: s, Comparison: c}
	for p, h := range hooks {
		e.Shadow.Hooks[p] = h
	}
	return c
}

// compared waits for n comparisons.
func compared(t *testing.T, c *Comparison, n uint64) Report {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); ; <-tick.C {
		if r := c.Report(); r.Compared+r.Dropped >= n {
			return r
		} else if time.Now().After(end) {
			t.Fatalf("waited in vain for %d comparisons: %+v", n, r)
		}
	}
}

// TestShadowSeesWhatLiveSaw: the edits of the hooks before it, not those of the
// one beside it, after the exchange's memory is used again; and it changes
// nothing.
func TestShadowSeesWhatLiveSaw(t *testing.T) {
	released := make(chan struct{})
	var saw string
	live := entry("live", core.PhasePrompt, core.StageJudge, edit(0, 5, "HOWDY"))
	c := shadowOf(t, &live, map[core.Phase]core.HookFunc{core.PhasePrompt: func(call *core.Call) error {
		<-released
		saw = string(call.Parts[0].Text()) + " " + string(call.Exchange.Request.Body)
		call.Reply.Block = &core.Block{Code: "word", Message: "no"}
		return nil
	}})
	ex := &core.Exchange{ID: core.ID{1}, Start: time.Unix(1700000000, 0)}
	ex.Request.Body = ex.Copy([]byte("body"))
	part := &core.Part{}
	part.SetText(ex.Copy([]byte("hello world")))
	ex.Prompt = []*core.Part{part}
	out := Compile(nil, []Entry{entry("first", core.PhasePrompt, core.StageJudge, edit(6, 11, "earth")), live}).
		Run(&core.Call{Exchange: ex, Phase: core.PhasePrompt, Parts: ex.Prompt}, &core.Reply{})
	if out.Err != nil || string(part.Text()) != "HOWDY earth" {
		t.Fatalf("%+v, %q", out, part.Text())
	}
	copy(ex.Request.Body, "XXXX")
	copy(part.Original(), "XXXXXXXXXXX")
	close(released)
	r := compared(t, c, 1)
	if saw != "hello earth body" {
		t.Errorf("the shadow saw %q", saw)
	}
	want := Difference{
		Exchange: core.ID{1}.String(), Time: ex.Start, Instance: "live", Phase: "prompt", Live: "edit 0:0-5", Shadow: "block 400 word",
	}
	if len(r.Differences) != 1 || r.Differing != 1 || r.Differences[0] != want {
		t.Errorf("%+v, want %+v", r, want)
	}
}

// TestShadowDecidesNothing: neither its verdict nor its failure reaches the
// exchange, whatever phase it has hooks in.
func TestShadowDecidesNothing(t *testing.T) {
	block := func(call *core.Call) error { call.Reply.Block = &core.Block{}; return nil }
	allow := core.HookFunc(func(*core.Call) error { return nil })
	for name, c := range map[string]struct {
		live, shadow  core.HookFunc
		differs       bool
		liveV, shadeV string
	}{
		"same":            {live: block, shadow: block},
		"both allow":      {live: allow, shadow: allow},
		"only the shadow": {live: allow, shadow: block, differs: true, liveV: "allow", shadeV: "block"},
		"a panic":         {live: allow, shadow: func(*core.Call) error { panic("x") }, differs: true, liveV: "allow", shadeV: "failed"},
		"both fail":       {live: func(*core.Call) error { return errors.New("x") }, shadow: func(*core.Call) error { panic("x") }},
		"a bad reply":     {live: allow, shadow: edit(0, 99, "x"), differs: true, liveV: "allow", shadeV: "failed"},
		"other text":      {live: edit(0, 1, "a"), shadow: edit(0, 1, "b"), differs: true, liveV: "edit 0:0-1", shadeV: "edit 0:0-1 with other content"},
	} {
		e := entry("live", core.PhasePrompt, core.StageJudge, c.live)
		comparison := shadowOf(t, &e, map[core.Phase]core.HookFunc{core.PhasePrompt: c.shadow, core.PhaseAnswer: block})
		alone, ex, _ := run(t, core.PhasePrompt, entry("live", core.PhasePrompt, core.StageJudge, c.live))
		out, shadowed, _ := run(t, core.PhasePrompt, e)
		if (out.Err == nil) != (alone.Err == nil) || string(shadowed.Prompt[0].Text()) != string(ex.Prompt[0].Text()) {
			t.Errorf("%s: with a shadow %v, without %v", name, out.Err, alone.Err)
		}
		r := compared(t, comparison, 1)
		if got := r.Differing == 1; got != c.differs {
			t.Errorf("%s: differing %v: %+v", name, got, r)
		} else if got && (r.Differences[0].Live != c.liveV || !strings.HasPrefix(r.Differences[0].Shadow, c.shadeV)) {
			t.Errorf("%s: %+v", name, r.Differences[0])
		}
		if Compile(nil, []Entry{e}).Has(core.PhaseAnswer) {
			t.Errorf("%s: the shadow brings a phase", name)
		}
	}
}

// TestShadowIsBounded: what finds no room is dropped and counted, the exchange
// goes on, and closing the runner waits for the one under way only.
func TestShadowIsBounded(t *testing.T) {
	started, hold := make(chan struct{}, 1024), make(chan struct{})
	e := entry("live", core.PhasePrompt, core.StageJudge, func(*core.Call) error { return nil })
	s := StartShadows()
	c := &Comparison{}
	e.Shadow = &Shadow{Runner: s, Comparison: c}
	e.Shadow.Hooks[core.PhasePrompt] = core.HookFunc(func(*core.Call) error {
		started <- struct{}{}
		<-hold
		return nil
	})
	chain := Compile(nil, []Entry{e})
	ask := func(body int) {
		ex := &core.Exchange{}
		ex.Request.Body = make([]byte, body)
		if out := chain.Run(&core.Call{Exchange: ex, Phase: core.PhasePrompt}, &core.Reply{}); out.Err != nil {
			t.Error(out.Err)
		}
	}
	ask(1)
	<-started
	ask(shadowBytes) // with the first one too much
	for range shadowQueue + 100 {
		ask(0)
	}
	if r := c.Report(); r.Dropped < 100 {
		t.Errorf("%d were dropped", r.Dropped)
	}
	var closing sync.WaitGroup
	closing.Go(s.Close)
	close(hold)
	closing.Wait()
	before := c.Report()
	ask(0) // after the end nothing waits for anyone
	if r := c.Report(); r.Compared != before.Compared {
		t.Error("a closed runner judges")
	}
}

func TestComparisonKeepsTheLast(t *testing.T) {
	c := &Comparison{}
	for i := range 3 * keptDifferences {
		ex := &core.Exchange{ID: core.ID{byte(i >> 8), byte(i)}}
		c.add(&job{call: core.Call{Exchange: ex}, live: verdict{text: "allow"}}, verdict{text: "failed", sum: [32]byte{1}})
	}
	r := c.Report()
	last := 3*keptDifferences - 1
	if len(r.Differences) != keptDifferences || r.Differences[0].Exchange != (core.ID{byte(last >> 8), byte(last)}).String() {
		t.Fatalf("%d differences, the first %+v", len(r.Differences), r.Differences[0])
	}
	if first := last - keptDifferences + 1; r.Differences[keptDifferences-1].Exchange != (core.ID{byte(first >> 8), byte(first)}).String() {
		t.Errorf("the last is %+v", r.Differences[keptDifferences-1])
	}
	if r.Differing != uint64(3*keptDifferences) {
		t.Errorf("%+v", r.Differing)
	}
}
