package upstream

// shape is what a host remembers of one answer's head: later ones of its kind
// have the same fields in the same order, and many the same values. Text that is
// equal to text which was checked before need not be looked at byte by byte
// again. It is immutable.
type shape struct {
	statusLine string // with its end
	status     int
	http10     bool
	lines      []shapeLine
}

// shapeLine is one field.
type shapeLine struct {
	text  string // the whole line
	name  string // the beginning of text, up to and with the colon
	field field  // as offsets into text
	known name
}

// Bounds of what is remembered, which others choose.
const (
	maxShape      = 8 << 10 // bytes
	maxShapeLines = 64
)

// newShape remembers a head that was read, or returns nil when it should not.
func newShape(h *head) *shape {
	n := len(h.fields)
	if h.status != 200 || len(h.data) > maxShape || n == 0 || n > maxShapeLines {
		return nil
	}
	text := string(h.data)
	s := &shape{statusLine: text[:h.fields[0].name], status: h.status, http10: h.http10}
	for i, f := range h.fields {
		end := len(text) - 2
		if i+1 < n {
			end = int(h.fields[i+1].name)
		}
		line := text[f.name:end]
		at := f.name
		f = field{0, f.nameEnd - at, f.value - at, f.valueEnd - at}
		s.lines = append(s.lines, shapeLine{line, line[:f.nameEnd+1], f, nameOf(h.data[at : at+f.nameEnd])})
	}
	return s
}

// line returns the i-th field, or nil. s may be nil.
func (s *shape) line(i int) *shapeLine {
	if s == nil || i >= len(s.lines) {
		return nil
	}
	return &s.lines[i]
}

// likeName looks for the name of the field that starts at from among those that
// may come next. It returns the offset of the colon.
func (h *head) likeName(b []byte, from int) (colon int, known name, ok bool) {
	if h.like == nil {
		return 0, 0, false
	}
	for i := h.at; i < len(h.like.lines); i++ {
		if l := &h.like.lines[i]; starts(b[from:], l.name) {
			h.at = i + 1
			return from + len(l.name) - 1, l.known, true
		}
	}
	return 0, 0, false
}

func starts(b []byte, with string) bool { return len(b) >= len(with) && string(b[:len(with)]) == with }

// name is a field name that means something to us.
type name uint8

const (
	nameOther name = iota
	nameConnection
	nameContentType
	nameContentLength
	nameContentEncoding
	nameTransferEncoding
)

// nameOf returns what the name means, which is a token.
func nameOf(b []byte) name {
	switch {
	case fold(b, "connection"):
		return nameConnection
	case fold(b, "content-type"):
		return nameContentType
	case fold(b, "content-length"):
		return nameContentLength
	case fold(b, "content-encoding"):
		return nameContentEncoding
	case fold(b, "transfer-encoding"):
		return nameTransferEncoding
	default:
		return nameOther
	}
}
