package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Message is one message of an event stream. Its slices are read-only and as
// valid as those of an Event.
type Message struct {
	// Type is the header ":message-type": "event", "exception" or "error".
	Type []byte
	// Name is ":event-type", ":exception-type" or ":error-code", whichever the
	// type has.
	Name []byte
	// Data is the payload.
	Data []byte
}

// ErrFrame is what errors.Is finds in the error of an EventStream that met a
// message which is not well formed.
var ErrFrame = errors.New("stream: bad event stream message")

// The parts of a message's frame, in bytes.
const (
	preludeSize = 12 // length of all, length of the headers, CRC of both
	trailerSize = 4  // CRC of all before it
)

// EventStream splits the binary framing "application/vnd.amazon.eventstream"
// (https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html) into
// messages. Both checksums are verified. Use and rules are those of SSE: Feed,
// Next until it reports false, Finish at the end of input. The zero value is
// ready for use.
type EventStream struct {
	// MaxEvent is the most bytes a message may have, frame included; 0 or less
	// means DefaultMaxEvent.
	MaxEvent int
	// Buffers is where buffers for unfinished messages come from; nil means the
	// heap.
	Buffers *Buffers

	in      []byte
	pos     int
	carry   *buffer
	partial bool // carry holds an unfinished message
	err     error
}

// Feed gives s the bytes of one read; see SSE.Feed.
func (s *EventStream) Feed(p []byte) {
	if s.pos < len(s.in) {
		s.fail(errNotDrained)
	}
	if s.err == nil {
		s.in, s.pos = p, 0
	}
}

// Next sets *m to the next whole message and reports true; see SSE.Next.
func (s *EventStream) Next(m *Message) bool {
	if s.partial {
		return s.nextCarried(m)
	}
	rest := s.in[s.pos:]
	size, ok := s.size(rest)
	switch {
	case s.err != nil || len(rest) == 0:
		s.drain()
		return false
	case !ok || size > len(rest):
		s.stow(rest)
		return false
	}
	s.pos += size
	return s.read(rest[:size:size], m)
}

// nextCarried finishes the message that an earlier read began.
func (s *EventStream) nextCarried(m *Message) bool {
	for {
		want, ok := s.size(s.carry.b)
		if s.err != nil {
			return false
		}
		if !ok {
			want = preludeSize
		}
		n := min(want-len(s.carry.b), len(s.in)-s.pos)
		s.carry.add(s.in[s.pos:s.pos+n], limitOr(s.MaxEvent))
		s.pos += n
		switch {
		case len(s.carry.b) < want:
			s.drain()
			return false
		case ok:
			s.partial = false
			return s.read(s.carry.b[:want:want], m)
		}
	}
}

// size returns the length of the message that b begins with, once its prelude is
// there.
func (s *EventStream) size(b []byte) (int, bool) {
	if len(b) < preludeSize {
		return 0, false
	}
	all, headers := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	switch limit := limitOr(s.MaxEvent); {
	case crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]):
		s.fail(fmt.Errorf("%w: the checksum of its prelude is wrong", ErrFrame))
	case all > int64(limit):
		s.fail(&EventTooLargeError{Limit: limit})
	case all < preludeSize+trailerSize+headers:
		s.fail(fmt.Errorf("%w: %d bytes of headers do not fit into a message of %d", ErrFrame, headers, all))
	default:
		return int(all), true
	}
	return 0, false
}

// read sets *m to the message in b, which is a whole one.
func (s *EventStream) read(b []byte, m *Message) bool {
	body := len(b) - trailerSize
	if crc32.ChecksumIEEE(b[:body]) != binary.BigEndian.Uint32(b[body:]) {
		s.fail(fmt.Errorf("%w: its checksum is wrong", ErrFrame))
		return false
	}
	headers := preludeSize + int(binary.BigEndian.Uint32(b[4:]))
	*m = Message{Data: b[headers:body:body]}
	if !m.readHeaders(b[preludeSize:headers]) {
		s.fail(fmt.Errorf("%w: its headers cannot be read", ErrFrame))
		return false
	}
	return true
}

// readHeaders takes from h what a message needs. It reports false where h is not
// well formed.
func (m *Message) readHeaders(h []byte) bool {
	for len(h) > 0 {
		n := int(h[0])
		if len(h) < 2+n {
			return false
		}
		name, kind := h[1:1+n], h[1+n]
		value, rest, ok := headerValue(kind, h[2+n:])
		if !ok {
			return false
		}
		h = rest
		switch string(name) {
		case ":message-type":
			m.Type = value
		case ":event-type", ":exception-type", ":error-code":
			m.Name = value
		}
	}
	return true
}

// headerString is the kind of a header's value that is text.
const headerString = 7

// headerSizes are the sizes in bytes of header values by their kind: true, false,
// byte, int16, int32, int64, bytes, text, time, UUID. -1 stands for a length of
// 16 bits in front.
var headerSizes = [...]int{0, 0, 1, 2, 4, 8, -1, -1, 8, 16}

// headerValue cuts the value of a header off b. Only text is returned.
func headerValue(kind byte, b []byte) (value, rest []byte, ok bool) {
	if int(kind) >= len(headerSizes) {
		return nil, nil, false
	}
	n := headerSizes[kind]
	if n < 0 {
		if len(b) < 2 {
			return nil, nil, false
		}
		n, b = int(binary.BigEndian.Uint16(b)), b[2:]
	}
	if len(b) < n {
		return nil, nil, false
	}
	if kind == headerString {
		value = b[:n:n]
	}
	return value, b[n:], true
}

// stow keeps rest, the beginning of a message, and ends the feed.
func (s *EventStream) stow(rest []byte) {
	if s.carry == nil {
		s.carry = s.Buffers.get()
	}
	s.carry.b = s.carry.b[:0]
	s.carry.add(rest, limitOr(s.MaxEvent))
	s.partial = true
	s.drain()
}

// drain ends a feed: no message of it is valid any more.
func (s *EventStream) drain() {
	s.in, s.pos = nil, 0
	if s.carry != nil && !s.partial {
		s.Buffers.put(s.carry)
		s.carry = nil
	}
}

func (s *EventStream) fail(err error) {
	s.err = err
	s.partial = false
	s.drain()
}

// Err returns what ended the stream early, else nil: an *EventTooLargeError, or
// one that is ErrFrame.
func (s *EventStream) Err() error { return s.err }

// Finish tells how the stream ended: TailNone or TailCut.
func (s *EventStream) Finish() Tail {
	if s.pos < len(s.in) {
		s.fail(errNotDrained)
	}
	if s.partial {
		return TailCut
	}
	return TailNone
}

// Reset makes s ready for another stream and gives its buffer back. MaxEvent
// and Buffers stay.
func (s *EventStream) Reset() {
	s.partial = false
	s.drain()
	*s = EventStream{MaxEvent: s.MaxEvent, Buffers: s.Buffers}
}
