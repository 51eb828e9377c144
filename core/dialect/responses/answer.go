package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of an answer that are looked at.
const (
	answerID = iota
	answerObject
	answerStatus
	answerError
	answerIncomplete
	answerModel
	answerOutput
	answerUsage
	answerCount // of a count of tokens
)

var answerKeys = jsonscan.NewKeys(
	"id", "object", "status", "error", "incomplete_details", "model", "output", "usage", "input_tokens")

// answer is an answer of an upstream as far as the gateway reads it: a whole one, or
// that in an event of a stream.
type answer struct {
	id                             jsonscan.Value
	status, failure, model, output jsonscan.Value
	reason                         jsonscan.Value // why it is incomplete
	usage                          counts
	count                          jsonscan.Value
	calls                          bool // the client is to run a tool

	ex *core.Exchange // whose answer it is
	at *core.Attempt  // nil: nobody asks which ids it has
}

// maxKeptIDs is how many ids of one answer are noted, its items' included.
const maxKeptIDs = 64

// keep notes an id under which the provider keeps the answer or an item of it.
func (a *answer) keep(v jsonscan.Value, doc []byte) {
	if a.at == nil || v.Kind != jsonscan.String || v.Len() <= len(`""`) || len(a.at.Kept) >= maxKeptIDs {
		return
	}
	id := v.Text(doc)
	for _, known := range a.at.Kept {
		if bytes.Equal(known, id) {
			return
		}
	}
	a.at.Kept = append(a.at.Kept, a.ex.Copy(id))
}

// read reads the object that comes next.
func (a *answer) read(c *jsonscan.Cursor) {
	for id := c.Enter(answerKeys); id != jsonscan.NoMember; id = c.Member(answerKeys, id) {
		switch id {
		case answerID:
			a.id = c.Skip()
		case answerStatus:
			a.status = c.Skip()
		case answerError:
			a.failure = c.Skip()
		case answerIncomplete:
			a.reason = member(c, reasonKeys)
		case answerModel:
			a.model = c.Skip()
		case answerOutput:
			a.readOutput(c)
		case answerUsage:
			a.usage.read(c)
		case answerCount:
			a.count = c.Skip()
		default:
			c.Skip()
		}
	}
}

var reasonKeys = jsonscan.NewKeys("reason")

// member reads the value that comes next and returns the one member that keys name,
// of kind None where there is none.
func member(c *jsonscan.Cursor, keys *jsonscan.Keys) (v jsonscan.Value) {
	if !c.AtObject() {
		c.Skip()
		return v
	}
	for id := c.Enter(keys); id != jsonscan.NoMember; id = c.Member(keys, id) {
		if got := c.Skip(); id == 0 {
			v = got
		}
	}
	return v
}

func (a *answer) readOutput(c *jsonscan.Cursor) {
	if !c.AtArray() {
		a.output = c.Skip()
		return
	}
	a.output = jsonscan.Value{Kind: jsonscan.ArrayKind}
	for more := c.EnterArray(); more; more = c.Element() {
		kind, id := readItem(c)
		a.calls = isCall(kind.Text(c.Doc)) || a.calls
		a.keep(id, c.Doc)
	}
}

// readItem returns the type and the id of the item that comes next, of kind None where
// it has none.
func readItem(c *jsonscan.Cursor) (kind, id jsonscan.Value) {
	if !c.AtObject() {
		c.Skip()
		return kind, id
	}
	for key := c.Enter(referenceKeys); key != jsonscan.NoMember; key = c.Member(referenceKeys, key) {
		switch v := c.Skip(); key {
		case 0:
			kind = v
		case 1:
			id = v
		}
	}
	return kind, id
}

// isCall tells whether an item of that type is a call that the client is to answer.
func isCall(kind []byte) bool {
	switch string(kind) {
	case "function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call",
		"mcp_approval_request":
		return true
	}
	return false
}

// maxKeptError bounds how much of an upstream's error answer is kept, in bytes.
const maxKeptError = 64 << 10

// Answer reads usage, finish reason and model off a whole answer. An answer that is
// not JSON or has no output is CodeUpstreamInvalid; one that says it failed, in spite
// of its HTTP status, is CodeUpstreamStatus. Only the form is checked, not every byte:
// what the client's own reader would accept is not ours to refuse.
//
// A count of tokens used none: at.Usage is reported as nothing.
func (Dialect) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	a := answer{ex: ex, at: at}
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	a.read(&c)
	if !c.End() {
		return notOurs("The upstream's answer is not valid JSON.")
	}
	at.Finish = core.FinishNone
	a.note(ex, at, body)
	failed := string(a.status.Text(body)) == "failed"
	if failed || a.failure.Kind == jsonscan.ObjectKind || a.failure.Kind == jsonscan.String {
		return failure(ex, &a, body)
	}
	if ex.Request.Operation == core.OpCountTokens {
		if a.count.Kind != jsonscan.Number {
			return notOurs("The upstream's answer has no \"input_tokens\" and so is no count of tokens.")
		}
		at.Usage = core.Usage{Reported: true}
		return nil
	}
	if a.output.Kind != jsonscan.ArrayKind {
		return notOurs("The upstream's answer has no \"output\" and so is no response.")
	}
	return nil
}

// failure is the error for an answer that holds one.
func failure(ex *core.Exchange, a *answer, body []byte) *core.Error {
	e := &core.Error{
		Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
		Message: "The upstream answered with status 200 but reported an error.",
	}
	if a.output.Kind == jsonscan.None && len(body) <= maxKeptError {
		e.Upstream = &core.UpstreamAnswer{Status: 200, ContentType: "application/json", Body: ex.Copy(body)}
	}
	return e
}

// note keeps what both answers and events report.
func (a *answer) note(ex *core.Exchange, at *core.Attempt, doc []byte) {
	a.usage.canonical(&at.Usage)
	a.keep(a.id, doc)
	if at.Model == nil && a.model.Kind == jsonscan.String {
		at.Model = ex.Copy(a.model.Text(doc))
	}
	if f := a.finish(doc); f != core.FinishNone {
		at.Finish = f
	}
}

// finish tells why the answer ended, FinishNone where it did not.
func (a *answer) finish(doc []byte) core.Finish {
	switch string(a.status.Text(doc)) {
	case "completed":
		if a.calls {
			return core.FinishToolCalls
		}
		return core.FinishStop
	case "incomplete":
		switch string(a.reason.Text(doc)) {
		case "max_output_tokens":
			return core.FinishLength
		case "content_filter":
			return core.FinishContentFilter
		}
		return core.FinishOther
	case "failed", "cancelled":
		return core.FinishOther
	}
	return core.FinishNone
}

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}
