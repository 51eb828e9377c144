package plugins_test

import "testing"

// TestTrapsOfBytes: what the client wrote keeps its bytes where another
// order or another escape would cost the provider's prompt cache, or a digit.
func TestTrapsOfBytes(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "the order of keys in a schema, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"tools":[{"name":"f","description":"<b> & é","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}],"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}`, `"<b> & é"`},
		},
		{
			trap: "the order of keys in a schema, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"<b> & é","parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}}],"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}`, `"<b> & é"`},
		},
		{
			trap: "the order of keys in a schema, to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"<b> & é","parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}}],"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"parametersJsonSchema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}`, `"<b> & é"`},
		},
		{
			trap: "the order of keys in a schema, to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"<b> & é","parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}}],"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"json":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}`, `"<b> & é"`},
		},
		{
			trap: "long numbers, marks of HTML", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","messages":[{"role":"user","content":"<a> & b"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"n\": 12345678901234567890, \"x\": 1.50}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}`,
			has:  []string{`"input":{"n": 12345678901234567890, "x": 1.50}`, `"<a> & b"`},
		},
		{
			trap: "an ARN in a path is escaped once", from: chatClient, to: "bedrock", model: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5:0",
			body: `{"model":"m","messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}]}`,
			path: "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-opus-4-5%3A0/converse",
		},
	})
}

// TestTrapsOfSystemPrompts: instructions keep their place and their number.
func TestTrapsOfSystemPrompts(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "between others, a model that takes them there", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"system","content":"now shout"}]}`,
			want: `{"model":"claude-opus-5","system":[{"type":"text","text":"S"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]},{"role":"user","content":[{"type":"text","text":"c"}]},{"role":"system","content":[{"type":"text","text":"now shout"}]}],"max_tokens":9}`,
		},
		{
			trap: "between others, an older model", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body:    `{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"now shout"},{"role":"user","content":"c"}]}`,
			want:    `{"model":"claude-opus-4-5","system":[{"type":"text","text":"S"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]},{"role":"user","content":[{"type":"text","text":"now shout"},{"type":"text","text":"c"}]}],"max_tokens":9}`,
			dropped: "messages[3].role=sent_as_user",
		},
		{
			trap: "between others, to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body:    `{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"now shout"},{"role":"user","content":"c"}]}`,
			want:    `{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"now shout"},{"text":"c"}]}],"generationConfig":{"maxOutputTokens":9}}`,
			dropped: "messages[3].role=sent_as_user",
		},
		{
			trap: "between others, to Converse", from: messagesClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body:    `{"model":"m","max_tokens":9,"system":"S","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"now shout"},{"role":"user","content":"c"}]}`,
			want:    `{"system":[{"text":"S"}],"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"now shout"},{"text":"c"}]}],"inferenceConfig":{"maxTokens":9}}`,
			dropped: "messages[2].role=sent_as_user",
		},
		{
			trap: "between others, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"system":"S","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"now shout"},{"role":"user","content":"c"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"now shout"},{"role":"user","content":"c"}],"max_completion_tokens":9}`,
		},
		{
			trap: "alone, to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body:    `{"model":"m","messages":[{"role":"system","content":"S"}]}`,
			want:    `{"contents":[{"role":"user","parts":[{"text":"S"}]}]}`,
			dropped: "messages[0].text=sent_as_user",
		},
		{
			trap: "alone, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","messages":[{"role":"developer","content":"S"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"S"}]}],"max_tokens":4096}`,
			dropped: "messages[0].text=sent_as_user",
		},
		{
			trap: "several texts, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"S"},{"type":"text","text":"T"}]},{"role":"developer","content":"U"},{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","system":[{"type":"text","text":"S"},{"type":"text","text":"T"},{"type":"text","text":"U"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "several texts, to Gemini", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":9,"system":[{"type":"text","text":"S"},{"type":"text","text":"T"}],"messages":[{"role":"user","content":"a"}]}`,
			want: `{"systemInstruction":{"parts":[{"text":"S"},{"text":"T"}]},"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":9}}`,
		},
		{
			trap: "several texts, to Converse", from: messagesClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","max_tokens":9,"system":[{"type":"text","text":"S"},{"type":"text","text":"T"}],"messages":[{"role":"user","content":"a"}]}`,
			want: `{"system":[{"text":"S"},{"text":"T"}],"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9}}`,
		},
		{
			trap: "several texts, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"system":[{"type":"text","text":"S"},{"type":"text","text":"T"}],"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"system","content":[{"type":"text","text":"S"},{"type":"text","text":"T"}]},{"role":"user","content":"a"}],"max_completion_tokens":9}`,
		},
	})
}

// TestTrapsOfRoles: turns alternate where they must, and hold no empty text.
func TestTrapsOfRoles(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "turns alternate at Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":"r2"},{"role":"user","content":"c"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"c2","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"result":"r1"}}},{"functionResponse":{"id":"c2","name":"g","response":{"result":"r2"}}},{"text":"c"}]}],"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]}]}`,
		},
		{
			trap: "turns alternate at Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":"r2"},{"role":"user","content":"c"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}`,
			want: `{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}},{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}]},"messages":[{"role":"user","content":[{"text":"a"},{"text":"b"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{}}},{"toolUse":{"toolUseId":"c2","name":"g","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"r1"}]}},{"toolResult":{"toolUseId":"c2","content":[{"text":"r2"}]}},{"text":"c"}]}]}`,
		},
		{
			trap: "turns alternate at Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":"r2"},{"role":"user","content":"c"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}`,
			want: `{"model":"claude-opus-5","tools":[{"name":"f","input_schema":{"type":"object","properties":{}}},{"name":"g","input_schema":{"type":"object","properties":{}}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}},{"type":"tool_use","id":"c2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r1"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r2"}]},{"type":"text","text":"c"}]}],"max_tokens":4096}`,
		},
		{
			trap: "no empty text goes to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body:    `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"a"}]},{"role":"assistant","content":""},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":""},{"role":"user","content":"c"},{"role":"assistant","content":"\n "}],"tools":[{"type":"function","function":{"name":"f"}}]}`,
			want:    `{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]},"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[]}},{"text":"c"}]}]}`,
			dropped: "messages[5].text=only_whitespace",
		},
		{
			trap: "no empty text goes to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"a"}]},{"role":"assistant","content":""},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":""},{"role":"user","content":"c"},{"role":"assistant","content":"\n "}],"tools":[{"type":"function","function":{"name":"f"}}]}`,
			want:    `{"model":"claude-opus-5","tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[]},{"type":"text","text":"c"}]}],"max_tokens":4096}`,
			dropped: "messages[5].text=only_whitespace",
		},
		{
			trap: "a legacy function", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":[{"type":"text","text":"r"}]}]}],"max_tokens":4096}`,
		},
		{
			trap: "a name is reported, though its message is empty", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","messages":[{"role":"user","name":"bob","content":""},{"role":"user","content":"x"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"max_tokens":4096}`,
			dropped: "messages[0].text.name=not_supported_by_provider",
		},
	})
}
