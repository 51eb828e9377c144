package core

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNamesAreInvertible(t *testing.T) {
	for p := range Phase(NumPhases) {
		if got, ok := ParsePhase(p.String()); !ok || got != p {
			t.Errorf("phase %d: %q does not read back", p, p)
		}
	}
	for o := Operation(1); int(o) < NumOperations; o++ {
		if got, ok := ParseOperation(o.String()); !ok || got != o {
			t.Errorf("operation %d: %q does not read back", o, o)
		}
	}
	for e := range End(NumEnds) {
		if got, ok := ParseEnd(e.String()); !ok || got != e {
			t.Errorf("end %d: %q does not read back", e, e)
		}
	}
	seen := map[string]bool{}
	for c := range Code(NumCodes) {
		if c.String() == "" || seen[c.String()] || c.Status() < 400 || c.Status() > 599 {
			t.Errorf("code %d: name %q, status %d", c, c, c.Status())
		}
		seen[c.String()] = true
	}
}

func TestID(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	id := NewID(now, 0xffff_ffff_ffff_ffff, 0)
	if got := id.String(); got != "018bcfe5-687b-7fff-8000-000000000000" {
		t.Errorf("id = %s", got)
	}
	if !id.Time().Equal(now) {
		t.Errorf("time = %v", id.Time())
	}
	back, err := ParseID(id.String())
	if err != nil || back != id {
		t.Errorf("ParseID = %v, %v", back, err)
	}
	for _, bad := range []string{"", "018bcfe5", strings.Repeat("-", 36), strings.Replace(id.String(), "7", "g", 1)} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("ParseID(%q) took it", bad)
		}
	}
	if a, b := NewID(now, 1, 1), NewID(now.Add(time.Millisecond), 0, 0); bytes.Compare(a[:], b[:]) >= 0 {
		t.Error("ids do not sort by time")
	}
}

func TestApplyRefusesBadEdits(t *testing.T) {
	f := func(want string, edits ...Edit) {
		t.Helper()
		var p Part
		p.SetText([]byte("aäb"))
		err := p.Apply(edits)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if p.Edited() || string(p.Text()) != "aäb" {
			t.Errorf("a refused edit changed the text to %q", p.Text())
		}
	}
	f("cuts a rune", Edit{Start: 2, End: 2})
	f("cuts a rune", Edit{Start: 1, End: 2})
	f("has 4 bytes", Edit{Start: 0, End: 5})
	f("before its start", Edit{Start: 3, End: 1})
	f("sorted and disjoint", Edit{Start: 3, End: 4}, Edit{Start: 0, End: 1})
	f("sorted and disjoint", Edit{Start: 0, End: 3}, Edit{Start: 1, End: 3})
	f("not UTF-8", Edit{Bytes: []byte{0xff}})
}

// TestPiecesAgreeWithPlainEditing applies random edits of several hooks through
// the piece table and to a plain byte slice.
func TestPiecesAgreeWithPlainEditing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		original := randomText(rng, 40)
		var p Part
		p.SetText(original)
		plain := bytes.Clone(original)
		for range 1 + rng.IntN(4) {
			edits := randomEdits(rng, plain)
			if err := p.Apply(edits); err != nil {
				t.Fatalf("%q %v: %v", plain, edits, err)
			}
			plain = applyPlain(plain, edits)
			if !bytes.Equal(p.Text(), plain) {
				t.Fatalf("text %q, want %q", p.Text(), plain)
			}
		}
		at := 0
		for _, piece := range p.Pieces().List() {
			if piece.New == nil && (piece.Start < at || piece.End < piece.Start) {
				t.Fatalf("original ranges go back: %v", p.Pieces().List())
			}
			if piece.New == nil {
				at = piece.End
			}
		}
	}
}

func randomText(rng *rand.Rand, n int) []byte {
	var b []byte
	for range rng.IntN(n) {
		b = utf8.AppendRune(b, []rune("abä漢🙂")[rng.IntN(5)])
	}
	return b
}

func randomEdits(rng *rand.Rand, text []byte) []Edit {
	var borders []int
	for i := range string(text) {
		borders = append(borders, i)
	}
	borders = append(borders, len(text))
	var edits []Edit
	for at := 0; at < len(borders); {
		start := at + rng.IntN(4)
		end := start + rng.IntN(3)
		if end >= len(borders) {
			break
		}
		edits = append(edits, Edit{Start: borders[start], End: borders[end], Bytes: randomText(rng, 4)})
		at = end + 1
	}
	return edits
}

func applyPlain(text []byte, edits []Edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, text[at:e.Start]...), e.Bytes...)
		at = e.End
	}
	return append(out, text[at:]...)
}

func TestBlockErrorIsClean(t *testing.T) {
	f := func(b Block, status int, message string) {
		t.Helper()
		e := b.Error()
		if e.HTTPStatus() != status || e.Message != message || e.Origin != OriginPlugin {
			t.Errorf("got %d %q, want %d %q", e.HTTPStatus(), e.Message, status, message)
		}
	}
	f(Block{Message: "no\r\nX: y\x00"}, 400, "no  X: y ")
	f(Block{Status: 451, Message: "legal"}, 451, "legal")
	f(Block{Status: 200, Message: "m"}, 400, "m")
	if got := (&Block{Code: "pii.email"}).Error().CodeName(); got != "pii.email" {
		t.Errorf("reason %q", got)
	}
	for _, bad := range []string{"", "no way", "X", "a\n", strings.Repeat("a", 65)} {
		if got := (&Block{Code: bad}).Error().CodeName(); got != "blocked" {
			t.Errorf("reason %q became %q", bad, got)
		}
	}
	f(Block{}, 400, "The request was blocked by a guardrail.")
	f(Block{Message: strings.Repeat("ä", 1000)}, 400, strings.Repeat("ä", 512))
	f(Block{Message: "a" + strings.Repeat("ä", 1000)}, 400, "a"+strings.Repeat("ä", 511))
}

type countingCanceler struct {
	mu sync.Mutex
	n  int
}

func (c *countingCanceler) Cancel() { c.mu.Lock(); c.n++; c.mu.Unlock() }

// TestCancelOnce races Cancel with Arm and Disarm: each armed canceler is
// called at most once, and exactly once when Disarm says that it was taken.
func TestCancelOnce(t *testing.T) {
	for range 2000 {
		var ex Exchange
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { ex.Cancel(CauseClientGone) })
		}
		var c countingCanceler
		armed := ex.Arm(&c)
		taken := armed && !ex.Disarm()
		wg.Wait()
		if ex.Cause() != CauseClientGone {
			t.Fatal("no cause")
		}
		if c.n > 1 || taken && c.n != 1 || armed && !taken && c.n != 0 {
			t.Fatalf("armed %v, taken %v, but called %d times", armed, taken, c.n)
		}
	}
}

func TestExchangeReset(t *testing.T) {
	var ex Exchange
	ex.Request.Scanned = "kept"
	ex.Tags = append(ex.Tags, Tag{"a", "b"})
	at := ex.NewAttempt(&Deployment{Name: "d"})
	at.Request.Set("A", "1")
	at.Request.Set("A", "2")
	if len(at.Request.Header) != 1 || at.Request.Header[0].Value != "2" {
		t.Errorf("header = %v", at.Request.Header)
	}
	at.Request.Body = append(at.Request.Body, []byte("abc"), []byte("de"))
	if at.Request.BodyLen() != 5 {
		t.Errorf("body length = %d", at.Request.BodyLen())
	}
	ex.Cancel(CauseDrain)
	ex.Reset()
	if ex.Request.Scanned != "kept" || ex.Attempt != nil || ex.Attempts != 0 || len(ex.Tags) != 0 || ex.Cause() != CauseNone {
		t.Errorf("after Reset: %+v", &ex)
	}
	if again := ex.NewAttempt(nil); len(again.Request.Header) != 0 || len(again.Request.Body) != 0 {
		t.Error("the attempt before shows through")
	}
}

func TestArenaPiecesDoNotOverlap(t *testing.T) {
	var a Arena
	for range 3 {
		var got [][]byte
		for i, n := range []int{0, 1, 500, 700, 3000, 100_000, 5} {
			b := a.Alloc(n)
			if len(b) != n || cap(b) != n {
				t.Fatalf("Alloc(%d) has length %d, capacity %d", n, len(b), cap(b))
			}
			for j := range b {
				b[j] = byte(i)
			}
			got = append(got, b)
		}
		for i, b := range got {
			if bytes.Count(b, []byte{byte(i)}) != len(b) {
				t.Fatalf("piece %d was overwritten", i)
			}
		}
		a.Reset()
	}
}

func TestUsage(t *testing.T) {
	u := Usage{InputUncached: 10, CacheRead: 5, CacheWrite: 1, Output: 7, Reasoning: 3}
	if u.Input() != 16 || u.Total() != 23 || !u.Valid() {
		t.Errorf("%+v: input %d, total %d, valid %v", u, u.Input(), u.Total(), u.Valid())
	}
	for _, bad := range []Usage{{Output: -1}, {InputUncached: MaxTokens + 1}, {Output: 1, Reasoning: 2}} {
		if bad.Valid() {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestRights(t *testing.T) {
	c := Consumer{Routes: []string{"a", "b"}}
	if !c.MayUse("a") || c.MayUse("c") || (&Consumer{}).MayUse("a") || !(&Consumer{Routes: []string{"*"}}).MayUse("x") {
		t.Error("rights are wrong")
	}
}
