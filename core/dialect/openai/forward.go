package openai

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var (
	jsonTrue        = []byte("true")
	jsonNull        = []byte("null")
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
	m := memoryOf(ex)
	body := ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	clear(m.splices)
	m.splices = m.splices[:0]
	model := ex.Request.ModelSpan
	if d := at.Deployment; len(d.ModelJSON) > 0 && !bytes.Equal(d.ModelJSON, model.Of(body)) {
		m.replace(jsonscan.Span(model), d.ModelJSON)
	}
	if err := m.meter(ex, at); err != nil {
		return err
	}
	if len(ex.Prompt) > 0 && len(m.messages) > 0 {
		if err := m.applyPrompt(ex); err != nil {
			return err
		}
	}
	at.Request.Body = m.render(ex, at.Request.Body[:0], body)
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
		m.insert(end, jsonOptionsLast)
	case jsonscan.Null:
		m.replace(v.Span, jsonOptions)
	default:
		usage := m.options.Value(keyIncludeUsage)
		switch {
		case usage.Kind != jsonscan.None:
			m.replace(usage.Span, jsonTrue)
		case len(m.options.Members) == 0:
			m.insert(v.Start+1, jsonUsageMember)
		default:
			m.insert(v.Start+1, jsonUsageAfter)
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
	m.replace(m.memberSpan(keyStreamOptions), nil)
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

// applyPrompt adds the splices for edited and appended parts.
func (m *memory) applyPrompt(ex *core.Exchange) *core.Error {
	for _, p := range ex.Prompt {
		switch {
		case p.Raw.Len() == 0:
			m.insertMessage(ex, p)
		case p.Edited():
			if err := checkEdit(p); err != nil {
				return err
			}
			m.edit(p)
			m.dropDerived(m.derived, p)
		}
	}
	return nil
}

// insertMessage adds an appended part as a message of its own.
func (m *memory) insertMessage(ex *core.Exchange, p *core.Part) {
	text := p.Text()
	b := ex.Alloc(len(text) + len(text)/8 + 64)[:0]
	last := p.Before < 0 || p.Before >= len(m.messages)
	if last {
		b = append(b, ',')
	}
	b = append(b, `{"role":"`...)
	b = append(b, wireRole(p.Role)...)
	b = append(b, `","content":`...)
	b = jsonscan.AppendQuoted(b, text)
	b = append(b, '}')
	if last {
		m.insert(m.messages[len(m.messages)-1].End, b)
		return
	}
	m.insert(m.messages[p.Before].Start, append(b, ','))
}

// wireRole returns the role of a message that a hook added. A result needs a
// call, which such a message has not: what would be one speaks as the user.
func wireRole(r core.Role) string {
	if r == core.RoleTool {
		r = core.RoleUser
	}
	return r.String()
}

// checkEdit refuses an edit that makes the arguments of a call unreadable.
func checkEdit(p *core.Part) *core.Error {
	if p.Kind != core.PartToolCall {
		return nil
	}
	if _, err := jsonscan.Validate(p.Original(), 0); err != nil {
		return nil // they were none before
	}
	if _, err := jsonscan.Validate(p.Text(), 0); err != nil {
		e := core.Errorf(core.CodePluginFailed, "A plugin edited the arguments of a tool call so that they are no longer JSON.")
		e.Cause = err
		return e
	}
	return nil
}
