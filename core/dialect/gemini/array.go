package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
)

// ShapeStream returns an [Array] for a client that wants its stream as one JSON
// array, element by element, as streamGenerateContent gives it without alt=sse in
// the query.
func (Dialect) ShapeStream(ex *core.Exchange) core.StreamShape {
	if !parse(ex.Request.Path).stream {
		return nil
	}
	alt := queryValue(ex.Request.Query, "alt")
	if alt == nil {
		alt = queryValue(ex.Request.Query, "$alt") // the same, by Google's rules
	}
	if bytes.EqualFold(alt, []byte("sse")) {
		return nil
	}
	return &Array{}
}

// ContentType returns "application/json".
func (*Array) ContentType() string { return "application/json" }

// Array turns a stream of server-sent events into a JSON array. The zero value is
// ready for one stream.
type Array struct{ begun bool }

// Append appends what events become; they must be whole and may be any number, as
// the gateway writes them. Comments and events without data become nothing.
func (a *Array) Append(dst, events []byte) []byte {
	var data, joined []byte
	for len(events) > 0 {
		var line []byte
		line, events = cutLine(events)
		rest, ok := bytes.CutPrefix(line, []byte("data:"))
		switch rest = bytes.TrimPrefix(rest, []byte(" ")); {
		case len(line) == 0:
			dst = a.element(dst, data)
			data, joined = nil, joined[:0]
		case ok && data != nil: // the lines of one event are joined
			if len(joined) == 0 {
				joined = append(joined, data...)
			}
			joined = append(append(joined, '\n'), rest...)
			data = joined
		case ok:
			data = rest
		}
	}
	return a.element(dst, data)
}

// cutLine cuts a line off, which ends with CR, LF or both.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if b[i] == '\r' {
		rest = bytes.TrimPrefix(rest, []byte("\n"))
	}
	return line, rest
}

func (a *Array) element(dst, data []byte) []byte {
	if len(bytes.TrimSpace(data)) == 0 {
		return dst
	}
	sep := "["
	if a.begun {
		sep = ",\r\n"
	}
	a.begun = true
	return append(append(dst, sep...), data...)
}

// AppendEnd appends what ends the array, also after an error: that is an element
// like any other.
func (a *Array) AppendEnd(dst []byte) []byte {
	if !a.begun {
		dst = append(dst, '[')
	}
	a.begun = false
	return append(dst, ']')
}
