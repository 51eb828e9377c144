//go:build !race

package gemini

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// sampleChunk is one event as the provider sends it.
const sampleChunk = `{"candidates": [{"content": {"parts": [{"text": " Francisco is partly cloudy with temperatures ranging from the high 50s to the low 80s"}],"role": "model"},"index": 0}],` +
	`"usageMetadata": {"promptTokenCount": 17,"candidatesTokenCount": 67,"totalTokenCount": 598,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 17}],"toolUsePromptTokenCount": 102,"thoughtsTokenCount": 412},` +
	`"modelVersion": "gemini-2.5-pro","responseId": "ftnJaMmAMcm-qtsPwvCCoAo"}`

const lastChunk = `{"candidates": [{"content": {"parts": [{"functionCall": {"name":"f","args":{}}}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 17,"totalTokenCount": 20,"candidatesTokenCount": 3}}`

const sampleRequest = `{"systemInstruction":{"parts":[{"text":"be kind"}]},"contents":[{"role":"user","parts":[{"text":"hi \"you\""}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},` +
	`{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"x"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}],"generationConfig":{"temperature":1,"maxOutputTokens":100}}`

// TestAllocations makes sure that the usual way of a request costs no memory
// that is not pooled.
func TestAllocations(t *testing.T) {
	ex, d := &core.Exchange{}, upstream("other")
	body, path := []byte(sampleRequest), []byte(generatePath)
	begin := func() {
		ex.Reset()
		ex.Request.Path, ex.Request.Body, ex.Request.Operation = path, body, core.OpChat
		ex.Request.Dialect = Dialect{}
	}
	check(t, "request", 0, func() {
		begin()
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Forward(ex, ex.NewAttempt(d)) != nil {
			t.Error("refused")
		}
	})
	check(t, "parts", 0, func() {
		begin()
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Parts(ex) != nil {
			t.Error("refused")
		}
	})
	r := &core.TypedRequest{}
	check(t, "typed", 4, func() {
		begin()
		*r = core.TypedRequest{Parts: r.Parts[:0], Parameters: core.Parameters{Tools: r.Parameters.Tools[:0]}}
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Typed(ex, body, r) != nil {
			t.Error("refused")
		}
	})
	events := [][]byte{[]byte(sampleChunk), []byte(sampleChunk), []byte(lastChunk)}
	check(t, "answer", 0, func() {
		begin()
		if (Dialect{}).Answer(ex, ex.NewAttempt(d), events[2]) != nil {
			t.Error("refused")
		}
	})
	check(t, "stream", 0, func() {
		begin()
		at := ex.NewAttempt(d)
		for _, e := range events {
			Dialect{}.Event(ex, at, e)
		}
		if (Dialect{}).EndStream(ex, at) != nil {
			t.Error("not whole")
		}
	})
	written := make([]byte, 0, 16<<10)
	list := sampleStream()
	check(t, "written stream", 8, func() {
		begin()
		at := ex.NewAttempt(d)
		out := written
		for i := range list {
			out = Dialect{}.WriteEvent(out, ex, at, &list[i])
		}
		Dialect{}.WriteStreamEnd(out, ex, at)
	})
}

func check(t *testing.T, what string, most float64, f func()) {
	t.Helper()
	f()
	if n := testing.AllocsPerRun(100, f); n > most {
		t.Errorf("%s: %v allocations, want at most %v", what, n, most)
	}
}

func BenchmarkEvent(b *testing.B) {
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	data := []byte(sampleChunk)
	for b.Loop() {
		Dialect{}.Event(ex, at, data)
	}
}

func BenchmarkScanForward(b *testing.B) {
	ex, d := &core.Exchange{}, upstream("")
	for b.Loop() {
		ex.Reset()
		ex.Request.Path, ex.Request.Body = []byte(generatePath), []byte(sampleRequest)
		_ = Dialect{}.Scan(ex)
		_ = Dialect{}.Forward(ex, ex.NewAttempt(d))
	}
}

func BenchmarkTyped(b *testing.B) {
	ex, r := request(generatePath, sampleRequest), &core.TypedRequest{}
	for b.Loop() {
		_ = Dialect{}.Scan(ex)
		*r = core.TypedRequest{Parts: r.Parts[:0], Parameters: core.Parameters{Tools: r.Parameters.Tools[:0]}}
		_ = Dialect{}.Typed(ex, ex.Request.Body, r)
	}
}
