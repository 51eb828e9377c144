package stream

import (
	"bytes"
	"unicode/utf16"
)

// Mender makes whole the characters that an upstream cut in two: some write one
// beyond U+FFFF as two escapes, \ud83d\ude00, and put the first at the end of one
// event and the second at the beginning of another. Half a character is no valid
// JSON string (RFC 8259 section 8.2 leaves it undefined), and nobody can judge it.
//
// The zero value is for one stream, from its first event on.
type Mender struct {
	halves [maxHalves][6]byte // escapes that wait for their other halves
	n      int
	out    []byte
}

// maxHalves is how many halves may wait at once: one for each choice that goes on
// at the same time.
const maxHalves = 8

var (
	halfLower, halfUpper = []byte(`\ud`), []byte(`\uD`)
	replacement          = []byte(`\ufffd`)
)

// Mend returns the payload of the next event in which no character is half: data
// itself where that is so, else memory that is valid until the next call. A first
// half at the end of a string is taken off and put in front of the next second half
// that begins a string; one that never meets such is lost. Any other half becomes
// U+FFFD.
func (m *Mender) Mend(data []byte) []byte {
	if bytes.IndexByte(data, '\\') < 0 || !bytes.Contains(data, halfLower) && !bytes.Contains(data, halfUpper) {
		return data
	}
	at := 0 // up to where m.out is complete
	m.out = m.out[:0]
	for i := nextEscape(data, 0); i < len(data); {
		r, ok := escapeAt(data, i)
		switch {
		case !ok:
			i = nextEscape(data, min(i+2, len(data)))
			continue
		case !utf16.IsSurrogate(r):
			i = nextEscape(data, i+6)
			continue
		case r < 0xdc00:
			if low, ok := escapeAt(data, i+6); ok && low >= 0xdc00 && low <= 0xdfff {
				i = nextEscape(data, i+12)
				continue
			}
		}
		m.out = append(m.out, data[at:i]...)
		m.half(data, i, r < 0xdc00)
		at = i + 6
		i = nextEscape(data, at)
	}
	if at == 0 {
		return data
	}
	m.out = append(m.out, data[at:]...)
	return m.out
}

// half deals with the escape of half a character at data[i].
func (m *Mender) half(data []byte, i int, first bool) {
	half := data[i : i+6]
	switch {
	case first && i+6 < len(data) && data[i+6] == '"' && m.n < maxHalves:
		copy(m.halves[m.n][:], half)
		m.n++
	case !first && m.n > 0 && beginsString(data, i):
		m.out = append(append(m.out, m.halves[0][:]...), half...)
		m.n = copy(m.halves[:], m.halves[1:m.n])
	default:
		m.out = append(m.out, replacement...)
	}
}

// nextEscape returns the offset of the next backslash, or len(data). data[i] must
// not be within an escape.
func nextEscape(data []byte, i int) int {
	if n := bytes.IndexByte(data[i:], '\\'); n >= 0 {
		return i + n
	}
	return len(data)
}

// escapeAt returns what the escape \uXXXX at data[i] stands for, if it is one.
func escapeAt(data []byte, i int) (rune, bool) {
	if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range data[i+2 : i+6] {
		lower := c | 0x20
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case lower >= 'a' && lower <= 'f':
			r = r<<4 | rune(lower-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// beginsString tells whether the quote in front of data[i] opens a string.
func beginsString(data []byte, i int) bool {
	if i == 0 || data[i-1] != '"' {
		return false
	}
	i--
	n := 0
	for n < i && data[i-1-n] == '\\' {
		n++
	}
	return n%2 == 0
}
