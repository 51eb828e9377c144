package compatible

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// CohereEmbeddings leads requests for embeddings to Cohere's own API
// (https://docs.cohere.com/reference/embed), which knows what a vector is for, images,
// types of numbers and where to cut a text that is too long. Its form for OpenAI's
// clients knows none of these. More texts than one call takes are asked for in several.
// It has no state.
type CohereEmbeddings struct{}

var _ core.Translator = CohereEmbeddings{}

// Dialect returns "cohere.embeddings".
func (CohereEmbeddings) Dialect() string { return "cohere.embeddings" }

// Translates tells whether op is OpEmbeddings.
func (CohereEmbeddings) Translates(op core.Operation) bool { return op == core.OpEmbeddings }

// Bounds of what is embedded.
const (
	cohereTexts = 96   // of one call
	cohereMost  = 2048 // of one request
)

// cohereTypes are the types of numbers that a vector may have.
var cohereTypes = []string{"float", "int8", "uint8", "binary", "ubinary", "base64"}

// cohereAsked is a request for Cohere.
type cohereAsked struct {
	members object
	list    []json.RawMessage // texts, or objects with what is to be embedded
	objects bool
	kind    string // of the numbers, one of cohereTypes
	packed  bool   // floats are to become base64
}

func readCohere(body []byte) (*cohereAsked, *core.Error) {
	q := &cohereAsked{kind: "float"}
	if json.Unmarshal(body, &q.members) != nil {
		return nil, core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	input := q.members["input"]
	if len(input) > 0 && input[0] == '"' {
		q.list = []json.RawMessage{input}
	} else if json.Unmarshal(input, &q.list) != nil || len(q.list) == 0 || len(q.list) > cohereMost {
		return nil, unsupported("input", "must be a text, or a list of 1 to 2048 of them")
	}
	for i, v := range q.list {
		switch v[0] {
		case '"':
		case '{':
			q.objects = true
		default:
			return nil, unsupported("input["+strconv.Itoa(i)+"]", "must be a text: the models of this route have other tokens than yours")
		}
	}
	if v := q.members["embedding_types"]; !null(v) {
		var types []string
		if json.Unmarshal(v, &types) != nil || len(types) != 1 || !slices.Contains(cohereTypes, types[0]) {
			return nil, unsupported("embedding_types", "must name one type, since an answer has one vector for each text: float, int8, uint8, binary, ubinary or base64")
		}
		q.kind = types[0]
	}
	q.packed = q.kind == "float" && string(q.members["encoding_format"]) == `"base64"`
	return q, nil
}

// Request writes the call for those whose turn it is, and reports the rest.
func (CohereEmbeddings) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	q, err := readCohere(r.Body)
	if err != nil {
		return err
	}
	list, err := q.inputs(ex)
	if err != nil {
		return err
	}
	from := embedded(at)
	out := append(append(ex.Alloc(len(r.Body) + 128)[:0], `{"model":`...), modelOf(ex, at)...)
	out = append(append(append(out, `,"`...), q.where()...), `":[`...)
	for i, v := range list[from:min(from+cohereTexts, len(list))] {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	out = append(out, ']')
	purpose := q.members["input_type"]
	if null(purpose) {
		purpose = json.RawMessage(`"search_query"`) // which it needs, as at other places that serve it
	}
	out = member(out, "input_type", purpose)
	out = member(out, "embedding_types", json.RawMessage(`["`+q.kind+`"]`))
	used := append(encodings(q.members), "model", "input", "input_type", "embedding_types", "dimensions")
	if v := q.members["dimensions"]; !null(v) {
		out = member(out, "output_dimension", v)
	} else if v := q.members["output_dimension"]; !null(v) {
		out = member(out, "output_dimension", v)
		used = append(used, "output_dimension")
	}
	for _, name := range []string{"truncate", "max_tokens", "priority"} {
		if v := q.members[name]; !null(v) {
			out = member(out, name, v)
			used = append(used, name)
		}
	}
	at.Request.Body = append(at.Request.Body, append(out, '}'))
	// The base URL may hold the version already, as for chats.
	at.Request.Path = strings.Replace(at.Request.Path, "/v2/v2/", "/v2/", 1)
	reportUnused(ex, q.members, used)
	return nil
}

// where is the member for what is embedded.
func (q *cohereAsked) where() string {
	if q.objects {
		return "inputs"
	}
	return "texts"
}

// inputs returns all that is to be embedded, in the one call or the other: texts as they
// are, and where there are objects too everything in the form that images have.
func (q *cohereAsked) inputs(ex *core.Exchange) ([]json.RawMessage, *core.Error) {
	if !q.objects {
		return q.list, nil
	}
	out := make([]json.RawMessage, 0, len(q.list))
	for i, v := range q.list {
		content, lost := cohereContent(v)
		at := "input[" + strconv.Itoa(i) + "]"
		if content == nil {
			return nil, unsupported(at, `must be a text, or an object with "text", "image" or "content"`)
		}
		for _, name := range lost {
			ex.Dropped = append(ex.Dropped, at+"."+name+"=not_supported_by_provider")
		}
		out = append(out, append(append([]byte(`{"content":`), content...), '}'))
	}
	return out, nil
}

// cohereContent returns one of inputs as a list of content, nil where it is none, and
// the members that have no place in it. An image is a URL or a data URL.
func cohereContent(v json.RawMessage) (content []byte, lost []string) {
	text := func(v json.RawMessage) []byte {
		return append(append([]byte(`[{"type":"text","text":`), v...), "}]"...)
	}
	if v[0] == '"' {
		return text(v), nil
	}
	var in object
	if json.Unmarshal(v, &in) != nil {
		return nil, nil
	}
	is := func(name string, first byte) bool { return len(in[name]) > 0 && in[name][0] == first }
	used := ""
	switch {
	case is("content", '['):
		content, used = in["content"], "content"
	case is("content", '"'):
		content, used = text(in["content"]), "content"
	case is("text", '"'):
		content, used = text(in["text"]), "text"
	case is("image", '"'):
		content, used = append(append([]byte(`[{"type":"image_url","image_url":{"url":`), in["image"]...), "}}]"...), "image"
	}
	for name, v := range in {
		if name != used && !null(v) {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	return content, lost
}

// embedded tells how many the calls before have embedded.
func embedded(at *core.Attempt) int {
	if at.Translation == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(at.Translation.State)) // nothing at first
	return n
}

// Response adds the vectors of one call to the answer, in OpenAI's form, and asks for
// the next call while there is more to embed.
func (CohereEmbeddings) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	lost := core.Errorf(core.CodeInternal, "The gateway lost the request before it was answered.")
	r, err := ex.Typed(func() ([]byte, *core.Error) { return nil, lost })
	if err != nil {
		return err
	}
	q, err := readCohere(r.Body)
	if err != nil {
		return err
	}
	from := embedded(at)
	want := min(cohereTexts, len(q.list)-from)
	got, bad := readVectors(resp.Body, q.kind)
	got.bill(&a.Usage, from == 0)
	if bad == nil && len(got.vectors) != want {
		bad = errors.New("there is not one embedding for each text")
	}
	if bad == nil {
		a.Body, bad = q.append(a.Body, got.vectors, from)
	}
	if bad != nil {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: bad,
			Message: "The provider's answer does not hold the embeddings that were asked for.",
		}
	}
	if from += want; from < len(q.list) {
		at.Translation.State, at.Translation.Next = strconv.AppendInt(nil, int64(from), 10), true
		return nil
	}
	a.Body = append(append(a.Body, `],"model":`...), modelOf(ex, at)...)
	if a.Usage.Reported {
		n := strconv.FormatInt(a.Usage.InputUncached, 10)
		a.Body = append(a.Body, `,"usage":{"prompt_tokens":`+n+`,"total_tokens":`+n+`}`...)
	}
	a.Body = append(a.Body, '}')
	return nil
}

// Event is never called: embeddings are not streamed.
func (CohereEmbeddings) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "Embeddings are not streamed.")
}

// cohereAnswer is what of an answer is read.
type cohereAnswer struct {
	vectors []json.RawMessage
	tokens  int64 // that are billed, -1 where nothing is said
	image   int64 // those of them that are images'
}

func readVectors(body []byte, kind string) (out cohereAnswer, err error) {
	out.tokens = -1
	var top struct {
		Embeddings map[string]json.RawMessage `json:"embeddings"`
		Meta       struct {
			Billed struct {
				Input *float64 `json:"input_tokens"`
				Image *float64 `json:"image_tokens"`
			} `json:"billed_units"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(body, &top); err != nil {
		return out, err
	}
	said := func(n *float64) bool { return n != nil && *n >= 0 && *n <= core.MaxTokens/2 }
	if n := top.Meta.Billed.Input; said(n) {
		out.tokens = int64(*n)
	}
	if n := top.Meta.Billed.Image; said(n) {
		out.image = int64(*n)
		out.tokens = max(out.tokens, 0) + out.image
	}
	list := top.Embeddings[kind]
	if null(list) {
		return out, errors.New("there are no embeddings of the type " + kind)
	}
	return out, json.Unmarshal(list, &out.vectors)
}

// bill adds what a call cost. One that says nothing makes the whole unknown.
func (c *cohereAnswer) bill(u *core.Usage, first bool) {
	known := c.tokens >= 0 && c.tokens <= core.MaxTokens-u.InputUncached
	if known {
		u.InputUncached += c.tokens
		u.Image += c.image
	}
	u.Reported = known && (first || u.Reported)
}

// append appends vectors, of which the first is number from, to the answer's beginning
// or to what is there.
func (q *cohereAsked) append(dst []byte, vectors []json.RawMessage, from int) ([]byte, error) {
	if from == 0 {
		dst = append(dst[:0], `{"object":"list","data":[`...)
	}
	for i, v := range vectors {
		if from+i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"object":"embedding","index":`...), int64(from+i), 10)
		dst = append(dst, `,"embedding":`...)
		if q.kind == "base64" {
			if v[0] != '"' {
				return dst, errors.New("an embedding is not in base64")
			}
			dst = append(dst, v...)
		} else {
			var numbers []json.Number
			if err := json.Unmarshal(v, &numbers); err != nil || len(numbers) == 0 {
				return dst, errors.Join(errors.New("an embedding is no list of numbers"), err)
			}
			dst = appendVector(dst, numbers, q.packed)
		}
		dst = append(dst, '}')
	}
	return dst, nil
}
