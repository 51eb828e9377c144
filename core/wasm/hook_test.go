package wasm

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

func TestCleanPath(t *testing.T) {
	i := started(t, plain(), Options{}, core.InstanceConfig{})
	r := handle(t, i, prompt(exchange("a", 1), "hello"))
	if !r.Empty() {
		t.Fatalf("reply %+v, want none", r)
	}
	s := i.Stats()
	if s.Calls != 1 || s.Verdicts[core.VerdictAllow] != 1 || s.Guests != 1 || s.Steps == 0 {
		t.Errorf("stats %+v", s)
	}
	for p := range core.NumPhases {
		if h := i.Hook(core.Phase(p)); (h != nil) != (core.Phase(p) == core.PhasePrompt) {
			t.Errorf("hook for %s: %v", core.Phase(p), h)
		}
	}
}

// TestFrame gives the hook's own frame back as an edit and reads it.
func TestFrame(t *testing.T) {
	reply := abi.Reply{
		Edits:    []abi.Edit{{Part: 1, Start: 2, End: 5, Label: []byte("EMAIL")}, {Part: 1, Start: 5, End: 5, Text: []byte("ä")}},
		Flags:    []abi.Flag{{Name: []byte("pii"), Score: 0.5}},
		Tags:     []abi.Tag{{Key: []byte("k"), Value: []byte("v")}},
		NewParts: []abi.NewPart{{At: 1, Role: abi.RoleSystem, Text: []byte("be kind")}},
		Route:    []byte("other"),
	}
	i := started(t, replying(reply.Append(nil)), Options{}, core.InstanceConfig{})
	c := prompt(exchange("a", 1), "first", "second")
	r := handle(t, i, c)
	if len(r.Edits) != 2 || string(r.Edits[0].Bytes) != "[EMAIL]" || string(r.Edits[1].Bytes) != "ä" || r.Edits[0].Part != 1 {
		t.Errorf("edits %+v", r.Edits)
	}
	if len(r.Flags) != 1 || len(r.Tags) != 1 || len(r.Append) != 1 || r.Route != "other" {
		t.Errorf("reply %+v", r)
	}
	if s := i.Stats(); s.Verdicts[core.VerdictEdit] != 1 || s.Verdicts[core.VerdictFlag] != 1 || s.Verdicts[core.VerdictAllow] != 0 {
		t.Errorf("verdicts %v", s.Verdicts)
	}
}

// echoing returns a guest whose prompt hook responds with a body that is
// the frame it was given: {respond {body: frame}}.
func echoing() *asmModule {
	m := plain()
	// The frame, of up to 16383 bytes, is copied behind a header of
	// 12 <len+3 as two bytes> 1a <len as two bytes>.
	two := func(at int32, add int32) []byte {
		n := cat(get(1), i32c(add), []byte{0x6a})
		return cat(
			i32c(at), n, i32c(0x7f), []byte{0x71}, i32c(0x80), []byte{0x72}, op(0x3a, 0, 0),
			i32c(at+1), n, i32c(7), []byte{0x76}, op(0x3a, 0, 0))
	}
	m.funcs[3].body = cat(
		i32c(scratchAt), i32c(0x12), op(0x3a, 0, 0), two(scratchAt+1, 3),
		i32c(scratchAt+3), i32c(0x1a), op(0x3a, 0, 0), two(scratchAt+4, 0),
		i32c(scratchAt+6), get(0), get(1), op(0xfc, 10, 0, 0), // memory.copy
		get(1), i32c(6), []byte{0x6a, 0xad}, i64c(scratchAt<<32), []byte{0x84})
	return m
}

func TestFrameIsWhatTheGuestGets(t *testing.T) {
	i := seeing(t, echoing(), core.Sees{Consumer: true, Tags: true}, core.InstanceConfig{})
	ex := exchange("acme", 7)
	ex.Route = &core.Route{Name: "gpt"}
	ex.Request.Operation = core.OpChat
	ex.Tags = []core.Tag{{Key: "k", Value: "v"}}
	c := prompt(ex, "hello", "wörld")
	r := handle(t, i, c)
	if r.Respond == nil {
		t.Fatal("no response")
	}
	var got abi.PromptCall
	if err := got.Decode(r.Respond.Body); err != nil {
		t.Fatal(err)
	}
	if string(got.Exchange.ID) != ex.ID.String() || string(got.Exchange.Route) != "gpt" || string(got.Exchange.Tenant) != "acme" ||
		got.Exchange.Operation != abi.OperationChat || len(got.Exchange.Tags) != 1 || got.Stage != abi.StageJudge || got.Messages != 2 {
		t.Errorf("frame %+v", got.Exchange)
	}
	if len(got.Parts) != 2 || string(got.Parts[1].Text) != "wörld" || got.Parts[1].ID != 1 || got.Parts[0].Kind != abi.KindText {
		t.Errorf("parts %+v", got.Parts)
	}
}

// TestUnasked: what an instance did not ask for is not in its frame.
func TestUnasked(t *testing.T) {
	i := started(t, echoing(), Options{}, core.InstanceConfig{})
	ex := exchange("acme-tenant", 7)
	ex.Tags = []core.Tag{{Key: "secret-tag", Value: "v"}}
	ex.Request.Model = []byte("secret-model")
	r := handle(t, i, prompt(ex, "hello"))
	for _, secret := range []string{"acme-tenant", "secret-tag", "secret-model"} {
		if strings.Contains(string(r.Respond.Body), secret) {
			t.Errorf("the frame holds %q", secret)
		}
	}
	for _, name := range []string{"Authorization", "cookie", "X-API-Key"} {
		manifest := core.Manifest{ID: "x", Sees: core.Sees{Headers: []string{name}}}
		if _, err := i.pool.module.host.Load(t.Context(), echoing().bytes(), ModuleOptions{Manifest: manifest}); err == nil {
			t.Errorf("the header %s may be seen", name)
		}
	}
}

func TestWrongHook(t *testing.T) {
	m := plain()
	m.funcs[3].export = "sallyport_answer"
	i := started(t, m, Options{}, core.InstanceConfig{})
	c := &core.Call{Exchange: exchange("a", 1), Phase: core.PhaseAnswer, Window: &core.Window{}, Reply: &core.Reply{}}
	err := i.Hook(core.PhaseAnswer).Handle(c)
	if err == nil || !strings.Contains(err.Error(), "sallyport_window") {
		t.Errorf("error %v, want one that names the missing hook", err)
	}
	var e *Error
	if !errors.As(err, &e) || i.Windows() {
		t.Errorf("%v, windows %v", err, i.Windows())
	}
}

func TestLargeFrame(t *testing.T) {
	// This guest's buffer grows its memory by a page and more for each request.
	m := plain()
	m.funcs[1].body = cat(get(0), i32c(16), []byte{0x76}, i32c(1), []byte{0x6a}, op(0x40, 0), i32c(16), []byte{0x74})
	i := started(t, m, Options{}, core.InstanceConfig{Isolation: core.IsolateShared})
	big := strings.Repeat("x", 1<<20)
	for range 3 {
		handle(t, i, prompt(exchange("a", 1), big))
	}
	err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), strings.Repeat("x", 17<<20)))
	if failureOf(err) != FailMemory {
		t.Errorf("a frame beyond the memory limit: %v", err)
	}
}
