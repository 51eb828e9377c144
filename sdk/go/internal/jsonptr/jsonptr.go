// Package jsonptr reads single values out of a JSON document, so that a plugin
// needs no encoding/json, which makes a guest larger by a megabyte and slower to
// start.
//
// Documents come from the host and are valid JSON. On others every function
// says "not found" or "not of that type"; none panics.
package jsonptr

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Find returns the value at a JSON pointer (RFC 6901), e.g. "/lists/0/words",
// in place. The empty pointer is the whole document. Of a key that comes twice
// the last counts.
func Find(doc []byte, pointer string) (raw []byte, ok bool) {
	raw, _, ok = value(doc)
	if pointer == "" || !ok {
		return raw, ok
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for name := range strings.SplitSeq(pointer[1:], "/") {
		if raw, ok = child(raw, unescape(name)); !ok {
			return nil, false
		}
	}
	return raw, ok
}

func unescape(name string) string {
	if strings.IndexByte(name, '~') < 0 {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
}

func child(raw []byte, name string) (found []byte, ok bool) {
	if raw[0] == '[' {
		at, err := strconv.ParseUint(name, 10, 31)
		if err != nil || len(name) > 1 && name[0] == '0' {
			return nil, false
		}
		Elements(raw, func(v []byte) bool {
			if at == 0 {
				found, ok = v, true
			}
			at--
			return !ok
		})
		return found, ok
	}
	Members(raw, func(key, v []byte) bool {
		if s, valid := String(key); valid && s == name {
			found, ok = v, true
		}
		return true
	})
	return found, ok
}

// Elements calls f for each element of an array, until it returns false. It
// tells whether raw is an array.
func Elements(raw []byte, f func(v []byte) bool) bool {
	return inside(raw, '[', ']', func(b []byte) ([]byte, bool, bool) {
		v, rest, ok := value(b)
		return rest, ok, ok && f(v)
	})
}

// Members calls f for each member of an object, until it returns false; key is
// a JSON string. It tells whether raw is an object.
func Members(raw []byte, f func(key, v []byte) bool) bool {
	return inside(raw, '{', '}', func(b []byte) ([]byte, bool, bool) {
		key, rest, ok := value(b)
		rest = space(rest)
		if !ok || key[0] != '"' || len(rest) == 0 || rest[0] != ':' {
			return nil, false, false
		}
		v, rest, ok := value(rest[1:])
		return rest, ok, ok && f(key, v)
	})
}

// inside walks over what stands between brackets, separated by commas. one
// reads one of it and returns the rest, whether that went well and whether to
// go on.
func inside(raw []byte, open, end byte, one func(b []byte) ([]byte, bool, bool)) bool {
	if len(raw) == 0 || raw[0] != open {
		return false
	}
	b := space(raw[1:])
	if len(b) > 0 && b[0] == end {
		return true
	}
	for {
		rest, ok, more := one(b)
		if !ok || !more {
			return ok
		}
		rest = space(rest)
		if len(rest) == 0 || rest[0] != ',' {
			return len(rest) > 0 && rest[0] == end
		}
		b = rest[1:]
	}
}

// String decodes a JSON string.
func String(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	raw = raw[1 : len(raw)-1]
	plain := true
	for _, c := range raw {
		plain = plain && c != '\\' && c != '"' && c >= 0x20
	}
	if plain {
		return string(raw), utf8.Valid(raw)
	}
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		c := raw[0]
		switch {
		case c < 0x20 || c == '"':
			return "", false
		case c != '\\':
			out, raw = append(out, c), raw[1:]
			continue
		}
		var ok bool
		if out, raw, ok = escape(out, raw); !ok {
			return "", false
		}
	}
	return string(out), utf8.Valid(out)
}

// escape decodes the escape with which raw begins.
func escape(out, raw []byte) (_, rest []byte, ok bool) {
	if len(raw) < 2 {
		return nil, nil, false
	}
	if i := strings.IndexByte(`"\/bfnrt`, raw[1]); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), raw[2:], true
	}
	r, ok := hex4(raw)
	if !ok {
		return nil, nil, false
	}
	raw = raw[6:]
	if utf16.IsSurrogate(r) {
		low, ok := hex4(raw)
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return nil, nil, false
		}
		raw = raw[6:]
	}
	return utf8.AppendRune(out, r), raw, true
}

// hex4 reads \uXXXX.
func hex4(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	return rune(v), err == nil
}

func space(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\r' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

// value cuts the first value off b. It finds where the value ends and does not
// judge what is inside brackets.
func value(b []byte) (v, rest []byte, ok bool) {
	b = space(b)
	n, depth, quoted := 0, 0, false
	for ; n < len(b); n++ {
		c := b[n]
		switch {
		case quoted:
			if c == '\\' {
				n++
			}
			quoted = c != '"'
		case c == '"':
			if quoted = true; depth == 0 && n > 0 {
				return b[:n], b[n:], true
			}
			continue
		case c == '[' || c == '{':
			depth++
			continue
		case c == ']' || c == '}':
			if depth == 0 {
				return b[:n], b[n:], n > 0
			}
			depth--
		case c == ',' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t':
			if depth == 0 {
				return b[:n], b[n:], n > 0
			}
			continue
		default:
			continue
		}
		if depth == 0 && !quoted {
			return b[:n+1], b[n+1:], true
		}
	}
	return b, nil, n > 0 && n == len(b) && depth == 0 && !quoted
}
