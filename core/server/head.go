package server

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// head is what we read off the head of a request ourselves, in one walk over the
// raw bytes: whether another reader could understand it differently than
// fasthttp, and where its fields are. As core.Headers it finds fields without
// fasthttp's normalising of each name that is asked for.
type head struct {
	raw    []byte  // the field lines; fasthttp's, valid as long as the request
	fields []field // in order of appearance
	sizes  uint64  // bit n%64 is set when there is a name of n bytes
	seen   [numFields]int
}

// field is where a field is in the raw head, whose size headerBuffer bounds.
type field struct {
	size       uint32 // of the name
	name       uint16
	value, end uint16
}

// maxKeptFields is how large an index of fields may be that is kept for the next
// request.
const maxKeptFields = 128

// reset forgets the request.
func (d *head) reset() {
	fields := d.fields[:0]
	if cap(fields) > maxKeptFields {
		fields = nil
	}
	*d = head{fields: fields}
}

// Get returns the value of the first field of that name (any case), or nil.
func (d *head) Get(name string) []byte { return d.GetAt(name, 0) }

// GetAt returns the value of the field number n of that name, or nil.
func (d *head) GetAt(name string, n int) []byte {
	if name == "" || d.sizes>>(uint(len(name))%64)&1 == 0 {
		return nil
	}
	for i := range d.fields {
		f := &d.fields[i]
		if int(f.size) == len(name) && sameName(d.raw[f.name:int(f.name)+len(name)], name) {
			if n == 0 {
				return d.raw[f.value:f.end]
			}
			n--
		}
	}
	return nil
}

// read reads the head h. It refuses what fasthttp accepts but another reader on
// the way could understand differently (request smuggling, RFC 9112 §11.2). The
// connection must be closed after such a request: what follows on it may not be
// what its sender thinks. nil means the head is fine.
func (d *head) read(h *fasthttp.RequestHeader) *core.Error {
	version := h.Protocol()
	if len(version) != 0 && string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0" {
		return badHead("the protocol version must be HTTP/1.1 or HTTP/1.0")
	}
	if err := d.readFields(h.RawHeaders()); err != nil {
		return err
	}
	if uri := h.RequestURI(); (len(uri) == 0 || uri[0] != '/') && !(isConnect(h.Method()) && bytes.Equal(uri, d.Get("Host"))) {
		return badHead("the request target must be a path that starts with '/'")
	}
	lengths, encodings := d.seen[fieldLength], d.seen[fieldEncoding]
	switch {
	case lengths > 0 && encodings > 0:
		return badHead("Content-Length and Transfer-Encoding must not both be present")
	case encodings > 1 || lengths > 1 || d.seen[fieldHost] > 1 || d.seen[fieldCredential] > 1:
		return badHead("Host, Authorization, Content-Length and Transfer-Encoding must not be repeated")
	case d.seen[fieldHost] == 0 && string(version) == "HTTP/1.1":
		return badHead("the Host field is missing")
	case lengths+encodings > 0 && (h.IsGet() || h.IsHead()) && (encodings > 0 || h.ContentLength() > 0):
		return badHead("a GET or HEAD request must not have a body")
	}
	return nil
}

// target splits the request target at its query. It is taken literally:
// fasthttp's URI reads "//name/path?://" as the path on a host of that name, and
// drops what looks like a fragment. That of a CONNECT to this very host, which has
// no path (RFC 9112 §3.2.3), is "/".
func target(h *fasthttp.RequestHeader) (path, query []byte) {
	uri := requestURI(h)
	if i := bytes.IndexByte(uri, '?'); i >= 0 {
		return uri[:i], uri[i+1:]
	}
	return uri, nil
}

var slash = []byte("/")

// requestURI returns the request target as a path and a query; see [target].
func requestURI(h *fasthttp.RequestHeader) []byte {
	uri := h.RequestURI()
	if isConnect(h.Method()) && !bytes.HasPrefix(uri, slash) {
		return slash
	}
	return uri
}

func isConnect(method []byte) bool { return string(method) == fasthttp.MethodConnect }

func badHead(reason string) *core.Error {
	return core.ClientErrorf(core.CodeInvalidRequest, "", "The HTTP request is malformed: %s.", reason)
}

// readFields walks the raw field lines, each of which must be
// name ":" value CRLF with a name made of token characters only.
func (d *head) readFields(raw []byte) *core.Error {
	d.reset()
	if len(raw) > math.MaxUint16 {
		return badHead("it is too large")
	}
	d.raw = raw
	for at := 0; at < len(raw); {
		known := usual(raw[at:])
		colon := at + usualSize[known]
		if known == fieldOther {
			colon = nameEnd(raw, at)
		}
		if colon == at && bytes.HasPrefix(raw[at:], []byte("\r\n")) {
			return nil
		}
		if colon == at || colon == len(raw) || raw[colon] != ':' {
			return badLine(raw[at:])
		}
		end := valueEnd(raw, colon+1)
		if end+1 >= len(raw) || raw[end] != '\r' || raw[end+1] != '\n' {
			return badLine(raw[at:])
		}
		if known == fieldOther {
			known = recognize(raw[at:colon])
		}
		d.seen[known]++
		d.note(at, colon, end)
		at = end + 2
	}
	return nil
}

// The fields that say where a body ends, whom the request is for or whose it is,
// and some that most requests have.
const (
	fieldOther = iota
	fieldLength
	fieldEncoding
	fieldHost
	fieldCredential
	fieldType
	fieldAgent
	numFields
)

var usualSize = [numFields]int{
	fieldHost: len("Host"), fieldCredential: len("Authorization"), fieldLength: len("Content-Length"),
	fieldType: len("Content-Type"), fieldAgent: len("User-Agent"),
}

// usual tells whether a line begins with one of the names that most requests have,
// in their usual form. It saves looking at each character.
func usual(line []byte) int {
	const h, a, u, t, l = "Host:", "Authorization:", "User-Agent:", "Content-Type:", "Content-Length:"
	switch {
	case len(line) < len(l):
	case string(line[:len(h)]) == h:
		return fieldHost
	case string(line[:len(t)]) == t:
		return fieldType
	case string(line[:len(l)]) == l:
		return fieldLength
	case string(line[:len(a)]) == a:
		return fieldCredential
	case string(line[:len(u)]) == u:
		return fieldAgent
	}
	return fieldOther
}

// recognize finds out which of the fields that matter has that name.
func recognize(name []byte) int {
	switch {
	case sameName(name, "Host"):
		return fieldHost
	case sameName(name, "Authorization"):
		return fieldCredential
	case sameName(name, "Content-Length"):
		return fieldLength
	case sameName(name, "Transfer-Encoding"):
		return fieldEncoding
	}
	return fieldOther
}

// note adds the field of a line whose value goes from behind the colon to end.
func (d *head) note(at, colon, end int) {
	value, raw := colon+1, d.raw
	if value < end && raw[value] == ' ' {
		value++ // and that is all, mostly
	}
	if value < end && (raw[value] <= ' ' || raw[end-1] <= ' ') {
		value, end = trim(raw, value, end)
	}
	n := len(d.fields)
	if n == cap(d.fields) {
		d.fields = append(d.fields, field{})
	}
	d.fields = d.fields[:n+1]
	d.fields[n] = field{uint32(colon - at), uint16(at), uint16(value), uint16(end)}
	d.sizes |= 1 << (uint(colon-at) % 64)
}

// trim takes blanks from both ends of raw[start:end].
func trim(raw []byte, start, end int) (int, int) {
	for start < end && blank(raw[start]) {
		start++
	}
	for start < end && blank(raw[end-1]) {
		end--
	}
	return start, end
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// badLine says what is wrong with the first line of raw.
func badLine(raw []byte) *core.Error {
	eol := bytes.IndexByte(raw, '\n')
	switch {
	case eol < 0:
		return badHead("a header line does not end")
	case !bytes.HasSuffix(raw[:eol], []byte("\r")):
		return badHead("header lines must end with CR LF")
	case blank(raw[0]):
		return badHead("folded header lines are not allowed")
	}
	if colon := nameEnd(raw, 0); colon == 0 || raw[colon] != ':' {
		return badHead("a header line has no name, or one with a character that is not allowed there")
	}
	return badHead("a header value has a control character")
}

// sameName compares two names, neither of which is empty, but for their case.
func sameName(name []byte, other string) bool {
	if len(name) != len(other) || (name[0]^other[0])&^0x20 != 0 {
		return false
	}
	if string(name) == other {
		return true
	}
	for i, c := range name {
		if c != other[i] && (c^other[i] != 0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// nameEnd returns where the token that starts at i ends.
func nameEnd(raw []byte, i int) int {
	for i < len(raw) && tokenChar[raw[i]] {
		i++
	}
	return i
}

// valueEnd returns where CR, LF or NUL comes first, from i on. It looks at eight
// bytes at a time for one below the blank.
func valueEnd(raw []byte, i int) int {
	const each = 0x0101010101010101 // a byte in all of them
	const high = 0x80 * each        // what the subtraction borrows into
	rest := raw[i:]
	for len(rest) >= 8 {
		w := binary.LittleEndian.Uint64(rest)
		if control := (w - 0x20*each) &^ w & high; control != 0 {
			rest = rest[bits.TrailingZeros64(control)/8:]
			break
		}
		rest = rest[8:]
	}
	for len(rest) > 0 && rest[0] != '\r' && rest[0] != '\n' && rest[0] != 0 {
		rest = rest[1:]
	}
	return len(raw) - len(rest)
}

// tokenChar marks the characters of a token, RFC 9110 §5.6.2.
var tokenChar = func() (t [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t[c] = true
	}
	return t
}()
