//go:build !race

package openai

import (
	"fmt"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestAllocations makes sure that the usual way of a request costs no memory
// that is not pooled.
func TestAllocations(t *testing.T) {
	body := sizedRequest(4 << 10)
	escaped := []byte(`{"model":"g\u0070t","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"x":1}}`)
	answer := fmt.Appendf(nil, sampleAnswer, "text")
	d := upstream(`"other"`)
	ex := &core.Exchange{}
	var list [][]byte
	for name, request := range map[string][]byte{"plain": body, "escaped": escaped} {
		check(t, name+" request", func() {
			ex.Reset()
			ex.Request.Body = request
			at := ex.NewAttempt(d)
			if (Chat{}).Scan(ex) != nil || (Chat{}).Forward(ex, at) != nil {
				t.Error("refused")
			}
			list = at.Request.Body
		})
	}
	if len(list) < 3 {
		t.Errorf("%d ranges: nothing was swapped", len(list))
	}
	for name, learned := range map[string]*core.Learned{"answer": nil, "answer of a known pattern": {}} {
		check(t, name, func() {
			ex.Reset()
			at := ex.NewAttempt(d)
			at.Learned = learned
			if (Chat{}).Answer(ex, at, answer) != nil {
				t.Error("refused")
			}
		})
	}
	var events [][]byte
	for _, e := range []string{chunk(""), chunk("a"), chunk(` \"b\"`), chunk("c"), finishChunk, usageChunk, "[DONE]"} {
		events = append(events, []byte(e))
	}
	for _, e := range sampleEvents {
		events = append(events, []byte(e))
	}
	check(t, "stream", func() {
		ex.Reset()
		at := ex.NewAttempt(d)
		for _, e := range events {
			Chat{}.Event(ex, at, e)
		}
		if (Chat{}).EndStream(ex, at) != nil {
			t.Error("not whole")
		}
	})
	check(t, "parts", func() {
		ex.Reset()
		ex.Request.Body = body
		if (Chat{}).Scan(ex) != nil || (Chat{}).Parts(ex) != nil {
			t.Error("refused")
		}
	})
}

// TestTypedAllocations makes sure of the same for what is translated.
func TestTypedAllocations(t *testing.T) {
	body := sizedRequest(4 << 10)
	d := &core.Deployment{Provider: &core.Provider{}}
	ex := &core.Exchange{}
	var r core.TypedRequest
	check(t, "request", func() {
		ex.Reset()
		ex.Request.Body = body
		r = core.TypedRequest{Parts: r.Parts[:0]}
		if (Chat{}).Scan(ex) != nil || (Chat{}).Typed(ex, body, &r) != nil || len(r.Parts) != 2 {
			t.Error("refused")
		}
	})
	list := streamCases[0].events
	var out []byte
	check(t, "stream", func() {
		at := ex.NewAttempt(d)
		out = out[:0]
		for i := range list {
			out = Chat{}.WriteEvent(out, ex, at, &list[i])
		}
		out = Chat{}.WriteStreamEnd(out, ex, at)
	})
	a := &answerCases[0].answer
	check(t, "answer", func() { out = Chat{}.WriteAnswer(out[:0], ex, ex.Attempt, a) })
}

func check(t *testing.T, what string, f func()) {
	t.Helper()
	f()
	if n := testing.AllocsPerRun(100, f); n > 0 {
		t.Errorf("%s: %v allocations", what, n)
	}
}
