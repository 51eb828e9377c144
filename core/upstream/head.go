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
	errControl       = errors.New("control character in the status line or a header field value")
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

// from returns f moved by n bytes.
func (f field) from(n int) field {
	m := uint32(n) // at most maxHead
	return field{f.name + m, f.nameEnd + m, f.value + m, f.valueEnd + m}
}

// contentType is the one field that is looked up in every answer.
const contentType = "Content-Type"

// head is the parsed head of one answer. It points into data, its own copy.
type head struct {
	data   []byte
	fields []field
	next   int // where the first line begins that is not read yet
	seen   int // bytes of an unfinished head that were searched for the line's end, or 0

	like *shape // what it will probably look like, or nil
	at   int    // the line of like that is probably next

	status     int
	length     int64 // Content-Length, or -1
	chunked    bool
	http10     bool
	close      bool // Connection: close
	keepAlive  bool // Connection: keep-alive
	compressed coding
	// contentType is the number of the first field of that name, counting from
	// 1, or 0.
	contentType int
}

// coding is the content coding of an answer.
type coding uint8

const (
	codingNone coding = iota
	codingGzip
	codingDeflate // in the frame of zlib, as RFC 9110 §8.4.1.2 wants it
	codingBrotli
	codingZstd
	codingOther
)

// String returns its name as in Content-Encoding.
func (c coding) String() string {
	return [...]string{"identity", "gzip", "deflate", "br", "zstd", "other"}[c]
}

// codingOf reads a Content-Encoding.
func codingOf(value []byte) coding {
	switch {
	case len(value) == 0 || fold(value, "identity"):
		return codingNone
	case fold(value, "gzip") || fold(value, "x-gzip"):
		return codingGzip
	case fold(value, "deflate"):
		return codingDeflate
	case fold(value, "br"):
		return codingBrotli
	case fold(value, "zstd"):
		return codingZstd
	default: // several one upon the other too
		return codingOther
	}
}

// begin makes h ready for a head that is probably like one before; like may be
// nil.
func (h *head) begin(like *shape) {
	h.reset()
	h.like = like
}

// reset empties h. A large head does not stay in memory.
func (h *head) reset() {
	if cap(h.data) > 8<<10 {
		h.data = nil
	}
	*h = head{data: h.data[:0], fields: h.fields[:0], length: -1}
}

// read reads a whole head, which ends in an empty line (RFC 9112 §2, §4, §5), at
// the start of b and returns its length, or 0 when its end is not there yet;
// then b must hold the same bytes and more in the next call. It copies the head.
// It is stricter than the RFC asks of a client: what two readers could
// understand in two ways is refused.
func (h *head) read(b []byte) (int, error) {
	if h.seen > 0 {
		// The line was looked at before. Without its end there is nothing to do:
		// a head in tiny pieces must not cost its square.
		if bytes.IndexByte(b[h.seen:], '\n') < 0 {
			h.seen = len(b)
			return 0, nil
		}
		h.seen = 0
	}
	next := h.next
	if next == 0 {
		var err error
		if next, err = h.readStatus(b); next == 0 {
			h.seen = len(b)
			return 0, err
		}
	}
	for {
		from := next
		var err error
		if l := h.like.line(h.at); l != nil && starts(b[from:], l.text) {
			h.at++
			next, err = from+len(l.text), h.add(b, l.field.from(from), l.known)
		} else {
			next, err = h.readField(b, from)
		}
		switch {
		case err != nil:
			return 0, err
		case next == 0:
			h.next, h.seen = from, len(b)
			return 0, nil
		case next == from+2: // the empty line
			h.data = append(h.data, b[:next]...)
			return next, h.checkFraming()
		}
	}
}

// readStatus reads "HTTP/1.1 200 OK".
func (h *head) readStatus(b []byte) (int, error) {
	if s := h.like; s != nil && starts(b, s.statusLine) {
		h.status, h.http10 = s.status, s.http10
		return len(s.statusLine), nil
	}
	next, err := lineEnd(b, textLen(b))
	if next == 0 || err != nil {
		return 0, err
	}
	line := b[:next-2]
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[7] != '0' && line[7] != '1' || line[8] != ' ' {
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
	return next, nil
}

// readField reads a field, or the empty line at the end.
func (h *head) readField(b []byte, from int) (int, error) {
	colon, known, ok := h.likeName(b, from)
	if !ok {
		colon = from + nameLen(b[from:])
		switch {
		case colon == len(b):
			return 0, nil
		case b[colon] == ':' && colon > from:
			known = nameOf(b[from:colon])
		case b[colon] == '\r' && colon == from:
			return lineEnd(b, colon)
		case b[colon] == '\n':
			return 0, errBareLF
		case colon == from || b[colon] == '\r':
			return 0, errFoldedField
		default:
			return 0, errFieldName
		}
	}
	start := colon + 1
	for start < len(b) && isBlank(b[start]) {
		start++
	}
	end := start + textLen(b[start:])
	next, err := lineEnd(b, end)
	if next == 0 || err != nil {
		return 0, err
	}
	for end > start && isBlank(b[end-1]) {
		end--
	}
	return next, h.add(b, field{
		uint32(from), uint32(colon), uint32(start), uint32(end), // at most maxHead
	}, known)
}

// lineEnd checks that the text before end is followed by CR LF and returns the
// offset behind them, or 0 when they are not there yet.
func lineEnd(b []byte, end int) (int, error) {
	switch {
	case end < len(b) && b[end] == '\n':
		return 0, errBareLF
	case end < len(b) && b[end] != '\r':
		return 0, errControl
	case end+1 >= len(b):
		return 0, nil
	case b[end+1] != '\n':
		return 0, errBareLF
	}
	return end + 2, nil
}

// add adds a field and heeds it if it says how the body is framed.
func (h *head) add(b []byte, f field, known name) error {
	if len(h.fields) == maxFields {
		return errHeadFields
	}
	h.fields = append(h.fields, f)
	value := b[f.value:f.valueEnd]
	switch known {
	case nameOther:
	case nameConnection:
		h.close = h.close || listHas(value, "close")
		h.keepAlive = h.keepAlive || listHas(value, "keep-alive")
	case nameContentType:
		if h.contentType == 0 {
			h.contentType = len(h.fields)
		}
	case nameContentLength:
		return h.setLength(value)
	case nameContentEncoding:
		switch c := codingOf(value); {
		case c == codingNone:
		case h.compressed == codingNone:
			h.compressed = c
		default:
			h.compressed = codingOther
		}
	case nameTransferEncoding:
		if h.chunked || !fold(value, "chunked") {
			return errCoding
		}
		h.chunked = true
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
	if name == contentType {
		if h.contentType == 0 {
			return nil
		}
		return h.value(&h.fields[h.contentType-1])
	}
	for i := range h.fields {
		f := &h.fields[i]
		if int(f.nameEnd-f.name) == len(name) && equalFold(h.data[f.name:f.nameEnd], name) {
			return h.value(f)
		}
	}
	return nil
}

func (h *head) value(f *field) []byte { return h.data[f.value:f.valueEnd:f.valueEnd] }

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
