package plugins_test

import (
	"fmt"
	"strings"
	"testing"
)

// chatUsage is the usage that a client of chat is told, as pieces of the document.
func chatUsage(prompt, output, read, write, reasoning int) []string {
	return []string{
		fmt.Sprintf(`"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d`, prompt, output, prompt+output),
		fmt.Sprintf(`"cached_tokens":%d`, read), fmt.Sprintf(`"reasoning_tokens":%d`, reasoning),
		map[bool]string{true: fmt.Sprintf(`"cache_write_tokens":%d`, write), false: `"usage"`}[write > 0],
	}
}

// messagesUsage is the same for a client of Messages, whose input excludes the cache.
func messagesUsage(input, write, read, output int) []string {
	return []string{
		fmt.Sprintf(`"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d`, input, write, read),
		fmt.Sprintf(`"output_tokens":%d`, output),
	}
}

// TestTrapsOfUsage: the same tokens in the numbers of each dialect.
func TestTrapsOfUsage(t *testing.T) {
	claude := func(usage string) string {
		return `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":` + usage + `}`
	}
	chat := func(usage string) string {
		return `{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
	}
	google := func(usage string) string {
		return `{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":` + usage + `}`
	}
	aws := func(usage string) string {
		return `{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn","usage":` + usage + `}`
	}
	const (
		claudeCached = `{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":1000,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}`
		chatCached   = `{"prompt_tokens":1110,"completion_tokens":7,"total_tokens":1117,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":1000},"completion_tokens_details":{"reasoning_tokens":3}}`
		awsCached    = `{"inputTokens":10,"cacheReadInputTokens":100,"cacheWriteInputTokens":1000,"outputTokens":7,"totalTokens":1117}`
		googleAll    = `{"promptTokenCount":20,"cachedContentTokenCount":5,"toolUsePromptTokenCount":6,"candidatesTokenCount":23,"thoughtsTokenCount":132,"totalTokenCount":181}`
	)
	tellAll(t, []reply{
		{trap: "Anthropic's cache is part of the prompt", folder: "anthropic", front: chatClient, answer: claude(claudeCached), want: chatUsage(1110, 7, 100, 1000, 3)},
		{trap: "Anthropic's hour of cache is written once", folder: "anthropic", front: chatClient, answer: claude(`{"input_tokens":1,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1}`), want: chatUsage(31, 1, 0, 30, 0)},
		{trap: "Converse's cache is part of the prompt", folder: "bedrock", front: chatClient, answer: aws(awsCached), want: chatUsage(1110, 7, 100, 1000, 0)},
		{trap: "Converse's cache stays apart in Messages", folder: "bedrock", front: messagesClient, answer: aws(awsCached), want: messagesUsage(10, 1000, 100, 7)},
		{trap: "OpenAI's cache is taken out of the input", folder: "openai", front: messagesClient, answer: chat(chatCached), want: messagesUsage(10, 1000, 100, 7)},
		{trap: "the input is never negative", folder: "openai", front: messagesClient, answer: chat(`{"prompt_tokens":50,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":80,"cache_write_tokens":7}}`), want: messagesUsage(0, 0, 50, 2)},
		{trap: "details that are null", folder: "openai", front: messagesClient, answer: chat(`{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":null,"completion_tokens_details":null}`), want: messagesUsage(3, 0, 0, 2)},
		{trap: "counts in details that are null", folder: "openai", front: messagesClient, answer: chat(`{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":null,"audio_tokens":null},"completion_tokens_details":{"reasoning_tokens":null}}`), want: messagesUsage(3, 0, 0, 2)},
		{trap: "Gemini's thoughts are output, and its tools' prompt is input", folder: "gemini", front: chatClient, answer: google(googleAll), want: chatUsage(26, 155, 5, 0, 132)},
		{trap: "Gemini's thoughts in Messages", folder: "gemini", front: messagesClient, answer: google(googleAll), want: messagesUsage(21, 0, 5, 155)},
		{trap: "Gemini's thoughts in Responses", folder: "gemini", front: responsesClient, answer: google(googleAll), want: []string{`"input_tokens":26`, `"cached_tokens":5`, `"output_tokens":155`, `"reasoning_tokens":132`}},
		{trap: "DeepSeek's names of the cache", folder: "openai", front: messagesClient, answer: chat(`{"prompt_tokens":110,"completion_tokens":2,"prompt_cache_hit_tokens":100,"prompt_cache_miss_tokens":10}`), want: messagesUsage(10, 0, 100, 2)},
	})
}

// TestTrapsOfStreamedUsage: usage is set and not added, wherever in a stream it comes.
func TestTrapsOfStreamedUsage(t *testing.T) {
	const text, said, end = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`, `{"type":"content_block_stop","index":0}`
	delta := func(usage string) string {
		return `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":` + usage + `}`
	}
	google := func(usage string) string {
		return `{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":` + usage + `}`
	}
	chunk := func(more string) string { return `{"choices":[{"index":0,"delta":{"content":"a"}}]` + more + `}` }
	tellAll(t, []reply{
		{
			trap: "Anthropic's later numbers replace the earlier", folder: "anthropic", front: chatClient,
			answer: claudeStream(`{"input_tokens":10,"cache_read_input_tokens":100,"output_tokens":4}`, text, said, end, delta(`{"input_tokens":10,"cache_read_input_tokens":100,"output_tokens":6}`), delta(`{"output_tokens":9}`)),
			want:   chatUsage(110, 9, 100, 0, 0),
		},
		{
			trap: "an empty usage at the start", folder: "anthropic", front: chatClient,
			answer: claudeStream(`{}`, text, said, end, delta(`{"input_tokens":3,"output_tokens":9}`)), want: chatUsage(3, 9, 0, 0, 0),
		},
		{
			trap: "input in the last event only", folder: "anthropic", front: chatClient,
			answer: claudeStream(`{"input_tokens":0,"output_tokens":0}`, text, said, end, delta(`{"input_tokens":61,"cache_read_input_tokens":5,"cache_creation_input_tokens":2,"output_tokens":9}`)),
			want:   chatUsage(68, 9, 5, 2, 0),
		},
		{
			trap: "the last event leaves the cache out", folder: "anthropic", front: chatClient,
			answer: claudeStream(`{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":1000,"output_tokens":1}`, text, said, end, delta(`{"output_tokens":9}`)),
			want:   chatUsage(1110, 9, 100, 1000, 0),
		},
		{
			trap: "Gemini's running numbers", folder: "gemini", front: chatClient,
			answer: lines(google(`{"promptTokenCount":5,"candidatesTokenCount":1,"thoughtsTokenCount":10}`), google(`{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":10}`),
				`{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":3,"thoughtsTokenCount":10,"totalTokenCount":18}}`),
			want: chatUsage(5, 13, 0, 0, 10),
		},
		{
			trap: "usage in every chunk", folder: "openai", front: messagesClient,
			answer: lines(chunk(`,"usage":{"prompt_tokens":5,"completion_tokens":1}`), chunk(`,"usage":{"prompt_tokens":5,"completion_tokens":2}`),
				`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}`, `[DONE]`),
			want: []string{`"output_tokens":3`}, never: []string{`"output_tokens":6`},
		},
		{
			trap: "usage behind the finish reason, its details null", folder: "openai", front: messagesClient,
			answer: lines(chunk(``), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"prompt_tokens_details":null}}`, `[DONE]`),
			want:   []string{`"input_tokens":5`, `"output_tokens":3`},
		},
		{
			trap: "usage of an answer that was cut by its bound", folder: "anthropic", front: responsesClient,
			answer: strings.Replace(claudeStream(`{"input_tokens":3,"output_tokens":1}`, text, said, end, delta(`{"output_tokens":9}`)), "end_turn", "max_tokens", 1),
			want:   []string{`"type":"response.incomplete"`, `"input_tokens":3`, `"output_tokens":9`},
		},
	})
}
