package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// An answerRow is one row of the table of answers: what a provider says, and where
// each client reads it, "client path=JSON" with "; " between clients.
type answerRow struct {
	row, folder, answer, want string
}

// fieldThinks is a question of a client of Gemini's that wants to see what is thought.
const fieldThinks = `{"contents":[{"role":"user","parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}`

// fieldClients are short names of the clients' dialects.
var fieldClients = map[string]string{"chat": chatClient, "messages": messagesClient, "responses": responsesClient, "gemini": geminiClient}

func fieldsComeBack(t *testing.T, table []answerRow) {
	t.Helper()
	rig := newTrapRig(t)
	for i := range table {
		r := &table[i]
		t.Run(r.folder+", "+r.row, func(t *testing.T) {
			for one := range strings.SplitSeq(r.want, "; ") {
				client, places, _ := strings.Cut(one, " ")
				a := reply{folder: r.folder, front: fieldClients[client], answer: r.answer}
				if a.front == geminiClient {
					a.request = fieldThinks
				}
				text, err := a.told(t, rig.translator(r.folder))
				if err != nil {
					t.Fatalf("%s: %v", client, err)
				}
				holdsAt(t, client, parsed(t, text), places)
			}
		})
	}
}

// Whole answers of each provider, with what they say in place of the %.
var fieldAnswers = map[string]string{
	"openai":    `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"real","choices":[{"index":0,"message":{"role":"assistant","content":"ans"},"finish_reason":"stop"}],"usage":%}`,
	"mistral":   `{"id":"x","object":"chat.completion","created":1,"model":"real","choices":[{"index":0,"message":{"role":"assistant","content":"ans"},"finish_reason":"stop"}],"usage":%}`,
	"anthropic": `{"id":"msg_1","type":"message","role":"assistant","model":"real","content":[{"type":"text","text":"ans"}],"stop_reason":"end_turn","stop_sequence":null,"usage":%}`,
	"bedrock":   `{"output":{"message":{"role":"assistant","content":[{"text":"ans"}]}},"stopReason":"end_turn","usage":%}`,
	"gemini":    `{"responseId":"r1","modelVersion":"real","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"ans"}]},"finishReason":"STOP"}],"usageMetadata":%}`,
	"cohere":    `{"id":"x","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"ans"}]},"usage":%}`,
	"responses": `{"id":"resp_1","object":"response","created_at":1,"model":"real","status":"completed","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"ans","annotations":[]}]}],"usage":%}`,
	"ollama":    `{"model":"real","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"ans"},"done":true,"done_reason":"stop",%}`,
}

func usageRow(row, folder, usage, want string) answerRow {
	return answerRow{row, folder, strings.Replace(fieldAnswers[folder], "%", usage, 1), want}
}

// TestTrapFieldsOfUsage: one prompt of 100 tokens, 40 of which a cache served and 20
// of which it keeps, and an answer of 30, 10 of which were thought, as each provider
// tells and each client reads it.
func TestTrapFieldsOfUsage(t *testing.T) {
	const (
		chat     = "chat usage.prompt_tokens=100 usage.prompt_tokens_details.cached_tokens=40 usage.completion_tokens=30 usage.total_tokens=130"
		messages = "messages usage.cache_read_input_tokens=40 usage.output_tokens=30"
		inResp   = "responses usage.input_tokens=100 usage.input_tokens_details.cached_tokens=40 usage.output_tokens=30 usage.total_tokens=130"
		inGemini = "gemini usageMetadata.promptTokenCount=100 usageMetadata.cachedContentTokenCount=40 usageMetadata.totalTokenCount=130"
		kept     = " usage.input_tokens=40 usage.cache_creation_input_tokens=20"
		unkept   = " usage.input_tokens=60 usage.cache_creation_input_tokens=0"
		thought  = " usageMetadata.candidatesTokenCount=20 usageMetadata.thoughtsTokenCount=10"
	)
	fieldsComeBack(t, []answerRow{
		usageRow("all", "openai", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":20},"completion_tokens_details":{"reasoning_tokens":10}}`, messages+kept+" usage.output_tokens_details.thinking_tokens=10; "+inResp+" usage.input_tokens_details.cache_write_tokens=20 usage.output_tokens_details.reasoning_tokens=10; "+inGemini+thought),
		usageRow("null details", "openai", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_tokens_details":null,"completion_tokens_details":null}`, "messages usage.input_tokens=100 usage.output_tokens=30; responses usage.output_tokens_details.reasoning_tokens=0"),
		usageRow("hits and misses", "openai", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_cache_hit_tokens":40,"prompt_cache_miss_tokens":60}`, messages+unkept+"; "+inResp),
		usageRow("reasoning beside the answer", "openai", `{"prompt_tokens":100,"completion_tokens":20,"total_tokens":130,"completion_tokens_details":{"reasoning_tokens":10}}`, "messages usage.output_tokens=30 usage.output_tokens_details.thinking_tokens=10; responses usage.output_tokens=30; gemini usageMetadata.totalTokenCount=130"+thought),
		usageRow("a total that nothing explains", "openai", `{"prompt_tokens":7,"completion_tokens":12,"total_tokens":402}`, "messages usage.input_tokens=7 usage.output_tokens=12; responses usage.output_tokens=12 usage.output_tokens_details.reasoning_tokens=0; gemini usageMetadata.candidatesTokenCount=12 usageMetadata.thoughtsTokenCount"),
		usageRow("sounds on both sides", "openai", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_tokens_details":{"audio_tokens":5},"completion_tokens_details":{"audio_tokens":2}}`, "responses usage.input_tokens=100 usage.input_tokens_details.audio_tokens usage.output_tokens=30"),
		usageRow("all", "anthropic", `{"input_tokens":40,"cache_read_input_tokens":40,"cache_creation_input_tokens":20,"output_tokens":30,"output_tokens_details":{"thinking_tokens":10}}`, chat+" usage.prompt_tokens_details.cache_write_tokens=20 usage.completion_tokens_details.reasoning_tokens=10; "+inResp+"; "+inGemini+thought),
		usageRow("all", "bedrock", `{"inputTokens":40,"outputTokens":30,"totalTokens":130,"cacheReadInputTokens":40,"cacheWriteInputTokens":20,"cacheDetails":[{"ttl":"1h","inputTokens":15},{"ttl":"5m","inputTokens":5}]}`, chat+" usage.prompt_tokens_details.cache_write_tokens=20; "+messages+kept+" usage.cache_creation.ephemeral_5m_input_tokens=5 usage.cache_creation.ephemeral_1h_input_tokens=15; "+inResp+"; "+inGemini+" usageMetadata.candidatesTokenCount=30"),
		usageRow("all, and what tools put in", "gemini", `{"promptTokenCount":90,"toolUsePromptTokenCount":10,"cachedContentTokenCount":40,"candidatesTokenCount":20,"thoughtsTokenCount":10,"totalTokenCount":130}`, chat+" usage.completion_tokens_details.reasoning_tokens=10; "+messages+unkept+"; "+inResp),
		usageRow("all", "cohere", `{"billed_units":{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":100,"output_tokens":30},"cached_tokens":40}`, chat+"; "+messages+unkept+"; "+inResp+"; "+inGemini),
		usageRow("all", "mistral", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"num_cached_tokens":40}`, chat+"; "+messages+unkept+"; "+inResp+"; "+inGemini),
		usageRow("all", "responses", `{"input_tokens":100,"input_tokens_details":{"cached_tokens":40},"output_tokens":30,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":130}`, chat+" usage.completion_tokens_details.reasoning_tokens=10; "+messages+unkept+"; "+inGemini+thought),
		usageRow("all", "ollama", `"prompt_eval_count":100,"eval_count":30`, "chat usage.prompt_tokens=100 usage.completion_tokens=30 usage.total_tokens=130; messages usage.input_tokens=100 usage.output_tokens=30; responses usage.total_tokens=130; gemini usageMetadata.totalTokenCount=130"),
	})
}

// TestTrapFieldsOfAnswers: text, thinking, calls, sources and refusals of each
// provider, as each client reads them.
func TestTrapFieldsOfAnswers(t *testing.T) {
	const (
		call  = `chat choices.0.message.tool_calls.0.function={"name":"f","arguments":"{\"a\":1}"} choices.0.finish_reason="tool_calls"; messages stop_reason="tool_use"; responses status="completed"; gemini candidates.0.finishReason="STOP"`
		gem   = `{"responseId":"r1","modelVersion":"real","candidates":[{"index":0,"content":{"role":"model","parts":[%]},"finishReason":"STOP"}]}`
		think = `chat choices.0.message.reasoning_content="hm" choices.0.message.content="ans"; messages content.0.type="thinking" content.0.thinking="hm" content.1.text="ans"; responses output.0.type="reasoning" output.0.summary.0.text="hm" output.1.content.0.text="ans"; gemini candidates.0.content.parts.0.thought=true candidates.0.content.parts.1.text="ans"`
	)
	parts := func(list string) string { return strings.Replace(gem, "%", list, 1) }
	fieldsComeBack(t, []answerRow{
		{"thinking", "anthropic", `{"id":"msg_1","type":"message","role":"assistant","model":"real","content":[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"text","text":"ans"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`, without(think, "messages")},
		{"thinking", "bedrock", `{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"SIG"}}},{"text":"ans"}]}},"stopReason":"end_turn"}`, think},
		{"thinking", "gemini", parts(`{"text":"hm","thought":true},{"text":"ans"}`), without(think, "gemini")},
		{"thinking", "mistral", `{"id":"x","model":"real","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"ans"}]},"finish_reason":"stop"}]}`, think},
		{"thinking", "cohere", `{"id":"x","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"ans"}]}}`, think},
		{"thinking", "ollama", `{"model":"real","message":{"role":"assistant","content":"ans","thinking":"hm"},"done":true,"done_reason":"stop"}`, think},
		{"thinking of Groq's and OpenRouter's", "openai", `{"id":"x","model":"real","choices":[{"index":0,"message":{"role":"assistant","content":"ans","reasoning":"hm"},"finish_reason":"stop"}]}`, without(think, "chat")},
		{"thinking", "responses", `{"id":"resp_1","status":"completed","model":"real","output":[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"ans","annotations":[]}]}]}`, without(think, "responses")},

		{"a call", "anthropic", `{"id":"msg_1","type":"message","role":"assistant","model":"real","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`, without(call, "messages")},
		{"a call", "bedrock", `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}}]}},"stopReason":"tool_use"}`, call},
		{"a call", "gemini", parts(`{"functionCall":{"name":"f","args":{"a":1}}}`), without(call, "gemini")},
		{"a call", "cohere", `{"id":"x","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}`, call},
		{"a call", "ollama", `{"model":"real","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":true,"done_reason":"stop"}`, call},
		{"a call", "responses", `{"id":"resp_1","status":"completed","model":"real","output":[{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"{\"a\":1}"}]}`, without(call, "responses")},

		{"its id", "anthropic", strings.Replace(fieldAnswers["anthropic"], "%", `{"input_tokens":1,"output_tokens":1}`, 1), `gemini responseId="msg_1" modelVersion="real"; chat model="real"; responses model="real"`},
		{"nobody's model", "bedrock", `{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn"}`, `chat model="m"; messages model="m"; responses model="m"; gemini modelVersion="m"`},
		{"a refusal", "openai", `{"id":"x","model":"real","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"stop"}]}`, `messages content.0.text="no"; responses output.0.content.0.refusal="no"; gemini candidates.0.content.parts.0.text="no"`},
		{"a source in front of a call", "gemini", `{"candidates":[{"content":{"role":"model","parts":[{"text":"ans"},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"T"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":3,"text":"ans"},"groundingChunkIndices":[0]}]}}]}`, `chat choices.0.message.annotations.0.url_citation={"url":"https://a","title":"T","start_index":0,"end_index":3}; responses output.0.content.0.annotations.0.url="https://a" output.1.type="function_call"; messages content.#=2 content.0.citations.0.url="https://a"`},
		{"a prompt that is blocked", "gemini", `{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}`, `chat choices.0.finish_reason="content_filter" usage.prompt_tokens=7; messages stop_reason="refusal" content=[]; responses status="incomplete" incomplete_details.reason="content_filter"`},
		{"a sequence that stopped it", "anthropic", `{"id":"msg_1","type":"message","role":"assistant","model":"real","content":[{"type":"text","text":"a"}],"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":1,"output_tokens":1}}`, `chat choices.0.finish_reason="stop"; responses status="completed"; gemini candidates.0.finishReason="STOP"`},
		{"a bound", "ollama", `{"model":"real","message":{"role":"assistant","content":"a"},"done":true,"done_reason":"length"}`, `chat choices.0.finish_reason="length"; messages stop_reason="max_tokens"; responses status="incomplete" incomplete_details.reason="max_output_tokens"; gemini candidates.0.finishReason="MAX_TOKENS"`},
		{"a bound", "responses", `{"id":"resp_1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"real","output":[{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]}]}`, `chat choices.0.finish_reason="length"; messages stop_reason="max_tokens"; gemini candidates.0.finishReason="MAX_TOKENS"`},
	})
}

// without leaves out the client who speaks the provider's own dialect.
func without(want, client string) string {
	var rest []string
	for one := range strings.SplitSeq(want, "; ") {
		if !strings.HasPrefix(one, client+" ") {
			rest = append(rest, one)
		}
	}
	return strings.Join(rest, "; ")
}

// TestTrapFieldsOfErrors: the table of errors, as each client is told.
func TestTrapFieldsOfErrors(t *testing.T) {
	rig := newTrapRig(t)
	for _, c := range []struct {
		row, folder string
		status      int
		kind, body  string // kind is x-amzn-errortype
		want        string // of chat, messages and gemini: status and word
	}{
		{"invalid", "anthropic", 400, "", `{"type":"error","error":{"type":"invalid_request_error","message":"b"}}`, "400 invalid_request_error, 400 invalid_request_error, 400 INVALID_ARGUMENT"},
		{"money", "anthropic", 402, "", `{"type":"error","error":{"type":"billing_error","message":"b"}}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"unknown", "anthropic", 404, "", `{"type":"error","error":{"type":"not_found_error","message":"b"}}`, "404 invalid_request_error, 404 not_found_error, 404 NOT_FOUND"},
		{"size", "anthropic", 413, "", `{"type":"error","error":{"type":"request_too_large","message":"b"}}`, "413 invalid_request_error, 413 request_too_large, 413 INVALID_ARGUMENT"},
		{"rate", "anthropic", 429, "", `{"type":"error","error":{"type":"rate_limit_error","message":"b"}}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"failed", "anthropic", 500, "", `{"type":"error","error":{"type":"api_error","message":"b"}}`, "500 server_error, 500 api_error, 500 INTERNAL"},
		{"time", "anthropic", 504, "", `{"type":"error","error":{"type":"timeout_error","message":"b"}}`, "504 timeout_error, 504 timeout_error, 504 DEADLINE_EXCEEDED"},
		{"overloaded", "anthropic", 529, "", `{"type":"error","error":{"type":"overloaded_error","message":"b"}}`, "503 server_error, 503 overloaded_error, 503 UNAVAILABLE"},
		{"quota", "openai", 429, "", `{"error":{"message":"b","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"too long", "openai", 400, "", `{"error":{"message":"b","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, "400 invalid_request_error, 400 invalid_request_error, 400 INVALID_ARGUMENT"},
		{"size", "openai", 413, "", `{"error":{"message":"b","type":"invalid_request_error","param":null,"code":null}}`, "413 invalid_request_error, 413 request_too_large, 413 INVALID_ARGUMENT"},
		{"precondition", "gemini", 400, "", `{"error":{"code":400,"message":"b","status":"FAILED_PRECONDITION"}}`, "400 invalid_request_error, 400 invalid_request_error, 400 INVALID_ARGUMENT"},
		{"rate", "gemini", 429, "", `{"error":{"code":429,"message":"b","status":"RESOURCE_EXHAUSTED"}}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"overloaded", "gemini", 503, "", `{"error":{"code":503,"message":"b","status":"UNAVAILABLE"}}`, "503 server_error, 503 overloaded_error, 503 UNAVAILABLE"},
		{"invalid", "bedrock", 400, "ValidationException", `{"message":"b"}`, "400 invalid_request_error, 400 invalid_request_error, 400 INVALID_ARGUMENT"},
		{"quota", "bedrock", 400, "ServiceQuotaExceededException", `{"message":"b"}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"time", "bedrock", 408, "ModelTimeoutException", `{"message":"b"}`, "408 timeout_error, 408 timeout_error, 408 DEADLINE_EXCEEDED"},
		{"the model's error", "bedrock", 424, "ModelErrorException", `{"message":"b"}`, "502 server_error, 502 api_error, 502 UNAVAILABLE"},
		{"rate", "bedrock", 429, "ThrottlingException", `{"message":"b"}`, "429 rate_limit_error, 429 rate_limit_error, 429 RESOURCE_EXHAUSTED"},
		{"overloaded", "bedrock", 503, "ServiceUnavailableException", `{"message":"b"}`, "503 server_error, 503 overloaded_error, 503 UNAVAILABLE"},
		{"cancelled", "cohere", 499, "", `{"message":"b"}`, "502 server_error, 502 api_error, 502 UNAVAILABLE"},
		{"places", "mistral", 422, "", `{"detail":[{"loc":["body","x"],"msg":"b"}]}`, "422 invalid_request_error, 422 invalid_request_error, 422 INVALID_ARGUMENT"},
	} {
		t.Run(c.folder+", "+c.row, func(t *testing.T) {
			var told []string
			for _, name := range []string{chatClient, messagesClient, geminiClient} {
				front := trapFronts[name]
				ex, at := asked(rig.translator(c.folder), front, c.folder, "m")
				var headers core.Headers = oneField{}
				if c.kind != "" {
					headers = header("x-amzn-errortype", c.kind)
				}
				err := rig.translator(c.folder).Response(ex, at, &core.UpstreamResponse{Status: c.status, Headers: headers, Body: []byte(c.body)}, &at.Translation.Answer)
				if err == nil {
					t.Fatal("it is no error")
				}
				e := parsed(t, string(front.RenderError(nil, err, core.ID{}))).at("error")
				word := e.at("type").text() + e.at("status").text()
				told = append(told, parsedNumber(err.HTTPStatus()).json()+" "+word)
			}
			if got := strings.Join(told, ", "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
