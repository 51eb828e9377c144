//go:build !race

package server

import (
	"io"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// echoing is a translator that says what the provider says.
type echoing struct{ core.Translator }

func (echoing) Event(_ *core.Exchange, at *core.Attempt, _, data []byte, _ bool) ([]core.Event, *core.Error) {
	tr := at.Translation
	tr.Scratch = append(tr.Scratch[:0], data...)
	ev := core.Event{Kind: core.EventDelta}
	ev.Part.SetText(tr.Scratch)
	tr.Events = append(tr.Events[:0], ev)
	return tr.Events, nil
}

// TestTranslatedStreamAllocatesNothing: nor does an event of another dialect cost
// memory.
func TestTranslatedStreamAllocatesNothing(t *testing.T) {
	x := streaming(t)
	x.state = &State{Snapshot: &config.Snapshot{}}
	x.Attempt.Translation = &core.Translation{Translator: echoing{}}
	x.typed = &typedStream{}
	if !x.typed.begin(x, core.FramingAuto, []byte(streamType)) {
		t.Fatal("no stream")
	}
	event := []byte("event: delta\ndata: {\"text\":\"hello\"}\n\n")
	pass := func() {
		if over, failure, err := x.passTyped(io.Discard, event, nil); over || failure != nil || err != nil {
			t.Fatal(over, failure, err)
		}
	}
	pass()
	sent := x.BytesOut
	if n := testing.AllocsPerRun(500, pass); n != 0 {
		t.Errorf("%v allocations per event", n)
	}
	if x.BytesOut-sent < 500*int64(len(event)) {
		t.Error("the client got nothing")
	}
}
