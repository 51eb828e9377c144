package core

import (
	"bytes"
	"net"
)

// EdgeFilter is an [Instance] that works at the edge, on requests and answers as
// they are on the wire: before anything of a request is parsed, and after its
// answer was written. It is no guardrail. It is safe for concurrent use.
type EdgeFilter interface {
	Instance
	// Buffers tells whether the filter wants every answer collected, which it says
	// when it starts. It may also ask for single ones: [EdgeMessage].Buffer.
	Buffers() bool
	// Request shows the filter a request. The turn that it returns is closed once,
	// whatever happens. On error there is none, and m may be changed.
	Request(m *EdgeMessage) (EdgeTurn, error)
}

// EdgeTurn is a filter's part in one exchange. One goroutine uses it.
type EdgeTurn interface {
	// Next tells whether the request goes on. If not, m holds the filter's own
	// answer.
	Next() bool
	// Waits tells whether the filter must be shown the answer; if not, nothing calls
	// Answer.
	Waits() bool
	// Answer shows the filter the answer to a request that went on. failed tells
	// that it is an error of the host's own. Only where m.Buffer is true may the
	// filter change it.
	Answer(m *EdgeMessage, failed bool) error
	Close()
}

// EdgeField is one header field, its name in the case of the wire.
type EdgeField struct{ Name, Value []byte }

// EdgeFields is an ordered list of header fields. Names are compared without
// their case. It keeps the slices that it is given.
type EdgeFields []EdgeField

// Get returns the value of the first field of that name, or nil.
func (f EdgeFields) Get(name []byte) []byte {
	for i := range f {
		if bytes.EqualFold(f[i].Name, name) {
			return f[i].Value
		}
	}
	return nil
}

// Has tells whether there is a field of that name.
func (f EdgeFields) Has(name []byte) bool {
	for i := range f {
		if bytes.EqualFold(f[i].Name, name) {
			return true
		}
	}
	return false
}

// Add adds a field behind all others.
func (f *EdgeFields) Add(name, value []byte) { *f = append(*f, EdgeField{name, value}) }

// Set gives the first field of that name the value and removes the others. Where
// there is none it adds one.
func (f *EdgeFields) Set(name, value []byte) {
	out, done := (*f)[:0], false
	for _, e := range *f {
		switch {
		case !bytes.EqualFold(e.Name, name):
			out = append(out, e)
		case !done:
			out, done = append(out, EdgeField{e.Name, value}), true
		}
	}
	if *f = out; !done {
		f.Add(name, value)
	}
}

// Remove removes all fields of that name and tells whether there were any.
func (f *EdgeFields) Remove(name []byte) bool {
	out := (*f)[:0]
	for _, e := range *f {
		if !bytes.EqualFold(e.Name, name) {
			out = append(out, e)
		}
	}
	removed := len(out) < len(*f)
	*f = out
	return removed
}

// EdgeMessage is a request and its answer as edge filters see and change them.
// Everything in it is valid until Reset. What a filter leaves in it is a copy, see
// [EdgeMessage.Keep].
type EdgeMessage struct {
	Method []byte
	// URI is the request target, escaped path and query; it begins with a slash.
	URI      []byte
	Protocol string   // e.g. "HTTP/1.1"
	Source   net.Addr // the client; nil where nobody knows
	Fields   EdgeFields
	Trailers EdgeFields
	// Body is the whole body of the request.
	Body []byte
	// Changed is true when a filter changed something of the request, BodyChanged
	// when that was, among others, its body.
	Changed, BodyChanged bool

	// Status is the answer's; 0 while there is none. Before the request went on,
	// AnswerFields are those that filters want the answer to have beside its own.
	Status         int
	AnswerFields   EdgeFields
	AnswerTrailers EdgeFields
	AnswerBody     []byte // of a collected answer, or a filter's own

	// Buffer is set by a filter that wants to change the answer: it is collected.
	Buffer bool
	// CanTrail tells that whoever carries the message carries trailers as well.
	CanTrail bool
	// MaxBody and MaxAnswer bound the bodies that filters write, in bytes.
	MaxBody, MaxAnswer int

	memory Arena
}

// Keep copies b into the message's memory.
func (m *EdgeMessage) Keep(b []byte) []byte { return append(m.memory.Alloc(len(b))[:0], b...) }

// Restore makes m what it was when it was copied to was, with lists of its own.
func (m *EdgeMessage) Restore(was *EdgeMessage) {
	memory := m.memory
	*m = *was
	m.memory = memory
}

// Reset empties m and keeps its memory.
func (m *EdgeMessage) Reset() {
	m.memory.Reset()
	for _, f := range [...]EdgeFields{m.Fields, m.Trailers, m.AnswerFields, m.AnswerTrailers} {
		clear(f[:cap(f)])
	}
	*m = EdgeMessage{
		Fields: m.Fields[:0], Trailers: m.Trailers[:0], AnswerFields: m.AnswerFields[:0], AnswerTrailers: m.AnswerTrailers[:0],
		memory: m.memory,
	}
}
