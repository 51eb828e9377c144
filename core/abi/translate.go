package abi

import (
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// The names of the hooks of translators, as in [Hooks].
const (
	HookUpstreamRequest  = "upstream_request"
	HookUpstreamResponse = "upstream_response"
	HookUpstreamEvent    = "upstream_event"
)

// Translations makes the frames of a translator's hooks and reads its replies.
// Filling one again allocates next to nothing. One goroutine uses it at a time;
// the zero value is ready.
//
// What a frame points to belongs to the exchange: the frame must be appended
// before the call ends. What Read… methods put into an attempt points into the
// frame that they were given, which must therefore live as long.
type Translations struct {
	whole    bool // something but the event is in use
	id       [idLen]byte
	request  UpstreamRequestCall
	response UpstreamResponseCall
	event    eventCall

	told      []byte // backs the settings that tell of the model
	requested UpstreamRequestReply
	answered  UpstreamResponseReply
	happened  UpstreamEventReply
}

// Request makes the frame of upstream_request. sees says what may be shown of
// the exchange beside parts and parameters, which a translator always sees. The
// error blames the client for what a frame cannot hold.
func (t *Translations) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest, sees *core.Sees) (Frame, *core.Error) {
	m := &t.request
	t.whole = true
	m.Reset()
	if n := len(r.Parts); n > maxParts {
		return nil, core.ClientErrorf(core.CodeInvalidRequest, "messages", "%d pieces of content are more than this provider can be sent, %d.", n, maxParts)
	}
	for i := range r.Parameters.Tools {
		if n := len(r.Parameters.Tools[i].Name); n > maxToolName {
			return nil, core.ClientErrorf(core.CodeInvalidField, "tools", "Tool %d has a name of %d bytes; %d are allowed.", i, n, maxToolName)
		}
	}
	t.exchange(&m.Exchange, ex)
	m.HasExchange = true
	m.Exchange.seen(ex, sees)
	m.HasTarget = true
	m.Target.Set(at.Deployment)
	t.facts(&m.Target, at.Deployment, ex.Request.Model)
	if at.Service != nil && at.Service.Carried {
		m.Target.Settings = append(m.Target.Settings, Tag{Key: View(SettingStreamInPath), Value: View("true")})
	}
	for i, p := range r.Parts {
		m.Parts = grow(m.Parts)
		m.Parts[i].Set(p, p.Text())
		m.Parts[i].ID = uint32(i) // what Fetch.part names
	}
	m.HasParameters = true
	m.Parameters.Set(&r.Parameters)
	m.Body = r.Body
	return m, nil
}

// Response makes the frame of upstream_response.
func (t *Translations) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse) Frame {
	m := &t.response
	t.whole = true
	m.Reset()
	t.exchange(&m.Exchange, ex)
	m.HasExchange, m.HasTarget = true, true
	m.Target.Set(at.Deployment)
	m.Status = uint32(max(resp.Status, 0))
	if resp.Headers != nil {
		for _, name := range answerHeaders() {
			if v := resp.Headers.Get(name); len(v) > 0 && len(v) <= frameHeader {
				m.Headers = append(m.Headers, Header{Name: View(name), Value: v})
			}
		}
	}
	m.Body, m.State = resp.Body, at.Translation.State
	return m
}

// Reset drops what the frames and replies hold of the exchange.
func (t *Translations) Reset() {
	t.event = eventCall{}
	t.happened.Reset()
	if !t.whole {
		return
	}
	t.whole = false
	t.request.Reset()
	t.request.Parts = kept(t.request.Parts)
	t.response.Reset()
	t.requested.Reset()
	t.answered.Reset()
	t.answered.Parts = kept(t.answered.Parts)
}

// exchange fills in what every hook of a translator is told.
func (t *Translations) exchange(m *Exchange, ex *core.Exchange) {
	m.ID = ex.ID.Append(t.id[:0])
	if ex.Route != nil {
		m.Route = View(ex.Route.Name)
	}
	m.Operation = OperationOf(ex.Request.Operation)
	if ex.Request.Dialect != nil {
		m.Dialect = View(ex.Request.Dialect.Name())
	}
	m.Stream = ex.Request.Stream
	m.Model = ex.Request.Model
}

// answerHeaders are the header fields of a provider's answer that translators
// are shown: no cookie and nothing that a provider may put a credential in.
func answerHeaders() [12]string {
	return [...]string{
		"content-type", "retry-after", "retry-after-ms", "x-should-retry", "request-id", "x-request-id",
		"x-amzn-requestid", "x-amzn-errortype", "x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count",
		"x-goog-request-id", "x-ms-error-code",
	}
}

// Set fills m with the deployment that an attempt goes to. Settings beyond what
// a frame may hold are left out; the configuration bounds them.
func (m *Target) Set(d *core.Deployment) {
	m.Reset()
	if d == nil {
		return
	}
	m.Deployment, m.Model = View(d.Name), View(d.Model)
	p := d.Provider
	if p == nil {
		return
	}
	m.Provider, m.Kind, m.BasePath = View(p.Name), View(p.Kind), View(p.BasePath)
	for _, s := range p.Settings[:min(len(p.Settings), maxSettings)] {
		if len(s.Key) <= frameTagKey && len(s.Value) <= frameTagValue {
			m.Settings = append(m.Settings, Tag{Key: View(s.Key), Value: View(s.Value)})
		}
	}
}

// The settings that tell of the model and of quirks. No descriptor's setting has
// such a name.
const (
	SettingContext   = "context"    // tokens of prompt and answer together
	SettingMaxOutput = "max_output" // tokens of the answer
	SettingRefuses   = "refuses"    // names of parameters that it refuses, joined by commas
	// SettingNoStreamUsage is "true" where the provider refuses stream_options.
	SettingNoStreamUsage = "no_stream_usage"
	// SettingNoStreamEnd is "true" where the provider leaves out the last event of its
	// streams, see [core.Quirks.NoStreamEnd].
	SettingNoStreamEnd = "no_stream_end"
	// SettingInPlaceOfModel is [core.Quirks.InPlaceOfModel].
	SettingInPlaceOfModel = "in_place_of_model"
	// SettingStreamInPath is "true" where the document must not say whether its answer
	// is streamed, see [core.Service.Carried].
	SettingStreamInPath = "stream_in_path"
)

// facts adds to m's settings what is known of the model.
func (t *Translations) facts(m *Target, d *core.Deployment, requested []byte) {
	if d == nil {
		return
	}
	if p := d.Provider; p != nil && p.Quirks.NoStreamUsage {
		m.Settings = append(m.Settings, Tag{Key: View(SettingNoStreamUsage), Value: View("true")})
	}
	if p := d.Provider; p != nil && p.Quirks.NoStreamEnd {
		m.Settings = append(m.Settings, Tag{Key: View(SettingNoStreamEnd), Value: View("true")})
	}
	if p := d.Provider; p != nil && p.Quirks.InPlaceOfModel != "" {
		m.Settings = append(m.Settings, Tag{Key: View(SettingInPlaceOfModel), Value: View(p.Quirks.InPlaceOfModel)})
	}
	f := d.FactsOf(requested)
	if f == nil {
		return
	}
	// The buffer has room for all, so that it does not move below what was added.
	t.told = slices.Grow(t.told[:0], 2*20+refusesMax)
	tell := func(name string, from int) {
		m.Settings = append(m.Settings, Tag{Key: View(name), Value: t.told[from:len(t.told):len(t.told)]})
	}
	if f.Context > 0 {
		t.told = strconv.AppendInt(t.told, f.Context, 10)
		tell(SettingContext, 0)
	}
	if at := len(t.told); f.MaxOutput > 0 {
		t.told = strconv.AppendInt(t.told, f.MaxOutput, 10)
		tell(SettingMaxOutput, at)
	}
	at := len(t.told)
	for _, name := range f.Refuses {
		if len(t.told)-at+len(name)+1 > refusesMax {
			break
		}
		if len(t.told) > at {
			t.told = append(t.told, ',')
		}
		t.told = append(t.told, name...)
	}
	if len(t.told) > at {
		tell(SettingRefuses, at)
	}
}

// refusesMax bounds what a frame says of refused parameters, in bytes.
const refusesMax = 1024

// Bounds of what a translator's frames hold, see sallyport.proto.
const (
	maxParts    = 65536
	maxSettings = 64
	maxChoices  = 128
	maxBlocks   = 1 << 16
)
