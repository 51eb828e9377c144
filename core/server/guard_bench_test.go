package server

import (
	"io"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// holdsSome holds back the last bytes of each window and finds nothing.
func holdsSome(call *core.Call) error {
	if w := call.Window; !w.Final {
		call.Reply.Hold = min(4, len(w.Text))
	}
	return nil
}

// judged returns an exchange in the middle of a stream that a guard judges.
func judged(tb testing.TB, hook core.HookFunc) *exchange {
	tb.Helper()
	x := streaming(tb)
	e := chain.Entry{Instance: "guard", Plugin: "guardrail.guard", Stage: core.StageJudge, Stream: core.StreamWindow, Window: 64}
	e.Hooks[core.PhaseAnswer] = hook
	x.chain = chain.Compile(nil, []chain.Entry{e})
	x.state = &State{Snapshot: &config.Snapshot{Limits: config.LimitOptions{AnswerBytes: 1 << 20}}}
	x.Route = &core.Route{Name: "m"}
	x.guardStream(x.Attempt)
	return x
}

// step takes what was read of the stream through the guards, as copyGuarded does.
func step(tb testing.TB, x *exchange, w io.Writer, chunk []byte) {
	tb.Helper()
	g := x.guard
	g.read(chunk, nil)
	failure := g.judge()
	if failure == nil {
		failure, _ = g.pour(w)
	}
	if failure != nil || g.failure != nil {
		tb.Fatal(failure, g.failure)
	}
}

// BenchmarkForwardGuarded is BenchmarkForward for a stream that a guard judges,
// without what the guard itself costs.
func BenchmarkForwardGuarded(b *testing.B) {
	x := judged(b, holdsSome)
	event := []byte(chunkOf("hello "))
	b.ReportAllocs()
	for b.Loop() {
		step(b, x, io.Discard, event)
	}
}
