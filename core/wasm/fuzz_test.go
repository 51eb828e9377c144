package wasm

import (
	"encoding/binary"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// FuzzReply gives a hook any reply at any place: it is either a bad reply or one
// whose edits fit the text, and never a mistake of the host.
func FuzzReply(f *testing.F) {
	good := abi.Reply{
		HasBlock: true, Block: abi.Block{Status: 403, Message: []byte("no")},
		Edits: []abi.Edit{{Start: 1, End: 2, Label: []byte("X")}, {Start: 5, End: 7, Text: []byte("é")}},
		Flags: []abi.Flag{{Name: []byte("f"), Score: 1}}, Tags: []abi.Tag{{Key: []byte("k")}},
		HasState: true, State: []byte("s"),
	}
	frame := good.Append(nil)
	f.Add(frame, abi.Pack(replyAt, uint32(len(frame))))
	f.Add(frame, abi.Pack(replyAt, 100<<20))
	f.Add([]byte{}, uint64(1)<<63|8)
	// The hook returns what stands at 16.
	m := hooked(i32c(16), op(0x29, 3, 0))
	i := started(f, m, Options{}, core.InstanceConfig{Isolation: core.IsolateShared, Limits: core.Limits{Guests: 1}})
	const text = "text é!"
	f.Fuzz(func(t *testing.T, frame []byte, packed uint64) {
		i.pool.work.Wait()
		i.pool.breaker = breaker{}
		mem := i.pool.free[0].mem.buf
		copy(mem[replyAt:frameAt], frame)
		binary.LittleEndian.PutUint64(mem[16:], packed)
		ex := exchange("a", 1)
		c := prompt(ex, text)
		err := i.Hook(core.PhasePrompt).Handle(c)
		i.pool.module.host.Forget(ex.ID)
		if err != nil {
			if failureOf(err) != FailReply {
				t.Fatal(err)
			}
			return
		}
		for _, e := range c.Reply.Edits {
			if e.Part != 0 || e.Start > e.End || e.End > len(text) || !utf8.Valid(e.Bytes) {
				t.Fatalf("edit %+v", e)
			}
		}
		if len(c.Reply.Edits) > 0 {
			if err := c.Parts[0].Apply(c.Reply.Edits); err != nil {
				t.Fatalf("the edits do not fit: %v", err)
			}
		}
	})
}
