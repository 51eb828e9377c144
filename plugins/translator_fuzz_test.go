package plugins_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

// FuzzAnthropicAnswers: whatever a provider answers, the translator does not fail,
// and what a client gets of it is JSON.
func FuzzAnthropicAnswers(f *testing.F) {
	tr := translatorOf(f, "provider/anthropic")
	front := openai.New().(core.TypedDialect)
	f.Add([]byte(`{"id":"a","content":[{"type":"text","text":"a","citations":[{"cited_text":"c","url":"u"}]},{"type":"tool_use","id":"i","name":"n","input":{"a":1}},{"type":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens_details":{"thinking_tokens":5}}}`), 200)
	f.Add([]byte(`{"type":"error","error":{"type":"overloaded_error","message":"a\u0000b"}}`), 529)
	for _, e := range events {
		f.Add([]byte(e), 200)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		ex, at := fuzzAnswer(t, tr, front, body, status)
		for i, data := range bytes.Split(body, []byte("\n")) {
			events, err := tr.Event(ex, at, nil, data, i%7 == 6)
			if err != nil {
				t.Fatal(err)
			}
			for j := range events {
				if events[j].Kind != core.EventError {
					front.WriteEvent(nil, ex, at, &events[j])
				}
			}
		}
	})
}

// FuzzAnthropicRequests: whatever a client asks, what leaves is JSON.
func FuzzAnthropicRequests(f *testing.F) {
	tr := translatorOf(f, "provider/anthropic")
	front := openai.New().(core.TypedDialect)
	for _, body := range []string{
		`{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"temperature":2,"stop":["a"],"max_tokens":5,"reasoning_effort":"high"}`,
		`{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f.g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],"tools":[{"type":"function","function":{"name":"f.g","parameters":{"type":"object"}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"user":"u"}`,
	} {
		f.Add([]byte(body), "claude-sonnet-4-5")
		f.Add([]byte(body), "claude-opus-5")
		f.Add([]byte(body), "claude-3-opus")
	}
	f.Fuzz(func(t *testing.T, body []byte, model string) {
		ex, at := conversation(tr, strings.ToValidUTF8(model, "?")) // as a configuration is
		ex.Request.Dialect, ex.Request.Body = front, body
		if front.Scan(ex) != nil {
			return
		}
		r, err := ex.Typed(func() ([]byte, *core.Error) { return body, nil })
		if err != nil {
			return
		}
		if err := tr.Request(ex, at, r); err != nil {
			if err.Code == core.CodePluginFailed {
				t.Fatal(err)
			}
			return
		}
		if out := bytes.Join(at.Request.Body, nil); !json.Valid(out) {
			t.Errorf("no JSON: %s", out)
		}
	})
}
