package anthropic

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The keys of a request's top level that are looked at by ID: the index into
// requestKeys, and so into the keys of requestForm.
const (
	keyModel = iota
	keyMessages
	keyMaxTokens
	keyStream
	keySystem
	keyTemperature
	keyTopP
	keyTopK
	keyStop
	keyTools
	keyToolChoice
	keyThinking
	keyOutputConfig
	keyOutputFormat
	numTopKeys
)

// requestKeys are the keys of these.
var requestKeys = []string{
	"model", "messages", "max_tokens", "stream", "system", "temperature", "top_p", "top_k",
	"stop_sequences", "tools", "tool_choice", "thinking", "output_config", "output_format",
}

const (
	maxModel = 256 // bytes of a model's name
	// maxOutput bounds max_tokens, so that it can be multiplied by a price.
	// Clients that mean "no bound" send the largest 32-bit integer.
	maxOutput = math.MaxInt32
)

// Scan reads the top level of ex.Request.Body and fills ex.Request. The errors
// are CodeInvalidJSON, CodeInvalidEncoding, CodeDuplicateKey, CodeInvalidRequest,
// CodeMissingField and CodeInvalidField, and they name the field. max_tokens is
// required but for the counting of tokens. A member that is null counts as absent.
func (d Messages) Scan(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.Reset()
	m.typed.reset()
	m.body = 0
	r := &ex.Request
	body := r.Body
	if len(body) == 0 {
		return core.ClientErrorf(core.CodeInvalidRequest, "",
			"The request has no body. Send a JSON object with \"model\", \"max_tokens\" and \"messages\".")
	}
	m.top.Limits.Depth = d.Depth
	if err := jsonscan.Scan(body, requestForm.Keys(), &m.top); err != nil {
		return leaf.Refusal(err, "")
	}
	m.body = len(body)
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = false, true, 0, 1
	if err := scanModel(ex, m.top.Value(keyModel)); err != nil {
		return err
	}
	if err := scanMessages(body, m.top.Value(keyMessages)); err != nil {
		return err
	}
	if r.Operation == core.OpCountTokens {
		return nil // has no stream and no bound
	}
	v := m.top.Value(keyStream)
	if !v.IsBool() && !leaf.Absent(v) {
		return leaf.Invalid("stream", "must be true or false, not %s", v.Kind)
	}
	r.Stream = v.Bool()
	return scanMaxTokens(r, m.top.Value(keyMaxTokens))
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

func scanMessages(body []byte, v jsonscan.Value) *core.Error {
	if leaf.Absent(v) {
		return leaf.Missing("messages", "an array with at least one message")
	}
	if v.Kind != jsonscan.ArrayKind {
		return leaf.Invalid("messages", "must be an array, not %s", v.Kind)
	}
	if a := jsonscan.Elements(body, v); !a.Next() {
		return leaf.Invalid("messages", "is empty; send at least one message")
	}
	return nil
}

// scanMaxTokens reads what bounds the cost of a call.
func scanMaxTokens(r *core.Request, v jsonscan.Value) *core.Error {
	if leaf.Absent(v) {
		return leaf.Missing("max_tokens", "the largest number of tokens that the answer may have")
	}
	n, err := jsonscan.Int(r.Body, v)
	if err != nil || n < 0 || n > maxOutput {
		return leaf.Invalid("max_tokens", "must be a whole number from 0 to %d", maxOutput)
	}
	r.MaxOutput = n
	return nil
}
