package anthropic

import (
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// RenderError appends {"type":"error","error":{"type","message"},"request_id"}.
// What no member of this dialect holds stands in "details" of the error, where
// newer errors of the dialect keep the like: error_code, and param for the field
// that is to blame. A conversation that cannot be continued, whatever the reason, has
// the error_code to which clients answer with all of it. An upstream's own error answer of that form is appended as it
// is, but for one with status 401: it speaks of the provider key, which is no
// business of the client's.
func (Messages) RenderError(dst []byte, e *core.Error, id core.ID) []byte {
	if up := e.Upstream; up != nil && up.Status != 401 && isError(up.Body) {
		return append(dst, up.Body...)
	}
	return appendError(dst, e, id)
}

// RenderErrorEvent appends the same object as the data of an event "error". No
// message_stop follows: a stream that failed must not look finished.
func (Messages) RenderErrorEvent(dst []byte, e *core.Error, id core.ID) []byte {
	dst = append(dst, "event: error\ndata: "...)
	dst = appendError(dst, e, id)
	return append(dst, "\n\n"...)
}

func appendError(dst []byte, e *core.Error, id core.ID) []byte {
	dst = append(dst, `{"type":"error","error":{"type":"`...)
	dst = append(dst, errorType(e)...)
	dst = append(dst, `","message":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
	dst = append(dst, `,"details":{"error_code":`...)
	if e.Param == threadField {
		dst = append(dst, `"`+threadNotFound+`","reason":`...)
	}
	dst = jsonscan.AppendQuoted(dst, []byte(e.CodeName()))
	if e.Param != "" {
		dst = append(dst, `,"param":`...)
		dst = jsonscan.AppendQuoted(dst, []byte(e.Param))
	}
	dst = append(dst, `}},"request_id":"`...)
	dst = id.Append(dst)
	return append(dst, `"}`...)
}

// errorType returns the type that Anthropic gives errors of this kind.
func errorType(e *core.Error) string {
	switch s := e.HTTPStatus(); {
	case e.Code == core.CodeBudgetExceeded, s == 402:
		return "billing_error" // more of the same does not help
	case s == 401:
		return "authentication_error"
	case s == 403:
		return "permission_error"
	case s == 404:
		return "not_found_error"
	case s == 408, s == 504:
		return "timeout_error"
	case s == 413:
		return "request_too_large"
	case s == 429:
		return "rate_limit_error"
	case s == 503, s == 529:
		return "overloaded_error"
	case s >= 500:
		return "api_error"
	default:
		return "invalid_request_error"
	}
}

// isError tells whether body is valid JSON and an error of this dialect.
func isError(body []byte) bool {
	if _, err := jsonscan.Validate(body, 0); err != nil {
		return false
	}
	var a answer
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return false
	}
	a.read(&c)
	return c.End() && string(a.kind.Text(body)) == "error" && a.failure.Kind == jsonscan.ObjectKind
}

// appendModel appends one entry of a listing.
func appendModel(dst []byte, m *core.ModelInfo) []byte {
	dst = append(dst, `{"type":"model","id":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(m.Name))
	dst = append(dst, `,"display_name":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(m.Name))
	dst = append(dst, `,"created_at":"`...)
	created := m.Created
	if created.IsZero() {
		created = time.Unix(0, 0)
	}
	dst = created.UTC().AppendFormat(dst, time.RFC3339)
	return append(dst, `"}`...)
}

// RenderModels appends {"data":[...],"has_more":false,"first_id","last_id"}: all
// models on one page. created_at is the beginning of Unix time where it is not
// known. A caller chooses this form for a client that sends anthropic-version.
func (Messages) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	dst = append(dst, `{"data":[`...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendModel(dst, &models[i])
	}
	dst = append(dst, `],"has_more":false,"first_id":`...)
	if len(models) == 0 {
		return append(dst, `null,"last_id":null}`...)
	}
	dst = jsonscan.AppendQuoted(dst, []byte(models[0].Name))
	dst = append(dst, `,"last_id":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(models[len(models)-1].Name))
	return append(dst, '}')
}
