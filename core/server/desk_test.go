package server

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestDesk: a stream keeps nothing of the memory that it translated in, and what one
// answer made large is not kept for others.
func TestDesk(t *testing.T) {
	x := &exchange{srv: &Server{}, typed: &typedStream{}}
	x.Attempt = &core.Attempt{Translation: &core.Translation{}}
	tr := x.Attempt.Translation
	for _, size := range []int{100, maxScratch, maxScratch + 1} {
		for range 10 {
			d := x.takeDesk()
			if len(tr.Events)+len(tr.Scratch)+len(x.typed.out) > 0 {
				t.Fatalf("something lies on the desk: %q, %q", tr.Scratch, x.typed.out)
			}
			if c := max(cap(tr.Scratch), cap(x.typed.out)); c > maxScratch || cap(tr.Events) > maxDesk {
				t.Fatalf("it has %d bytes and %d events, the limits are %d and %d", c, cap(tr.Events), maxScratch, maxDesk)
			}
			tr.Events = make([]core.Event, size/100)
			tr.Scratch, x.typed.out = make([]byte, size), make([]byte, size)
			x.giveDesk(d)
			if tr.Events != nil || tr.Scratch != nil || x.typed.out != nil {
				t.Fatal("the stream keeps what it gave back")
			}
		}
	}
}
