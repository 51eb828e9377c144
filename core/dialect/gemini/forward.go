package gemini

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Forward fills at.Request.Body with the client's document, in which only edited
// and appended parts, names of the model, and signatures that another provider
// made are changed; the latter stay where the document is only being made ready
// for [Dialect.Typed]. The ranges alias ex.Request.Body and the memory of ex.
//
// The error is CodePluginFailed for an edit after which the document would no
// longer be sound.
func (Dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	m := memoryOf(ex)
	body := ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	m.Begin()
	if model := at.Deployment.Model; model != "" {
		m.nameModel(ex, model)
	}
	if s := at.Service; (s == nil || s.Dialect == name) && bytes.Contains(body, sealedMark) {
		m.unseal(ex)
	}
	m.added = added{}
	if err := m.Apply(ex, insertPart); err != nil {
		return err
	}
	m.closeAdded()
	at.Request.Body = m.Render(ex, at.Request.Body[:0], body)
	return nil
}

// nameModel puts the upstream's model wherever the body repeats the path's.
func (m *memory) nameModel(ex *core.Exchange, model string) {
	body := ex.Request.Body
	if m.call.op != core.OpEmbeddings {
		m.rename(ex, m.value(keyModel), model)
		m.renameIn(ex, m.value(keyWhole), model)
		return
	}
	m.rename(ex, m.value(embedModel), model)
	for a := jsonscan.Elements(body, m.value(embedRequests)); a.Next(); {
		m.renameIn(ex, a.Value(), model)
	}
}

var modelPath = jsonscan.NewPaths("model")

func (m *memory) renameIn(ex *core.Exchange, v jsonscan.Value, model string) {
	var found [1]jsonscan.Value
	if v.Kind == jsonscan.ObjectKind && modelPath.ReadIn(ex.Request.Body, v, found[:]) == nil {
		m.rename(ex, found[0], model)
	}
}

// rename replaces a model's name, which keeps its "models/" if it has one.
func (m *memory) rename(ex *core.Exchange, v jsonscan.Value, model string) {
	if v.Kind != jsonscan.String {
		return
	}
	const prefix = "models/"
	old := leaf.Text(ex, ex.Request.Body, v)
	if rest, ok := bytes.CutPrefix(old, []byte(prefix)); ok {
		if string(rest) == model {
			return
		}
		model = prefix + model
	} else if string(old) == model {
		return
	}
	m.Replace(v.Span, leaf.Quoted(ex, []byte(model)))
}

var (
	contentPath   = jsonscan.NewPaths("parts")
	signaturePath = jsonscan.NewPaths("thoughtSignature", "thought_signature", "functionCall", "function_call")
)

// skipSignature is what Google's models take in place of a signature on a call
// that another model made (https://ai.google.dev/gemini-api/docs/thought-signatures).
var (
	skipSignature = []byte(`"skip_thought_signature_validator"`)
	jsonNull      = []byte("null")
)

// unseal takes signatures out that another provider made: this one would refuse
// the whole request for them.
func (m *memory) unseal(ex *core.Exchange) {
	body := ex.Request.Body
	each(body, m.value(keyContents), func(i int, content jsonscan.Value) {
		var parts [1]jsonscan.Value
		if contentPath.ReadIn(body, content, parts[:]) != nil {
			return
		}
		each(body, parts[0], func(j int, part jsonscan.Value) {
			var found [4]jsonscan.Value
			if signaturePath.ReadIn(body, part, found[:]) != nil {
				return
			}
			for _, v := range found[:2] {
				if source, _, _ := unsealed(leaf.Text(ex, body, v)); v.Kind != jsonscan.String || isOurs(source) {
					continue
				}
				with := jsonNull
				if found[2].Kind == jsonscan.ObjectKind || found[3].Kind == jsonscan.ObjectKind {
					with = skipSignature
				}
				m.Replace(v.Span, with)
				drop(ex, place2("contents", i, j)+".thoughtSignature=signed_by_another_provider")
			}
		})
	})
}

// maxDropped bounds how many losses are named one by one.
const maxDropped = 64

func drop(ex *core.Exchange, what string) {
	if len(ex.Dropped) < maxDropped && !slices.Contains(ex.Dropped, what) {
		ex.Dropped = append(ex.Dropped, what)
	}
}

// place2 returns a path like "contents[1].parts[2]".
func place2(list string, i, j int) string {
	return list + "[" + strconv.Itoa(i) + "].parts[" + strconv.Itoa(j) + "]"
}

// each calls f for the elements of an array, or for v itself, which Google takes
// for an array of one.
func each(doc []byte, v jsonscan.Value, f func(i int, v jsonscan.Value)) {
	if v.Kind == jsonscan.ObjectKind {
		f(0, v)
		return
	}
	for a := jsonscan.Elements(doc, v); a.Next(); {
		f(a.Index(), a.Value())
	}
}
