package openai

import (
	"bytes"
	"math/bits"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// streamMemory is what the dialect remembers of the stream of one attempt.
type streamMemory struct {
	begun    choiceSet // the choices that were seen
	finished choiceSet // those whose finish reason was
	told     bool      // the usage of the answer
	shape    shape     // of the last chunk that had content and nothing else to note
}

// choiceSet is a set of choices; bit by index.
type choiceSet [maxChoices / 64]uint64

// add adds the choice of that index, if it is possible.
func (s *choiceSet) add(index int64) {
	if index >= 0 && index < maxChoices {
		s[index/64] |= 1 << (index % 64)
	}
}

// deltas collects what one chunk adds to the answer.
type deltas struct {
	tokens          int64
	strings         int            // how many strings were counted, empty ones too
	last            jsonscan.Value // the last of them
	begun, finished choiceSet
}

// shortDelta is how long, in bytes, a delta may be to count as one token. Most
// upstreams send token by token; longer runs are several tokens in one delta,
// of about four bytes each.
const shortDelta = 24

// add counts the text of v as tokens. Escapes count as they are written, which
// is near enough for an estimate.
func (d *deltas) add(v jsonscan.Value) { d.tokens += d.count(v) }

// count returns the tokens in the text of v without adding them.
func (d *deltas) count(v jsonscan.Value) int64 {
	if v.Kind != jsonscan.String {
		return 0
	}
	d.strings++
	d.last = v
	return tokens(v.Len() - 2)
}

// tokens estimates the tokens in a delta of n bytes.
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

// The members of a delta in their usual order.
const (
	deltaRole = iota
	deltaContent
	deltaRefusal
	deltaReasoning // DeepSeek
	deltaThoughts  // OpenRouter
	deltaCalls
	deltaFunction
)

var deltaKeys = jsonscan.NewKeys("role", "content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call")

// The same of a call in a delta, and of the function that is called.
const (
	callIndex = iota
	callID
	callType
	callFunction
	callCustom
)

const (
	functionName = iota
	functionArguments
	functionInput
)

var (
	callKeys     = jsonscan.NewKeys("index", "id", "type", "function", "custom")
	functionKeys = jsonscan.NewKeys("name", "arguments", "input")
)

// read counts one delta object.
func (d *deltas) read(c *jsonscan.Cursor) {
	var reasoning int64
	for id := c.Enter(deltaKeys); id != jsonscan.NoMember; id = c.Member(deltaKeys, id) {
		switch id {
		case deltaContent, deltaRefusal:
			d.add(c.Skip())
		case deltaReasoning, deltaThoughts: // some send the same text under both
			reasoning = max(reasoning, d.count(c.Skip()))
		case deltaCalls:
			d.readCalls(c)
		case deltaFunction:
			d.readFunction(c)
		default:
			c.Skip()
		}
	}
	d.tokens += reasoning
}

func (d *deltas) readCalls(c *jsonscan.Cursor) {
	if !c.AtArray() {
		c.Skip()
		return
	}
	for more := c.EnterArray(); more; more = c.Element() {
		if !c.AtObject() {
			c.Skip()
			continue
		}
		for id := c.Enter(callKeys); id != jsonscan.NoMember; id = c.Member(callKeys, id) {
			if id == callFunction || id == callCustom {
				d.readFunction(c)
			} else {
				c.Skip()
			}
		}
	}
}

func (d *deltas) readFunction(c *jsonscan.Cursor) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(functionKeys); id != jsonscan.NoMember; id = c.Member(functionKeys, id) {
		switch id {
		case functionName, functionArguments, functionInput:
			d.add(c.Skip())
		default:
			c.Skip()
		}
	}
}

// done is the payload of the terminal event.
var done = []byte("[DONE]")

// Event looks at one chunk of a stream. It notes usage, finish reason, model and
// how much was produced, tells the extra usage chunk that only metering asked
// for (EventDrop), the terminal event (EventLast) and a reported error
// (EventFail). What it cannot read it forwards: the client reads for itself. An
// event without data means nothing in this dialect and breaks some clients, so
// it is dropped.
func (Chat) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	s := &at.Stream
	if m, ok := s.Scratch.(*streamMemory); ok {
		if text, ok := m.shape.fit(data); ok {
			memoryOf(ex).Counted(text)
			countContent(s, tokens(text.Len()-2))
			return core.EventForward
		}
	}
	if len(data) == 0 {
		return core.EventDrop
	}
	var (
		a answer
		d deltas
		c = jsonscan.Cursor{Doc: data}
	)
	if c.Peek() != jsonscan.ObjectKind {
		if !bytes.Equal(bytes.TrimSpace(data), done) {
			return core.EventForward
		}
		s.Done = true
		return core.EventLast
	}
	a.read(&c, &d)
	if !c.End() {
		return core.EventForward
	}
	a.note(ex, at, data)
	countContent(s, d.tokens)
	if a.finish.Kind == jsonscan.String {
		at.Finish = finishOf(a.finish.Text(data))
	}
	s.Finished = streamOf(ex, at).end(&d, a.report(), ex.Request.Choices, !quirksOf(at).NoStreamUsage)
	switch {
	case a.failure.Kind == jsonscan.ObjectKind || a.failure.Kind == jsonscan.String:
		s.Failed = true
		return core.EventFail
	case a.usage.found && a.choices.Kind == jsonscan.ArrayKind && a.n == 0 && !ex.Request.UsageAsked:
		return core.EventDrop
	case d.strings == 1 && a.finish.Kind == jsonscan.None && !a.usage.found && !a.fallback.found:
		streamOf(ex, at).shape.learn(data, d.last, a.padding)
		memoryOf(ex).Counted(d.last.Span)
	}
	return core.EventForward
}

// countContent notes one event of content with n tokens.
func countContent(s *core.StreamState, n int64) {
	if n > 0 {
		s.Events++
		s.OutTokens += n
	}
}

// streamOf returns the memory of the attempt's stream, empty at its start.
func streamOf(ex *core.Exchange, at *core.Attempt) *streamMemory {
	if m, ok := at.Stream.Scratch.(*streamMemory); ok {
		return m
	}
	m := &memoryOf(ex).stream
	m.shape.gaps = 0
	m.begun, m.finished, m.told = choiceSet{}, choiceSet{}, false
	at.Stream.Scratch = m
	return m
}

// end notes what a chunk tells of the answer's end, and tells whether all of that was
// told: why each choice finished, n at least, and the usage, if some is expected. Usage
// that comes before any reason is one only if it counts output, since some begin with a
// usage that has none.
func (m *streamMemory) end(d *deltas, r *report, n int64, usage bool) bool {
	finished, open := 0, uint64(0)
	for i := range m.finished {
		m.begun[i] |= d.begun[i]
		m.finished[i] |= d.finished[i]
		finished += bits.OnesCount64(m.finished[i])
		open |= m.begun[i] &^ m.finished[i]
	}
	output := r.values[usageCompletion]
	m.told = m.told || output > 0 || finished > 0 && r.values[usagePrompt]+r.values[usageTotal] > 0
	return (m.told || !usage) && open == 0 && int64(finished) >= max(n, 1)
}

// quirksOf returns how the attempt's provider deviates from the dialect.
func quirksOf(at *core.Attempt) (q core.Quirks) {
	if d := at.Deployment; d != nil && d.Provider != nil {
		q = d.Provider.Quirks
	}
	return q
}

// EndStream tells whether the stream was whole, which it is after [DONE]. Of an
// upstream that is known to leave that out ([core.Quirks.NoStreamEnd]) it is whole
// when every choice has its finish reason and the usage was told (see
// [Chat.AppendStreamEnd]). A finish reason alone proves nothing: the usage comes
// behind it, and so does a cut. Else the error is CodeUpstreamCut, or
// CodeUpstreamStatus where the upstream itself reported one.
func (Chat) EndStream(_ *core.Exchange, at *core.Attempt) *core.Error {
	s := &at.Stream
	message := "The upstream ended the stream before the answer was finished."
	switch {
	case s.Failed:
		return &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream reported an error in the middle of the stream.",
		}
	case s.Done, s.Finished && quirksOf(at).NoStreamEnd:
		return nil
	case s.Finished:
		message = "The upstream ended the stream without [DONE]. " +
			"If it never sends that, its quirk no_stream_end says so in the configuration."
	}
	return &core.Error{Code: core.CodeUpstreamCut, Origin: core.OriginUpstream, Message: message}
}

// AppendStreamEnd appends the terminal event, framing included. A caller sends
// it after a stream that EndStream called whole though at.Stream.Done is false.
func (Chat) AppendStreamEnd(dst []byte) []byte { return append(dst, "data: [DONE]\n\n"...) }
