package sallyport_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/sallyporttest"
)

// The hooks of this plugin are what a test sets them to.
var (
	configure func(*sallyport.Config) error
	receive   func(*sallyport.ReceiveCall, *sallyport.ReceiveReply) error
	prompt    func(*sallyport.PromptCall, *sallyport.PromptReply) error
	route     func(*sallyport.RouteCall, *sallyport.RouteReply) error
	answer    func(*sallyport.AnswerCall, *sallyport.AnswerReply) error
	window    func(*sallyport.WindowCall, *sallyport.WindowReply) error
	complete  func(*sallyport.CompleteCall, *sallyport.CompleteReply) error
)

func TestMain(m *testing.M) {
	sallyport.Register(sallyport.Hooks{
		Configure: func(c *sallyport.Config) error {
			if configure == nil {
				return nil
			}
			return configure(c)
		},
		Receive:  func(c *sallyport.ReceiveCall, r *sallyport.ReceiveReply) error { return receive(c, r) },
		Prompt:   func(c *sallyport.PromptCall, r *sallyport.PromptReply) error { return prompt(c, r) },
		Route:    func(c *sallyport.RouteCall, r *sallyport.RouteReply) error { return route(c, r) },
		Answer:   func(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error { return answer(c, r) },
		Window:   func(c *sallyport.WindowCall, r *sallyport.WindowReply) error { return window(c, r) },
		Complete: func(c *sallyport.CompleteCall, r *sallyport.CompleteReply) error { return complete(c, r) },
	})
	sallyport.RegisterTranslator(translator)
	m.Run()
}

// onPrompt runs one prompt hook on texts.
func onPrompt(t *testing.T, f func(c *sallyport.PromptCall, r *sallyport.PromptReply), texts ...string) sallyporttest.Reply {
	t.Helper()
	prompt = func(c *sallyport.PromptCall, r *sallyport.PromptReply) error { f(c, r); return nil }
	return sallyporttest.Start(t, nil).Prompt(texts...)
}

func TestRegisterTwice(t *testing.T) {
	for _, h := range []sallyport.Hooks{
		{Prompt: func(*sallyport.PromptCall, *sallyport.PromptReply) error { return nil }},
		{Configure: func(*sallyport.Config) error { return nil }},
	} {
		func() {
			defer func() {
				if v, _ := recover().(string); !strings.Contains(v, "registered twice") {
					t.Errorf("panic %q", v)
				}
			}()
			sallyport.Register(h)
		}()
	}
}

// TestEdits: what edits make of a text, in any order.
func TestEdits(t *testing.T) {
	const text = "0123456789é"
	type edits = func(p sallyport.Part, r *sallyport.PromptReply)
	for name, c := range map[string]struct {
		f    edits
		want string // "!" and a part of the error, or the text
	}{
		"one":       {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 2, 4, "X") }, "01[X]456789é"},
		"any order": {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, 8, 9, "b"); r.Redact(p, 0, 1, "A") }, "[A]1234567b9é"},
		"insert":    {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, 12, 12, "!"); r.Replace(p, 0, 0, "-") }, "-0123456789é!"},
		"at one spot": {func(p sallyport.Part, r *sallyport.PromptReply) {
			r.Redact(p, 2, 4, "X")
			r.Replace(p, 2, 2, "-")
			r.Replace(p, 4, 4, "+")
		}, "01-[X]+456789é"},
		"joined": {func(p sallyport.Part, r *sallyport.PromptReply) {
			r.Redact(p, 4, 9, "B")
			r.Redact(p, 2, 5, "A")
			r.Redact(p, 3, 4, "C")
		}, "01[A]9é"},
		"side by side": {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 4, 5, "B"); r.Redact(p, 3, 4, "A") }, "012[A][B]56789é"},
		"whole":        {func(p sallyport.Part, r *sallyport.PromptReply) { r.ReplaceAll(p, "new") }, "new"},
		"overlap":      {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, 0, 4, "x"); r.Redact(p, 3, 5, "X") }, "!overlap: [0, 4) and [3, 5)"},
		"inside":       {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 0, 4, "X"); r.Replace(p, 3, 3, "x") }, "!overlap"},
		"beyond":       {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 4, 13, "X") }, "![4, 13) of part 0, whose text has 12 bytes"},
		"backwards":    {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 4, 3, "X") }, "![4, 3)"},
		"negative":     {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, -1, 3, "x") }, "![-1, 3)"},
		"in a rune":    {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, 11, 12, "x") }, "!cuts a rune"},
		"label":        {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 0, 1, "Wrong") }, `!the label "Wrong"`},
		"no label":     {func(p sallyport.Part, r *sallyport.PromptReply) { r.Redact(p, 0, 1, "") }, `!the label ""`},
		"not UTF-8":    {func(p sallyport.Part, r *sallyport.PromptReply) { r.Replace(p, 0, 1, "\xff") }, "!not UTF-8"},
		"too many": {func(p sallyport.Part, r *sallyport.PromptReply) {
			for range 5000 {
				r.Replace(p, 0, 0, "x")
			}
		}, "!more than 4096 edits"},
		"too much": {func(p sallyport.Part, r *sallyport.PromptReply) {
			for range 3 {
				r.Replace(p, 0, 0, strings.Repeat("x", 1<<19))
			}
		}, "!the limit is 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			r := onPrompt(t, func(call *sallyport.PromptCall, r *sallyport.PromptReply) { c.f(call.Parts()[0], r) }, text, "other")
			want, bad := strings.CutPrefix(c.want, "!")
			switch {
			case bad && (r.Err == nil || !strings.Contains(r.Err.Error(), want)):
				t.Errorf("error %v, want %s", r.Err, want)
			case !bad && (r.Err != nil || r.Texts[0] != want || r.Texts[1] != "other"):
				t.Errorf("%+v, want %q", r, want)
			}
		})
	}
}

// TestForeignPart: a part of another call cannot be edited.
func TestForeignPart(t *testing.T) {
	var kept sallyport.Part
	answer = func(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error { kept = c.Parts()[0]; return nil }
	prompt = func(c *sallyport.PromptCall, r *sallyport.PromptReply) error { r.Redact(kept, 0, 1, "X"); return nil }
	h := sallyporttest.Start(t, nil)
	h.Answer("text")
	if r := h.Prompt("text"); r.Err == nil || !strings.Contains(r.Err.Error(), "another call") {
		t.Errorf("%+v", r)
	}
}

func TestVerdicts(t *testing.T) {
	long := strings.Repeat("é", 600)
	for name, c := range map[string]struct {
		f    func(r *sallyport.PromptReply)
		good func(r *sallyporttest.Reply) bool
		bad  string
	}{
		"nothing": {func(*sallyport.PromptReply) {}, (*sallyporttest.Reply).Allowed, ""},
		"block": {func(r *sallyport.PromptReply) { r.Block("a_b.c-9", "No.") }, func(r *sallyporttest.Reply) bool {
			return *r.Block == sallyporttest.Block{Code: "a_b.c-9", Message: "No."}
		}, ""},
		"long block": {func(r *sallyport.PromptReply) { r.BlockStatus(451, "", long) }, func(r *sallyporttest.Reply) bool { return r.Block.Status == 451 && r.Block.Message == long[:1024] }, ""},
		"cut rune":   {func(r *sallyport.PromptReply) { r.Block("", "x"+long) }, func(r *sallyporttest.Reply) bool { return r.Block.Message == ("x" + long)[:1023] }, ""},
		"bad status": {func(r *sallyport.PromptReply) { r.BlockStatus(200, "", "") }, nil, "status of a block is 200"},
		"bad code":   {func(r *sallyport.PromptReply) { r.Block("No!", "") }, nil, `code "No!"`},
		"flag":       {func(r *sallyport.PromptReply) { r.Flag("toxic", -1.5) }, func(r *sallyporttest.Reply) bool { return r.Flags[0] == sallyporttest.Flag{Name: "toxic", Score: -1.5} }, ""},
		"no flag":    {func(r *sallyport.PromptReply) { r.Flag("", 1) }, nil, "a flag needs a name"},
		"infinite":   {func(r *sallyport.PromptReply) { r.Flag("x", math.Inf(1)) }, nil, "not finite"},
		"flags": {func(r *sallyport.PromptReply) {
			for range 65 {
				r.Flag("x", 1)
			}
		}, nil, "more than 64 flags"},
		"tag":      {func(r *sallyport.PromptReply) { r.Tag("k", "") }, func(r *sallyporttest.Reply) bool { return r.Tags[0] == sallyporttest.Tag{Key: "k"} }, ""},
		"no tag":   {func(r *sallyport.PromptReply) { r.Tag("", "v") }, nil, "a tag needs a key"},
		"long tag": {func(r *sallyport.PromptReply) { r.Tag(strings.Repeat("k", 257), "v") }, nil, "the limit is 256"},
		"route":    {func(r *sallyport.PromptReply) { r.Route("small") }, func(r *sallyporttest.Reply) bool { return r.Route == "small" }, ""},
		"no role":  {func(r *sallyport.PromptReply) { r.Append(0, 0, "x") }, nil, "needs a role"},
		"nowhere":  {func(r *sallyport.PromptReply) { r.Append(-1, sallyport.RoleUser, "x") }, nil, "no message -1"},
		"judge":    {func(r *sallyport.PromptReply) { r.Append(0, sallyport.RoleUser, "x") }, nil, "only stage shape"},
		"state":    {func(r *sallyport.PromptReply) { r.SetState(make([]byte, 16<<10+1)) }, nil, "the limit is 16384"},
	} {
		r := onPromptIn(t, name, func(_ *sallyport.PromptCall, r *sallyport.PromptReply) { c.f(r) })
		switch {
		case c.bad != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), c.bad)):
			t.Errorf("%s: error %v, want %s", name, r.Err, c.bad)
		case c.bad == "" && (r.Err != nil || !c.good(&r)):
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func onPromptIn(t *testing.T, name string, f func(c *sallyport.PromptCall, r *sallyport.PromptReply)) (r sallyporttest.Reply) {
	t.Helper()
	t.Run(name, func(t *testing.T) { r = onPrompt(t, f, "text") })
	return r
}

// TestFailures: errors and panics of a hook say what and where.
func TestFailures(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	for want, f := range map[string]func() error{
		"out of order": func() error { return errors.New("out of order") },
		"panic: now at github.com/sallyport-gateway/sallyport/sdk/go_test.TestFailures": func() error { panic("now") },
		"panic: wrapped at ": func() error { panic(errors.New("wrapped")) },
		"panic: 7 at ":       func() error { panic(7) },
		"panic: 5s at ":      func() error { panic(5 * time.Second) },
		"index out of range": func() error { return errors.New(strings.Split("a", "b")[1]) },
	} {
		prompt = func(*sallyport.PromptCall, *sallyport.PromptReply) error { return f() }
		r := h.Prompt("text")
		if r.Err == nil || !strings.Contains(r.Err.Error(), want) {
			t.Errorf("error %v, want %s", r.Err, want)
		}
		if strings.Contains(r.Err.Error(), "sallyporttest") || strings.Contains(r.Err.Error(), "internal/guest") {
			t.Errorf("the error tells of more than the plugin: %v", r.Err)
		}
	}
	prompt = func(_ *sallyport.PromptCall, r *sallyport.PromptReply) error {
		r.Block("", "No.")
		return errors.New("after all")
	}
	if r := h.Prompt("text"); r.Err == nil || r.Block != nil {
		t.Errorf("a verdict of a hook that failed counts: %+v", r)
	}
	prompt = func(_ *sallyport.PromptCall, r *sallyport.PromptReply) error { return nil }
	if r := h.Prompt("text"); !r.Allowed() {
		t.Errorf("a verdict of an earlier call counts: %+v", r)
	}
}
