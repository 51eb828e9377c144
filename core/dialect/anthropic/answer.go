package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of an answer that are looked at, among those that usually come, in
// their usual order: see [jsonscan.Cursor.Member].
const (
	answerModel = iota
	answerID
	answerType
	answerRole
	answerContent
	answerStop
	answerSequence
	answerDetails
	answerUsage
	answerError
	answerInput // of a count of tokens
)

var answerKeys = jsonscan.NewKeys("model", "id", "type", "role", "content", "stop_reason",
	"stop_sequence", "stop_details", "usage", "error", "input_tokens")

// answer is a message of an upstream as far as the gateway reads it.
type answer struct {
	kind, content, model, finish, sequence, failure, input jsonscan.Value
	usage                                                  counts
}

func (a *answer) read(c *jsonscan.Cursor) {
	for id := c.Enter(answerKeys); id != jsonscan.NoMember; id = c.Member(answerKeys, id) {
		switch id {
		case answerType:
			a.kind = c.Skip()
		case answerModel:
			a.model = c.Skip()
		case answerContent:
			a.content = c.Skip()
		case answerStop:
			a.finish = c.Skip()
		case answerSequence:
			a.sequence = c.Skip()
		case answerUsage:
			a.usage.take(c)
		case answerError:
			a.failure = c.Skip()
		case answerInput:
			a.input = c.Skip()
		default:
			c.Skip()
		}
	}
}

// maxKeptError bounds how much of an upstream's error answer is kept, in bytes.
const maxKeptError = 64 << 10

// Answer reads usage, stop reason and model off a whole answer. An answer that is
// not JSON or has no content is CodeUpstreamInvalid; one that holds an error in
// spite of its status is CodeUpstreamStatus and carries the answer. Only the form
// is checked, not every byte: what the client's own reader would accept is not
// ours to refuse.
//
// A count of tokens used none: at.Usage is reported as nothing.
func (Messages) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	var a answer
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	a.read(&c)
	if !c.End() {
		return notOurs("The upstream's answer is not valid JSON.")
	}
	if a.failure.Kind == jsonscan.ObjectKind || string(a.kind.Text(body)) == "error" {
		return failed(ex, body, a.failure)
	}
	if ex.Request.Operation == core.OpCountTokens {
		if a.input.Kind != jsonscan.Number {
			return notOurs("The upstream's answer has no \"input_tokens\" and so is no count of tokens.")
		}
		at.Usage = core.Usage{Reported: true}
		return nil
	}
	if a.content.Kind != jsonscan.ArrayKind {
		return notOurs("The upstream's answer has no \"content\" and so is no message.")
	}
	var t totals
	t.set(&a.usage, &at.Usage)
	noteModel(ex, at, body, a.model)
	at.Finish = finishOf(a.finish.Text(body))
	return nil
}

// failed is the error for an answer that reports one with status 200.
func failed(ex *core.Exchange, body []byte, failure jsonscan.Value) *core.Error {
	e := &core.Error{
		Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: statusOf(body, failure),
		Message: "The upstream answered with status 200 but reported an error.",
	}
	if len(body) <= maxKeptError {
		e.Upstream = &core.UpstreamAnswer{Status: 200, ContentType: "application/json", Body: ex.Copy(body)}
	}
	return e
}

var failureKeys = jsonscan.NewKeys("type")

// statusOf returns the status that an error of that type comes with where it has one of
// its own, and 0 where the type does not say: it is the reverse of errorType. What speaks
// of the provider key is left out, for the client has another.
func statusOf(body []byte, failure jsonscan.Value) int {
	var o jsonscan.Object
	if failure.Kind != jsonscan.ObjectKind || jsonscan.ScanObject(body, failure, failureKeys, &o) != nil {
		return 0
	}
	switch string(o.Value(0).Text(body)) {
	case "invalid_request_error":
		return 400
	case "not_found_error":
		return 404
	case "request_too_large":
		return 413
	case "rate_limit_error":
		return 429
	case "api_error":
		return 500
	case "timeout_error":
		return 504
	case "overloaded_error":
		return 529
	default:
		return 0
	}
}

// noteModel keeps the model that the upstream says it used.
func noteModel(ex *core.Exchange, at *core.Attempt, doc []byte, v jsonscan.Value) {
	if at.Model == nil && v.Kind == jsonscan.String {
		at.Model = ex.Copy(v.Text(doc))
	}
}

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}

// Choices appends how a whole answer finished: this dialect has one choice.
func (Messages) Choices(body []byte, dst []core.Choice) []core.Choice {
	var a answer
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return dst
	}
	a.read(&c)
	if !c.End() || a.content.Kind != jsonscan.ArrayKind {
		return dst
	}
	choice := core.Choice{Finish: finishOf(a.finish.Text(body))}
	if a.sequence.Kind == jsonscan.String {
		choice.Stop = jsonscan.AppendText(nil, body, a.sequence.Span)
	}
	return append(dst, choice)
}
