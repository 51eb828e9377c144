package anthropic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// joined joins the deltas of a stream as clients do, into a whole answer.
func joined(t *testing.T, body string) []byte {
	t.Helper()
	var blocks []map[string]any
	input := map[int]string{}
	for line := range strings.SplitSeq(body, "\n") {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		var e struct {
			Type  string
			Index int
			Block map[string]any `json:"content_block"`
			Delta map[string]any
		}
		if !ok || json.Unmarshal([]byte(data), &e) != nil {
			continue
		}
		switch e.Type {
		case "content_block_start":
			blocks = append(blocks, e.Block)
		case "content_block_delta":
			b := blocks[e.Index]
			for key, v := range e.Delta {
				text, _ := v.(string)
				switch key {
				case "partial_json":
					if input[e.Index] += text; json.Valid([]byte(input[e.Index])) {
						b["input"] = json.RawMessage(input[e.Index])
					}
				case "text", "thinking", "signature", "content":
					was, _ := b[key].(string)
					b[key] = was + text
				case "citation":
					list, _ := b["citations"].([]any)
					b["citations"] = append(list, v)
				}
			}
		}
	}
	whole, err := json.Marshal(map[string]any{"content": blocks})
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// compact makes JSON that is written in another way the same.
func compact(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(out)
}

func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	n, known := 0, 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if !isStream(body) {
				continue
			}
			if i := strings.Index(body, "event: message_start"); i >= 0 { // some are of several messages
				if end := strings.Index(body[i+1:], "event: message_start"); end >= 0 {
					body = body[:i+1+end]
				}
			}
			played := dialecttest.Play(t, Messages{}, eventLeaves, c.name, body)
			n, known = n+played.Events, known+played.Alike
			whole := joined(t, body)
			list, err := Messages{}.AnswerParts(&core.Exchange{}, whole, nil)
			if err != nil {
				t.Fatalf("%s: %v in %s", c.name, err, clipped(whole))
			}
			var want, got []string
			for _, p := range list {
				want = append(want, compact(string(p.Text())))
			}
			for _, text := range played.Runs {
				got = append(got, compact(text))
			}
			for _, text := range played.Alone {
				got = append(got, compact(text))
			}
			dialecttest.SameTexts(t, c.name, withoutEmptyCalls(got), withoutEmptyCalls(want))
		}
	}
	t.Logf("%d events, %d of them known by the one before", n, known)
}

// withoutEmptyCalls leaves calls without arguments out: a stream says nothing of some.
func withoutEmptyCalls(list []string) (out []string) {
	for _, s := range list {
		if s != "{}" {
			out = append(out, s)
		}
	}
	return out
}

func FuzzEvents(f *testing.F) {
	f.Add(`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"g\u00e4n"},"x":"y"}`, "\"new\"")
	f.Add(`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{ }}}`, "x")
	f.Add(`{"type":"content_block_start","index":4,"content_block":{"type":"web_search_tool_result","content":[{"title":"T","url":"u","source":{"media_type":"text/plain","data":"d"}}]}}`, "\n")
	f.Add(messageStart, "x")
	f.Fuzz(func(t *testing.T, data, text string) { dialecttest.FuzzEvent(t, Messages{}, data, text) })
}
