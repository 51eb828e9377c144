package plugins_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// TestTrapsOfLikes: what the providers whose chat is OpenAI's take that OpenAI does
// not, and the other way round.
func TestTrapsOfLikes(t *testing.T) {
	claude := func(more string) string {
		return `{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hi"}]` + more + `}`
	}
	const from = "anthropic.messages"
	pitfalls(t, translatorOf(t, "provider/openai"), []pitfall{
		{name: "Together knows max_tokens alone", dialect: from, kind: "together", model: "meta-llama/Llama-3.3-70B", body: claude(""), want: []string{`"max_tokens":64`}, never: []string{"max_completion_tokens"}},
		{name: "OpenAI's reasoning models know the other alone", dialect: from, kind: "openai", model: "o4-mini", body: claude(""), want: []string{`"max_completion_tokens":64`}, never: []string{"max_tokens"}},
		{name: "Together takes top_k", dialect: from, kind: "together", model: "m", body: claude(`,"top_k":5`), want: []string{`"top_k":5`}},
		{name: "Groq takes none", dialect: from, kind: "groq", model: "m", body: claude(`,"top_k":5`), never: []string{"top_k"}, dropped: "top_k=not_supported_by_provider"},
		{
			name: "what a model refuses is left out and said", dialect: from, kind: "openai", model: "o4-mini", body: claude(`,"temperature":0.5,"stop_sequences":["x"]`),
			never: []string{"temperature", "stop"}, dropped: "stop_sequences=not_supported_by_model temperature=not_supported_by_model",
		},
		{
			name: "a model that cannot think is not asked to, and that is said", dialect: from, kind: "groq", model: "llama-3.3-70b-versatile", refuses: []string{"reasoning_effort", "temperature"},
			body: claude(`,"temperature":0.5,"thinking":{"type":"enabled","budget_tokens":2000}`), never: []string{"reasoning", "temperature"},
			dropped: "temperature=not_supported_by_model thinking.budget_tokens=not_supported_by_model",
		},
		{name: "usage is asked for on streams", dialect: from, kind: "groq", model: "m", body: claude(`,"stream":true`), want: []string{`"stream_options":{"include_usage":true}`}},
		{
			name: "reasoning that nobody sealed is not sent to DeepSeek", dialect: from, kind: "deepseek", model: "deepseek-reasoner",
			body:  `{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"EqQB"},{"type":"text","text":"Hej"}]},{"role":"user","content":"And?"}]}`,
			never: []string{"Hm."}, dropped: "messages[1].thinking=signed_by_another_provider",
		},
		{
			name: "DeepSeek's own goes back with calls", dialect: from, kind: "deepseek", model: "deepseek-reasoner",
			body: `{"model":"m","max_tokens":64,"tools":[{"name":"f","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"sp1.openai.chat/provider.reasoning_content"},{"type":"tool_use","id":"c1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"7"}]}]}`,
			want: []string{`"reasoning_content":"Hm."`},
		},
		{
			name: "and stays here without", dialect: from, kind: "deepseek", model: "deepseek-reasoner",
			body:  `{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"sp1.openai.chat/provider.reasoning_content"},{"type":"text","text":"Hej"}]},{"role":"user","content":"And?"}]}`,
			never: []string{"Hm."}, dropped: "messages[1].thinking=only_with_tool_calls",
		},
	})
}

// TestTrapsOfLikesAnswers: what these providers answer that OpenAI does not.
func TestTrapsOfLikesAnswers(t *testing.T) {
	const head = `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,`
	const usage = `],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`
	piece := func(inner, more string) string {
		return `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[` + inner + `]` + more + `}`
	}
	delta := func(d, reason, more string) string {
		return piece(`{"index":0,"delta":`+d+`,"finish_reason":`+reason+`}`, more)
	}
	pratfalls(t, translatorOf(t, "provider/openai"), []pratfall{
		{
			name: "Groq's reasoning has another name", kind: "groq",
			answer: head + `"message":{"role":"assistant","content":"Hej","reasoning":"Hm.","executed_tools":[{"index":0,"type":"search","arguments":"{}","output":"x"}]},"finish_reason":"stop"}` + usage,
			want:   []string{`"content":"Hej"`, `"reasoning_content":"Hm."`}, never: []string{"tool_calls\":[", "executed_tools"},
		},
		{
			name: "Groq's usage stands elsewhere", kind: "groq", usage: "20 0 9 0",
			answer: sse(delta(`{"role":"assistant","content":"Hej"}`, "null", `,"x_groq":{"id":"r"}`), delta(`{}`, `"stop"`, `,"x_groq":{"id":"r","usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"queue_time":0.1}}`), "[DONE]"),
		},
		{
			name: "Together's eos is a stop", kind: "together", answer: head + `"message":{"role":"assistant","content":"Hej","tool_calls":[]},"finish_reason":"eos","text":"Hej"}` + usage,
			want: []string{`"content":"Hej"`, `"finish_reason":"stop"`}, never: []string{"HejHej"},
		},
		{
			name: "Together's older field in streams", kind: "together",
			answer: sse(piece(`{"index":0,"text":"Hej","delta":{"content":"Hej","token_id":5},"finish_reason":null}`, ""), piece(`{"index":0,"text":"","delta":{"content":""},"finish_reason":"eos","seed":7}`, ""), "[DONE]"),
			want:   []string{`"content":"Hej"`, `"finish_reason":"stop"`}, never: []string{"HejHej"},
		},
		{
			name: "Together's flat logprobs are passed over", kind: "together",
			answer: head + `"message":{"role":"assistant","content":"Hej"},"logprobs":{"tokens":["Hej"],"token_logprobs":[-0.1],"token_ids":[5]},"finish_reason":"stop"}` + usage,
			want:   []string{`"content":"Hej"`},
		},
		{
			name: "DeepSeek's cache hits", kind: "deepseek", usage: "12 8 9 4",
			answer: head + `"message":{"role":"assistant","content":"Hej"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":12,"completion_tokens_details":{"reasoning_tokens":4}}}`,
		},
		{
			name: "comments while DeepSeek's queue is long", kind: "deepseek",
			answer: ": keep-alive\n\n: keep-alive\n\n" + sse(delta(`{"content":"Hej"}`, "null", "")) + ": keep-alive\n\n" + sse(delta(`{}`, `"stop"`, ""), "[DONE]"),
			want:   []string{`"content":"Hej"`, `"finish_reason":"stop"`},
		},
		{
			name: "blank lines in front of a whole answer", kind: "deepseek", answer: "    " + head + `"message":{"role":"assistant","content":"Hej"},"finish_reason":"stop"}` + usage,
			want: []string{`"content":"Hej"`},
		},
		{
			name: "DeepSeek without resources is an error", kind: "deepseek", failed: core.CodeUpstreamStatus, status: 503,
			answer: head + `"message":{"role":"assistant","content":"He"},"finish_reason":"insufficient_system_resource"}` + usage,
		},
		{
			name: "Azure's first chunk has no choices", kind: "azure",
			answer: sse(`{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`,
				delta(`{"role":"assistant","content":"Hej"}`, "null", ""), delta(`{}`, `"stop"`, ""), "[DONE]"),
			want: []string{`"content":"Hej"`, `"finish_reason":"stop"`}, never: []string{`"id":""`, `"choices":[]`},
		},
		{
			name: "Azure's verdicts behind the finish", kind: "azure",
			answer: sse(delta(`{"content":"Hej"}`, "null", ""), delta(`{}`, `"stop"`, ""),
				piece(`{"index":0,"content_filter_offsets":{"check_offset":1,"start_offset":1,"end_offset":3},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null}`, ""), "[DONE]"),
			want: []string{`"content":"Hej"`, `"finish_reason":"stop"`},
		},
		{
			name: "Azure's filter ends an answer", kind: "azure",
			answer: head + `"message":{"role":"assistant","content":"He"},"content_filter_results":{"hate":{"filtered":true}},"finish_reason":"content_filter"}` + usage,
			want:   []string{`"finish_reason":"content_filter"`},
		},
		{
			name: "Databricks' content is a list with reasoning", kind: "databricks",
			answer: head + `"message":{"role":"assistant","content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]},{"type":"text","text":"Hej"}]},"finish_reason":"stop"}` + usage,
			want:   []string{`"content":"Hej"`, `"reasoning_content":"Hm."`},
		},
		{
			name: "usage in every chunk is set", kind: "vllm", usage: "20 0 3 0",
			answer: sse(delta(`{"content":"H"}`, "null", `,"usage":{"prompt_tokens":20,"completion_tokens":1,"total_tokens":21}`), delta(`{"content":"ej"}`, "null", `,"usage":{"prompt_tokens":20,"completion_tokens":2,"total_tokens":22}`),
				delta(`{}`, `"stop"`, `,"usage":{"prompt_tokens":20,"completion_tokens":3,"total_tokens":23}`), piece("", `,"usage":{"prompt_tokens":20,"completion_tokens":3,"total_tokens":23}`), "[DONE]"),
		},
	})
}

// TestTrapsOfPlaces: where Azure's two APIs have the model and the version.
func TestTrapsOfPlaces(t *testing.T) {
	want := map[string][2]string{
		"azure":             {"https://{resource}.openai.azure.com/openai/v1", "/chat/completions"},
		"azure-deployments": {"https://{resource}.openai.azure.com/openai", "/deployments/{model}/chat/completions?api-version={api_version}"},
	}
	for _, d := range plugins.Providers() {
		w, is := want[d.Kind]
		if !is {
			continue
		}
		delete(want, d.Kind)
		if got := [2]string{d.BaseURL, d.Serves[core.OpChat][0].Path}; got != w || d.Auth != "header:Api-Key" {
			t.Errorf("%s: %q, auth %s", d.Kind, got, d.Auth)
		}
	}
	if len(want) > 0 {
		t.Errorf("unknown kinds: %v", want)
	}
}

// TestTrapsOfCohere: what Cohere's chat takes.
func TestTrapsOfCohere(t *testing.T) {
	const model, hi = "command-a-reasoning-08-2025", `"messages":[{"role":"user","content":"Hi"}]`
	const tool = `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
	pitfalls(t, translatorOf(t, "provider/cohere"), []pitfall{
		{
			name: "names of settings", model: model, body: `{"model":"m",` + hi + `,"max_completion_tokens":7,"top_p":0.5,"stop":"x","seed":0,"top_k":3}`,
			want: []string{`"k":3`, `"max_tokens":7`, `"p":0.5`, `"stop_sequences":["x"]`, `"seed":0`}, never: []string{"top_p", "top_k", `"stop":`},
		},
		{name: "more than one answer is refused", model: model, body: `{"model":"m",` + hi + `,"n":2}`, refused: true, want: []string{"one answer"}},
		{
			name: "a picture's type is that of its bytes", model: model, body: `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}]}`,
			want: []string{`"url":"data:image/png;base64,iVBORw0KGgo`},
		},
		{name: "auto is silence", model: model, body: `{"model":"m",` + hi + `,` + tool + `,"tool_choice":"auto"}`, never: []string{"tool_choice"}},
		{name: "some tool", model: model, body: `{"model":"m",` + hi + `,` + tool + `,"tool_choice":"required"}`, want: []string{`"tool_choice":"REQUIRED"`}},
		{name: "no tool", model: model, body: `{"model":"m",` + hi + `,` + tool + `,"tool_choice":"none"}`, want: []string{`"tool_choice":"NONE"`}},
		{
			name: "no switch for parallel calls", model: model, body: `{"model":"m",` + hi + `,` + tool + `,"parallel_tool_calls":false}`,
			never: []string{"parallel"}, dropped: "parallel_tool_calls=not_supported_by_provider",
		},
		{
			name: "strict tools", model: model, body: `{"model":"m",` + hi + `,"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object"}}}]}`,
			want: []string{`"strict_tools":true`}, never: []string{`"strict":true`},
		},
		{name: "an effort is a budget", model: model, body: `{"model":"m",` + hi + `,"reasoning_effort":"low","max_tokens":1000}`, want: []string{`"thinking":{"type":"enabled","token_budget":`}},
		{name: "no thinking", model: model, body: `{"model":"m",` + hi + `,"reasoning_effort":"none"}`, want: []string{`"thinking":{"type":"disabled"}`}},
		{
			name: "a schema", model: model, body: `{"model":"m",` + hi + `,"response_format":{"type":"json_schema","json_schema":{"name":"r","schema":{"type":"object"}}}}`,
			want: []string{`"response_format":{"type":"json_object","json_schema":{"type":"object"}}`}, never: []string{`"type":"json_schema"`},
		},
		{
			name: "what is Cohere's own goes through", model: model, body: `{"model":"m",` + hi + `,"safety_mode":"STRICT","citation_options":{"mode":"OFF"},"documents":["a"]}`,
			want: []string{`"safety_mode":"STRICT"`, `"citation_options":{"mode":"OFF"}`, `"documents":["a"]`},
		},
		{
			name: "results of tools and the plan of calls", model: model,
			body: `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"c1","content":"7"}],` + tool + `}`,
			want: []string{`"tool_plan":"I look."`, `"arguments":"{}"`, `{"role":"tool","tool_call_id":"c1","content":"7"}`},
		},
	})
}

// TestTrapsOfCohereAnswers: what Cohere answers.
func TestTrapsOfCohereAnswers(t *testing.T) {
	const usage = `"usage":{"billed_units":{"input_tokens":3,"output_tokens":9},"tokens":{"input_tokens":20,"output_tokens":9},"cached_tokens":8}`
	whole := func(message, reason string) string {
		return `{"id":"c","finish_reason":"` + reason + `","message":{"role":"assistant",` + message + `},` + usage + `}`
	}
	text := whole(`"content":[{"type":"text","text":"Hej"}]`, "COMPLETE")
	end := func(reason string) string {
		return `{"type":"message-end","delta":{"finish_reason":"` + reason + `",` + usage + `}}`
	}
	const start = `{"id":"c","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}`
	pratfalls(t, translatorOf(t, "provider/cohere"), []pratfall{
		{name: "tokens, not what is billed", answer: text, usage: "12 8 9 0"},
		{name: "complete", answer: text, want: []string{`"finish_reason":"stop"`}},
		{name: "a stop sequence", answer: whole(`"content":[{"type":"text","text":"Hej"}]`, "STOP_SEQUENCE"), want: []string{`"finish_reason":"stop"`}},
		{name: "the bound", answer: whole(`"content":[{"type":"text","text":"Hej"}]`, "MAX_TOKENS"), want: []string{`"finish_reason":"length"`}},
		{
			name: "a call, its plan and no arguments", answer: whole(`"tool_plan":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"null"}}]`, "TOOL_CALL"),
			want: []string{`"content":"I look."`, `"arguments":"{}"`, `"finish_reason":"tool_calls"`},
		},
		{
			name:   "what cites no text that there is cites the last one",
			answer: whole(`"content":[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"Hej du"}],"citations":[{"start":0,"end":3,"text":"Hej","type":"TEXT_CONTENT","content_index":0,"sources":[{"type":"tool","id":"t:0","tool_output":{"url":"https://a.example/"}}]}]`, "COMPLETE"),
			want:   []string{`"reasoning_content":"Hm"`, `"content":"Hej du"`, "https://a.example/"},
		},
		{name: "an error", answer: whole(`"content":[]`, "ERROR"), failed: core.CodeUpstreamStatus, status: 502},
		{name: "out of time", answer: whole(`"content":[]`, "TIMEOUT"), failed: core.CodeUpstreamStatus, status: 504},
		{
			name: "every event of a stream",
			answer: sse(start,
				`{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}`,
				`{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm."}}}}`, `{"type":"content-end","index":0}`,
				`{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look."}}}`,
				`{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"f","arguments":""}}}}}`,
				`{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}`, `{"type":"tool-call-end","index":0}`,
				`{"type":"debug","prompt":"secret"}`, end("TOOL_CALL")),
			want:  []string{`"reasoning_content":"Hm."`, `"content":"I look."`, `"name":"f"`, `{\"a\":1}`, `"finish_reason":"tool_calls"`},
			never: []string{"secret"}, usage: "12 8 9 0",
		},
		{name: "an error at the end of a stream", answer: sse(start, end("ERROR")), failed: core.CodeUpstreamStatus, status: 502},
		{name: "out of time at the end of a stream", answer: sse(start, end("TIMEOUT")), failed: core.CodeUpstreamStatus, status: 504},
		{
			name: "citations stay with their text",
			answer: sse(start, `{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}`,
				`{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hej"}}}}`,
				`{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":3,"text":"Hej","sources":[{"type":"document","id":"d:0","document":{"id":"d:0","url":"https://a.example/"}}]}}}}`,
				`{"type":"citation-end","index":0}`, `{"type":"content-end","index":0}`, end("COMPLETE")),
			want: []string{`"content":"Hej"`, `https://a.example/`, `"finish_reason":"stop"`},
		},
	})
}

// TestTrapsOfOllama: what Ollama's own chat takes.
func TestTrapsOfOllama(t *testing.T) {
	const tool = `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
	calls := func(arguments string) string {
		return `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":` + arguments + `}}]},{"role":"tool","tool_call_id":"c1","content":"7"}],` + tool + `}`
	}
	pitfalls(t, translatorOf(t, "provider/ollama"), []pitfall{
		{name: "arguments are objects", model: "m", body: calls(`"{\"b\": 2, \"a\": 12345678901234567890}"`), want: []string{`"arguments":{"b": 2, "a": 12345678901234567890}`, `"tool_name":"f"`}},
		{name: "none are an empty one", model: "m", body: calls(`""`), want: []string{`"arguments":{}`}},
		{name: "broken ones are refused", model: "m", body: calls(`"{\"a\":"`), refused: true, want: []string{"arguments"}},
		{name: "text is not escaped for HTML", model: "m", body: `{"model":"m","messages":[{"role":"user","content":"<a> & b"}]}`, want: []string{`"<a> & b"`}, never: []string{"\\u003c", "\\u0026"}},
		{name: "the bound and zeros are options", model: "m", body: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":7,"temperature":0,"seed":0}`, want: []string{`"options":{"num_predict":7,"temperature":0,"seed":0}`}},
		{
			name: "a window of the client's", model: "m", body: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"options":{"num_ctx":9000}}`,
			want: []string{`"num_ctx":9000`},
		},
		{
			name: "a schema is the format", model: "m", body: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"r","schema":{"type":"object"}}}}`,
			want: []string{`"format":{"type":"object"}`},
		},
		{name: "an effort is think", model: "m", body: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"reasoning_effort":"none"}`, want: []string{`"think":false`}},
	})
}

// TestTrapsOfOllamaAnswers: what Ollama's own chat answers.
func TestTrapsOfOllamaAnswers(t *testing.T) {
	const done = `"done":true,"done_reason":"stop","total_duration":7000000000,"prompt_eval_count":20,"eval_count":9}`
	pratfalls(t, translatorOf(t, "provider/ollama"), []pratfall{
		{
			name: "calls without an id", answer: `{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":{}}}]},` + done,
			want: []string{`"id":"call_`, `_0"`, `_1"`, `"arguments":"{\"a\":1}"`, `"finish_reason":"tool_calls"`},
		},
		{
			name: "lines", usage: "20 0 9 0",
			answer: `{"model":"m","message":{"role":"assistant","content":"He"},"done":false}` + "\n" + `{"model":"m","message":{"role":"assistant","content":"j"},"done":false}` + "\n" + `{"model":"m","message":{"role":"assistant","content":""},` + done + "\n",
			want:   []string{`"content":"He"`, `"content":"j"`, `"finish_reason":"stop"`},
		},
		{
			name: "an error in a good stream", failed: core.CodeUpstreamStatus,
			answer: `{"model":"m","message":{"role":"assistant","content":"He"},"done":false}` + "\n" + `{"error":"out of memory"}` + "\n",
		},
		{name: "an error in a good answer", failed: core.CodeUpstreamStatus, answer: `{"error":"out of memory"}`},
		{
			name: "a stream without its last line is cut", failed: core.CodeUpstreamCut,
			answer: `{"model":"m","message":{"role":"assistant","content":"He"},"done":false}` + "\n",
		},
	})
}
