package jsonscan

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendText appends the decoded text of the JSON string that s covers, quotes
// included, to dst. The string must come from a document that [Scan],
// [Validate] or [Paths.Read] passed; of one that is broken all the same it
// makes what it can: half a character becomes U+FFFD, an unknown escape is kept
// as it stands.
func AppendText(dst, doc []byte, s Span) []byte {
	if s.Len() < 2 {
		return dst
	}
	raw := doc[s.Start+1 : s.End-1]
	first := bytes.IndexByte(raw, '\\')
	if first < 0 {
		return append(dst, raw...)
	}
	// Decoded text is never longer than raw. Words are copied as they are looked
	// at, what follows a backslash is overwritten.
	dst = append(slices.Grow(dst, len(raw)+8), raw[:first]...)
	for i := first; ; {
		n := len(dst)
		out := dst[:cap(dst)]
		for ; i+8 <= len(raw); i, n = i+8, n+8 {
			x := load(raw, i)
			store(out, n, x)
			if m := zeros(x ^ each*'\\'); m != 0 {
				i, n = i+firstByte(m), n+firstByte(m)
				break
			}
		}
		for ; i < len(raw) && raw[i] != '\\'; i, n = i+1, n+1 {
			out[n] = raw[i]
		}
		if i >= len(raw) {
			return dst[:n]
		}
		dst, i = appendEscape(dst[:n], raw, i)
	}
}

// unescaped gives the character of each simple escape, or 0.
var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// appendEscape appends the character that the escape at raw[i] stands for and
// returns the offset after it.
func appendEscape(dst, raw []byte, i int) ([]byte, int) {
	c := at(raw, i+1)
	if u := unescaped[c]; u != 0 {
		return append(dst, u), i + 2
	}
	if c != 'u' || i+6 > len(raw) {
		return append(dst, raw[i]), i + 1
	}
	r, valid := hex4(raw[i+2 : i+6])
	if !valid {
		return append(dst, raw[i]), i + 1
	}
	i += 6
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
			low, _ = hex4(raw[i+2 : i+6])
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			i += 6
		}
	}
	return utf8.AppendRune(dst, r), i
}

// AppendQuoted appends text as a JSON string, quotes included, to dst. Only what
// must be is escaped: '"', '\\' and control characters; '<', U+2028 and the like
// stay as they are. Bytes that are not UTF-8 become U+FFFD, so that the result
// is always valid.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for i := 0; ; {
		dst = slices.Grow(dst, len(text)-i+8)
		n := len(dst)
		out := dst[:cap(dst)]
		for ; i+8 <= len(text); i, n = i+8, n+8 {
			x := load(text, i)
			store(out, n, x)
			if m := stops(x); m != 0 {
				i, n = i+firstByte(m), n+firstByte(m)
				break
			}
		}
		for ; i < len(text) && isPlain(text[i]); i, n = i+1, n+1 {
			out[n] = text[i]
		}
		dst = dst[:n]
		if i >= len(text) {
			return append(dst, '"')
		}
		if text[i] < utf8.RuneSelf {
			dst = appendEscaped(dst, text[i])
			i++
			continue
		}
		end, valid := runes(text, i)
		dst = append(dst, text[i:end]...)
		if i = end; !valid {
			dst = append(dst, "\uFFFD"...)
			i++
		}
	}
}

// appendEscaped appends the escape of c, the shortest there is.
func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}
