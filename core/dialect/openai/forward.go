package openai

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var (
	jsonTrue        = []byte("true")
	jsonUsageMember = []byte(`"include_usage":true`)
	jsonUsageAfter  = []byte(`"include_usage":true,`)
	jsonOptions     = []byte(`{"include_usage":true}`)
	jsonOptionsLast = []byte(`,"stream_options":{"include_usage":true}`)
)

// Forward fills at.Request.Body with the client's document, in which only the
// model, edited and appended parts and what metering a stream needs are changed.
// The document itself is not touched, so that a retry starts from the original.
// The ranges alias ex.Request.Body, at.Deployment and the memory of ex.
//
// The error is CodePluginFailed for an edit after which the document would no
// longer be sound, and CodeUnsupportedField on a strict route whose provider
// refuses what the client asked for.
func (Chat) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	return memoryOf(ex).forward(ex, at, insertMessage, true)
}

// forward is Forward for all dialects of this package. metered ones have streams.
func (m *memory) forward(ex *core.Exchange, at *core.Attempt, insert leaf.Inserter, metered bool) *core.Error {
	body := ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	m.Begin()
	model := ex.Request.ModelSpan
	if d := at.Deployment; len(d.ModelJSON) > 0 && !bytes.Equal(d.ModelJSON, model.Of(body)) {
		m.Replace(jsonscan.Span(model), d.ModelJSON)
	}
	if metered {
		if err := m.meter(ex, at); err != nil {
			return err
		}
	}
	if err := m.Apply(ex, insert); err != nil {
		return err
	}
	at.Request.Body = m.Render(ex, at.Request.Body[:0], body)
	return nil
}

// meter makes a stream report its usage, as far as the provider can.
func (m *memory) meter(ex *core.Exchange, at *core.Attempt) *core.Error {
	r := &ex.Request
	v := m.top.Value(keyStreamOptions)
	if p := at.Deployment.Provider; p != nil && p.Quirks.NoStreamUsage {
		return m.dropOptions(ex, v)
	}
	if !r.Stream || r.UsageAsked {
		return nil
	}
	switch v.Kind {
	case jsonscan.None:
		end := bytes.LastIndexByte(r.Body, '}')
		m.Insert(end, jsonOptionsLast)
	case jsonscan.Null:
		m.Replace(v.Span, jsonOptions)
	default:
		usage := m.options.Value(keyIncludeUsage)
		switch {
		case usage.Kind != jsonscan.None:
			m.Replace(usage.Span, jsonTrue)
		case len(m.options.Members) == 0:
			m.Insert(v.Start+1, jsonUsageMember)
		default:
			m.Insert(v.Start+1, jsonUsageAfter)
		}
	}
	return nil
}

// droppedOptions is how the loss of stream_options is reported.
const droppedOptions = "stream_options=not_supported_by_provider"

// dropOptions leaves stream_options out for a provider that refuses it.
func (m *memory) dropOptions(ex *core.Exchange, v jsonscan.Value) *core.Error {
	if v.Kind == jsonscan.None {
		return nil
	}
	if ex.Route != nil && ex.Route.Strict {
		return core.ClientErrorf(core.CodeUnsupportedField, "stream_options",
			"The provider of this route does not support \"stream_options\", and the route is strict. Leave it out.")
	}
	m.Replace(m.memberSpan(keyStreamOptions), nil)
	if !slices.Contains(ex.Dropped, droppedOptions) {
		ex.Dropped = append(ex.Dropped, droppedOptions)
	}
	return nil
}

// memberSpan returns what to cut out for the member id of the top level to be
// gone, one comma included. There is at least one other member.
func (m *memory) memberSpan(id int) jsonscan.Span {
	list := m.top.Members
	for i := range list {
		switch {
		case int(list[i].ID) != id:
		case i+1 < len(list):
			return jsonscan.Span{Start: list[i].Key.Start, End: list[i+1].Key.Start}
		case i > 0:
			return jsonscan.Span{Start: list[i-1].Value.End, End: list[i].Value.End}
		}
	}
	return jsonscan.Span{}
}

// insertMessage adds an appended part as a message of its own.
func insertMessage(m *leaf.Memory, ex *core.Exchange, p *core.Part) *core.Error {
	text := p.Text()
	b := ex.Alloc(len(text) + len(text)/8 + 64)[:0]
	b = append(b, `{"role":"`...)
	b = append(b, wireRole(p.Role)...)
	b = append(b, `","content":`...)
	b = jsonscan.AppendQuoted(b, text)
	m.InsertTurn(p.Before, append(b, '}')) // Scan refuses a request without a message
	return nil
}

// wireRole returns the role of a message that a hook added. A result needs a
// call, which such a message has not: what would be one speaks as the user.
func wireRole(r core.Role) string {
	if r == core.RoleTool {
		r = core.RoleUser
	}
	return r.String()
}

// refuseMessage is for dialects whose requests have no messages.
func refuseMessage(*leaf.Memory, *core.Exchange, *core.Part) *core.Error {
	return core.Errorf(core.CodePluginFailed, "A plugin appended a message to a request that has none. Use it on routes for chat.")
}
