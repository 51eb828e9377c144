//go:build !race

package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestAllocations makes sure that the usual way of a request costs no memory
// that is not pooled.
func TestAllocations(t *testing.T) {
	text := strings.Repeat("some words of a prompt 1 2 3 ", 140)
	body := []byte(`{` + head + `"system":"be kind","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"` + text + `"}]}]}`)
	answer := []byte(`{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"` + text + `"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":9}}`)
	events := [][]byte{
		[]byte(start), []byte(textOne), []byte(textTwo), []byte(`{"type":"ping"}`), []byte(textOne),
		[]byte(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" \"q\""}}`), []byte(finished), []byte(stop),
	}
	ex := &core.Exchange{}
	d := upstream(`"other"`)
	check := func(what string, f func()) {
		f()
		if n := testing.AllocsPerRun(100, f); n > 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	check("request", func() {
		ex.Reset()
		ex.Request.Body, ex.Request.Operation = body, core.OpChat
		if (Messages{}).Scan(ex) != nil || (Messages{}).Forward(ex, ex.NewAttempt(d)) != nil {
			t.Error("refused")
		}
	})
	check("parts", func() {
		ex.Reset()
		ex.Request.Body, ex.Request.Operation = body, core.OpChat
		if (Messages{}).Scan(ex) != nil || (Messages{}).Parts(ex) != nil || len(ex.Prompt) != 2 {
			t.Error("refused")
		}
	})
	check("answer", func() {
		ex.Reset()
		if (Messages{}).Answer(ex, ex.NewAttempt(d), answer) != nil {
			t.Error("refused")
		}
	})
	check("stream", func() {
		ex.Reset()
		at := ex.NewAttempt(d)
		for _, e := range events {
			Messages{}.Event(ex, at, e)
		}
		if (Messages{}).EndStream(ex, at) != nil {
			t.Error("not whole")
		}
	})
	out := make([]byte, 0, 4<<10)
	written := []core.Event{
		open(0, part(core.PartText, "", nil)), delta(0, part(core.PartText, "a few words", nil)), delta(0, part(core.PartText, " more\n", nil)), done(0, part(core.PartText, "", nil)),
		open(1, toolCall("c", "f", "", nil)), delta(1, part(core.PartToolCall, "{}", nil)), done(1, part(core.PartToolCall, "", nil)),
		{Kind: core.EventFinish, Finish: core.FinishStop},
	}
	check("written stream", func() {
		ex.Reset()
		at := ex.NewAttempt(d)
		b := out
		for i := range written {
			b = Messages{}.WriteEvent(b, ex, at, &written[i])
		}
		if len(Messages{}.WriteStreamEnd(b, ex, at)) > cap(out) {
			t.Error("too long for the test")
		}
	})
}
