package responses

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func BenchmarkForward(b *testing.B) {
	ex, d, body := &core.Exchange{}, upstream(`"other"`), []byte(sampleRequest)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Body = body
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Forward(ex, ex.NewAttempt(d)) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	ex, data := &core.Exchange{}, []byte(sampleEvents[2])
	at := ex.NewAttempt(upstream(""))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		(Dialect{}).Event(ex, at, data)
	}
}

func BenchmarkTyped(b *testing.B) {
	ex, body := &core.Exchange{}, []byte(sampleRequest)
	var r core.TypedRequest
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Body = body
		r = core.TypedRequest{Parts: r.Parts[:0], Parameters: core.Parameters{Tools: r.Parameters.Tools[:0]}}
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Typed(ex, body, &r) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkWriteEvent(b *testing.B) {
	ex, at := translated(b, sampleRequest)
	grow := grows(0, core.PartText, "Hello \"you\"")
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		if out = (Dialect{}).WriteEvent(out[:0], ex, at, &grow); memoryOf(ex).writer.failed {
			at = ex.NewAttempt(at.Deployment)
		}
	}
}
