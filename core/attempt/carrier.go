package attempt

import (
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Translators is the [Carrier] that passes a request on in the client's own
// dialect where the provider speaks it, and translates it where not. It maps
// dialects of providers to their translators.
type Translators map[string]core.Translator

// Serves prefers a service in the client's own dialect.
func (t Translators) Serves(ex *core.Exchange, d *core.Deployment) int {
	if i := (SameDialect{}).Serves(ex, d); i >= 0 {
		return i
	}
	op := ex.Request.Operation
	if _, ok := ex.Request.Dialect.(core.TypedDialect); op.Typed() && !ok {
		return -1
	}
	services := d.Provider.Serves[op]
	for i := range services {
		if tr := t[services[i].Dialect]; tr != nil && tr.Translates(op) && serves(tr, ex.Request.Dialect) {
			return i
		}
	}
	return -1
}

// serves tells whether tr is for clients of the dialect.
func serves(tr core.Translator, d core.Dialect) bool {
	some, ok := tr.(core.ClientTranslator)
	return !ok || some.From(d.Name())
}

// Fill forwards or translates. What a translator cannot send by URL is refused;
// [Fetching] fetches it.
func (t Translators) Fill(ex *core.Exchange, at *core.Attempt) *core.Error {
	return t.fill(ex, at, nil)
}

func (t Translators) fill(ex *core.Exchange, at *core.Attempt, m *Media) *core.Error {
	if at.Service.Dialect == ex.Request.Dialect.Name() {
		return ex.Request.Dialect.Forward(ex, at)
	}
	r, err := ex.Typed(func() ([]byte, *core.Error) { return edited(ex) })
	if err != nil {
		return err
	}
	if tr := at.Translation; tr != nil && tr.Next {
		tr.Next = false
	} else {
		at.Translation = &core.Translation{Translator: t[at.Service.Dialect]}
	}
	ex.Dropped = append(ex.Dropped[:0], r.Dropped...) // by this attempt
	at.Request.Set("Content-Type", "application/json")
	if err := translate(ex, at, r, m); err != nil {
		return err
	}
	if ex.Route.Strict && len(ex.Dropped) > 0 {
		field, reason, _ := strings.Cut(ex.Dropped[0], "=")
		return core.ClientErrorf(core.CodeUnsupportedField, field,
			"Provider %q has no place for %q (%s), and the route is strict. Leave it out.", at.Deployment.Provider.Name, field, reason)
	}
	return nil
}

// translate has the request written, with what must be fetched before.
func translate(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest, m *Media) *core.Error {
	tr := at.Translation
	if err := tr.Translator.Request(ex, at, r); err != nil || len(tr.Fetch) == 0 {
		return err
	}
	asks := tr.Fetch
	if err := m.supply(ex, r, asks); err != nil {
		return err
	}
	tr.Fetch = nil
	if err := tr.Translator.Request(ex, at, r); err != nil {
		return err
	}
	if len(tr.Fetch) > 0 {
		return m.misled()
	}
	return nil
}

// asItIs is a deployment for which a request needs no change but the edits.
var asItIs = &core.Deployment{Provider: &core.Provider{}}

// edited returns the client's document with the edits of hooks applied.
func edited(ex *core.Exchange) ([]byte, *core.Error) {
	changed := false
	for _, p := range ex.Prompt {
		changed = changed || p.Raw.Len() == 0 || p.Edited()
	}
	if !changed {
		return ex.Request.Body, nil
	}
	at := core.Attempt{Deployment: asItIs}
	if err := ex.Request.Dialect.Forward(ex, &at); err != nil {
		return nil, err
	}
	doc := ex.Alloc(at.Request.BodyLen())[:0]
	for _, b := range at.Request.Body {
		doc = append(doc, b...)
	}
	return doc, nil
}

// Refused lets the translator read what the provider said.
func (t Translators) Refused(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse) *core.Error {
	return at.Translation.Translator.Response(ex, at, resp, &at.Translation.Answer)
}
