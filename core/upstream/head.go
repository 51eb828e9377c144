package upstream

import (
	"bytes"
	"errors"
)

// Bounds of an answer's head, all interim (1xx) heads included.
const (
	maxHead   = 64 << 10 // bytes
	maxFields = 512
)

// Errors of a head that we refuse. They are causes for the log.
var (
	errHeadTooLarge  = errors.New("the head of the answer is too large")
	errHeadFields    = errors.New("the head of the answer has too many fields")
	errStatusLine    = errors.New("bad status line")
	errBareLF        = errors.New("a line of the head does not end in CR LF")
	errFoldedField   = errors.New("a folded or nameless header field")
	errFieldName     = errors.New("bad header field name")
	errFieldValue    = errors.New("control character in a header field value")
	errLength        = errors.New("bad Content-Length")
	errTwoLengths    = errors.New("differing Content-Length fields")
	errBothFramings  = errors.New("both Content-Length and Transfer-Encoding")
	errCoding        = errors.New("unknown Transfer-Encoding")
	errOldCoding     = errors.New("Transfer-Encoding in an HTTP/1.0 answer")
	errSwitching     = errors.New("101 Switching Protocols without being asked")
	errInterimBodies = errors.New("a 1xx or 204 answer announces a body")
)

// field is one header field as offsets into the head.
type field struct{ name, nameEnd, value, valueEnd uint32 }

// head is the parsed head of one answer. It points into data, its own copy.
type head struct {
	data   []byte
	fields []field

	status     int
	length     int64 // Content-Length, or -1
	chunked    bool
	http10     bool
	close      bool // Connection: close
	keepAlive  bool // Connection: keep-alive
	compressed coding
}

// coding is the content coding of an answer.
type coding uint8

const (
	codingNone coding = iota
	codingGzip
	codingOther
)

func (h *head) reset() {
	if cap(h.data) > 8<<10 {
		h.data = nil
	}
	*h = head{data: h.data[:0], fields: h.fields[:0], length: -1}
}

// headEnd returns the length of the head at the start of b, the empty line
// included, or 0 when its end is not there yet. The first from bytes were
// looked at before.
func headEnd(b []byte, from int) int {
	from = max(from-3, 0)
	if i := bytes.Index(b[from:], crlfcrlf); i >= 0 {
		return from + i + 4
	}
	return 0
}

var crlfcrlf = []byte("\r\n\r\n")

// parse reads a whole head, which ends in an empty line (RFC 9112 §2, §4, §5).
// It copies b. It is stricter than the RFC asks of a client: what two readers
// could understand in two ways is refused.
func (h *head) parse(b []byte) error {
	h.reset()
	h.data = append(h.data, b...)
	b = h.data[:len(h.data)-2] // the last line's own CR LF stays
	at, err := h.parseStatusLine(b)
	if err != nil {
		return err
	}
	for at < len(b) {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 1 || b[at+n-1] != '\r' {
			return errBareLF
		}
		if err := h.parseField(b, at, at+n-1); err != nil {
			return err
		}
		at += n + 1
	}
	return h.checkFraming()
}

// parseStatusLine reads "HTTP/1.1 200 OK" and returns the offset after it.
func (h *head) parseStatusLine(b []byte) (int, error) {
	n := bytes.IndexByte(b, '\n')
	if n < 13 || b[n-1] != '\r' {
		return 0, errStatusLine
	}
	line := b[:n-1]
	if string(line[:7]) != "HTTP/1." || line[7] != '0' && line[7] != '1' || line[8] != ' ' {
		return 0, errStatusLine
	}
	h.http10 = line[7] == '0'
	status := 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return 0, errStatusLine
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 || status > 599 || len(line) > 12 && line[12] != ' ' {
		return 0, errStatusLine
	}
	h.status = status
	for _, c := range line[12:] {
		if isControl(c) {
			return 0, errStatusLine
		}
	}
	return n + 1, nil
}

// parseField reads the field in b[from:to], which has no line end.
func (h *head) parseField(b []byte, from, to int) error {
	if len(h.fields) == maxFields {
		return errHeadFields
	}
	line := b[from:to]
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' {
		return errFoldedField
	}
	for _, c := range line[:colon] {
		if !isToken[c] {
			return errFieldName
		}
	}
	start, end := colon+1, len(line)
	for start < end && isBlank(line[start]) {
		start++
	}
	for end > start && isBlank(line[end-1]) {
		end--
	}
	for _, c := range line[start:end] {
		if isControl(c) {
			return errFieldValue
		}
	}
	h.fields = append(h.fields, field{
		uint32(from), uint32(from + colon), // at most maxHead
		uint32(from + start), uint32(from + end), // at most maxHead
	})
	return h.interpret(line[:colon], line[start:end])
}

// interpret notes the fields that say how the body is framed.
func (h *head) interpret(name, value []byte) error {
	switch len(name) {
	case len("Connection"):
		if fold(name, "connection") {
			h.close = h.close || listHas(value, "close")
			h.keepAlive = h.keepAlive || listHas(value, "keep-alive")
		}
	case len("Content-Length"):
		if fold(name, "content-length") {
			return h.setLength(value)
		}
	case len("Content-Encoding"):
		if fold(name, "content-encoding") {
			switch {
			case len(value) == 0 || fold(value, "identity"):
			case h.compressed == codingNone && (fold(value, "gzip") || fold(value, "x-gzip")):
				h.compressed = codingGzip
			default:
				h.compressed = codingOther
			}
		}
	case len("Transfer-Encoding"):
		if fold(name, "transfer-encoding") {
			if h.chunked || !fold(value, "chunked") {
				return errCoding
			}
			h.chunked = true
		}
	}
	return nil
}

func (h *head) setLength(value []byte) error {
	if len(value) == 0 || len(value) > 18 {
		return errLength
	}
	n := int64(0)
	for _, c := range value {
		if c < '0' || c > '9' {
			return errLength
		}
		n = n*10 + int64(c-'0')
	}
	if h.length >= 0 && h.length != n {
		return errTwoLengths
	}
	h.length = n
	return nil
}

func (h *head) checkFraming() error {
	switch {
	case h.chunked && h.length >= 0:
		return errBothFramings
	case h.chunked && h.http10:
		return errOldCoding
	case h.status == 101:
		return errSwitching
	case (h.status < 200 || h.status == 204) && (h.chunked || h.length > 0):
		return errInterimBodies
	}
	return nil
}

// get returns the value of the first field of that name, or nil.
func (h *head) get(name string) []byte {
	for i := range h.fields {
		f := &h.fields[i]
		if int(f.nameEnd-f.name) == len(name) && foldEqual(h.data[f.name:f.nameEnd], name) {
			return h.data[f.value:f.valueEnd:f.valueEnd]
		}
	}
	return nil
}

// fold tells whether b is lower, which is in lower case, in any case.
func fold(b []byte, lower string) bool {
	return len(b) == len(lower) && foldEqual(b, lower)
}

// foldEqual compares two texts of one length without regard to ASCII case.
func foldEqual(b []byte, s string) bool {
	for i, c := range b {
		if lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// listHas tells whether the comma-separated list has the element lower.
func listHas(list []byte, lower string) bool {
	for len(list) > 0 {
		item := list
		if i := bytes.IndexByte(list, ','); i >= 0 {
			item, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		if fold(bytes.TrimSpace(item), lower) {
			return true
		}
	}
	return false
}

func isBlank(c byte) bool   { return c == ' ' || c == '\t' }
func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// isToken marks the bytes of a field name (RFC 9110 §5.6.2).
var isToken = func() (t [256]bool) {
	for c := byte('0'); c <= 'z'; c++ {
		t[c] = c <= '9' || 'a' <= c || 'A' <= c && c <= 'Z'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()
