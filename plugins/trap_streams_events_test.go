package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// trapTold sums up what a stream says to a client: the text, the thinking and what
// seals either, and how it finished with which usage.
func trapTold(front string, docs []document) string {
	var text, thinking, seals, finish strings.Builder
	usage := ""
	for _, d := range docs {
		switch front {
		case "openai.chat":
			for _, c := range d.at("choices").list() {
				text.WriteString(c.at("delta", "content").text())
				thinking.WriteString(c.at("delta", "reasoning_content").text())
				for _, b := range c.at("delta", "thinking_blocks").list() {
					seals.WriteString(b.at("signature").text() + b.at("data").text() + ";")
				}
				finish.WriteString(c.at("finish_reason").text())
			}
			if u := d.at("usage", "total_tokens"); u.v != nil {
				usage = u.json()
			}
		case "anthropic.messages":
			text.WriteString(d.at("delta", "text").text())
			thinking.WriteString(d.at("delta", "thinking").text())
			if s := d.at("delta", "signature").text() + d.at("content_block", "data").text(); s != "" {
				seals.WriteString(s + ";")
			}
			finish.WriteString(d.at("delta", "stop_reason").text())
		case "openai.responses":
			switch d.at("type").text() {
			case "response.output_text.delta":
				text.WriteString(d.at("delta").text())
			case "response.reasoning_summary_text.delta":
				thinking.WriteString(d.at("delta").text())
			case "response.output_item.done":
				if s := d.at("item", "encrypted_content").text(); s != "" {
					seals.WriteString(s + ";")
				}
			case "response.completed", "response.incomplete", "response.failed":
				finish.WriteString(d.at("response", "status").text() + d.at("response", "incomplete_details", "reason").text())
				usage = d.at("response", "usage", "total_tokens").json()
			}
		}
	}
	return strings.Join([]string{text.String(), thinking.String(), seals.String(), finish.String(), usage}, "|")
}

const (
	claudeBegins = `{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"model":"c","usage":{"input_tokens":1,"output_tokens":1}}}` + "\n"
	claudeSays   = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n" +
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let"}}` + "\n"
	claudeEnds = `{"type":"content_block_stop","index":0}` + "\n" +
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}` + "\n"
	claudeStops = `{"type":"message_stop"}`
)

// TestTrapStreamedEvents: what events of providers mean that come late, twice, empty or
// not at all. A stream that lacks its end has an error and no finish.
func TestTrapStreamedEvents(t *testing.T) {
	rig := newTrapRig(t)
	for _, c := range []struct{ name, folder, front, stream, want string }{
		{
			"Converse begins no block for a text", "bedrock", "openai.chat", `
messageStart	{"role":"assistant"}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"text":"Hej"}}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"text":"."}}
contentBlockStop	{"contentBlockIndex":0}
messageStop	{"stopReason":"end_turn"}
metadata	{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}`, "Hej.|||stop|3",
		},
		{
			"Converse tells usage behind the stop", "bedrock", "openai.responses", `
messageStart	{"role":"assistant"}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"text":"Hej."}}
messageStop	{"stopReason":"max_tokens"}
metadata	{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1}}`, "Hej.|||incompletemax_output_tokens|3",
		},
		{
			"Converse thinks, signs and hides", "bedrock", "anthropic.messages", `
messageStart	{"role":"assistant"}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"S"}}}
contentBlockStop	{"contentBlockIndex":0}
contentBlockDelta	{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"UkVE"}}}
contentBlockStop	{"contentBlockIndex":1}
contentBlockDelta	{"contentBlockIndex":2,"delta":{"text":"Hej."}}
contentBlockStop	{"contentBlockIndex":2}
messageStop	{"stopReason":"end_turn"}
metadata	{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}`, "Hej.|Hm|sp1.bedrock.converse.S;sp1.bedrock.converse.UkVE;|end_turn|",
		},
		{
			"Gemini signs on an empty text", "gemini", "openai.responses", `
{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm","thought":true}]}}]}
{"candidates":[{"content":{"role":"model","parts":[{"text":"Hej."}]}}]}
{"candidates":[{"content":{"role":"model","parts":[{"text":"","thoughtSignature":"UzE="}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}`,
			"Hej.|Hm|sp1.gemini.;sp1s.gemini.UzE=;|completed|3",
		},
		{
			"thinking blocks come behind the thinking", "anthropic", "openai.chat", claudeBegins +
				`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S"}}
` + claudeEnds + claudeStops, "|Hm|sp1.anthropic.messages.S;|stop|6",
		},
		{"a message begins twice", "anthropic", "openai.chat", claudeBegins + claudeSays + claudeBegins + claudeSays + claudeEnds + claudeStops, "LetLet|||stop|6"},
		{"pings between events", "anthropic", "openai.chat", claudeBegins + `{"type":"ping"}` + "\n" + claudeSays + `{"type":"ping"}` + "\n" + claudeEnds + claudeStops, "Let|||stop|6"},
		{"no stop of the message", "anthropic", "openai.chat", claudeBegins + claudeSays + claudeEnds, "cut"},
		{"nothing behind the text", "anthropic", "openai.chat", claudeBegins + claudeSays, "cut"},
		{"nothing behind the start", "anthropic", "openai.chat", claudeBegins, "cut"},
		{
			"no metadata behind a stop of Converse, no stop before it", "bedrock", "openai.chat", `
messageStart	{"role":"assistant"}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"text":"Hej."}}`, "cut",
		},
		{"Gemini without a reason", "gemini", "openai.chat", `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hej."}]}}]}`, "cut"},
		{"chunks without a reason and an end", "openai", "anthropic.messages", `{"id":"1","choices":[{"index":0,"delta":{"content":"Hej."}}]}`, "cut"},
		{"an end and nothing else", "openai", "anthropic.messages", `[DONE]`, "failed"},
		{
			"choices that are null, empty or hollow", "openai", "openai.responses", `
{"id":"1","choices":null}
{"id":"1","choices":[],"prompt_filter_results":[{"prompt_index":0}]}
{"id":"1","choices":[{"index":0}]}
{"id":"1","choices":[{"index":0,"delta":null}]}
{"id":"1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}
{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}
{"id":"1","choices":null,"usage":{"prompt_tokens":1,"completion_tokens":2}}
[DONE]`, "a|||completed|3",
		},
		{"an end without a reason", "openai", "openai.responses", `{"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}` + "\n[DONE]", "cut"},
		{"a reason and nothing behind it", "openai", "openai.chat", `{"id":"1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}`, "cut"},
		{"a reason and [DONE]", "openai", "openai.chat", `{"id":"1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}` + "\n[DONE]", "a|||stop|"},
		{
			"a reason and the usage, no [DONE]", "openai", "openai.chat", `
{"id":"1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}
{"id":"1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, "cut",
		},
		{"a reason and no usage of Converse", "bedrock", "openai.chat", "messageStart\t{\"role\":\"assistant\"}\nmessageStop\t{\"stopReason\":\"end_turn\"}", "cut"},
		{"a reason of Mistral's, and no usage", "mistral", "anthropic.messages", `{"id":"1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}`, "cut"},
		{"an error in a stream", "openai", "anthropic.messages", `{"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}` + "\n" + `{"error":{"message":"broke","code":500}}`, "failed"},
		{"an error of Anthropic's", "anthropic", "openai.chat", claudeBegins + claudeSays + `error	{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "failed"},
		{"an error of Gemini's", "gemini", "openai.chat", `{"error":{"code":503,"message":"gone","status":"UNAVAILABLE"}}`, "failed"},
		{"an exception of Converse", "bedrock", "openai.chat", "messageStart\t{\"role\":\"assistant\"}\nthrottlingException\t{\"message\":\"slow\"}", "failed"},
		{"an error of Ollama's", "ollama", "openai.chat", `{"error":"gone"}`, "failed"},
		{"an error of Cohere's", "cohere", "openai.chat", `{"type":"message-end","delta":{"finish_reason":"ERROR","error":"gone"}}`, "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := trapWeather
			if c.front == "openai.responses" {
				request = trapQuestion
			}
			docs, err := rig.stream(t, c.folder, c.front, request, c.stream)
			got := trapTold(c.front, docs)
			switch {
			case err != nil && strings.Split(got, "|")[3] != "":
				t.Errorf("failed with %v, and looks finished: %s", err, got)
			case err != nil && err.Code == core.CodeUpstreamCut:
				got = "cut"
			case err != nil:
				got = "failed"
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// TestTrapStreamOrder: an SDK that reads Responses strictly gets each event at its
// place, with its numbers, whoever the provider is.
func TestTrapStreamOrder(t *testing.T) {
	rig := newTrapRig(t)
	docs, err := rig.stream(t, "anthropic", "openai.responses", trapQuestion, claudeBegins+claudeSays+claudeEnds+claudeStops)
	if err != nil {
		t.Fatal(err)
	}
	const want = "created in_progress output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done completed"
	if got := trapKinds(docs); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	id := docs[2].at("item", "id").text()
	for i, d := range docs {
		if d.at("sequence_number").number() != int64(i) {
			t.Errorf("event %d has the number %s", i, d.at("sequence_number").json())
		}
		switch kind := d.at("type").text(); {
		case strings.HasPrefix(kind, "response.output_item"):
			if d.at("item", "id").text() != id || d.at("output_index").json() != "0" {
				t.Errorf("event %d: %s", i, d.json())
			}
		case strings.HasPrefix(kind, "response.output_text"), strings.HasPrefix(kind, "response.content_part"):
			if d.at("item_id").text() != id || d.at("output_index").json() != "0" || d.at("content_index").json() != "0" {
				t.Errorf("event %d: %s", i, d.json())
			}
		default:
			if d.at("response", "object").text() != "response" {
				t.Errorf("event %d has no response in it: %s", i, d.json())
			}
		}
	}
}

// TestTrapNothingAnswered: an answer of the status 200 that says nothing is an error,
// whatever it is that comes in its place.
func TestTrapNothingAnswered(t *testing.T) {
	rig := newTrapRig(t)
	for _, folder := range []string{"openai", "anthropic", "gemini", "bedrock", "mistral", "cohere", "ollama"} {
		for _, body := range []string{"", "null", "[]", "{}", `{"choices":null,"content":null,"candidates":null,"output":null,"message":null}`, "<html>", `{"choices":[]}`, `{"output":{}}`} {
			tr, ex, at := rig.asked(t, folder, "openai.responses", trapQuestion)
			var a core.Answer
			err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, &a)
			if err == nil || err.Code != core.CodeUpstreamInvalid {
				t.Errorf("%s: %q is taken for an answer: %v", folder, body, err)
			}
		}
	}
}

// TestTrapErrorBodies: whatever a provider's error looks like, a client gets one, with
// the provider's status, and no page of a proxy's in its message.
func TestTrapErrorBodies(t *testing.T) {
	rig := newTrapRig(t)
	for _, folder := range []string{"openai", "anthropic", "gemini", "bedrock", "mistral", "cohere", "ollama"} {
		for _, body := range []string{"", "null", "{}", "upstream connect error", "<html><head><title>502 Bad Gateway</title></head><hr><center>nginx</center></html>", `{"error":null}`, `{"error":[]}`} {
			tr, ex, at := rig.asked(t, folder, "openai.responses", trapQuestion)
			var a core.Answer
			err := tr.Response(ex, at, &core.UpstreamResponse{Status: 502, Body: []byte(body)}, &a)
			if err == nil || err.Status != 502 || err.Message == "" || strings.Contains(err.Message, "<") {
				t.Errorf("%s: %q becomes %+v", folder, body, err)
			}
		}
	}
}

// TestTrapToolsOfCodex: what Codex sends beside functions reaches providers that have
// functions alone, under names that come back as they were.
func TestTrapToolsOfCodex(t *testing.T) {
	rig := newTrapRig(t)
	const request = `{"model":"m","max_output_tokens":100,"stream":true,"store":false,"include":["reasoning.encrypted_content"],
		"tools":[{"type":"custom","name":"apply_patch","description":"Patch.","format":{"type":"grammar","syntax":"lark","definition":"start: \"x\""}},
			{"type":"namespace","name":"files","tools":[{"type":"function","name":"read","parameters":{"type":"object"}}]}],
		"input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"Be brief."}]},
			{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"later","parameters":{"type":"object"}}]},
			{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi."}]},
			{"type":"custom_tool_call","call_id":"c1","name":"apply_patch","input":"*** \"x\"\n"},
			{"type":"custom_tool_call_output","call_id":"c1","output":"done"}]}`
	_, ex, at := rig.asked(t, "openai", "openai.responses", request)
	sent := parsed(t, string(joined(at)))
	var names []string
	for _, tool := range sent.at("tools").list() {
		names = append(names, tool.at("function", "name").text())
	}
	if got := strings.Join(names, " "); got != "apply_patch files__read later" {
		t.Errorf("offers %s", got)
	}
	if first := sent.at("messages").list()[0]; first.at("content").text() != "Be brief." || first.at("role").text() == "user" {
		t.Errorf("the developer says %s", first.json())
	}
	if !strings.Contains(sent.at("messages").json(), `"arguments":"{\"input\":\"*** \\\"x\\\"\\n\"}","name":"apply_patch"`) {
		t.Errorf("the call of a custom tool leaves as %s", sent.at("messages").json())
	}
	if len(ex.Dropped) > 0 {
		t.Errorf("dropped %v", ex.Dropped)
	}
	docs, err := rig.stream(t, "openai", "openai.responses", request, trapChat(
		`"tool_calls":[{"index":0,"id":"c2","type":"function","function":{"name":"apply_patch","arguments":"{\"input\":\"a"}}]`,
		`"tool_calls":[{"index":0,"function":{"arguments":"\\nb\"}"}}]`,
		`"tool_calls":[{"index":1,"id":"c3","type":"function","function":{"name":"files__read","arguments":"{}"}}]`,
	))
	if err != nil {
		t.Fatal(err)
	}
	out := docs[len(docs)-1].at("response", "output").list()
	if len(out) != 2 || out[0].at("type").text() != "custom_tool_call" || out[0].at("input").text() != "a\nb" || out[0].at("name").text() != "apply_patch" ||
		out[1].at("type").text() != "function_call" || out[1].at("namespace").text() != "files" || out[1].at("name").text() != "read" {
		t.Errorf("calls %s", document{docs[len(docs)-1].at("response", "output").v}.json())
	}
}
