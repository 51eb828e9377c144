package compatible

import (
	"encoding/json"

	"github.com/sallyport-gateway/sallyport/core"
)

// Embeddings leads requests for embeddings of any dialect to providers that speak
// OpenAI's: between dialects they have that form already, without the model. It
// has no state.
type Embeddings struct{}

var _ core.Translator = Embeddings{}

// Dialect returns "openai.embeddings".
func (Embeddings) Dialect() string { return embeddings.Dialect }

// Translates tells whether op is OpEmbeddings.
func (Embeddings) Translates(op core.Operation) bool { return op == core.OpEmbeddings }

// Request puts the model in front of r.Body, which must be a JSON object that is
// not empty and has none.
func (Embeddings) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	if len(r.Body) < 3 || r.Body[0] != '{' {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	model := at.Deployment.ModelJSON
	if len(model) == 0 {
		quoted, err := json.Marshal(string(ex.Request.Model))
		if err != nil {
			return core.ClientErrorf(core.CodeInvalidField, "model", "The name of the model cannot be written as JSON.")
		}
		model = quoted
	}
	at.Request.Body = append(at.Request.Body, []byte(`{"model":`), model, []byte(","), r.Body[1:])
	return nil
}

// Response takes the usage off the answer, which stays as it is.
func (Embeddings) Response(_ *core.Exchange, _ *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	var answer struct {
		Model string          `json:"model"`
		Data  json.RawMessage `json:"data"`
		Usage *struct {
			Prompt int64 `json:"prompt_tokens"`
		} `json:"usage"`
		Error struct {
			Message string `json:"message"`
			Code    any    `json:"code"`
		} `json:"error"`
	}
	err := json.Unmarshal(resp.Body, &answer)
	if resp.Status >= 400 {
		e := &core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: resp.Status, Message: answer.Error.Message}
		if code, ok := answer.Error.Code.(string); ok {
			e.Reason = code
		}
		return e
	}
	if err != nil || len(answer.Data) == 0 {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
			Message: "The provider's answer holds no embeddings.",
		}
	}
	a.Body, a.Model = resp.Body, []byte(answer.Model)
	if u := answer.Usage; u != nil && u.Prompt >= 0 && u.Prompt <= core.MaxTokens {
		a.Usage = core.Usage{InputUncached: u.Prompt, Reported: true}
	}
	return nil
}

// Event is never called: embeddings are not streamed.
func (Embeddings) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "Embeddings are not streamed.")
}
