package stream

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSSE(t *testing.T) {
	t.Parallel()
	msg := func(name, data string, more ...Lines) block {
		b := block{Name: name, Data: data, Lines: LineData}
		for _, l := range more {
			b.Lines |= l
		}
		return b
	}
	comment := block{Lines: LineComment}
	for _, c := range []struct {
		name, stream string
		want         []block
		tail         Tail
		left         block
	}{
		{name: "nothing"},
		{name: "LF", stream: "data: a\n\ndata: b\n\n", want: []block{msg("", "a"), msg("", "b")}},
		{name: "CR", stream: "data: a\r\rdata: b\r\r", want: []block{msg("", "a"), msg("", "b")}},
		{name: "CRLF", stream: "data: a\r\n\r\ndata: b\r\n\r\n", want: []block{msg("", "a"), msg("", "b")}},
		{name: "LF then CR ends", stream: "data: a\n\rdata: b\n\r", want: []block{msg("", "a"), msg("", "b")}},
		{name: "CR, CRLF", stream: "data: a\r\r\ndata: b\r\n\r", want: []block{msg("", "a"), msg("", "b")}},
		{name: "CRLF, LF", stream: "data: a\r\n\ndata: b\n\r\n", want: []block{msg("", "a"), msg("", "b")}},
		{name: "three kinds in one event", stream: "event: e\rdata: a\r\ndata: b\n\n", want: []block{msg("e", "a\nb", LineEvent)}},
		{name: "surplus blank lines", stream: "\n\n\r\n\rdata: a\n\n\n\n\r\r", want: []block{msg("", "a")}},
		{name: "byte order mark", stream: bom + "data: a\n\n", want: []block{msg("", "a")}},
		{name: "byte order mark and blank line", stream: bom + "\ndata: a\n\n", want: []block{msg("", "a")}},
		{name: "byte order mark and CRLF", stream: bom + "\r\ndata: a\n\n", want: []block{msg("", "a")}},
		{name: "byte order mark before a comment", stream: bom + ":x\n\n", want: []block{comment}},
		{name: "byte order mark alone", stream: bom},
		{name: "half a byte order mark", stream: bom[:2], tail: TailCut, left: block{Lines: LineOther}},
		{name: "two byte order marks", stream: bom + bom + "data: a\n\n", want: []block{{Lines: LineOther}}},
		{name: "byte order mark later", stream: "data: a\n\n" + bom + "data: b\n\n", want: []block{msg("", "a"), {Lines: LineOther}}},
		{name: "byte order mark in the second line", stream: "data: a\n" + bom + "\n\n", want: []block{msg("", "a", LineOther)}},
		{name: "comments", stream: ": ping\n\n:\n\n:x\ndata: a\n: y: z\n\n", want: []block{comment, comment, msg("", "a", LineComment)}},
		{name: "no space", stream: "event:e\ndata:{}\n\n", want: []block{msg("e", "{}", LineEvent)}},
		{name: "one space of two", stream: "data:  a \n\n", want: []block{msg("", " a ")}},
		{name: "tab stays", stream: "data:\ta\n\n", want: []block{msg("", "\ta")}},
		{name: "colons in value", stream: "data: a: b:c\n\n", want: []block{msg("", "a: b:c")}},
		{name: "no colon", stream: "data\n\n", want: []block{msg("", "")}},
		{name: "two without colon", stream: "data\ndata\n\n", want: []block{msg("", "\n")}},
		{name: "empty data", stream: "data:\n\ndata: \n\n", want: []block{msg("", ""), msg("", "")}},
		{name: "empty line in data", stream: "data: a\ndata:\ndata: b\n\n", want: []block{msg("", "a\n\nb")}},
		{name: "last event field counts", stream: "event: a\nevent: b\ndata: x\n\nevent: c\nevent\ndata: y\n\n", want: []block{msg("b", "x", LineEvent), msg("", "y", LineEvent)}},
		{name: "no data", stream: "event: a\n\nid: 1\n\nretry: 10\n\n", want: []block{{Name: "a", Lines: LineEvent}, {Lines: LineID}, {Lines: LineRetry}}},
		{name: "all fields", stream: "id: 7\nretry: 1\nevent: e\ndata: d\nfoo: bar\n: c\n\n", want: []block{msg("e", "d", LineID, LineRetry, LineEvent, LineOther, LineComment)}},
		{name: "case and spaces count", stream: "Data: a\n data: b\ndata : c\n\n", want: []block{{Lines: LineOther}}},
		{name: "NUL and wild bytes", stream: "data: \x00\xFF\xFE\nid: \x00\n\n", want: []block{msg("", "\x00\xFF\xFE", LineID)}},
		{name: "other Unicode line ends are text", stream: "data: a\u2028b\u0085c\vd\fe\n\n", want: []block{msg("", "a\u2028b\u0085c\vd\fe")}},

		{name: "no blank line", stream: "data: a\n\ndata: [DONE]\n", want: []block{msg("", "a")}, tail: TailOpen, left: msg("", "[DONE]")},
		{name: "no blank line, CR", stream: "data: [DONE]\r", tail: TailOpen, left: msg("", "[DONE]")},
		{name: "no blank line, CRLF", stream: "data: [DONE]\r\n", tail: TailOpen, left: msg("", "[DONE]")},
		{name: "no line end", stream: "data: [DONE]", tail: TailCut, left: msg("", "[DONE]")},
		{name: "cut in the second data line", stream: "event: e\ndata: a\ndata: b", tail: TailCut, left: msg("e", "a\nb", LineEvent)},
		{name: "cut in a field name", stream: "data: a\n\nda", want: []block{msg("", "a")}, tail: TailCut, left: block{Lines: LineOther}},
		{name: "comment at the end", stream: ": bye\n", tail: TailOpen, left: comment},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := result{Blocks: c.want, Tail: c.tail, Left: c.left}
			checkSame(t, "oracle", c.stream, oracleSSE(c.stream), want)
			var s SSE
			checkSame(t, "whole", c.stream, splitSSE(t, &s, c.stream, whole), want)
			s.Reset()
			checkSame(t, "one byte per read", c.stream, splitSSE(t, &s, c.stream, oneByte), want)
			for at := range len(c.stream) { // every place, with an empty read there
				reads := []int{at, 0, len(c.stream)}
				s.Reset()
				got := splitSSE(t, &s, c.stream, func(int) int {
					n := reads[0]
					reads = reads[1:]
					return n
				})
				checkSame(t, "two reads", c.stream, got, want)
			}
		})
	}
}

// randomStream writes a stream with everything the format allows and much that
// it tolerates.
func randomStream(r *rand.Rand) string {
	lines := []string{
		"data: {\"choices\":[{\"delta\":{\"content\":\"hei på deg\"}}]}", "data:x", "data", "data: ",
		"data: [DONE]", "event: message_start", "event:", "id: 41", "id: a\x00b", "retry: 3000", "retry: x",
		": ping", ":", "foo: bar", "foo", "DATA: x", bom + "data: y", "data: \u2028 ✓", "data:  two", strings.Repeat("data: long ", 40),
	}
	ends := []string{"\n", "\r", "\r\n"}
	var sb strings.Builder
	if r.IntN(4) == 0 {
		sb.WriteString(bom)
	}
	mixed, end := r.IntN(2) == 0, ends[r.IntN(3)]
	for range r.IntN(12) {
		for range 1 + r.IntN(4) {
			if mixed {
				end = ends[r.IntN(3)]
			}
			sb.WriteString(lines[r.IntN(len(lines))] + end)
		}
		sb.WriteString(end)
	}
	s := sb.String()
	if r.IntN(3) == 0 {
		s = s[:r.IntN(len(s)+1)]
	}
	return s
}

// TestSSERandomSplits is fault test F07: the same events, however the bytes
// are cut into reads.
func TestSSERandomSplits(t *testing.T) {
	t.Parallel()
	const streams, splits = 100, 100
	bufs := new(Buffers)
	for seed := range uint64(streams) {
		stream := randomStream(rand.New(rand.NewPCG(seed, 0)))
		want := oracleSSE(stream)
		s := SSE{Buffers: bufs}
		checkSame(t, "whole", stream, splitSSE(t, &s, stream, whole), want)
		s.Reset()
		checkSame(t, "one byte per read", stream, splitSSE(t, &s, stream, oneByte), want)
		for split := range uint64(splits) {
			s.Reset()
			got := splitSSE(t, &s, stream, randomCuts(seed*splits+split))
			checkSame(t, "random reads", stream, got, want)
		}
	}
}

func TestSSELimit(t *testing.T) {
	t.Parallel()
	const limit = 64
	fits := "data: " + strings.Repeat("x", limit-7) // with its line end
	for _, end := range []string{"\n", "\r"} {
		ok := fits + end + end
		big := fits + "x" + end + end
		cuts := map[string]cutter{"whole": whole, "one byte": oneByte}
		for seed := range uint64(50) {
			cuts[fmt.Sprint("random ", seed)] = randomCuts(seed)
		}
		for name, cut := range cuts {
			s := SSE{MaxEvent: limit, Buffers: new(Buffers)}
			if got := splitSSE(t, &s, ok+ok, cut); len(got.Blocks) != 2 || s.Err() != nil {
				t.Errorf("%s, %q: %d events at the limit, want 2; error %v", name, end, len(got.Blocks), s.Err())
			}
			s.Reset()
			got := splitSSE(t, &s, ok+big+ok, cut)
			if len(got.Blocks) != 1 {
				t.Errorf("%s, %q: %d events before the one over the limit, want 1", name, end, len(got.Blocks))
			}
			var tooLarge *EventTooLargeError
			if err := s.Err(); !errors.Is(err, ErrEventTooLarge) || !errors.As(err, &tooLarge) || tooLarge.Limit != limit {
				t.Errorf("%s, %q: error %v, want an EventTooLargeError of %d", name, end, err, limit)
			} else if !strings.Contains(err.Error(), "64 bytes") {
				t.Errorf("error %q does not name the limit", err)
			}
			checkOver(t, &s)

			// An unfinished event is over the limit before its end comes.
			s.Reset()
			if splitSSE(t, &s, fits+"x", cut); s.Err() != nil {
				t.Errorf("%s: unfinished event at the limit: %v", name, s.Err())
			}
			s.Reset()
			if splitSSE(t, &s, fits+"xy", cut); s.Err() == nil {
				t.Errorf("%s: unfinished event over the limit: no error", name)
			}
		}
	}
}

// checkOver checks that a splitter with an error stays where it is.
func checkOver(t *testing.T, s *SSE) {
	t.Helper()
	var ev Event
	err := s.Err()
	s.Feed([]byte("data: a\n\n"))
	if s.Next(&ev) || s.Finish(&ev) != TailNone || !errors.Is(s.Err(), err) {
		t.Errorf("a splitter went on after its error %v", err)
	}
	if s.carry != nil || s.join != nil {
		t.Error("a splitter holds a buffer after its error")
	}
}

func TestSSEDefaultLimit(t *testing.T) {
	t.Parallel()
	var s SSE
	var ev Event
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	s.Feed([]byte("data:"))
	for fed := 5; ; fed += len(chunk) {
		if s.Next(&ev) {
			t.Fatal("an event without an end")
		}
		if s.Err() != nil {
			if fed <= DefaultMaxEvent || fed > DefaultMaxEvent+len(chunk) {
				t.Errorf("error after %d bytes, want the first read over %d", fed, DefaultMaxEvent)
			}
			return
		}
		if s.carry != nil && cap(s.carry.b) > DefaultMaxEvent {
			t.Fatalf("buffer of %d bytes under a limit of %d", cap(s.carry.b), DefaultMaxEvent)
		}
		s.Feed(chunk)
	}
}

func TestSSEHoldsNoBufferWhenIdle(t *testing.T) {
	t.Parallel()
	bufs := new(Buffers)
	s := SSE{Buffers: bufs}
	var ev Event
	feed := func(p string) (n int) {
		s.Feed([]byte(p))
		for s.Next(&ev) {
			n++
		}
		return n
	}
	check := func(when string, events, wantEvents int, wantCarry bool) {
		t.Helper()
		if events != wantEvents || (s.carry != nil) != wantCarry || s.join != nil || s.src.b != nil {
			t.Errorf("%s: %d events, want %d; carry %v, want %v; join %v; fed bytes kept %v",
				when, events, wantEvents, s.carry != nil, wantCarry, s.join != nil, s.src.b != nil)
		}
	}
	check("whole events", feed("data: a\n\ndata: b\n\n"), 2, false)
	check("part of an event", feed("data: a\n\nda"), 1, true)
	check("its end and part of another", feed("ta: a\n\nda"), 1, true)
	check("its end", feed("ta: a\ndata: b\n\n"), 1, false)
	check("CR at the end", feed("data: a\r\r"), 1, false)
	check("the LF of it", feed("\n"), 1, false)
	feed("data: a")
	s.Reset()
	check("reset", 0, 0, false)
}

func TestBuffersDropLargeOnes(t *testing.T) {
	t.Parallel()
	bufs := new(Buffers)
	for range 100 { // a sync.Pool may drop anything at any time, but not keep this
		bufs.put(&buffer{b: make([]byte, 0, maxPooled+1)})
		if b := bufs.get(); cap(b.b) > maxPooled {
			t.Fatalf("the pool gave out a buffer of %d bytes", cap(b.b))
		}
	}
	bufs.put(nil)
	(*Buffers)(nil).put(&buffer{})
	if b := (*Buffers)(nil).get(); b == nil || len(b.b) != 0 {
		t.Error("a nil pool gave no buffer")
	}
}

// All events of one feed may be looked at together, joined data included.
func TestSSEEventsOfOneFeedStayValid(t *testing.T) {
	t.Parallel()
	s := SSE{Buffers: new(Buffers)}
	var ev Event
	s.Feed([]byte("data: ca"))
	if s.Next(&ev) {
		t.Fatal("an event without an end")
	}
	feed, want := "rried\n\n", []string{"carried"}
	for i := range 40 {
		line := strings.Repeat(fmt.Sprint(i, " "), 100)
		feed += "data:" + line + "\ndata:" + line + "\n\n"
		want = append(want, line+"\n"+line)
	}
	s.Feed([]byte(feed + "data: rest"))
	var evs []Event
	for s.Next(&ev) {
		evs = append(evs, ev)
		for i, e := range evs {
			if string(e.Data) != want[i] {
				t.Fatalf("event %d changed to %q after event %d", i, e.Data, len(evs)-1)
			}
		}
	}
	if len(evs) != len(want) {
		t.Fatalf("%d events, want %d", len(evs), len(want))
	}
}

// Appending to a slice of an event must not write over what follows it.
func TestSSESlicesHaveNoRoom(t *testing.T) {
	t.Parallel()
	var s SSE
	var ev Event
	for _, feed := range []string{"event: e\ndata: a\n\ndata: b\ndata: c\n\n\r", "\ndata: d", "\n\n"} {
		s.Feed([]byte(feed))
		for s.Next(&ev) {
			for _, b := range [][]byte{ev.Raw, ev.Name, ev.Data} {
				if len(b) != cap(b) {
					t.Errorf("%q: length %d, capacity %d", b, len(b), cap(b))
				}
			}
		}
	}
}

func TestSSENotDrained(t *testing.T) {
	t.Parallel()
	var s SSE
	var ev Event
	s.Feed([]byte("data: a\n\ndata: b\n\n"))
	if !s.Next(&ev) {
		t.Fatal("no event")
	}
	s.Feed([]byte("data: c\n\n"))
	if s.Next(&ev) || !errors.Is(s.Err(), errNotDrained) {
		t.Errorf("Feed before Next was false: error %v, want %v", s.Err(), errNotDrained)
	}
	s.Reset()
	s.Feed([]byte("data: a\n\n"))
	if s.Finish(&ev) != TailNone || !errors.Is(s.Err(), errNotDrained) {
		t.Errorf("Finish before Next was false: error %v, want %v", s.Err(), errNotDrained)
	}
}

// A stream without LF must not be searched for one at every line: this takes
// minutes when it is.
func TestSSEOneKindOfLineEnd(t *testing.T) {
	t.Parallel()
	const n = 2 << 20
	for name, stream := range map[string]string{
		"CR events": strings.Repeat("\r", n),
		"LF events": strings.Repeat("\n", n),
		"CR lines":  strings.Repeat("data\r", n) + "\r",
		"LF lines":  strings.Repeat("data\n", n) + "\n",
	} {
		for _, size := range []int{len(stream), 3 << 20} {
			var s SSE
			var ev Event
			bytesGiven := 0
			for left := []byte(stream); len(left) > 0; left = left[min(size, len(left)):] {
				s.Feed(left[:min(size, len(left))])
				for s.Next(&ev) {
					bytesGiven += len(ev.Raw)
				}
			}
			if bytesGiven != len(stream) || s.Err() != nil {
				t.Errorf("%s: %d bytes of %d given, error %v", name, bytesGiven, len(stream), s.Err())
			}
		}
	}
}

func TestTailString(t *testing.T) {
	t.Parallel()
	for tail, want := range map[Tail]string{TailNone: "none", TailOpen: "open", TailCut: "cut", 9: "Tail(9)"} {
		if got := tail.String(); got != want {
			t.Errorf("Tail %d = %q, want %q", uint8(tail), got, want)
		}
	}
}
