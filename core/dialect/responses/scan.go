package responses

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The keys of a request's top level that are looked at, by index into requestKeys
// and so by ID in requestForm.
const (
	keyModel = iota
	keyInput
	keyInstructions
	keyStream
	keyMaxOutput
	keyStore
	keyPrevious
	keyConversation
	keyBackground
	keyPrompt
	// From here on they are repeated in answers.
	keyTemperature
	keyTopP
	keyTools
	keyToolChoice
	keyParallel
	keyReasoning
	keyText
	keyTruncation
	keyMetadata
	keyUser
	keySafety
	keyCacheKey
	keyTier
	keyMaxCalls
	keyTopLogprobs
	keyPresence
	keyFrequency
)

// requestKeys are keys of the top level that are interpreted besides those in the
// table of string leaves. By law 2 a key that the upstream acts on must not come in
// two spellings.
var requestKeys = []string{
	"model", "input", "instructions", "stream", "max_output_tokens", "store",
	"previous_response_id", "conversation", "background", "prompt",
	"temperature", "top_p", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "truncation",
	"metadata", "user", "safety_identifier", "prompt_cache_key", "service_tier", "max_tool_calls",
	"top_logprobs", "presence_penalty", "frequency_penalty", "include", "stream_options",
}

const (
	maxModel = 256 // bytes of a model's name
	// maxOutput bounds max_output_tokens, so that it can be multiplied by a price.
	// Clients that mean "no bound" send the largest 32-bit integer.
	maxOutput = math.MaxInt32
)

// Scan reads the top level of ex.Request.Body and fills ex.Request. The errors are
// CodeInvalidJSON, CodeInvalidEncoding, CodeDuplicateKey, CodeInvalidRequest,
// CodeMissingField and CodeInvalidField, and they name the field. A member that is
// null counts as absent, as it does upstream. The model must be named, and there
// must be an input unless the provider keeps one. A count is never a stream, and has no
// bound on its output.
func (d Dialect) Scan(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.forget()
	body := ex.Request.Body
	if len(body) == 0 {
		return core.ClientErrorf(core.CodeInvalidRequest, "",
			"The request has no body. Send a JSON object with \"model\" and \"input\".")
	}
	m.top.Limits.Depth = d.Depth
	if err := jsonscan.Scan(body, requestForm.Keys(), &m.top); err != nil {
		return leaf.Refusal(err, "")
	}
	m.body = len(body)
	r := &ex.Request
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = false, true, 0, 1
	if err := scanModel(ex, m.top.Value(keyModel)); err != nil {
		return err
	}
	if err := m.scanInput(body, r.Operation == core.OpCountTokens); err != nil {
		return err
	}
	if r.Operation == core.OpCountTokens {
		return nil
	}
	v := m.top.Value(keyStream)
	if !v.IsBool() && !leaf.Absent(v) {
		return leaf.Invalid("stream", "must be true or false, not %s", v.Kind)
	}
	r.Stream = v.Bool()
	if v = m.top.Value(keyMaxOutput); !leaf.Absent(v) {
		n, err := jsonscan.Int(body, v)
		if err != nil || n < 0 || n > maxOutput {
			return leaf.Invalid("max_output_tokens", "must be a whole number from 0 to %d; leave it out for no bound", maxOutput)
		}
		r.MaxOutput = n
	}
	return nil
}

func scanModel(ex *core.Exchange, v jsonscan.Value) *core.Error {
	r := &ex.Request
	switch {
	case leaf.Absent(v):
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

// scanInput checks that there is an input. What is counted may be instructions or tools
// alone.
func (m *memory) scanInput(body []byte, counted bool) *core.Error {
	v := m.top.Value(keyInput)
	switch v.Kind {
	case jsonscan.String, jsonscan.ArrayKind:
		return nil
	case jsonscan.None, jsonscan.Null:
		for _, id := range [...]int{keyPrompt, keyPrevious, keyConversation} {
			if !leaf.Absent(m.top.Value(id)) {
				return nil
			}
		}
		for i := range m.top.Members {
			if string(m.top.Members[i].Key.Of(body)) == `"messages"` {
				return core.ClientErrorf(core.CodeMissingField, "input",
					"\"input\" is missing. The body has \"messages\" and so looks like one for /v1/chat/completions; this is /v1/responses.")
			}
		}
		if counted {
			return nil
		}
		return leaf.Missing("input", "a string, or an array of items")
	default:
		return leaf.Invalid("input", "must be a string or an array, not %s", v.Kind)
	}
}
