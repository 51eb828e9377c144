package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestResponsesProvider: every client dialect reaches a provider that speaks OpenAI's
// Responses API alone, through a whole gateway, as [TestProviders] has it of others.
// Clients of that API are forwarded. Nothing is kept there.
func TestResponsesProvider(t *testing.T) {
	c := newCompany(t, []*providerRole{{
		kind: "openai-responses", like: "openai.responses", config: `, key: "${file:provider-key}"`, framing: "sse",
		files:  func(*stage) map[string]string { return map[string]string{"provider-key": "pk-0123456789abcdef"} },
		signed: hasField("Authorization", "Bearer pk-0123456789abcdef"),
		whole:  "/responses", stream: "/responses", overloads: true,
	}}, "")
	defer c.close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s := c.stages[0]
	for _, f := range fronts() {
		p := &play{company: c, stage: s, front: &f, route: route(0, &f)}
		t.Run(f.name, p.run)
		if sent := s.last(); !strings.Contains(sent, `"store":false`) {
			t.Errorf("%s: the provider is to keep it: %s", f.name, sent)
		}
	}
	c.settle()
}

// TestResponsesGuarded: a guard judges what such a provider streams, for clients of
// every dialect: nothing of a text, a thought or a call leaves before its verdict, and
// no repetition of it.
func TestResponsesGuarded(t *testing.T) {
	upstream := &recital{events: []string{
		`{"type":"response.created","response":{"id":"resp_1","model":"x","status":"in_progress","output":[]}}`,
		`{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a sec"}`,
		`{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"ret plan"}`,
		`{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a secret plan"}],"encrypted_content":"SEAL"}}`,
		`{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"The se"}`,
		`{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"cret is out"}`,
		`{"type":"response.output_text.done","output_index":1,"content_index":0,"text":"The secret is out, no secret"}`,
		`{"type":"response.output_item.done","output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"The secret is out, no secret","annotations":[]}]}}`,
		`{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"find","arguments":""}}`,
		`{"type":"response.function_call_arguments.done","output_index":2,"arguments":"{\"q\":\"secret\"}"}`,
		`{"type":"response.completed","response":{"id":"resp_1","model":"x","status":"completed","output":[],"usage":{"input_tokens":7,"output_tokens":4}}}`,
	}}
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: only, kind: openai-responses, base_url: %q, key: \"${file:provider-key}\"}\n", server.URL)
		},
		extra: "  - name: c\n    deployments: [{provider: only, model: gpt-5}]\n",
		files: map[string]string{"provider-key": "sk-0123456789abcdef"},
	})
	l.unbalanced = "the provider is none of the mocks"
	l.guard(streamGuard(core.StreamWindow, wordGuard))
	for _, c := range []struct {
		path, body string
		words      int
		end        string
	}{
		{"/v1/chat/completions", `{"model":"c","stream":true,"messages":[{"role":"user","content":"hi"}]}`, 4, `"finish_reason":"tool_calls"`},
		{"/v1/messages", `{"model":"c","stream":true,"max_tokens":99,"messages":[{"role":"user","content":"hi"}]}`, 4, `"stop_reason":"tool_use"`},
		{"/v1beta/models/c:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"hi"}]}]}`, 3, `"finishReason":"STOP"`}, // thoughts were not asked for
	} {
		a := l.post(c.path, c.body)
		if a.status != 200 || !strings.Contains(a.body, c.end) {
			t.Errorf("%s: %+v", c.path, a)
			continue
		}
		if strings.Contains(a.body, "secret") || strings.Contains(a.body, "SEAL") || strings.Count(a.body, "[WORD]") != c.words {
			t.Errorf("%s: %s", c.path, a.body)
		}
	}
}
