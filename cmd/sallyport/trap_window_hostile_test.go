package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// eventsOf is a stream of events whose payloads are given.
func eventsOf(payloads ...string) string {
	var b strings.Builder
	for _, p := range payloads {
		fmt.Fprintf(&b, "data: %s\n\n", p)
	}
	return b.String()
}

// namedOf is a stream of events that have the type of their payload as a name.
func namedOf(payloads ...string) string {
	var b strings.Builder
	for _, p := range payloads {
		_, rest, _ := strings.Cut(p, `"type":"`)
		kind, _, _ := strings.Cut(rest, `"`)
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", kind, p)
	}
	return b.String()
}

func wholeChat(message, more string) string {
	return `{"id":"1","object":"chat.completion","model":"x","choices":[{"index":0,"message":{"role":"assistant",` + message + `},"finish_reason":"stop"}` + more + `],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
}

func chatOf(deltas ...string) string {
	var b strings.Builder
	for _, d := range deltas {
		b.WriteString(chunk(d, "null"))
	}
	return b.String() + chunk(`{}`, `"stop"`) + "data: [DONE]\n\n"
}

func claudeWhole(content, more string) string {
	return `{"id":"msg_1","type":"message","role":"assistant","model":"x","content":[` + content + `],"stop_reason":"end_turn"` + more + `,"usage":{"input_tokens":1,"output_tokens":1}}`
}

const (
	claudeStarted = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}`
	claudeStopped = `{"type":"message_stop"}`
	claudeEnded   = `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}`
)

func claudeEvents(block string, deltas ...string) string {
	list := []string{claudeStarted, `{"type":"content_block_start","index":0,"content_block":` + block + `}`}
	for _, d := range deltas {
		list = append(list, `{"type":"content_block_delta","index":0,"delta":`+d+`}`)
	}
	return namedOf(append(list, `{"type":"content_block_stop","index":0}`, claudeEnded, claudeStopped)...)
}

func googleWhole(parts, candidate, more string) string {
	return `{"candidates":[{"index":0,"content":{"role":"model","parts":[` + parts + `]},"finishReason":"STOP"` + candidate + `}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"x"` + more + `}`
}

func itemsWhole(items, more string) string {
	return `{"id":"resp_1","object":"response","status":"completed","model":"x","output":[` + items + `],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}` + more + `}`
}

func itemsEvents(events ...string) string {
	list := append([]string{`{"type":"response.created","response":{"id":"resp_1","object":"response","model":"x","status":"in_progress","output":[]}}`}, events...)
	return namedOf(append(list, `{"type":"response.completed","response":`+itemsWhole("", "")+`}`)...)
}

const item = `{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[%s]}`

// hostile are answers of upstreams, by kind, that hold the word "@" where a guard could
// miss it.
var hostile = map[string][]told{
	"openai": {
		{name: "error", status: 400, body: `{"error":{"message":"no @ here","type":"invalid_request_error","param":"@","code":"tool_use_failed","failed_generation":"said @"}}`},
		{name: "error, escaped", status: 422, body: `{"error":{"message":"no \u007aqcanaryqz here","type":"x"}}`},
		{name: "error, bare", status: 500, body: `{"error":"no @"}`},
		{name: "error, detail", status: 422, body: `{"detail":[{"msg":"@","input":"@"}]}`},
		{name: "error, text", status: 503, header: map[string]string{"Content-Type": "text/plain; x=@"}, body: `@`},
		{name: "error, type and code", status: 429, header: map[string]string{"Retry-After": "@", "X-Ratelimit-Reset-Requests": "@"}, body: `{"error":{"message":"m","type":"@","code":"@"}}`},
		{name: "error with 200", body: `{"error":{"message":"no @ here","code":502,"metadata":{"raw":"@"}}}`},
		{name: "media type", header: map[string]string{"Content-Type": "application/json; note=@"}, body: wholeChat(`"content":"hi"`, "")},
		{name: "fields", header: map[string]string{"X-Ratelimit-Limit-Requests": "@", "X-Note": "@", "Set-Cookie": "a=@", "X-Request-Id": "@", "Openai-Processing-Ms": "@"}, body: wholeChat(`"content":"hi"`, "")},
		{name: "content", body: wholeChat(`"content":"a @ b"`, "")},
		{name: "content of parts", body: wholeChat(`"content":[{"type":"text","text":"a @ b"},{"type":"thinking","thinking":[{"type":"text","text":"@"}]},{"type":"new","new":"@"}]`, "")},
		{name: "refusal", body: wholeChat(`"content":null,"refusal":"@"`, "")},
		{name: "reasoning", body: wholeChat(`"content":"a","reasoning_content":"@","reasoning":"@","reasoning_details":[{"type":"reasoning.text","text":"@"},{"type":"reasoning.summary","summary":"@"}]`, "")},
		{name: "audio", body: wholeChat(`"content":null,"audio":{"id":"a","data":"","expires_at":1,"transcript":"@"}`, "")},
		{name: "annotations", body: wholeChat(`"content":"a","annotations":[{"type":"url_citation","url_citation":{"url":"https://x/@","title":"@","content":"@","start_index":0,"end_index":1}}],"citations":["@"]`, "")},
		{name: "call", body: wholeChat(`"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"@\"}"}}]`, "")},
		{name: "call, escaped twice", body: wholeChat(`"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"@\":1}"}}]`, "")},
		{name: "custom call", body: wholeChat(`"content":null,"tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"@"}}]`, "")},
		{name: "old call", body: wholeChat(`"content":null,"function_call":{"name":"f","arguments":"{\"a\":\"@\"}"}`, "")},
		{name: "unknown member", body: wholeChat(`"content":"a","note":"@","notes":{"x":["@"]}`, "")},
		{name: "other choice", body: wholeChat(`"content":"a"`, `,{"index":1,"message":{"role":"assistant","content":"@"},"logprobs":{"content":[{"token":"@","logprob":0,"bytes":null,"top_logprobs":[{"token":"@","logprob":0,"bytes":null}]}]},"finish_reason":"stop"}`)},
		{name: "twice", body: wholeChat(`"content":"@","content":"ok"`, "")},
		{name: "folded key", body: wholeChat(`"content":"ok","Content":"@"`, "")},
		{name: "image", body: wholeChat(`"content":"a","images":[{"type":"image_url","image_url":{"url":"https://x/@"}}]`, "")},
		{name: "behind the document", body: wholeChat(`"content":"ok"`, "") + ` "@"`},

		{name: "comment", stream: true, body: ": @\n\n" + chatOf(`{"content":"a"}`)},
		{name: "names", stream: true, body: "event: @\nid: @\nretry: @\nnote: @\n" + chatOf(`{"content":"a"}`)},
		{name: "no JSON", stream: true, body: "data: @\n\n" + chatOf(`{"content":"a"}`)},
		{name: "behind the end", stream: true, body: chatOf(`{"content":"a"}`) + chunk(`{"content":"@"}`, "null") + "data: @\n\n"},
		{name: "behind a finish", stream: true, body: chunk(`{"content":"a"}`, `"stop"`) + chunk(`{"content":"@"}`, "null") + "data: [DONE]\n\n"},
		{name: "in pieces", stream: true, body: chatOf(`{"content":"a zqcan"}`, `{"content":""}`, `{"content":"aryqz b"}`)},
		{name: "in escapes", stream: true, body: chatOf(`{"content":"a \u007aqcan"}`, `{"content":"ary\u0071z b"}`)},
		{name: "CR", stream: true, body: strings.ReplaceAll(chatOf(`{"content":"a zqcan"}`, `{"content":"aryqz b"}`), "\n", "\r")},
		{name: "lines", stream: true, body: strings.ReplaceAll(chatOf(`{"content":"a zqcan"}`, `{"content":"aryqz b"}`), `"delta":`, "\"delta\":\ndata: ")},
		{name: "NUL", stream: true, body: chatOf(`{"content":"a\u0000zqcan"}`, `{"content":"aryqz\u0000 b"}`)},
		{name: "half a pair", stream: true, body: chatOf(`{"content":"\ud83d"}`, `{"content":"\ude00zqcan"}`, `{"content":"aryqz \ud83d"}`)},
		{name: "not UTF-8", stream: true, body: chatOf("{\"content\":\"a\xffzqcan\"}", "{\"content\":\"aryqz\xe2\x82\"}")},
		{name: "reasoning in pieces", stream: true, body: chatOf(`{"reasoning_content":"a zqcan"}`, `{"content":"x"}`, `{"reasoning_content":"aryqz b"}`)},
		{name: "details", stream: true, body: chatOf(`{"reasoning_details":[{"type":"reasoning.text","text":"zqcan","index":0}]}`, `{"reasoning_details":[{"type":"reasoning.text","text":"aryqz","index":0}]}`)},
		{name: "refusal in pieces", stream: true, body: chatOf(`{"refusal":"zqcan"}`, `{"refusal":"aryqz"}`)},
		{name: "call in pieces", stream: true, body: chatOf(`{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"zqc"}}]}`, `{"tool_calls":[{"index":0,"function":{"arguments":"anaryqz\"}"}}]}`)},
		{name: "call in escapes", stream: true, body: chatOf(`{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u007"}}]}`, `{"tool_calls":[{"index":0,"function":{"arguments":"aqcanaryqz\"}"}}]}`)},
		{name: "two choices", stream: true, body: eventsOf(`{"id":"1","choices":[{"index":0,"delta":{"content":"zqcan"}},{"index":1,"delta":{"content":"zq"}}]}`, `{"id":"1","choices":[{"index":1,"delta":{"content":"canaryqz"}},{"index":0,"delta":{"content":"aryqz"}}]}`, `{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]}`, "[DONE]")},
		{name: "logprobs", stream: true, body: eventsOf(`{"id":"1","choices":[{"index":0,"delta":{"content":"zqcan"},"logprobs":{"content":[{"token":"zqcan","logprob":0}]}}]}`, `{"id":"1","choices":[{"index":0,"delta":{"content":"aryqz"},"logprobs":{"content":[{"token":"aryqz","logprob":0,"top_logprobs":[{"token":"@"}]}]}}]}`) + chatOf()},
		{name: "unknown members", stream: true, body: eventsOf(`{"id":"1","note":"@","choices":[{"index":0,"delta":{"content":"a","note":"@","notes":["zq","@"]},"note":"@"}]}`) + chatOf()},
		{name: "twice in an event", stream: true, body: chatOf(`{"content":"@","content":"ok"}`)},
		{name: "error event", stream: true, body: chunk(`{"content":"a"}`, "null") + eventsOf(`{"error":{"message":"no @","type":"server_error","code":"x","failed_generation":"@"}}`)},
		{name: "error event first", stream: true, body: eventsOf(`{"error":{"message":"no @","type":"server_error","failed_generation":"@"}}`)},
		{name: "error event, bare", stream: true, body: chunk(`{"content":"a"}`, "null") + eventsOf(`{"error":"no @"}`)},
		{name: "error event behind half a call", stream: true, body: chunk(`{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]}`, "null") + eventsOf(`{"error":{"message":"no @","type":"server_error"}}`)},
		{name: "error with a status", stream: true, status: 400, body: `{"error":{"message":"no @","failed_generation":"@"}}`},
		{name: "media type of a stream", stream: true, header: map[string]string{"Content-Type": "text/event-stream; note=@"}, body: chatOf(`{"content":"a"}`)},
	},
	"anthropic": {
		{name: "error", status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"no @","details":{"x":"@"}},"request_id":"r"}`},
		{name: "error type", status: 400, body: `{"type":"error","error":{"type":"@","message":"no"}}`},
		{name: "content", body: claudeWhole(`{"type":"text","text":"a @ b","citations":[{"type":"web_search_result_location","cited_text":"@","title":"@","url":"https://x/@","encrypted_index":"a"}]}`, "")},
		{name: "thinking", body: claudeWhole(`{"type":"thinking","thinking":"@","signature":"s"},{"type":"text","text":"a"}`, "")},
		{name: "call", body: claudeWhole(`{"type":"tool_use","id":"t","name":"f","input":{"a":["@"],"\u007aqcanaryqz":1}}`, "")},
		{name: "server tool", body: claudeWhole(`{"type":"server_tool_use","id":"t","name":"web_search","input":{"query":"@"}},{"type":"web_search_tool_result","tool_use_id":"t","content":[{"type":"web_search_result","title":"@","url":"https://x/@","encrypted_content":"e","page_age":"@"}]},{"type":"code_execution_tool_result","tool_use_id":"t","content":{"type":"code_execution_result","stdout":"@","stderr":"@","return_code":0,"content":[]}}`, "")},
		{name: "unknown block", body: claudeWhole(`{"type":"news","text":"@","body":{"x":"@"}},{"type":"text","text":"a"}`, "")},
		{name: "stop", body: claudeWhole(`{"type":"text","text":"a"}`, `,"stop_sequence":null,"stop_details":{"type":"refusal","explanation":"@"},"container":{"id":"c"},"note":"@"`)},

		{name: "text in pieces", stream: true, body: claudeEvents(`{"type":"text","text":"zq"}`, `{"type":"text_delta","text":"can"}`, `{"type":"text_delta","text":"aryqz"}`)},
		{name: "thinking in pieces", stream: true, body: claudeEvents(`{"type":"thinking","thinking":"","signature":""}`, `{"type":"thinking_delta","thinking":"zqcan"}`, `{"type":"thinking_delta","thinking":"aryqz"}`, `{"type":"signature_delta","signature":"s"}`)},
		{name: "citation", stream: true, body: claudeEvents(`{"type":"text","text":""}`, `{"type":"text_delta","text":"a"}`, `{"type":"citations_delta","citation":{"type":"char_location","cited_text":"\u007aqcanaryqz","document_index":0,"document_title":"@","start_char_index":0,"end_char_index":1}}`)},
		{name: "call in pieces", stream: true, body: claudeEvents(`{"type":"tool_use","id":"t","name":"f","input":{}}`, `{"type":"input_json_delta","partial_json":"{\"a\":\"zqcan"}`, `{"type":"input_json_delta","partial_json":"aryqz\"}"}`)},
		{name: "call in one", stream: true, body: claudeEvents(`{"type":"tool_use","id":"t","name":"f","input":{"a":"@"}}`)},
		{name: "server tool result", stream: true, body: claudeEvents(`{"type":"web_search_tool_result","tool_use_id":"t","content":[{"type":"web_search_result","title":"@","url":"https://x/@","encrypted_content":"e","page_age":"@"}]}`)},
		{name: "unknown delta", stream: true, body: claudeEvents(`{"type":"text","text":""}`, `{"type":"news_delta","news":"@"}`)},
		{name: "unknown event", stream: true, body: namedOf(claudeStarted, `{"type":"news","text":"@"}`, claudeEnded, claudeStopped)},
		{name: "unknown block event", stream: true, body: claudeEvents(`{"type":"news","text":"zq"}`, `{"type":"text_delta","text":"canaryqz"}`)},
		{name: "behind the end", stream: true, body: claudeEvents(`{"type":"text","text":""}`, `{"type":"text_delta","text":"a"}`) + namedOf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"@"}}`)},
		{name: "behind the stop of a block", stream: true, body: namedOf(claudeStarted, `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"zqcan"}}`, `{"type":"content_block_stop","index":0}`, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"aryqz"}}`, claudeEnded, claudeStopped)},
		{name: "error event", stream: true, body: namedOf(claudeStarted, `{"type":"error","error":{"type":"overloaded_error","message":"no @","details":{"x":"@"}}}`)},
		{name: "error event behind half a call", stream: true, body: namedOf(claudeStarted, `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`, `{"type":"error","error":{"type":"overloaded_error","message":"no @"}}`)},
		{name: "ping", stream: true, body: namedOf(claudeStarted, `{"type":"ping","note":"@"}`, claudeEnded, claudeStopped)},
		{name: "stop in a stream", stream: true, body: namedOf(claudeStarted, `{"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":{"type":"refusal","explanation":"@"}},"usage":{"output_tokens":1}}`, claudeStopped)},
	},
	"gemini": {
		{name: "error", status: 400, body: `{"error":{"code":400,"message":"no @","status":"INVALID_ARGUMENT","details":[{"@type":"x","reason":"@","metadata":{"x":"@"}}]}}`},
		{name: "error in a list", status: 400, body: `[{"error":{"code":400,"message":"no @","status":"INVALID_ARGUMENT"}}]`},
		{name: "content", body: googleWhole(`{"text":"a @ b"},{"text":"@","thought":true}`, "", "")},
		{name: "call", body: googleWhole(`{"functionCall":{"name":"f","args":{"a":"\u007aqcanaryqz"}}}`, "", "")},
		{name: "code", body: googleWhole(`{"executableCode":{"language":"PYTHON","code":"@"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"@"}},{"text":"a"}`, "", "")},
		{name: "text in base64", body: googleWhole(`{"text":"a"},{"inlineData":{"mimeType":"text/plain","data":"eiB6cWNhbmFyeXF6IHogeiB6IHo="}}`, "", "")},
		{name: "reasons", body: googleWhole(`{"text":"a"}`, `,"finishMessage":"@"`, `,"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"@"}`)},
		{name: "citations", body: googleWhole(`{"text":"a"}`, `,"citationMetadata":{"citationSources":[{"uri":"https://x/@","title":"@"}]},"groundingMetadata":{"webSearchQueries":["@"],"searchEntryPoint":{"renderedContent":"<b>@</b>"},"groundingChunks":[{"web":{"uri":"https://x/@","title":"@"}}]}`, "")},
		{name: "unknown part", body: googleWhole(`{"text":"a"},{"news":{"x":"@"}}`, `,"note":"@"`, `,"note":"@"`)},
		{name: "blocked prompt", body: `{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"@"},"usageMetadata":{"promptTokenCount":1,"totalTokenCount":1},"modelVersion":"x"}`},

		{name: "text in pieces", stream: true, body: eventsOf(strings.Replace(googleWhole(`{"text":"a zqcan"}`, "", ""), `"finishReason":"STOP"`, `"note":1`, 1), googleWhole(`{"text":"aryqz b"}`, "", ""))},
		{name: "thoughts in pieces", stream: true, body: eventsOf(strings.Replace(googleWhole(`{"text":"a zqcan","thought":true}`, "", ""), `"finishReason":"STOP"`, `"note":1`, 1), googleWhole(`{"text":"aryqz b","thought":true}`, "", ""))},
		{name: "error event", stream: true, body: eventsOf(strings.Replace(googleWhole(`{"text":"a"}`, "", ""), `"finishReason":"STOP"`, `"note":1`, 1), `{"error":{"code":503,"message":"no @","status":"UNAVAILABLE"}}`)},
		{name: "reasons in a stream", stream: true, body: eventsOf(googleWhole(`{"text":"a"}`, `,"finishMessage":"@"`, `,"promptFeedback":{"blockReasonMessage":"@"}`))},
		{name: "text in base64 in a stream", stream: true, body: eventsOf(googleWhole(`{"text":"a"},{"inlineData":{"mimeType":"text/plain","data":"eiB6cWNhbmFyeXF6IHogeiB6IHo="}}`, "", ""))},
		{name: "repeats of what was said", stream: true, body: eventsOf(strings.Replace(googleWhole(`{"text":"a @ b"}`, "", ""), `"finishReason":"STOP"`, `"note":1`, 1), googleWhole(`{"text":" c"}`, `,"groundingMetadata":{"groundingSupports":[{"segment":{"startIndex":0,"endIndex":9,"text":"a @ b"},"groundingChunkIndices":[0]}]}`, ""))},
	},
	"openai-responses": {
		{name: "error", status: 400, body: `{"error":{"message":"no @","type":"invalid_request_error","param":"@","code":"x"}}`},
		{name: "content", body: itemsWhole(fmt.Sprintf(item, `{"type":"output_text","text":"a @ b","annotations":[{"type":"url_citation","url":"https://x/@","title":"@","start_index":0,"end_index":1}],"logprobs":[{"token":"@","logprob":0,"bytes":[],"top_logprobs":[{"token":"@","logprob":0,"bytes":[]}]}]},{"type":"refusal","refusal":"@"}`), "")},
		{name: "reasoning", body: itemsWhole(`{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"@"}],"content":[{"type":"reasoning_text","text":"@"}],"encrypted_content":"e"}`, "")},
		{name: "calls", body: itemsWhole(`{"type":"function_call","id":"f","call_id":"c","name":"f","arguments":"{\"a\":\"@\"}"},{"type":"custom_tool_call","id":"g","call_id":"d","name":"g","input":"@"},{"type":"web_search_call","id":"w","status":"completed","action":{"type":"search","query":"@"}},{"type":"code_interpreter_call","id":"i","status":"completed","code":"@","outputs":[{"type":"logs","logs":"@"}]},{"type":"mcp_call","id":"m","name":"n","server_label":"s","arguments":"@","output":"@","error":"@"},{"type":"file_search_call","id":"k","queries":["@"],"results":[{"text":"@","filename":"@"}]}`, "")},
		{name: "image", body: itemsWhole(`{"type":"image_generation_call","id":"i","status":"completed","result":"QUJD","revised_prompt":"@"}`, "")},
		{name: "unknown item", body: itemsWhole(`{"type":"news","id":"n","text":"@","more":{"x":["@"]}}`, `,"note":"@"`)},
		{name: "failed", body: `{"id":"resp_1","object":"response","status":"failed","model":"x","error":{"code":"server_error","message":"no @"},"output":[],"usage":null}`},
		{name: "incomplete", body: `{"id":"resp_1","object":"response","status":"incomplete","model":"x","error":null,"incomplete_details":{"reason":"max_output_tokens","note":"@"},"output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`},

		{name: "text in pieces", stream: true, body: itemsEvents(`{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"zqcan"}`, `{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"aryqz"}`, `{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"@"}`)},
		{name: "done says more", stream: true, body: itemsEvents(`{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"a"}`, `{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"a @"}`, `{"type":"response.output_item.done","output_index":0,"item":`+fmt.Sprintf(item, `{"type":"output_text","text":"a @","annotations":[]}`)+`}`)},
		{name: "summary", stream: true, body: itemsEvents(`{"type":"response.reasoning_summary_text.delta","item_id":"r","output_index":0,"summary_index":0,"delta":"zqcan"}`, `{"type":"response.reasoning_summary_text.delta","item_id":"r","output_index":0,"summary_index":0,"delta":"aryqz"}`, `{"type":"response.reasoning_summary_text.done","item_id":"r","output_index":0,"summary_index":0,"text":"@"}`)},
		{name: "custom input", stream: true, body: itemsEvents(`{"type":"response.output_item.added","output_index":0,"item":{"type":"custom_tool_call","id":"c","call_id":"d","name":"f","input":""}}`, `{"type":"response.custom_tool_call_input.delta","item_id":"c","output_index":0,"delta":"zqcan"}`, `{"type":"response.custom_tool_call_input.delta","item_id":"c","output_index":0,"delta":"aryqz"}`, `{"type":"response.custom_tool_call_input.done","item_id":"c","output_index":0,"input":"@"}`)},
		{name: "code", stream: true, body: itemsEvents(`{"type":"response.code_interpreter_call_code.delta","item_id":"c","output_index":0,"delta":"zqcan"}`, `{"type":"response.code_interpreter_call_code.delta","item_id":"c","output_index":0,"delta":"aryqz"}`, `{"type":"response.code_interpreter_call_code.done","item_id":"c","output_index":0,"code":"@"}`)},
		{name: "transcript", stream: true, body: itemsEvents(`{"type":"response.audio.transcript.delta","delta":"zqcan"}`, `{"type":"response.audio.transcript.delta","delta":"aryqz"}`)},
		{name: "unknown event", stream: true, body: itemsEvents(`{"type":"response.news","text":"@"}`, `{"type":"response.news.delta","delta":"zqcan"}`, `{"type":"response.news.delta","delta":"aryqz"}`)},
		{name: "failed event", stream: true, body: namedOf(`{"type":"response.created","response":{"id":"resp_1","object":"response","model":"x","status":"in_progress","output":[]}}`, `{"type":"response.failed","response":{"id":"resp_1","object":"response","model":"x","status":"failed","error":{"code":"server_error","message":"no @"},"output":[]}}`)},
		{name: "error event", stream: true, body: namedOf(`{"type":"response.created","response":{"id":"resp_1","object":"response","model":"x","status":"in_progress","output":[]}}`, `{"type":"error","code":"server_error","message":"no @","param":null}`)},
		{name: "error event behind half a call", stream: true, body: namedOf(`{"type":"response.created","response":{"id":"resp_1","object":"response","model":"x","status":"in_progress","output":[]}}`, `{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"c","call_id":"d","name":"f","arguments":""}}`, `{"type":"error","code":"server_error","message":"no @","param":null}`)},
	},
}

// TestHostileUpstream: whatever an upstream puts its text into, and whoever asks, no
// client gets what a guard of answers does not let pass: not in answers, not in errors,
// not in fields of the head.
func TestHostileUpstream(t *testing.T) {
	most := 0
	for _, list := range hostile {
		most = max(most, len(list))
	}
	guards := map[string]chain.Entry{"redacts": tripwire(false), "blocks": tripwire(true), "buffers": tripwire(false)}
	whole := guards["buffers"]
	whole.Stream, whole.Window = core.StreamBuffer, 0
	guards["buffers"] = whole
	upstream := newLiar(t)
	l := upstream.lab(t, len(guards)*len(liarKinds)*most)
	asked := map[string]int{}
	for does, guard := range guards {
		l.guard(guard)
		for kind, list := range hostile {
			for _, h := range list {
				h.body = strings.ReplaceAll(h.body, "@", marked)
				h.body = strings.ReplaceAll(h.body, `"`+marked+`type"`, `"@type"`)
				if h.header = maps.Clone(h.header); h.header != nil {
					for k, v := range h.header {
						h.header[k] = strings.ReplaceAll(v, "@", marked)
					}
				}
				upstream.says.Store(&h)
				for _, client := range liarKinds {
					a := l.asksAs(client, fmt.Sprintf("%s-%d", kind, asked[kind]), h.stream)
					asked[kind]++
					name := fmt.Sprintf("%s of %s for %s, a guard that %s", h.name, kind, client, does)
					if a.status == 0 || a.status == 404 || strings.Contains(a.body, "not_served") || strings.Contains(a.body, "no_deployment") {
						t.Errorf("%s: %d %s %v", name, a.status, a.body, a.err)
					}
					if where := leaked(&a); where != "" {
						t.Errorf("%s: the word is in %s: %d %s", name, where, a.status, a.body)
					}
				}
			}
		}
	}
}
