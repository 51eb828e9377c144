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

// report is a usage object, if there is one.
type report struct {
	found bool
	counters
}

// read reads the value that comes next. What is no object reports nothing.
func (r *report) read(c *jsonscan.Cursor) {
	if r.found = c.Peek() == jsonscan.ObjectKind; r.found {
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
	a.note(ex, at, body)
	if at.Finish = core.FinishNone; a.finish.Kind == jsonscan.String {
		at.Finish = finishOf(a.finish.Text(body))
	}
	return nil
}

// note keeps what both answers and chunks report.
func (a *answer) note(ex *core.Exchange, at *core.Attempt, doc []byte) {
	r := &a.usage
	if !r.found {
		r = &a.fallback
	}
	if r.found {
		if u, ok := r.canonical(); ok {
			at.Usage = u
		}
	}
	if at.Model == nil && a.model.Kind == jsonscan.String {
		at.Model = ex.Copy(a.model.Text(doc))
	}
}

// read reads the top level. d is where the deltas of a chunk are counted; nil
// for a whole answer.
func (a *answer) read(c *jsonscan.Cursor, d *deltas) {
	for c.Enter(); c.Key(); {
		switch string(c.Name) {
		case "choices":
			a.readChoices(c, d)
		case "usage":
			a.usage.read(c)
		case "model":
			a.model = c.Skip()
		case "error":
			a.failure = c.Skip()
		case "obfuscation":
			a.padding = c.Skip()
		case "x_groq":
			a.readGroq(c)
		default:
			c.Skip()
		}
	}
}

func (a *answer) readChoices(c *jsonscan.Cursor, d *deltas) {
	a.n, a.finish = 0, jsonscan.Value{}
	if c.Peek() != jsonscan.ArrayKind {
		a.choices = c.Skip()
		return
	}
	a.choices = jsonscan.Value{Kind: jsonscan.ArrayKind}
	for c.EnterArray(); c.Element(); a.n++ {
		if c.Peek() != jsonscan.ObjectKind {
			c.Skip()
			continue
		}
		a.readChoice(c, d)
	}
}

func (a *answer) readChoice(c *jsonscan.Cursor, d *deltas) {
	index, finish := int64(a.n), jsonscan.Value{}
	for c.Enter(); c.Key(); {
		switch string(c.Name) {
		case "index":
			if n, ok := c.Int(); ok {
				index = n
			}
		case "finish_reason":
			finish = c.Skip()
		case "usage": // Moonshot
			a.fallback.read(c)
		case "delta":
			if d == nil || c.Peek() != jsonscan.ObjectKind {
				c.Skip()
				continue
			}
			d.read(c)
		case "text":
			if v := c.Skip(); d != nil {
				d.add(v)
			}
		default:
			c.Skip()
		}
	}
	if finish.Kind == jsonscan.String && finish.Len() > 2 {
		if a.n == 0 || a.finish.Kind == jsonscan.None {
			a.finish = finish
		}
		if d != nil {
			d.finish(index)
		}
	}
}

// readGroq reads the object x_groq, which may hold usage.
func (a *answer) readGroq(c *jsonscan.Cursor) {
	if c.Peek() != jsonscan.ObjectKind {
		c.Skip()
		return
	}
	for c.Enter(); c.Key(); {
		if string(c.Name) == "usage" {
			a.fallback.read(c)
		} else {
			c.Skip()
		}
	}
}
