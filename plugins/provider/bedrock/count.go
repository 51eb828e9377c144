package bedrock

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Count has Amazon Bedrock count the tokens of a document as InvokeModel would take it:
// that of a client of Anthropic's dialect, with everything that Converse has no place
// for (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html).
// It has no state.
type Count struct{}

var _ core.ClientTranslator = Count{}

// Dialect returns "bedrock.invoke".
func (Count) Dialect() string { return "bedrock.invoke" }

// Translates tells whether op is OpCountTokens.
func (Count) Translates(op core.Operation) bool { return op == core.OpCountTokens }

// From tells whether the dialect is Anthropic's.
func (Count) From(dialect string) bool { return dialect == "anthropic.messages" }

// Request wraps the document that InvokeModel would be sent.
func (Count) Request(ex *core.Exchange, at *core.Attempt, _ *core.TypedRequest) *core.Error {
	ex.Dropped = ex.Dropped[:0] // nothing is lost between dialects
	whole := core.Attempt{Deployment: at.Deployment, Service: at.Service}
	if err := ex.Request.Dialect.Forward(ex, &whole); err != nil {
		return err
	}
	doc, err := invoked(slices.Concat(whole.Request.Body...))
	if err != nil {
		e := core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
		e.Cause = err
		return e
	}
	out := append(ex.Alloc(base64.StdEncoding.EncodedLen(len(doc)) + 64)[:0], `{"input":{"invokeModel":{"body":"`...)
	out = base64.StdEncoding.AppendEncode(out, doc)
	at.Request.Body = append(at.Request.Body, append(out, `"}}}`...))
	at.Request.Path = withoutProfile(at.Request.Path)
	return nil
}

// invoked returns a document without the model, which is in the path, and with the bound
// on output that InvokeModel needs and requests for a count do not have.
func invoked(doc []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(doc)+32), '{')
	bounded, least := false, int64(1)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		switch key {
		case "model":
			continue
		case "max_tokens":
			bounded = true
		case "thinking":
			var t struct {
				Budget int64 `json:"budget_tokens"`
			}
			if json.Unmarshal(value, &t) == nil && t.Budget > 0 {
				least = t.Budget + 1 // an answer must have room beside it
			}
		}
		quoted, _ := json.Marshal(key) // any string can be
		out = append(append(append(out, quoted...), ':'), value...)
		out = append(out, ',')
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if bounded {
		out = bytes.TrimSuffix(out, []byte{','})
	} else {
		out = strconv.AppendInt(append(out, `"max_tokens":`...), least, 10)
	}
	return append(out, '}'), nil
}

// places begin the names of the profiles that Amazon has for a model in a geography.
var places = []string{"us", "us-gov", "eu", "apac", "ap", "jp", "au", "ca", "sa", "global"}

// withoutProfile returns a path with the model itself in place of such a profile, of
// which tokens are not counted: eu.anthropic.claude-… or an ARN that ends so.
func withoutProfile(path string) string {
	const segment, arn = "/model/", "inference-profile%2F"
	before, name, ok := strings.Cut(path, segment)
	if !ok {
		return path
	}
	if _, profile, is := strings.Cut(name, "%3A"+arn); is {
		name = profile
	}
	if place, rest, is := strings.Cut(name, "."); is && slices.Contains(places, place) && strings.Contains(rest, ".") {
		name = rest
	}
	return before + segment + name
}

// Response reads the count.
func (Count) Response(_ *core.Exchange, _ *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	var answer struct {
		Tokens *int64 `json:"inputTokens"`
	}
	err := json.Unmarshal(resp.Body, &answer)
	if err != nil || answer.Tokens == nil || *answer.Tokens < 0 || *answer.Tokens > core.MaxTokens {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
			Message: "The provider's answer has no count.",
		}
	}
	a.Usage = core.Usage{InputUncached: *answer.Tokens, Reported: true}
	return nil
}

// Event is never called: counts are not streamed.
func (Count) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "A count of tokens is not streamed.")
}
