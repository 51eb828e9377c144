package server

import (
	"bytes"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// checkHead refuses request heads that fasthttp accepts but that another
// reader on the way could understand differently (request smuggling, RFC 9112
// §11.2). The connection must be closed after such a request: what follows on
// it may not be what its sender thinks. nil means the head is fine.
func checkHead(h *fasthttp.RequestHeader) *core.Error {
	if p := h.Protocol(); len(p) != 0 && string(p) != "HTTP/1.1" && string(p) != "HTTP/1.0" {
		return badHead("the protocol version must be HTTP/1.1 or HTTP/1.0")
	}
	if uri := h.RequestURI(); len(uri) == 0 || uri[0] != '/' {
		return badHead("the request target must be a path that starts with '/'")
	}
	seen, err := checkFields(h.RawHeaders())
	switch {
	case err != nil:
		return err
	case seen.length && seen.encoding:
		return badHead("Content-Length and Transfer-Encoding must not both be present")
	case seen.encodings > 1 || seen.lengths > 1 || seen.hosts > 1 || seen.credentials > 1:
		return badHead("Host, Authorization, Content-Length and Transfer-Encoding must not be repeated")
	case seen.hosts == 0 && string(h.Protocol()) == "HTTP/1.1":
		return badHead("the Host field is missing")
	case (h.IsGet() || h.IsHead()) && (seen.encoding || seen.length && h.ContentLength() > 0):
		return badHead("a GET or HEAD request must not have a body")
	}
	return nil
}

// target splits the request target at its query. It is taken literally:
// fasthttp's URI reads "//name/path?://" as the path on a host of that name, and
// drops what looks like a fragment.
func target(h *fasthttp.RequestHeader) (path, query []byte) {
	uri := h.RequestURI()
	if i := bytes.IndexByte(uri, '?'); i >= 0 {
		return uri[:i], uri[i+1:]
	}
	return uri, nil
}

func badHead(reason string) *core.Error {
	return core.ClientErrorf(core.CodeInvalidRequest, "", "The HTTP request is malformed: %s.", reason)
}

// framing is what decides where a request's body ends, whom it is for and whose
// it is.
type framing struct {
	length, encoding                       bool
	lengths, encodings, hosts, credentials int
}

// checkFields walks the raw field lines, each of which must be
// name ":" value CRLF with a name made of token characters only.
func checkFields(raw []byte) (framing, *core.Error) {
	var seen framing
	for len(raw) > 0 {
		eol := bytes.IndexByte(raw, '\n')
		if eol < 0 {
			return seen, badHead("a header line does not end")
		}
		if eol == 0 || raw[eol-1] != '\r' {
			return seen, badHead("header lines must end with CR LF")
		}
		line := raw[:eol-1]
		raw = raw[eol+1:]
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			return seen, badHead("folded header lines are not allowed")
		}
		colon := 0
		for colon < len(line) && tokenChar[line[colon]] {
			colon++
		}
		if colon == 0 || colon == len(line) || line[colon] != ':' {
			return seen, badHead("a header line has no name, or one with a character that is not allowed there")
		}
		value := line[colon+1:]
		if bytes.IndexByte(value, '\r') >= 0 || bytes.IndexByte(value, 0) >= 0 {
			return seen, badHead("a header value has a control character")
		}
		seen.note(line[:colon])
	}
	return seen, nil
}

func (s *framing) note(name []byte) {
	switch len(name) {
	case len("Host"):
		if equalFold(name, "host") {
			s.hosts++
		}
	case len("Authorization"):
		if equalFold(name, "authorization") {
			s.credentials++
		}
	case len("Content-Length"):
		if equalFold(name, "content-length") {
			s.length, s.lengths = true, s.lengths+1
		}
	case len("Transfer-Encoding"):
		if equalFold(name, "transfer-encoding") {
			s.encoding, s.encodings = true, s.encodings+1
		}
	}
}

// equalFold compares an ASCII name with a lower-case one of the same length.
func equalFold(name []byte, lower string) bool {
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// tokenChar marks the characters of a token, RFC 9110 §5.6.2.
var tokenChar = func() (t [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t[c] = true
	}
	return t
}()
