package sallyporttest

import (
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// Upstream is where an attempt goes.
type Upstream struct {
	Deployment, Provider, Kind, Model, BasePath string
	Settings                                    map[string]string
}

func (u *Upstream) frame() abi.Target {
	m := abi.Target{
		Deployment: []byte(u.Deployment), Provider: []byte(u.Provider), Kind: []byte(u.Kind), Model: []byte(u.Model),
		BasePath: []byte(u.BasePath),
	}
	for k, v := range u.Settings {
		m.Settings = append(m.Settings, abi.Tag{Key: []byte(k), Value: []byte(v)})
	}
	return m
}

// UpstreamRequest is what a translator wrote.
type UpstreamRequest struct {
	Err          error
	Method, Path string
	Headers      []Header
	Body         string
	Dropped      []Loss
	Failure      *sallyport.Failure // the request cannot be translated
	Framing      sallyport.Framing
	Fetch        []Fetch // what the gateway must fetch first; there is nothing else then
}

// Fetch is a part, by its place, that the client gave by URL, and its path in the
// client's request.
type Fetch struct {
	Part  int
	Field string
}

// Header is one header field.
type Header struct{ Name, Value string }

// Loss is something of the request that the provider has no place for.
type Loss struct{ Field, Reason string }

// translatorState is the one state that a translator's hooks share.
var translatorState = stateKey{hook: guest.UpstreamRequest}

func (h *Host) keepState(has bool, state []byte) {
	if has {
		h.states[translatorState] = append([]byte(nil), state...)
	}
}

func failureOf(m *abi.Error) *sallyport.Failure {
	return &sallyport.Failure{
		Status: int(m.Status), Code: string(m.Code), Message: string(m.Message), Param: string(m.Param),
		RetryAfter: time.Duration(m.RetryAfterMs) * time.Millisecond,
	}
}

// UpstreamRequest calls the request hook of a translator.
func (h *Host) UpstreamRequest(u Upstream, parts []Part, parameters Parameters) UpstreamRequest {
	call := abi.UpstreamRequestCall{
		HasExchange: true, Exchange: h.exchange(), HasTarget: true, Target: u.frame(), HasParameters: true, Parameters: parameters.frame(),
		Parts: partsOf(parts, sallyport.RoleUser, sallyport.OriginClient),
	}
	var m abi.UpstreamRequestReply
	if err := h.run(guest.UpstreamRequest, call.Append(nil), &m); err != nil {
		return UpstreamRequest{Err: err}
	}
	h.keepState(m.HasState, m.State)
	r := UpstreamRequest{Method: string(m.Method), Path: string(m.Path), Body: string(m.Body), Framing: m.Framing}
	for _, f := range m.Headers {
		r.Headers = append(r.Headers, Header{string(f.Name), string(f.Value)})
	}
	for _, d := range m.Dropped {
		r.Dropped = append(r.Dropped, Loss{string(d.Field), string(d.Reason)})
	}
	for _, f := range m.Fetch {
		r.Fetch = append(r.Fetch, Fetch{int(f.Part), string(f.Field)})
	}
	if m.HasError {
		r.Failure = failureOf(&m.Error)
	}
	return r
}

// UpstreamResponse is what a translator read.
type UpstreamResponse struct {
	Err       error
	Parts     []Part
	Choices   []sallyport.Choice
	Usage     *sallyport.Usage // nil is unknown
	Model, ID string
	Failure   *sallyport.Failure // the provider refused
	Body      string
}

// UpstreamResponse calls the response hook of a translator. Names of header
// fields are in lower case.
func (h *Host) UpstreamResponse(u Upstream, status int, headers map[string]string, body string) UpstreamResponse {
	call := abi.UpstreamResponseCall{
		HasExchange: true, Exchange: h.exchange(), HasTarget: true, Target: u.frame(), Status: uint32(status), Body: []byte(body),
		State: h.states[translatorState],
	}
	for name, value := range headers {
		call.Headers = append(call.Headers, abi.Header{Name: []byte(name), Value: []byte(value)})
	}
	var m abi.UpstreamResponseReply
	if err := h.run(guest.UpstreamResponse, call.Append(nil), &m); err != nil {
		return UpstreamResponse{Err: err}
	}
	r := UpstreamResponse{Model: string(m.Model), ID: string(m.ID), Body: string(m.Body)}
	for i := range m.Parts {
		r.Parts = append(r.Parts, partFrom(&m.Parts[i]))
	}
	for _, c := range m.Choices {
		r.Choices = append(r.Choices, sallyport.Choice{Index: int(c.Index), Finish: c.Finish, Stop: string(c.Stop)})
	}
	if m.HasUsage {
		u := sallyport.Usage(m.Usage)
		r.Usage = &u
	}
	if m.HasError {
		r.Failure = failureOf(&m.Error)
	}
	return r
}

func partFrom(m *abi.Part) Part {
	return Part{
		Kind: m.Kind, Role: m.Role, Message: -1, Choice: int(m.Choice), Text: string(m.Text), Name: string(m.Name),
		CallID: string(m.CallID), Data: m.Data, URL: string(m.URL), Signature: m.Signature, Source: string(m.Source), Raw: m.Raw,
	}
}

// Event is one event of ours that a provider's event means.
type Event struct {
	Kind          string // "open", "delta", "close", "usage", "finish", "error" or "raw"
	Choice, Block int
	Part          *Part // of open and delta
	Finish        sallyport.Finish
	Usage         *sallyport.Usage
	Failure       *sallyport.Failure
	Raw           string
	Model, ID     string
}

// UpstreamEvent calls the event hook of a translator. After the last event of a
// stream it is called once more with final and nothing else.
func (h *Host) UpstreamEvent(u Upstream, name, data string, final bool) ([]Event, error) {
	call := abi.UpstreamEventCall{
		HasExchange: true, Exchange: h.exchange(), HasTarget: true, Target: u.frame(), Name: []byte(name), Data: []byte(data),
		Final: final, State: h.states[translatorState],
	}
	var m abi.UpstreamEventReply
	if err := h.run(guest.UpstreamEvent, call.Append(nil), &m); err != nil {
		return nil, err
	}
	h.keepState(m.HasState, m.State)
	var events []Event
	for i := range m.Events {
		e := &m.Events[i]
		out := Event{
			Kind: e.Kind.String(), Choice: int(e.Choice), Block: int(e.Block), Finish: e.Finish, Raw: string(e.Raw),
			Model: string(e.Model), ID: string(e.ID),
		}
		if e.HasPart {
			p := partFrom(&e.Part)
			out.Part = &p
		}
		if e.HasUsage {
			u := sallyport.Usage(e.Usage)
			out.Usage = &u
		}
		if e.HasError {
			out.Failure = failureOf(&e.Error)
		}
		events = append(events, out)
	}
	return events, nil
}
