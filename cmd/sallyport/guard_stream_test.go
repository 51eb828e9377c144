package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// wordGuard redacts "secret", blocks at "forbidden" and holds back what could still
// become one of them.
func wordGuard(call *core.Call) error {
	judge := func(part int, text []byte) {
		if bytes.Contains(text, []byte("forbidden")) {
			call.Reply.Block = &core.Block{Status: 403, Message: "That is not said here."}
		}
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte("secret"))
			if i < 0 {
				return
			}
			at += i
			call.Reply.Edits = append(call.Reply.Edits, core.Edit{Part: part, Start: at, End: at + 6, Bytes: []byte("[WORD]")})
			at += 6
		}
	}
	w := call.Window
	if w == nil {
		for _, p := range call.Parts {
			judge(p.ID, p.Text())
		}
		return nil
	}
	judge(0, w.Text)
	if n := len(call.Reply.Edits); !w.Final {
		free := 0
		if n > 0 {
			free = call.Reply.Edits[n-1].End
		}
		for n := min(8, len(w.Text)-free); n > 0; n-- {
			tail := w.Text[len(w.Text)-n:]
			if bytes.HasPrefix([]byte("secret"), tail) || bytes.HasPrefix([]byte("forbidden"), tail) {
				call.Reply.Hold = n
				break
			}
		}
	}
	return nil
}

// guard puts hooks of Go functions on the answers of every route.
func (l *lab) guard(entries ...chain.Entry) {
	l.Helper()
	l.guardUnder(nil, entries...)
}

// guardUnder does so, with limiters in front.
func (l *lab) guardUnder(limits []core.Limiter, entries ...chain.Entry) {
	l.Helper()
	state, err := l.gw.build(l.Context(), l.gw.snapshot(), l.gw.plugins.bundledOnly())
	if err != nil {
		l.Fatal(err)
	}
	state.Limits, state.Chains = limits, map[string]*chain.Chain{}
	for name := range state.Snapshot.Routes {
		state.Chains[name] = chain.Compile(nil, entries)
	}
	l.gw.server.Swap(state)
}

func streamGuard(mode core.StreamMode, hook core.HookFunc) chain.Entry {
	e := chain.Entry{
		Instance: "words", Plugin: "guardrail.words", Stage: core.StageJudge, Stream: mode,
		Sees: &core.Sees{Kinds: []core.PartKind{core.PartText, core.PartRefusal, core.PartThinking, core.PartToolCall}},
	}
	if mode == core.StreamWindow {
		e.Window = 16
	}
	e.Hooks[core.PhaseAnswer] = hook
	return e
}

// TestGuardedStream: a guard judges a stream before the client gets any of it, in
// either mode.
func TestGuardedStream(t *testing.T) {
	for _, mode := range []core.StreamMode{core.StreamWindow, core.StreamBuffer} {
		t.Run(mode.String(), func(t *testing.T) {
			l := newLab(t, labConfig{})
			l.guard(streamGuard(mode, wordGuard))
			for _, chunks := range []int{1, 3, 12, 34} {
				scenario := fmt.Sprintf("text=a%%20very%%20secret%%20answer%%20of%%20secrets,chunks=%d", chunks)
				if err := l.mocks[0].SetScenario(scenario); err != nil {
					t.Fatal(err)
				}
				a := l.ask("m", true)
				if a.status != 200 {
					t.Fatalf("%+v", a)
				}
				if got := said(l.events(a)); got != "a very [WORD] answer of [WORD]s" {
					t.Errorf("the client got %q", got)
				}
			}
		})
	}
}

// said joins the texts of chat chunks.
func said(events []string) string {
	var b strings.Builder
	for _, e := range events {
		if _, rest, ok := strings.Cut(e, `"content":"`); ok {
			text, _, _ := strings.Cut(rest, `"`)
			b.WriteString(text)
		}
	}
	return b.String()
}

func scene(t testing.TB, l *lab, scenario string) {
	t.Helper()
	if err := l.mocks[0].SetScenario(scenario); err != nil {
		t.Fatal(err)
	}
}

// TestGuardedStreamIsBlocked: a block ends a stream with an explicit error, or as a
// refusal where the route wants it so; the upstream is let go and the record says
// why. A buffered stream is refused with a proper status.
func TestGuardedStreamIsBlocked(t *testing.T) {
	l := newLab(t, labConfig{extra: "  - {name: polite, blocked: refusal, deployments: [{provider: p0, model: served, name: polite}]}\n"})
	l.unbalanced = "the mock does not say what a stream cost that was broken off"
	l.guard(streamGuard(core.StreamWindow, wordGuard))
	scene(t, l, "text=one%20two%20a%20forbidden%20word%20and%20more,chunks=40")
	a := l.ask("m", true)
	events := l.wantCut("blocked", a, "blocked")
	if got := said(events); !strings.HasPrefix("one two a ", got) {
		t.Errorf("before the block the client got %q", got)
	}
	if row := l.rowOf(a); row.End != "blocked" || row.ErrorCode != "blocked" || !row.Estimated {
		t.Errorf("row %+v", row)
	}
	a = l.ask("polite", true)
	l.wantStream("refused", a)
	if !strings.Contains(a.body, `"finish_reason":"content_filter"`) || !strings.Contains(a.body, `"refusal":"That is not said here."`) || strings.Contains(a.body, "forbidden") {
		t.Errorf("refused: %s", a.body)
	}
	a = l.ask("polite", false)
	if a.status != 200 || !strings.Contains(a.body, `"finish_reason":"content_filter"`) || !strings.Contains(a.body, `"refusal":"That is not said here."`) || strings.Contains(a.body, "forbidden") {
		t.Errorf("refused whole: %s", a.body)
	}
	if row := l.rowOf(a); row.End != "blocked" || row.Status != 200 {
		t.Errorf("row %+v", row)
	}

	l.guard(streamGuard(core.StreamBuffer, wordGuard))
	l.wantError("buffered", l.ask("m", true), 403, "blocked")
	a = l.ask("polite", true)
	l.wantStream("buffered, refused", a)
	if !strings.Contains(a.body, `"refusal":"That is not said here."`) || strings.Contains(a.body, "one two") {
		t.Errorf("buffered, refused: %s", a.body)
	}
}

// TestGuardOfStreamFails: with fail mode closed not one more byte leaves, with fail
// mode open the stream goes on.
func TestGuardOfStreamFails(t *testing.T) {
	l := newLab(t, labConfig{})
	l.unbalanced = "the mock does not say what a stream cost that was broken off"
	scene(t, l, "text=0123456789,chunks=10,pace=2ms")
	calls := 0
	failing := streamGuard(core.StreamWindow, func(call *core.Call) error {
		if calls++; bytes.ContainsAny(call.Window.Text, "5") {
			return fmt.Errorf("broken")
		}
		return nil
	})
	l.guard(failing)
	a := l.ask("m", true)
	if got := said(l.wantCut("closed", a, "plugin_failed")); got != "01234" && !strings.HasPrefix("01234", got) {
		t.Errorf("the client got %q", got)
	}
	failing.FailOpen = true
	l.guard(failing)
	a = l.ask("m", true)
	l.wantStream("open", a)
	if got := said(l.events(a)); got != "0123456789" {
		t.Errorf("the client got %q", got)
	}
}

// TestGuardedStreamIsRefusedUpFront: a guard that cannot judge streams refuses them,
// and one that only looks on does where it is mandatory.
func TestGuardedStreamIsRefusedUpFront(t *testing.T) {
	l := newLab(t, labConfig{})
	seen := ""
	observer := streamGuard(core.StreamObserve, func(call *core.Call) error {
		if call.Window != nil {
			seen += string(call.Window.Text)
		}
		call.Reply.Flags = append(call.Reply.Flags, core.Flag{Name: "seen", Score: 1})
		return nil
	})
	for name, e := range map[string]chain.Entry{"none": streamGuard(core.StreamNone, wordGuard), "observe": observer} {
		l.guard(e)
		l.wantError(name, l.ask("m", true), 400, "stream_not_guarded")
		if a := l.ask("m", false); a.status != 200 {
			t.Errorf("%s: a whole answer: %+v", name, a)
		}
	}
	observer.Optional = true
	l.guard(observer)
	scene(t, l, "text=all%20of%20this%20is%20seen,chunks=5")
	a := l.ask("m", true)
	l.wantStream("observed", a)
	l.rowOf(a) // its end
	if seen != "all of this is seen" {
		t.Errorf("the observer saw %q", seen)
	}
}

// TestGuardRetries: a guard that does not like an answer says so to the model, once;
// both answers are booked.
func TestGuardRetries(t *testing.T) {
	l := newLab(t, labConfig{})
	stubborn := false
	judged := 0
	l.guard(streamGuard(core.StreamBuffer, func(call *core.Call) error {
		if judged++; judged == 1 || stubborn {
			call.Reply.Retry = "Say it more kindly."
		}
		return nil
	}))
	for _, stream := range []bool{false, true} {
		judged, stubborn = 0, false
		a := l.ask("m", stream)
		if a.status != 200 || a.err != nil || judged != 2 {
			t.Fatalf("stream %v: judged %d times, %+v", stream, judged, a)
		}
		asked := l.upstream()
		if last := asked[len(asked)-1]; !strings.Contains(last, `{"role":"user","content":"Say it more kindly."}`) {
			t.Errorf("the model was asked %s", last)
		}
		if row := l.rowOf(a); row.Attempts != 2 {
			t.Errorf("row %+v", row)
		}
		stubborn = true
		l.wantError("stubborn", l.ask("m", stream), 400, "blocked")
	}
}

// TestGuardedStreamTranslated: a stream of another dialect is judged in the middle
// form, and leaves in the client's.
func TestGuardedStreamTranslated(t *testing.T) {
	upstream := &recital{events: []string{
		`{"type":"message_start","message":{"id":"msg_1","model":"x","usage":{"input_tokens":7,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a sec"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"ret plan"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SEAL"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"The se"}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"cret is out"}}`,
		`{"type":"content_block_stop","index":1}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"find","input":{}}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":\"sec"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"ret\"}"}}`,
		`{"type":"content_block_stop","index":2}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}`,
		`{"type":"message_stop"}`,
	}}
	l := upstream.lab(t)
	l.guard(streamGuard(core.StreamWindow, wordGuard))
	for _, c := range []struct {
		path, body string
		words      int
		end        string
	}{
		{"/v1/chat/completions", `{"model":"c","stream":true,"messages":[{"role":"user","content":"hi"}]}`, 3, `"finish_reason":"tool_calls"`},
		{"/v1/messages", `{"model":"c","stream":true,"max_tokens":99,"messages":[{"role":"user","content":"hi"}]}`, 3, `"stop_reason":"tool_use"`},
		{"/v1/responses", `{"model":"c","stream":true,"store":false,"input":"hi"}`, 3, `"response.completed"`},
		{"/v1beta/models/c:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"hi"}]}]}`, 2, `"finishReason":"STOP"`}, // thoughts were not asked for
	} {
		a := l.post(c.path, c.body)
		if a.status != 200 || !strings.Contains(a.body, c.end) {
			t.Errorf("%s: %+v", c.path, a)
			continue
		}
		if strings.Contains(a.body, "secret") || strings.Contains(a.body, "SEAL") || strings.Count(a.body, "[WORD]") < c.words {
			t.Errorf("%s: %s", c.path, a.body)
		}
	}
}
