package stream

import "bytes"

// bom is the UTF-8 byte order mark that may begin a stream.
const bom = "\xEF\xBB\xBF"

func trimBOM(text []byte) []byte {
	if len(text) >= len(bom) && string(text[:len(bom)]) == bom {
		return text[len(bom):]
	}
	return text
}

// lineSource finds line ends. It remembers the next LF and the next CR, so
// that bytes with one kind of line end alone are searched for the other once.
type lineSource struct {
	b      []byte
	lf, cr int // the next of its kind, len(b) if none; stale when behind
}

func (l *lineSource) reset(b []byte) { *l = lineSource{b: b, lf: -1, cr: -1} }

// lineEnd returns the offset of the first LF or CR at or behind from, len(b)
// if there is none. It must not be asked for an earlier from than before.
func (l *lineSource) lineEnd(from int) int {
	if from < len(l.b) && l.b[from] == '\n' {
		return from // the blank line that every event has
	}
	if l.lf < from {
		l.lf = indexFrom(l.b, from, '\n')
	}
	if l.cr < from {
		l.cr = indexFrom(l.b, from, '\r')
	}
	return min(l.lf, l.cr)
}

func indexFrom(b []byte, from int, c byte) int {
	if i := bytes.IndexByte(b[from:], c); i >= 0 {
		return from + i
	}
	return len(b)
}

// addLines reads a block that lies in one piece. first tells that it is the
// first of its stream. It reports whether its last line lacks the line end.
func (e *Event) addLines(raw []byte, first bool) (cut bool) {
	return eachLine(raw, first, e.addLine)
}

// eachLine calls f with each line of a block that is not empty, without its
// line end, and with the offset where it ends. A block has no empty line but
// its last, so the two halves of a CRLF need no care here.
func eachLine(raw []byte, first bool, f func(text []byte, end int)) (cut bool) {
	var src lineSource
	src.reset(raw)
	for line := 0; line < len(raw); {
		end := src.lineEnd(line)
		text := raw[line:end]
		if first && line == 0 {
			text = trimBOM(text)
		}
		if len(text) > 0 {
			f(text, end)
		}
		cut = end == len(raw)
		line = end + 1
	}
	return cut
}

// addLine reads one line: not empty, without its line end, which is at the
// offset end of the block.
func (e *Event) addLine(text []byte, end int) {
	kind, value := splitLine(text)
	e.Lines |= kind
	switch kind {
	case LineData:
		e.Data, e.DataAt = value, end-len(value)
		e.dataLines++
	case LineEvent:
		e.Name = value
	case LineID, LineRetry, LineComment, LineOther: // noted in Lines, and that is all
	}
}

// joinData sets ev.Data to its data lines joined with LF.
func (s *SSE) joinData(ev *Event) {
	if s.join == nil {
		s.join = s.Buffers.get()
	}
	// Earlier events of this feed lie in the same buffer. Where it has to
	// grow they keep the old memory.
	s.join.reserve(len(ev.Raw), len(s.join.b)+len(ev.Raw))
	at, joined := len(s.join.b), s.join.b
	eachLine(ev.Raw, !s.begun, func(text []byte, _ int) {
		if kind, value := splitLine(text); kind == LineData {
			joined = append(append(joined, value...), '\n')
		}
	})
	s.join.b = joined
	end := len(joined) - 1 // the LF after the last line is not data
	ev.Data, ev.DataAt = joined[at:end:end], -1
}

// splitLine tells the kind of a line that is not empty, and the value of its
// field.
func splitLine(text []byte) (Lines, []byte) {
	const data = "data:"
	if len(text) >= len(data) && string(text[:len(data)]) == data {
		return LineData, fieldValue(text[len(data):])
	}
	name, value := text, text[len(text):]
	if colon := bytes.IndexByte(text, ':'); colon >= 0 {
		name, value = text[:colon], fieldValue(text[colon+1:])
	}
	switch string(name) {
	case "":
		return LineComment, value
	case "data":
		return LineData, value
	case "event":
		return LineEvent, value
	case "id":
		return LineID, value
	case "retry":
		return LineRetry, value
	default:
		return LineOther, value
	}
}

// fieldValue drops the one space that may follow the colon of a field.
func fieldValue(v []byte) []byte {
	if len(v) > 0 && v[0] == ' ' {
		v = v[1:]
	}
	return v[:len(v):len(v)]
}
