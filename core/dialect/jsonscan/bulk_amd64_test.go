//go:build amd64 && !purego

package jsonscan

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

// withoutBulk calls text as on a processor without AVX2.
func withoutBulk(doc []byte, i int) (int, traits, fault) {
	defer func(b bool) { hasBulk = b }(hasBulk)
	hasBulk = false
	return text(doc, i)
}

// compareText checks that text gives the same with and without bulk, for the
// string whose opening quote is at doc[i-1], and that bulk stops nowhere else
// than between characters before the end.
func compareText(t *testing.T, doc []byte, i int) {
	t.Helper()
	end, tr, f := text(doc, i)
	wantEnd, wantTraits, wantFault := withoutBulk(doc, i)
	if end != wantEnd || f != wantFault || f == ok && tr != wantTraits {
		t.Fatalf("%q from %d: (%d, %b, %d) with bulk, (%d, %b, %d) without", doc, i, end, tr, f, wantEnd, wantTraits, wantFault)
	}
	next, _ := bulk(doc, i)
	if next < i || next > wantEnd && wantFault != faultSurrogate && wantFault != faultHex {
		t.Fatalf("%q from %d: bulk went to %d, beyond the end at %d", doc, i, next, wantEnd)
	}
}

func needBulk(t *testing.T) {
	t.Helper()
	if !hasBulk {
		t.Skip("this processor has no AVX2")
	}
}

// TestBulkSequences puts every two bytes, and every three and four that begin
// like a character beyond ASCII, over the borders of words and blocks.
func TestBulkSequences(t *testing.T) {
	needBulk(t)
	edge := []byte{
		0x00, 0x1f, 0x20, 0x21, 0x22, 0x2f, 0x5c, 0x62, 0x6e, 0x75, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
		0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
	}
	var pairs, longer [][]byte
	for a := range 256 {
		for b := range 256 {
			pairs = append(pairs, []byte{byte(a), byte(b)})
		}
	}
	for _, a := range edge[16:] {
		for _, b := range edge {
			for _, c := range edge {
				longer = append(longer, []byte{a, b, c})
				if a >= 0xf0 && b >= 0x80 {
					for _, d := range edge[10:] {
						longer = append(longer, []byte{a, b, c, d})
					}
				}
			}
		}
	}
	try := func(sequences [][]byte, start int) {
		doc := append(bytes.Repeat([]byte{'x'}, start), "0123"...)
		tail := append([]byte{'"'}, bytes.Repeat([]byte{' '}, 70)...)
		for _, s := range sequences {
			compareText(t, append(append(doc[:start], s...), tail...), 0)
		}
	}
	try(pairs, 0)
	try(pairs, 31)
	try(pairs, 63)
	for _, start := range []int{29, 30, 31, 61, 62, 63} {
		try(longer, start)
	}
}

// TestBulkBackslashes tries runs of backslashes at every place.
func TestBulkBackslashes(t *testing.T) {
	needBulk(t)
	for start := range 66 {
		for _, n := range []int{1, 2, 3, 4, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128} {
			for _, after := range []string{`"`, `n`, `u00e9`, `ud83d\ude00`, `q`, ``} {
				s := strings.Repeat("x", start) + strings.Repeat(`\`, n) + after + strings.Repeat("y", 10) + `"` + strings.Repeat(" ", 130)
				compareText(t, []byte(s), 0)
			}
		}
	}
}

// TestBulkPassesCharacters demands that bulk does not give up on what is sound:
// that would cost time only, and no other test would notice.
func TestBulkPassesCharacters(t *testing.T) {
	needBulk(t)
	for _, between := range []string{"", "x", `\n`, "é"} {
		var doc []byte
		for r := rune(' '); r <= utf8.MaxRune; r++ {
			if utf8.ValidRune(r) && r != '"' && r != '\\' {
				doc = append(utf8.AppendRune(doc, r), between...)
			}
		}
		if next, _ := bulk(doc, 0); next < len(doc)-64-utf8.UTFMax {
			t.Errorf("between %q: stopped at %d of %d, before %q", between, next, len(doc), doc[next:next+8])
		}
	}
}

// TestBulkStaysInside ends documents at every place of a block, with bytes behind
// them that must not be read.
func TestBulkStaysInside(t *testing.T) {
	needBulk(t)
	for _, behind := range []string{`"`, "x", "\x00", "\xff"} {
		for n := range 300 {
			doc := []byte(strings.Repeat("x", n) + strings.Repeat(behind, 64))[:n]
			if next, _ := bulk(doc, 0); next > n {
				t.Fatalf("%d bytes before %q: went to %d", n, behind, next)
			}
			compareText(t, doc, 0)
		}
	}
}

// TestBulkRandom mixes pieces of all kinds.
func TestBulkRandom(t *testing.T) {
	needBulk(t)
	r := rand.New(rand.NewSource(3))
	pieces := []string{
		"plain text ", "x", `\n`, `\\`, `\"`, `\u0041`, `\ud83d\ude00`, "é", "語", "😀", "\u07ff", "\ud7ff", "\uffff", `"`,
		"the quick brown fox jumps over the lazy dog", `\`, "\x1f", "\xff", "\xe3\x81", `\ud800`,
	}
	for range 20_000 {
		sound := 13 + r.Intn(len(pieces)-12) // most of the time without what is broken
		if r.Intn(3) > 0 {
			sound = 13
		}
		var doc []byte
		for n := r.Intn(60); n > 0; n-- {
			doc = append(doc, pieces[r.Intn(sound)]...)
		}
		doc = append(doc, '"')
		doc = append(doc, bytes.Repeat([]byte{' '}, r.Intn(130))...)
		compareText(t, doc, 0)
	}
}

func FuzzBulk(f *testing.F) {
	f.Add([]byte(strings.Repeat(`plain \n é語😀 \u0041 \\\" `, 10) + `"`))
	f.Add([]byte(strings.Repeat("x", 63) + "\xe3\x81\x82" + `"`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		needBulk(t)
		compareText(t, doc, 0)
		compareText(t, append(doc, bytes.Repeat([]byte{'"'}, 64)...), 0)
	})
}
