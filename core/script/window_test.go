package script

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// judging is an instance of a script that judges streams.
func judging(t *testing.T, source string) (*Instance, error) {
	t.Helper()
	return streaming(t, core.StreamWindow, source)
}

func streaming(t *testing.T, mode core.StreamMode, source string) (*Instance, error) {
	t.Helper()
	m := core.Manifest{ID: "guardrail.test", Version: "1", Phases: []core.Phase{core.PhaseAnswer}, Stream: mode}
	s, err := NewHost(Options{}).Load(t.Context(), "rule.js", []byte("exports.answer = () => {};\n"+source), m)
	if err != nil {
		return nil, err
	}
	i, err := s.New(core.InstanceConfig{Name: "rule"})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = i.Close() })
	return i.(*Instance), i.Start(t.Context()) //nolint:forcetypeassert // it is what New makes
}

// window is a call for a window of text.
func window(text string) *core.Call {
	c := prompt()
	c.Phase, c.Parts = core.PhaseAnswer, nil
	c.Window = &core.Window{Choice: 1, Block: 2, Kind: core.PartText, Context: []byte("so"), Text: []byte(text), Released: 7}
	return c
}

// TestWindow: the hook sees the window, and its edits and what it holds back count in
// the gateway's bytes.
func TestWindow(t *testing.T) {
	i, err := judging(t, `exports.window = (c) => {
		if ([c.choice, c.block, c.kind, c.context, c.final, c.released, c.name, c.exchange.consumer].join() !== "1,2,text,so,false,7,,") throw new Error(JSON.stringify(c));
		return {edits: [{start: 1, end: 3, label: "X"}, {part: 0, start: 3, end: 4, text: "é"}], hold: 3};
	}`)
	if err != nil {
		t.Fatal(err)
	}
	c := window("ä😀bä😀c")
	if err := i.Hook(core.PhaseAnswer).Handle(c); err != nil {
		t.Fatal(err)
	}
	edits := c.Reply.Edits
	if len(edits) != 2 || edits[0].Start != 2 || edits[0].End != 6 || string(edits[0].Bytes) != "[X]" || edits[1].Start != 6 || edits[1].End != 7 {
		t.Errorf("edits: %+v", edits)
	}
	if c.Reply.Hold != len("😀c") {
		t.Errorf("it holds %d bytes", c.Reply.Hold)
	}
}

// TestWindowReplies: what a reply for a window may be.
func TestWindowReplies(t *testing.T) {
	for reply, want := range map[string]string{
		`undefined`:                         "",
		`{hold: 0}`:                         "",
		`{hold: 4}`:                         "",
		`{hold: 5}`:                         "more than the text has",
		`{hold: 2}`:                         "cuts a character",
		`{hold: -1}`:                        "whole number",
		`{hold: "a"}`:                       "whole number",
		`{edits: [{part: 1, text: ""}]}`:    "no part that the hook was given",
		`{edits: [{start: 0, end: 9}]}`:     "not within the text",
		`{block: {message: "no"}}`:          "",
		`{holds: 1}`:                        `has the member "holds"`,
		`{edits: [{text: "all"}], hold: 1}`: "",
	} {
		i, err := judging(t, "exports.window = () => ("+reply+")")
		if err != nil {
			t.Fatal(err)
		}
		err = i.Hook(core.PhaseAnswer).Handle(window("a😀b"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", reply, err, want)
		}
	}
}

// TestWindowIsDeclared: a script has the hook if, and only if, its manifest says so.
func TestWindowIsDeclared(t *testing.T) {
	for source, want := range map[string]string{
		"":                             "exports.window is no function",
		"exports.window = 1":           "exports.window is no function",
		"exports.window = () => {}":    "",
		"exports.windows = () => {}\n": "exports.window is no function",
	} {
		if _, err := judging(t, source); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
	if _, err := load(t, Options{}, "exports.answer = () => {}; exports.window = () => {}", "answer"); err == nil || !strings.Contains(err.Error(), "neither stream mode window nor observe") {
		t.Errorf("a window that nobody declared: %v", err)
	}
	i := started(t, Options{}, core.InstanceConfig{}, "exports.answer = () => {}", "answer")
	if err := i.Hook(core.PhaseAnswer).Handle(window("a")); err == nil || !strings.Contains(err.Error(), "no stream mode") {
		t.Errorf("it judged a window: %v", err)
	}
	c := prompt("x")
	i = started(t, Options{}, core.InstanceConfig{}, "exports.prompt = () => ({hold: 1})", "prompt")
	if err := i.Hook(core.PhasePrompt).Handle(c); err == nil || !strings.Contains(err.Error(), "the hook window alone") {
		t.Errorf("a prompt was held back: %v", err)
	}
}

// TestWindowObserved: a script that only looks on is shown windows as well.
func TestWindowObserved(t *testing.T) {
	i, err := streaming(t, core.StreamObserve, "exports.window = (c) => ({flags: {seen: c.text.length}})")
	if err != nil {
		t.Fatal(err)
	}
	c := window("abc")
	if err := i.Hook(core.PhaseAnswer).Handle(c); err != nil || len(c.Reply.Flags) != 1 || c.Reply.Flags[0].Score != 3 {
		t.Errorf("%v, %+v", err, c.Reply)
	}
	if _, err := streaming(t, core.StreamObserve, ""); err == nil || !strings.Contains(err.Error(), "stream mode observe") {
		t.Errorf("without the hook: %v", err)
	}
}

// TestAdmittedWithDefaults: the top level of a script runs with the defaults of its
// manifest before anybody has configured it.
func TestAdmittedWithDefaults(t *testing.T) {
	m := core.Manifest{ID: "guardrail.test", Version: "1", Phases: []core.Phase{core.PhaseAnswer}, Config: map[string]any{
		"properties": map[string]any{"words": map[string]any{"default": []any{}}, "none": map[string]any{}},
	}}
	source := []byte(`config.words.map((w) => w); if ("none" in config) throw new Error("none"); exports.answer = () => {}`)
	if _, err := NewHost(Options{}).Load(t.Context(), "rule.js", source, m); err != nil {
		t.Error(err)
	}
}

func BenchmarkWindow(b *testing.B) {
	m := core.Manifest{ID: "guardrail.test", Version: "1", Phases: []core.Phase{core.PhaseAnswer}, Stream: core.StreamWindow, Window: 64}
	s, err := NewHost(Options{}).Load(b.Context(), "rule.js", []byte(`exports.answer = () => {};
		exports.window = (c) => { const at = c.text.indexOf("kraken"); if (at >= 0) return {edits: [{start: at, end: at + 6, label: "X"}]} }`), m)
	if err != nil {
		b.Fatal(err)
	}
	i, err := s.New(core.InstanceConfig{Name: "rule"})
	if err != nil {
		b.Fatal(err)
	}
	h, c := i.Hook(core.PhaseAnswer), window("some words ")
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Handle(c); err != nil {
			b.Fatal(err)
		}
	}
}
