package plugins_test

import "testing"

// TestTrapsOfCacheMarks: marks for the prompt cache.
func TestTrapsOfCacheMarks(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "a block of its own at Converse", from: messagesClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body: `{"model":"m","max_tokens":9,"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"tools":[{"name":"f","description":"<b> & é","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]},"cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b"}]}]}`,
			want: `{"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"<b> & é","inputSchema":{"json":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}}},{"cachePoint":{"type":"default","ttl":"1h"}}]},"system":[{"text":"S"},{"cachePoint":{"type":"default"}}],"messages":[{"role":"user","content":[{"text":"a"},{"cachePoint":{"type":"default"}},{"text":"b"}]}],"inferenceConfig":{"maxTokens":9}}`,
		},
		{
			trap: "no more than four", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"0","cache_control":{"type":"ephemeral"}},{"type":"text","text":"1","cache_control":{"type":"ephemeral"}},{"type":"text","text":"2","cache_control":{"type":"ephemeral"}},{"type":"text","text":"3","cache_control":{"type":"ephemeral"}},{"type":"text","text":"4","cache_control":{"type":"ephemeral"}}]}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"0","cache_control":{"type":"ephemeral"}},{"type":"text","text":"1","cache_control":{"type":"ephemeral"}},{"type":"text","text":"2","cache_control":{"type":"ephemeral"}},{"type":"text","text":"3","cache_control":{"type":"ephemeral"}},{"type":"text","text":"4"}]}],"max_tokens":4096}`,
			dropped: "messages[0].cache_point=too_many_cache_marks",
		},
		{
			trap: "on a message and beside a tool", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"<b> & é","parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}},"cache_control":{"type":"ephemeral"}}],"messages":[{"role":"system","content":"S","cache_control":{"type":"ephemeral"}},{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","tools":[{"name":"f","description":"<b> & é","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]},"cache_control":{"type":"ephemeral"}}],"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "in a function", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","cache_control":{"type":"ephemeral"}}}],"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","tools":[{"name":"f","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "to OpenAI, which has none", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
			dropped: "messages[0].cache_point=not_supported_by_provider",
		},
		{
			trap: "to Gemini, which has none", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body:    `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}`,
			want:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":9}}`,
			dropped: "messages[0].cache_point=not_supported_by_provider",
		},
		{
			trap: "at the top, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
			dropped: "cache_control=not_supported_by_provider",
		},
		{
			trap: "OpenAI's key, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","prompt_cache_key":"k","prompt_cache_retention":"24h","messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "prompt_cache_key=not_supported_by_provider prompt_cache_retention=not_supported_by_provider",
		},
	})
}

// TestTrapsOfIDs: who asks, and at which tier.
func TestTrapsOfIDs(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "Claude Code's long user_id, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"metadata":{"user_id":"{\"device_id\":\"0123456789abcdef0123456789abcdef\",\"account_uuid\":\"\",\"session_id\":\"11111111-2222-3333-4444-555555555555\"}"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
			dropped: "metadata.user_id=too_long",
		},
		{
			trap: "a short user_id, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"metadata":{"user_id":"u1"},"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9,"user":"u1"}`,
		},
		{
			trap: "a user_id, to Converse", from: messagesClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body:    `{"model":"m","max_tokens":9,"metadata":{"user_id":"{\"device_id\":\"0123456789abcdef0123456789abcdef\",\"account_uuid\":\"\",\"session_id\":\"11111111-2222-3333-4444-555555555555\"}"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9}}`,
			dropped: "metadata.user_id=not_supported_by_provider",
		},
		{
			trap: "metadata with signs that Bedrock refuses", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body:    `{"model":"m","metadata":{"team":"a b","bad{}":"x","c":"<y>","email":"a@b.c"},"user":"bob!","messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"requestMetadata":{"team":"a b","email":"a@b.c"}}`,
			dropped: "metadata.bad{}=not_supported_by_provider metadata.c=not_supported_by_provider user=not_supported_by_provider",
		},
		{
			trap: "OpenAI's ids, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","user":"u1","safety_identifier":"s1","metadata":{"a":"b"},"store":true,"service_tier":"flex","messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"metadata":{"user_id":"s1"}}`,
			dropped: "metadata=not_supported_by_provider service_tier=not_supported_by_provider store=not_supported_by_provider user=merged",
		},
		{
			trap: "OpenAI's default tier, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","user":"u1","store":false,"service_tier":"default","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"metadata":{"user_id":"u1"},"service_tier":"standard_only"}`,
		},
		{
			trap: "Anthropic's tier and places, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"service_tier":"standard_only","container":"c1","inference_geo":"eu","speed":"fast","messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9,"service_tier":"default"}`,
			dropped: "container=not_supported_by_provider inference_geo=not_supported_by_provider speed=not_supported_by_provider",
		},
	})
}

// TestTrapsOfExtensions: what one provider alone knows is sent to nobody else.
func TestTrapsOfExtensions(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "logprobs, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","logprobs":true,"top_logprobs":3,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "logprobs=not_supported_by_provider top_logprobs=not_supported_by_provider",
		},
		{
			trap: "logprobs, to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body:    `{"model":"m","logprobs":true,"top_logprobs":3,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}]}`,
			dropped: "logprobs=not_supported_by_provider top_logprobs=not_supported_by_provider",
		},
		{
			trap: "no logprobs, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","logprobs":false,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "moderation, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","moderation":{"model":"omni"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "moderation=not_supported_by_provider",
		},
		{
			trap: "Bedrock's guardrail, to Bedrock", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"}}`,
		},
		{
			trap: "Bedrock's guardrail, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","guardrailConfig":{"guardrailIdentifier":"g"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "guardrailConfig=not_supported_by_provider",
		},
		{
			trap: "Google's safety settings, to Google", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","safetySettings":[{"category":"c","threshold":"t"}],"messages":[{"role":"user","content":"a"}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"safetySettings":[{"category":"c","threshold":"t"}]}`,
		},
		{
			trap: "Google's safety settings, to Anthropic", from: geminiClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"safetySettings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_NONE"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "safetySettings=not_supported_by_provider",
		},
		{
			trap: "betas in a document, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","anthropic_beta":["x"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "anthropic_beta=not_supported_by_provider",
		},
		{
			trap: "Anthropic's context management, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"context_management":{"edits":[]},"mcp_servers":[],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
			dropped: "context_management=not_supported_by_provider mcp_servers=not_supported_by_provider",
		},
		{
			trap: "Anthropic's context management, to Converse", from: messagesClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body:    `{"model":"m","max_tokens":9,"context_management":{"edits":[]},"anthropic_beta":["context-management-2025-06-27"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9},"additionalModelRequestFields":{"anthropic_beta":["context-management-2025-06-27"]}}`,
			dropped: "context_management=not_supported_by_provider",
		},
		{
			trap: "usage is asked for in a stream", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9,"stream":true,"stream_options":{"include_usage":true}}`,
		},
	})
}

// TestTrapsOfShapedAnswers: structured output, thinking and sound.
func TestTrapsOfShapedAnswers(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "a schema, to a model that has it", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}},"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"],"additionalProperties":false}}}}`,
		},
		{
			trap: "a schema, to an older model", from: chatClient, to: "anthropic", model: "claude-opus-4-0",
			body: `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}},"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-4-0","tools":[{"name":"structured_output","description":"Give the answer in this form.","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}],"tool_choice":{"type":"tool","name":"structured_output"},"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "a schema beside tools, to an older model", from: chatClient, to: "anthropic", model: "claude-opus-4-0",
			body:    `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}},"tools":[{"type":"function","function":{"name":"f","description":"<b> & é","parameters":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}}],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-0","tools":[{"name":"f","description":"<b> & é","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "response_format=not_supported_by_provider response_format.name=not_supported_by_provider response_format.strict=not_supported_by_provider",
		},
		{
			trap: "a schema beside thinking, to an older model", from: chatClient, to: "anthropic", model: "claude-opus-4-0",
			body:    `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}},"reasoning_effort":"high","messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-0","tools":[{"name":"structured_output","description":"Give the answer in this form.","input_schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}],"tool_choice":{"type":"tool","name":"structured_output"},"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "reasoning_effort=not_with_forced_tool",
		},
		{
			trap: "a schema, to Converse", from: chatClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body: `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"number"}},"required":["zeta"]}}},"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"properties\":{\"zeta\":{\"type\":\"string\"},\"alpha\":{\"type\":\"number\"}},\"required\":[\"zeta\"],\"additionalProperties\":false}","name":"n"}}}}}`,
		},
		{
			trap: "thinking leaves room for the answer", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body: `{"model":"m","reasoning_effort":"high","max_tokens":2000,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-4-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1600}}`,
		},
		{
			trap: "thinking where there is no room", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body:    `{"model":"m","reasoning_effort":"high","max_tokens":1000,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":1000}`,
			dropped: "reasoning_effort=max_tokens_too_small",
		},
		{
			trap: "thinking at Bedrock leaves room", from: chatClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body: `{"model":"m","reasoning_effort":"high","max_tokens":2000,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":2000},"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1600}}}`,
		},
		{
			trap: "a budget above what Gemini takes", from: messagesClient, to: "gemini", model: "gemini-2.5-flash",
			body:    `{"model":"m","max_tokens":64000,"thinking":{"type":"enabled","budget_tokens":100000},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":64000,"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}}}`,
			dropped: "thinking.budget_tokens=clamped",
		},
		{
			trap: "an effort and a budget, to a model guided by the one", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","reasoning":{"effort":"high","max_tokens":2000},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}`,
			dropped: "reasoning_tokens=merged",
		},
		{
			trap: "an effort and a budget, to a model guided by the other", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body:    `{"model":"m","reasoning":{"effort":"high","max_tokens":2000},"max_tokens":9000,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000}}`,
			dropped: "reasoning_effort=merged",
		},
		{
			trap: "sound, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]}]}`,
			refused: "messages[0].audio",
		},
		{
			trap: "a video, to Anthropic", from: geminiClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}}]}]}`,
			refused: "contents[0].document",
		},
		{
			trap: "sound to come, from Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","modalities":["text","audio"],"audio":{"voice":"alloy","format":"mp3"},"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "audio=not_supported_by_provider modalities=not_supported_by_provider",
		},
	})
}
