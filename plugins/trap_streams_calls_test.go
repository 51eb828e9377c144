package plugins_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	trapWeather  = `{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi."}],"stream":true}`
	trapChatEnd  = "\n" + `{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n[DONE]"
	trapTwoCalls = `f {"a":1}, g {"b":2}`
)

// trapChat makes chunks of one choice from deltas, and the end of the stream.
func trapChat(deltas ...string) string {
	var b strings.Builder
	for _, d := range deltas {
		fmt.Fprintf(&b, `{"id":"1","choices":[{"index":0,"delta":{%s},"finish_reason":null}]}`+"\n", d)
	}
	return strings.TrimSuffix(b.String(), "\n") + trapChatEnd
}

// trapCalls reads the calls out of a stream as an SDK of the dialect does: chat goes by
// the index alone, Anthropic's by the block.
func trapCalls(t *testing.T, front string, docs []document) string {
	t.Helper()
	type call struct{ name, args string }
	var order []string
	calls := map[string]*call{}
	at := func(key string) *call {
		if calls[key] == nil {
			calls[key], order = &call{}, append(order, key)
		}
		return calls[key]
	}
	open := ""
	for _, d := range docs {
		switch front {
		case "openai.chat":
			for _, c := range d.at("choices").list() {
				for _, tc := range c.at("delta", "tool_calls").list() {
					c := at(tc.at("index").json())
					c.name += tc.at("function", "name").text()
					c.args += tc.at("function", "arguments").text()
				}
			}
		case "openai.responses":
			if key := d.at("output_index").json(); d.at("type").text() == "response.output_item.added" && d.at("item", "name").v != nil {
				at(key).name = d.at("item", "name").text()
			} else if d.at("type").text() == "response.function_call_arguments.delta" {
				at(key).args += d.at("delta").text()
			}
		default:
			key := d.at("index").json()
			switch d.at("type").text() {
			case "content_block_start":
				if open != "" {
					t.Errorf("block %s begins inside block %s", key, open)
				}
				open = key
				if d.at("content_block", "type").text() == "tool_use" {
					at(key).name = d.at("content_block", "name").text()
				}
			case "content_block_delta":
				if open != key {
					t.Errorf("a delta of block %s stands in block %s", key, open)
				}
				if s := d.at("delta", "partial_json"); s.v != nil {
					at(key).args += s.text()
				}
			case "content_block_stop":
				open = ""
			}
		}
	}
	var out []string
	for _, key := range order {
		out = append(out, calls[key].name+" "+calls[key].args)
	}
	return strings.Join(out, ", ")
}

// TestTrapStreamedCalls: however a provider numbers, names and cuts the calls of a
// stream, clients of each dialect put the same calls together.
func TestTrapStreamedCalls(t *testing.T) {
	rig := newTrapRig(t)
	for _, c := range []struct{ name, folder, stream, want string }{
		{
			"blocks are counted, tools are counted otherwise", "anthropic", `
{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"model":"c","usage":{"input_tokens":1,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me."}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"b\":2}"}}
{"type":"content_block_stop","index":2}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}
{"type":"message_stop"}`, trapTwoCalls,
		},
		{
			"Converse counts blocks", "bedrock", `
messageStart	{"role":"assistant"}
contentBlockDelta	{"contentBlockIndex":0,"delta":{"text":"Let me."}}
contentBlockStop	{"contentBlockIndex":0}
contentBlockStart	{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}}
contentBlockDelta	{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a\""}}}
contentBlockDelta	{"contentBlockIndex":1,"delta":{"toolUse":{"input":":1}"}}}
contentBlockStop	{"contentBlockIndex":1}
contentBlockStart	{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t2","name":"g"}}}
contentBlockDelta	{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"b\":2}"}}}
contentBlockStop	{"contentBlockIndex":2}
messageStop	{"stopReason":"tool_use"}
metadata	{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}`, trapTwoCalls,
		},
		{
			"whole calls in two events of Gemini", "gemini", `
{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]}}]}
{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"g","args":{"b":2}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}`, trapTwoCalls,
		},
		{
			"two calls with the index 0", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]`,
				`"tool_calls":[{"index":0,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"no index at all", "openai", trapChat(
				`"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"id and name null in later pieces", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]`,
				`"tool_calls":[{"index":0,"id":null,"type":null,"function":{"name":null,"arguments":":1}"}}]`,
				`"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"id and name empty in later pieces", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]`,
				`"tool_calls":[{"index":0,"id":"","type":"","function":{"name":"","arguments":":1}"}}]`,
				`"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"id and name repeated in every piece", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]`,
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":":1}"}}]`,
				`"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"ids that change with every piece", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]`,
				`"tool_calls":[{"index":0,"id":"t1x","type":"function","function":{"arguments":":1}"}}]`,
				`"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"no id at all", "openai", trapChat(
				`"tool_calls":[{"index":0,"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]`,
				`"tool_calls":[{"index":1,"type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]`,
			), trapTwoCalls,
		},
		{
			"pieces of two calls in turn", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]`,
				`"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":""}}]`,
				`"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]`, `"tool_calls":[{"index":1,"function":{"arguments":"{\"b\":"}}]`,
				`"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]`, `"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]`,
			), trapTwoCalls,
		},
		{
			"arguments that look whole before they end", "openai", trapChat(
				`"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":\"{}}"}}]`,
				`"tool_calls":[{"index":0,"function":{"arguments":"\\\"}"}}]`, `"tool_calls":[{"index":0,"function":{"arguments":"\",\"b\":{}"}}]`,
				`"tool_calls":[{"index":0,"function":{"arguments":",\"c\":[]"}}]`, `"tool_calls":[{"index":0,"function":{"arguments":"}"}}]`,
			), `f {"a":"{}}\"}","b":{},"c":[]}`,
		},
		{
			"a call that an old provider calls a function", "openai",
			strings.Replace(trapChat(`"function_call":{"name":"f","arguments":"{\"a\""}`, `"function_call":{"arguments":":1}"}`), "tool_calls", "function_call", 1), `f {"a":1}`,
		},
		{
			"Mistral's whole call in one piece", "mistral",
			trapChat(`"tool_calls":[{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}},{"index":1,"id":"t2","function":{"name":"g","arguments":"{\"b\":2}"}}]`), trapTwoCalls,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for front := range trapFronts {
				request := trapWeather
				switch front {
				case "gemini":
					continue // calls are whole there
				case "openai.responses":
					request = trapQuestion
				}
				docs, err := rig.stream(t, c.folder, front, request, c.stream)
				if err != nil {
					t.Fatalf("%s: %v", front, err)
				}
				if got := trapCalls(t, front, docs); got != c.want {
					t.Errorf("%s: calls %s, want %s", front, got, c.want)
				}
				if front == "openai.chat" {
					trapSaidOnce(t, docs)
				}
			}
		})
	}
}

// trapSaidOnce: the id and the name of a call stand in its first piece alone, and no
// two calls have one id.
func trapSaidOnce(t *testing.T, docs []document) {
	t.Helper()
	ids, of := map[string]bool{}, map[string]bool{}
	for _, d := range docs {
		for _, c := range d.at("choices").list() {
			for _, tc := range c.at("delta", "tool_calls").list() {
				id, index := tc.at("id").text(), tc.at("index").json()
				if first := !of[index]; first != (id != "") || first != (tc.at("function", "name").text() != "") || ids[id] {
					t.Errorf("a piece of call %s: %s", index, tc.json())
				}
				of[index] = true
				if id != "" {
					ids[id] = true
				}
			}
		}
	}
}
