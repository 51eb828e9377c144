package anthropic

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// carry changes what else differs where the model stands in the path: the document
// does not say whether its answer is streamed, has one version, and lists the
// features in test that other providers are told in a header field.
func (m *memory) carry(ex *core.Exchange, at *core.Attempt) *core.Error {
	p := at.Deployment.Provider
	if p == nil || p.Quirks.InPlaceOfModel == "" {
		return nil
	}
	version, betas := m.ownMember(ex, "anthropic_version"), m.ownMember(ex, "anthropic_beta")
	// A count is asked for with them only where it is asked for a whole request.
	carried := at.Service != nil && at.Service.Carried
	features := p.Quirks.Betas != nil && (carried || ex.Request.Operation != core.OpCountTokens)
	if features {
		if err := m.switchOn(ex, p.Quirks.Betas, betas); err != nil {
			return err
		}
	}
	if features && betas.Kind != jsonscan.None {
		m.cut(ex, betas.Span)
	}
	if version.Kind != jsonscan.None && strings.Contains(p.Quirks.InPlaceOfModel, `"anthropic_version"`) {
		m.cut(ex, version.Span)
	}
	if v := m.top.Value(keyStream); v.Kind != jsonscan.None && carried {
		m.cut(ex, v.Span)
	}
	return nil
}

// ownMember returns a member of the document that clients of those send who carry
// Anthropic's models.
func (m *memory) ownMember(ex *core.Exchange, name string) jsonscan.Value {
	for i := range m.top.Members {
		f := &m.top.Members[i]
		key := ex.Request.Body[f.Key.Start+1 : f.Key.End-1]
		if f.KeyEscaped {
			key = jsonscan.AppendText(nil, ex.Request.Body, f.Key)
		}
		if string(key) == name {
			return f.Value
		}
	}
	return jsonscan.Value{}
}

// maxLost bounds how many features are reported that a provider does not have.
const maxLost = 32

// switchOn adds the features in test that the client asks for and the provider has.
// betas is what the document says itself.
func (m *memory) switchOn(ex *core.Exchange, known []string, betas jsonscan.Value) *core.Error {
	var names []string
	var lost []loss
	ask := func(name string) {
		name = strings.TrimSpace(name)
		if name == "" {
			return
		}
		sent, has := betaOf(known, name)
		if !has {
			if len(lost) < maxLost && !slices.ContainsFunc(lost, func(l loss) bool { return l.field == "anthropic-beta."+name }) {
				lost = append(lost, loss{"anthropic-beta." + name, "not_supported_by_provider"})
			}
		} else if sent != "" && !slices.Contains(names, sent) {
			names = append(names, sent)
		}
	}
	list := func(text []byte) {
		for name := range strings.SplitSeq(string(text), ",") {
			ask(name)
		}
	}
	if betas.Kind == jsonscan.String {
		list(leaf.Text(ex, ex.Request.Body, betas))
	}
	for a := jsonscan.Elements(ex.Request.Body, betas); a.Next(); {
		list(leaf.Text(ex, ex.Request.Body, a.Value()))
	}
	for line := range headerLines(ex.Request.Headers, "Anthropic-Beta") {
		list(line)
	}
	if err := lose(ex, lost); err != nil || len(names) == 0 {
		return err
	}
	member := []byte(`"anthropic_beta":[`)
	for i, name := range names {
		if i > 0 {
			member = append(member, ',')
		}
		member = jsonscan.AppendQuoted(member, []byte(name))
	}
	m.Insert(bytes.IndexByte(ex.Request.Body, '{')+1, append(member, ']', ','))
	return nil
}

// betaOf returns what a feature is called at a provider that knows these, "" where it
// need not be told, and whether it is among them.
func betaOf(known []string, name string) (sent string, has bool) {
	for _, k := range known {
		own, sent, renamed := strings.Cut(k, "=")
		switch {
		case own != name:
		case renamed:
			return sent, true
		default:
			return own, true
		}
	}
	return "", false
}

// headerLines yields the values of a field, which may stand on several lines.
func headerLines(h core.Headers, name string) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if h == nil {
			return
		}
		more, _ := h.(core.HeaderRepeater)
		v := h.Get(name)
		for n := 1; len(v) > 0 && yield(v) && more != nil; n++ {
			v = more.GetAt(name, n)
		}
	}
}

// cut leaves out a member of the document whose value is at v. The model, which is
// never left out, stands between the commas that go with members before it and those
// that go with members behind it.
func (m *memory) cut(ex *core.Exchange, v jsonscan.Span) {
	body := ex.Request.Body
	if v.Start < ex.Request.ModelSpan.Start {
		m.Replace(jsonscan.Span{Start: keyOf(body, v), End: v.End + bytes.IndexByte(body[v.End:], ',') + 1}, nil)
		return
	}
	m.Replace(jsonscan.Span{Start: bytes.LastIndexByte(body[:keyOf(body, v)], ','), End: v.End}, nil)
}

// keyOf returns where the key of the member begins whose value is at v. No name that
// the gateway looks for has a quote or a colon in it.
func keyOf(body []byte, v jsonscan.Span) int {
	colon := bytes.LastIndexByte(body[:v.Start], ':')
	end := bytes.LastIndexByte(body[:colon], '"')
	return bytes.LastIndexByte(body[:end], '"')
}
