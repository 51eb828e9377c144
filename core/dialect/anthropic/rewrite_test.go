package anthropic

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// block is one block of an answer as a client puts it together.
type block struct {
	Type, Text, Thinking, Signature, Name, ID, Data string
	Partial                                         string `json:"-"`
	Citations                                       []any
	raw                                             []byte
}

// wireEvent is an event as encoding/json reads it.
type wireEvent struct {
	Type  string
	Index int
	Block json.RawMessage `json:"content_block"`
	Delta struct {
		Type, Text, Thinking, Signature, Content string
		Partial                                  string `json:"partial_json"`
		Stop                                     string `json:"stop_reason"`
		Citation                                 json.RawMessage
	}
}

func wireEvents(t *testing.T, body string) (list []wireEvent) {
	t.Helper()
	var s stream.SSE
	var ev stream.Event
	s.Feed([]byte(body + "\n\n"))
	for s.Next(&ev) {
		var e wireEvent
		if ev.IsMessage() {
			if err := json.Unmarshal(ev.Data, &e); err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
		if e.Type == "message_stop" { // some recordings hold several streams
			break
		}
	}
	return list
}

// assemble puts the blocks of a stream together, as a client does.
func assemble(t *testing.T, list []wireEvent) (out []block, stop string) {
	t.Helper()
	for _, e := range list {
		switch e.Type {
		case "content_block_start":
			b := block{raw: e.Block}
			if err := json.Unmarshal(e.Block, &b); err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		case "content_block_delta":
			b := &out[e.Index]
			b.Text += e.Delta.Text + e.Delta.Content
			b.Thinking += e.Delta.Thinking
			b.Signature += e.Delta.Signature
			b.Partial += e.Delta.Partial
			if e.Delta.Citation != nil {
				b.Citations = append(b.Citations, tree(t, string(e.Delta.Citation)))
			}
		case "message_delta":
			stop = e.Delta.Stop
		}
	}
	return out, stop
}

// kindOf returns the kind that a translator would give a block.
func kindOf(b *block) core.PartKind {
	switch b.Type {
	case "text", "compaction":
		return core.PartText
	case "thinking":
		return core.PartThinking
	case "redacted_thinking":
		return core.PartRedacted
	case "tool_use", "server_tool_use", "mcp_tool_use":
		return core.PartToolCall
	default:
		return core.PartRaw
	}
}

// translated is the stream in the middle form, as a translator would give it.
func translated(t *testing.T, list []wireEvent) (out []core.Event) {
	t.Helper()
	var b block
	var kind core.PartKind
	at := -1
	for _, e := range list {
		var p core.Part
		switch e.Type {
		case "content_block_start":
			b = block{}
			if err := json.Unmarshal(e.Block, &b); err != nil {
				t.Fatal(err)
			}
			kind = kindOf(&b)
			at += 100
			p = part(kind, b.Text, &core.Attr{Signature: []byte(b.Data), Source: []byte(dialectName), JSON: e.Block})
			p.Name, p.Ref = []byte(b.Name), []byte(b.ID)
			out = append(out, open(at, p))
		case "content_block_delta":
			if c := e.Delta.Citation; c != nil {
				at++
				p := part(core.PartCitation, "", &core.Attr{JSON: c})
				out = append(out, open(at, p), done(at, core.Part{Kind: core.PartCitation}))
				at--
				continue
			}
			p = part(kind, e.Delta.Text+e.Delta.Thinking+e.Delta.Partial+e.Delta.Content, nil)
			if e.Delta.Signature != "" {
				p.Attr = &core.Attr{Signature: []byte(e.Delta.Signature), Source: []byte(dialectName)}
			}
			out = append(out, delta(at, p))
		case "content_block_stop":
			out = append(out, done(at, part(kind, "", nil)))
		case "message_delta":
			out = append(out, core.Event{Kind: core.EventFinish, Finish: finishOf([]byte(e.Delta.Stop))})
		}
	}
	return out
}

// TestRecordedStreamsRewritten takes recorded streams apart, as a translator would,
// and writes them again: a client puts the same answer together from both.
func TestRecordedStreamsRewritten(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if !isStream(body) {
				continue
			}
			n++
			events := wireEvents(t, body)
			want, stop := assemble(t, events)
			ex, at := other()
			out := write(ex, at, translated(t, events))
			brief(t, c.name, out)
			got, gotStop := assemble(t, wireEvents(t, out))
			if gotStop != stop && stop != "pause_turn" && stop != "compaction" && (stop != "end_turn" || gotStop != "tool_use") {
				t.Errorf("%s: stops with %q, want %q", c.name, gotStop, stop)
			}
			kept := want[:0]
			for _, b := range want {
				if b.Type != "text" || b.Text != "" || b.Citations != nil { // empty ones are not written
					kept = append(kept, b)
				}
			}
			if len(got) != len(kept) {
				t.Errorf("%s: %d blocks, want %d", c.name, len(got), len(kept))
				continue
			}
			for i := range kept {
				compareBlocks(t, c.name, &got[i], &kept[i])
			}
		}
	}
	t.Logf("%d streams", n)
}

func compareBlocks(t *testing.T, name string, got, want *block) {
	t.Helper()
	if kindOf(want) == core.PartRaw {
		if !reflect.DeepEqual(tree(t, string(got.raw)), tree(t, string(want.raw))) {
			t.Errorf("%s: got %s, want %s", name, clipped(got.raw), clipped(want.raw))
		}
		return
	}
	g, w := *got, *want
	g.raw, w.raw = nil, nil
	if len(w.Citations) == 0 {
		g.Citations, w.Citations = nil, nil
	}
	if kindOf(want) == core.PartToolCall || w.Type == "compaction" {
		g.Type = w.Type
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s: got %+v, want %+v", name, g, w)
	}
}
