package sallyporttest

import (
	"slices"
	"strings"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// Part is one piece of content. The zero Kind is text; the zero Role is user in
// a prompt and assistant in an answer.
type Part struct {
	Kind      sallyport.Kind
	Role      sallyport.Role
	Message   int // index of the message, -1 for a part outside the messages
	Choice    int
	Text      string
	Name      string
	CallID    string
	Data      []byte
	URL       string
	Signature []byte
	Source    string
	Raw       []byte
}

// Texts makes a part of each text, each in a message of its own.
func Texts(texts ...string) []Part {
	parts := make([]Part, len(texts))
	for i, text := range texts {
		parts[i] = Part{Text: text, Message: i}
	}
	return parts
}

func partsOf(parts []Part, role sallyport.Role, origin sallyport.Origin) []abi.Part {
	list := make([]abi.Part, len(parts))
	for i := range parts {
		p := &parts[i]
		list[i] = abi.Part{
			ID: uint32(i), Kind: p.Kind, Role: p.Role, HasMessage: p.Message >= 0, Message: uint32(max(p.Message, 0)),
			Choice: uint32(p.Choice), Origin: origin, Text: []byte(p.Text), Name: []byte(p.Name), CallID: []byte(p.CallID),
			Data: p.Data, URL: []byte(p.URL), Signature: p.Signature, Source: []byte(p.Source), Raw: p.Raw,
		}
		if list[i].Kind == 0 {
			list[i].Kind = sallyport.KindText
		}
		if list[i].Role == 0 {
			list[i].Role = role
		}
	}
	return list
}

func (h *Host) exchange() abi.Exchange {
	e := &h.Exchange
	m := abi.Exchange{
		ID: []byte(e.ID), Route: []byte(e.Route), Operation: e.Operation, Dialect: []byte(e.Dialect), Stream: e.Stream,
		Consumer: []byte(e.Consumer), Tenant: []byte(e.Tenant), Model: []byte(e.Model), Shadow: e.Shadow,
	}
	for _, t := range e.Tags {
		m.Tags = append(m.Tags, abi.Tag{Key: []byte(t.Key), Value: []byte(t.Value)})
	}
	for name, value := range e.Headers {
		m.Headers = append(m.Headers, abi.Header{Name: []byte(name), Value: []byte(value)})
	}
	return m
}

// Receive calls the receive hook. The path may have a query; body is the size of
// the body in bytes.
func (h *Host) Receive(method, path string, body int) Reply {
	path, query, _ := strings.Cut(path, "?")
	call := abi.ReceiveCall{
		HasExchange: true, Exchange: h.exchange(), Method: []byte(method), Path: []byte(path), Query: []byte(query),
		BodyBytes: uint64(body),
	}
	call.Exchange.Route, call.Exchange.Model, call.Exchange.Operation = nil, nil, 0 // not known yet
	return h.reply(guest.Receive, call.Append(nil), subject{})
}

// Prompt calls the prompt hook with user texts, each in a message of its own.
func (h *Host) Prompt(texts ...string) Reply { return h.PromptParts(Texts(texts...), Parameters{}) }

// PromptParts calls the prompt hook.
func (h *Host) PromptParts(parts []Part, parameters Parameters) Reply {
	call := abi.PromptCall{
		HasExchange: true, Exchange: h.exchange(), Stage: h.Stage, HasParameters: true, Parameters: parameters.frame(),
		Parts: partsOf(parts, sallyport.RoleUser, sallyport.OriginClient), State: h.states[stateKey{hook: guest.Prompt}],
	}
	for _, p := range parts {
		call.Messages = max(call.Messages, uint32(p.Message+1))
	}
	r := h.reply(guest.Prompt, call.Append(nil), subject{parts: call.Parts})
	if len(r.Appended) > 0 && h.Stage != sallyport.StageShape {
		r.fail("a judge appended a text; only stage shape may")
	}
	return r
}

// Parameters are the settings of a prompt call.
type Parameters struct {
	MaxOutput   uint64   // 0 is unset
	Temperature *float64 // nil is unset
	Stop        []string
	Tools       []Tool
	Others      map[string]string // JSON by name
}

// Tool is a function that the model may call.
type Tool struct{ Name, Description, Arguments string }

func (p *Parameters) frame() abi.Parameters {
	m := abi.Parameters{HasMaxOutput: p.MaxOutput > 0, MaxOutput: p.MaxOutput}
	if p.Temperature != nil {
		m.HasTemperature, m.Temperature = true, *p.Temperature
	}
	for _, s := range p.Stop {
		m.Stop = append(m.Stop, []byte(s))
	}
	for _, t := range p.Tools {
		m.Tools = append(m.Tools, abi.Tool{Name: []byte(t.Name), Description: []byte(t.Description), Schema: []byte(t.Arguments)})
	}
	for name, value := range p.Others {
		m.Others = append(m.Others, abi.Parameter{Name: []byte(name), JSON: []byte(value)})
	}
	return m
}

// Deployment is one candidate of a route call.
type Deployment struct {
	Name, Provider, Model string

	Weight, InFlight        int
	Cooling                 bool
	FirstByte               time.Duration
	ErrorRate               float64
	InputPrice, OutputPrice uint64 // 0 is unknown
	ContextTokens           uint64
	Labels                  map[string]string
}

// Route calls the route hook.
func (h *Host) Route(features sallyport.Features, deployments ...Deployment) Reply {
	call := abi.RouteCall{HasExchange: true, Exchange: h.exchange(), HasFeatures: true, Features: abi.Features{
		InputTokens: features.InputTokens, Messages: uint32(features.Messages), Images: features.Images, Audio: features.Audio,
		Documents: features.Documents, Tools: features.Tools, Reasoning: features.Reasoning,
	}}
	for _, d := range deployments {
		m := abi.Deployment{
			Name: []byte(d.Name), Provider: []byte(d.Provider), Model: []byte(d.Model), Weight: uint32(d.Weight),
			InFlight: uint32(d.InFlight), Cooling: d.Cooling, FirstByteMs: float64(d.FirstByte) / float64(time.Millisecond),
			ErrorRate: d.ErrorRate, HasInputPrice: d.InputPrice > 0, InputPrice: d.InputPrice,
			HasOutputPrice: d.OutputPrice > 0, OutputPrice: d.OutputPrice, ContextTokens: d.ContextTokens,
		}
		for k, v := range d.Labels {
			m.Labels = append(m.Labels, abi.Tag{Key: []byte(k), Value: []byte(v)})
		}
		call.Deployments = append(call.Deployments, m)
	}
	return h.reply(guest.Route, call.Append(nil), subject{})
}

// Answer calls the answer hook with assistant texts, of one choice.
func (h *Host) Answer(texts ...string) Reply { return h.AnswerParts(Texts(texts...), nil, false) }

// AnswerParts calls the answer hook. A nil usage is unknown.
func (h *Host) AnswerParts(parts []Part, usage *sallyport.Usage, mayRetry bool) Reply {
	call := abi.AnswerCall{
		HasExchange: true, Exchange: h.exchange(), MayRetry: mayRetry, State: h.states[stateKey{hook: guest.Answer}],
		Parts: partsOf(parts, sallyport.RoleAssistant, sallyport.OriginUpstream),
	}
	if usage != nil {
		call.HasUsage, call.Usage = true, abi.Usage(*usage)
	}
	for i := range call.Parts {
		if c := call.Parts[i].Choice; !slices.ContainsFunc(call.Choices, func(have abi.Choice) bool { return have.Index == c }) {
			call.Choices = append(call.Choices, abi.Choice{Index: c, Finish: sallyport.FinishStop})
		}
	}
	r := h.reply(guest.Answer, call.Append(nil), subject{parts: call.Parts})
	if r.Retry != "" && !mayRetry {
		r.fail("a retry, which is not possible here")
	}
	return r
}

// Window is a piece of a streamed answer.
type Window struct {
	Choice, Block int
	Kind          sallyport.Kind // the zero value is text
	Context       string
	Text          string
	Final         bool
	Name, CallID  string // of a tool call
	Released      int    // 0 means len(Context)
}

// Window calls the window hook.
func (h *Host) Window(w Window) Reply {
	key := stateKey{guest.Window, w.Choice, w.Block}
	call := abi.WindowCall{
		HasExchange: true, Exchange: h.exchange(), Choice: uint32(w.Choice), Block: uint32(w.Block), Kind: w.Kind,
		Context: []byte(w.Context), Text: []byte(w.Text), Final: w.Final, Name: []byte(w.Name), CallID: []byte(w.CallID),
		Released: uint64(max(w.Released, len(w.Context))), State: h.states[key],
	}
	if call.Kind == 0 {
		call.Kind = sallyport.KindText
	}
	return h.reply(guest.Window, call.Append(nil), subject{parts: []abi.Part{{Text: call.Text}}, state: key})
}

// Stream hands the plugin a streamed text in pieces, as the gateway does: what a
// reply holds back comes again in front of the next piece, and the last call is
// final. It returns the text that was released and the reply that ended the
// stream: the first that failed or blocked, or else the last.
func (h *Host) Stream(pieces ...string) (released string, r Reply) {
	const keptContext = 64
	held, final := "", len(pieces)-1
	for i, piece := range pieces {
		held += piece
		at := max(0, len(released)-keptContext)
		for at > 0 && !startsRune(released[at]) {
			at--
		}
		r = h.Window(Window{Context: released[at:], Text: held, Final: i == final, Released: len(released)})
		if r.Err != nil || r.Block != nil {
			return released, r
		}
		cut := len(held) - r.Hold
		if i == final {
			cut = len(held)
		}
		for cut > 0 && cut < len(held) && !startsRune(held[cut]) {
			cut--
		}
		text, rest, ok := r.split(held, cut)
		if !ok {
			r.fail("an edit reaches into the text that is held")
			return released, r
		}
		released, held = released+text, rest
	}
	return released, r
}

func startsRune(c byte) bool { return c&0xc0 != 0x80 }

// Complete is how an exchange ended.
type Complete struct {
	End                         sallyport.End
	Status                      int
	ErrorCode                   string
	Usage                       *sallyport.Usage // nil is unknown
	Cost                        *uint64          // nil is unknown
	Duration, FirstByte         time.Duration
	Attempts                    int
	Deployment, Provider, Model string
	BytesIn, BytesOut           int
	Verdicts                    []sallyport.Verdict
	Prompt, Answer              []Part
}

// Complete calls the complete hook.
func (h *Host) Complete(c Complete) Reply {
	call := abi.CompleteCall{
		HasExchange: true, Exchange: h.exchange(), End: c.End, Status: uint32(c.Status), ErrorCode: []byte(c.ErrorCode),
		DurationNs: uint64(c.Duration), FirstByteNs: uint64(c.FirstByte), Attempts: uint32(c.Attempts),
		Deployment: []byte(c.Deployment), Provider: []byte(c.Provider), Model: []byte(c.Model),
		BytesIn: uint64(c.BytesIn), BytesOut: uint64(c.BytesOut),
		Prompt: partsOf(c.Prompt, sallyport.RoleUser, sallyport.OriginClient),
		Answer: partsOf(c.Answer, sallyport.RoleAssistant, sallyport.OriginUpstream),
	}
	if c.Usage != nil {
		call.HasUsage, call.Usage = true, abi.Usage(*c.Usage)
	}
	if c.Cost != nil {
		call.HasCost, call.Cost = true, *c.Cost
	}
	for _, v := range c.Verdicts {
		call.Verdicts = append(call.Verdicts, abi.Verdict{Instance: []byte(v.Instance), Verdict: []byte(v.Verdict)})
	}
	return h.reply(guest.Complete, call.Append(nil), subject{})
}
