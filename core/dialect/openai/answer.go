package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// answer is a document of an upstream, as far as the gateway reads it: a whole
// answer or one chunk of a stream.
type answer struct {
	choices  jsonscan.Value // kind and, when it is no array, span
	n        int            // choices in it
	usage    report
	fallback report // usage where some providers put it
	failure  jsonscan.Value
	model    jsonscan.Value
	finish   jsonscan.Value // of the first choice that has one
	padding  jsonscan.Value // what some providers blur the length of chunks with
}

// The members of an answer that are looked at, among those that usually come, in
// their usual order: see [jsonscan.Cursor.Member].
const (
	answerID = iota
	answerObject
	answerCreated
	answerModel
	answerChoices
	answerUsage
	answerTier
	answerFingerprint
	answerPadding
	answerError
	answerGroq
)

var answerKeys = jsonscan.NewKeys("id", "object", "created", "model", "choices", "usage",
	"service_tier", "system_fingerprint", "obfuscation", "error", "x_groq")

// The same of a choice.
const (
	choiceIndex = iota
	choiceMessage
	choiceDelta
	choiceLogprobs
	choiceFinish
	choiceText
	choiceUsage // Moonshot
)

var choiceKeys = jsonscan.NewKeys("index", "message", "delta", "logprobs", "finish_reason", "text", "usage")

const groqUsage = 0

var groqKeys = jsonscan.NewKeys("usage")

// report is a usage object, if there is one.
type report struct {
	found bool
	counters
}

// read reads the value that comes next. What is no object reports nothing.
func (r *report) read(c *jsonscan.Cursor) {
	if r.found = c.AtObject(); r.found {
		r.counters.read(c)
	} else {
		c.Skip()
	}
}

// maxKeptError bounds how much of an upstream's error answer is kept, in bytes.
const maxKeptError = 64 << 10

// Answer reads usage, finish reason and model off a whole answer. An answer that
// is not JSON or has no choices is CodeUpstreamInvalid; one that holds an error
// in spite of its status is CodeUpstreamStatus and carries the answer. Only the
// form is checked, not every byte: what the client's own reader would accept is
// not ours to refuse.
func (Chat) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	var a answer
	if p := learnedOf(at); !p.read(&a, body, &memoryOf(ex).gaps) {
		if err := a.readWhole(ex, body); err != nil {
			return err
		}
		a.learn(at, p, body)
	}
	a.note(ex, at, body)
	if at.Finish = core.FinishNone; a.finish.Kind == jsonscan.String {
		at.Finish = finishOf(a.finish.Text(body))
	}
	return nil
}

// readWhole reads a whole answer, or tells why it is none.
func (a *answer) readWhole(ex *core.Exchange, body []byte) *core.Error {
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	a.read(&c, nil)
	if !c.End() {
		return notOurs("The upstream's answer is not valid JSON.")
	}
	if a.failure.Kind == jsonscan.ObjectKind || a.failure.Kind == jsonscan.String {
		e := &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream answered with status 200 but reported an error.",
		}
		if len(body) <= maxKeptError {
			e.Upstream = &core.UpstreamAnswer{Status: 200, ContentType: "application/json", Body: ex.Copy(body)}
		}
		return e
	}
	if a.choices.Kind != jsonscan.ArrayKind {
		return notOurs("The upstream's answer has no \"choices\" and so is no chat completion.")
	}
	return nil
}

// report returns what was reported where the format wants it, or where some
// providers put it.
func (a *answer) report() *report {
	if a.usage.found {
		return &a.usage
	}
	return &a.fallback
}

// note keeps what both answers and chunks report.
func (a *answer) note(ex *core.Exchange, at *core.Attempt, doc []byte) {
	if r := a.report(); r.found {
		r.canonical(&at.Usage)
	}
	if at.Model == nil && a.model.Kind == jsonscan.String {
		at.Model = ex.Copy(a.model.Text(doc))
	}
}

// read reads the top level. d is where the deltas of a chunk are counted; nil
// for a whole answer.
func (a *answer) read(c *jsonscan.Cursor, d *deltas) {
	for id := c.Enter(answerKeys); id != jsonscan.NoMember; id = c.Member(answerKeys, id) {
		switch id {
		case answerChoices:
			a.readChoices(c, d)
		case answerUsage:
			a.usage.read(c)
		case answerModel:
			a.model = c.Skip()
		case answerError:
			a.failure = c.Skip()
		case answerPadding:
			a.padding = c.Skip()
		case answerGroq:
			a.readGroq(c)
		default:
			c.Skip()
		}
	}
}

func (a *answer) readChoices(c *jsonscan.Cursor, d *deltas) {
	a.n, a.finish = 0, jsonscan.Value{}
	if !c.AtArray() {
		a.choices = c.Skip()
		return
	}
	a.choices = jsonscan.Value{Kind: jsonscan.ArrayKind}
	for more := c.EnterArray(); more; more = c.Element() {
		if c.AtObject() {
			a.readChoice(c, d)
		} else {
			c.Skip()
		}
		a.n++
	}
}

func (a *answer) readChoice(c *jsonscan.Cursor, d *deltas) {
	index, finish := int64(a.n), jsonscan.Value{}
	for id := c.Enter(choiceKeys); id != jsonscan.NoMember; id = c.Member(choiceKeys, id) {
		switch id {
		case choiceIndex:
			if n, ok := c.Int(); ok {
				index = n
			}
		case choiceFinish:
			finish = c.Skip()
		case choiceUsage:
			a.fallback.read(c)
		case choiceDelta:
			if d == nil || !c.AtObject() {
				c.Skip()
				continue
			}
			d.read(c)
		case choiceText:
			if v := c.Skip(); d != nil {
				d.add(v)
			}
		default:
			c.Skip()
		}
	}
	if d != nil {
		d.begun.add(index)
	}
	if finish.Kind == jsonscan.String && finish.Len() > 2 {
		if a.n == 0 || a.finish.Kind == jsonscan.None {
			a.finish = finish
		}
		if d != nil {
			d.finished.add(index)
		}
	}
}

// readGroq reads the object x_groq, which may hold usage.
func (a *answer) readGroq(c *jsonscan.Cursor) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(groqKeys); id != jsonscan.NoMember; id = c.Member(groqKeys, id) {
		if id == groqUsage {
			a.fallback.read(c)
		} else {
			c.Skip()
		}
	}
}
