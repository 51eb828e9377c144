//go:build !race

package responses

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestAllocations makes sure that the usual way of a request costs no memory that is not
// pooled.
func TestAllocations(t *testing.T) {
	d := upstream(`"other"`)
	ex := &core.Exchange{}
	body := []byte(sampleRequest)
	check(t, "request", func() {
		ex.Reset()
		ex.Request.Body = body
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Forward(ex, ex.NewAttempt(d)) != nil {
			t.Error("refused")
		}
	})
	check(t, "parts", func() {
		ex.Reset()
		ex.Request.Body = body
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Parts(ex) != nil || len(ex.Prompt) == 0 {
			t.Error("refused")
		}
	})
	answer := []byte(`{"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"message","content":[]}],` + usageJSON + `}`)
	check(t, "answer", func() {
		ex.Reset()
		if (Dialect{}).Answer(ex, ex.NewAttempt(d), answer) != nil {
			t.Error("refused")
		}
	})
	var list [][]byte
	for _, e := range sampleEvents {
		list = append(list, []byte(e))
	}
	check(t, "stream", func() {
		ex.Reset()
		at := ex.NewAttempt(d)
		for _, e := range list {
			(Dialect{}).Event(ex, at, e)
		}
		if (Dialect{}).EndStream(ex, at) != nil {
			t.Error("not whole")
		}
	})
}

// TestTypedAllocations makes sure of the same for what is translated.
func TestTypedAllocations(t *testing.T) {
	d := &core.Deployment{Provider: &core.Provider{}}
	ex := &core.Exchange{}
	body := []byte(sampleRequest)
	var r core.TypedRequest
	check(t, "request", func() {
		ex.Reset()
		ex.Request.Body = body
		r = core.TypedRequest{Parts: r.Parts[:0], Parameters: core.Parameters{Tools: r.Parameters.Tools[:0]}}
		if (Dialect{}).Scan(ex) != nil || (Dialect{}).Typed(ex, body, &r) != nil || len(r.Parts) != 4 {
			t.Error("refused")
		}
	})
	events := streamOf(&answerCases[1].answer)
	var out []byte
	check(t, "stream", func() {
		at := ex.NewAttempt(d)
		out = out[:0]
		for i := range events {
			out = Dialect{}.WriteEvent(out, ex, at, &events[i])
		}
		out = Dialect{}.WriteStreamEnd(out, ex, at)
	})
	check(t, "answer written", func() { out = Dialect{}.WriteAnswer(out[:0], ex, ex.Attempt, &answerCases[1].answer) })
}

func check(t *testing.T, what string, f func()) {
	t.Helper()
	f()
	if n := testing.AllocsPerRun(100, f); n > 0 {
		t.Errorf("%s: %v allocations", what, n)
	}
}
