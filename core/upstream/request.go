package upstream

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// appendHead serialises the request line and the header fields. It fails with
// CodeInternal on anything that could end a line or frame the body otherwise:
// values may stem from clients, keys and configuration.
func (h *Host) appendHead(dst []byte, r *core.UpstreamRequest) ([]byte, *core.Error) {
	if !token(r.Method) || !target(r.Path) {
		return dst, core.Errorf(core.CodeInternal, "the request line for provider %q is malformed", h.name)
	}
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = append(dst, r.Path...)
	dst = append(dst, h.line...) // " HTTP/1.1", Host
	for i := range r.Header {
		f := &r.Header[i]
		if !token(f.Name) || !value(f.Value) || reserved(f.Name) {
			return dst, core.Errorf(core.CodeInternal, "the header field %q cannot be sent to provider %q", f.Name, h.name)
		}
		dst = append(dst, f.Name...)
		dst = append(dst, ": "...)
		dst = append(dst, f.Value...)
		dst = append(dst, "\r\n"...)
	}
	if n := r.BodyLen(); n > 0 || r.Method != "GET" && r.Method != "HEAD" {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(n), 10)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "\r\n"...), nil
}

// reserved tells whether the field is ours to write.
func reserved(name string) bool {
	switch len(name) {
	case len("Host"):
		return fold([]byte(name), "host")
	case len("Connection"):
		return fold([]byte(name), "connection")
	case len("Content-Length"):
		return fold([]byte(name), "content-length")
	case len("Transfer-Encoding"):
		return fold([]byte(name), "transfer-encoding")
	}
	return false
}

func token(s string) bool {
	for i := range len(s) {
		if !isToken[s[i]] {
			return false
		}
	}
	return s != ""
}

func value(s string) bool {
	for i := range len(s) {
		if isControl(s[i]) {
			return false
		}
	}
	return true
}

// target tells whether s is a request target in origin form.
func target(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != "" && s[0] == '/'
}
