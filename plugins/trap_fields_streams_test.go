package plugins_test

import (
	"slices"
	"strings"
	"testing"
)

// fieldStreams are one answer, streamed by each provider: it thinks "hm", says "ans" in
// two pieces, calls f with {"a":1}, and has used 100 and 30 tokens.
var fieldStreams = map[string]string{
	"openai": lines(
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"content":"an"},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"content":"s"},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
		`{"id":"x","model":"real","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130}}`, "[DONE]"),
	"mistral": lines(
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"content":"an"},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"content":"s"},"finish_reason":null}]}`,
		`{"id":"x","model":"real","choices":[{"index":0,"delta":{"tool_calls":[{"id":"abcdefghi","function":{"name":"f","arguments":"{\"a\":1}"},"index":0}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130}}`, "[DONE]"),
	"anthropic": claudeStream(`{"input_tokens":100,"output_tokens":1}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"an"}}`,
		`{"type":"ping"}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"s"}}`,
		`{"type":"content_block_stop","index":1}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
		`{"type":"content_block_stop","index":2}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":30}}`),
	"gemini": lines(
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true}]}}],"modelVersion":"real"}`,
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"an"}]}}]}`, `{"candidates":[{"content":{"role":"model","parts":[{"text":"s"}]}}]}`,
		`{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":30,"totalTokenCount":130}}`),
	"bedrock": lines(
		"messageStart\t"+`{"role":"assistant"}`,
		"contentBlockDelta\t"+`{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}`, "contentBlockStop\t"+`{"contentBlockIndex":0}`,
		"contentBlockDelta\t"+`{"contentBlockIndex":1,"delta":{"text":"an"}}`, "contentBlockDelta\t"+`{"contentBlockIndex":1,"delta":{"text":"s"}}`, "contentBlockStop\t"+`{"contentBlockIndex":1}`,
		"contentBlockStart\t"+`{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}}`, "contentBlockDelta\t"+`{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}}}`,
		"contentBlockDelta\t"+`{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}`, "contentBlockStop\t"+`{"contentBlockIndex":2}`,
		"messageStop\t"+`{"stopReason":"tool_use"}`, "metadata\t"+`{"usage":{"inputTokens":100,"outputTokens":30,"totalTokens":130},"metrics":{"latencyMs":1}}`),
	"cohere": lines(
		"message-start\t"+`{"type":"message-start","id":"x","delta":{"message":{"role":"assistant"}}}`,
		"content-start\t"+`{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}`,
		"content-delta\t"+`{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}`, "content-end\t"+`{"type":"content-end","index":0}`,
		"content-start\t"+`{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}`,
		"content-delta\t"+`{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"an"}}}}`,
		"content-delta\t"+`{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"s"}}}}`, "content-end\t"+`{"type":"content-end","index":1}`,
		"tool-call-start\t"+`{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"f","arguments":""}}}}}`,
		"tool-call-delta\t"+`{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}`, "tool-call-end\t"+`{"type":"tool-call-end","index":0}`,
		"message-end\t"+`{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":100,"output_tokens":30}}}}`),
	"responses": lines(
		`{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","model":"real","output":[]}}`,
		`{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[]}}`,
		`{"type":"response.reasoning_summary_text.delta","item_id":"rs","output_index":0,"summary_index":0,"delta":"hm"}`,
		`{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]}}`,
		`{"type":"response.output_item.added","output_index":1,"item":{"type":"message","id":"m","role":"assistant","status":"in_progress","content":[]}}`,
		`{"type":"response.output_text.delta","item_id":"m","output_index":1,"content_index":0,"delta":"an"}`,
		`{"type":"response.output_text.delta","item_id":"m","output_index":1,"content_index":0,"delta":"s"}`,
		`{"type":"response.output_item.done","output_index":1,"item":{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"ans","annotations":[]}]}}`,
		`{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"","status":"in_progress"}}`,
		`{"type":"response.function_call_arguments.delta","item_id":"fc","output_index":2,"delta":"{\"a\":1}"}`,
		`{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"{\"a\":1}","status":"completed"}}`,
		`{"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","model":"real","output":[],"usage":{"input_tokens":100,"output_tokens":30,"total_tokens":130}}}`),
	"ollama": lines(
		`{"model":"real","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}`,
		`{"model":"real","message":{"role":"assistant","content":"an"},"done":false}`, `{"model":"real","message":{"role":"assistant","content":"s"},"done":false}`,
		`{"model":"real","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":false}`,
		`{"model":"real","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":100,"eval_count":30}`),
}

// TestTrapFieldsOfStreams: that answer has one sequence of events for each client,
// whoever gave it, and each client puts the same together from it.
func TestTrapFieldsOfStreams(t *testing.T) {
	want := map[string]string{
		chatClient:      `role reasoning content call:0:f args finish:tool_calls usage:100/30`,
		messagesClient:  `message_start start:0:thinking thinking_delta stop:0 start:1:text text_delta stop:1 start:2:tool_use input_json_delta stop:2 message_delta:tool_use/30 message_stop`,
		responsesClient: `created in_progress output_item.added reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done output_item.done output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done output_item.added function_call_arguments.delta function_call_arguments.done output_item.done completed`,
		geminiClient:    `thought text call:f{"a":1} finish:STOP usage:100/130`,
	}
	rig := newTrapRig(t)
	for folder, events := range fieldStreams {
		for client, sequence := range want {
			t.Run(folder+" to "+client, func(t *testing.T) {
				a := reply{folder: folder, front: client, answer: events}
				if client == geminiClient {
					a.request = fieldThinks
				}
				text, err := a.told(t, rig.translator(folder))
				if err != nil {
					t.Fatal(err)
				}
				var docs []document
				for _, e := range sseEvents(text) {
					if e.data != "[DONE]" {
						docs = append(docs, parsed(t, e.data))
					}
				}
				if got := strings.Join(fieldSequence(client, docs), " "); got != sequence {
					t.Errorf("%s\nwant %s", got, sequence)
				}
			})
		}
	}
}

// fieldSequence names the events of a stream, repeated ones once. Seals of thinking
// are left out, which not every provider has.
func fieldSequence(client string, docs []document) (out []string) {
	add := func(word string) { out = append(out, word) }
	for _, d := range docs {
		switch client {
		case chatClient:
			chatSequence(d, add)
		case messagesClient:
			messagesSequence(d, add)
		case responsesClient:
			add(trapKinds([]document{d}))
		default:
			geminiSequence(d, add)
		}
	}
	return slices.Compact(slices.DeleteFunc(out, func(s string) bool { return s == "signature_delta" }))
}

func chatSequence(d document, add func(string)) {
	delta := placeIn(d, "choices.0.delta")
	for _, call := range delta.at("tool_calls").list() {
		if id := call.at("id"); id.v != nil {
			add("call:" + call.at("index").json() + ":" + call.at("function", "name").text())
		}
		if call.at("function", "arguments").text() != "" {
			add("args")
		}
	}
	if delta.at("role").v != nil {
		add("role")
	}
	if delta.at("reasoning_content").text() != "" {
		add("reasoning")
	}
	if delta.at("content").text() != "" {
		add("content")
	}
	if word := placeIn(d, "choices.0.finish_reason").text(); word != "" {
		add("finish:" + word)
	}
	if u := d.at("usage"); u.v != nil {
		add("usage:" + u.at("prompt_tokens").json() + "/" + u.at("completion_tokens").json())
	}
}

func messagesSequence(d document, add func(string)) {
	switch kind := d.at("type").text(); kind {
	case "content_block_start":
		add("start:" + d.at("index").json() + ":" + d.at("content_block", "type").text())
	case "content_block_delta":
		add(d.at("delta", "type").text())
	case "content_block_stop":
		add("stop:" + d.at("index").json())
	case "message_delta":
		add(kind + ":" + d.at("delta", "stop_reason").text() + "/" + d.at("usage", "output_tokens").json())
	default:
		add(kind)
	}
}

func geminiSequence(d document, add func(string)) {
	for _, p := range placeIn(d, "candidates.0.content.parts").list() {
		switch {
		case p.at("functionCall").v != nil:
			add("call:" + p.at("functionCall", "name").text() + p.at("functionCall", "args").json())
		case p.at("text").text() == "":
		case p.at("thought").v != nil:
			add("thought")
		default:
			add("text")
		}
	}
	if word := placeIn(d, "candidates.0.finishReason").text(); word != "" {
		add("finish:" + word)
	}
	if u := d.at("usageMetadata"); u.v != nil {
		add("usage:" + u.at("promptTokenCount").json() + "/" + u.at("totalTokenCount").json())
	}
}
