package abi

import (
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// Most hooks run for events of streams, and most of these are deltas of text. What
// is here reads and writes their frames without the messages between, which are as
// large as everything that an event could be: with many streams at once that memory
// is never in a cache.

// eventCall is an [UpstreamEventCall] that is written as [Translations.Event] makes
// it.
type eventCall struct {
	exchange, target int // sizes of these messages
	id               core.ID
	route, dialect   string
	operation        Operation
	stream, final    bool
	model            []byte // that the client asked for
	deployed         string // the deployment's
	name, data       []byte
	state            []byte
}

// idLen is the length of a [core.ID] as text.
const idLen = 36

// Event makes the frame of upstream_event.
func (t *Translations) Event(ex *core.Exchange, at *core.Attempt, name, data []byte, final bool) Frame {
	m := &t.event
	r := &ex.Request
	*m = eventCall{
		id: ex.ID, operation: OperationOf(r.Operation), stream: r.Stream, model: r.Model,
		name: name, data: data, final: final, state: at.Translation.State,
	}
	if ex.Route != nil {
		m.route = ex.Route.Name
	}
	if r.Dialect != nil {
		m.dialect = r.Dialect.Name()
	}
	if d := at.Deployment; d != nil {
		m.deployed = d.Model
	}
	m.exchange = 1 + sizeBytes(idLen) + sizeMember(len(m.route)) + sizeMember(len(m.dialect)) + sizeMember(len(m.model))
	if m.operation != 0 {
		m.exchange += 1 + sizeVarint(uint64(m.operation))
	}
	if m.stream {
		m.exchange += 2
	}
	m.target = sizeMember(len(m.deployed))
	return m
}

// Size returns the number of bytes that Append appends.
func (m *eventCall) Size() int {
	n := 1 + sizeBytes(m.exchange) + 1 + sizeBytes(m.target) + sizeMember(len(m.name)) + sizeMember(len(m.data)) + sizeMember(len(m.state))
	if m.final {
		n += 2
	}
	return n
}

// Append appends m to b.
func (m *eventCall) Append(b []byte) []byte {
	b = appendVarint(append(b, 0x0a), uint64(m.exchange))
	b = m.id.Append(append(b, 0x0a, idLen))
	b = appendMember(b, 0x12, m.route)
	if m.operation != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.operation))
	}
	b = appendMember(b, 0x22, m.dialect)
	if m.stream {
		b = append(b, 0x28, 1)
	}
	b = appendMember(b, 0x42, m.model)
	b = appendVarint(append(b, 0x12), uint64(m.target))
	b = appendMember(b, 0x22, m.deployed)
	b = appendMember(b, 0x1a, m.name)
	b = appendMember(b, 0x22, m.data)
	if m.final {
		b = append(b, 0x28, 1)
	}
	return appendMember(b, 0x32, m.state)
}

func sizeMember(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + sizeBytes(n)
}

func appendMember[T []byte | string](b []byte, tag byte, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return append(appendVarint(append(b, tag), uint64(len(v))), v...)
}

// ReadEvent appends the events of a reply of upstream_event to dst and keeps the
// new state. frame must live as long as they: they point into it. err is an
// [ErrBadFrame].
func (t *Translations) ReadEvent(frame []byte, tr *core.Translation, dst []core.Event) ([]core.Event, error) {
	if len(frame) == 0 {
		return dst, nil
	}
	if dst = grow(dst); readDelta(frame, &dst[len(dst)-1]) {
		return dst, nil
	}
	dst = dst[:len(dst)-1]
	m := &t.happened
	if err := m.Decode(frame); err != nil {
		return dst, err
	}
	for i := range m.Events {
		dst = grow(dst)
		if err := m.Events[i].into(&dst[len(dst)-1]); err != nil {
			return dst, err
		}
	}
	keepState(tr, m.HasState, m.State)
	return dst, nil
}

// readDelta reads a reply of one event, a delta that has nothing but text, with its
// fields in the order of their numbers. It returns false for any other, and for one
// that is bad, and leaves e as it is.
func readDelta(frame []byte, e *core.Event) bool {
	c := cursor{b: frame}
	if c.uint64() != 0x0a {
		return false
	}
	if event := c.take(c.uint64()); len(c.b) > 0 || c.fault != "" {
		return false
	} else if c.b = event; c.uint64() != 0x08 || c.uint64() != uint64(EventKindDelta) {
		return false
	}
	tag, block, choice := c.uint64(), uint64(0), uint64(0)
	if tag == 0x10 {
		block, tag = c.uint64(), c.uint64()
	}
	if tag == 0x18 {
		choice, tag = c.uint64(), c.uint64()
	}
	if tag != 0x22 || block >= maxBlocks || choice >= maxChoices {
		return false
	}
	part := c.take(c.uint64())
	if len(c.b) > 0 || c.fault != "" {
		return false
	}
	kind, text, ok := readTextPart(part)
	if !ok {
		return false
	}
	*e = core.Event{Kind: core.EventDelta, Block: int(block), Choice: int(choice)}
	p := &e.Part
	p.Kind, p.Msg, p.Choice, p.Origin, p.Role = kind, -1, int(choice), core.OriginUpstream, core.RoleAssistant
	p.SetText(text)
	return true
}

// readTextPart reads the part of a delta likewise.
func readTextPart(part []byte) (kind core.PartKind, text []byte, ok bool) {
	c := cursor{b: part}
	if c.uint64() != 0x10 {
		return 0, nil, false
	}
	k, tag := c.uint64(), c.uint64()
	if k < uint64(KindText) || k > uint64(KindRaw) {
		return 0, nil, false
	}
	if tag == 0x18 {
		if c.uint64() != uint64(RoleAssistant) {
			return 0, nil, false
		}
		tag = c.uint64()
	}
	if tag == 0x28 {
		if c.uint64() >= maxChoices {
			return 0, nil, false
		}
		tag = c.uint64()
	}
	if tag != 0x3a {
		return 0, nil, false
	}
	text = c.take(c.uint64())
	return core.PartKind(k - uint64(KindText)), text, len(c.b) == 0 && c.fault == "" && utf8.Valid(text)
}
