package upstream

import (
	"encoding/binary"
	"math/bits"
)

var le = binary.LittleEndian

// Eight bytes at a time, with one of these in each.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	cases = 0x2020202020202020 // the bit that tells a from A
)

// textLen returns the length of the text at the start of b: all up to the first
// control character other than a tab.
func textLen(b []byte) int {
	for i := 0; ; i++ { // over a tab
		for ; len(b)-i >= 8; i += 8 {
			if c := controls(le.Uint64(b[i:])); c != 0 {
				i += bits.TrailingZeros64(c) / 8
				break
			}
		}
		for i < len(b) && b[i] >= ' ' && b[i] != 0x7f {
			i++
		}
		if i == len(b) || b[i] != '\t' {
			return i
		}
	}
}

// isText tells whether s has no control character other than tabs.
func isText(s string) bool {
	if n := len(s); n >= 8 {
		// The last eight bytes may overlap the ones before.
		found := controls(word(s[n-8:]))
		for rest := s; len(rest) > 8; rest = rest[8:] {
			found |= controls(word(rest))
		}
		if found == 0 {
			return true
		}
	}
	return textLen([]byte(s)) == len(s)
}

// nameLen returns the length of the token at the start of b.
func nameLen(b []byte) int {
	for i, c := range b {
		if !isToken[c] {
			return i
		}
	}
	return len(b)
}

// controls marks the control characters, tabs included, among eight bytes by
// their highest bits.
func controls(w uint64) uint64 {
	low := w &^ highs // so that no sum carries into the next byte
	printable := low + (0x80-' ')*ones
	del := low + ones
	return (del | ^printable) & highs &^ w
}

// fold tells whether b is lower in any case. lower consists of a to z, digits
// and hyphens; b holds no control characters.
func fold(b []byte, lower string) bool {
	n := len(lower)
	if len(b) != n {
		return false
	}
	// Under the promises above only the two cases of one letter become equal
	// when the bit is set in all bytes.
	if n < 8 {
		for i, c := range b {
			if c|0x20 != lower[i] {
				return false
			}
		}
		return true
	}
	for i := 0; i < n-8; i += 8 {
		if le.Uint64(b[i:])|cases != word(lower[i:]) {
			return false
		}
	}
	return le.Uint64(b[n-8:])|cases == word(lower[n-8:])
}

// word is the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// equalFold compares two texts of one length without regard to ASCII case.
func equalFold(b []byte, s string) bool {
	for i, c := range b {
		if lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isToken marks the bytes of a field name (RFC 9110 §5.6.2).
var isToken = func() (t [256]bool) {
	for c := byte('0'); c <= 'z'; c++ {
		t[c] = c <= '9' || 'a' <= c || 'A' <= c && c <= 'Z'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()
