package jsonscan

import "unicode/utf8"

// traits are what a string's raw bytes hold besides plain ASCII.
type traits uint8

const (
	escaped traits = 1 << iota
	nonASCII
)

// simpleEscape tells what may follow a backslash, \u aside.
var simpleEscape = [256]bool{
	'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true,
}

// text checks the string whose opening quote is at doc[i-1] and returns the
// offset of its closing quote, or that of the fault.
func text(doc []byte, i int) (int, traits, fault) {
	i, closed := plainRun(doc, i)
	if closed {
		return i, 0, ok
	}
	return longText(doc, i)
}

// plainRun passes over the plain characters from doc[i] on, 32 at most, and tells
// whether a quote follows: it ends most strings, for most are short.
func plainRun(doc []byte, i int) (next int, closed bool) {
	if len(doc)-i < 32 {
		for uint(i) < uint(len(doc)) && isPlain(doc[i]) {
			i++
		}
		return i, at(doc, i) == '"'
	}
	w := doc[i : i+32 : i+32]
	m := stops(load(w, 0))
	if m == 0 {
		i += 8
		if m = stops(load(w, 8)); m == 0 {
			i += 8
			if m = stops(load(w, 16)); m == 0 {
				i += 8
				m = stops(load(w, 24))
			}
		}
	}
	i += firstByte(m) // 8 for none
	return i, at(doc, i) == '"'
}

// longText is text from a place in a string on.
func longText(doc []byte, i int) (int, traits, fault) {
	var t traits
	for {
		// Two words at a time and without a branch between them: lengths of keys
		// and short values are what a processor cannot predict.
		for steps := 1; i+16 <= len(doc); steps++ {
			a, b := stops(load(doc, i)), stops(load(doc, i+8))
			if a|b != 0 {
				n := firstByte(a) // 8 for none
				i += n + firstByte(b)&-(n>>3)
				goto found
			}
			i += 16
			if hasBulk && steps == 2 {
				var more traits
				i, more = bulk(doc, i)
				t |= more
			}
		}
		for i < len(doc) && isPlain(doc[i]) {
			i++
		}
	found:
		c := at(doc, i)
		if c == '"' {
			return i, t, ok
		}
		var more traits
		var f fault
		if i, more, f = special(doc, i, c); f != ok {
			return i, t, f
		}
		t |= more
	}
}

// special passes over the character c at doc[i], which is not plain and no
// quote, and over what it may well be followed by.
func special(doc []byte, i int, c byte) (int, traits, fault) {
	switch {
	case c == '\\':
		if simpleEscape[at(doc, i+1)] {
			return i + 2, escaped, ok
		}
		i, f := unicodeEscape(doc, i)
		return i, escaped, f
	case c >= utf8.RuneSelf:
		if hasBulk {
			if next, t := bulk(doc, i); next > i {
				return next, t | nonASCII, ok
			}
		}
		if c>>4 != 0xe || at(doc, i+3) < utf8.RuneSelf { // no run of three-byte characters
			if next := mixed(doc, i); next > i {
				return next, nonASCII, ok
			}
		}
		next, valid := runes(doc, i)
		if !valid {
			return next, nonASCII, faultUTF8
		}
		return next, nonASCII, ok
	case i >= len(doc):
		return i, 0, faultStringEnd
	default:
		return i, 0, faultControl
	}
}

// unicodeEscape checks the escape at doc[i] that is not a simple one, a pair of
// surrogates at once, and returns the offset after it.
func unicodeEscape(doc []byte, i int) (int, fault) {
	if i+1 >= len(doc) {
		return len(doc), faultStringEnd
	}
	if doc[i+1] != 'u' {
		return i, faultEscape
	}
	if i+6 > len(doc) {
		return i, faultHex
	}
	r, valid := hex4(doc[i+2 : i+6])
	switch {
	case !valid:
		return i, faultHex
	case r < 0xd800 || r > 0xdfff:
		return i + 6, ok
	case r > 0xdbff || i+12 > len(doc) || doc[i+6] != '\\' || doc[i+7] != 'u':
		return i, faultSurrogate
	}
	if r, valid = hex4(doc[i+8 : i+12]); !valid {
		return i + 6, faultHex
	}
	if r < 0xdc00 || r > 0xdfff {
		return i, faultSurrogate
	}
	return i + 12, ok
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) (rune, bool) {
	var r rune
	for _, c := range b[:4] {
		switch lower := c | 0x20; {
		case digit(c):
			r = r<<4 | rune(c-'0')
		case lower-'a' <= 5:
			r = r<<4 | rune(lower-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
