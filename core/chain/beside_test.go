package chain

import (
	"errors"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestBeside: judges that run beside the attempt see what leaves, and can block,
// flag and tag but change nothing.
func TestBeside(t *testing.T) {
	flag := func(c *core.Call) error {
		c.Reply.Flags = append(c.Reply.Flags, core.Flag{Name: string(c.Parts[0].Text())})
		c.Reply.Tags = append(c.Reply.Tags, core.Tag{Key: "k", Value: "v"})
		return nil
	}
	block := func(c *core.Call) error { c.Reply.Block = &core.Block{Message: "no"}; return nil }
	edit := func(c *core.Call) error {
		c.Reply.Edits = append(c.Reply.Edits, core.Edit{Bytes: []byte("x")})
		return nil
	}
	fail := func(*core.Call) error { return errors.New("broken") }
	for _, c := range []struct {
		name  string
		hooks []core.HookFunc
		open  bool
		want  core.Code
		stops int
		flags int
	}{
		{name: "allow", hooks: []core.HookFunc{flag}, flags: 1},
		{name: "block", hooks: []core.HookFunc{flag, block, flag}, want: core.CodeBlocked, stops: 1, flags: 1},
		{name: "edit", hooks: []core.HookFunc{edit}, want: core.CodePluginFailed, stops: 1},
		{name: "edit, open", hooks: []core.HookFunc{edit, flag}, open: true, flags: 1},
		{name: "failure", hooks: []core.HookFunc{fail}, want: core.CodePluginFailed, stops: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list []Entry
			for i, h := range c.hooks {
				e := entry(string(rune('a'+i)), core.PhasePrompt, core.StageJudge, h)
				e.Parallel, e.FailOpen = true, c.open
				list = append(list, e)
			}
			shape := entry("shape", core.PhasePrompt, core.StageShape, func(c *core.Call) error {
				c.Reply.Edits = append(c.Reply.Edits, core.Edit{End: 2, Bytes: []byte("bye")})
				return nil
			})
			shape.Parallel = true // only judges can be
			ch := Compile(nil, append(list, shape))
			if !ch.JudgesPrompts() || Compile(nil, []Entry{shape}).JudgesPrompts() || (*Chain)(nil).JudgesPrompts() {
				t.Error("who judges prompts, and who shapes them?")
			}
			p := &core.Part{}
			p.SetText([]byte("hi"))
			ex := &core.Exchange{Prompt: []*core.Part{p}}
			if out := ch.Run(&core.Call{Exchange: ex, Phase: core.PhasePrompt, Parts: ex.Prompt}, &core.Reply{}); out.Err != nil {
				t.Fatal(out.Err)
			}
			stops := 0
			b := ch.Beside(ex, func() { stops++ })
			err := b.Wait(ex)
			if err2 := b.Wait(ex); err2 != err {
				t.Errorf("the second wait: %v", err2)
			}
			if (err == nil) != (c.want == 0) && c.want != 0 || err != nil && err.Code != c.want {
				t.Errorf("error %v", err)
			}
			if stops != c.stops || len(ex.Flags) != c.flags || len(ex.Tags) != c.flags {
				t.Errorf("stopped %d times, flags %v, tags %v", stops, ex.Flags, ex.Tags)
			}
			if c.flags > 0 && ex.Flags[0].Name != "bye" {
				t.Errorf("a judge saw %q", ex.Flags[0].Name)
			}
			if string(p.Text()) != "bye" {
				t.Errorf("the prompt is %q", p.Text())
			}
		})
	}
	var none *Chain
	if err := none.Beside(&core.Exchange{}, nil).Wait(nil); err != nil || none.HasBeside() {
		t.Error("a chain without judges has some")
	}
}

// TestBesideEndsWithItsExchange: once nobody waits for the answer no further judge
// begins, and what was not judged by all of them is not let through.
func TestBesideEndsWithItsExchange(t *testing.T) {
	for cause, want := range map[core.Cause]core.Code{
		core.CauseClientGone: core.CodeClientGone, core.CauseDrain: core.CodeDraining, core.CauseDeadline: core.CodeDeadline,
	} {
		began, goOn := make(chan struct{}), make(chan struct{})
		asked := 0
		slow := entry("slow", core.PhasePrompt, core.StageJudge, func(c *core.Call) error {
			close(began)
			<-goOn
			c.Reply.Flags = append(c.Reply.Flags, core.Flag{Name: "seen"})
			return nil
		})
		next := entry("next", core.PhasePrompt, core.StageJudge, func(*core.Call) error { asked++; return nil })
		slow.Parallel, next.Parallel = true, true
		ex := &core.Exchange{}
		b := Compile(nil, []Entry{slow, next}).Beside(ex, func() { t.Error("an exchange that is over was stopped") })
		<-began
		ex.Cancel(cause)
		close(goOn)
		if err := b.Wait(ex); err == nil || err.Code != want || asked != 0 || len(ex.Flags) != 1 {
			t.Errorf("cause %d: %v, the next judge was asked %d times, flags %v", cause, err, asked, ex.Flags)
		}
	}
}
