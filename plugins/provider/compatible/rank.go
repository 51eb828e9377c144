package compatible

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Rankers returns the translators from the dialect "rerank" to the APIs that put
// documents in order too, but call things by other names.
func Rankers() []core.Translator {
	return []core.Translator{
		ranker{dialect: "voyage.rerank", model: true, documents: "documents", top: "top_k", takes: []string{"truncation"}},
		ranker{
			dialect: "mixedbread.rerank", model: true, documents: "input", top: "top_k", objects: true,
			takes: []string{"rank_fields", "rewrite_query"},
		},
		ranker{dialect: "fireworks.rerank", model: true, documents: "documents", top: "top_n", fixed: `"return_documents":false`},
		ranker{dialect: "tei.rerank", documents: "texts", takes: []string{"truncate", "truncation_direction", "raw_scores"}},
		ranker{dialect: "sglang.rerank", documents: "documents", takes: []string{"instruct"}},
		ranker{dialect: "vertex.rank", model: true, documents: "records", top: "topN", records: true, fixed: `"ignoreRecordDetailsInResponse":true`},
		ranker{dialect: "bedrock.rerank", documents: "documents", top: "top_n"},
	}
}

// ranker is one of these APIs: where it takes what. Between dialects requests and
// answers are those of the dialect "rerank". Documents that the client wants back
// are put into the answer here, so that no provider need send them.
type ranker struct {
	dialect   string
	documents string   // the member with the documents
	top       string   // the one with the bound on results; "": the provider has none, we cut
	model     bool     // the body names the model
	objects   bool     // a document may be an object
	records   bool     // a document is an object with an id of ours and its text
	takes     []string // further members that it takes as they are
	fixed     string   // members that are always sent
}

// Dialect returns the name of the API.
func (k ranker) Dialect() string { return k.dialect }

// Translates tells whether op is OpRerank.
func (ranker) Translates(op core.Operation) bool { return op == core.OpRerank }

// object is a JSON object whose members have been told apart but not read.
type object map[string]json.RawMessage

// Request writes what the provider calls by its names, and reports the rest.
func (k ranker) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	var in object
	if json.Unmarshal(r.Body, &in) != nil {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	var query string
	if json.Unmarshal(in["query"], &query) != nil {
		return unsupported("query", "must be text: the provider of this route ranks nothing else")
	}
	documents, err := k.texts(ex, in["documents"])
	if err != nil {
		return err
	}
	out := append(ex.Alloc(len(r.Body) + 64)[:0], `{"query":`...)
	out = member(append(out, in["query"]...), k.documents, documents)
	if k.model {
		out = member(out, "model", modelOf(ex, at))
	}
	if v, is := in["top_n"]; is && k.top != "" && !null(v) {
		out = member(out, k.top, v)
	}
	for _, name := range k.takes {
		if v, is := in[name]; is && !null(v) {
			out = member(out, name, v)
		}
	}
	if k.dialect == "bedrock.rerank" && strings.Contains(at.Deployment.Model+string(ex.Request.Model), "cohere.") {
		out = member(out, "api_version", json.RawMessage("2"))
	}
	if k.fixed != "" {
		out = append(append(out, ','), k.fixed...)
	}
	at.Request.Body = append(at.Request.Body, append(out, '}'))
	k.report(ex, in)
	return nil
}

// report notes the members that have no place at the provider.
func (k ranker) report(ex *core.Exchange, in object) {
	names := make([]string, 0, len(in))
	for name, v := range in {
		switch name {
		case "model", "query", "documents", "top_n", "return_documents":
		default:
			if !null(v) && !slices.Contains(k.takes, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		ex.Dropped = append(ex.Dropped, name+"=not_supported_by_provider")
	}
}

func member(dst []byte, name string, value json.RawMessage) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return append(dst, value...)
}

func null(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func modelOf(ex *core.Exchange, at *core.Attempt) json.RawMessage {
	if m := at.Deployment.ModelJSON; len(m) > 0 {
		return m
	}
	quoted, _ := json.Marshal(string(ex.Request.Model)) // any string can be
	return quoted
}

func unsupported(param, what string) *core.Error {
	return core.ClientErrorf(core.CodeUnsupportedField, param, "%q %s.", param, what)
}

// texts returns the documents in the form that the provider takes: of one that is
// an object the text, where only texts are taken, and the rest is reported.
func (k ranker) texts(ex *core.Exchange, documents json.RawMessage) (json.RawMessage, *core.Error) {
	var list []json.RawMessage
	if json.Unmarshal(documents, &list) != nil {
		return nil, unsupported("documents", "must be an array")
	}
	if k.objects || !k.records && !slices.ContainsFunc(list, func(d json.RawMessage) bool { return d[0] == '{' }) {
		return documents, nil
	}
	out := append(make([]byte, 0, len(documents)), '[')
	for i, d := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if d[0] == '{' {
			var o object
			if json.Unmarshal(d, &o) != nil || len(o["text"]) == 0 || o["text"][0] != '"' {
				return nil, unsupported(fmt.Sprintf("documents[%d]", i), "must be text, or an object with \"text\": the provider of this route ranks nothing else")
			}
			d = o["text"]
			if len(o) > 1 {
				ex.Dropped = append(ex.Dropped, fmt.Sprintf("documents[%d]=only_text_supported_by_provider", i))
			}
		}
		if !k.records {
			out = append(out, d...)
			continue
		}
		out = strconv.AppendInt(append(out, `{"id":"`...), int64(i), 10)
		out = append(append(append(out, `","content":`...), d...), '}')
	}
	return append(out, ']'), nil
}

// rank is one result.
type rank struct {
	index int
	score json.Number
	value float64
}

// Response turns the provider's results into those of the dialect "rerank", the
// best first.
func (k ranker) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	asked, err := asked(ex)
	if err != nil {
		return err
	}
	got, bad := readRanks(resp, len(asked.documents))
	if bad != nil {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: bad,
			Message: "The provider's answer does not put the documents in order.",
		}
	}
	a.Usage, a.Model = got.usage, []byte(got.model)
	slices.SortStableFunc(got.ranks, func(x, y rank) int {
		switch {
		case x.value > y.value:
			return -1
		case x.value < y.value:
			return 1
		}
		return 0
	})
	if asked.top > 0 && asked.top < len(got.ranks) {
		got.ranks = got.ranks[:asked.top]
	}
	a.Body = asked.answer(ex, at, &got)
	return nil
}

// Event is never called: ranks are not streamed.
func (ranker) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "The order of documents is not streamed.")
}

// question is what of a request its answer depends on.
type question struct {
	documents []json.RawMessage
	top       int
	back      bool // the documents are wanted in the answer
}

// asked reads the request again, with the edits of guards in it.
func asked(ex *core.Exchange) (*question, *core.Error) {
	lost := core.Errorf(core.CodeInternal, "The gateway lost the request before it was answered.")
	r, err := ex.Typed(func() ([]byte, *core.Error) { return nil, lost })
	if err != nil {
		return nil, err
	}
	var in object
	var q question
	if json.Unmarshal(r.Body, &in) != nil || json.Unmarshal(in["documents"], &q.documents) != nil {
		return nil, lost
	}
	q.top, _ = strconv.Atoi(string(in["top_n"])) // 0, for all, where there is none
	q.back = string(in["return_documents"]) == "true"
	return &q, nil
}

// answer writes an answer of the dialect "rerank".
func (q *question) answer(ex *core.Exchange, at *core.Attempt, got *ranks) []byte {
	out := ex.ID.Append([]byte(`{"id":"`))
	out = append(out, `","object":"list","model":`...)
	if got.model != "" {
		quoted, _ := json.Marshal(got.model) // any string can be
		out = append(out, quoted...)
	} else {
		out = append(out, modelOf(ex, at)...)
	}
	out = append(out, `,"results":[`...)
	for i, r := range got.ranks {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(append(out, `{"index":`...), int64(r.index), 10)
		out = append(append(out, `,"relevance_score":`...), r.score...)
		if q.back {
			out = append(out, `,"document":`...)
			if d := q.documents[r.index]; d[0] == '{' {
				out = append(out, d...)
			} else {
				out = append(append(append(out, `{"text":`...), d...), '}')
			}
		}
		out = append(out, '}')
	}
	out = append(out, ']')
	if got.usage.Reported {
		out = strconv.AppendInt(append(out, `,"usage":{"total_tokens":`...), got.usage.InputUncached, 10)
		out = append(out, '}')
	}
	return append(out, '}')
}

// ranks is what a provider answered.
type ranks struct {
	model string
	ranks []rank
	usage core.Usage
}

// readRanks reads an answer of any of the APIs. They differ in what they call the
// list and the score; n is how many documents there are.
func readRanks(resp *core.UpstreamResponse, n int) (out ranks, err error) {
	var top struct {
		Model   string          `json:"model"`
		Results json.RawMessage `json:"results"`
		Data    json.RawMessage `json:"data"`
		Records json.RawMessage `json:"records"`
		Usage   struct {
			Prompt int64 `json:"prompt_tokens"`
			Total  int64 `json:"total_tokens"`
		} `json:"usage"`
	}
	list := bytes.TrimSpace(resp.Body)
	if len(list) == 0 || list[0] != '[' {
		if err := json.Unmarshal(resp.Body, &top); err != nil {
			return out, err
		}
		list = slices.MaxFunc([]json.RawMessage{top.Results, top.Data, top.Records}, func(a, b json.RawMessage) int { return len(a) - len(b) })
	}
	var results []struct {
		Index     *int        `json:"index"`
		ID        string      `json:"id"` // in place of an index
		Relevance json.Number `json:"relevance_score"`
		Score     json.Number `json:"score"`
		Meta      struct {
			Prompt int64 `json:"prompt_tokens"`
		} `json:"meta_info"`
	}
	if err := json.Unmarshal(list, &results); err != nil {
		return out, err
	}
	seen, tokens := make([]bool, n), int64(0)
	for i := range results {
		r := &results[i]
		if n, err := strconv.Atoi(r.ID); err == nil && r.Index == nil {
			r.Index = &n
		}
		if r.Index == nil || *r.Index < 0 || *r.Index >= n || seen[*r.Index] {
			return out, fmt.Errorf("result %d names no document, or one that another names", i)
		}
		seen[*r.Index] = true
		if r.Relevance == "" {
			r.Relevance = r.Score
		}
		value, err := r.Relevance.Float64()
		if err != nil {
			return out, fmt.Errorf("result %d has no score", i)
		}
		out.ranks = append(out.ranks, rank{*r.Index, r.Relevance, value})
		tokens += min(max(r.Meta.Prompt, 0), core.MaxTokens/int64(len(results)))
	}
	out.model = top.Model
	out.usage = tokensOf(resp, max(top.Usage.Prompt, top.Usage.Total, tokens))
	return out, nil
}

// tokensOf returns the usage: what the body says or, where it says nothing, the
// header fields of TEI and Bedrock.
func tokensOf(resp *core.UpstreamResponse, n int64) core.Usage {
	for _, name := range []string{"X-Compute-Tokens", "X-Amzn-Bedrock-Input-Token-Count"} {
		if n <= 0 && resp.Headers != nil {
			n, _ = strconv.ParseInt(string(resp.Headers.Get(name)), 10, 64)
		}
	}
	if n <= 0 || n > core.MaxTokens {
		return core.Usage{}
	}
	return core.Usage{InputUncached: n, Reported: true}
}

// refusal reads an error answer of any of the APIs.
func refusal(resp *core.UpstreamResponse) *core.Error {
	e := &core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: resp.Status}
	var o object
	if json.Unmarshal(resp.Body, &o) != nil {
		return e
	}
	for _, name := range []string{"message", "detail", "error"} {
		var inner object
		v := o[name]
		if json.Unmarshal(v, &inner) == nil && inner["message"] != nil {
			v = inner["message"]
		}
		if json.Unmarshal(v, &e.Message) == nil && e.Message != "" {
			break
		}
	}
	return e
}
