package stream

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

type lines struct {
	Data []string
	Left string
	Tail Tail
}

// oracleNDJSON reads a whole stream with nothing but strings.Split.
func oracleNDJSON(stream string) lines {
	all := strings.Split(stream, "\n")
	var res lines
	for _, line := range all[:len(all)-1] {
		res.Data = append(res.Data, strings.TrimSuffix(line, "\r"))
	}
	if last := all[len(all)-1]; last != "" {
		res.Tail, res.Left = TailCut, strings.TrimSuffix(last, "\r")
	}
	return res
}

func splitNDJSON(t testing.TB, s *NDJSON, stream []byte, cut cutter) lines {
	t.Helper()
	var res lines
	var ln Line
	var seen, read []byte
	for left := stream; len(left) > 0; {
		n := min(cut(len(left)), len(left))
		read = append(read[:0], left[:n]...)
		left = left[n:]
		s.Feed(read)
		end := 0
		for s.Next(&ln) {
			if ln.End <= end || ln.End > len(read) {
				t.Fatalf("End = %d after %d in a read of %d bytes", ln.End, end, len(read))
			}
			if in := &ln.Raw[0] == &read[end]; in == ln.Carried || ln.Carried && end != 0 {
				t.Fatalf("Carried = %v at %d, Raw in the fed bytes = %v", ln.Carried, end, in)
			}
			end = ln.End
			seen = append(seen, ln.Raw...)
			res.Data = append(res.Data, string(ln.Data))
		}
		if s.Err() != nil {
			return res
		}
		for i := range read {
			read[i] = 0xAA
		}
	}
	res.Tail = s.Finish(&ln)
	res.Left = string(ln.Data)
	if seen = append(seen, ln.Raw...); string(seen) != string(stream) {
		t.Errorf("bytes given are not the bytes fed\ngot:  %q\nwant: %q", seen, stream)
	}
	return res
}

func checkLines(t testing.TB, how string, stream []byte, got, want lines) {
	t.Helper()
	if got.Tail != want.Tail || got.Left != want.Left || !slices.Equal(got.Data, want.Data) {
		t.Fatalf("%s of %q\ngot:  %s\nwant: %s", how, clip(string(stream)), clip(fmt.Sprintf("%+v", got)), clip(fmt.Sprintf("%+v", want)))
	}
}

func TestNDJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, stream string
		want         lines
	}{
		{name: "nothing"},
		{"LF", "{}\n[]\n", lines{Data: []string{"{}", "[]"}}},
		{"CRLF", "{}\r\n[]\r\n", lines{Data: []string{"{}", "[]"}}},
		{"CR is no line end", "1\r2\r\r\n", lines{Data: []string{"1\r2\r"}}},
		{"empty lines", "\n{}\n\r\n\n", lines{Data: []string{"", "{}", "", ""}}},
		{"cut", "{}\n{\"a\"", lines{Data: []string{"{}"}, Tail: TailCut, Left: "{\"a\""}},
		{"no last line end", "{}", lines{Tail: TailCut, Left: "{}"}},
		{"cut inside the line end", "{}\r", lines{Tail: TailCut, Left: "{}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := []byte(c.stream)
			checkLines(t, "oracle", in, oracleNDJSON(c.stream), c.want)
			var s NDJSON
			checkLines(t, "whole", in, splitNDJSON(t, &s, in, whole), c.want)
			s.Reset()
			checkLines(t, "one byte per read", in, splitNDJSON(t, &s, in, oneByte), c.want)
		})
	}
}

func TestNDJSONRandomSplits(t *testing.T) {
	t.Parallel()
	bufs := new(Buffers)
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		var in []byte
		for range r.IntN(2000) {
			in = append(in, "ab{}\"\r\n\n"[r.IntN(8)])
		}
		s := NDJSON{Buffers: bufs}
		checkLines(t, "random reads", in, splitNDJSON(t, &s, in, randomCuts(seed)), oracleNDJSON(string(in)))
		s.Reset()
	}
}

func TestNDJSONLimit(t *testing.T) {
	t.Parallel()
	ok, big := strings.Repeat("x", 16)+"\n", strings.Repeat("x", 17)+"\n"
	for name, cut := range map[string]cutter{"whole": whole, "one byte": oneByte, "random": randomCuts(3)} {
		s := NDJSON{MaxEvent: 16}
		if got := splitNDJSON(t, &s, []byte(ok+ok), cut); len(got.Data) != 2 || s.Err() != nil {
			t.Errorf("%s: %d lines at the limit, want 2; error %v", name, len(got.Data), s.Err())
		}
		s.Reset()
		got := splitNDJSON(t, &s, []byte(ok+big+ok), cut)
		var tooLarge *EventTooLargeError
		if !errors.Is(s.Err(), ErrEventTooLarge) || !errors.As(s.Err(), &tooLarge) || tooLarge.Limit != 16 || len(got.Data) != 1 {
			t.Errorf("%s: %d lines and error %v, want 1 and an EventTooLargeError of 16", name, len(got.Data), s.Err())
		}
		var ln Line
		s.Feed([]byte(ok))
		if s.Next(&ln) || s.Finish(&ln) != TailNone || s.carry != nil {
			t.Errorf("%s: went on after the error", name)
		}
	}
}

func TestNDJSONHoldsNoBufferWhenIdle(t *testing.T) {
	t.Parallel()
	var s NDJSON
	var ln Line
	for _, c := range []struct {
		feed  string
		lines int
		carry bool
	}{{"1\n2\n", 2, false}, {"3\n4", 1, true}, {"5\n6", 1, true}, {"\n", 1, false}, {"", 0, false}} {
		n := 0
		for s.Feed([]byte(c.feed)); s.Next(&ln); n++ {
		}
		if n != c.lines || (s.carry != nil) != c.carry || s.in != nil {
			t.Errorf("after %q: %d lines, want %d; carry %v, want %v", c.feed, n, c.lines, s.carry != nil, c.carry)
		}
	}
}

func TestNDJSONNotDrained(t *testing.T) {
	t.Parallel()
	var s NDJSON
	var ln Line
	s.Feed([]byte("1\n2\n"))
	s.Feed([]byte("3\n"))
	if s.Next(&ln) || !errors.Is(s.Err(), errNotDrained) {
		t.Errorf("Feed before Next was false: error %v, want %v", s.Err(), errNotDrained)
	}
	s.Reset()
	s.Feed([]byte("1\n"))
	if s.Finish(&ln) != TailNone || !errors.Is(s.Err(), errNotDrained) {
		t.Errorf("Finish before Next was false: error %v, want %v", s.Err(), errNotDrained)
	}
}
