package raw

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxEscapes is how often a path may be escaped over.
const maxEscapes = 3

// checkPath says why a path must not be appended to a provider's base path, or
// "". Escaped bytes stay escaped on their way, so it is the provider that
// unescapes them, perhaps more than once, and perhaps reads an escaped slash or a
// backslash as one that parts segments. In no such reading may there be a segment
// that is empty, "." or "..": those lead elsewhere.
func checkPath(path []byte) string {
	for i, c := range path {
		switch {
		case c == '%' && !escaped(path[i:]):
			return "its path has a % without two hexadecimal digits behind it"
		case c != '%' && !inPath[c]:
			return fmt.Sprintf("its path has the character %q, which must be percent-encoded", c)
		}
	}
	for range maxEscapes + 1 {
		if reason := checkSegments(path); reason != "" {
			return reason
		}
		if bytes.IndexByte(path, '%') < 0 {
			return ""
		}
		plain := unescape(path)
		if len(plain) == len(path) {
			return ""
		}
		path = plain
	}
	return fmt.Sprintf("its path is escaped more than %d times over", maxEscapes)
}

// checkSegments looks at one reading of a path.
func checkSegments(path []byte) string {
	if !utf8.Valid(path) {
		return "its path is not UTF-8"
	}
	for i, last := 0, false; !last; i++ {
		n := bytes.IndexAny(path, `/\`)
		segment := path
		if last = n < 0; !last {
			segment, path = path[:n], path[n+1:]
		}
		if len(segment) == 0 && i > 0 && !last {
			return "its path has an empty segment (//)"
		}
		for _, c := range segment {
			if c < ' ' || c == 0x7f {
				return "its path has a control character"
			}
		}
		// Some servers drop parameters of a segment, others blanks at its end.
		name, _, _ := bytes.Cut(segment, []byte(";"))
		if name = bytes.TrimSpace(name); string(name) == "." || string(name) == ".." {
			return "its path has the segment . or .."
		}
	}
	return ""
}

// unescape undoes one level of escapes. A % that begins none stays.
func unescape(path []byte) []byte {
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && escaped(path[i:]) {
			out = append(out, unhex(path[i+1])<<4|unhex(path[i+2]))
			i += 2
			continue
		}
		out = append(out, path[i])
	}
	return out
}

func escaped(b []byte) bool { return len(b) > 2 && isHex(b[1]) && isHex(b[2]) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// inPath marks what may stand in a path as it is: pchar of RFC 3986 §3.3, and the
// slash.
var inPath = func() (t [256]bool) {
	for _, c := range "-._~!$&'()*+,;=:@/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t[c] = true
	}
	return t
}()

// checkQuery says why a query cannot be sent, or "". It is more lenient than
// RFC 3986 §3.4, as clients are.
func checkQuery(query []byte) string {
	for _, c := range query {
		if c <= ' ' || c >= 0x7f || c == '#' {
			return fmt.Sprintf("its query has the character %q, which must be percent-encoded", c)
		}
	}
	return ""
}

// target returns the upstream's request target. A version that base ends with and rest
// begins with is said once: to some SDKs it belongs to the base URL, to others to their
// paths, and those are to reach /v1/files below /v1 as well. The parameter "key" of the query
// stays here: it is where some clients put the virtual key, and where some
// providers want theirs.
func target(base string, rest, query []byte) string {
	query = withoutKey(query)
	var b strings.Builder
	b.Grow(len(base) + len(rest) + len(query) + 2)
	b.WriteString(base)
	if version := base[strings.LastIndexByte(base, '/')+1:]; isVersion(version) {
		if more, ok := bytes.CutPrefix(rest, []byte("/"+version)); ok && (len(more) == 0 || more[0] == '/') {
			rest = more
		}
	}
	b.Write(rest)
	if b.Len() == 0 {
		b.WriteByte('/')
	}
	if len(query) > 0 {
		b.WriteByte('?')
		b.Write(query)
	}
	return b.String()
}

// isVersion tells whether a segment of a path is a version: v1, v1beta, v1alpha2.
func isVersion(segment string) bool {
	rest, ok := strings.CutPrefix(segment, "v")
	bare := strings.TrimLeft(rest, "0123456789")
	if !ok || len(bare) == len(rest) {
		return false
	}
	stage := strings.TrimRight(bare, "0123456789")
	return bare == "" || stage == "alpha" || stage == "beta"
}

// withoutKey returns the query without the parameter "key", query itself where
// there is none.
func withoutKey(query []byte) []byte {
	var kept []byte
	found := false
	for rest := query; len(rest) > 0; {
		pair, others, more := bytes.Cut(rest, []byte("&"))
		rest = others
		switch {
		case !isKey(pair):
			if kept = append(kept, pair...); more {
				kept = append(kept, '&')
			}
		case !more: // the last one takes the sign before it along
			kept = bytes.TrimSuffix(kept, []byte("&"))
			fallthrough
		default:
			found = true
		}
	}
	if !found {
		return query
	}
	return kept
}

// isKey tells whether a pair of the query is one of the parameter "key".
func isKey(pair []byte) bool {
	name, _, _ := bytes.Cut(pair, []byte("="))
	if bytes.IndexByte(name, '%') < 0 {
		return string(name) == "key"
	}
	plain, err := url.QueryUnescape(string(name))
	return err == nil && plain == "key"
}
