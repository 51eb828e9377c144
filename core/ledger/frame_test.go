package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// exampleSalt and exampleOpen make the worked example of doc.go.
const exampleSalt = 0x0123456789abcdef

func exampleFrame() []byte {
	r := &core.OpenRecord{
		ID:   core.NewID(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 0xabc, 0x1234),
		Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Consumer: "ann", Route: "é",
		Operation: core.OpChat, Reservation: 500, EstInput: 12,
	}
	b := make([]byte, maxFrame)
	p := appendOpen(b[frameHeader:frameHeader], r)
	sealFrame(b, sumSeed(1, exampleSalt), frameOpen, len(p), 2)
	return b[:frameSize(len(p))]
}

// TestExample checks that doc.go shows the bytes that are really written.
func TestExample(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	must(t, err)
	b := exampleFrame()
	for i := 0; i < len(b); i += 16 {
		line := strings.TrimSpace(hexLine(i, b[i:min(i+16, len(b))]))
		if !strings.Contains(string(doc), line) {
			t.Errorf("doc.go lacks the line\n//\t%s", line)
		}
	}
}

func hexLine(off int, b []byte) string {
	var s strings.Builder
	s.WriteString(hex.EncodeToString([]byte{byte(off)}))
	for i, c := range b {
		if i%8 == 0 {
			s.WriteByte(' ')
		}
		s.WriteString(" " + hex.EncodeToString([]byte{c}))
	}
	return s.String()
}

// TestNumbers pins what stands in old ledgers. A name may be added; one that
// changes its number makes every ledger lie.
func TestNumbers(t *testing.T) {
	ends := "completed rejected blocked upstream_error upstream_timeout upstream_idle upstream_cut " +
		"client_gone deadline drained internal interrupted"
	for i, name := range strings.Fields(ends) {
		if got := core.End(i).String(); got != name {
			t.Errorf("end %d is %q, was %q", i, got, name)
		}
	}
	operations := "chat completions embeddings rerank images speech transcription moderation count_tokens predict models raw"
	for i, name := range strings.Fields(operations) {
		if got := core.Operation(i + 1).String(); got != name {
			t.Errorf("operation %d is %q, was %q", i+1, got, name)
		}
	}
}

func TestPayloads(t *testing.T) {
	o := openRecord(3)
	b := appendOpen(nil, o)
	var gotOpen core.OpenRecord
	if !decodeOpen(b, &gotOpen) || gotOpen != *o {
		t.Errorf("got %+v, want %+v", gotOpen, *o)
	}
	gotOpen = core.OpenRecord{}
	if !decodeOpen(append(b, "of a later version"...), &gotOpen) || gotOpen != *o {
		t.Errorf("with trailing bytes: got %+v, want %+v", gotOpen, *o)
	}
	for n := range b {
		if decodeOpen(b[:n:n], new(core.OpenRecord)) {
			t.Errorf("an open record cut to %d bytes was taken for whole", n)
		}
	}

	u := usageRecord(3)
	u.ChainHash, u.ErrorCode = "c0ffee", "upstream_timeout"
	b = appendClose(nil, u)
	var names interner
	var got core.UsageRecord
	if !decodeClose(b, &got, &names) || got != *u {
		t.Errorf("got  %+v\nwant %+v", got, *u)
	}
	got = core.UsageRecord{}
	if !decodeClose(append(b, "of a later version"...), &got, &names) || got != *u {
		t.Errorf("with trailing bytes: got %+v, want %+v", got, *u)
	}
	for n := range b {
		if decodeClose(b[:n:n], new(core.UsageRecord), &names) {
			t.Errorf("a close record cut to %d bytes was taken for whole", n)
		}
	}
	u.Usage.CacheWrite, u.Usage.CacheWriteHour, u.Usage.Searches = 9, 8, 7
	more := appendClose(nil, u)
	got = core.UsageRecord{}
	if !decodeClose(append(more, "of a later version"...), &got, &names) || got != *u || len(more) != len(b)+closeMore {
		t.Errorf("with further counts: got %+v, want %+v", got, *u)
	}
	for n := range more {
		if decodeClose(more[:n:n], new(core.UsageRecord), &names) {
			t.Errorf("a close record with further counts cut to %d bytes was taken for whole", n)
		}
	}
	if got := frameSize(len(appendClose(nil, longest(1)))); got != maxFrame {
		t.Errorf("the longest frame has %d bytes, maxFrame is %d", got, maxFrame)
	}
}

func TestClamp(t *testing.T) {
	u := usageRecord(1)
	u.Status, u.Attempts = -1, 1<<20
	var got core.UsageRecord
	var names interner
	if !decodeClose(appendClose(nil, u), &got, &names) || got.Status != 0 || got.Attempts != 65535 {
		t.Errorf("status %d, attempts %d", got.Status, got.Attempts)
	}
}

func TestCut(t *testing.T) {
	f := func(s string, n int, want string) {
		t.Helper()
		if got := cut(s, n); got != want {
			t.Errorf("cut(%q, %d) = %q, want %q", s, n, got, want)
		}
	}
	f("", 3, "")
	f("abc", 3, "abc")
	f("abcd", 3, "abc")
	f("aéé", 2, "a")
	f("aéé", 3, "aé")
	f("a€€", 3, "a")
	f("𝄞𝄞", 7, "𝄞")
	f("\x80\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80")
}

func FuzzCut(f *testing.F) {
	f.Add("héllo wörld", 4)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(n, 0) % 300
		got := cut(s, n)
		if len(got) > n && len(got) != len(s) || !strings.HasPrefix(s, got) {
			t.Errorf("cut(%q, %d) = %q", s, n, got)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("cut(%q, %d) = %q, which is no longer UTF-8", s, n, got)
		}
	})
}

// FuzzDecode: what decodes encodes to the same fields again.
func FuzzDecode(f *testing.F) {
	f.Add(appendOpen(nil, openRecord(1)))
	f.Add(appendClose(nil, usageRecord(1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o, o2 core.OpenRecord
		if decodeOpen(b, &o) && (!decodeOpen(appendOpen(nil, &o), &o2) || o != o2) {
			t.Errorf("%+v became %+v", o, o2)
		}
		var u, u2 core.UsageRecord
		var names interner
		if decodeClose(b, &u, &names) {
			again := appendClose(nil, &u)
			if !decodeClose(again, &u2, &names) {
				t.Error("an encoded record does not decode")
			}
			u.ClientID, u2.ClientID = "", "" // cut to 128 bytes
			if u != u2 {
				t.Errorf("%+v became %+v", u, u2)
			}
		}
		new(checkpoint).decode(b)
		_ = new(header).decode(b)
	})
}

// segmentBytes is a whole segment of size bytes with n exchanges.
func segmentBytes(size, n int) ([]byte, header) {
	h := header{seq: 1, salt: exampleSalt, size: int64(size), created: noon}
	s := &segment{header: h, seed: sumSeed(h.seq, h.salt), data: make([]byte, size), off: headerSize}
	copy(s.data, h.encode())
	for i := range n {
		_, _ = s.append(openRecord(i), nil)
		_, _ = s.append(nil, usageRecord(i))
	}
	return s.data, h
}

// FuzzScan: arbitrary bytes after a valid header never panic or loop, frames
// come in order, and what follows the fuzzed bytes is found.
func FuzzScan(f *testing.F) {
	valid, h := segmentBytes(16<<10, 3)
	f.Add(valid[headerSize:2048], uint16(0))
	f.Add([]byte{0, 0, 0, 0, 0x53, 0xf1, 1, 2, 0xf0, 0x0f, 0, 0, 0, 0, 0, 0}, uint16(64))
	f.Add(bytes.Repeat([]byte{0x53, 0xf1}, 500), uint16(10))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		file := bytes.Clone(valid)
		start := headerSize + int(at)%8192
		n := copy(file[start:], b)
		s := newScanner(bytes.NewReader(file), int64(len(file)), &h, headerSize)
		end, frames := int64(headerSize), 0
		for {
			fr, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if fr.off < end || fr.end <= fr.off {
				t.Fatalf("a frame at %d to %d after one that ended at %d", fr.off, fr.end, end)
			}
			end = fr.end
			if fr.off >= int64(start+n) || fr.end <= int64(start) {
				frames++ // not touched
			}
		}
		want := 0
		clean := newScanner(bytes.NewReader(valid), int64(len(valid)), &h, headerSize)
		for {
			fr, err := clean.next()
			if err != nil {
				break
			}
			if fr.off >= int64(start+n) || fr.end <= int64(start) {
				want++
			}
		}
		if frames != want {
			t.Errorf("%d of the %d frames that were not touched were found", frames, want)
		}
	})
}

// FuzzSegmentFile: arbitrary files in the folder never panic, for reader and
// writer.
func FuzzSegmentFile(f *testing.F) {
	valid, _ := segmentBytes(4096, 2)
	f.Add(valid, []byte("checkpoint"))
	f.Add(valid[:headerSize], []byte{})
	f.Add([]byte("x"), []byte{})
	f.Fuzz(func(t *testing.T, b, point []byte) {
		folder := t.TempDir()
		must(t, os.WriteFile(segmentPath(folder, 1), b, 0o600))
		must(t, os.WriteFile(folder+"/"+checkpointName, point, 0o600))
		mustRead(t, folder)
		l, _, err := Open(small(folder), wallClock{})
		if err != nil {
			return
		}
		if err := l.Close(usageRecord(99)); err != nil {
			t.Error(err)
		}
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
}
