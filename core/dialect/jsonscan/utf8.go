package jsonscan

import "unicode/utf8"

// runes checks the run of characters beyond ASCII at doc[i] and returns the
// offset after it, or that of the first bad byte.
func runes(doc []byte, i int) (int, bool) {
	for i+8 <= len(doc) {
		x := load(doc, i)
		switch {
		case x&0xc0c0f0 == 0x8080e0 && wellFormed3(x): // U+0800 to U+FFFF: CJK and more
			i += 3
			if x>>24&0xc0c0f0 == 0x8080e0 && wellFormed3(x>>24) {
				i += 3
			}
		case x&0xc0e0 == 0x80c0 && x&0x1e != 0: // U+0080 to U+07FF
			i += 2
		case x&0x80 == 0:
			return i, true
		default:
			r, n := utf8.DecodeRune(doc[i:])
			if r == utf8.RuneError && n == 1 {
				return i, false
			}
			i += n
		}
	}
	for i < len(doc) && doc[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && n == 1 {
			return i, false
		}
		i += n
	}
	return i, true
}

// wellFormed3 tells whether the three bytes of a character at the low end of x
// are neither overlong (E0 80..9F) nor a surrogate (ED A0..BF); RFC 3629.
func wellFormed3(x uint64) bool {
	x &= 0x200f
	return x != 0 && x != 0x200d
}

// The states of the automaton that reads UTF-8 (RFC 3629 section 4) within a
// string, each the number of bits to shift an entry of utf8Next by.
const (
	whole   = 6 * iota // between characters
	need1              // one more byte 80..BF
	need2              // two
	need3              // three
	afterE0            // A0..BF, then one more
	afterED            // 80..9F, then one more
	afterF0            // 90..BF, then two more
	afterF4            // 80..8F, then two more
	stuck              // a bad byte, or one that is not plain; for ever
)

// utf8Next holds for each byte the state that follows each state, six bits
// each: utf8Next[c]>>state&63. So a step of the automaton is a load that does
// not wait for the step before, and a shift; bits of the state above the sixth
// mean nothing.
var utf8Next = func() (next [256]uint64) {
	for c := range next {
		row := [...]uint64{stuck, stuck, stuck, stuck, stuck, stuck, stuck, stuck, stuck}
		set := func(from, to uint64) { row[from/6] = to }
		switch {
		case isPlain(byte(c)):
			set(whole, whole)
		case c >= 0x80 && c <= 0xbf:
			set(need1, whole)
			set(need2, need1)
			set(need3, need2)
			if c >= 0xa0 {
				set(afterE0, need1)
			} else {
				set(afterED, need1)
			}
			if c >= 0x90 {
				set(afterF0, need2)
			} else {
				set(afterF4, need2)
			}
		case c >= 0xc2 && c <= 0xdf:
			set(whole, need1)
		case c == 0xe0:
			set(whole, afterE0)
		case c == 0xed:
			set(whole, afterED)
		case c >= 0xe1 && c <= 0xef:
			set(whole, need2)
		case c == 0xf0:
			set(whole, afterF0)
		case c >= 0xf1 && c <= 0xf3:
			set(whole, need3)
		case c == 0xf4:
			set(whole, afterF4)
		}
		for i, to := range row {
			next[c] |= to << (6 * i)
		}
	}
	return next
}()

// mixed passes over plain and valid characters from doc[i] on, as long as some
// are beyond ASCII, and returns the offset of a character at which it stopped:
// one that is not plain or not valid, one that begins a stretch of ASCII only, or
// one near the end. It takes the same time whatever the mixture, where runes is
// quick only if many characters beyond ASCII follow each other.
func mixed(doc []byte, i int) int {
	const chunk = 32
	state := uint64(whole)
	start := i
	for ; i+chunk <= len(doc); i += chunk {
		b := doc[i : i+chunk]
		if state == whole && (load(b, 0)|load(b, 8)|load(b, 16)|load(b, 24))&tops == 0 {
			return i
		}
		before := state
		for _, c := range b {
			state = utf8Next[c] >> (state & 63)
		}
		state &= 63
		if state != stuck {
			continue
		}
		for before != stuck {
			before = utf8Next[doc[i]] >> before & 63
			i++
		}
		i--
		break
	}
	return wholeRune(doc, start, i)
}

// wholeRune returns the beginning of the character beyond ASCII that ends at or
// spans i, if there is one from start on, else i.
func wholeRune(doc []byte, start, i int) int {
	for n := i - 1; n >= start && n >= i-3 && doc[n] >= utf8.RuneSelf; n-- {
		if doc[n] >= 0xc0 {
			return n
		}
	}
	return i
}
