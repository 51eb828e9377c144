package gemini

import (
	"math/bits"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// answer is a document of an upstream, as far as the gateway reads it: a whole
// answer or one chunk of a stream.
type answer struct {
	kind       uint8 // what makes it an answer, bit by member
	candidates int
	usage      counters
	failure    jsonscan.Value
	model      jsonscan.Value
	blocked    jsonscan.Value // promptFeedback.blockReason
	finish     jsonscan.Value // of the first candidate that has one
	first      int            // index of that candidate
	tokens     int64          // estimate of what the candidates say
	finished   uint64         // candidates, bit by index
	called     uint64         // those that call a function
	seen       uint64
	choices    *[]core.Choice // where candidates are noted, or nil
}

// The members of an answer that are looked at, in their usual order: see
// [jsonscan.Cursor.Member].
const (
	answerCandidates = iota
	answerFeedback
	answerUsage
	answerModel
	answerCreated
	answerID
	answerError
	answerTotal
	answerEmbedding
	answerEmbeddings
)

var answerKeys = jsonscan.NewKeys("candidates", "promptFeedback", "usageMetadata", "modelVersion", "createTime",
	"responseId", "error", "totalTokens", "embedding", "embeddings")

// What makes a document an answer.
const (
	kindChat = 1 << iota
	kindCount
	kindEmbed
)

const (
	candidateContent = iota
	candidateFinish
	candidateIndex
)

var candidateKeys = jsonscan.NewKeys("content", "finishReason", "index")

const (
	contentParts = iota
	contentRole
)

var contentKeys = jsonscan.NewKeys("parts", "role")

const (
	chunkText = iota
	chunkThought
	chunkSignature
	chunkCall
	chunkData
	chunkCode
	chunkResult
)

var chunkKeys = jsonscan.NewKeys("text", "thought", "thoughtSignature", "functionCall", "inlineData", "executableCode", "codeExecutionResult")

const feedbackReason = 0

var feedbackKeys = jsonscan.NewKeys("blockReason")

// maxKeptError bounds how much of an upstream's error answer is kept, in bytes.
const maxKeptError = 64 << 10

// Answer reads usage, finish reason and model off a whole answer. An answer that
// is not JSON or not one of the operation is CodeUpstreamInvalid; one that holds
// an error in spite of its status is CodeUpstreamStatus and carries the answer.
// Only the form is checked, not every byte.
func (Dialect) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	a := answer{}
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	a.read(&c)
	if !c.End() {
		return notOurs("The upstream's answer is not valid JSON.")
	}
	if a.failed() {
		e := &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream answered with status 200 but reported an error.",
		}
		if len(body) <= maxKeptError {
			e.Upstream = &core.UpstreamAnswer{Status: 200, ContentType: "application/json", Body: ex.Copy(body)}
		}
		return e
	}
	want := uint8(kindChat)
	switch ex.Request.Operation { //nolint:exhaustive // the others are none of ours
	case core.OpCountTokens:
		want = kindCount
	case core.OpEmbeddings:
		want = kindEmbed
	}
	if a.kind&want == 0 {
		return notOurs("The upstream's answer is none to a request of this kind.")
	}
	a.note(ex, at, body)
	at.Finish = a.outcome(body, a.called)
	if want == kindCount { // it uses nothing up
		at.Usage = core.Usage{Reported: true}
	}
	return nil
}

// failed tells whether it reports an error.
func (a *answer) failed() bool {
	return a.failure.Kind == jsonscan.ObjectKind || a.failure.Kind == jsonscan.String
}

// note keeps what both answers and chunks report.
func (a *answer) note(ex *core.Exchange, at *core.Attempt, doc []byte) {
	a.usage.canonical(&at.Usage)
	if at.Model == nil && a.model.Kind == jsonscan.String {
		at.Model = ex.Copy(a.model.Text(doc))
	}
}

// outcome returns why the first candidate finished; called are those that called
// a function, now or before.
func (a *answer) outcome(doc []byte, called uint64) core.Finish {
	switch {
	case a.finish.Kind == jsonscan.String:
		return finishOf(a.finish.Text(doc), called>>a.first&1 != 0)
	case a.isBlocked():
		return core.FinishContentFilter
	}
	return core.FinishNone
}

// isBlocked tells whether the prompt was refused, so that no candidate comes.
func (a *answer) isBlocked() bool { return a.blocked.Kind == jsonscan.String && a.candidates == 0 }

// whole tells whether all of n candidates have finished.
func whole(finished, seen uint64, n int64) bool {
	return int64(bits.OnesCount64(finished)) >= n && seen&^finished == 0
}

func (a *answer) read(c *jsonscan.Cursor) {
	for id := c.Enter(answerKeys); id != jsonscan.NoMember; id = c.Member(answerKeys, id) {
		switch id {
		case answerCandidates:
			a.kind |= kindChat
			a.readCandidates(c)
		case answerFeedback:
			a.kind |= kindChat
			a.readFeedback(c)
		case answerUsage:
			a.kind |= kindChat // an answer may have no candidate at all
			a.usage.read(c)
		case answerModel:
			a.model = c.Skip()
		case answerError:
			a.failure = c.Skip()
		case answerTotal:
			a.kind |= kindCount
			c.Skip()
		case answerEmbedding, answerEmbeddings:
			a.kind |= kindEmbed
			c.Skip()
		default:
			c.Skip()
		}
	}
}

func (a *answer) readFeedback(c *jsonscan.Cursor) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(feedbackKeys); id != jsonscan.NoMember; id = c.Member(feedbackKeys, id) {
		if v := c.Skip(); id == feedbackReason {
			a.blocked = v
		}
	}
}

func (a *answer) readCandidates(c *jsonscan.Cursor) {
	a.candidates, a.finish = 0, jsonscan.Value{}
	if !c.AtArray() {
		c.Skip()
		return
	}
	for more := c.EnterArray(); more; more = c.Element() {
		if c.AtObject() {
			a.readCandidate(c)
		} else {
			c.Skip()
		}
		a.candidates++
	}
}

func (a *answer) readCandidate(c *jsonscan.Cursor) {
	index, called, finish := int64(a.candidates), false, jsonscan.Value{}
	for id := c.Enter(candidateKeys); id != jsonscan.NoMember; id = c.Member(candidateKeys, id) {
		switch id {
		case candidateContent:
			called = a.readContent(c) || called
		case candidateFinish:
			finish = c.Skip()
		case candidateIndex:
			if n, ok := c.Int(); ok {
				index = n
			}
		default:
			c.Skip()
		}
	}
	if index < 0 || index >= maxChoices {
		return
	}
	bit := uint64(1) << index
	a.seen |= bit
	if called {
		a.called |= bit
	}
	why := finish.Text(c.Doc)
	if finishOf(why, false) != core.FinishNone {
		a.finished |= bit
		if a.finish.Kind == jsonscan.None {
			a.finish, a.first = finish, int(index)
		}
	}
	if a.choices != nil && len(*a.choices) < maxChoices {
		*a.choices = append(*a.choices, core.Choice{Index: int(index), Finish: finishOf(why, called)})
	}
}

// readContent reads the content that comes next and tells whether it calls a
// function.
func (a *answer) readContent(c *jsonscan.Cursor) (called bool) {
	if !c.AtObject() {
		c.Skip()
		return false
	}
	for id := c.Enter(contentKeys); id != jsonscan.NoMember; id = c.Member(contentKeys, id) {
		if id != contentParts || !c.AtArray() {
			c.Skip()
			continue
		}
		for more := c.EnterArray(); more; more = c.Element() {
			if c.AtObject() {
				called = a.readPart(c) || called
			} else {
				c.Skip()
			}
		}
	}
	return called
}

func (a *answer) readPart(c *jsonscan.Cursor) (called bool) {
	for id := c.Enter(chunkKeys); id != jsonscan.NoMember; id = c.Member(chunkKeys, id) {
		v := c.Skip()
		switch id {
		case chunkText:
			if v.Kind == jsonscan.String {
				a.tokens += tokens(v.Len() - 2)
			}
		case chunkCall:
			if v.Kind == jsonscan.ObjectKind {
				called = true
				a.tokens += tokens(max(v.Len()-callFrame, 0))
			}
		case chunkCode, chunkResult:
			a.tokens += tokens(v.Len())
		}
	}
	return called
}

// callFrame is what the form of a call takes beside name and arguments.
const callFrame = len(`{"name":"","args":{}}`)

// shortDelta is how long, in bytes, a delta may be to count as one token; longer
// runs are several tokens of about four bytes each.
const shortDelta = 4

// tokens estimates the tokens in a delta of n bytes. Unlike others, the providers
// of this dialect send whole phrases at a time.
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

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}

// Choices appends how the candidates of a whole answer finished.
func (Dialect) Choices(body []byte, dst []core.Choice) []core.Choice {
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return dst
	}
	a := answer{choices: &dst}
	a.read(&c)
	return dst
}
