package bedrock

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Embeddings asks the models that Amazon Bedrock serves with InvokeModel for
// embeddings, each in its maker's form, which the model's name tells: Amazon's Titan
// and Nova, and Cohere's
// (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html). What
// one call does not take is asked for in several. It has no state.
type Embeddings struct{}

var _ core.Translator = Embeddings{}

// Dialect returns "bedrock.embeddings".
func (Embeddings) Dialect() string { return "bedrock.embeddings" }

// Translates tells whether op is OpEmbeddings.
func (Embeddings) Translates(op core.Operation) bool { return op == core.OpEmbeddings }

// maxTexts bounds the texts of one request, each of which may need a call.
const maxTexts = 128

// family is how models of one maker and age are asked.
type family struct {
	names  []string // one of which the model's name has in it
	texts  int      // of one call
	native int64    // the dimensions that a vector has unasked
	sized  bool     // it may have others
	takes  []string // members that it takes as they are
	words  []string // those in which it is told what vectors are for, nil for all
	write  func(dst []byte, q *question, texts []json.RawMessage) []byte
}

// families returns all of them; the first that fits a name counts.
func families() []family {
	return []family{
		{names: []string{"titan-embed-image"}, texts: 1, native: 1024, sized: true, write: titanImage},
		{names: []string{"titan-embed-text-v1", "titan-embed-g1"}, texts: 1, native: 1536, write: titanFirst},
		{names: []string{"titan-embed"}, texts: 1, native: 1024, sized: true, takes: []string{"normalize"}, write: titan},
		{names: []string{"cohere.embed-v4"}, texts: 96, native: 1536, sized: true, takes: []string{"input_type", "truncate"}, write: cohere},
		{names: []string{"cohere.embed"}, texts: 96, native: 1024, takes: []string{"input_type", "truncate"}, write: cohere},
		{names: []string{"multimodal-embeddings"}, texts: 1, native: 3072, sized: true, takes: []string{"input_type"}, words: novaWords, write: nova},
	}
}

func titanFirst(dst []byte, _ *question, texts []json.RawMessage) []byte {
	return append(append(append(dst, `{"inputText":`...), texts[0]...), '}')
}

func titan(dst []byte, q *question, texts []json.RawMessage) []byte {
	dst = append(append(dst, `{"inputText":`...), texts[0]...)
	dst = q.size(dst, `,"dimensions":`)
	if v := q.members["normalize"]; !null(v) {
		dst = append(append(dst, `,"normalize":`...), v...)
	}
	return append(dst, '}')
}

func titanImage(dst []byte, q *question, texts []json.RawMessage) []byte {
	dst = append(append(dst, `{"inputText":`...), texts[0]...)
	if q.dimensions > 0 {
		dst = append(q.size(dst, `,"embeddingConfig":{"outputEmbeddingLength":`), '}')
	}
	return append(dst, '}')
}

func cohere(dst []byte, q *question, texts []json.RawMessage) []byte {
	dst = append(dst, `{"texts":[`...)
	for i, t := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, t...)
	}
	dst = append(dst, `],"input_type":`...) // which it needs
	if kind := q.members["input_type"]; !null(kind) {
		dst = append(dst, kind...)
	} else {
		dst = append(dst, `"search_query"`...)
	}
	dst = q.size(dst, `,"output_dimension":`)
	if v := q.members["truncate"]; !null(v) {
		dst = append(append(dst, `,"truncate":`...), v...)
	}
	return append(dst, '}')
}

var novaWords = []string{`"search_document"`, `"search_query"`, `"classification"`, `"clustering"`}

// nova writes what Amazon's Nova takes. A client that says nothing of what its vectors
// are for gets those of an index, with which all others can be compared.
func nova(dst []byte, q *question, texts []json.RawMessage) []byte {
	purpose := "GENERIC_INDEX"
	switch string(q.members["input_type"]) {
	case `"search_query"`:
		purpose = "GENERIC_RETRIEVAL"
	case `"classification"`:
		purpose = "CLASSIFICATION"
	case `"clustering"`:
		purpose = "CLUSTERING"
	}
	dst = append(dst, `{"schemaVersion":"nova-multimodal-embed-v1","taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"`...)
	dst = append(append(dst, purpose...), '"')
	dst = q.size(dst, `,"embeddingDimension":`)
	dst = append(dst, `,"text":{"truncationMode":"NONE","value":`...)
	return append(append(dst, texts[0]...), "}}}"...)
}

// question is a request in the form that it has between dialects.
type question struct {
	members    map[string]json.RawMessage
	texts      []json.RawMessage // JSON strings
	dimensions int64             // that the model must be asked for, 0 for none
	base64     bool
}

// size appends the dimensions behind what they are called, if there are any.
func (q *question) size(dst []byte, member string) []byte {
	if q.dimensions == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, member...), q.dimensions, 10)
}

func read(body []byte) (*question, *core.Error) {
	q := &question{}
	if json.Unmarshal(body, &q.members) != nil {
		return nil, core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	input := q.members["input"]
	if len(input) > 0 && input[0] == '"' {
		q.texts = []json.RawMessage{input}
	} else if json.Unmarshal(input, &q.texts) != nil || len(q.texts) == 0 {
		return nil, core.ClientErrorf(core.CodeInvalidField, "input", "\"input\" must be text, or an array of texts.")
	}
	if slices.ContainsFunc(q.texts, func(t json.RawMessage) bool { return t[0] != '"' }) {
		return nil, core.ClientErrorf(core.CodeUnsupportedField, "input", "The models of this route have other tokens than yours. Send the texts themselves as \"input\".")
	}
	if len(q.texts) > maxTexts {
		return nil, core.ClientErrorf(core.CodeUnsupportedField, "input", "\"input\" has %d texts; the provider of this route is asked for %d at most. Send several requests.", len(q.texts), maxTexts)
	}
	if v := q.members["dimensions"]; !null(v) {
		n, err := strconv.ParseInt(string(v), 10, 32)
		if err != nil || n < 1 {
			return nil, core.ClientErrorf(core.CodeInvalidField, "dimensions", "\"dimensions\" must be a whole number above 0.")
		}
		q.dimensions = n
	}
	q.base64 = string(q.members["encoding_format"]) == `"base64"`
	return q, nil
}

func null(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func familyOf(ex *core.Exchange, at *core.Attempt) (*family, *core.Error) {
	model := at.Deployment.Model
	if model == "" {
		model = string(ex.Request.Model)
	}
	small := strings.ToLower(model)
	for _, f := range families() {
		if slices.ContainsFunc(f.names, func(n string) bool { return strings.Contains(small, n) }) {
			return &f, nil
		}
	}
	return nil, core.Errorf(core.CodeNotServed, "The model %q makes no embeddings on Bedrock, or its name does not tell: name one of Titan, Nova or Cohere, or ask the operator.", model)
}

// Request writes the call for the texts whose turn it is.
func (Embeddings) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	q, err := read(r.Body)
	if err != nil {
		return err
	}
	f, err := familyOf(ex, at)
	if err != nil {
		return err
	}
	f.settle(ex, q)
	from := done(at)
	texts := q.texts[from:min(from+f.texts, len(q.texts))]
	room := 512
	for _, t := range texts {
		room += len(t) + 1
	}
	at.Request.Body = append(at.Request.Body, f.write(ex.Alloc(room)[:0], q, texts))
	return nil
}

// settle reports what the model has no place for, and leaves away the dimensions that
// it has unasked.
func (f *family) settle(ex *core.Exchange, q *question) {
	var names []string
	for name, v := range q.members {
		var read bool
		switch name {
		case "model", "input", "dimensions":
			read = true
		case "encoding_format": // the gateway turns one into the other
			read = string(v) == `"float"` || string(v) == `"base64"`
		case "input_type":
			read = slices.Contains(f.takes, name) && (f.words == nil || slices.Contains(f.words, string(v)))
		default:
			read = slices.Contains(f.takes, name)
		}
		if !read && !null(v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		ex.Dropped = append(ex.Dropped, name+"=not_supported_by_provider")
	}
	if !f.sized && q.dimensions != 0 {
		if q.dimensions != f.native {
			ex.Dropped = append(ex.Dropped, "dimensions=not_supported_by_model")
		}
		q.dimensions = 0
	}
}

// done tells how many texts the calls before have embedded.
func done(at *core.Attempt) int {
	n, _ := strconv.Atoi(string(at.Translation.State)) // nothing at first
	return n
}
