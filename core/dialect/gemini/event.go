package gemini

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// streamMemory is what the dialect remembers of the stream of one attempt: its
// candidates, bit by index.
type streamMemory struct {
	seen, finished, called uint64
	blocked                bool // the prompt was
}

// Event looks at one chunk of a stream. It notes usage, finish reason, model and
// how much was produced, and tells a reported error (EventFail). There is no
// terminal event. What it cannot read it forwards: the client reads for itself.
// An event without data breaks some clients, so it is dropped.
func (Dialect) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	if len(data) == 0 {
		return core.EventDrop
	}
	s := &at.Stream
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		return core.EventForward
	}
	var a answer
	a.read(&c)
	if !c.End() {
		return core.EventForward
	}
	a.note(ex, at, data)
	if a.tokens > 0 {
		s.Events++
		s.OutTokens += a.tokens
	}
	m := streamOf(ex, at)
	m.seen |= a.seen
	m.called |= a.called
	m.finished |= a.finished
	if f := a.outcome(data, m.called); f != core.FinishNone {
		at.Finish = f
	}
	m.blocked = m.blocked || a.isBlocked()
	s.Finished = m.blocked || whole(m.finished, m.seen, max(ex.Request.Choices, 1))
	if a.failed() {
		s.Failed = true
		return core.EventFail
	}
	return core.EventForward
}

// streamOf returns the memory of the attempt's stream, empty at its start.
func streamOf(ex *core.Exchange, at *core.Attempt) *streamMemory {
	if m, ok := at.Stream.Scratch.(*streamMemory); ok {
		return m
	}
	m := &memoryOf(ex).stream
	*m = streamMemory{}
	at.Stream.Scratch = m
	return m
}

// EndStream tells whether the stream was whole: every candidate has its finish
// reason, or the prompt was blocked. Else the error is CodeUpstreamCut, or
// CodeUpstreamStatus where the upstream itself reported one.
func (Dialect) EndStream(_ *core.Exchange, at *core.Attempt) *core.Error {
	switch s := &at.Stream; {
	case s.Failed:
		return &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream reported an error in the middle of the stream.",
		}
	case s.Finished:
		return nil
	}
	return &core.Error{
		Code: core.CodeUpstreamCut, Origin: core.OriginUpstream,
		Message: "The upstream ended the stream before the answer was finished.",
	}
}

// AppendStreamEnd appends nothing: a stream of this dialect has no terminal event.
func (Dialect) AppendStreamEnd(dst []byte) []byte { return dst }
