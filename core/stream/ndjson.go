package stream

import "bytes"

// Line is one line of a newline-delimited JSON stream. Its slices are
// read-only and as valid as those of an Event.
type Line struct {
	// Raw is the line as it arrived, line end included.
	Raw []byte
	// Data is Raw without its LF or CRLF. It is empty for an empty line,
	// which readers may skip; it is not checked to be JSON.
	Data []byte
	// End is the offset just behind this line in the fed bytes. The bytes of
	// a line that is not Carried begin at the End of the one before.
	End int
	// Carried says that the line began in an earlier read, so that Raw lies
	// in a buffer of the splitter and not in the fed bytes.
	Carried bool
}

// NDJSON splits newline-delimited JSON (github.com/ndjson/ndjson-spec) into
// lines. They end with LF; a CR before it is white space of JSON and left out
// of Data. Use and rules are those of SSE: Feed, Next until it reports false,
// Finish at the end of input. The zero value is ready for use.
type NDJSON struct {
	// MaxEvent is the most bytes a line may have before its LF; 0 or less
	// means DefaultMaxEvent.
	MaxEvent int
	// Buffers is where buffers for unfinished lines come from, taken when
	// needed and given back when no line is unfinished; nil means the heap.
	Buffers *Buffers

	in      []byte
	pos     int
	carry   *buffer // the unfinished line, or the one made of it in this feed
	partial bool    // carry holds an unfinished line
	err     error
}

// Feed gives s the bytes of one read; see SSE.Feed.
func (s *NDJSON) Feed(p []byte) {
	if s.pos < len(s.in) {
		s.fail(errNotDrained)
	}
	if s.err != nil {
		return
	}
	s.in, s.pos = p, 0
}

// Next sets *ln to the next whole line and reports true; see SSE.Next.
func (s *NDJSON) Next(ln *Line) bool {
	if s.pos >= len(s.in) {
		s.drain()
		return false
	}
	limit, rest, held := limitOr(s.MaxEvent), s.in[s.pos:], 0
	if s.partial {
		held = len(s.carry.b)
	}
	size := bytes.IndexByte(rest, '\n')
	whole := size >= 0
	if !whole {
		size = len(rest)
	}
	if held+size > limit {
		s.fail(&EventTooLargeError{Limit: limit})
		return false
	}
	if !whole {
		s.stow(rest, held, limit)
		return false
	}

	raw := rest[: size+1 : size+1]
	s.pos += size + 1
	*ln = Line{Raw: raw, End: s.pos}
	if s.partial {
		s.carry.add(raw, limit)
		s.partial = false
		ln.Raw, ln.Carried = s.carry.b[:len(s.carry.b):len(s.carry.b)], true
	}
	ln.Data = trimCR(ln.Raw[:len(ln.Raw)-1])
	return true
}

// stow keeps rest, a part of an unfinished line, behind the held bytes of it
// and ends the feed.
func (s *NDJSON) stow(rest []byte, held, limit int) {
	if s.carry == nil {
		s.carry = s.Buffers.get()
	}
	// Without partial the buffer holds a line given in this feed.
	s.carry.b = s.carry.b[:held]
	s.carry.add(rest, limit)
	s.partial = true
	s.drain()
}

// drain ends a feed: no line of it is valid any more.
func (s *NDJSON) drain() {
	s.in, s.pos = nil, 0
	if s.carry != nil && !s.partial {
		s.Buffers.put(s.carry)
		s.carry = nil
	}
}

// fail ends the stream with err.
func (s *NDJSON) fail(err error) {
	s.err = err
	s.partial = false
	s.drain()
}

// Err returns what ended the stream early, else nil; see SSE.Err.
func (s *NDJSON) Err() error { return s.err }

// Finish tells how the stream ended, to be asked once the input is at its end
// and Next has returned false: with TailNone, or with TailCut and in *ln what
// follows the last LF, valid until Reset. Some writers leave out the last LF:
// where Data is one whole JSON value the dialect may take it as such, else it
// must not be forwarded.
func (s *NDJSON) Finish(ln *Line) Tail {
	*ln = Line{}
	if s.pos < len(s.in) {
		s.fail(errNotDrained)
	}
	if !s.partial {
		return TailNone
	}
	raw := s.carry.b[:len(s.carry.b):len(s.carry.b)]
	*ln = Line{Raw: raw, Data: trimCR(raw), Carried: true}
	return TailCut
}

// Reset makes s ready for another stream and gives its buffer back. MaxEvent
// and Buffers stay.
func (s *NDJSON) Reset() {
	s.partial = false
	s.drain()
	*s = NDJSON{MaxEvent: s.MaxEvent, Buffers: s.Buffers}
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[: n-1 : n-1]
	}
	return line[:len(line):len(line)]
}
