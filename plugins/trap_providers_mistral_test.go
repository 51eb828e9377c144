package plugins_test

import (
	"regexp"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrapsOfMistral: where Mistral's chat is not OpenAI's.
func TestTrapsOfMistral(t *testing.T) {
	const hi = `"messages":[{"role":"user","content":"Hi"}]`
	const tool = `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
	pitfalls(t, translatorOf(t, "provider/mistral"), []pitfall{
		{name: "a seed has another name", body: `{"model":"m",` + hi + `,"seed":0}`, want: []string{`"random_seed":0`}, never: []string{`"seed":`}},
		{name: "its own name for a seed", body: `{"model":"m",` + hi + `,"random_seed":7}`, want: []string{`"random_seed":7`}},
		{name: "some tool is any", body: `{"model":"m",` + hi + `,` + tool + `,"tool_choice":"required"}`, want: []string{`"tool_choice":"any"`}},
		{
			name: "one tool keeps its form", body: `{"model":"m",` + hi + `,` + tool + `,"tool_choice":{"type":"function","function":{"name":"f"}}}`,
			want: []string{`"tool_choice":{"type":"function","function":{"name":"f"}}`},
		},
		{
			name: "no stream options", body: `{"model":"m",` + hi + `,"stream":true,"stream_options":{"include_usage":true}}`,
			want: []string{`"stream":true`}, never: []string{"stream_options"},
		},
		{
			name: "one bound on output", body: `{"model":"m",` + hi + `,"max_completion_tokens":7}`,
			want: []string{`"max_tokens":7`}, never: []string{"max_completion_tokens"},
		},
		{
			name: "no logprobs and no bias", body: `{"model":"m",` + hi + `,"logprobs":true,"top_logprobs":2,"logit_bias":{"7":1}}`,
			never: []string{"logprobs", "logit_bias"}, dropped: "logit_bias=not_supported_by_provider logprobs=not_supported_by_provider top_logprobs=not_supported_by_provider",
		},
		{
			name: "what is Mistral's own goes through",
			body: `{"model":"m",` + hi + `,"safe_prompt":true,"prompt_mode":"reasoning","prompt_cache_key":"k","guardrails":[{"block_on_error":true}]}`,
			want: []string{`"safe_prompt":true`, `"prompt_mode":"reasoning"`, `"prompt_cache_key":"k"`, `"guardrails":[{"block_on_error":true}]`},
		},
		{name: "no more heat than it takes", body: `{"model":"m",` + hi + `,"temperature":1.7}`, want: []string{`"temperature":1.5`}, dropped: "temperature=clamped"},
		{name: "two efforts", body: `{"model":"m",` + hi + `,"reasoning_effort":"high"}`, want: []string{`"reasoning_effort":"high"`}},
		{
			name: "other efforts are the nearer one", body: `{"model":"m",` + hi + `,"reasoning_effort":"medium"}`,
			want: []string{`"reasoning_effort":"high"`}, dropped: "reasoning_effort=clamped",
		},
		{
			name: "pictures and documents by URL",
			body: `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/b.png"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]}]}`,
			want: []string{`{"type":"image_url","image_url":{"url":"https://a.example/b.png"}}`, `{"type":"document_url","document_url":"data:application/pdf;base64,JVBERi0=","document_name":"a.pdf"}`},
		},
		{
			name: "audio is data alone", body: `{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}]}`,
			want: []string{`{"type":"input_audio","input_audio":"UklGRg=="}`},
		},
		{
			name: "the assistant speaks right behind a tool", dropped: "messages[2].role=assistant_message_inserted",
			body: `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"abcDEF123","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"abcDEF123","content":"7"},{"role":"user","content":"And?"}],` + tool + `}`,
			want: []string{`"content":"7"},{"role":"assistant","content":"OK"},{"role":"user","content":"And?"}`, `"arguments":"{}"`},
		},
		{
			name: "a last word of the assistant is a prefix", body: `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Once"}]}`,
			want: []string{`{"role":"assistant","content":"Once","prefix":true}`},
		},
	})
}

// TestTrapOfMistralIDs: ids have nine letters and digits, the same for a call and its
// result.
func TestTrapOfMistralIDs(t *testing.T) {
	tr := translatorOf(t, "provider/mistral")
	body := `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"call_1-of_many_0123456789","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
		`{"role":"tool","tool_call_id":"call_1-of_many_0123456789","content":"7"},{"role":"tool","tool_call_id":"call_2","content":"8"}],"tools":[{"type":"function","function":{"name":"f"}}]}`
	f := &fixture{Provider: "mistral", Request: &recordedBody{Body: &struct{ Text *string }{&body}}}
	_, at := leavingFor(t, tr, chatFronts()["openai.chat"], f, "/v1/chat/completions")
	sent := parsed(t, string(at.Request.Body[0])).at("messages").list()
	var calls, results []string
	for _, m := range sent {
		for _, c := range m.at("tool_calls").list() {
			calls = append(calls, c.at("id").text())
		}
		if id := m.at("tool_call_id").text(); id != "" {
			results = append(results, id)
		}
	}
	nine := regexp.MustCompile(`^[a-zA-Z0-9]{9}$`)
	if len(calls) != 2 || len(results) != 2 || calls[0] == calls[1] {
		t.Fatalf("calls %q, results %q", calls, results)
	}
	for i, id := range calls {
		if !nine.MatchString(id) || results[i] != id {
			t.Errorf("call %q, result %q", id, results[i])
		}
	}
}

// TestTrapsOfMistralAnswers: what Mistral answers that OpenAI does not.
func TestTrapsOfMistralAnswers(t *testing.T) {
	const head, usage = `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[`, `],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`
	piece := func(delta, reason string) string {
		return `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + reason + `}]}`
	}
	pratfalls(t, translatorOf(t, "provider/mistral"), []pratfall{
		{
			name:   "content as a list with thinking",
			answer: head + `{"index":0,"message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"},{"type":"text","text":"."}],"closed":true},{"type":"text","text":"Hej"}]},"finish_reason":"stop"}` + usage,
			want:   []string{`"content":"Hej"`, `"reasoning_content":"Hm."`},
		},
		{
			name:   "the model's own bound",
			answer: head + `{"index":0,"message":{"role":"assistant","content":"Hej"},"finish_reason":"model_length"}` + usage,
			want:   []string{`"finish_reason":"length"`},
		},
		{
			name: "an end by error is an error", failed: core.CodeUpstreamStatus, status: 502,
			answer: head + `{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"error"}` + usage,
		},
		{
			name: "seconds of audio are no tokens", usage: "20 0 9 0",
			answer: head + `{"index":0,"message":{"role":"assistant","content":"Hej"},"finish_reason":"stop"}],"usage":{"prompt_audio_seconds":5,"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`,
		},
		{
			name: "seconds of audio that are an empty object", usage: "20 0 9 0",
			answer: head + `{"index":0,"message":{"role":"assistant","content":"Hej"},"finish_reason":"stop"}],"usage":{"prompt_audio_seconds":{},"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`,
		},
		{
			name: "a whole call in one piece",
			answer: sse(piece(`{"role":"assistant","content":""}`, "null"),
				piece(`{"content":"","tool_calls":[{"id":"abcDEF123","function":{"name":"f","arguments":"{\"a\": 1}"},"index":0},{"id":"abcDEF124","function":{"name":"g","arguments":"{}"},"index":1}]}`, `"tool_calls"`), "[DONE]"),
			want: []string{`"index":0,"id":"abcDEF123","type":"function","function":{"name":"f"`, `{\"a\": 1}`, `"index":1,"id":"abcDEF124","type":"function","function":{"name":"g"`, `"finish_reason":"tool_calls"`},
		},
		{
			name: "an empty name in later pieces",
			answer: sse(piece(`{"tool_calls":[{"id":"abcDEF123","function":{"name":"f","arguments":"{\"a\""},"index":0}]}`, "null"),
				piece(`{"tool_calls":[{"id":"abcDEF123","function":{"name":"","arguments":":1}"},"index":0}]}`, "null"), piece(`{"content":""}`, `"tool_calls"`), "[DONE]"),
			want: []string{`"name":"f"`, `"arguments":":1}"`}, never: []string{`"name":""`, `"index":1`},
		},
		{
			name:   "a call whose id is the word null",
			answer: head + `{"index":0,"message":{"role":"assistant","content":"","tool_calls":[{"id":"null","function":{"name":"f","arguments":"{}"},"index":0},{"id":"null","function":{"name":"g","arguments":{"a":1}},"index":1}]},"finish_reason":"tool_calls"}` + usage,
			want:   []string{`"name":"f"`, `"arguments":"{\"a\":1}"`}, never: []string{`"id":"null"`, `"id":""`},
		},
		{
			name:   "the same in a stream",
			answer: sse(piece(`{"tool_calls":[{"id":"null","function":{"name":"f","arguments":"{\"a\""},"index":0}]}`, "null"), piece(`{"tool_calls":[{"id":"null","function":{"name":"","arguments":":1}"},"index":0}]}`, `"tool_calls"`), "[DONE]"),
			want:   []string{`"name":"f"`, `"arguments":":1}"`}, never: []string{`"id":"null"`, `"id":""`},
		},
		{
			name: "thinking in a stream is closed before the text",
			answer: sse(piece(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}`, "null"),
				piece(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"."}],"closed":true}]}`, "null"), piece(`{"content":"Hej"}`, `"stop"`), "[DONE]"),
			want: []string{`"reasoning_content":"Hm"`, `"reasoning_content":"."`, `"content":"Hej"`},
		},
		{
			name: "a reason in the midst of a stream that is an error", failed: core.CodeUpstreamStatus,
			answer: sse(piece(`{"content":"Hej"}`, "null"), piece(`{"content":""}`, `"error"`), "[DONE]"),
		},
	})
}
