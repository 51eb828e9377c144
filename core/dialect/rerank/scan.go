package rerank

import (
	"bytes"
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

const (
	maxModel  = 256 // bytes of a model's name
	maxOthers = 256 // settings that are told
)

// The values of Request.Verb: the version of the API that a request is for, where
// the provider has both.
var (
	verbV1 = []byte("v1")
	verbV2 = []byte("v2")
)

// Scan reads the top level of ex.Request.Body and fills ex.Request. The errors
// are CodeInvalidJSON, CodeInvalidEncoding, CodeDuplicateKey, CodeInvalidRequest,
// CodeMissingField and CodeInvalidField, and they name the field. Verb becomes
// the version of the API: that in the path or, without one, the older where a
// member is there that the newer does not have.
func (d Dialect) Scan(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.Reset()
	m.body = 0
	r := &ex.Request
	if len(r.Body) == 0 {
		return core.ClientErrorf(core.CodeInvalidRequest, "",
			"The request has no body. Send a JSON object with \"model\", \"query\" and \"documents\".")
	}
	m.top.Limits.Depth = d.Depth
	if err := jsonscan.Scan(r.Body, requestForm.Keys(), &m.top); err != nil {
		return leaf.Refusal(err, "")
	}
	m.body = len(r.Body)
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = false, false, 0, 1
	if err := m.scanModel(ex); err != nil {
		return err
	}
	if err := m.scanContent(r.Body); err != nil {
		return err
	}
	r.Verb = m.version(r)
	return m.scanBounds(r.Body)
}

func (m *memory) scanModel(ex *core.Exchange) *core.Error {
	r, v := &ex.Request, m.top.Value(keyModel)
	switch {
	case leaf.Absent(v):
		return leaf.Missing("model", "a string that names the model")
	case v.Kind != jsonscan.String:
		return leaf.Invalid("model", "must be a string, not %s", v.Kind)
	case v.Len() == 2:
		return leaf.Invalid("model", "is empty; name the model to use")
	case v.Len() > 6*maxModel+2:
		return leaf.Invalid("model", "is longer than %d bytes", maxModel)
	}
	r.ModelSpan = core.Span(v.Span)
	if r.Model = leaf.Text(ex, r.Body, v); len(r.Model) > maxModel {
		return leaf.Invalid("model", "is longer than %d bytes", maxModel)
	}
	return nil
}

// scanContent sees that the query and the documents are there and that each is a
// text or an object.
func (m *memory) scanContent(body []byte) *core.Error {
	switch v := m.top.Value(keyQuery); {
	case leaf.Absent(v):
		return leaf.Missing("query", "a string")
	case v.Kind != jsonscan.String && v.Kind != jsonscan.ObjectKind:
		return leaf.Invalid("query", "must be a string, not %s", v.Kind)
	}
	v := m.top.Value(keyDocuments)
	switch {
	case leaf.Absent(v):
		return leaf.Missing("documents", "an array of strings, or of objects with \"text\"")
	case v.Kind != jsonscan.ArrayKind:
		return leaf.Invalid("documents", "must be an array, not %s", v.Kind)
	}
	n := 0
	for a := jsonscan.Elements(body, v); a.Next(); n++ {
		if k := a.Value().Kind; k != jsonscan.String && k != jsonscan.ObjectKind {
			return leaf.Invalid("documents", "must hold strings or objects, not %s", k)
		}
	}
	if n == 0 {
		return leaf.Invalid("documents", "is empty; send at least one document")
	}
	return nil
}

func (m *memory) scanBounds(body []byte) *core.Error {
	if v := m.top.Value(keyTopN); !leaf.Absent(v) {
		if n, err := jsonscan.Int(body, v); err != nil || n < 1 || n > math.MaxInt32 {
			return leaf.Invalid("top_n", "must be a whole number of at least 1; leave it out for all documents")
		}
	}
	if v := m.top.Value(keyStream); v.Bool() {
		return leaf.Invalid("stream", "must be left out: the order of documents is not streamed")
	}
	return nil
}

// version tells the version of the API that r is for.
func (m *memory) version(r *core.Request) []byte {
	switch {
	case bytes.Equal(r.Path, []byte(pathV1)):
		return verbV1
	case bytes.Equal(r.Path, []byte(pathV2)):
		return verbV2
	}
	for id := keyVersionOne; id <= keyMaxChunks; id++ {
		if !leaf.Absent(m.top.Value(id)) {
			return verbV1
		}
	}
	for a := jsonscan.Elements(r.Body, m.top.Value(keyDocuments)); a.Next(); {
		if a.Value().Kind == jsonscan.ObjectKind {
			return verbV1
		}
	}
	return verbV2
}

// Parts fills ex.Prompt with the texts and images of the query and the documents.
func (Dialect) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	return m.Prompt(ex, requestForm, &m.top)
}

// Unknown returns the paths of the string leaves that a guard cannot judge.
func (Dialect) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, requestForm, &m.top)
}

// Parameters tells the settings of a request that has been scanned: all that is
// not content is among Others.
func (Dialect) Parameters(ex *core.Exchange, p *core.Parameters) {
	m, body := memoryOf(ex), ex.Request.Body
	if m.body != len(body) {
		return // the body has been let go
	}
	for i := range m.top.Members {
		k := &m.top.Members[i]
		if k.ID >= keyModel && k.ID <= keyDocuments || k.KeyEscaped || leaf.Absent(k.Value) || len(p.Others) == maxOthers {
			continue
		}
		name := k.Key.Of(body)[1 : k.Key.Len()-1]
		p.Others = append(p.Others, core.Parameter{Name: name, JSON: k.Value.Of(body)})
	}
}

// Forward fills at.Request.Body with the client's document, in which only the
// model and edited parts are changed. A part that a hook appended has no place and
// is CodePluginFailed.
func (Dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	m, body := memoryOf(ex), ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	m.Begin()
	model := ex.Request.ModelSpan
	if d := at.Deployment; len(d.ModelJSON) > 0 && !bytes.Equal(d.ModelJSON, model.Of(body)) {
		m.Replace(jsonscan.Span(model), d.ModelJSON)
	}
	if err := m.Apply(ex, refusePart); err != nil {
		return err
	}
	at.Request.Body = m.Render(ex, at.Request.Body[:0], body)
	return nil
}

func refusePart(*leaf.Memory, *core.Exchange, *core.Part) *core.Error {
	return core.Errorf(core.CodePluginFailed, "A plugin appended a message to a request that has none. Use it on routes for chat.")
}
