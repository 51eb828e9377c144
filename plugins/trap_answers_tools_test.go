package plugins_test

import "testing"

// TestToolsOfChatElsewhere: custom tools, whose input is free text, and a choice among
// some of the tools, which other providers know in another form or not at all.
func TestToolsOfChatElsewhere(t *testing.T) {
	const (
		ask    = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[`
		f, g   = `{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}`, `{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}`
		custom = `{"type":"custom","custom":{"name":"patch","description":"d"}}`
		some   = `"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}},{"type":"custom","custom":{"name":"patch"}}]}}`
	)
	var table []sending
	for to, words := range map[string][3]string{ // the tools g and patch, and that one must be called
		"anthropic": {`"name":"g"`, `"name":"patch"`, `"tool_choice":{"type":"any"}`}, "gemini": {`"name":"g"`, `"name":"patch"`, `"mode":"ANY"`},
		"bedrock": {`"name":"g"`, `"name":"patch"`, `"toolChoice":{"any":{}}`}, "mistral": {`"name":"g"`, `"name":"patch"`, `"tool_choice":"any"`},
		"cohere": {`"name":"g"`, `"name":"patch"`, `"tool_choice":"REQUIRED"`},
	} {
		table = append(table, sending{
			trap: to, from: chatClient, to: to, model: "m", body: ask + f + "," + g + "," + custom + "]," + some + "}",
			has: append(words[:], `"input"`), not: []string{`"name":"f"`}, dropped: "tools[0]=not_allowed",
		})
	}
	sendAll(t, table)
	tellAll(t, []reply{
		{
			trap: "whole", folder: "anthropic", front: chatClient, request: ask + f + "," + custom + "]}",
			answer: `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"toolu_1","name":"patch","input":{"input":"*** Begin\n"}},{"type":"tool_use","id":"toolu_2","name":"f","input":{"input":"x"}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
			want:   []string{`"type":"custom","custom":{"name":"patch","input":"*** Begin\n"}`, `"type":"function","function":{"name":"f","arguments":"{\"input\":\"x\"}"}`},
		},
		{
			trap: "streamed", folder: "gemini", front: chatClient, request: ask + f + "," + custom + "]}",
			answer: lines(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"patch","args":{"input":"*** Begin\n"}}}]},"finishReason":"STOP"}]}`),
			want:   []string{`"type":"custom","custom":{"name":"patch","input":""}`, `{"index":0,"custom":{"input":"*** Begin\n"}`, `"finish_reason":"tool_calls"`},
		},
	})
}
