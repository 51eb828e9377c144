//go:build !race

package stream

import (
	"strings"
	"testing"
)

// The race detector makes sync.Pool drop buffers at random, hence the build
// constraint.
func TestNoAllocations(t *testing.T) {
	multi := "event: e\nid: 1\ndata: " + strings.Repeat("y", 300) + "\ndata: z\n\n"
	stream := []byte(bom + strings.Repeat(chatEvents(4)+": ping\n\n"+multi, 4))
	nd := []byte(strings.Repeat(`{"message":{"content":"hei"}}`+"\n", 40))
	for name, size := range map[string]int{"whole": len(stream), "100 bytes": 100, "one byte": 1} {
		sse := SSE{Buffers: new(Buffers)}
		lines := NDJSON{Buffers: new(Buffers)}
		run := func() {
			var ev Event
			feedAll(&sse, &ev, stream, size)
			sse.Finish(&ev)
			sse.Reset()
			var ln Line
			for left := nd; len(left) > 0; left = left[min(size, len(left)):] {
				for lines.Feed(left[:min(size, len(left))]); lines.Next(&ln); {
				}
			}
			lines.Reset()
		}
		if n := testing.AllocsPerRun(200, run); n != 0 {
			t.Errorf("%s: %v allocations for a stream, want 0", name, n)
		}
	}

	dst := make([]byte, 0, 4096)
	data := []byte("a\nb\r\nc")
	if n := testing.AllocsPerRun(200, func() {
		dst = AppendComment(AppendSSEEvent(AppendSSEData(dst[:0], data), "e", data), data)
	}); n != 0 {
		t.Errorf("writers: %v allocations, want 0", n)
	}
}
