package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// harm is a deed and how it may end. A Go guest has a runtime of its own, which
// may give up first.
type harm struct {
	name, deed string
	want       Failure
	inGo       []Failure // more that is allowed there
}

// harms are F29 to F34: what a guest can do while it runs.
var harms = []harm{
	{"endless loop", deedLoop, FailSteps, nil},
	{"call bomb", deedBomb, FailSteps, nil},
	{"recursion", deedRecursion, FailStack, []Failure{FailSteps, FailExit, FailTrap}}, // its stack lies in its memory
	{"trap", deedTrap, FailTrap, []Failure{FailExit}},
	{"memory bomb", deedMemory, FailMemory, []Failure{FailExit, FailTrap}},
	{"host-call flood", deedFlood, FailSteps, nil},
}

// lies are F36: replies that are no good. The text that they are about is
// "text é! do:…".
func lies() []harm {
	frame := func(r abi.Reply) string { return deedReply(r.Append(nil)) }
	edits := func(e ...abi.Edit) string { return frame(abi.Reply{Edits: e}) }
	var out []harm
	for _, l := range []struct{ name, deed string }{
		{"bad pointer", deedValue(abi.Pack(1<<31, 8))},
		{"pointer at the edge", deedValue(abi.Pack(16<<20-4, 8))},
		{"pointer that wraps", deedValue(1<<64 - 1)},
		{"bad length", deedValue(abi.Pack(4096, 16<<20-1))},
		{"length beyond the reply limit", deedValue(abi.Pack(0, abi.MaxReply+1))},
		{"100 MB reply", deedValue(abi.Pack(1024, 100<<20))},
		{"cut off", deedReply([]byte{0x0a, 0x7f, 1})},
		{"UTF-8 in a message", frame(abi.Reply{HasBlock: true, Block: abi.Block{Message: []byte{0xff}}})},
		{"UTF-8 in an edit", edits(abi.Edit{End: 1, Text: []byte{0xc3}})},
		{"UTF-8 in a tag", frame(abi.Reply{Tags: []abi.Tag{{Key: []byte("k"), Value: []byte{0xed, 0xa0, 0x80}}}})},
		{"bad enum", deedReply([]byte{0x22, 0x02, 0x10, 0x63})}, // NewPart.role 99
		{"bad status", frame(abi.Reply{HasBlock: true, Block: abi.Block{Status: 200}})},
		{"edit before its start", edits(abi.Edit{Start: 3, End: 2})},
		{"edit beyond the text", edits(abi.Edit{End: 4096})},
		{"edits overlap", edits(abi.Edit{End: 3}, abi.Edit{Start: 2, End: 4})},
		{"edits not sorted", edits(abi.Edit{Start: 2, End: 3}, abi.Edit{End: 1})},
		{"edit of no part", edits(abi.Edit{Part: 9})},
		{"edit cuts a rune", edits(abi.Edit{Start: 5, End: 6})},
		{"second edit wrong", edits(abi.Edit{End: 1, Text: []byte("T")}, abi.Edit{Start: 5, End: 6})},
		{"control in a header", frame(abi.Reply{HasRespond: true, Respond: abi.Respond{ContentType: []byte("a\r\nb")}})},
		{"label and text", edits(abi.Edit{End: 1, Label: []byte("A"), Text: []byte("b")})},
		{"score is no number", deedReply([]byte{0x2a, 0x0c, 0x0a, 1, 'f', 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f})},
	} {
		out = append(out, harm{l.name, l.deed, FailReply, nil})
	}
	return out
}

func (h *harm) fits(language string, got Failure) bool {
	return got == h.want || language == "go" && slices.Contains(h.inGo, got)
}

// watcher is a chain's observer that keeps the failures.
type watcher struct {
	mu       sync.Mutex
	failures []Failure
}

func (w *watcher) Verdict(string, string) {}

func (w *watcher) HookFailed(_ string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, failureOf(err))
}

// TestHostileGuests is the kit: every language does every harm, in a chain whose
// fail mode is closed and in one where it is open, before a good guard. It is
// stopped by the limit that is meant for it; the exchange ends, or goes on as if
// the guard had allowed it; and the next request is judged as ever.
func TestHostileGuests(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			lines := 0
			h := newTestHost(t, Options{Memory: 256 << 20, Log: func(LogLine) { lines++ }})
			good, loaded := flagging(t, h), map[string]*Module{}
			for _, harm := range append(slices.Clone(harms), lies()...) {
				lang.load(t, h, harm.deed, loaded) // here: it lives longer than the test of one harm
			}
			for _, harm := range append(slices.Clone(harms), lies()...) {
				t.Run(harm.name, func(t *testing.T) {
					lines = 0
					i := instance(t, lang.load(t, h, harm.deed, loaded), core.InstanceConfig{Name: "bad"})
					for _, open := range []bool{false, true} {
						hurt(t, &lang, &harm, i, good, open)
					}
					if used := h.Memory(); used > int64(runtimeGuests+1)*defaultGuestMemory {
						t.Errorf("%d bytes of guests' memory in use", used)
					}
					if s := i.Stats(); s.Calls != 6 || lines > 2*defaultHostCalls {
						t.Errorf("%d lines logged, stats %+v", lines, s)
					} else if harm.want == FailSteps && int64(s.Steps) > 6*(lang.limits.Steps+stepsBeyond) {
						t.Errorf("%d steps in six calls, the limit is %d each", s.Steps, lang.limits.Steps)
					}
				})
			}
		})
	}
}

// A guest is looked at once in an interval of safepoints, so it passes a limit
// of steps by no more than this.
const stepsBeyond = 1 << 18

// runtimeGuests bounds the guests which an instance of the kit has at once: the
// one in use and the one that is being replaced, and as much for the good guard.
const runtimeGuests = 4

// hurt has the guest do its harm once and then asks for two good requests.
func hurt(t *testing.T, lang *language, harm *harm, bad, good *Instance, open bool) {
	t.Helper()
	entry := func(i *Instance, name string) chain.Entry {
		e := chain.Entry{Instance: name, Plugin: name, Stage: core.StageJudge, FailOpen: open}
		e.Hooks[core.PhasePrompt] = i.Hook(core.PhasePrompt)
		return e
	}
	w := &watcher{}
	c := chain.Compile(w, []chain.Entry{entry(bad, "bad"), entry(good, "good")})
	text := "text é! do:" + harm.deed
	call := prompt(exchange("a", 1), text)
	out := c.Run(call, &core.Reply{})
	if len(w.failures) != 1 || !harm.fits(lang.name, w.failures[0]) {
		t.Fatalf("failures %v, want %s: %v", w.failures, harm.want, out.Err)
	}
	switch {
	case open && (out.Err != nil || len(call.Exchange.Flags) != 1):
		t.Errorf("fail open: outcome %v, flags %v", out.Err, call.Exchange.Flags)
	case !open && (out.Err == nil || out.Err.Code != core.CodePluginFailed || len(call.Exchange.Flags) != 0):
		t.Errorf("fail closed: outcome %v, flags %v", out.Err, call.Exchange.Flags)
	}
	if got := string(call.Parts[0].Text()); got != text || len(call.Exchange.Tags) != 0 {
		t.Errorf("a failed guard changed the prompt to %q, tags %v", got, call.Exchange.Tags)
	}
	for n := range byte(2) {
		call := prompt(exchange("a", n), "hello")
		if out := c.Run(call, &core.Reply{}); out.Err != nil || len(call.Exchange.Flags) != 1 || len(w.failures) != 1 {
			t.Fatalf("the request after it: %v, flags %v, failures %v", out.Err, call.Exchange.Flags, w.failures)
		}
	}
}

// steppingClock moves by a step each time it is looked at, so that a test knows
// how late a limit was noticed without any time that passes.
type steppingClock struct {
	mu   sync.Mutex
	now  time.Time
	step time.Duration
}

func (c *steppingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

func (c *steppingClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// TestDeadlineOfEachLanguage: what steps do not stop the deadline does, at the
// first look at the clock after it.
func TestDeadlineOfEachLanguage(t *testing.T) {
	const step, deadline = 20 * time.Microsecond, 100 * time.Millisecond
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			clock := &steppingClock{now: time.Unix(1_700_000_000, 0), step: step}
			h := newTestHost(t, Options{Clock: clock, Log: func(LogLine) {}})
			loaded := map[string]*Module{}
			for _, deed := range []string{deedLoop, deedBomb, deedFlood} {
				i := instance(t, lang.load(t, h, deed, loaded), core.InstanceConfig{Name: deed, Limits: core.Limits{Deadline: deadline, Steps: patient.Steps}})
				began := clock.read()
				err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "do:"+deed))
				took := clock.read().Sub(began)
				if failureOf(err) != FailDeadline {
					t.Errorf("%s: %v, want the deadline", deed, err)
				}
				if took < deadline || took > deadline+50*time.Millisecond {
					t.Errorf("%s: stopped after %v of %v", deed, took, deadline)
				}
			}
		})
	}
}

// TestHostileConfigurations: the limits hold in sallyport_configure, and what
// fails there leaves nothing behind.
func TestHostileConfigurations(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h, loaded := newTestHost(t, Options{Log: func(LogLine) {}}), map[string]*Module{}
			for _, harm := range harms {
				m, before := lang.load(t, h, harm.deed, loaded), h.Memory()
				i, err := m.NewInstance(core.InstanceConfig{Name: "bad", Config: map[string]any{"deed": "do:" + harm.deed}})
				if err != nil {
					t.Fatal(err)
				}
				err = i.Start(context.Background())
				var e *Error
				if !errors.As(err, &e) || !harm.fits(lang.name, e.Failure) || e.Hook != "configure" {
					t.Errorf("%s: %v, want %s in configure", harm.name, err, harm.want)
				}
				if n := h.Memory(); n != before {
					t.Errorf("%s: %d bytes of a guest that did not start are left", harm.name, n-before)
				}
				if err := i.Close(); err != nil {
					t.Error(err)
				}
				handle(t, instance(t, m, core.InstanceConfig{Name: "next"}), prompt(exchange("a", 1), "hello"))
			}
		})
	}
}

// TestHostileInits: the limits hold in a start section and in _initialize.
func TestHostileInits(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			for deed, want := range map[string]Failure{deedLoop: FailSteps, deedTrap: FailTrap} {
				export := map[string]string{deedLoop: "deed_loop", deedTrap: "deed_trap"}[deed]
				var start, init []byte
				if lang.name == "go" { // init does it: no export of Go's runs before its runtime
					init = goModule(t, deed)
					start = starting(t, init, exportInit)
				} else {
					b := lang.module(t, deed)
					start, init = starting(t, b, export), renamed(t, b, export, exportInit)
				}
				for where, b := range map[string][]byte{"start section": start, exportInit: init} {
					_, err := h.Load(context.Background(), b, ModuleOptions{Manifest: core.Manifest{ID: "x", Limits: lang.limits}})
					var e *Error
					if !errors.As(err, &e) || e.Failure != want && (lang.name != "go" || want != FailTrap || e.Failure != FailExit) {
						t.Errorf("%s in %s: %v, want %s", export, where, err, want)
					}
					if n := h.Memory(); n != 0 {
						t.Errorf("%s in %s: %d bytes are left", export, where, n)
					}
				}
			}
		})
	}
}

// TestHostileSelfTests: a case that is run before a plugin is live, for no
// consumer and no route, is a call like any other.
func TestHostileSelfTests(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h, loaded := newTestHost(t, Options{Log: func(LogLine) {}}), map[string]*Module{}
			for n, harm := range harms {
				i := instance(t, lang.load(t, h, harm.deed, loaded), core.InstanceConfig{Name: fmt.Sprint(n)})
				err := i.Hook(core.PhasePrompt).Handle(prompt(&core.Exchange{}, "do:"+harm.deed))
				if !harm.fits(lang.name, failureOf(err)) {
					t.Errorf("%s: %v, want %s", harm.name, err, harm.want)
				}
			}
		})
	}
}
