//go:build !race

package server

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// guardedIn returns an exchange in the middle of a stream in a dialect, of whose
// events at most most bytes may wait.
func guardedIn(tb testing.TB, d core.Dialect, mode core.StreamMode, most int64) *exchange {
	tb.Helper()
	x := judged(tb, holdsSome)
	x.Request.Dialect = d
	x.Request.Scanned = nil
	x.Request.Body = []byte(`{"model":"m","stream":true,"input":"hi","messages":[{"role":"user","content":"hi"}]}`)
	if err := d.Scan(&x.Exchange); err != nil {
		tb.Fatal(err)
	}
	e := chain.Entry{Instance: "guard", Plugin: "guardrail.guard", Stage: core.StageJudge, Stream: mode, Window: 64}
	e.Hooks[core.PhaseAnswer] = core.HookFunc(holdsSome)
	x.chain = chain.Compile(nil, []chain.Entry{e})
	x.state.Snapshot = &config.Snapshot{Limits: config.LimitOptions{AnswerBytes: most, EventBytes: 1 << 20}}
	x.guardStream(x.Attempt)
	return x
}

// heap returns the bytes that are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools let go of in the first is gone after the second
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func responsesDelta(text string) string {
	return fmt.Sprintf("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"i\",\"output_index\":0,\"content_index\":0,\"delta\":%q}\n\n", text)
}

// TestGuardedStreamsHoldLittle: what a thousand streams in the midst of a long text keep
// beside their connections, of which something waits, is little for each; in a dialect
// whose last events repeat the text it is that text and little more.
func TestGuardedStreamsHoldLittle(t *testing.T) {
	const streams, events = 1000, 300
	word := "a word of the text, "
	for name, c := range map[string]struct {
		event string
		most  int64 // bytes a stream
	}{
		"openai.chat":      {chunkOf(word), 24 << 10},
		"openai.responses": {responsesDelta(word), 24<<10 + 2*events*int64(len(word))},
	} {
		before := heap()
		list := make([]*exchange, streams)
		for i := range list {
			x := streaming(t)
			d := x.Request.Dialect
			if name == "openai.responses" {
				d = responses.Dialect{}
			}
			list[i] = guardedIn(t, d, core.StreamWindow, 1<<20)
			chunk := []byte(c.event)
			for range events {
				step(t, list[i], io.Discard, chunk)
			}
			if !list[i].guard.engine.Waits() {
				t.Fatal("nothing waits")
			}
		}
		each := (heap() - before) / streams
		t.Logf("%s: %d bytes a stream", name, each)
		if each > c.most {
			t.Errorf("%s: a stream holds %d bytes, at most %d are allowed", name, each, c.most)
		}
		runtime.KeepAlive(list)
	}
}

// TestHeldStreamIsBounded: a stream that is held back to its end, however small the
// pieces in which it comes, holds not much more than it may before it is refused.
func TestHeldStreamIsBounded(t *testing.T) {
	const most = 1 << 20
	typed := core.Event{Kind: core.EventDelta, Part: core.Part{Attr: &core.Attr{Signature: bytes.Repeat([]byte("s"), 300)}}}
	typed.Part.SetText([]byte("a"))
	for name, event := range map[string]string{
		"small":      `data: {"choices":[{"index":0,"delta":{"content":"a"}}]}` + "\n\n",
		"ordinary":   chunkOf("some words "),
		"large":      chunkOf(strings.Repeat("many words ", 400)),
		"translated": "",
		// Each is a block for itself.
		"links": `data: {"choices":[{"index":0,"delta":{"annotations":[` + strings.Repeat(`{"url_citation":{"url":"u"}},`, 99) + `{"url_citation":{"url":"u"}}]}}]}` + "\n\n",
	} {
		before := heap()
		x := guardedIn(t, streaming(t).Request.Dialect, core.StreamBuffer, most)
		g, n := x.guard, 0
		for chunk := []byte(event); g.failure == nil && n < most; n++ {
			if name == "translated" {
				g.failure = g.pushTyped(&typed)
			} else {
				g.read(chunk, nil)
			}
		}
		if g.failure == nil || g.failure.Code != core.CodeUpstreamTooLarge {
			t.Fatalf("%s: after %d events %v", name, n, g.failure)
		}
		holds := heap() - before
		t.Logf("%s: %d events, %d KiB sent, %d KiB held of %d", name, n, n*len(event)>>10, holds>>10, most>>10)
		if holds > most+most/2 {
			t.Errorf("%s: it held %d bytes before it was refused, %d are allowed", name, holds, most)
		}
		runtime.KeepAlive(x)
	}
}
