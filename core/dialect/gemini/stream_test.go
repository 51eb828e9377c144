package gemini

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// written is a stream that a client of this dialect got.
type written struct {
	text, thoughts map[int]string
	calls          []string
	signatures     []string
	events         []string
}

// writeStream writes events and the end, and reads each event back as one of a
// provider of this dialect: before the end it must look cut, after it whole.
func writeStream(t *testing.T, ex *core.Exchange, events []core.Event) (written, *core.Attempt) {
	t.Helper()
	at := attempt(ex)
	var wire []byte
	for i := range events {
		wire = Dialect{}.WriteEvent(wire, ex, at, &events[i])
	}
	wire = Dialect{}.WriteStreamEnd(wire, ex, at)
	other := &core.Exchange{} // reading shares no memory with writing
	other.Request.Choices = ex.Request.Choices
	back := other.NewAttempt(upstream(""))
	out := written{text: map[int]string{}, thoughts: map[int]string{}}
	var (
		s  stream.SSE
		ev stream.Event
	)
	s.Feed(wire)
	for s.Next(&ev) {
		if !ev.IsMessage() || ev.Lines != stream.LineData {
			t.Fatalf("an event that is no data: %q", ev.Raw)
		}
		if did := (Dialect{}).Event(other, back, ev.Data); did != core.EventForward {
			t.Fatalf("%v of %s", did, ev.Data)
		}
		if err := (Dialect{}).EndStream(other, back); (err == nil) != (ev.End == len(wire)) {
			t.Fatalf("cut after %s: %v", ev.Data, err)
		}
		out.take(t, ev.Data)
	}
	var rest stream.Event
	if s.Finish(&rest) != stream.TailNone {
		t.Fatalf("the stream ends within an event: %q", rest.Raw)
	}
	return out, back
}

func (w *written) take(t *testing.T, data []byte) {
	t.Helper()
	w.events = append(w.events, string(data))
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	for _, c := range d.Candidates {
		for _, p := range c.Content.Parts {
			text, _ := p["text"].(string)
			if p["thought"] == true {
				w.thoughts[c.Index] += text
			} else {
				w.text[c.Index] += text
			}
			if call, ok := p["functionCall"]; ok {
				b, _ := json.Marshal(call)
				w.calls = append(w.calls, string(b))
			}
			if s, ok := p["thoughtSignature"].(string); ok {
				w.signatures = append(w.signatures, s)
			}
		}
	}
}

// event makes one event of a block.
func event(kind core.EventKind, block int, of core.PartKind, text string) core.Event {
	e := core.Event{Kind: kind, Block: block, Part: core.Part{Kind: of}}
	e.Part.SetText([]byte(text))
	return e
}

func named(e core.Event, name, ref string) core.Event {
	e.Part.Name, e.Part.Ref = []byte(name), []byte(ref)
	return e
}

func signed(e core.Event, source, signature string) core.Event {
	e.Part.Attr = sealedBy(source, signature)
	return e
}

func finish(choice int, f core.Finish) core.Event {
	return core.Event{Kind: core.EventFinish, Choice: choice, Finish: f}
}

// sampleStream has thinking, text and two calls that come at once.
func sampleStream() []core.Event {
	return []core.Event{
		{Kind: core.EventUsage, ID: []byte("id-1"), Model: []byte("real-2"), Usage: core.Usage{InputUncached: 1, Reported: true}},
		event(core.EventOpen, 0, core.PartThinking, ""),
		event(core.EventDelta, 0, core.PartThinking, "let "),
		event(core.EventDelta, 0, core.PartThinking, "me"),
		signed(event(core.EventClose, 0, core.PartThinking, ""), "anthropic.messages", "sig"),
		event(core.EventOpen, 1, core.PartText, ""),
		event(core.EventDelta, 1, core.PartText, "Hé"),
		event(core.EventDelta, 1, core.PartText, ""),
		event(core.EventDelta, 1, core.PartText, "llo\n\n"),
		event(core.EventClose, 1, core.PartText, ""),
		named(event(core.EventOpen, 2, core.PartToolCall, ""), "f", "c1"),
		named(event(core.EventOpen, 3, core.PartToolCall, ""), "g", "c2"),
		event(core.EventDelta, 2, core.PartToolCall, `{"a":`),
		event(core.EventDelta, 3, core.PartToolCall, `{}`),
		event(core.EventDelta, 2, core.PartToolCall, `1}`),
		signed(event(core.EventClose, 2, core.PartToolCall, ""), "gemini", "c2ln"),
		event(core.EventClose, 3, core.PartToolCall, ""),
		{Kind: core.EventUsage, Usage: sampleUsage},
		finish(0, core.FinishToolCalls),
	}
}

func TestWriteStream(t *testing.T) {
	t.Parallel()
	const seal = "c3AxLmFudGhyb3BpYy5tZXNzYWdlczpzaWc="
	for _, asked := range []string{"true", "false"} {
		ex := scan(t, "/v1beta/models/m:streamGenerateContent", `{"contents":[{}],"generationConfig":{"thinkingConfig":{"includeThoughts":`+asked+`}}}`)
		got, at := writeStream(t, ex, sampleStream())
		if got.thoughts[0] != "let me" || got.text[0] != "Héllo\n\n" {
			t.Errorf("thoughts %v, text %v", got.thoughts, got.text)
		}
		if c := strings.Join(got.calls, " "); c != `{"args":{"a":1},"id":"c1","name":"f"} {"args":{},"id":"c2","name":"g"}` {
			t.Errorf("calls %s", c)
		}
		if s := strings.Join(got.signatures, " "); s != seal+" c2ln" {
			t.Errorf("signatures %s", s)
		}
		for _, e := range got.events {
			if !strings.Contains(e, `"modelVersion":"real-2","responseId":"id-1"`) {
				t.Errorf("an event without names: %s", e)
			}
		}
		want := sampleUsage
		want.InputUncached, want.CacheWrite = want.InputUncached+want.CacheWrite, 0
		if at.Usage != want || at.Finish != core.FinishToolCalls {
			t.Errorf("reads back %+v, %v", at.Usage, at.Finish)
		}
		// Thoughts that nobody asked for come whole, and only because they are signed.
		if n := map[string]int{"true": 8, "false": 6}[asked]; len(got.events) != n {
			t.Errorf("%d events, want %d:\n%s", len(got.events), n, strings.Join(got.events, "\n"))
		}
	}
}

func TestWriteStreamLeavesThoughtsOut(t *testing.T) {
	t.Parallel()
	ex := scan(t, "/v1beta/models/m:streamGenerateContent", hi)
	got, _ := writeStream(t, ex, []core.Event{
		event(core.EventOpen, 0, core.PartThinking, ""), event(core.EventDelta, 0, core.PartThinking, "secret"),
		event(core.EventClose, 0, core.PartThinking, ""), event(core.EventDelta, 1, core.PartText, "a"), finish(0, core.FinishStop),
	})
	if all := strings.Join(got.events, ""); strings.Contains(all, "secret") || len(got.events) != 2 {
		t.Errorf("got %s", all)
	}
}

// TestWriteStreamChoices writes several candidates, a malformed call, an image, a
// source, and blocks that nobody closed.
func TestWriteStreamChoices(t *testing.T) {
	t.Parallel()
	ex := scan(t, "/v1beta/models/m:streamGenerateContent", `{"contents":[{}],"generationConfig":{"candidateCount":2}}`)
	image := event(core.EventOpen, 1, core.PartImage, "")
	image.Part.Name, image.Part.Attr = []byte("image/png"), &core.Attr{Data: []byte("QUJD")}
	source := event(core.EventOpen, 2, core.PartCitation, "words")
	source.Part.Attr = &core.Attr{URL: []byte("https://x.test"), JSON: []byte(`{"title":"title"}`)}
	second := event(core.EventDelta, 0, core.PartText, "two")
	second.Choice = 1
	broken := named(event(core.EventOpen, 3, core.PartToolCall, ""), "f", "1")
	got, at := writeStream(t, ex, []core.Event{
		event(core.EventDelta, 0, core.PartRefusal, "one"), second, image, event(core.EventClose, 1, core.PartImage, ""),
		source, event(core.EventClose, 2, core.PartCitation, ""), broken, event(core.EventDelta, 3, core.PartToolCall, `{"a`),
		event(core.EventClose, 3, core.PartToolCall, ""), named(event(core.EventDelta, 4, core.PartToolCall, "{}"), "g", "2"),
		{Kind: core.EventDelta, Choice: 1000},
		{Kind: core.EventRaw},
		{Kind: core.EventError, Err: core.Errorf(core.CodeInternal, "x")},
		finish(0, core.FinishToolCalls), finish(1, core.FinishLength),
	})
	all := strings.Join(got.events, "\n")
	for _, want := range []string{
		`{"inlineData":{"mimeType":"image/png","data":"QUJD"}}`, `{"functionCall":{"id":"2","name":"g","args":{}}}`,
		`"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: f({\"a)","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://x.test","title":"title"}}]},"index":0}`,
		`"finishReason":"MAX_TOKENS","index":1}]`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
	if got.text[0] != "one" || got.text[1] != "two" || at.Usage.Reported {
		t.Errorf("text %v, usage %+v", got.text, at.Usage)
	}
}

// TestStreamWithoutFinish is cut wherever it ends: also after one of two
// candidates, and behind an error.
func TestStreamWithoutFinish(t *testing.T) {
	t.Parallel()
	run := func(choices int64, events ...string) (*core.Attempt, *core.Error) {
		ex := &core.Exchange{}
		ex.Request.Choices = choices
		at := ex.NewAttempt(upstream(""))
		for _, e := range events {
			Dialect{}.Event(ex, at, []byte(e))
		}
		return at, Dialect{}.EndStream(ex, at)
	}
	const first, second = `{"candidates":[{"index":0,"finishReason":"STOP"}]}`, `{"candidates":[{"index":1,"finishReason":"MAX_TOKENS"}]}`
	cut := map[string]*core.Error{}
	_, cut["nothing"] = run(1)
	_, cut["unspecified"] = run(1, `{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}`)
	_, cut["one of two"] = run(2, first)
	_, cut["one more than asked"] = run(1, first, `{"candidates":[{"index":1}]}`)
	_, cut["one twice"] = run(2, first, first)
	for name, err := range cut {
		if err == nil || err.Code != core.CodeUpstreamCut {
			t.Errorf("%s: %v", name, err)
		}
	}
	at, err := run(2, first, second)
	if err != nil || at.Finish != core.FinishLength || string((Dialect{}).AppendStreamEnd(nil)) != "" {
		t.Errorf("two of two: %v", err)
	}
	at, err = run(1, `{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4}}`)
	if err != nil || at.Finish != core.FinishContentFilter || at.Usage.InputUncached != 4 {
		t.Errorf("blocked: %v, %v", err, at.Finish)
	}
	at, err = run(1, first, `{"error":{"code":500,"message":"x"}}`)
	if err == nil || err.Code != core.CodeUpstreamStatus || !at.Stream.Failed {
		t.Errorf("failed: %v", err)
	}
	// A call counts wherever in the stream it came.
	at, _ = run(1, `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}`, first)
	if at.Finish != core.FinishToolCalls {
		t.Errorf("a call and STOP give %v", at.Finish)
	}
	ex := &core.Exchange{}
	at = ex.NewAttempt(upstream(""))
	for data, want := range map[string]core.Disposition{
		"": core.EventDrop, "[DONE]": core.EventForward, "{": core.EventForward, `"x"`: core.EventForward, `{"error":"x"}`: core.EventFail, "{}": core.EventForward,
	} {
		if got := (Dialect{}).Event(ex, at, []byte(data)); got != want {
			t.Errorf("%q: %v, want %v", data, got, want)
		}
	}
}
