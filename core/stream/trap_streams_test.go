package stream

import (
	"bytes"
	"testing"
)

// TestTrapLongLine: an event of one line of 4 MiB, such as an image, comes whole under
// the usual limit, in reads of any size, and so do lines of the other framings.
func TestTrapLongLine(t *testing.T) {
	t.Parallel()
	payload := bytes.Repeat([]byte("QUJD"), 1<<20)
	for _, size := range []int{1 << 10, 64<<10 - 1, 64 << 10, 1 << 20, 8 << 20} {
		var sse SSE
		var nd NDJSON
		var ev Event
		var ln Line
		doc := append(append([]byte("data: "), payload...), "\n\n"...)
		events, lines := 0, 0
		for rest := doc; len(rest) > 0; {
			n := min(size, len(rest))
			sse.Feed(rest[:n])
			for sse.Next(&ev) {
				if events++; !bytes.Equal(ev.Data, payload) {
					t.Errorf("reads of %d: %d bytes of data", size, len(ev.Data))
				}
			}
			nd.Feed(rest[:n])
			for nd.Next(&ln) {
				if len(ln.Data) > 0 {
					if lines++; !bytes.Equal(ln.Data, doc[:len(doc)-2]) {
						t.Errorf("reads of %d: a line of %d bytes", size, len(ln.Data))
					}
				}
			}
			rest = rest[n:]
		}
		if events != 1 || lines != 1 || sse.Err() != nil || nd.Err() != nil {
			t.Errorf("reads of %d: %d events, %d lines, %v, %v", size, events, lines, sse.Err(), nd.Err())
		}
	}
}
