package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of an event that are looked at, among those that usually come, in their
// usual order: see [jsonscan.Cursor.Member].
const (
	eventType = iota
	eventContentIndex
	eventDelta
	eventItemID
	eventLogprobs
	eventObfuscation
	eventOutputIndex
	eventNumber
	eventResponse
	eventItem
	eventError
)

var eventKeys = jsonscan.NewKeys("type", "content_index", "delta", "item_id", "logprobs", "obfuscation", "output_index",
	"sequence_number", "response", "item", "error")

// event is one event of an upstream's stream as far as the gateway reads it.
type event struct {
	kind, delta, failure jsonscan.Value
	item, itemID         jsonscan.Value // its type and id
	response             answer
	number               int64
	numbered             bool
}

func (e *event) read(c *jsonscan.Cursor) {
	for id := c.Enter(eventKeys); id != jsonscan.NoMember; id = c.Member(eventKeys, id) {
		switch id {
		case eventType:
			e.kind = c.Skip()
		case eventNumber:
			e.number, e.numbered = c.Int()
		case eventDelta:
			e.delta = c.Skip()
		case eventItem:
			e.item, e.itemID = readItem(c)
		case eventError:
			e.failure = c.Skip()
		case eventResponse:
			if c.AtObject() {
				e.response.read(c)
			} else {
				c.Skip()
			}
		default:
			c.Skip()
		}
	}
}

// Event looks at one event of a stream. It notes usage, status, model and how much
// was produced, and tells the terminal events (EventLast) and a reported error
// (EventFail). What it does not know it forwards: the client reads for itself. An
// event without data, and the terminal event of another dialect, mean nothing in this
// one and break some clients, so they are dropped.
func (Dialect) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	e := event{response: answer{ex: ex, at: at}}
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
	return e.note(ex, at, data)
}

// note keeps what the event e reports and says what becomes of it.
func (e *event) note(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	s := &at.Stream
	noteNumber(ex, at, e.number, e.numbered)
	kind := e.kind.Text(data)
	switch string(kind) {
	case "response.output_item.done":
		e.response.keep(e.itemID, data)
		if isCall(e.item.Text(data)) {
			at.Finish = core.FinishToolCalls // some leave the items out of the last event
		}
	case "response.created", "response.in_progress", "response.queued":
		e.response.noteID(ex, data)
		e.response.note(ex, at, data)
	case "response.completed", "response.incomplete":
		called := at.Finish == core.FinishToolCalls
		e.response.note(ex, at, data)
		if at.Finish == core.FinishNone || called && at.Finish == core.FinishStop {
			at.Finish = core.FinishOther
			if string(kind) == "response.completed" {
				at.Finish = core.FinishStop
			}
			if called {
				at.Finish = core.FinishToolCalls
			}
		}
		s.Finished, s.Done = true, true
		return core.EventLast
	case "response.failed":
		e.response.note(ex, at, data)
		s.Failed = true
		return core.EventFail
	case "error":
		s.Failed = true
		return core.EventFail
	default:
		if e.delta.Kind == jsonscan.String && bytes.HasSuffix(kind, []byte(".delta")) {
			countContent(s, tokens(e.delta.Len()-2))
			memoryOf(ex).Counted(e.delta.Span)
		}
		if e.kind.Kind == jsonscan.None && e.failure.Kind == jsonscan.ObjectKind {
			s.Failed = true
			return core.EventFail
		}
	}
	return core.EventForward
}

// shortDelta is how long, in bytes, a delta may be to count as one token. Longer runs
// are several tokens in one delta, of about four bytes each.
const shortDelta = 24

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

// EndStream tells whether the stream was whole: it is after response.completed and
// response.incomplete alone. Else the error is CodeUpstreamCut, or CodeUpstreamStatus
// where the upstream itself reported one.
func (Dialect) EndStream(_ *core.Exchange, at *core.Attempt) *core.Error {
	s := &at.Stream
	switch {
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

// AppendStreamEnd appends nothing: the event that tells the end holds the answer, and
// only the upstream has that.
func (Dialect) AppendStreamEnd(dst []byte) []byte { return dst }
