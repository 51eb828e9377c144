package compatible

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// Embedders returns the translators from the dialect "openai.embeddings" to the APIs
// that have its form too, but call things by other names and refuse what they do not
// know.
func Embedders() []core.Translator {
	return []core.Translator{
		// https://docs.mistral.ai/api/#tag/embeddings
		embedder{dialect: "mistral.embeddings", size: "output_dimension", packed: "encoding_format", takes: []string{"output_dtype", "metadata"}},
		// https://docs.voyageai.com/reference/embeddings-api
		embedder{dialect: "voyage.embeddings", size: "output_dimension", packed: "encoding_format", takes: []string{"input_type", "truncation", "output_dtype"}},
		// https://api.jina.ai/redoc
		embedder{dialect: "jina.embeddings", size: "dimensions", packed: "embedding_type", takes: []string{"task", "late_chunking", "truncate", "normalized"}},
	}
}

// embedder is one of these APIs: where it takes what. Answers have OpenAI's form but
// for the usage.
type embedder struct {
	dialect string
	size    string   // the member with the dimensions of a vector
	packed  string   // the one that asks for base64; numbers come unasked
	takes   []string // further members that it takes as they are
}

// Dialect returns the name of the API.
func (k embedder) Dialect() string { return k.dialect }

// Translates tells whether op is OpEmbeddings.
func (embedder) Translates(op core.Operation) bool { return op == core.OpEmbeddings }

// Request writes what the provider calls by its names, and reports the rest. Members
// under the provider's own names pass.
func (k embedder) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	var in object
	if json.Unmarshal(r.Body, &in) != nil || null(in["input"]) {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	out := append(append(ex.Alloc(len(r.Body) + 64)[:0], `{"model":`...), modelOf(ex, at)...)
	out = member(out, "input", in["input"])
	used := []string{"model", "input", "dimensions"}
	if v := in["dimensions"]; !null(v) {
		out = member(out, k.size, v)
	}
	switch form := string(in["encoding_format"]); form {
	case `"base64"`:
		out = member(out, k.packed, in["encoding_format"])
		used = append(used, "encoding_format")
	case `"float"`: // what all of them answer with
		used = append(used, "encoding_format")
	}
	for _, name := range append([]string{k.size, k.packed}, k.takes...) {
		if v := in[name]; !null(v) && !slices.Contains(used, name) {
			out = member(out, name, v)
			used = append(used, name)
		}
	}
	at.Request.Body = append(at.Request.Body, append(out, '}'))
	reportUnused(ex, in, used)
	return nil
}

// encodings is "encoding_format" where it is one of those that the gateway itself makes
// of an answer.
func encodings(in object) []string {
	if form := string(in["encoding_format"]); form == `"float"` || form == `"base64"` {
		return []string{"encoding_format"}
	}
	return nil
}

// reportUnused notes the members of in that have no place at the provider.
func reportUnused(ex *core.Exchange, in object, used []string) {
	var names []string
	for name, v := range in {
		if !null(v) && !slices.Contains(used, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		ex.Dropped = append(ex.Dropped, name+"=not_supported_by_provider")
	}
}

// Response takes the usage off the answer. One that tells only a total, as Voyage's
// does, gets the member that OpenAI's clients read.
func (embedder) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	var answer struct {
		Model string          `json:"model"`
		Data  json.RawMessage `json:"data"`
		Usage struct {
			Prompt *int64 `json:"prompt_tokens"`
			Total  *int64 `json:"total_tokens"`
		} `json:"usage"`
	}
	err := json.Unmarshal(resp.Body, &answer)
	if err != nil || len(answer.Data) == 0 || answer.Data[0] != '[' {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
			Message: "The provider's answer holds no embeddings.",
		}
	}
	a.Body, a.Model = resp.Body, []byte(answer.Model)
	tokens := answer.Usage.Prompt
	if tokens == nil {
		tokens = answer.Usage.Total
	}
	if tokens == nil || *tokens < 0 || *tokens > core.MaxTokens {
		return nil
	}
	a.Usage = core.Usage{InputUncached: *tokens, Reported: true}
	if answer.Usage.Prompt == nil {
		n := strconv.FormatInt(*tokens, 10)
		out := append(append([]byte(`{"object":"list","data":`), answer.Data...), `,"model":`...)
		model := modelOf(ex, at)
		if answer.Model != "" {
			model, _ = json.Marshal(answer.Model) // any string can be
		}
		a.Body = append(append(out, model...), `,"usage":{"prompt_tokens":`+n+`,"total_tokens":`+n+`}}`...)
	}
	return nil
}

// Event is never called: embeddings are not streamed.
func (embedder) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "Embeddings are not streamed.")
}

// addEmbedding replaces the service of d's kind, where its API is not quite OpenAI's.
func addEmbedding(d *core.Descriptor) {
	switch d.Kind {
	case "voyage", "jina":
		d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: d.Kind + ".embeddings", Path: "/embeddings", AnswersAs: embeddings.Dialect}}
	}
}
