package gemini

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// RenderError appends {"error":{"code","message","status","details"}}
// (https://cloud.google.com/apis/design/errors). The details tell the reason in
// machine-readable form, the field that is to blame and how long to wait. An
// upstream's own error answer of that form is appended as it is, but for one that
// speaks of the provider key, which is no business of the client's.
func (Dialect) RenderError(dst []byte, e *core.Error, _ core.ID) []byte {
	if up := e.Upstream; up != nil && up.Status != 401 && up.Status != 403 && isError(up.Body) {
		return append(dst, up.Body...)
	}
	return appendError(dst, e)
}

// RenderErrorEvent appends the same object as the data of one event. Clients take
// it for an error wherever it comes.
func (Dialect) RenderErrorEvent(dst []byte, e *core.Error, _ core.ID) []byte {
	return append(appendError(append(dst, "data: "...), e), "\n\n"...)
}

func appendError(dst []byte, e *core.Error) []byte {
	dst = append(dst, `{"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(e.HTTPStatus()), 10)
	dst = append(dst, `,"message":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
	dst = append(dst, `,"status":"`...)
	dst = append(dst, statusWord(e)...)
	dst = append(dst, `","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.CodeName()))
	dst = append(dst, `,"domain":"sallyport"}`...)
	if e.Param != "" {
		dst = append(dst, `,{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":`...)
		dst = jsonscan.AppendQuoted(dst, []byte(e.Param))
		dst = append(dst, `,"description":`...)
		dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
		dst = append(dst, `}]}`...)
	}
	if e.RetryAfter > 0 {
		dst = append(dst, `,{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"`...)
		dst = strconv.AppendFloat(dst, e.RetryAfter.Seconds(), 'f', -1, 64)
		dst = append(dst, `s"}`...)
	}
	return append(dst, `]}}`...)
}

// statusWord returns the canonical code of google.rpc.Code for e.
func statusWord(e *core.Error) string {
	switch s := e.HTTPStatus(); s {
	case 401:
		return "UNAUTHENTICATED"
	case 403:
		return "PERMISSION_DENIED"
	case 404:
		return "NOT_FOUND"
	case 408, 504:
		return "DEADLINE_EXCEEDED"
	case 409:
		return "ABORTED"
	case 429:
		return "RESOURCE_EXHAUSTED"
	case 499:
		return "CANCELLED"
	case 405, 501:
		return "UNIMPLEMENTED"
	case 502, 503, 529:
		return "UNAVAILABLE"
	default:
		if s >= 500 {
			return "INTERNAL"
		}
		return "INVALID_ARGUMENT"
	}
}

// isError tells whether body is valid JSON, an object whose error is one too, and
// does not speak of a key.
func isError(body []byte) bool {
	if _, err := jsonscan.Validate(body, 0); err != nil || bytes.Contains(body, []byte("API_KEY")) {
		return false
	}
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return false
	}
	var a answer
	a.read(&c)
	return c.End() && a.failure.Kind == jsonscan.ObjectKind
}

// RenderModels appends {"models":[...]}. What a model can do is not known here:
// each says that it takes every method which the dialect has.
func (Dialect) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	dst = append(dst, `{"models":[`...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendModel(dst, &models[i])
	}
	return append(dst, "]}"...)
}

// RenderModel appends one entry of a listing, which answers a path that names a
// model: see ModelOf.
func (Dialect) RenderModel(dst []byte, m *core.ModelInfo) []byte { return appendModel(dst, m) }

// ModelOf returns the name of the model whose entry a path asks for, as it stands
// there, or nil where it asks for all: what is behind {version}/models/, colons and
// slashes too, which some of Google's SDKs do not escape, but no operation. The paths
// below /v1 are those of other dialects' clients as well.
func (Dialect) ModelOf(path []byte) []byte {
	version, rest, ok := bytes.Cut(bytes.TrimPrefix(path, []byte("/")), []byte("/"))
	name, below := bytes.CutPrefix(rest, []byte("models/"))
	if !ok || path[0] != '/' || !isVersion(version) || !below || len(name) == 0 {
		return nil
	}
	if op := parse(path).op; op != core.OpNone && op != core.OpModels {
		return nil
	}
	return name
}

func appendModel(dst []byte, m *core.ModelInfo) []byte {
	dst = append(dst, `{"name":`...)
	dst = jsonscan.AppendQuoted(dst, []byte("models/"+m.Name))
	dst = append(dst, `,"version":"","displayName":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(m.Name))
	return append(dst, `,"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens","embedContent","batchEmbedContents"]}`...)
}
