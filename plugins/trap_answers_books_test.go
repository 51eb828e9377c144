package plugins_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

// TestTrapOneReading: usage in the forms that providers of chat have it in is read
// alike where the answer passes through and where it is translated.
func TestTrapOneReading(t *testing.T) {
	tr := translatorOf(t, "provider/openai")
	chat := openai.New()
	u := func(in, read, write, out, reasoning int64) core.Usage {
		return core.Usage{InputUncached: in, CacheRead: read, CacheWrite: write, Output: out, Reasoning: reasoning, Reported: true}
	}
	for usage, want := range map[string]core.Usage{
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}`:                                                                                                      u(10, 0, 0, 5, 0),
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":null,"completion_tokens_details":null}`:                                        u(10, 0, 0, 5, 0),
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}}`:                                   u(3, 4, 3, 5, 0),
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":0}}`:                                  u(10, 0, 0, 5, 4),
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}`:                                                  u(10, 0, 0, 25, 20), // xAI
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2,"prompt_tokens_details":{"cached_tokens":8}}`: u(2, 8, 0, 5, 0),    // DeepSeek
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"cached_tokens":6}`:                                                                                    u(4, 6, 0, 5, 0),    // Moonshot
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"num_cached_tokens":6}`:                                                                                u(4, 6, 0, 5, 0),    // Mistral
		`"usage":{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,"reasoning_tokens":40,"citation_tokens":9,"num_search_queries":2}`:                                    u(10, 0, 0, 50, 40),
		`"usage":{"queue_time":0.1,"prompt_tokens":10,"prompt_time":0.2,"completion_tokens":5,"completion_time":0.1,"total_tokens":15,"total_time":0.3},"x_groq":{"id":"r"}`:        u(10, 0, 0, 5, 0),
		`"x_groq":{"id":"r","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`:                                                                                  u(10, 0, 0, 5, 0),
		`"usage":null,"x_groq":{"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`:                                                                              u(10, 0, 0, 5, 0),
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":99}}`:                                                         u(0, 10, 0, 5, 0),
		`"usage":{"prompt_tokens":10,"completion_tokens":null,"total_tokens":10}`:                                                                                                   {},
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"cost":0.01,"is_byok":false,"cost_details":{"upstream_inference_cost":null}}`:                          u(10, 0, 0, 5, 0), // OpenRouter
		`"usage":{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}`:                                                                                                      u(10, 0, 0, 0, 0),
		`"usage":{"prompt_tokens":16,"completion_tokens":9,"total_tokens":2412,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":2387}}`:                              u(16, 0, 2387, 9, 0), // Anthropic's habit
		`"usage":null`: {},
	} {
		body := `{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],` + usage + `}`
		ex, at := trapAsked(t, tr, messagesClient, trapAsks[messagesClient])
		a := &at.Translation.Answer
		if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, a); err != nil {
			t.Fatal(err)
		}
		own, passing := trapAsked(t, tr, chatClient, trapAsks[chatClient])
		if err := chat.Answer(own, passing, []byte(body)); err != nil {
			t.Fatal(err)
		}
		streamed, next := trapAsked(t, tr, chatClient, trapAsks[chatClient])
		for _, chunk := range []string{
			`{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":null}`,
			`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],` + usage + `}`,
		} {
			chat.Event(streamed, next, []byte(chunk))
		}
		if a.Usage != want || passing.Usage != want || next.Usage != want {
			t.Errorf("%s\ntranslated %+v\npassing    %+v\nstreamed   %+v\nwant       %+v", usage, a.Usage, passing.Usage, next.Usage, want)
		}
	}
}
