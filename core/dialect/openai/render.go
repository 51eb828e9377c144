package openai

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// RenderError appends {"error":{"message","type","param","code"}}. An upstream's
// own error answer of that form is appended as it is, but for one with status
// 401: it speaks of the provider key, which is no business of the client's. A code
// that is a number, as runtimes have it, becomes the string that clients look for.
func (Chat) RenderError(dst []byte, e *core.Error, _ core.ID) []byte {
	if up := e.Upstream; up != nil && up.Status != 401 && isError(up.Body) {
		return appendTheirs(dst, up.Body)
	}
	return appendError(dst, e)
}

var errorCodePath = jsonscan.NewPaths("error.code")

func appendTheirs(dst, body []byte) []byte {
	var found [1]jsonscan.Value
	if code := &found[0]; errorCodePath.Read(body, found[:]) == nil && code.Kind == jsonscan.Number {
		dst = append(append(dst, body[:code.Start]...), '"')
		dst = append(append(dst, code.Of(body)...), '"')
		return append(dst, body[code.End:]...)
	}
	return append(dst, body...)
}

// RenderErrorEvent appends the same object as the data of one event. No [DONE]
// follows: a stream that failed must not look finished.
func (Chat) RenderErrorEvent(dst []byte, e *core.Error, _ core.ID) []byte {
	dst = append(dst, "data: "...)
	dst = appendError(dst, e)
	return append(dst, "\n\n"...)
}

func appendError(dst []byte, e *core.Error) []byte {
	dst = append(dst, `{"error":{"message":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
	dst = append(dst, `,"type":"`...)
	dst = append(dst, errorType(e)...)
	dst = append(dst, `","param":`...)
	if e.Param == "" {
		dst = append(dst, "null"...)
	} else {
		dst = jsonscan.AppendQuoted(dst, []byte(e.Param))
	}
	dst = append(dst, `,"code":"`...)
	dst = append(dst, e.CodeName()...)
	return append(dst, `"}}`...)
}

// errorType returns the type that OpenAI gives errors of this kind.
func errorType(e *core.Error) string {
	switch s := e.HTTPStatus(); {
	case e.Code == core.CodeBudgetExceeded:
		return "insufficient_quota" // clients do not retry it
	case s == 403:
		return "permission_error"
	case s == 408, s == 504:
		return "timeout_error"
	case s == 429:
		return "rate_limit_error"
	case s >= 500:
		return "server_error"
	default:
		return "invalid_request_error"
	}
}

// isError tells whether body is valid JSON: an object whose error is one too.
func isError(body []byte) bool {
	if _, err := jsonscan.Validate(body, 0); err != nil {
		return false
	}
	var a answer
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return false
	}
	a.read(&c, nil)
	return c.End() && a.failure.Kind == jsonscan.ObjectKind
}

// RenderModels appends {"object":"list","data":[...]}.
func (Chat) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	dst = append(dst, `{"object":"list","data":[`...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendModel(dst, &models[i])
	}
	return append(dst, "]}"...)
}

// appendModel appends one entry. created is in seconds of Unix time, 0 where it is
// not known.
func appendModel(dst []byte, m *core.ModelInfo) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(m.Name))
	dst = append(dst, `,"object":"model","created":`...)
	created := int64(0)
	if !m.Created.IsZero() {
		created = m.Created.Unix()
	}
	dst = strconv.AppendInt(dst, created, 10)
	dst = append(dst, `,"owned_by":`...)
	owner := m.Owner
	if owner == "" {
		owner = "sallyport"
	}
	dst = jsonscan.AppendQuoted(dst, []byte(owner))
	return append(dst, '}')
}
