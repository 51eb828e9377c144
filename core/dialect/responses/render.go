package responses

import (
	"math"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// RenderError appends {"error":{"message","type","param","code"}}. An upstream's own
// error answer of that form is appended as it is, but for one with status 401: it
// speaks of the provider key, which is no business of the client's.
func (Dialect) RenderError(dst []byte, e *core.Error, _ core.ID) []byte {
	if up := e.Upstream; up != nil && up.Status != 401 && isError(up.Body) {
		return append(dst, up.Body...)
	}
	dst = append(dst, `{"error":{"message":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
	dst = append(dst, `,"type":"`...)
	dst = append(dst, errorType(e)...)
	dst = append(dst, `","param":`...)
	dst = appendParam(dst, e)
	dst = append(dst, `,"code":"`...)
	dst = append(dst, e.CodeName()...)
	return append(dst, `"}}`...)
}

func appendParam(dst []byte, e *core.Error) []byte {
	if e.Param == "" {
		return append(dst, "null"...)
	}
	return jsonscan.AppendQuoted(dst, []byte(e.Param))
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

// isError tells whether body is valid JSON: an object whose error is one too, and that
// is no response.
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
	return c.End() && a.failure.Kind == jsonscan.ObjectKind && a.output.Kind == jsonscan.None
}

// lastNumber is the sequence_number of an event that ends a stream of which nothing
// else is known: numbers rise, and a stream has fewer events.
const lastNumber = math.MaxInt32

// RenderErrorEvent appends a response.failed event, which clients take for the end of
// the response, unlike an error event, which some pass over. Its response has the id
// that [Dialect.WriteEvent] gives, the error, and nothing else.
//
// The code is one that OpenAI publishes where there is one that fits, because clients
// decide by it whether to ask again; type is the gateway's own word.
func (Dialect) RenderErrorEvent(dst []byte, e *core.Error, id core.ID) []byte {
	return appendFailed(dst, e, id, failedStream{number: lastNumber})
}

// failedStream is what is known of a stream that fails.
type failedStream struct {
	number int64  // of the event that tells it
	id     []byte // of the response; nil: the gateway's
	model  []byte
	usage  core.Usage
}

// appendFailed appends the response.failed event of a stream.
func appendFailed(dst []byte, e *core.Error, id core.ID, s failedStream) []byte {
	dst = append(dst, "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":"...)
	dst = strconv.AppendInt(dst, s.number, 10)
	dst = append(dst, `,"response":{"id":`...)
	if s.id != nil {
		dst = jsonscan.AppendQuoted(dst, s.id)
	} else {
		dst = append(id.Append(append(dst, `"resp_`...)), '"')
	}
	dst = append(dst, `,"object":"response","created_at":`...)
	dst = strconv.AppendInt(dst, max(id.Time().Unix(), 0), 10)
	dst = append(dst, `,"status":"failed","error":{"code":"`...)
	dst = append(dst, streamCode(e)...)
	dst = append(dst, `","message":`...)
	dst = jsonscan.AppendQuoted(dst, []byte(e.Message))
	dst = append(dst, `,"type":"`...)
	dst = append(dst, e.CodeName()...)
	dst = append(dst, `","param":`...)
	dst = appendParam(dst, e)
	dst = append(dst, `},"incomplete_details":null,"instructions":null,"metadata":{},"model":`...)
	dst = jsonscan.AppendQuoted(dst, s.model)
	dst = append(dst, `,"output":[],"parallel_tool_calls":true,"temperature":null,"tool_choice":"auto","tools":[],"top_p":null`...)
	if s.usage.Reported {
		w := streamWriter{out: append(dst, `,"usage":`...)}
		w.counters(&s.usage)
		dst = w.out
	}
	return append(dst, "}}\n\n"...)
}

// streamCode returns the code of an error within a response: one that OpenAI publishes
// for that place, or that its clients are known to look for.
func streamCode(e *core.Error) string {
	upstream := e.Origin == core.OriginUpstream && e.Reason != ""
	switch s := e.HTTPStatus(); {
	case upstream && slices.Contains(streamCodes, e.Reason):
		return e.Reason
	case e.Code == core.CodeBudgetExceeded:
		return "insufficient_quota"
	case e.Code == core.CodeBlocked:
		return "invalid_prompt" // the one that clients do not answer with the same request
	case s == 429:
		return "rate_limit_exceeded"
	case s >= 500:
		return "server_error"
	case upstream:
		return "invalid_prompt"
	default:
		return e.CodeName()
	}
}

// streamCodes are the codes of providers that go to the client as they are.
var streamCodes = []string{
	"server_error", "rate_limit_exceeded", "invalid_prompt", "vector_store_timeout", "invalid_image", "invalid_image_format",
	"invalid_base64_image", "invalid_image_url", "image_too_large", "image_too_small", "image_parse_error",
	"image_content_policy_violation", "invalid_image_mode", "image_file_too_large", "unsupported_image_media_type",
	"empty_image_file", "failed_to_download_image", "image_file_not_found",
	"context_length_exceeded", "insufficient_quota", "content_filter", "model_not_found",
}

// RenderModels appends {"object":"list","data":[...]}. created is in seconds of Unix
// time, 0 where it is not known.
func (Dialect) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	dst = append(dst, `{"object":"list","data":[`...)
	for i := range models {
		m := &models[i]
		if i > 0 {
			dst = append(dst, ',')
		}
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
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}
