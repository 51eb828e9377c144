package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// sizedRequest returns a request of about n bytes whose bulk is one message.
func sizedRequest(n int) []byte {
	const text = "The quick brown fox said \\\"hello\\\" and jumped over the lazy dog.\\n"
	head := `{"model":"gpt-4o-mini","temperature":0.2,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"`
	tail := `"}],"stream":true,"max_tokens":256}`
	fill := max(n-len(head)-len(tail), 0)
	return []byte(head + strings.Repeat(text, fill/len(text)) + tail)
}

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{300, 4 << 10, 100 << 10} {
		body := sizedRequest(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ex := &core.Exchange{}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				ex.Reset()
				ex.Request.Body = body
				if err := (Chat{}).Scan(ex); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint(n, "-jsonscan"), func(b *testing.B) {
			var obj jsonscan.Object
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if err := jsonscan.Scan(body, requestForm.Keys(), &obj); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkForward(b *testing.B) {
	ex := &core.Exchange{}
	ex.Request.Body = sizedRequest(4 << 10)
	if err := (Chat{}).Scan(ex); err != nil {
		b.Fatal(err)
	}
	d := &core.Deployment{Provider: &core.Provider{}, Model: "other", ModelJSON: []byte(`"other"`)}
	at := ex.NewAttempt(d)
	b.ReportAllocs()
	for b.Loop() {
		if err := (Chat{}).Forward(ex, at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParts(b *testing.B) {
	ex := &core.Exchange{}
	body := sizedRequest(4 << 10)
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Body = body
		if err := (Chat{}).Scan(ex); err != nil {
			b.Fatal(err)
		}
		if err := (Chat{}).Parts(ex); err != nil {
			b.Fatal(err)
		}
	}
}

const sampleAnswer = `{"id":"chatcmpl-BxYz0123456789abcdefghijklmno","object":"chat.completion","created":1741569952,` +
	`"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"%s","refusal":null,` +
	`"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,` +
	`"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":` +
	`{"reasoning_tokens":3,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},` +
	`"service_tier":"default","system_fingerprint":"fp_0123456789"}`

func BenchmarkAnswer(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		body := fmt.Appendf(nil, sampleAnswer, strings.Repeat("All work and no play makes Jack. ", n))
		b.Run(fmt.Sprint(len(body)), func(b *testing.B) {
			ex := &core.Exchange{}
			at := ex.NewAttempt(&core.Deployment{})
			b.ReportAllocs()
			for b.Loop() {
				if err := (Chat{}).Answer(ex, at, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnswerMixed reads answers no two of which are alike in a row.
func BenchmarkAnswerMixed(b *testing.B) {
	body := fmt.Sprintf(sampleAnswer, strings.Repeat("All work and no play makes Jack. ", 10))
	var bodies [][]byte
	for _, content := range []string{`"content":`, `"reasoning":"x","content":`, `"tool_calls":null,"content":`} {
		bodies = append(bodies, []byte(strings.Replace(body, `"content":`, content, 1)))
	}
	ex := &core.Exchange{}
	at := ex.NewAttempt(&core.Deployment{})
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		if err := (Chat{}).Answer(ex, at, bodies[n%len(bodies)]); err != nil {
			b.Fatal(err)
		}
	}
}

// sampleEvents are chunks as they come on the wire.
var sampleEvents = map[string]string{
	"openai": `{"id":"chatcmpl-BxYz0123456789abcdefghijklmno","object":"chat.completion.chunk","created":1741569952,` +
		`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":` +
		`[{"index":0,"delta":{"content":" Helsinki"},"logprobs":null,"finish_reason":null}],"usage":null}`,
	"openai-padded": `{"id":"chatcmpl-BxYz0123456789abcdefghijklmno","object":"chat.completion.chunk","created":1741569952,` +
		`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":` +
		`[{"index":0,"delta":{"content":" Helsinki"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a1b2c3d4"}`,
	"llama": `{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" the"}}],"created":1741569952,` +
		`"id":"chatcmpl-kXb0123456789abcdefghijklmno0","model":"gemma3-270m","system_fingerprint":"b6000-0123abc","object":"chat.completion.chunk"}`,
	"usage": `{"id":"chatcmpl-BxYz0123456789abcdefghijklmno","object":"chat.completion.chunk","created":1741569952,` +
		`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[],` +
		`"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4}}}`,
}

func BenchmarkEvent(b *testing.B) {
	for name, data := range sampleEvents {
		data := []byte(data)
		b.Run(fmt.Sprintf("%s-%d", name, len(data)), func(b *testing.B) {
			ex := &core.Exchange{}
			at := ex.NewAttempt(&core.Deployment{})
			b.ReportAllocs()
			for b.Loop() {
				(Chat{}).Event(ex, at, data)
			}
		})
	}
}

func BenchmarkTyped(b *testing.B) {
	ex := &core.Exchange{}
	body := sizedRequest(4 << 10)
	var r core.TypedRequest
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Body = body
		if err := (Chat{}).Scan(ex); err != nil {
			b.Fatal(err)
		}
		r = core.TypedRequest{Parts: r.Parts[:0]}
		if err := (Chat{}).Typed(ex, ex.Request.Body, &r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteEvent(b *testing.B) {
	ex := &core.Exchange{}
	at := ex.NewAttempt(&core.Deployment{Model: "real"})
	ev := grows(0, core.PartText, " Helsinki")
	out := Chat{}.WriteEvent(nil, ex, at, &ev)
	b.ReportAllocs()
	for b.Loop() {
		out = Chat{}.WriteEvent(out[:0], ex, at, &ev)
	}
}
