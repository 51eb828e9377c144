package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// block is what a test compares of an event that is not Empty.
type block struct {
	Name, Data string
	Lines      Lines
}

// result is what a test compares of a whole stream.
type result struct {
	Blocks []block
	Left   block // what Finish gave
	Tail   Tail
}

// oracleSSE reads a whole stream the slow way, sentence by sentence after the
// WHATWG HTML Living Standard, 9.2.5 "Parsing an event stream" and 9.2.6
// "Interpreting an event stream". Two things are added that the standard has
// no use for: blocks that dispatch nothing are listed too, and what the end of
// the file discards is told.
func oracleSSE(stream string) result {
	var res result
	// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark
	// (BOM), if any."
	stream = strings.TrimPrefix(stream, "\uFEFF")

	var dataBuffer, eventType string
	var kinds Lines
	var lineSoFar []byte
	interpret := func() {
		line := string(lineSoFar)
		lineSoFar = nil
		if line == "" { // "If the line is empty (a blank line): dispatch the event"
			if kinds != 0 {
				// "If the data buffer's last character is a U+000A LINE FEED
				// (LF) character, then remove the last character."
				res.Blocks = append(res.Blocks, block{eventType, strings.TrimSuffix(dataBuffer, "\n"), kinds})
			}
			dataBuffer, eventType, kinds = "", "", 0
			return
		}
		if line[0] == ':' { // "If the line starts with a U+003A COLON character (:): ignore the line."
			kinds |= LineComment
			return
		}
		field, value := line, ""
		if strings.Contains(line, ":") {
			i := strings.Index(line, ":")
			field, value = line[:i], line[i+1:]
			// "If value starts with a U+0020 SPACE character, remove it from value."
			if value != "" && value[0] == ' ' {
				value = value[1:]
			}
		}
		switch field {
		case "event": // "Set the event type buffer to the field value."
			eventType, kinds = value, kinds|LineEvent
		case "data": // "Append the field value to the data buffer, then append a single LF"
			dataBuffer += value + "\n"
			kinds |= LineData
		case "id":
			kinds |= LineID
		case "retry":
			kinds |= LineRetry
		default: // "Otherwise: the field is ignored."
			kinds |= LineOther
		}
	}
	for i := 0; i < len(stream); i++ {
		switch c := stream[i]; {
		case c == '\r' && i+1 < len(stream) && stream[i+1] == '\n':
			i++
			interpret()
		case c == '\r' || c == '\n':
			interpret()
		default:
			lineSoFar = append(lineSoFar, c)
		}
	}
	// "Once the end of the file is reached, any pending data must be discarded."
	switch {
	case len(lineSoFar) > 0:
		interpret()
		res.Tail = TailCut
	case kinds != 0:
		res.Tail = TailOpen
	}
	if res.Tail != TailNone {
		res.Left = block{eventType, strings.TrimSuffix(dataBuffer, "\n"), kinds}
	}
	return res
}

// cutter returns the length of the next read of a stream that has left bytes
// left.
type cutter func(left int) int

func whole(left int) int { return left }
func oneByte(int) int    { return 1 }

// randomCuts draws reads of the sizes that networks and tests make: mostly
// tiny, at times empty, at times long.
func randomCuts(seed uint64) cutter {
	r := rand.New(rand.NewPCG(seed, 7))
	most := 1 << r.IntN(12)
	return func(int) int { return r.IntN(most + 1) }
}

// splitSSE runs s over the stream in reads cut by cut and checks on the way
// what holds for every stream: the order of bytes, the place of events in the
// fed bytes, and that nothing is read from fed bytes that were given up.
func splitSSE(t testing.TB, s *SSE, stream string, cut cutter) result {
	t.Helper()
	var res result
	var ev Event
	var seen []byte // all Raw so far
	read := make([]byte, 0, len(stream))
	for left := []byte(stream); len(left) > 0; {
		n := min(cut(len(left)), len(left))
		read = append(read[:0], left[:n]...)
		left = left[n:]
		s.Feed(read)
		end := 0
		for s.Next(&ev) {
			checkPlace(t, &ev, read, end)
			end = ev.End
			seen = append(seen, ev.Raw...)
			if !ev.Empty() {
				res.Blocks = append(res.Blocks, toBlock(&ev))
			}
		}
		if s.Err() != nil {
			return res
		}
		for i := range read { // the caller's buffer is its own again
			read[i] = 0xAA
		}
	}
	res.Tail = s.Finish(&ev)
	if res.Tail != TailNone {
		res.Left = toBlock(&ev)
		seen = append(seen, ev.Raw...)
	}
	if string(seen) != stream && (res.Tail != TailNone || stream != bom) {
		t.Errorf("bytes given are not the bytes fed\ngot:  %q\nwant: %q", seen, stream)
	}
	return res
}

func toBlock(ev *Event) block { return block{string(ev.Name), string(ev.Data), ev.Lines} }

func checkPlace(t testing.TB, ev *Event, read []byte, from int) {
	t.Helper()
	if ev.End <= from || ev.End > len(read) {
		t.Fatalf("End = %d after %d in a read of %d bytes", ev.End, from, len(read))
	}
	if in := &ev.Raw[0] == &read[from]; in == ev.Carried {
		t.Fatalf("Carried = %v, Raw in the fed bytes = %v", ev.Carried, in)
	}
	if ev.Carried {
		if from != 0 {
			t.Fatalf("a carried event after another event of the read")
		}
		if !bytes.HasSuffix(ev.Raw, read[:ev.End]) {
			t.Fatalf("carried Raw %q does not end with %q", ev.Raw, read[:ev.End])
		}
	} else if !bytes.Equal(ev.Raw, read[from:ev.End]) {
		t.Fatalf("Raw = %q, fed bytes have %q", ev.Raw, read[from:ev.End])
	}
	switch {
	case ev.DataAt >= 0:
		if got := ev.Raw[ev.DataAt : ev.DataAt+len(ev.Data)]; !bytes.Equal(got, ev.Data) {
			t.Fatalf("Raw at DataAt is %q, Data %q", got, ev.Data)
		}
		if len(ev.Data) > 0 && &ev.Raw[ev.DataAt] != &ev.Data[0] {
			t.Fatalf("Data of a single line is a copy")
		}
	case ev.IsMessage() && !bytes.Contains(ev.Data, []byte("\n")):
		t.Fatalf("DataAt = -1 in an event with one data line: %q", ev.Raw)
	}
}

func checkSame(t testing.TB, how, stream string, got, want result) {
	t.Helper()
	if got.Tail != want.Tail || got.Left != want.Left || !slices.Equal(got.Blocks, want.Blocks) {
		t.Fatalf("%s of %q\ngot:  %s\nwant: %s", how, clip(stream), show(got), show(want))
	}
}

func show(r result) string { return clip(fmt.Sprintf("%+v", r)) }

func clip(s string) string {
	if len(s) > 2000 {
		return s[:1000] + " … " + s[len(s)-1000:]
	}
	return s
}
