package upstream

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// textLen, isText and fold work on eight bytes at a time; here they are held
// against one byte at a time.
func TestText(t *testing.T) {
	control := func(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
	const letters = "abc XYZ\t~\x80\xff"
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		for range rng.IntN(3) {
			if len(b) > 0 {
				b[rng.IntN(len(b))] = byte(rng.Uint32())
			}
		}
		want := 0
		for want < len(b) && !control(b[want]) {
			want++
		}
		if got := textLen(b); got != want {
			t.Fatalf("textLen(%q) = %d, want %d", b, got, want)
		}
		if got := isText(string(b)); got != (want == len(b)) {
			t.Fatalf("isText(%q) = %v", b, got)
		}
	}
	for c := range 256 {
		s := string([]byte{byte(c)})
		for n := range 20 {
			padded := strings.Repeat("a", n) + s + strings.Repeat("a", 19-n)
			if isText(padded) == control(byte(c)) {
				t.Errorf("isText(%q) = %v", padded, isText(padded))
			}
		}
	}
}

func TestFold(t *testing.T) {
	for _, lower := range []string{"host", "gzip", "x-gzip", "connection", "content-type", "content-length", "transfer-encoding", "deflate", "br", "zstd", "identity"} {
		if !fold([]byte(lower), lower) || !fold([]byte(strings.ToUpper(lower)), lower) {
			t.Errorf("%q is not itself", lower)
		}
		for i := range lower {
			for c := byte(' '); c != 0; c++ {
				b := []byte(lower)
				b[i] = c
				if got := fold(b, lower); got != strings.EqualFold(string(b), lower) {
					t.Errorf("fold(%q, %q) = %v", b, lower, got)
				}
			}
		}
		if fold([]byte(lower[1:]), lower) || fold(nil, lower) {
			t.Errorf("%q without its beginning is itself", lower)
		}
	}
}
