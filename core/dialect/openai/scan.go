package openai

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The keys of a request's top level that Scan and Forward look at, by index
// into requestKeys and so by ID in requestForm.
const (
	keyModel = iota
	keyMessages
	keyStream
	keyStreamOptions
	keyMaxTokens
	keyMaxCompletionTokens
	keyN
)

// requestKeys are keys of the top level that are interpreted besides those in
// the table of string leaves. Some are not looked at here, but by law 2 a key
// that the upstream acts on must not come in two spellings.
var requestKeys = []string{
	"model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n",
	"temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs",
	"top_logprobs", "seed", "store", "parallel_tool_calls",
}

const keyIncludeUsage = 0

var optionKeys = jsonscan.NewKeys("include_usage", "include_obfuscation", "continuous_usage_stats")

const (
	maxModel   = 256 // bytes of a model's name
	maxChoices = 128 // OpenAI's own bound on n
	// maxOutput bounds max_tokens, so that it can be multiplied by n and a
	// price. Clients that mean "no bound" send the largest 32-bit integer.
	maxOutput = math.MaxInt32
)

// Scan reads the top level of ex.Request.Body and fills ex.Request. The errors
// are CodeInvalidJSON, CodeInvalidEncoding, CodeDuplicateKey, CodeInvalidRequest,
// CodeMissingField and CodeInvalidField, and they name the field. A member that
// is null counts as absent, as it does upstream.
func (c Chat) Scan(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.forget()
	body := ex.Request.Body
	if len(body) == 0 {
		return core.ClientErrorf(core.CodeInvalidRequest, "",
			"The request has no body. Send a JSON object with \"model\" and \"messages\".")
	}
	m.top.Limits.Depth = c.Depth
	if err := jsonscan.Scan(body, requestForm.Keys(), &m.top); err != nil {
		return leaf.Refusal(err, "")
	}
	m.body = len(body)
	r := &ex.Request
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = false, false, 0, 1
	if err := scanModel(ex, m.top.Value(keyModel)); err != nil {
		return err
	}
	if err := m.scanMessages(body); err != nil {
		return err
	}
	if err := m.scanStream(r); err != nil {
		return err
	}
	return m.scanBounds(r)
}

func scanModel(ex *core.Exchange, v jsonscan.Value) *core.Error {
	r := &ex.Request
	switch {
	case v.Kind == jsonscan.None:
		return leaf.Missing("model", "a string that names the model")
	case v.Kind != jsonscan.String:
		return leaf.Invalid("model", "must be a string, not %s", v.Kind)
	case v.Len() == 2:
		return leaf.Invalid("model", "is empty; name the model to use")
	}
	r.ModelSpan = core.Span(v.Span)
	r.Model = v.Text(r.Body)
	if v.Escaped && v.Len() <= 6*maxModel+2 {
		r.Model = leaf.Text(ex, r.Body, v)
	}
	if len(r.Model) > maxModel {
		return leaf.Invalid("model", "is longer than %d bytes", maxModel)
	}
	return nil
}

func (m *memory) scanMessages(body []byte) *core.Error {
	v := m.top.Value(keyMessages)
	switch v.Kind {
	case jsonscan.ArrayKind:
	case jsonscan.None:
		if m.hasKey(body, "input") {
			return core.ClientErrorf(core.CodeMissingField, "messages",
				"\"messages\" is missing. The body has \"input\" and so looks like one for /v1/responses; this is /v1/chat/completions.")
		}
		return leaf.Missing("messages", "an array with at least one message")
	default:
		return leaf.Invalid("messages", "must be an array, not %s", v.Kind)
	}
	a := jsonscan.Elements(body, v)
	if !a.Next() {
		return leaf.Invalid("messages", "is empty; send at least one message")
	}
	return nil
}

// hasKey tells whether the top level has a key that is not interpreted.
func (m *memory) hasKey(body []byte, name string) bool {
	for i := range m.top.Members {
		k := m.top.Members[i].Key
		if k.Len() == len(name)+2 && string(body[k.Start+1:k.End-1]) == name {
			return true
		}
	}
	return false
}

func (m *memory) scanStream(r *core.Request) *core.Error {
	v := m.top.Value(keyStream)
	if !v.IsBool() && !leaf.Absent(v) {
		return leaf.Invalid("stream", "must be true or false, not %s", v.Kind)
	}
	r.Stream = v.Bool()
	v = m.top.Value(keyStreamOptions)
	if leaf.Absent(v) {
		return nil
	}
	if v.Kind != jsonscan.ObjectKind {
		return leaf.Invalid("stream_options", "must be an object, not %s", v.Kind)
	}
	if err := jsonscan.ScanObject(r.Body, v, optionKeys, &m.options); err != nil {
		return leaf.Refusal(err, "stream_options")
	}
	usage := m.options.Value(keyIncludeUsage)
	if !usage.IsBool() && !leaf.Absent(usage) {
		return leaf.Invalid("stream_options.include_usage", "must be true or false, not %s", usage.Kind)
	}
	r.UsageAsked = usage.Bool()
	return nil
}

// scanBounds reads what bounds the cost of a call.
func (m *memory) scanBounds(r *core.Request) *core.Error {
	for id := keyMaxTokens; id <= keyMaxCompletionTokens; id++ {
		v := m.top.Value(id)
		if leaf.Absent(v) {
			continue
		}
		n, err := jsonscan.Int(r.Body, v)
		if err != nil || n < 0 || n > maxOutput {
			return leaf.Invalid(requestKeys[id], "must be a whole number from 0 to %d; leave it out for no bound", maxOutput)
		}
		r.MaxOutput = max(r.MaxOutput, n)
	}
	if v := m.top.Value(keyN); !leaf.Absent(v) {
		n, err := jsonscan.Int(r.Body, v)
		if err != nil || n < 1 || n > maxChoices {
			return leaf.Invalid("n", "must be a whole number from 1 to %d", maxChoices)
		}
		r.Choices = n
	}
	return nil
}
