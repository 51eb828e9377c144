package stream

import (
	"errors"
	"fmt"
	"sync"
)

const (
	// DefaultMaxEvent is the limit on one event where none is set: 16 MiB,
	// room for an image in base64.
	DefaultMaxEvent = 16 << 20

	// minCarry is what a new carry buffer holds: several chat chunks.
	minCarry = 2 << 10
	// maxPooled is the largest buffer that goes back to a pool. One huge event
	// must not leave its buffer behind for thousands of small ones.
	maxPooled = 256 << 10
)

// ErrEventTooLarge is what errors.Is finds in the error of a splitter that met
// an event over its limit. The error itself is an *EventTooLargeError.
var ErrEventTooLarge = errors.New("stream: event too large")

// errNotDrained is a mistake of the calling code: the bytes that Next had not
// reached may be overwritten already, so the stream cannot go on.
var errNotDrained = errors.New("stream: Feed or Finish called before Next returned false")

// EventTooLargeError tells which limit an event broke. It matches
// ErrEventTooLarge.
type EventTooLargeError struct {
	Limit int // bytes; the MaxEvent in force
}

// Error implements error.
func (e *EventTooLargeError) Error() string {
	return fmt.Sprintf("stream: event larger than the limit of %d bytes (MaxEvent)", e.Limit)
}

// Is makes errors.Is(err, ErrEventTooLarge) hold.
func (e *EventTooLargeError) Is(target error) bool { return target == ErrEventTooLarge }

// Tail tells how a stream ended.
type Tail uint8

// The ways a stream can end.
const (
	// TailNone: on an event border; nothing is left.
	TailNone Tail = iota
	// TailOpen: after a whole line, but without the blank line that ends an
	// SSE event. The format says to discard such an event; some upstreams end
	// like this after their last one, so the dialect decides.
	TailOpen
	// TailCut: inside a line.
	TailCut
)

// String returns the name of t for messages and tests.
func (t Tail) String() string {
	switch t {
	case TailNone:
		return "none"
	case TailOpen:
		return "open"
	case TailCut:
		return "cut"
	default:
		return fmt.Sprintf("Tail(%d)", uint8(t))
	}
}

// Buffers is a pool of buffers for unfinished events, shared by any number of
// splitters on any number of goroutines. The zero value is ready. It must not
// be copied. Buffers that grew over 256 KiB are not kept.
type Buffers struct {
	pool sync.Pool // of *buffer
}

type buffer struct {
	b []byte
}

// get returns an empty buffer. A nil pool hands out new ones.
func (p *Buffers) get() *buffer {
	if p != nil {
		if b, ok := p.pool.Get().(*buffer); ok {
			return b
		}
	}
	return &buffer{b: make([]byte, 0, minCarry)}
}

// put takes b back; nil is allowed.
func (p *Buffers) put(b *buffer) {
	if p == nil || b == nil || cap(b.b) > maxPooled {
		return
	}
	b.b = b.b[:0]
	p.pool.Put(b)
}

// add appends src; limit as in reserve.
func (b *buffer) add(src []byte, limit int) {
	b.reserve(len(src), limit)
	b.b = append(b.b, src...)
}

// reserve makes room for n more bytes. It doubles the buffer, but not beyond
// limit bytes while that is enough: an event close to the limit must not cost
// twice the limit.
func (b *buffer) reserve(n, limit int) {
	need := len(b.b) + n
	if need <= cap(b.b) {
		return
	}
	grown := make([]byte, len(b.b), max(need, min(2*cap(b.b), limit)))
	copy(grown, b.b)
	b.b = grown
}

// limitOr is the limit in force for a field that may be unset.
func limitOr(set int) int {
	if set <= 0 {
		return DefaultMaxEvent
	}
	return set
}
