package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of an event that are looked at, in their usual order.
const (
	eventType = iota
	eventMessage
	eventIndex
	eventBlock
	eventDelta
	eventUsage
	eventError
)

var eventKeys = jsonscan.NewKeys("type", "message", "index", "content_block", "delta", "usage", "error")

// The same of a delta. Those of content are one after the other.
const (
	deltaType = iota
	deltaText
	deltaThinking
	deltaInput
	deltaContent
	deltaFinish
)

var deltaKeys = jsonscan.NewKeys("type", "text", "thinking", "partial_json", "content", "stop_reason")

// event is one event of an upstream's stream as far as the gateway reads it.
type event struct {
	kind, failure, text, finish jsonscan.Value
	message                     answer
	usage                       counts
}

func (e *event) read(c *jsonscan.Cursor) {
	for id := c.Enter(eventKeys); id != jsonscan.NoMember; id = c.Member(eventKeys, id) {
		switch id {
		case eventType:
			e.kind = c.Skip()
		case eventMessage:
			if c.AtObject() {
				e.message.read(c)
			} else {
				c.Skip()
			}
		case eventDelta:
			e.readDelta(c)
		case eventUsage:
			e.usage.take(c)
		case eventError:
			e.failure = c.Skip()
		default:
			c.Skip()
		}
	}
}

func (e *event) readDelta(c *jsonscan.Cursor) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(deltaKeys); id != jsonscan.NoMember; id = c.Member(deltaKeys, id) {
		switch id {
		case deltaText, deltaThinking, deltaInput, deltaContent:
			e.text = c.Skip()
		case deltaFinish:
			e.finish = c.Skip()
		default:
			c.Skip()
		}
	}
}

// streamMemory is what the dialect remembers of the stream of one attempt.
type streamMemory struct {
	totals totals
	shape  shape // of the last delta of content
}

// Event looks at one event of a stream. It notes usage, stop reason, model and how
// much was produced, and tells the terminal event (EventLast) and a reported error
// (EventFail). Pings and what it does not know it forwards: the client reads for
// itself. An event without data, and the terminal event of another dialect, mean
// nothing in this one and break some clients, so they are dropped.
func (Messages) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	s := &at.Stream
	m := memoryOf(ex)
	if s.Scratch == m {
		if text, ok := m.stream.shape.fit(data); ok {
			m.Counted(text)
			countContent(s, tokens(text.Len()-2))
			return core.EventForward
		}
	}
	var e event
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		if text := bytes.TrimSpace(data); len(text) == 0 || string(text) == "[DONE]" {
			return core.EventDrop
		}
		return core.EventForward
	}
	e.read(&c)
	if !c.End() {
		return core.EventForward
	}
	if s.Scratch != m {
		m.stream = streamMemory{}
		s.Scratch = m
	}
	return m.stream.note(ex, at, data, &e)
}

// note keeps what the event e reports and says what becomes of it.
func (m *streamMemory) note(ex *core.Exchange, at *core.Attempt, data []byte, e *event) core.Disposition {
	s := &at.Stream
	switch string(e.kind.Text(data)) {
	case "content_block_delta":
		if e.text.Kind == jsonscan.String {
			countContent(s, tokens(e.text.Len()-2))
			m.shape.learn(data, e.text)
			memoryOf(ex).Counted(e.text.Span)
		}
	case "message_start":
		m.totals.set(&e.message.usage, &at.Usage)
		noteModel(ex, at, data, e.message.model)
	case "message_delta":
		m.totals.set(&e.usage, &at.Usage)
		if e.finish.Kind == jsonscan.String && e.finish.Len() > 2 {
			at.Finish = finishOf(e.finish.Text(data))
			s.Finished = true
		}
	case "message_stop":
		s.Done = true
		return core.EventLast
	case "error":
		s.Failed = true
		return core.EventFail
	default:
		if e.failure.Kind == jsonscan.ObjectKind {
			s.Failed = true
			return core.EventFail
		}
	}
	return core.EventForward
}

// shortDelta is how long, in bytes, a delta may be to count as one token. Longer
// runs are several tokens in one delta, of about four bytes each.
const shortDelta = 8

// tokens estimates the tokens in a delta of n bytes. Escapes count as they are
// written, which is near enough for an estimate.
func tokens(n int) int64 {
	switch {
	case n == 0:
		return 0
	case n <= shortDelta:
		return 1
	default:
		return int64(n / 4)
	}
}

// countContent notes one event of content with n tokens.
func countContent(s *core.StreamState, n int64) {
	if n > 0 {
		s.Events++
		s.OutTokens += n
	}
}

// EndStream tells whether the stream was whole: it is after message_stop and at no
// other place, as the published readers of this dialect see it. Else the error is
// CodeUpstreamCut, or CodeUpstreamStatus where the upstream itself reported one.
func (Messages) EndStream(_ *core.Exchange, at *core.Attempt) *core.Error {
	switch s := &at.Stream; {
	case s.Failed:
		return &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream reported an error in the middle of the stream.",
		}
	case s.Done:
		return nil
	}
	return &core.Error{
		Code: core.CodeUpstreamCut, Origin: core.OriginUpstream,
		Message: "The upstream ended the stream before the answer was finished.",
	}
}

const messageStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

// AppendStreamEnd appends message_stop, framing included. EndStream calls no
// stream whole that lacks it, so that no caller needs to.
func (Messages) AppendStreamEnd(dst []byte) []byte { return append(dst, messageStop...) }

// AppendKeepAlive appends an event that may stand between any two events of a
// stream behind the first and means nothing. Clients of this dialect count it as a
// sign of life where they pass over comments.
func (Messages) AppendKeepAlive(dst []byte) []byte {
	return append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
}
