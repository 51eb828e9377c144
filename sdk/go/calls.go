package sallyport

import (
	"time"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// ReceiveCall is what the receive hook reads.
type ReceiveCall struct{ m abi.ReceiveCall }

func (c *ReceiveCall) decode(frame []byte) error { return c.m.Decode(frame) }
func (c *ReceiveCall) editable() editable        { return editable{} }

// Exchange returns what is known of the exchange.
func (c *ReceiveCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Method returns the request's method.
func (c *ReceiveCall) Method() []byte { return c.m.Method }

// Path returns the path as sent, without query.
func (c *ReceiveCall) Path() []byte { return c.m.Path }

// Query returns the query as sent, without "?".
func (c *ReceiveCall) Query() []byte { return c.m.Query }

// BodyBytes returns the size of the body.
func (c *ReceiveCall) BodyBytes() uint64 { return c.m.BodyBytes }

// PromptCall is what the prompt hook reads.
type PromptCall struct {
	m     abi.PromptCall
	parts partList
}

func (c *PromptCall) decode(frame []byte) error {
	err := c.m.Decode(frame)
	c.parts.fill(c.m.Parts)
	return err
}
func (c *PromptCall) editable() editable { return editable{parts: c.m.Parts} }

// Exchange returns what is known of the exchange.
func (c *PromptCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Stage returns whether the hook shapes or judges.
func (c *PromptCall) Stage() Stage { return c.m.Stage }

// Parts returns the prompt's parts, of the kinds and roles that the manifest
// asked for.
func (c *PromptCall) Parts() []Part { return c.parts }

// Parameters returns the request's settings, if the manifest asked for them.
func (c *PromptCall) Parameters() Parameters { return Parameters{&c.m.Parameters} }

// Messages returns the number of the prompt's messages.
func (c *PromptCall) Messages() int { return int(c.m.Messages) }

// State returns what this hook last left for the exchange.
func (c *PromptCall) State() []byte { return c.m.State }

// Choice is how one choice of an answer finished.
type Choice struct {
	Index  int
	Finish Finish
	Stop   string // the stop sequence that ended it
}

// AnswerCall is what the answer hook reads.
type AnswerCall struct {
	m     abi.AnswerCall
	parts partList
}

func (c *AnswerCall) decode(frame []byte) error {
	err := c.m.Decode(frame)
	c.parts.fill(c.m.Parts)
	return err
}
func (c *AnswerCall) editable() editable { return editable{parts: c.m.Parts} }

// Exchange returns what is known of the exchange.
func (c *AnswerCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Parts returns the answer's parts, of the kinds that the manifest asked for.
func (c *AnswerCall) Parts() []Part { return c.parts }

// Choices returns how each choice finished.
func (c *AnswerCall) Choices() []Choice {
	list := make([]Choice, len(c.m.Choices))
	for i := range list {
		m := &c.m.Choices[i]
		list[i] = Choice{int(m.Index), m.Finish, string(m.Stop)}
	}
	return list
}

// Usage returns what the answer consumed, and whether that is known.
func (c *AnswerCall) Usage() (Usage, bool) { return usageOf(&c.m.Usage), c.m.HasUsage }

// MayRetry tells whether [AnswerReply.Retry] is possible.
func (c *AnswerCall) MayRetry() bool { return c.m.MayRetry }

// State returns what this hook last left for the exchange.
func (c *AnswerCall) State() []byte { return c.m.State }

// WindowCall is what the window hook reads: the text of one block of a stream
// that is not released yet.
type WindowCall struct{ m abi.WindowCall }

func (c *WindowCall) decode(frame []byte) error { return c.m.Decode(frame) }
func (c *WindowCall) editable() editable        { return editable{window: c.m.Text} }

// Exchange returns what is known of the exchange.
func (c *WindowCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Choice returns the index of the answer's choice.
func (c *WindowCall) Choice() int { return int(c.m.Choice) }

// Block returns the index of the block. There is one window for each choice and
// block.
func (c *WindowCall) Block() int { return int(c.m.Block) }

// Kind returns the kind of the block.
func (c *WindowCall) Kind() Kind { return c.m.Kind }

// Context returns the end of the text that was released already: 64 bytes or
// more, where there are as many.
func (c *WindowCall) Context() []byte { return c.m.Context }

// Text returns the text that is held. Offsets of edits count its bytes.
func (c *WindowCall) Text() []byte { return c.m.Text }

// Final tells whether no more text follows in this block.
func (c *WindowCall) Final() bool { return c.m.Final }

// Name returns the tool's name if the block is a tool call, which always comes
// whole.
func (c *WindowCall) Name() string { return string(c.m.Name) }

// CallID returns the tool call's id.
func (c *WindowCall) CallID() string { return string(c.m.CallID) }

// Released returns how many bytes of the block were released, Context included.
func (c *WindowCall) Released() uint64 { return c.m.Released }

// State returns what this hook last left for this block.
func (c *WindowCall) State() []byte { return c.m.State }

// Verdict is one judgement that was acted on.
type Verdict struct {
	Instance string
	Verdict  string // "block", "edit", "flag", …
}

// CompleteCall is what the complete hook reads.
type CompleteCall struct {
	m              abi.CompleteCall
	prompt, answer partList
}

func (c *CompleteCall) decode(frame []byte) error {
	err := c.m.Decode(frame)
	c.prompt.fill(c.m.Prompt)
	c.answer.fill(c.m.Answer)
	return err
}
func (c *CompleteCall) editable() editable { return editable{} }

// Exchange returns what is known of the exchange.
func (c *CompleteCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// End returns how the exchange ended.
func (c *CompleteCall) End() End { return c.m.End }

// Status returns the HTTP status that was sent, 499 if the client left before
// one was.
func (c *CompleteCall) Status() int { return int(c.m.Status) }

// ErrorCode returns the code of the error that the client got, or "".
func (c *CompleteCall) ErrorCode() string { return string(c.m.ErrorCode) }

// Usage returns what the exchange consumed, and whether that is known.
func (c *CompleteCall) Usage() (Usage, bool) { return usageOf(&c.m.Usage), c.m.HasUsage }

// Cost returns what it cost, in 10⁻¹² USD, and whether the price is known.
func (c *CompleteCall) Cost() (uint64, bool) { return c.m.Cost, c.m.HasCost }

// Duration returns how long it took.
func (c *CompleteCall) Duration() time.Duration { return time.Duration(c.m.DurationNs) }

// FirstByte returns the time until the first byte was sent, 0 when none was.
func (c *CompleteCall) FirstByte() time.Duration { return time.Duration(c.m.FirstByteNs) }

// Attempts returns how many attempts were made.
func (c *CompleteCall) Attempts() int { return int(c.m.Attempts) }

// Deployment returns the name of the deployment of the last attempt.
func (c *CompleteCall) Deployment() string { return string(c.m.Deployment) }

// Provider returns its provider.
func (c *CompleteCall) Provider() string { return string(c.m.Provider) }

// Model returns the upstream's model.
func (c *CompleteCall) Model() string { return string(c.m.Model) }

// Bytes returns the sizes of the client's request and of what was sent to it.
func (c *CompleteCall) Bytes() (in, out uint64) { return c.m.BytesIn, c.m.BytesOut }

// Verdicts returns the judgements that were acted on.
func (c *CompleteCall) Verdicts() []Verdict {
	list := make([]Verdict, len(c.m.Verdicts))
	for i := range list {
		list[i] = Verdict{string(c.m.Verdicts[i].Instance), string(c.m.Verdicts[i].Verdict)}
	}
	return list
}

// Prompt returns the prompt's parts, if payload was granted.
func (c *CompleteCall) Prompt() []Part { return c.prompt }

// Answer returns the answer's parts, if payload was granted.
func (c *CompleteCall) Answer() []Part { return c.answer }
