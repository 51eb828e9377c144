package chain

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

type recorder struct{ log []string }

func (r *recorder) Verdict(instance, verdict string) { r.log = append(r.log, instance+":"+verdict) }

func (r *recorder) HookFailed(instance string, err error) { r.log = append(r.log, instance+":failed") }

func entry(name string, p core.Phase, stage core.Stage, f core.HookFunc) Entry {
	e := Entry{Instance: name, Plugin: "test." + name, Stage: stage}
	e.Hooks[p] = f
	return e
}

// run runs a chain of entries on one text part in phase p.
func run(t *testing.T, p core.Phase, entries ...Entry) (Outcome, *core.Exchange, *recorder) {
	t.Helper()
	obs := &recorder{}
	ex := &core.Exchange{}
	part := &core.Part{}
	part.SetText([]byte("hello world"))
	ex.Prompt = []*core.Part{part}
	call := &core.Call{Exchange: ex, Phase: p, Parts: ex.Prompt}
	out := Compile(obs, entries).Run(call, &core.Reply{})
	return out, ex, obs
}

func edit(start, end int, text string) core.HookFunc {
	return func(c *core.Call) error {
		c.Reply.Edits = append(c.Reply.Edits, core.Edit{Start: start, End: end, Bytes: []byte(text)})
		return nil
	}
}

func TestShapeRunsBeforeJudge(t *testing.T) {
	var order []string
	note := func(name string) core.HookFunc {
		return func(*core.Call) error { order = append(order, name); return nil }
	}
	run(t, core.PhasePrompt,
		entry("j1", core.PhasePrompt, core.StageJudge, note("j1")),
		entry("s1", core.PhasePrompt, core.StageShape, note("s1")),
		entry("j2", core.PhasePrompt, core.StageJudge, note("j2")),
		entry("s2", core.PhasePrompt, core.StageShape, note("s2")))
	if got := strings.Join(order, " "); got != "s1 s2 j1 j2" {
		t.Errorf("prompt order: %s", got)
	}
	order = nil
	run(t, core.PhaseAnswer,
		entry("a", core.PhaseAnswer, core.StageJudge, note("a")),
		entry("b", core.PhaseAnswer, core.StageJudge, note("b")))
	if got := strings.Join(order, " "); got != "b a" {
		t.Errorf("answer order: %s", got)
	}
}

func TestLaterHooksSeeEarlierEdits(t *testing.T) {
	var seen string
	_, ex, _ := run(t, core.PhasePrompt,
		entry("a", core.PhasePrompt, core.StageJudge, edit(0, 5, "goodbye")),
		entry("b", core.PhasePrompt, core.StageJudge, func(c *core.Call) error {
			seen = string(c.Parts[0].Text())
			c.Reply.Edits = append(c.Reply.Edits, core.Edit{Start: 8, End: 13, Bytes: []byte("moon")})
			return nil
		}))
	if seen != "goodbye world" || string(ex.Prompt[0].Text()) != "goodbye moon" {
		t.Errorf("second hook saw %q, the end is %q", seen, ex.Prompt[0].Text())
	}
}

func TestBlockStops(t *testing.T) {
	out, ex, obs := run(t, core.PhasePrompt,
		entry("a", core.PhasePrompt, core.StageJudge, func(c *core.Call) error {
			c.Reply.Block = &core.Block{Message: "no"}
			c.Reply.Tags = append(c.Reply.Tags, core.Tag{Key: "k", Value: "v"})
			return nil
		}),
		entry("b", core.PhasePrompt, core.StageJudge, func(*core.Call) error { t.Error("ran after a block"); return nil }))
	if out.Err == nil || out.Err.Code != core.CodeBlocked || out.Err.Message != "no" || len(ex.Tags) != 1 {
		t.Errorf("outcome %+v, tags %v", out, ex.Tags)
	}
	if !slices.Equal(obs.log, []string{"a:block"}) {
		t.Errorf("observed %v", obs.log)
	}
}

func TestSumsAndMaxima(t *testing.T) {
	hold := func(n int) core.HookFunc {
		return func(c *core.Call) error {
			c.Reply.Hold = n
			c.Reply.Flags = append(c.Reply.Flags, core.Flag{Name: "f", Score: float64(n)})
			return nil
		}
	}
	obs, ex := &recorder{}, &core.Exchange{}
	call := &core.Call{Exchange: ex, Phase: core.PhaseAnswer, Window: &core.Window{Text: []byte("0123456789")}}
	window := func(name string, n int) Entry {
		e := entry(name, core.PhaseAnswer, core.StageJudge, hold(n))
		e.Stream, e.Window = core.StreamWindow, 7
		return e
	}
	out := Compile(obs, []Entry{window("a", 3), window("b", 7), window("c", 5)}).Run(call, &core.Reply{})
	if out.Hold != 7 || len(ex.Flags) != 3 {
		t.Errorf("hold %d, flags %v", out.Hold, ex.Flags)
	}
	route := func(name string) core.HookFunc {
		return func(c *core.Call) error { c.Reply.Route = name; return nil }
	}
	out, _, _ = run(t, core.PhasePrompt,
		entry("a", core.PhasePrompt, core.StageJudge, route("one")),
		entry("b", core.PhasePrompt, core.StageJudge, route("two")))
	if out.Route != "one" {
		t.Errorf("route %q, want the first", out.Route)
	}
}

// TestBadReplies checks that nothing of a bad reply is applied, and that the
// fail mode decides what becomes of the exchange.
func TestBadReplies(t *testing.T) {
	f := func(name string, p core.Phase, stage core.Stage, h core.HookFunc) {
		t.Helper()
		e := entry("bad", p, stage, func(c *core.Call) error {
			c.Reply.Tags = append(c.Reply.Tags, core.Tag{Key: "half"})
			return h(c)
		})
		for _, open := range []bool{false, true} {
			e.FailOpen = open
			out, ex, obs := run(t, p, e)
			if string(ex.Prompt[0].Text()) != "hello world" || len(ex.Tags) != 0 || len(ex.Prompt) != 1 {
				t.Errorf("%s: a bad reply was applied: %q %v", name, ex.Prompt[0].Text(), ex.Tags)
			}
			if !slices.Contains(obs.log, "bad:failed") {
				t.Errorf("%s: the failure was not reported", name)
			}
			if open != (out.Err == nil) || !open && out.Err.Code != core.CodePluginFailed {
				t.Errorf("%s: open %v: %v", name, open, out.Err)
			}
			if out.Err != nil && strings.Contains(out.Err.Message, "chain:") {
				t.Errorf("%s: the client is told %q", name, out.Err.Message)
			}
		}
	}
	judge, shape := core.StageJudge, core.StageShape
	f("error", core.PhasePrompt, judge, func(*core.Call) error { return errors.New("boom") })
	f("panic", core.PhasePrompt, judge, func(*core.Call) error { panic("boom") })
	f("nil pointer panic", core.PhaseReceive, judge, func(*core.Call) error { var d *core.Deployment; d.Weight++; return nil })
	f("edit out of range", core.PhasePrompt, judge, edit(0, 99, "x"))
	f("overlapping edits", core.PhasePrompt, judge, func(c *core.Call) error {
		_ = edit(0, 5, "a")(c)
		return edit(3, 6, "b")(c)
	})
	f("second part wrong, first right", core.PhasePrompt, judge, func(c *core.Call) error {
		_ = edit(0, 5, "a")(c)
		c.Reply.Edits = append(c.Reply.Edits, core.Edit{Part: 9, End: 1})
		return nil
	})
	f("edit in receive", core.PhaseReceive, judge, edit(0, 1, "x"))
	f("append by a judge", core.PhasePrompt, judge, func(c *core.Call) error {
		c.Reply.Append = append(c.Reply.Append, core.NewPart{Text: []byte("x")})
		return nil
	})
	f("hold without a window", core.PhasePrompt, shape, func(c *core.Call) error { c.Reply.Hold = 1; return nil })
	f("negative hold", core.PhaseAnswer, judge, func(c *core.Call) error { c.Reply.Hold = -1; return nil })
	f("route in answer", core.PhaseAnswer, judge, func(c *core.Call) error { c.Reply.Route = "x"; return nil })
	f("retry in prompt", core.PhasePrompt, judge, func(c *core.Call) error { c.Reply.Retry = "x"; return nil })
	f("order in prompt", core.PhasePrompt, judge, func(c *core.Call) error { c.Reply.Order = []int{0}; return nil })
	f("order of none", core.PhaseRoute, judge, func(c *core.Call) error { c.Reply.Order = []int{0}; return nil })
	f("path without slash", core.PhaseReceive, judge, func(c *core.Call) error { c.Reply.Path = "x"; return nil })
	f("respond 100", core.PhasePrompt, judge, func(c *core.Call) error { c.Reply.Respond = &core.Respond{Status: 100}; return nil })
	f("block in complete", core.PhaseComplete, judge, func(c *core.Call) error { c.Reply.Block = &core.Block{}; return nil })
}

func TestAppendAndOrder(t *testing.T) {
	_, ex, _ := run(t, core.PhasePrompt, entry("a", core.PhasePrompt, core.StageShape, func(c *core.Call) error {
		c.Reply.Append = append(c.Reply.Append, core.NewPart{At: 0, Role: core.RoleSystem, Text: []byte("be kind")})
		return nil
	}))
	if len(ex.Prompt) != 2 || string(ex.Prompt[1].Text()) != "be kind" || ex.Prompt[1].Msg != -1 || ex.Prompt[1].ID != 1 {
		t.Errorf("prompt %+v", ex.Prompt)
	}
	d := []*core.Deployment{{Name: "0"}, {Name: "1"}, {Name: "2"}}
	call := &core.Call{Exchange: &core.Exchange{}, Phase: core.PhaseRoute, Deployments: d}
	Compile(nil, []Entry{entry("r", core.PhaseRoute, core.StageNone, func(c *core.Call) error {
		c.Reply.Order = []int{2, 0}
		return nil
	})}).Run(call, &core.Reply{})
	if len(call.Deployments) != 2 || call.Deployments[0].Name != "2" || d[0].Name != "0" {
		t.Errorf("order %v, snapshot's list %v", call.Deployments, d)
	}
}

func TestCompile(t *testing.T) {
	calls := 0
	e := entry("a", core.PhasePrompt, core.StageJudge, func(*core.Call) error { calls++; return nil })
	c := Compile(nil, []Entry{e}, []Entry{e}) // listed by tenant and route
	c.Run(&core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt}, &core.Reply{})
	if calls != 1 {
		t.Errorf("an instance that is listed twice ran %d times", calls)
	}
	if Compile(nil) != nil {
		t.Error("a chain of nothing is not nil")
	}
	var none *Chain
	if none.Has(core.PhasePrompt) || none.Hash() != "" || none.Available() != nil {
		t.Error("a nil chain has hooks")
	}
	other := e
	other.Identity = "changed"
	if c.Hash() == Compile(nil, []Entry{other}).Hash() || c.Hash() != Compile(nil, []Entry{e}).Hash() {
		t.Error("the hash does not follow identity")
	}
	missing := Entry{Instance: "m", Plugin: "guardrail.pii", Missing: true}
	if err := Compile(nil, []Entry{missing}).Available(); err == nil || err.Code != core.CodePluginUnavailable ||
		!strings.Contains(err.Message, "guardrail.pii") {
		t.Errorf("missing plugin: %v", err)
	}
	missing.Optional = true
	if err := Compile(nil, []Entry{missing}).Available(); err != nil {
		t.Errorf("optional plugin: %v", err)
	}
}
