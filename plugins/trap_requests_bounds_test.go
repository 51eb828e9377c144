package plugins_test

import "testing"

// TestTrapsOfBounds: the bound on output.
func TestTrapsOfBounds(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "a model of OpenAI that reasons", from: messagesClient, to: "openai", model: "o3",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"o3","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
		},
		{
			trap: "a model of OpenAI that does not", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
		},
		{
			trap: "none, to Anthropic, which needs one", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
		},
		{
			trap: "none, and the model is known", from: chatClient, to: "anthropic", model: "claude-opus-5", settings: map[string]string{"max_output": "64000"},
			body: `{"model":"m","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":64000}`,
		},
		{
			trap: "none, and the operator set one", from: chatClient, to: "anthropic", model: "claude-opus-5", settings: map[string]string{"max_output": "64000", "max_tokens": "1000"},
			body: `{"model":"m","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":1000}`,
		},
		{
			trap: "in its newer word", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","max_completion_tokens":7,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":7}`,
		},
		{
			trap: "zero is not none, which only fills Anthropic's cache", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":0}`,
		},
		{
			trap: "zero is not none, from a client of Anthropic's", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":0}`,
		},
	})
}

// TestTrapsOfSampling: sampling.
func TestTrapsOfSampling(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "held to what Anthropic takes", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body:    `{"model":"m","temperature":1.7,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"temperature":1}`,
			dropped: "temperature=clamped",
		},
		{
			trap: "held to what Converse takes", from: chatClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body:    `{"model":"m","temperature":1.7,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"temperature":1}}`,
			dropped: "temperature=clamped",
		},
		{
			trap: "zeros, to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":9,"temperature":0,"topP":0}}`,
		},
		{
			trap: "zeros, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-4-0",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-4-0","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":9,"temperature":0,"top_p":0}`,
		},
		{
			trap: "zeros, to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9,"temperature":0,"topP":0}}`,
		},
		{
			trap: "zeros, to Mistral", from: chatClient, to: "mistral", model: "mistral-large",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"mistral-large","messages":[{"role":"user","content":"a"}],"max_tokens":9,"temperature":0,"top_p":0}`,
		},
		{
			trap: "zeros, to Ollama", from: chatClient, to: "ollama", model: "llama",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"llama","messages":[{"role":"user","content":"a"}],"options":{"num_predict":9,"temperature":0,"top_p":0},"stream":false}`,
		},
		{
			trap: "zeros, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"temperature":0,"top_p":0,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9,"temperature":0,"top_p":0}`,
		},
		{
			trap: "models after 4.6 take none, at Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","temperature":0.3,"top_p":0.5,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "temperature=not_supported_by_model top_p=not_supported_by_model",
		},
		{
			trap: "models after 4.6 take none, at Bedrock", from: messagesClient, to: "bedrock", model: "anthropic.claude-opus-5",
			body:    `{"model":"m","max_tokens":9,"temperature":0.3,"top_p":0.5,"top_k":4,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9}}`,
			dropped: "temperature=not_supported_by_model top_k=not_supported_by_model top_p=not_supported_by_model",
		},
		{
			trap: "top_k, to Gemini", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":9,"topK":5}}`,
		},
		{
			trap: "top_k, to Claude at Bedrock", from: messagesClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body: `{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9},"additionalModelRequestFields":{"top_k":5}}`,
		},
		{
			trap: "top_k, to Nova at Bedrock", from: messagesClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":9},"additionalModelRequestFields":{"inferenceConfig":{"topK":5}}}`,
		},
		{
			trap: "top_k, to OpenAI, which has none", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
			dropped: "top_k=not_supported_by_provider",
		},
		{
			trap: "penalties, to Anthropic, which has none", from: chatClient, to: "anthropic", model: "claude-opus-4-5",
			body:    `{"model":"m","presence_penalty":0.5,"frequency_penalty":0,"logit_bias":{"1":2},"seed":3,"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-4-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096}`,
			dropped: "logit_bias=not_supported_by_provider presence_penalty=not_supported_by_provider seed=not_supported_by_provider",
		},
		{
			trap: "several answers, to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","n":2,"messages":[{"role":"user","content":"a"}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"candidateCount":2}}`,
		},
		{
			trap: "several answers, to OpenAI", from: geminiClient, to: "openai", model: "gpt-4o",
			body:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"candidateCount":2,"topK":3,"temperature":0},"safetySettings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_NONE"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"temperature":0,"n":2}`,
			dropped: "generationConfig.topK=not_supported_by_provider safetySettings=not_supported_by_provider",
		},
		{
			trap: "several answers, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","n":2,"messages":[{"role":"user","content":"a"}]}`,
			refused: "n",
		},
		{
			trap: "several answers, to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body:    `{"model":"m","n":2,"messages":[{"role":"user","content":"a"}]}`,
			refused: "n",
		},
	})
}

// TestTrapsOfStops: stop sequences.
func TestTrapsOfStops(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "a string is a list, at Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body: `{"model":"m","stop":"END","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"stop_sequences":["END"]}`,
		},
		{
			trap: "a string is a list, at Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","stop":"END","messages":[{"role":"user","content":"a"}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"stopSequences":["END"]}}`,
		},
		{
			trap: "a string is a list, at Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"model":"m","stop":"END","messages":[{"role":"user","content":"a"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"stopSequences":["END"]}}`,
		},
		{
			trap: "a string is a list, at Cohere", from: chatClient, to: "cohere", model: "command-a",
			body: `{"model":"m","stop":"END","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"command-a","messages":[{"role":"user","content":"a"}],"stop_sequences":["END"],"stream":false}`,
		},
		{
			trap: "a string is a list, at Ollama", from: chatClient, to: "ollama", model: "llama",
			body: `{"model":"m","stop":"END","messages":[{"role":"user","content":"a"}]}`,
			want: `{"model":"llama","messages":[{"role":"user","content":"a"}],"options":{"stop":["END"]},"stream":false}`,
		},
		{
			trap: "blanks alone, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-5",
			body:    `{"model":"m","stop":["\n"," ","END"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":4096,"stop_sequences":["END"]}`,
			dropped: "stop=only_whitespace",
		},
		{
			trap: "blanks alone, to Claude at Bedrock", from: chatClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body:    `{"model":"m","stop":["\n"," ","END"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"stopSequences":["END"]}}`,
			dropped: "stop=only_whitespace",
		},
		{
			trap: "more than Gemini takes", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body:    `{"model":"m","stop":["1","2","3","4","5","6"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"stopSequences":["1","2","3","4","5"]}}`,
			dropped: "stop=too_many",
		},
		{
			trap: "more than OpenAI takes", from: messagesClient, to: "openai", model: "gpt-4o",
			body:    `{"model":"m","max_tokens":9,"stop_sequences":["1","2","3","4","5"],"messages":[{"role":"user","content":"a"}]}`,
			want:    `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9,"stop":["1","2","3","4"]}`,
			dropped: "stop_sequences=too_many",
		},
	})
}
