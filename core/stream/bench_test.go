package stream

import (
	"fmt"
	"strings"
	"testing"
)

// chatEvents returns n events of 290 bytes, as chat models stream them.
func chatEvents(n int) string {
	const size = 290
	var sb strings.Builder
	for i := range n {
		e := fmt.Sprintf(`data: {"id":"chatcmpl-%024d","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"obfuscation":"`, i)
		sb.WriteString(e + strings.Repeat("x", size-len(e)-len("\"}\n\n")) + "\"}\n\n")
	}
	return sb.String()
}

// feedAll feeds stream in reads of size bytes and returns the number of events.
func feedAll(s *SSE, ev *Event, stream []byte, size int) (events int) {
	for left := stream; len(left) > 0; {
		n := min(size, len(left))
		s.Feed(left[:n])
		left = left[n:]
		for s.Next(ev) {
			events++
		}
	}
	return events
}

func BenchmarkSSE(b *testing.B) {
	const events = 64
	chat := chatEvents(events)
	for _, bc := range []struct {
		name   string
		stream string
		size   int
	}{
		{"1_event_per_read", chat, 290},
		{"16_events_per_read", chat, 16 * 290},
		{"CRLF_1_event_per_read", strings.ReplaceAll(chat, "\n", "\r\n"), 292},
		{"cut_events_1000_bytes_per_read", chat, 1000},
		{"cut_events_100_bytes_per_read", chat, 100},
		{"1_byte_per_read", chat, 1},
		{"named_1_event_per_read", strings.ReplaceAll(chat, "data: ", "event: content_block_delta\ndata: "), 290 + 27},
	} {
		b.Run(bc.name, func(b *testing.B) {
			s := SSE{Buffers: new(Buffers)}
			var ev Event
			stream := []byte(bc.stream)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				if feedAll(&s, &ev, stream, bc.size) != events {
					b.Fatal("events lost")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
		})
	}
}

func BenchmarkSSELargeEvent(b *testing.B) {
	stream := []byte("data: " + strings.Repeat("x", 4<<20) + "\n\n")
	for _, size := range []int{4 << 10, 64 << 10, len(stream)} {
		b.Run(fmt.Sprintf("%d_bytes_per_read", size), func(b *testing.B) {
			s := SSE{Buffers: new(Buffers)}
			var ev Event
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				if feedAll(&s, &ev, stream, size) != 1 {
					b.Fatal("event lost")
				}
			}
		})
	}
}

func BenchmarkNDJSON(b *testing.B) {
	line := `{"model":"llama3.2","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":" word"},"done":false}` + "\n"
	const lines = 64
	stream := []byte(strings.Repeat(line, lines))
	for _, size := range []int{len(line), 16 * len(line), 1000} {
		b.Run(fmt.Sprintf("%d_bytes_per_read", size), func(b *testing.B) {
			s := NDJSON{Buffers: new(Buffers)}
			var ln Line
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				n := 0
				for left := stream; len(left) > 0; left = left[min(size, len(left)):] {
					for s.Feed(left[:min(size, len(left))]); s.Next(&ln); n++ {
					}
				}
				if n != lines {
					b.Fatal("lines lost")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		})
	}
}

func BenchmarkAppendSSEEvent(b *testing.B) {
	data := []byte(strings.TrimSuffix(strings.TrimPrefix(chatEvents(1), "data: "), "\n\n"))
	var dst []byte
	for b.Loop() {
		dst = AppendSSEEvent(dst[:0], "content_block_delta", data)
	}
}
