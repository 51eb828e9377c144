package plugins_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrapRetryBeginsAnew: what an attempt left of its stream, in the translator, in
// the client's dialect and in the books, is not in the next one's.
func TestTrapRetryBeginsAnew(t *testing.T) {
	tr := translatorOf(t, "provider/openai")
	half := []string{
		`{"id":"one","model":"m1","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}`,
		`{"id":"one","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"a\":"}}]}}],"usage":{"prompt_tokens":99,"completion_tokens":98}}`,
	}
	whole := []string{
		`{"id":"two","model":"m2","choices":[{"index":0,"delta":{"content":"a"}}]}`,
		`{"id":"two","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}`,
		`{"id":"two","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`, `[DONE]`,
	}
	for _, dialect := range []string{chatClient, messagesClient, responsesClient, geminiClient} {
		play := func(first []string) string {
			ex, at := trapAsked(t, tr, dialect, trapAsks[dialect])
			ex.Request.Stream, ex.Request.UsageAsked = true, true
			front := ex.Request.Dialect.(core.TypedDialect)
			attempt := func(at *core.Attempt, chunks []string) (out []byte) {
				for _, chunk := range chunks {
					events, err := tr.Event(ex, at, nil, []byte(chunk), false)
					if err != nil {
						t.Fatal(err)
					}
					for i := range events {
						if events[i].Kind == core.EventUsage {
							at.Usage = events[i].Usage
						}
						out = front.WriteEvent(out, ex, at, &events[i])
					}
				}
				return out
			}
			attempt(at, first)
			next := ex.NewAttempt(at.Deployment)
			next.Translation = &core.Translation{Translator: tr}
			r, err := ex.Typed(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Request(ex, next, r); err != nil {
				t.Fatal(err)
			}
			out := attempt(next, whole)
			return string(front.WriteStreamEnd(out, ex, next))
		}
		want, got := play(nil), play(half)
		if got != want || got == "" {
			t.Errorf("%s: after an attempt that broke off\n%s\nwant\n%s", dialect, got, want)
		}
	}
}
