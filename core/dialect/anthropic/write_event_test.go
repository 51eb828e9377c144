package anthropic

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

func typedEvent(kind core.EventKind, block int, p core.Part) core.Event {
	return core.Event{Kind: kind, Block: block, Part: p}
}

func open(block int, p core.Part) core.Event  { return typedEvent(core.EventOpen, block, p) }
func delta(block int, p core.Part) core.Event { return typedEvent(core.EventDelta, block, p) }
func done(block int, p core.Part) core.Event  { return typedEvent(core.EventClose, block, p) }

// write sends events to a client and returns the stream.
func write(ex *core.Exchange, at *core.Attempt, events []core.Event) string {
	var out []byte
	for i := range events {
		out = Messages{}.WriteEvent(out, ex, at, &events[i])
	}
	return string(Messages{}.WriteStreamEnd(out, ex, at))
}

// brief writes a stream as one word or so for each event, and holds the rules of
// its order.
func brief(t *testing.T, name, body string) string {
	t.Helper()
	var s stream.SSE
	var ev stream.Event
	var out []string
	openBlock, next, last := -1, 0, ""
	s.Feed([]byte(body))
	for s.Next(&ev) {
		var e struct {
			Type    string
			Index   int
			Message map[string]any
			Block   map[string]any `json:"content_block"`
			Delta   map[string]any
			Usage   map[string]any
			Error   map[string]any
		}
		if err := json.Unmarshal(ev.Data, &e); err != nil || e.Type != string(ev.Name) {
			t.Fatalf("%s: %v in %s", name, err, ev.Raw)
		}
		if last == "message_stop" || (last == "") != (e.Type == "message_start") {
			t.Errorf("%s: %s after %q", name, e.Type, last)
		}
		last = e.Type
		switch e.Type {
		case "content_block_start":
			if openBlock >= 0 || e.Index != next {
				t.Errorf("%s: block %d begins while %d is open, want %d", name, e.Index, openBlock, next)
			}
			openBlock = e.Index
			next++
			b := e.Block
			out = append(out, fmt.Sprintf("+%v%s", b["type"], suffix(b["name"], b["data"])))
		case "content_block_delta":
			if e.Index != openBlock {
				t.Errorf("%s: delta of block %d while %d is open", name, e.Index, openBlock)
			}
			for _, key := range []string{"text", "thinking", "partial_json", "signature", "citation"} {
				if v, ok := e.Delta[key]; ok {
					text, isText := v.(string)
					if !isText {
						raw, _ := json.Marshal(v)
						text = string(raw)
					}
					out = append(out, key[:1]+":"+text)
				}
			}
		case "content_block_stop":
			if e.Index != openBlock {
				t.Errorf("%s: block %d ends while %d is open", name, e.Index, openBlock)
			}
			openBlock = -1
			out = append(out, "-")
		case "message_delta":
			if openBlock >= 0 {
				t.Errorf("%s: block %d is open at the end", name, openBlock)
			}
			out = append(out, fmt.Sprint(e.Delta["stop_reason"]))
		}
	}
	if last != "message_stop" {
		t.Errorf("%s: ends with %s", name, last)
	}
	return strings.Join(out, " ")
}

func suffix(list ...any) (out string) {
	for _, v := range list {
		if s, ok := v.(string); ok {
			out += "=" + s
		}
	}
	return out
}

func TestWriteEvent(t *testing.T) {
	t.Parallel()
	text := func(s string) core.Part { return part(core.PartText, s, nil) }
	thought := func(s string, a *core.Attr) core.Part { return part(core.PartThinking, s, a) }
	arguments := func(s string) core.Part { return part(core.PartToolCall, s, nil) }
	signed := &core.Attr{Signature: []byte("S")}
	finish := core.Event{Kind: core.EventFinish, Finish: core.FinishStop}
	for name, c := range map[string]struct {
		events []core.Event
		want   string
	}{
		"nothing":    {nil, "end_turn"},
		"finish":     {[]core.Event{finish}, "end_turn"},
		"text":       {[]core.Event{open(0, text("")), delta(0, text("a")), delta(0, text("b\n")), done(0, text("")), finish}, "+text t:a t:b\n - end_turn"},
		"empty text": {[]core.Event{open(0, text("")), delta(0, text("")), done(0, text("")), open(1, toolCall("c", "f", "", nil)), done(1, arguments("")), finish}, "+tool_use=f - tool_use"},
		"thinking": {
			[]core.Event{open(0, thought("", nil)), delta(0, thought("h", nil)), done(0, thought("", signed)), open(1, text("a")), done(1, text("")), finish},
			"+thinking t:h s:sp1.gemini.S - +text t:a - end_turn",
		},
		"thinking unsigned": {
			[]core.Event{open(0, thought("h", nil)), open(1, text("a")), done(0, thought("", nil)), finish},
			"+thinking t:h s:sp1.gemini. - +text t:a - end_turn",
		},
		"thinking signed late": {
			[]core.Event{open(0, thought("h", nil)), open(1, text("a")), done(0, thought("", signed)), delta(1, text("b")), finish},
			"+thinking t:h s:sp1.gemini. - +text t:a - +thinking s:sp1.gemini.S - +text t:b - end_turn",
		},
		"signature alone": {[]core.Event{open(0, thought("", nil)), delta(0, thought("", signed)), done(0, thought("", nil)), finish}, "+thinking s:sp1.gemini.S - end_turn"},
		"redacted": {
			[]core.Event{open(0, part(core.PartRedacted, "", nil)), done(0, part(core.PartRedacted, "", signed)), finish},
			"+redacted_thinking=sp1.gemini.S - end_turn",
		},
		"tool": {
			[]core.Event{open(0, toolCall("c", "f", "", nil)), delta(0, arguments(`{"a":`)), delta(0, arguments(`1}`)), done(0, part(core.PartToolCall, "", signed)), finish},
			`+tool_use=f p:{"a": p:1} - +redacted_thinking=sp1s.gemini.S - tool_use`,
		},
		"tools interleaved": {
			[]core.Event{
				open(0, text("x")), open(1, toolCall("c", "f", "", nil)), open(2, toolCall("d", "g", "", nil)), delta(2, arguments("2")), delta(1, arguments("1")),
				delta(2, arguments("2")), open(3, toolCall("e", "h", "3", nil)), done(2, arguments("")), done(1, arguments("")), done(3, arguments("")), finish,
			},
			"+text t:x - +tool_use=f p:1 - +tool_use=g p:22 - +tool_use=h p:3 - tool_use",
		},
		"tools not closed": {
			[]core.Event{open(0, toolCall("c", "f", "", nil)), open(1, toolCall("d", "g", "", nil)), delta(1, arguments("{}")), delta(0, arguments("{}")), finish},
			"+tool_use=f p:{} - +tool_use=g p:{} - tool_use",
		},
		"text beside a tool": {
			[]core.Event{open(0, toolCall("c", "f", "", nil)), open(1, text("a")), delta(0, arguments("1")), delta(1, text("b")), done(0, arguments("")), delta(1, text("c")), done(1, text("")), finish},
			"+tool_use=f p:1 - +text t:ab t:c - tool_use",
		},
		"text cut by thinking": {
			[]core.Event{open(0, text("a")), open(1, thought("h", nil)), delta(0, text("b")), delta(1, thought("i", nil)), finish},
			"+text t:a - +thinking t:h s:sp1.gemini. - +text t:b - +thinking t:i s:sp1.gemini. - end_turn",
		},
		"refusal":             {[]core.Event{open(0, part(core.PartRefusal, "no", nil)), finish}, "+text t:no - refusal"},
		"never opened":        {[]core.Event{delta(0, text("a")), done(0, text("")), done(7, text("")), finish}, "+text t:a - end_turn"},
		"another choice":      {[]core.Event{{Kind: core.EventOpen, Choice: 1, Part: text("a")}, finish}, "end_turn"},
		"errors are not ours": {[]core.Event{open(0, text("a")), {Kind: core.EventError, Err: &core.Error{}}, finish}, "+text t:a - end_turn"},
		"citations": {
			[]core.Event{
				open(0, text("a")), done(0, text("")), open(1, part(core.PartCitation, "c", &core.Attr{URL: []byte("u")})), done(1, part(core.PartCitation, "", nil)),
				open(2, part(core.PartCitation, "d", nil)), delta(2, part(core.PartCitation, "e", nil)), done(2, part(core.PartCitation, "", nil)), open(3, text("b")), finish,
			},
			`+text t:a c:{"cited_text":"c","encrypted_index":"","title":null,"type":"web_search_result_location","url":"u"} - +text t:b - end_turn`,
		},
		"citations behind no text": {
			[]core.Event{
				open(0, text("")), done(0, text("")), open(1, part(core.PartCitation, "", nil)), done(1, part(core.PartCitation, "", nil)),
				open(2, part(core.PartCitation, "c", &core.Attr{URL: []byte("u")})), done(2, part(core.PartCitation, "", nil)), finish,
			},
			`+text c:{"cited_text":"c","encrypted_index":"","title":null,"type":"web_search_result_location","url":"u"} t:c - end_turn`,
		},
		"a citation without a URL": {
			[]core.Event{
				open(0, text("a")), done(0, text("")), open(1, part(core.PartCitation, "c", nil)), done(1, part(core.PartCitation, "", nil)), open(2, text("b")), done(2, text("")),
				open(3, toolCall("c", "f", "", nil)), done(3, arguments("{}")), open(4, part(core.PartCitation, "", &core.Attr{JSON: []byte(`{"title":"T"}`)})), done(4, part(core.PartCitation, "", nil)), finish,
			},
			`+text t:a - +text t:b - +tool_use=f p:{} - +text - tool_use`,
		},
		"citations before their text": {
			[]core.Event{
				open(0, text("")), open(1, part(core.PartCitation, "c", &core.Attr{URL: []byte("u")})), done(1, part(core.PartCitation, "", nil)),
				delta(0, text("so")), done(0, text("")), finish,
			},
			`+text c:{"cited_text":"c","encrypted_index":"","title":null,"type":"web_search_result_location","url":"u"} t:so - end_turn`,
		},
		"a citation behind an image": {
			[]core.Event{
				open(0, core.Part{Kind: core.PartImage, Attr: &core.Attr{Data: []byte("QQ==")}}), done(0, core.Part{Kind: core.PartImage}),
				open(1, part(core.PartCitation, "", nil)), done(1, part(core.PartCitation, "", nil)), finish,
			},
			"+text - end_turn",
		},
		"image": {
			[]core.Event{open(0, core.Part{Kind: core.PartImage, Name: []byte("image/png"), Attr: &core.Attr{Data: []byte("QQ==")}}), done(0, core.Part{Kind: core.PartImage}), finish},
			"+text - end_turn",
		},
		"raw of another": {[]core.Event{open(0, part(core.PartRaw, "", &core.Attr{JSON: []byte(`{"type":"x"}`)})), done(0, core.Part{Kind: core.PartRaw}), {Kind: core.EventRaw}, finish}, "end_turn"},
		"raw of our own": {
			[]core.Event{open(0, part(core.PartRaw, "", &core.Attr{JSON: []byte("{\"type\":\n\"x\"}"), Source: []byte(dialectName)})), done(0, core.Part{Kind: core.PartRaw}), finish},
			"+x - end_turn",
		},
		"stop":   {[]core.Event{{Kind: core.EventFinish, Finish: core.FinishStop, Stop: []byte("END")}}, "stop_sequence"},
		"length": {[]core.Event{open(0, toolCall("c", "f", `{"a`, nil)), {Kind: core.EventFinish, Finish: core.FinishLength}}, `+tool_use=f p:{"a - max_tokens`},
	} {
		ex, at := other()
		body := write(ex, at, c.events)
		if got := brief(t, name, body); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, c.want)
		}
		// Its own reader sees a whole stream, and a cut one at any other place.
		if got := feed([][]byte{[]byte(body)}, nil); got.err != nil || got.finish == core.FinishNone {
			t.Errorf("%s: read back as %+v", name, got)
		}
		checkCuts(t, name, body)
		// The next stream of the exchange knows nothing of this one.
		again := ex.NewAttempt(at.Deployment)
		again.Service = &core.Service{Dialect: "gemini"}
		if got := brief(t, name, write(ex, again, c.events)); got != c.want {
			t.Errorf("%s: the second time %s", name, got)
		}
	}
}

func TestWriteEventUsage(t *testing.T) {
	t.Parallel()
	ex, at := other()
	u := core.Usage{InputUncached: 5, CacheRead: 6, CacheWrite: 7, Output: 8, Reasoning: 3, Reported: true}
	start := core.Event{Kind: core.EventUsage, Usage: core.Usage{InputUncached: 5, Output: 1, Reported: true}, ID: []byte("id-1"), Model: []byte("m-1")}
	body := write(ex, at, []core.Event{start, {Kind: core.EventUsage, Usage: u}, {Kind: core.EventFinish, Finish: core.FinishStop}})
	if !strings.Contains(body, `"message":{"id":"id-1","type":"message","role":"assistant","model":"m-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,`) {
		t.Errorf("start in %s", body)
	}
	if got := feed([][]byte{[]byte(body)}, nil); got.usage != u || got.model != "m-1" {
		t.Errorf("read back %+v", got)
	}

	ex, at = other()
	at.Stream.OutTokens = 12 // what the gateway counted where nobody reports
	if body := write(ex, at, nil); !strings.Contains(body, `"output_tokens":12`) || !strings.Contains(body, `"id":"msg_0000`) || !strings.Contains(body, `"model":"served"`) {
		t.Errorf("%s", body)
	}
}

func TestWriteEventBound(t *testing.T) {
	t.Parallel()
	ex, at := other()
	long := part(core.PartToolCall, strings.Repeat("x", 1<<20), nil)
	events := []core.Event{open(0, toolCall("c", "f", "", nil)), open(1, toolCall("d", "g", "", nil))}
	for range 17 {
		events = append(events, delta(1, long))
	}
	body := write(ex, at, append(events, core.Event{Kind: core.EventFinish}))
	if !strings.Contains(body, "event: error\n") || strings.Contains(body, "message_stop") || strings.Count(body, "event: error") != 1 {
		t.Errorf("%d bytes end with %s", len(body), clipped(body[max(0, len(body)-400):]))
	}
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	body := string(Messages{}.AppendKeepAlive(nil))
	if body != "event: ping\ndata: {\"type\":\"ping\"}\n\n" {
		t.Errorf("%q", body)
	}
	if got := (Messages{}).AppendStreamEnd(nil); !strings.HasPrefix(string(got), "event: message_stop\n") {
		t.Errorf("%q", got)
	}
}
