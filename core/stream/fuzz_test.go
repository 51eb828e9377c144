package stream

import (
	"bytes"
	"testing"
)

// fuzzCuts makes reads out of fuzz data: each byte is the length of one read,
// again from the start when they are used up.
func fuzzCuts(sizes []byte) cutter {
	if len(bytes.Trim(sizes, "\x00")) == 0 {
		return whole
	}
	i := 0
	return func(int) int {
		n := int(sizes[i%len(sizes)])
		i++
		return n
	}
}

func FuzzSSE(f *testing.F) {
	for _, stream := range []string{
		"data: a\n\ndata: b\r\n\r\ndata: c\r\r", bom + "event: e\nid: 1\nretry: 2\ndata: x\ndata: y\n\n",
		": ping\n\ndata\n\ndata:\n\n", "data: [DONE]\n", "data: [DONE]", bom, bom + "\r\n", "\r\n\r\n\n\r",
	} {
		f.Add([]byte(stream), []byte{1}, uint16(0))
		f.Add([]byte(stream), []byte{3, 0, 5}, uint16(8))
	}
	bufs := new(Buffers)
	f.Fuzz(func(t *testing.T, in, sizes []byte, limit uint16) {
		stream := string(in)
		s := SSE{Buffers: bufs}
		want := oracleSSE(stream)
		checkSame(t, "whole", stream, splitSSE(t, &s, stream, whole), want)
		s.Reset()
		checkSame(t, "reads", stream, splitSSE(t, &s, stream, fuzzCuts(sizes)), want)
		s.Reset()
		checkSame(t, "one byte per read", stream, splitSSE(t, &s, stream, oneByte), want)
		s.Reset()

		// Under a limit every split ends alike. Three bytes are the least, so
		// that a byte order mark is not over it.
		s.MaxEvent = 3 + int(limit)
		want = splitSSE(t, &s, stream, whole)
		failed := s.Err() != nil
		s.Reset()
		got := splitSSE(t, &s, stream, fuzzCuts(sizes))
		checkSame(t, "reads under a limit", stream, got, want)
		if (s.Err() != nil) != failed {
			t.Fatalf("limit %d of %q: error %v, in one read %v", s.MaxEvent, stream, s.Err(), failed)
		}
		s.Reset()
	})
}

func FuzzNDJSON(f *testing.F) {
	for _, stream := range []string{"{}\n[]\r\n\n", "{\"a\":1}\n{\"b\"", "\r\n\r", "1\r2\n"} {
		f.Add([]byte(stream), []byte{1}, uint16(0))
		f.Add([]byte(stream), []byte{2, 7}, uint16(4))
	}
	bufs := new(Buffers)
	f.Fuzz(func(t *testing.T, in, sizes []byte, limit uint16) {
		s := NDJSON{Buffers: bufs}
		want := oracleNDJSON(string(in))
		checkLines(t, "whole", in, splitNDJSON(t, &s, in, whole), want)
		s.Reset()
		checkLines(t, "reads", in, splitNDJSON(t, &s, in, fuzzCuts(sizes)), want)
		s.Reset()

		s.MaxEvent = 1 + int(limit)
		want = splitNDJSON(t, &s, in, whole)
		failed := s.Err() != nil
		s.Reset()
		checkLines(t, "reads under a limit", in, splitNDJSON(t, &s, in, fuzzCuts(sizes)), want)
		if (s.Err() != nil) != failed {
			t.Fatalf("limit %d of %q: error %v, in one read %v", s.MaxEvent, in, s.Err(), failed)
		}
		s.Reset()
	})
}

// FuzzAppend reads back what the writers wrote.
func FuzzAppend(f *testing.F) {
	f.Add("message_start", []byte("{\"a\":1}"))
	f.Add("e\ndata: x", []byte("a\r\nb\rc\n\n"))
	f.Add("", []byte(""))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		checkWriters(t, name, data)
	})
}
