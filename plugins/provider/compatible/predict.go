package compatible

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Predict leads requests for embeddings to Vertex AI, whose models of that kind are
// asked for predictions
// (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
// It has no state.
type Predict struct{}

var _ core.Translator = Predict{}

// Dialect returns "vertex.embeddings".
func (Predict) Dialect() string { return "vertex.embeddings" }

// Translates tells whether op is OpEmbeddings.
func (Predict) Translates(op core.Operation) bool { return op == core.OpEmbeddings }

// instance is a text in a request. Clients may give one as an object with Google's
// own members, or with the text under OpenAI's name.
type instance struct {
	Content json.RawMessage `json:"content"`
	Task    json.RawMessage `json:"task_type,omitempty"`
	Title   json.RawMessage `json:"title,omitempty"`
}

// tasks are Google's words for what a vector is for, by those of others.
var tasks = map[string]string{
	"query": "RETRIEVAL_QUERY", "search_query": "RETRIEVAL_QUERY",
	"document": "RETRIEVAL_DOCUMENT", "passage": "RETRIEVAL_DOCUMENT", "search_document": "RETRIEVAL_DOCUMENT",
	"classification": "CLASSIFICATION", "clustering": "CLUSTERING",
}

// Request writes instances and parameters, and reports the rest.
func (Predict) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	var in object
	if json.Unmarshal(r.Body, &in) != nil {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	list, err := instances(in["input"])
	if err != nil {
		return err
	}
	task := in["task_type"]
	if null(task) {
		task = taskOf(in["input_type"])
	}
	out := append(ex.Alloc(len(r.Body) + 64)[:0], `{"instances":[`...)
	for i, one := range list {
		if one.Task == nil {
			one.Task = task
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, `{"content":`...), one.Content...)
		for _, m := range []struct {
			name  string
			value json.RawMessage
		}{{"task_type", one.Task}, {"title", one.Title}} {
			if !null(m.value) {
				out = member(out, m.name, m.value)
			}
		}
		out = append(out, '}')
	}
	out = append(out, `],"parameters":{`...)
	comma := ""
	for _, m := range [][2]string{{"dimensions", "outputDimensionality"}, {"auto_truncate", "autoTruncate"}} {
		if v := in[m[0]]; !null(v) {
			out = append(append(append(out, comma...), '"'), m[1]...)
			out, comma = append(append(out, `":`...), v...), ","
		}
	}
	at.Request.Body = append(at.Request.Body, append(out, "}}"...))
	used := append(encodings(in), "model", "input", "dimensions", "auto_truncate", "task_type")
	if task != nil {
		used = append(used, "input_type")
	}
	reportUnused(ex, in, used)
	return nil
}

// instances returns the texts of an input.
func instances(input json.RawMessage) ([]instance, *core.Error) {
	const what = "must be a text, or a list of texts: the provider of this route embeds nothing else"
	if len(input) > 0 && input[0] == '"' {
		return []instance{{Content: input}}, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(input, &list) != nil || len(list) == 0 {
		return nil, unsupported("input", what)
	}
	out := make([]instance, 0, len(list))
	for i, v := range list {
		one := instance{Content: v}
		if v[0] == '{' {
			var o object
			if json.Unmarshal(v, &o) != nil {
				return nil, unsupported("input", what)
			}
			one = instance{o["content"], o["task_type"], o["title"]}
			if one.Content == nil {
				one.Content = o["text"]
			}
		}
		if len(one.Content) == 0 || one.Content[0] != '"' {
			return nil, unsupported("input["+strconv.Itoa(i)+"]", what)
		}
		out = append(out, one)
	}
	return out, nil
}

// taskOf returns Google's word for a type of input, nil where it has none.
func taskOf(v json.RawMessage) json.RawMessage {
	var word string
	if json.Unmarshal(v, &word) != nil {
		return nil
	}
	if t := tasks[strings.ToLower(word)]; t != "" {
		return json.RawMessage(`"` + t + `"`)
	}
	return nil
}

// Response turns predictions into OpenAI's form. What was counted for each text is
// the usage.
func (Predict) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	var answer struct {
		Predictions []struct {
			Embeddings struct {
				Values     []json.Number `json:"values"`
				Statistics struct {
					Tokens *float64 `json:"token_count"`
				} `json:"statistics"`
			} `json:"embeddings"`
		} `json:"predictions"`
	}
	err := json.Unmarshal(resp.Body, &answer)
	if err != nil || len(answer.Predictions) == 0 {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
			Message: "The provider's answer holds no embeddings.",
		}
	}
	out := append(make([]byte, 0, len(resp.Body)+256), `{"object":"list","data":[`...)
	tokens, counted := 0.0, true
	packed := wantsBase64(ex)
	for i := range answer.Predictions {
		p := &answer.Predictions[i].Embeddings
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(append(out, `{"object":"embedding","index":`...), int64(i), 10)
		out = appendVector(append(out, `,"embedding":`...), p.Values, packed)
		out = append(out, '}')
		if counted = counted && p.Statistics.Tokens != nil; counted {
			tokens += *p.Statistics.Tokens
		}
	}
	out = append(append(out, `],"model":`...), modelOf(ex, at)...)
	if counted && tokens >= 0 && tokens <= core.MaxTokens {
		a.Usage = core.Usage{InputUncached: int64(tokens), Reported: true}
		n := strconv.FormatInt(int64(tokens), 10)
		out = append(out, `,"usage":{"prompt_tokens":`+n+`,"total_tokens":`+n+`}`...)
	}
	a.Body = append(out, '}')
	return nil
}

// wantsBase64 tells whether the client asked for vectors in base64.
func wantsBase64(ex *core.Exchange) bool {
	lost := core.Errorf(core.CodeInternal, "The gateway lost the request before it was answered.")
	r, err := ex.Typed(func() ([]byte, *core.Error) { return nil, lost })
	if err != nil {
		return false
	}
	var in struct {
		Format string `json:"encoding_format"`
	}
	return json.Unmarshal(r.Body, &in) == nil && in.Format == "base64"
}

// appendVector appends the numbers as they came, or in base64 as 32-bit floats, the
// lowest byte first.
func appendVector(dst []byte, values []json.Number, packed bool) []byte {
	if !packed {
		dst = append(dst, '[')
		for i, n := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, n...)
		}
		return append(dst, ']')
	}
	raw := make([]byte, 0, 4*len(values))
	for _, n := range values {
		f, _ := n.Float64() // a JSON number, perhaps beyond a float's range
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(f)))
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), raw), '"')
}

// Event is never called: embeddings are not streamed.
func (Predict) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "Embeddings are not streamed.")
}
