package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// BenchmarkTranslate measures what each translator costs: a request of 4 KiB and its
// answer, and one event of a stream.
func BenchmarkTranslate(b *testing.B) {
	said := strings.Repeat("The quick brown fox. ", 50)
	for _, c := range []struct{ folder, answer, event string }{
		{
			"provider/openai", `{"id":"a","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + said + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`,
			`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1731618222,"model":"m","choices":[{"index":0,"delta":{"content":"Some text that a model wrote. "},"logprobs":null,"finish_reason":null}],"usage":null}`,
		},
		{
			"provider/gemini", `{"candidates":[{"content":{"role":"model","parts":[{"text":"` + said + `"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}`,
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"Some text that a model wrote. "}]},"index":0}],"modelVersion":"m","responseId":"r"}`,
		},
	} {
		tr := translatorOf(b, c.folder)
		b.Run(c.folder+"/exchange", func(b *testing.B) {
			r := &core.TypedRequest{}
			for i := range 8 {
				role := core.RoleUser
				if i%2 == 1 {
					role = core.RoleAssistant
				}
				r.Parts = append(r.Parts, text(role, i, strings.Repeat("The quick brown fox jumps over it. ", 15)))
			}
			ex, _ := conversation(tr, "m")
			d := ex.Attempt.Deployment
			b.ReportAllocs()
			for b.Loop() {
				ex.Reset()
				ex.Request.Operation = core.OpChat
				at := ex.NewAttempt(d)
				at.Translation = &core.Translation{Translator: tr}
				if err := tr.Request(ex, at, r); err != nil {
					b.Fatal(err)
				}
				if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(c.answer)}, &at.Translation.Answer); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.folder+"/event", func(b *testing.B) {
			ex, at := conversation(tr, "m")
			if _, err := tr.Event(ex, at, nil, []byte(c.event), false); err != nil {
				b.Fatal(err)
			}
			data := []byte(c.event)
			b.ReportAllocs()
			for b.Loop() {
				if got, err := tr.Event(ex, at, nil, data, false); err != nil || len(got) != 1 {
					b.Fatal(got, err)
				}
			}
		})
	}
}
