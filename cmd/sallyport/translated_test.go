package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// claude plays Anthropic: what it was asked, and what it answers.
type claude struct {
	mu     sync.Mutex
	asked  []string
	header http.Header
}

const claudeStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-4-6-x","usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hej"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}

`

const claudeStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

func (c *claude) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.asked, c.header = append(c.asked, r.URL.Path+" "+string(body)), r.Header.Clone()
	c.mu.Unlock()
	switch {
	case strings.Contains(string(body), "too much"):
		w.WriteHeader(529)
		_, _ = io.WriteString(w, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
	case strings.Contains(string(body), `"stream":true`):
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, claudeStream)
		if !strings.Contains(string(body), "cut") {
			_, _ = io.WriteString(w, claudeStop)
		}
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"msg_1","model":"claude-opus-4-6-x","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":4}}`)
	}
}

// TestTranslated: an OpenAI client talks to Anthropic, whole, streamed, cut and
// refused, and the books say what Anthropic says.
func TestTranslated(t *testing.T) {
	c := &claude{}
	s := httptest.NewServer(c)
	defer s.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, base_url: %q, key: \"${file:provider-key}\"}\n", s.URL)
		},
		extra: "  - name: c\n    deployments: [{provider: claude, model: claude-opus-4-6}]\n" +
			"  - name: strict\n    loss: strict\n    deployments: [{provider: claude, model: claude-opus-4-6}]\n",
		files: map[string]string{"provider-key": "sk-claude-0123456789"},
	})
	l.unbalanced = "Anthropic is none of the mocks"
	ask := func(route, words, more string) answer {
		return l.post("/v1/chat/completions", fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]%s}`, route, words, more))
	}
	a := ask("c", "Hello", `,"seed":1`)
	var whole struct {
		Model   string
		Choices []struct {
			Message      struct{ Content string }
			FinishReason string `json:"finish_reason"`
		}
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(a.body), &whole); err != nil || a.status != 200 || whole.Choices[0].Message.Content != "Hej" ||
		whole.Choices[0].FinishReason != "stop" || whole.Usage.PromptTokens != 9 {
		t.Fatalf("%d %s %v", a.status, a.body, err)
	}
	if got := a.header.Get("X-Sallyport-Dropped"); got != "seed=not_supported_by_provider" {
		t.Errorf("dropped %q", got)
	}
	if c.header.Get("X-Api-Key") != "sk-claude-0123456789" || c.header.Get("Anthropic-Version") != "2023-06-01" || c.header.Get("Authorization") != "" {
		t.Errorf("header %v", c.header)
	}
	if want := `/v1/messages {"model":"claude-opus-4-6",`; !strings.HasPrefix(c.asked[0], want) {
		t.Errorf("asked %s", c.asked[0])
	}
	row := l.rowOf(a)
	if row.InputUncached != 7 || row.CacheRead != 2 || row.Output != 4 || !row.Reported {
		t.Errorf("row %+v", row)
	}
	a = ask("c", "Hello", `,"stream":true,"stream_options":{"include_usage":true}`)
	if a.status != 200 || !strings.Contains(a.body, `"content":"Hej"`) || !strings.HasSuffix(a.body, "data: [DONE]\n\n") || !strings.Contains(a.body, `"prompt_tokens":9`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if row = l.rowOf(a); row.Output != 4 || row.InputUncached != 7 || !row.Reported {
		t.Errorf("row %+v", row)
	}
	if a = ask("c", "cut", `,"stream":true`); strings.Contains(a.body, "[DONE]") || !strings.Contains(a.body, "upstream_cut") {
		t.Errorf("a cut stream: %s", a.body)
	}
	if a = ask("c", "too much", ""); a.status != 503 || !strings.Contains(a.body, "Overloaded") || !strings.Contains(a.body, "overloaded_error") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a = ask("c", "Hello", `,"n":2`); a.status != 400 || !strings.Contains(a.body, `"param":"n"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a = ask("strict", "Hello", `,"seed":1`); a.status != 400 || a.code() != "unsupported_parameter" || !strings.Contains(a.body, `"param":"seed"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}
