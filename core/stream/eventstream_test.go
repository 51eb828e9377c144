package stream

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// header is one header of a message under test: text, or raw bytes of a kind.
type header struct {
	name string
	kind byte
	raw  []byte
}

func text(name, value string) header {
	raw := binary.BigEndian.AppendUint16(nil, uint16(len(value)))
	return header{name, headerString, append(raw, value...)}
}

// frame makes a message after the published format.
func frame(payload string, headers ...header) []byte {
	var h []byte
	for _, x := range headers {
		h = append(h, byte(len(x.name)))
		h = append(h, x.name...)
		h = append(append(h, x.kind), x.raw...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(preludeSize+len(h)+len(payload)+trailerSize))
	b = binary.BigEndian.AppendUint32(b, uint32(len(h)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, h...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// messages feeds doc in pieces that end at the cuts and returns what was read.
func messages(s *EventStream, doc []byte, cut func(left int) int) (out []string) {
	var m Message
	for len(doc) > 0 {
		n := cut(len(doc))
		piece := bytes.Clone(doc[:n])
		s.Feed(piece)
		for s.Next(&m) {
			out = append(out, string(m.Type)+"/"+string(m.Name)+" "+string(m.Data))
		}
		clear(piece) // nothing may hold on to it
		doc = doc[n:]
	}
	return out
}

func one(int) int      { return 1 }
func all(left int) int { return left }

func TestEventStream(t *testing.T) {
	doc := frame(`{"a":1}`, text(":event-type", "contentBlockDelta"), text(":message-type", "event"))
	doc = append(doc, frame("", text(":message-type", "exception"), text(":exception-type", "throttlingException"))...)
	doc = append(doc, frame("x", header{"flag", 0, nil}, header{"n", 4, []byte{1, 2, 3, 4}}, header{"id", 9, make([]byte, 16)},
		header{"blob", 6, []byte{0, 1, 9}}, text(":message-type", "error"), text(":error-code", "500"))...)
	doc = append(doc, frame(strings.Repeat("long", 5000), text(":message-type", "event"))...)
	want := []string{
		`event/contentBlockDelta {"a":1}`, "exception/throttlingException ", "error/500 x",
		"event/ " + strings.Repeat("long", 5000),
	}
	for name, cut := range map[string]func(int) int{
		"whole": all, "bytes": one, "random": func(left int) int { return 1 + rand.IntN(left) },
	} {
		s := EventStream{Buffers: &Buffers{}}
		got := messages(&s, doc, cut)
		if s.Err() != nil || s.Finish() != TailNone || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %d messages %.200q, err %v, tail %v", name, len(got), got, s.Err(), s.Finish())
		}
	}
	for cut := 1; cut < 120; cut++ {
		var s EventStream
		got := messages(&s, doc[:cut], all)
		whole := 0
		for at := 0; at < cut; whole++ {
			if at += int(binary.BigEndian.Uint32(doc[at:])); at > cut {
				break
			}
		}
		if len(got) != whole || s.Err() != nil {
			t.Fatalf("cut at %d: %d messages, want %d, err %v", cut, len(got), whole, s.Err())
		}
		if border := cut == len(frame(`{"a":1}`, text(":event-type", "contentBlockDelta"), text(":message-type", "event"))); (s.Finish() == TailNone) != border {
			t.Fatalf("cut at %d: the tail is %v", cut, s.Finish())
		}
	}
}

func TestEventStreamRefuses(t *testing.T) {
	good := frame("payload", text(":message-type", "event"))
	spoil := func(at int, b byte) []byte {
		out := bytes.Clone(good)
		out[at] ^= b
		return out
	}
	lie := func(size, headers uint32) []byte {
		out := bytes.Clone(good)
		binary.BigEndian.PutUint32(out, size)
		binary.BigEndian.PutUint32(out[4:], headers)
		binary.BigEndian.PutUint32(out[8:], crc32.ChecksumIEEE(out[:8]))
		return out
	}
	for name, doc := range map[string][]byte{
		"prelude":              spoil(9, 1),
		"length":               spoil(3, 1),
		"payload":              spoil(len(good)-6, 1),
		"trailer":              spoil(len(good)-1, 1),
		"headers over the end": lie(uint32(len(good)), uint32(len(good))),
		"no room for the CRC":  lie(15, 0),
		"header kind":          frame("", header{"x", 10, nil}),
		"header cut":           frame("", header{"x", headerString, []byte{0, 9, 'a'}}),
		"header without size":  frame("", header{"x", headerString, []byte{0}}),
	} {
		for how, cut := range map[string]func(int) int{"whole": all, "bytes": one} {
			var s EventStream
			if got := messages(&s, doc, cut); len(got) != 0 || !errors.Is(s.Err(), ErrFrame) {
				t.Errorf("%s (%s): %q, err %v", name, how, got, s.Err())
			}
		}
	}
	s := EventStream{MaxEvent: len(good) - 1}
	if got := messages(&s, good, all); len(got) != 0 || !errors.Is(s.Err(), ErrEventTooLarge) {
		t.Errorf("too large: %q, err %v", got, s.Err())
	}
	s.Reset()
	s.MaxEvent = 0
	if got := messages(&s, good, all); len(got) != 1 || s.Err() != nil {
		t.Errorf("after Reset: %q, err %v", got, s.Err())
	}
}

// TestEventStreamRecorded reads the recorded streams of a provider.
func TestEventStreamRecorded(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/fixtures/translation/*/*.json")
	seen := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil || !bytes.Contains(raw, []byte(`"eventstream"`)) {
			continue
		}
		var c struct {
			Answer struct {
				Framing string `json:"framing"`
				Body    struct {
					Base64 string `json:"base64"`
				} `json:"body"`
			} `json:"upstream_response"`
		}
		if err := json.Unmarshal(raw, &c); err != nil || c.Answer.Framing != "eventstream" || c.Answer.Body.Base64 == "" {
			continue
		}
		doc, err := base64.StdEncoding.DecodeString(c.Answer.Body.Base64)
		if err != nil {
			t.Fatal(f, err)
		}
		seen++
		var whole, pieces EventStream
		a, b := messages(&whole, doc, all), messages(&pieces, doc, one)
		if strings.Contains(f, "broken") {
			if !errors.Is(whole.Err(), ErrFrame) || !errors.Is(pieces.Err(), ErrFrame) {
				t.Errorf("%s: err %v and %v, want bad frames", filepath.Base(f), whole.Err(), pieces.Err())
			}
			continue
		}
		if len(a) == 0 || strings.Join(a, "\n") != strings.Join(b, "\n") || whole.Err() != nil || whole.Finish() != TailNone {
			t.Errorf("%s: %d messages whole, %d in bytes, err %v, tail %v", filepath.Base(f), len(a), len(b), whole.Err(), whole.Finish())
		}
	}
	if seen == 0 {
		t.Skip("no recorded event streams here")
	}
}

func FuzzEventStream(f *testing.F) {
	f.Add(frame("{}", text(":message-type", "event")), byte(3))
	f.Add(append(frame("a"), frame("b", text(":event-type", "x"))...), byte(1))
	f.Fuzz(func(t *testing.T, doc []byte, step byte) {
		a, b := EventStream{MaxEvent: 1 << 16}, EventStream{MaxEvent: 1 << 16}
		got := messages(&a, doc, all)
		same := messages(&b, doc, func(left int) int { return min(left, 1+int(step)) })
		if strings.Join(got, "\n") != strings.Join(same, "\n") || (a.Err() == nil) != (b.Err() == nil) {
			t.Fatalf("whole: %q (%v), in pieces: %q (%v)", got, a.Err(), same, b.Err())
		}
	})
}
