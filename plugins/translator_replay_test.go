package plugins_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// recording is one recorded case.
type recording struct {
	name             string
	ClientDialect    string        `json:"client_dialect"`
	UpstreamDialect  string        `json:"upstream_dialect"`
	Operation        string        `json:"operation"`
	Request          *recordedBody `json:"request"`
	UpstreamResponse *recordedBody `json:"upstream_response"`
}

type recordedBody struct {
	Status int                     `json:"status"`
	Body   *struct{ Text *string } `json:"body"`
}

func (b *recordedBody) text() string {
	if b == nil || b.Body == nil || b.Body.Text == nil {
		return ""
	}
	return *b.Body.Text
}

// recordings returns what was recorded. It skips the test where that is not at
// hand.
func recordings(t testing.TB) []*recording {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	var list []*recording
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := &recording{name: d.Name()}
		list = append(list, r)
		return json.Unmarshal(raw, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

type rawEvent struct{ name, data string }

func sseEvents(text string) []rawEvent {
	var out []rawEvent
	var sse stream.SSE
	sse.Feed([]byte(text + "\n\n"))
	for ev := (stream.Event{}); sse.Next(&ev); {
		if ev.IsMessage() {
			out = append(out, rawEvent{string(ev.Name), string(ev.Data)})
		}
	}
	return out
}

// told is what became of a stream: its text by kind of part, and how it ended.
type told struct {
	text     map[core.PartKind]string
	calls    int
	usage    core.Usage
	finished bool
	failed   *core.Error
}

// replay runs events through a translator and holds it to the order of events.
func replay(t *testing.T, tr core.Translator, events []rawEvent) told {
	t.Helper()
	ex, at := conversation(tr, "m")
	out := told{text: map[core.PartKind]string{}}
	open := map[int]core.PartKind{}
	for i := 0; i <= len(events); i++ {
		var e rawEvent
		if i < len(events) {
			e = events[i]
		}
		got, err := tr.Event(ex, at, []byte(e.name), []byte(e.data), i == len(events))
		if err != nil {
			t.Fatal(err)
		}
		for j := range got {
			ev := &got[j]
			kind, opened := open[ev.Block]
			if out.finished {
				t.Fatalf("an event of the kind %d behind the finish", ev.Kind)
			}
			switch ev.Kind {
			case core.EventOpen:
				if opened || ev.Block != len(open) && ev.Block < len(open) {
					t.Fatalf("block %d is opened twice", ev.Block)
				}
				open[ev.Block] = ev.Part.Kind
				if ev.Part.Kind == core.PartToolCall {
					out.calls++
					if len(ev.Part.Name) == 0 || len(ev.Part.Ref) == 0 {
						t.Fatalf("a call without name or id: %+v", ev.Part)
					}
				}
			case core.EventDelta, core.EventClose:
				if !opened || ev.Part.Kind != kind && ev.Part.Kind != core.PartCitation {
					t.Fatalf("block %d is of the kind %s, and an event says %s", ev.Block, kind, ev.Part.Kind)
				}
				out.text[ev.Part.Kind] += string(ev.Part.Text())
			case core.EventUsage:
				out.usage = ev.Usage
			case core.EventFinish:
				out.finished = true
			case core.EventError:
				out.failed = ev.Err
			case core.EventRaw:
			}
		}
	}
	return out
}

// TestAnthropicReplay replays every recorded stream whole, and cut at each event,
// where it never looks finished; and reads every recorded answer.
func TestAnthropicReplay(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	streams, answers := 0, 0
	for _, r := range recordings(t) {
		body := r.UpstreamResponse.text()
		if r.UpstreamDialect != "anthropic.messages" || body == "" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			if !strings.HasPrefix(body, "event:") && !strings.HasPrefix(body, "data:") {
				answers++
				ex, at := conversation(tr, "m")
				if r.Operation == "count_tokens" {
					ex.Request.Operation = core.OpCountTokens
				}
				err := tr.Response(ex, at, &core.UpstreamResponse{Status: r.UpstreamResponse.Status, Body: []byte(body)}, &at.Translation.Answer)
				if (err != nil) != (r.UpstreamResponse.Status >= 400) {
					t.Fatalf("status %d: %v", r.UpstreamResponse.Status, err)
				}
				return
			}
			streams++
			events := sseEvents(body)
			stopped := func(e rawEvent) bool { return strings.Contains(e.data, `"message_stop"`) }
			if i := slices.IndexFunc(events, stopped); i >= 0 { // some hold another message behind it
				events = events[:i+1]
			}
			whole := replay(t, tr, events)
			stops := slices.ContainsFunc(events, stopped)
			if whole.finished != stops || stops && (!whole.usage.Reported || whole.usage.Output == 0) {
				t.Errorf("finished %v, want %v; usage %+v", whole.finished, stops, whole.usage)
			}
			want := textOf(t, events)
			for kind, text := range want {
				if whole.text[kind] != text {
					t.Errorf("%s: %q, want %q", kind, whole.text[kind], text)
				}
			}
			if n := len(events) - 1; n < 60 {
				for cut := range n {
					if replay(t, tr, events[:cut]).finished {
						t.Errorf("cut behind %d of %d events it looks finished", cut, n)
					}
				}
			}
		})
	}
	if streams < 5 || answers < 5 {
		t.Errorf("only %d streams and %d answers were found", streams, answers)
	}
}

// textOf reads the texts of a stream with a reader of its own.
func textOf(t *testing.T, events []rawEvent) map[core.PartKind]string {
	out := map[core.PartKind]string{}
	for _, e := range events {
		var m struct {
			Delta struct{ Text, Thinking string }
		}
		if err := json.Unmarshal([]byte(e.data), &m); err != nil {
			t.Fatal(err)
		}
		out[core.PartText] += m.Delta.Text
		out[core.PartThinking] += m.Delta.Thinking
	}
	return out
}

// TestNothingIsLost: every leaf of a client's request is in the provider's request
// or reported.
func TestNothingIsLost(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	n := 0
	for _, r := range recordings(t) {
		body := r.Request.text()
		if r.ClientDialect != "openai.chat" || r.Operation != "chat" || body == "" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			front := openai.New().(core.TypedDialect)
			ex, at := conversation(tr, "claude-sonnet-4-5")
			ex.Request.Dialect, ex.Request.Body = front, []byte(body)
			if err := front.Scan(ex); err != nil {
				t.Skip(err) // not what the gateway takes
			}
			typed, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
			if err != nil {
				t.Skip(err)
			}
			ex.Dropped = append(ex.Dropped[:0], typed.Dropped...)
			if err := tr.Request(ex, at, typed); err != nil {
				if err.HTTPStatus() != 400 {
					t.Error(err)
				}
				return
			}
			n++
			sent := at.Request.Body[0]
			if !json.Valid(sent) {
				t.Fatalf("no JSON: %s", sent)
			}
			var asked, got any
			_ = json.Unmarshal([]byte(body), &asked)
			_ = json.Unmarshal(sent, &got)
			there := map[string]bool{}
			leaves(got, "", func(_ string, v string) { there[v] = true })
			dropped := strings.Join(ex.Dropped, " ")
			leaves(asked, "", func(path, v string) {
				top, _, _ := strings.Cut(path, ".")
				if there[v] || v == "" || said(top, v) || strings.Contains(dropped, top) || strings.Contains(path, "arguments") ||
					strings.HasSuffix(path, ".role") || strings.HasSuffix(path, ".type") {
					return
				}
				t.Errorf("%s: %q is neither in the request nor among %v\n%s", path, v, ex.Dropped, sent)
			})
		})
	}
	if n < 5 {
		t.Errorf("only %d requests were found", n)
	}
}

// said tells whether a top-level field of OpenAI's is said in other words: model and
// stream are the gateway's, tool_choice and the effort have words of the provider's,
// and a temperature of 1 is what there is without one.
func said(field, value string) bool {
	return field == "temperature" && value == "1" || slices.Contains([]string{
		"model", "stream", "stream_options", "tool_choice", "reasoning_effort", "reasoning", "n", "parallel_tool_calls",
	}, field)
}

// leaves calls f with every string and number of a document.
func leaves(v any, path string, f func(path, value string)) {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			p := k
			if path != "" {
				p = path + "." + k
			}
			leaves(v[k], p, f)
		}
	case []any:
		for i := range v {
			leaves(v[i], path, f)
		}
	case string:
		f(path, v)
	case float64:
		f(path, fmt.Sprint(v))
	}
}
