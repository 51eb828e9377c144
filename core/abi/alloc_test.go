//go:build !race

package abi_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

func TestNoAllocations(t *testing.T) {
	call, reply := promptCall(), editReply()
	mem := make([]byte, 0, call.Size())
	frame := reply.Append(nil)
	var got abi.PromptCall
	var verdicts abi.Reply
	f := func(name string, run func() error) {
		if err := run(); err != nil { // the first time may allocate
			t.Fatal(name, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = run() }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	f("encode call", func() error { mem = call.Append(mem[:0]); return nil })
	f("decode call", func() error { return got.Decode(mem) })
	f("decode empty reply", func() error { return verdicts.Decode(nil) })
	f("decode 3 edits", func() error { return verdicts.Decode(frame) })
	f("encode reply", func() error { mem = reply.Append(mem[:0]); return nil })
}

// TestEventsAllocateNothing: the frame of an event, and what comes of a delta.
func TestEventsAllocateNothing(t *testing.T) {
	ex, at := translating()
	delta := abi.Event{Kind: abi.EventKindDelta, HasPart: true, Part: abi.Part{Kind: abi.KindText, Text: []byte("text")}}
	frame := (&abi.UpstreamEventReply{Events: []abi.Event{delta, delta}, HasState: true, State: []byte("state")}).Append(nil)
	mem, name, data := make([]byte, 0, 4096), []byte("name"), []byte("data")
	var f abi.Translations
	events := make([]core.Event, 0, 4)
	n := testing.AllocsPerRun(100, func() {
		mem = f.Event(ex, at, name, data, false).Append(mem[:0])
		var err error
		if events, err = f.ReadEvent(frame, at.Translation, events[:0]); err != nil || len(events) != 2 {
			t.Fatal(err, events)
		}
		f.Reset()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
