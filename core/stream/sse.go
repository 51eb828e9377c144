package stream

// Lines tells which kinds of line an event is made of: a set of Line bits.
type Lines uint8

// The kinds of line of the event stream format.
const (
	LineData    Lines = 1 << iota // a data field
	LineEvent                     // an event field
	LineID                        // an id field
	LineRetry                     // a retry field
	LineComment                   // a comment: a line that begins with a colon
	LineOther                     // a field the format does not know; readers ignore it
)

// Event is one block of a server-sent event stream: its lines up to and with
// the blank line that ends it.
//
// The slices are read-only. They are valid until Next returns false, and those
// of an event that was not Carried as long as the fed bytes stay unchanged.
// Bytes are not checked to be UTF-8.
type Event struct {
	// Raw is the whole block as it arrived, blank line and, on the first
	// block of a stream, byte order mark included.
	Raw []byte
	// Name is the value of the last event field; empty if there is none,
	// which readers take as "message".
	Name []byte
	// Data is the value of the data field, inside Raw; several are joined
	// with LF in a buffer of the splitter. It can be empty in an event that
	// has a data field: ask IsMessage.
	Data []byte
	// DataAt is the offset of Data in Raw, for edits that keep the bytes
	// around it; -1 if there is no data field or more than one.
	DataAt int
	// End is the offset just behind this event in the fed bytes. The bytes
	// of an event that is not Carried begin at the End of the one before.
	End int
	// Lines is the set of line kinds in the block.
	Lines Lines
	// Carried says that the event began in an earlier read, so that Raw lies
	// in a buffer of the splitter and not in the fed bytes.
	Carried bool

	dataLines int
}

// IsMessage reports whether a reader of the stream would be given this event:
// whether it has a data field, be its value empty.
func (e *Event) IsMessage() bool { return e.Lines&LineData != 0 }

// CommentOnly reports whether the block has comments and nothing else, as
// keep-alive signs have.
func (e *Event) CommentOnly() bool { return e.Lines == LineComment }

// Empty reports whether the block is a blank line alone: a surplus one, or the
// LF of a CRLF whose CR ended the event of an earlier read.
func (e *Event) Empty() bool { return e.Lines == 0 }

// SSE splits a server-sent event stream into events, following the WHATWG HTML
// Living Standard, section 9.2 "Server-sent events": lines end with LF, CR or
// CRLF, mixed as they come; one byte order mark at the very start is skipped;
// one space after the colon of a field is not part of its value.
//
// An event is given as soon as its blank line is known. A CR is enough for
// that; the LF that may follow in the next read then comes as an Empty event.
//
// The zero value is ready for use. An SSE serves one stream at a time and one
// goroutine at a time. It allocates nothing while Buffers has a buffer that
// fits the unfinished event.
type SSE struct {
	// MaxEvent is the most bytes that one event may have before its blank
	// line; 0 or less means DefaultMaxEvent.
	MaxEvent int
	// Buffers is where buffers for unfinished events come from, taken when
	// needed and given back when no event is unfinished; nil means the heap.
	Buffers *Buffers

	src   lineSource
	pos   int     // where the next block begins in src
	carry *buffer // the unfinished block, or the one made of it in this feed
	join  *buffer // joined data lines of this feed
	err   error

	begun   bool // the first block is complete: no byte order mark from now on
	partial bool // carry holds an unfinished block
	atLine  bool // the unfinished block ends on a line border
	skipLF  bool // the last byte fed was a CR that ended a line
}

// Feed gives s the bytes of one read, of any length. They must stay unchanged
// until Next has returned false, and Next must have returned false for those
// of the last Feed, else Err reports it and the stream is over.
func (s *SSE) Feed(p []byte) {
	if s.pos < len(s.src.b) {
		s.fail(errNotDrained)
	}
	if s.err != nil {
		return
	}
	s.src.reset(p)
	s.pos = 0
}

// Next sets *ev to the next whole event and reports true. It reports false
// when all whole events of the fed bytes were given, or on an error: see Err.
// It then has copied what it needs of the fed bytes and forgotten them, and
// *ev is not to be used.
func (s *SSE) Next(ev *Event) bool {
	b := s.src.b
	if s.pos >= len(b) {
		s.drain()
		return false
	}
	if s.skipLF {
		// A CR was the last byte of the feed before, so this is the first.
		s.skipLF = false
		if b[0] == '\n' {
			s.pos = 1
			if !s.partial {
				*ev = Event{Raw: b[:1:1], DataAt: -1, End: 1}
				return true
			}
		}
	}
	if s.partial {
		return s.nextCarried(ev)
	}

	start, line := s.pos, s.pos
	*ev = Event{DataAt: -1}
	for {
		end := s.src.lineEnd(line)
		if end == len(b) {
			s.stow(b[start:], line == len(b))
			return false
		}
		text := b[line:end]
		if !s.begun && line == start {
			text = trimBOM(text)
		}
		line = s.nextLine(end)
		if len(text) == 0 {
			ev.Raw = b[start:line:line]
			return s.give(ev, end-start, line)
		}
		ev.addLine(text, end-start)
	}
}

// nextCarried looks for the end of the unfinished block in the fed bytes. The
// lines are read when the block is whole.
func (s *SSE) nextCarried(ev *Event) bool {
	b, held := s.src.b, len(s.carry.b)
	line, atLine := s.pos, s.atLine
	for {
		end := s.src.lineEnd(line)
		if end == len(b) {
			s.stow(b, line == len(b))
			return false
		}
		blank := atLine && end == line || !s.begun && s.isBOM(b[:end])
		line, atLine = s.nextLine(end), true
		if !blank {
			continue
		}
		s.carry.add(b[:line], limitOr(s.MaxEvent))
		s.partial = false
		raw := s.carry.b
		*ev = Event{Raw: raw[:len(raw):len(raw)], DataAt: -1, Carried: true}
		ev.addLines(raw, !s.begun)
		return s.give(ev, held+end, line)
	}
}

// give finishes ev, whose blank line begins size bytes into its block and ends
// before end in the fed bytes.
func (s *SSE) give(ev *Event, size, end int) bool {
	if limit := limitOr(s.MaxEvent); size > limit {
		*ev = Event{DataAt: -1}
		s.fail(&EventTooLargeError{Limit: limit})
		return false
	}
	if ev.dataLines > 1 {
		s.joinData(ev)
	}
	ev.End = end
	s.pos = end
	s.begun = true
	return true
}

// nextLine returns where the line after the one that ends at end begins.
func (s *SSE) nextLine(end int) int {
	b := s.src.b
	if b[end] == '\r' {
		if end+1 == len(b) {
			s.skipLF = true
		} else if b[end+1] == '\n' {
			return end + 2
		}
	}
	return end + 1
}

// stow keeps rest, the fed bytes that belong to an unfinished block, and ends
// the feed. atLine tells whether they end on a line border.
func (s *SSE) stow(rest []byte, atLine bool) {
	limit := limitOr(s.MaxEvent)
	held := 0
	if s.partial {
		held = len(s.carry.b)
	}
	if held+len(rest) > limit {
		s.fail(&EventTooLargeError{Limit: limit})
		return
	}
	if s.carry == nil {
		s.carry = s.Buffers.get()
	}
	// Without partial the buffer holds an event given in this feed.
	s.carry.b = s.carry.b[:held]
	s.carry.add(rest, limit)
	s.partial, s.atLine = true, atLine
	s.drain()
}

// isBOM reports whether the unfinished block and more are a byte order mark and
// nothing else.
func (s *SSE) isBOM(more []byte) bool {
	held := s.carry.b
	return len(held)+len(more) == len(bom) && string(held)+string(more) == bom
}

// drain ends a feed: no event of it is valid any more.
func (s *SSE) drain() {
	s.src.reset(nil)
	s.pos = 0
	if s.join != nil {
		s.Buffers.put(s.join)
		s.join = nil
	}
	if s.carry != nil && !s.partial {
		s.Buffers.put(s.carry)
		s.carry = nil
	}
}

// fail ends the stream with err.
func (s *SSE) fail(err error) {
	s.err = err
	s.partial = false
	s.drain()
}

// Err returns what ended the stream early, else nil: an *EventTooLargeError
// for an event over MaxEvent. Events before it were given as usual.
func (s *SSE) Err() error { return s.err }

// Finish tells how the stream ended, to be asked once the input is at its end
// and Next has returned false. With TailOpen and TailCut *ev is what was left
// of the last event: Raw is never to be forwarded, since a cut stream must not
// look finished; Name and Data are read as if the block were whole, so that a
// dialect can recognise its end mark in "data: [DONE]" without a blank line.
// With TailNone *ev is zero. The slices are valid until Reset.
func (s *SSE) Finish(ev *Event) Tail {
	*ev = Event{DataAt: -1}
	if s.pos < len(s.src.b) {
		s.fail(errNotDrained)
	}
	if !s.partial || !s.begun && s.isBOM(nil) {
		return TailNone
	}
	raw := s.carry.b
	ev.Raw, ev.Carried = raw[:len(raw):len(raw)], true
	cut := ev.addLines(raw, !s.begun)
	if ev.dataLines > 1 {
		s.joinData(ev)
	}
	if cut {
		return TailCut
	}
	return TailOpen
}

// Reset makes s ready for another stream and gives its buffers back. MaxEvent
// and Buffers stay.
func (s *SSE) Reset() {
	s.partial = false
	s.drain()
	*s = SSE{MaxEvent: s.MaxEvent, Buffers: s.Buffers}
}
