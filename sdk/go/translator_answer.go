package sallyport

import (
	"errors"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// UpstreamResponseCall is what the response hook of a translator reads.
type UpstreamResponseCall struct{ m abi.UpstreamResponseCall }

func (c *UpstreamResponseCall) decode(frame []byte) error { return c.m.Decode(frame) }
func (c *UpstreamResponseCall) editable() editable        { return editable{} }

// Exchange returns what is known of the exchange.
func (c *UpstreamResponseCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Upstream returns where the answer comes from.
func (c *UpstreamResponseCall) Upstream() Upstream { return Upstream{&c.m.Target} }

// Status returns the HTTP status.
func (c *UpstreamResponseCall) Status() int { return int(c.m.Status) }

// Header returns the first value of a header field, in place, or nil. The name
// is in lower case.
func (c *UpstreamResponseCall) Header(name string) []byte {
	for i := range c.m.Headers {
		if string(c.m.Headers[i].Name) == name {
			return c.m.Headers[i].Value
		}
	}
	return nil
}

// Body returns the answer's document.
func (c *UpstreamResponseCall) Body() []byte { return c.m.Body }

// State returns what the request hook left.
func (c *UpstreamResponseCall) State() []byte { return c.m.State }

// Content is one piece of an answer that a translator has read. Its bytes must
// not change before the hook returns.
type Content struct {
	Kind      Kind // the zero value is KindText
	Text      []byte
	Name      string // tool's name, or media type of images, audio and documents
	CallID    string
	Data      []byte
	URL       string
	Signature []byte
	Source    string
	Raw       []byte
}

func (c *Content) part(choice int) abi.Part {
	p := abi.Part{
		Kind: c.Kind, Role: RoleAssistant, Origin: OriginUpstream, Choice: uint32(choice), Text: c.Text, Name: view(c.Name),
		CallID: view(c.CallID), Data: c.Data, URL: view(c.URL), Signature: c.Signature, Source: view(c.Source), Raw: c.Raw,
	}
	if p.Kind == 0 {
		p.Kind = KindText
	}
	return p
}

// UpstreamResponseReply is an answer in the gateway's form.
type UpstreamResponseReply struct {
	mistakes
	out abi.UpstreamResponseReply
}

func (r *UpstreamResponseReply) begin(editable) { r.fault = nil; r.out.Reset() }

func (r *UpstreamResponseReply) end(dst []byte) ([]byte, error) {
	if r.fault != nil {
		return dst, r.fault
	}
	out := r.out.Append(dst)
	if len(out) == len(dst) {
		return dst, errors.New("the translator read nothing from the answer")
	}
	return out, nil
}

// Add adds a piece of content to a choice.
func (r *UpstreamResponseReply) Add(choice int, c Content) {
	if r.room(len(r.out.Parts), 65536, "parts") {
		r.out.Parts = append(r.out.Parts, c.part(choice))
	}
}

// Finish says how a choice finished; stop is the sequence that ended it, if one did.
func (r *UpstreamResponseReply) Finish(choice int, f Finish, stop string) {
	if r.room(len(r.out.Choices), 128, "choices") {
		r.out.Choices = append(r.out.Choices, abi.Choice{Index: uint32(choice), Finish: f, Stop: r.word(stop, 4096, "the stop sequence")})
	}
}

// Usage says what the answer consumed.
func (r *UpstreamResponseReply) Usage(u Usage) { r.out.HasUsage, r.out.Usage = true, abi.Usage(u) }

// Model says which model the provider used, and the provider's id of the answer.
func (r *UpstreamResponseReply) Model(model, id string) {
	r.out.Model, r.out.ID = r.word(model, maxName, "the model"), r.word(id, maxName, "the id of the answer")
}

// Fail says that the provider refused.
func (r *UpstreamResponseReply) Fail(f Failure) { r.out.HasError, r.out.Error = true, r.failure(f) }

// Body gives the client's document for operations that have no typed form.
func (r *UpstreamResponseReply) Body(document []byte) { r.out.Body = document }

// UpstreamEventCall is what the event hook of a translator reads.
type UpstreamEventCall struct{ m abi.UpstreamEventCall }

func (c *UpstreamEventCall) decode(frame []byte) error { return c.m.Decode(frame) }
func (c *UpstreamEventCall) editable() editable        { return editable{} }

// Exchange returns what is known of the exchange.
func (c *UpstreamEventCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Upstream returns where the event comes from.
func (c *UpstreamEventCall) Upstream() Upstream { return Upstream{&c.m.Target} }

// Name returns the event's name, where the framing has one.
func (c *UpstreamEventCall) Name() []byte { return c.m.Name }

// Data returns the event's payload.
func (c *UpstreamEventCall) Data() []byte { return c.m.Data }

// Final tells whether the stream is over; name and data are empty then.
func (c *UpstreamEventCall) Final() bool { return c.m.Final }

// State returns what the request hook, or this one, last left.
func (c *UpstreamEventCall) State() []byte { return c.m.State }

// UpstreamEventReply is what one event of the provider means: none, one or more
// events of ours, in the order of the calls.
type UpstreamEventReply struct {
	mistakes
	out abi.UpstreamEventReply
}

func (r *UpstreamEventReply) begin(editable) { r.fault = nil; r.out.Reset() }

func (r *UpstreamEventReply) end(dst []byte) ([]byte, error) {
	if r.fault != nil {
		return dst, r.fault
	}
	return r.out.Append(dst), nil
}

func (r *UpstreamEventReply) add(e abi.Event) {
	if r.room(len(r.out.Events), 1024, "events") {
		r.out.Events = append(r.out.Events, e)
	}
}

// Open begins a block; c is what is known of it.
func (r *UpstreamEventReply) Open(choice, block int, c Content) {
	r.add(abi.Event{Kind: abi.EventKindOpen, Choice: uint32(choice), Block: uint32(block), HasPart: true, Part: c.part(choice)})
}

// Delta goes on with a block; c holds what is new.
func (r *UpstreamEventReply) Delta(choice, block int, c Content) {
	r.add(abi.Event{Kind: abi.EventKindDelta, Choice: uint32(choice), Block: uint32(block), HasPart: true, Part: c.part(choice)})
}

// Close says that a block is whole.
func (r *UpstreamEventReply) Close(choice, block int) {
	r.add(abi.Event{Kind: abi.EventKindClose, Choice: uint32(choice), Block: uint32(block)})
}

// Usage sets the usage so far.
func (r *UpstreamEventReply) Usage(u Usage) {
	r.add(abi.Event{Kind: abi.EventKindUsage, HasUsage: true, Usage: abi.Usage(u)})
}

// Finish says how a choice finished.
func (r *UpstreamEventReply) Finish(choice int, f Finish) {
	r.add(abi.Event{Kind: abi.EventKindFinish, Choice: uint32(choice), Finish: f})
}

// Fail says that the stream failed.
func (r *UpstreamEventReply) Fail(f Failure) {
	r.add(abi.Event{Kind: abi.EventKindError, HasError: true, Error: r.failure(f)})
}

// Raw passes on an event that only one dialect understands.
func (r *UpstreamEventReply) Raw(event []byte) { r.add(abi.Event{Kind: abi.EventKindRaw, Raw: event}) }

// Model says, with the first event that was added, which model the provider used
// and the provider's id of the answer.
func (r *UpstreamEventReply) Model(model, id string) {
	if len(r.out.Events) == 0 {
		r.fail("the model goes with an event: add one first")
		return
	}
	e := &r.out.Events[0]
	e.Model, e.ID = r.word(model, maxName, "the model"), r.word(id, maxName, "the id of the answer")
}

// SetState keeps up to 16 KiB for the next event.
func (r *UpstreamEventReply) SetState(state []byte) {
	r.out.HasState, r.out.State = true, r.bounded(state)
}
