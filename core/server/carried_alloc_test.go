//go:build !race

package server

import "testing"

// TestCarriedAllocatesNothing: unpacking costs no allocation, but the first time.
func TestCarriedAllocatesNothing(t *testing.T) {
	c := unpacking(t)
	frames := append(chunkFrame(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hej"}}`), chunkFrame(`{"type":"ping"}`)...)
	if n := testing.AllocsPerRun(100, func() {
		if out, err := c.Reframe(frames); err != nil || len(out) == 0 {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCarried(b *testing.B) {
	c := unpacking(b)
	frame := chunkFrame(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hej"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Reframe(frame); err != nil {
			b.Fatal(err)
		}
	}
}
