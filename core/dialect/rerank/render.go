package rerank

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// RenderError appends {"id","message","detail","code","param"}: Cohere's clients
// read message, Jina's detail. An upstream's own error answer of either form, or
// with an object "error", is appended as it is, but for one that speaks of the
// provider key, which is no business of the client's.
func (Dialect) RenderError(dst []byte, e *core.Error, id core.ID) []byte {
	if up := e.Upstream; up != nil && up.Status != 401 && up.Status != 403 && isError(up.Body) {
		return append(dst, up.Body...)
	}
	return appendError(dst, e, id)
}

// RenderErrorEvent appends the same object as the data of one event.
func (Dialect) RenderErrorEvent(dst []byte, e *core.Error, id core.ID) []byte {
	return append(appendError(append(dst, "data: "...), e, id), "\n\n"...)
}

func appendError(dst []byte, e *core.Error, id core.ID) []byte {
	dst = id.Append(append(dst, `{"id":"`...))
	dst = jsonscan.AppendQuoted(append(dst, `","message":`...), []byte(e.Message))
	dst = jsonscan.AppendQuoted(append(dst, `,"detail":`...), []byte(e.Message))
	dst = jsonscan.AppendQuoted(append(dst, `,"code":`...), []byte(e.CodeName()))
	if e.Param != "" {
		dst = jsonscan.AppendQuoted(append(dst, `,"param":`...), []byte(e.Param))
	}
	return append(dst, '}')
}

var errorPaths = jsonscan.NewPaths("message", "detail", "error")

// isError tells whether body is valid JSON: an object that says what went wrong.
func isError(body []byte) bool {
	if _, err := jsonscan.Validate(body, 0); err != nil {
		return false
	}
	var found [3]jsonscan.Value
	return errorPaths.Read(body, found[:]) == nil &&
		(found[0].Kind == jsonscan.String || found[1].Kind != jsonscan.None || found[2].Kind == jsonscan.ObjectKind)
}

// RenderModels appends a list in Cohere's form
// (https://docs.cohere.com/reference/list-models).
func (Dialect) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	dst = append(dst, `{"models":[`...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendQuoted(append(dst, `{"name":`...), []byte(models[i].Name))
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}
