package sallyport

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// Translator are the hooks of a plugin that speaks a provider's wire format.
type Translator struct {
	// Request writes the provider's request.
	Request func(c *UpstreamRequestCall, r *UpstreamRequestReply) error
	// Response reads the provider's whole answer.
	Response func(c *UpstreamResponseCall, r *UpstreamResponseReply) error
	// Event reads one whole event of the provider's stream.
	Event func(c *UpstreamEventCall, r *UpstreamEventReply) error
}

// RegisterTranslator says what the plugin's hooks as a translator are. It is
// called once, in init. Such a plugin also imports package translator, for its
// effect:
//
//	import _ "github.com/sallyport-gateway/sallyport/sdk/go/translator"
func RegisterTranslator(t Translator) {
	guest.Set(guest.UpstreamRequest, bind(t.Request))
	guest.Set(guest.UpstreamResponse, bind(t.Response))
	guest.Set(guest.UpstreamEvent, bind(t.Event))
}

// Framing is how a provider's stream is cut into events.
type Framing = abi.Framing

// The framings.
const (
	FramingDefault     Framing = abi.FramingUnspecified // as the Content-Type says
	FramingSSE         Framing = abi.FramingSSE
	FramingNDJSON      Framing = abi.FramingNDJSON
	FramingEventstream Framing = abi.FramingEventstream
)

// Upstream is the deployment that an attempt goes to.
type Upstream struct{ m *abi.Target }

// Deployment returns the deployment's name.
func (u Upstream) Deployment() string { return string(u.m.Deployment) }

// Provider returns its provider's name.
func (u Upstream) Provider() string { return string(u.m.Provider) }

// Kind returns the provider's descriptor, e.g. "anthropic".
func (u Upstream) Kind() string { return string(u.m.Kind) }

// Model returns the upstream's own model name.
func (u Upstream) Model() string { return string(u.m.Model) }

// BasePath returns the path part of the base URL, without trailing slash.
func (u Upstream) BasePath() string { return string(u.m.BasePath) }

// Setting returns a setting of the descriptor or the operator, such as region,
// and whether there is one.
func (u Upstream) Setting(key string) (string, bool) {
	for i := range u.m.Settings {
		if string(u.m.Settings[i].Key) == key {
			return string(u.m.Settings[i].Value), true
		}
	}
	return "", false
}

// Failure is an upstream's error in one form for all providers.
type Failure struct {
	Status     int    // 400 to 599
	Code       string // the provider's own word
	Message    string // for people
	Param      string // path of the offending field
	RetryAfter time.Duration
}

func (v *mistakes) failure(f Failure) abi.Error {
	if f.Status < 400 || f.Status > 599 {
		v.fail("the status of an upstream's error is " + strconv.Itoa(f.Status) + ", not one from 400 to 599")
	}
	return abi.Error{
		Status: uint32(f.Status), Code: v.word(f.Code, maxName, "the code of an error"),
		Message: v.word(f.Message, 4096, "the message of an error"), Param: v.word(f.Param, maxName, "the param of an error"),
		RetryAfterMs: uint64(max(f.RetryAfter, 0) / time.Millisecond),
	}
}

// UpstreamRequestCall is what the request hook of a translator reads.
type UpstreamRequestCall struct {
	m     abi.UpstreamRequestCall
	parts partList
}

func (c *UpstreamRequestCall) decode(frame []byte) error {
	err := c.m.Decode(frame)
	c.parts.fill(c.m.Parts)
	return err
}
func (c *UpstreamRequestCall) editable() editable { return editable{} }

// Exchange returns what is known of the exchange.
func (c *UpstreamRequestCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Upstream returns where the request goes.
func (c *UpstreamRequestCall) Upstream() Upstream { return Upstream{&c.m.Target} }

// Parts returns the prompt.
func (c *UpstreamRequestCall) Parts() []Part { return c.parts }

// Parameters returns the request's settings.
func (c *UpstreamRequestCall) Parameters() Parameters { return Parameters{&c.m.Parameters} }

// Body returns the client's document for operations that have no typed form.
func (c *UpstreamRequestCall) Body() []byte { return c.m.Body }

// UpstreamRequestReply is the provider's request, without credentials.
type UpstreamRequestReply struct {
	mistakes
	out abi.UpstreamRequestReply
}

func (r *UpstreamRequestReply) begin(editable) { r.fault = nil; r.out.Reset() }

func (r *UpstreamRequestReply) end(dst []byte) ([]byte, error) {
	if len(r.out.Fetch) > 0 && r.fault == nil {
		return r.fetches().Append(dst), nil
	}
	if len(r.out.Method) == 0 && !r.out.HasError && r.fault == nil {
		r.fault = errors.New("the translator neither sends nor refuses the request")
	}
	if r.fault != nil {
		return dst, r.fault
	}
	return r.out.Append(dst), nil
}

// Send says what is sent: the method, path and query below the host, escaped,
// and the body.
func (r *UpstreamRequestReply) Send(method, path string, body []byte) {
	if method == "" || path == "" || path[0] != '/' {
		r.fail(`a request needs a method and a path that begins with "/"`)
	}
	r.out.Method, r.out.Path = r.word(method, 16, "the method"), r.word(path, maxPath, "the path")
	r.out.Body = body
}

// Header adds a header field; its name is in lower case.
func (r *UpstreamRequestReply) Header(name, value string) {
	if r.room(len(r.out.Headers), 64, "header fields") {
		r.out.Headers = append(r.out.Headers, abi.Header{Name: r.word(name, maxName, "the name of a header field"), Value: view(value)})
	}
}

// Drop reports something of the request that the provider has no place for.
func (r *UpstreamRequestReply) Drop(field, reason string) {
	if r.room(len(r.out.Dropped), 256, "dropped fields") {
		r.out.Dropped = append(r.out.Dropped, abi.Loss{
			Field: r.word(field, maxName, "the name of a dropped field"), Reason: r.word(reason, maxName, "the reason of a dropped field"),
		})
	}
}

// Fetch asks the gateway to fetch an image, audio or document that the client gave
// by URL, for a provider that takes it as data alone, and returns whether it can: it
// is an https or http URL, and not fetched yet. The hook runs once more then, with
// the part's data and with its media type as the name; of this reply nothing else
// counts but that it refuses. The field is the part's path in the client's request,
// for errors.
func (r *UpstreamRequestReply) Fetch(p Part, field string) bool {
	if len(p.m.Data) > 0 || !begins(p.m.URL, "https://") && !begins(p.m.URL, "http://") {
		return false
	}
	for i := range r.out.Fetch {
		if r.out.Fetch[i].Part == p.m.ID {
			return true
		}
	}
	if r.room(len(r.out.Fetch), 256, "parts to fetch") {
		r.out.Fetch = append(r.out.Fetch, abi.Fetch{Part: p.m.ID, Field: r.word(field, maxName, "the field of what is to be fetched")})
	}
	return true
}

// begins tells whether a URL has the scheme, which is in lower case.
func begins(url []byte, scheme string) bool {
	return len(url) >= len(scheme) && strings.EqualFold(string(url[:len(scheme)]), scheme)
}

// fetches returns the reply without the request, which lacks what is fetched.
func (r *UpstreamRequestReply) fetches() *abi.UpstreamRequestReply {
	if r.out.HasError {
		return &abi.UpstreamRequestReply{HasError: true, Error: r.out.Error}
	}
	return &abi.UpstreamRequestReply{Fetch: r.out.Fetch}
}

// Refuse says that the request cannot be translated.
func (r *UpstreamRequestReply) Refuse(f Failure) { r.out.HasError, r.out.Error = true, r.failure(f) }

// Framing says how the provider's stream is cut into events.
func (r *UpstreamRequestReply) Framing(f Framing) { r.out.Framing = f }

// SetState keeps up to 16 KiB for the hooks that read the answer.
func (r *UpstreamRequestReply) SetState(state []byte) {
	r.out.HasState, r.out.State = true, r.bounded(state)
}
