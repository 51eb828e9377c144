package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// joined joins the deltas of a stream as clients do, into a whole answer.
func joined(t *testing.T, body string) map[string]any {
	t.Helper()
	choices := map[float64]map[string]any{}
	for line := range strings.SplitSeq(body, "\n") {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		var c struct {
			Choices []struct {
				Index float64
				Delta map[string]any
			}
		}
		if !ok || json.Unmarshal([]byte(data), &c) != nil {
			continue
		}
		for _, choice := range c.Choices {
			if choices[choice.Index] == nil {
				choices[choice.Index] = map[string]any{}
			}
			join(choices[choice.Index], choice.Delta)
		}
	}
	var list []any
	for i := range len(choices) {
		list = append(list, map[string]any{"message": choices[float64(i)]})
	}
	return map[string]any{"choices": list}
}

// join adds the members of delta to those of m.
func join(m, delta map[string]any) {
	for key, v := range delta {
		switch v := v.(type) {
		case string:
			if was, ok := m[key].(string); ok && key != "role" && key != "type" && key != "id" {
				v = was + v
			}
			m[key] = v
		case map[string]any:
			if m[key] == nil {
				m[key] = map[string]any{}
			}
			inner, _ := m[key].(map[string]any)
			join(inner, v)
		case []any:
			m[key] = joinList(m[key], v)
		}
	}
}

func joinList(was any, list []any) []any {
	out, _ := was.([]any)
	for i, elem := range list {
		e, ok := elem.(map[string]any)
		at := i
		if n, numbered := e["index"].(float64); ok && numbered {
			at = int(n)
			delete(e, "index")
		}
		for len(out) <= at {
			out = append(out, map[string]any{})
		}
		if m, isMap := out[at].(map[string]any); ok && isMap {
			join(m, e)
		} else {
			out[at] = elem
		}
	}
	return out
}

func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	n, known := 0, 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if !strings.HasPrefix(body, "data:") && !strings.HasPrefix(body, ":") {
				continue
			}
			played := dialecttest.Play(t, Chat{}, eventLeaves, c.name, body)
			n, known = n+played.Events, known+played.Alike
			if played.Broken {
				continue
			}
			whole, err := json.Marshal(joined(t, body))
			if err != nil {
				t.Fatal(err)
			}
			list, bad := Chat{}.AnswerParts(&core.Exchange{}, whole, nil)
			if bad != nil {
				t.Fatalf("%s: %v in %s", c.name, bad, clipped(whole))
			}
			var want, got []string
			for _, p := range list {
				if k := p.Kind; k == core.PartText || k == core.PartThinking || k == core.PartRefusal || k == core.PartToolCall {
					want = append(want, string(p.Text()))
				}
			}
			for _, text := range played.Runs {
				got = append(got, text)
			}
			dialecttest.SameTexts(t, c.name, got, want)
		}
	}
	t.Logf("%d events, %d of them known by the one before", n, known)
}

// TestEventTable makes sure that what a whole answer may hold is known in a chunk.
func TestEventTable(t *testing.T) {
	t.Parallel()
	known := map[string]leaf.Row{}
	for _, r := range eventLeaves {
		known[r.Path] = r
	}
	for _, r := range answerLeaves {
		path := strings.Replace(r.Path, "choices[].message", "choices[].delta", 1)
		if _, ok := known[path]; ok {
			continue
		}
		if rest, ok := known[path[:strings.LastIndexByte(path, '.')+1]+"**"]; !ok || rest.Class != r.Class {
			t.Errorf("no row of events names %s", path)
		}
	}
}

func FuzzEvents(f *testing.F) {
	for _, event := range steadyEvents {
		f.Add(event, "new \"text\"")
	}
	f.Add(choice(`{"new":"x","audio":{"data":"QUJD","transcript":"said"}}`, `,"logprobs":{"content":[]}`), "\n")
	f.Add(`{"error":{"message":"m"},"choices":[{"delta":{"content":[{"text":"\u00e4"}],"reasoning_details":[{"data":"D","signature":"S"}]},"finish_reason":"stop"}],"x":["y"]}`, "é")
	f.Add(`[DONE]`, "x")
	f.Fuzz(func(t *testing.T, data, text string) {
		dialecttest.FuzzEvent(t, Chat{}, data, text)
		dialecttest.FuzzEvent(t, Completions{}, data, text)
	})
}
