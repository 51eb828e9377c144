//go:build !race

package abi_test

import (
	"testing"

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
