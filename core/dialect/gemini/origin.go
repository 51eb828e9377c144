package gemini

import (
	"bytes"
	"encoding/base64"

	"github.com/sallyport-gateway/sallyport/core"
)

// A signature that another dialect's provider made reaches clients of this one as
// base64 of "sp1.", its source, a colon and the signature, because a
// thoughtSignature must be base64: Go's client fails on anything else, and
// Python's writes what it read in the other alphabet. With "sp1r." it is thinking
// that the provider encrypted.
const (
	sealed         = "sp1."
	sealedRedacted = "sp1r."
)

// sealedMark is how both begin in base64, whatever follows.
var sealedMark = []byte("c3Ax")

// isOurs tells whether the providers of this dialect accept a signature of that
// source.
func isOurs(source []byte) bool {
	return len(source) == 0 || string(source) == name || bytes.HasPrefix(source, []byte(name+"/"))
}

// appendSignature appends the signature of a part as a JSON string.
func appendSignature(dst []byte, a *core.Attr, redacted bool) []byte {
	if isOurs(a.Source) && !redacted && isBase64(a.Signature) {
		return append(append(append(dst, '"'), a.Signature...), '"')
	}
	mark := sealed
	if redacted {
		mark = sealedRedacted
	}
	plain := make([]byte, 0, len(mark)+len(a.Source)+1+len(a.Signature))
	plain = append(append(append(append(plain, mark...), a.Source...), ':'), a.Signature...)
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, plain)
	return append(dst, '"')
}

// unsealed takes a signature of a client's request apart.
func unsealed(signature []byte) (source, inner []byte, redacted bool) {
	if !bytes.HasPrefix(signature, sealedMark) {
		return []byte(name), signature, false
	}
	plain, err := decode64(signature)
	if err != nil {
		return []byte(name), signature, false
	}
	rest, ok := bytes.CutPrefix(plain, []byte(sealed))
	if !ok {
		if rest, ok = bytes.CutPrefix(plain, []byte(sealedRedacted)); !ok {
			return []byte(name), signature, false
		}
		redacted = true
	}
	source, inner, ok = bytes.Cut(rest, []byte(":"))
	if !ok {
		return []byte(name), signature, false
	}
	if len(source) == 0 {
		source = []byte(name)
	}
	return source, inner, redacted
}

// decode64 decodes base64 of either alphabet (RFC 4648 §4 and §5), padded or not.
func decode64(b []byte) ([]byte, error) {
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(b, "-_") {
		enc = base64.RawURLEncoding
	}
	return enc.AppendDecode(nil, bytes.TrimRight(b, "="))
}

// isBase64 tells whether b has only characters of either alphabet, so that it
// may stand in JSON as it is.
func isBase64(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != '+' && c != '/' && c != '-' && c != '_' && c != '=' {
			return false
		}
	}
	return len(b) > 0
}

// standard64 returns base64 of either alphabet as that of RFC 4648 §4, padded:
// data itself, or a copy in the memory of ex.
func standard64(ex *core.Exchange, data []byte) []byte {
	if len(data)%4 == 0 && !bytes.ContainsAny(data, "-_") {
		return data
	}
	out := ex.Alloc(len(data) + 3)[:0]
	for _, c := range bytes.TrimRight(data, "=") {
		switch c {
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		out = append(out, c)
	}
	for len(out)%4 != 0 && len(out) < len(data)+3 {
		out = append(out, '=')
	}
	return out
}
