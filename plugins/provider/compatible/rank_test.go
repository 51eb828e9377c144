package compatible

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// fields are the header fields of an answer.
type fields map[string]string

func (f fields) Get(name string) []byte { return []byte(f[name]) }

// rankerOf returns the translator of that dialect.
func rankerOf(t testing.TB, dialect string) core.Translator {
	t.Helper()
	for _, r := range Rankers() {
		if r.Dialect() == dialect {
			if !r.Translates(core.OpRerank) || r.Translates(core.OpChat) {
				t.Errorf("%s translates the wrong operations", dialect)
			}
			return r
		}
	}
	t.Fatalf("there is no translator for %s", dialect)
	return nil
}

// begin has a translator write the provider's request for a client's.
func begin(t testing.TB, dialect, model, body string) (ex *core.Exchange, at *core.Attempt, asked string, err *core.Error) {
	t.Helper()
	ex = &core.Exchange{Request: core.Request{Model: []byte("asked")}}
	at = ex.NewAttempt(&core.Deployment{Model: model, ModelJSON: []byte(`"` + model + `"`)})
	r, err := ex.Typed(func() ([]byte, *core.Error) { return []byte(body), nil })
	if err != nil {
		t.Fatal(err)
	}
	err = rankerOf(t, dialect).Request(ex, at, r)
	for _, b := range at.Request.Body {
		asked += string(b)
	}
	return ex, at, asked, err
}

const (
	plainRequest = `{"model":"asked","query":"q?","documents":["a","b","c"],"top_n":2,"return_documents":true}`
	richRequest  = `{"model":"asked","query":"q?","documents":[{"text":"a","title":"t"},"b"],"rank_fields":["text"],"truncate":true,"priority":1}`
)

func TestRankRequest(t *testing.T) {
	for _, c := range []struct{ dialect, model, body, want, dropped string }{
		{"voyage.rerank", "rerank-2.5", plainRequest, `{"query":"q?","documents":["a","b","c"],"model":"rerank-2.5","top_k":2}`, ""},
		{"mixedbread.rerank", "mx", plainRequest, `{"query":"q?","input":["a","b","c"],"model":"mx","top_k":2}`, ""},
		{"fireworks.rerank", "fw", plainRequest, `{"query":"q?","documents":["a","b","c"],"model":"fw","top_n":2,"return_documents":false}`, ""},
		{"tei.rerank", "bge", plainRequest, `{"query":"q?","texts":["a","b","c"]}`, ""},
		{"sglang.rerank", "bge", plainRequest, `{"query":"q?","documents":["a","b","c"]}`, ""},
		{"bedrock.rerank", "cohere.rerank-v3-5:0", plainRequest, `{"query":"q?","documents":["a","b","c"],"top_n":2,"api_version":2}`, ""},
		{"bedrock.rerank", "amazon.rerank-v1:0", plainRequest, `{"query":"q?","documents":["a","b","c"],"top_n":2}`, ""},
		{
			"vertex.rank", "semantic-ranker-default-004", plainRequest,
			`{"query":"q?","records":[{"id":"0","content":"a"},{"id":"1","content":"b"},{"id":"2","content":"c"}],"model":"semantic-ranker-default-004","topN":2,"ignoreRecordDetailsInResponse":true}`, "",
		},
		{"tei.rerank", "bge", richRequest, `{"query":"q?","texts":["a","b"],"truncate":true}`, "documents[0]=only_text_supported_by_provider priority=not_supported_by_provider rank_fields=not_supported_by_provider"},
		{
			"mixedbread.rerank", "mx", richRequest, `{"query":"q?","input":[{"text":"a","title":"t"},"b"],"model":"mx","rank_fields":["text"]}`,
			"priority=not_supported_by_provider truncate=not_supported_by_provider",
		},
		{"voyage.rerank", "", `{"query":"\u00e9","documents":["\u00e9"],"top_n":null,"user":null}`, `{"query":"\u00e9","documents":["\u00e9"],"model":"asked"}`, ""},
	} {
		ex, at, got, err := begin(t, c.dialect, c.model, c.body)
		if c.model == "" { // the client's model, and members that count as absent
			at.Deployment.ModelJSON, at.Request.Body = nil, nil
			r, _ := ex.Typed(nil)
			err = rankerOf(t, c.dialect).Request(ex, at, r)
			got = string(at.Request.Body[0])
		}
		if err != nil || got != c.want || strings.Join(ex.Dropped, " ") != c.dropped {
			t.Errorf("%s: %s, %v, dropped %v; want %s and %s", c.dialect, got, err, ex.Dropped, c.want, c.dropped)
		}
	}
	for body, param := range map[string]string{
		`{"query":{"image":"x"},"documents":["a"]}`:        "query",
		`{"query":"q","documents":["a",{"image":"x"}]}`:    "documents[1]",
		`{"query":"q","documents":[{"text":["a","b"]}]}`:   "documents[0]",
		`{"query":"q","documents":"a"}`:                    "documents",
		`not JSON, which no dialect would have let pass }`: "",
	} {
		if _, _, _, err := begin(t, "tei.rerank", "m", body); err == nil || err.Param != param {
			t.Errorf("%s: %v, want one about %q", body, err, param)
		}
	}
}

func TestRankResponse(t *testing.T) {
	const id = "00000000-0000-0000-0000-000000000000"
	const best = `{"id":"` + id + `","object":"list","model":"M","results":[{"index":2,"relevance_score":0.9,"document":{"text":"c"}},{"index":0,"relevance_score":0.25,"document":{"text":"a"}}]U}`
	for _, c := range []struct{ dialect, body, model, usage string }{
		{"voyage.rerank", `{"object":"list","data":[{"relevance_score":0.9,"index":2},{"relevance_score":0.25,"index":0}],"model":"rerank-2.5","usage":{"total_tokens":26}}`, "rerank-2.5", `,"usage":{"total_tokens":26}`},
		{"mixedbread.rerank", `{"usage":{"prompt_tokens":81,"total_tokens":81},"model":"mx","data":[{"index":2,"score":0.9,"object":"rank_result"},{"index":0,"score":0.25}],"top_k":2}`, "mx", `,"usage":{"total_tokens":81}`},
		{"fireworks.rerank", `{"object":"list","data":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":0.25}]}`, "served", ""},
		{"tei.rerank", ` [{"index":1,"score":-0.5},{"index":0,"score":0.25},{"index":2,"score":0.9}]`, "served", `,"usage":{"total_tokens":12}`},
		{"sglang.rerank", `[{"score":0.25,"document":"a","index":0,"meta_info":{"prompt_tokens":4}},{"score":0.9,"document":"c","index":2,"meta_info":{"prompt_tokens":5}}]`, "served", `,"usage":{"total_tokens":9}`},
		{"vertex.rank", `{"records":[{"id":"2","score":0.9},{"id":"0","score":0.25}]}`, "served", ""},
		{"bedrock.rerank", `{"results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":0.25}]}`, "served", ""},
	} {
		ex, at, _, err := begin(t, c.dialect, "served", plainRequest)
		if err != nil {
			t.Fatal(err)
		}
		resp := &core.UpstreamResponse{Status: 200, Body: []byte(c.body), Headers: fields{}}
		if c.dialect == "tei.rerank" {
			resp.Headers = fields{"X-Compute-Tokens": "12"}
		}
		var a core.Answer
		err = rankerOf(t, c.dialect).Response(ex, at, resp, &a)
		want := strings.Replace(strings.Replace(best, `"M"`, `"`+c.model+`"`, 1), "U", c.usage, 1)
		if err != nil || string(a.Body) != want || a.Usage.Reported != (c.usage != "") {
			t.Errorf("%s: %s, %+v, %v; want %s", c.dialect, a.Body, a.Usage, err, want)
		}
	}
}

func TestRankResponseRefused(t *testing.T) {
	read := func(status int, body string) *core.Error {
		ex, at, _, err := begin(t, "voyage.rerank", "served", plainRequest)
		if err != nil {
			t.Fatal(err)
		}
		var a core.Answer
		return rankerOf(t, "voyage.rerank").Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a)
	}
	for _, bad := range []string{
		"", "{}", "<html>", "[1]", `[{"score":1}]`, `[{"index":0}]`, `[{"index":3,"score":1}]`, `[{"index":-1,"score":1}]`,
		`[{"index":0,"score":1},{"index":0,"score":2}]`, `[{"index":0,"score":"high"}]`,
		`{"records":[{"id":"a","score":1}]}`,
	} {
		if err := read(200, bad); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for body, want := range map[string]string{
		`{"detail":"no such model"}`: "no such model", `{"message":"no"}`: "no", `{"error":"too long","error_type":"Validation"}`: "too long",
		`{"error":{"message":"deep"}}`: "deep", `{"detail":[{"msg":"x"}]}`: "", `<html>`: "",
	} {
		if err := read(422, body); err == nil || err.Status != 422 || err.Message != want || err.Origin != core.OriginUpstream {
			t.Errorf("%s: %+v", body, err)
		}
	}
	if _, err := rankerOf(t, "tei.rerank").Event(nil, nil, nil, nil, true); err == nil {
		t.Error("a stream of ranks")
	}
}

// TestRankingKinds: who ranks names a dialect that somebody speaks.
func TestRankingKinds(t *testing.T) {
	spoken := []string{"rerank"}
	for _, r := range Rankers() {
		spoken = append(spoken, r.Dialect())
	}
	found := 0
	for _, d := range Descriptors() {
		for _, s := range d.Serves[core.OpRerank] {
			found++
			if !slices.Contains(spoken, s.Dialect) || s.Path == "" {
				t.Errorf("%s: %+v", d.Kind, s)
			}
		}
	}
	if found != len(ranking) {
		t.Errorf("%d kinds rank, %d are in the list", found, len(ranking))
	}
}

// FuzzRankResponse: whatever a provider says, the client gets valid JSON, and not
// more results than it asked for.
func FuzzRankResponse(f *testing.F) {
	f.Add(200, `[{"index":1,"score":-0.5},{"index":0,"score":1e400}]`)
	f.Add(200, `{"data":[{"relevance_score":0.9,"index":2}],"usage":{"total_tokens":-1}}`)
	f.Add(500, `{"error":{"message":1}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		ex, at, _, _ := begin(t, "tei.rerank", "served", plainRequest)
		var a core.Answer
		if err := rankerOf(t, "tei.rerank").Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a); err != nil {
			return
		}
		var out struct{ Results []any }
		if err := json.Unmarshal(a.Body, &out); err != nil || len(out.Results) > 2 || !a.Usage.Valid() {
			t.Fatalf("%s: %v, %+v", a.Body, err, a.Usage)
		}
	})
}
