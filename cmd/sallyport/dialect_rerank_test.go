package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// ranker plays every API that puts documents in order: it answers in the form of
// the one that was asked, the last document first.
type ranker struct {
	mu    sync.Mutex
	asked []string
}

func (k *ranker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	k.asked = append(k.asked, r.URL.Path+" "+string(body))
	k.mu.Unlock()
	var q struct {
		Query     string
		Documents []any
		Texts     []string
		Top       int  `json:"top_n"`
		Back      bool `json:"return_documents"`
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.Unmarshal(body, &q); err != nil || strings.Contains(q.Query, "refused") {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"message":"no such thing","error":"no such thing"}`)
		return
	}
	results := []map[string]any{}
	score, name := "relevance_score", "results"
	for _, text := range q.Texts {
		q.Documents, score = append(q.Documents, text), "score"
	}
	for i := range q.Documents {
		one := map[string]any{"index": i, score: float64(i) / 8}
		if q.Back {
			one["document"] = q.Documents[i]
		}
		results = append([]map[string]any{one}, results...)
	}
	if q.Top > 0 {
		results = results[:q.Top]
	}
	switch {
	case q.Texts != nil:
		w.Header().Set("X-Compute-Tokens", "21")
		_ = json.NewEncoder(w).Encode(results)
	case strings.HasPrefix(r.URL.Path, "/v"):
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "c", name: results, "meta": map[string]any{"billed_units": map[string]any{"search_units": 1}}})
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"model": "j", name: results, "usage": map[string]any{"total_tokens": 30}})
	}
}

func (k *ranker) last() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked[len(k.asked)-1]
}

// rankLab is a gateway in front of Cohere, Jina and TEI, under the routes of those
// names.
func rankLab(t *testing.T, plugins map[string]string) (*lab, *ranker) {
	t.Helper()
	k := &ranker{}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	l := newLab(t, labConfig{
		plugins: plugins,
		config:  "models:\n  - {provider: cohere, model: rerank-v3.5, price: {input: 0, output: 0, search: 2000}}\n",
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: cohere, kind: cohere, base_url: %q, auth: none}\n  - {name: jina, kind: jina, base_url: %q, auth: none}\n"+
				"  - {name: tei, kind: tei, base_url: %q}\n", s.URL, s.URL+"/jina", s.URL)
		},
		extra: "  - {name: cohere, deployments: [{provider: cohere, model: rerank-v3.5}]}\n" +
			"  - {name: jina, deployments: [{provider: jina, model: jina-reranker-v2}]}\n" +
			"  - {name: tei, deployments: [{provider: tei, model: bge}]}\n",
	})
	l.unbalanced = "the rankers are none of the mocks"
	return l, k
}

type ranked struct {
	Message string
	Detail  string
	Results []struct {
		Index    int
		Score    float64 `json:"relevance_score"`
		Document json.RawMessage
	}
}

func TestRerank(t *testing.T) {
	l, k := rankLab(t, nil)
	const ask = `{"model":%q,"query":"%s","documents":["a","b","c"],"top_n":2,"return_documents":true}`
	for _, c := range []struct{ route, path, asked string }{
		{"cohere", "/v1/rerank", `/v1/rerank {"model":"rerank-v3.5","query":"q","documents":["a","b","c"],"top_n":2,"return_documents":true}`},
		{"cohere", "/v2/rerank", `/v2/rerank {"model":"rerank-v3.5","query":"q","documents":["a","b","c"],"top_n":2,"return_documents":true}`},
		{"cohere", "/rerank", `/v1/rerank {"model":"rerank-v3.5","query":"q","documents":["a","b","c"],"top_n":2,"return_documents":true}`},
		{"jina", "/v1/rerank", `/jina/rerank {"model":"jina-reranker-v2","query":"q","documents":["a","b","c"],"top_n":2,"return_documents":true}`},
		{"tei", "/v1/rerank", `/rerank {"query":"q","texts":["a","b","c"]}`},
	} {
		r := l.askGoogle(c.path, fmt.Sprintf(ask, c.route, "q"))
		var got ranked
		if err := json.Unmarshal([]byte(r.text), &got); err != nil || r.status != 200 || len(got.Results) != 2 || got.Results[0].Index != 2 ||
			got.Results[1].Score != 0.125 || !strings.Contains(string(got.Results[0].Document), `"c"`) {
			t.Errorf("%s %s: %d %s", c.path, c.route, r.status, r.text)
		}
		if k.last() != c.asked {
			t.Errorf("%s %s: the provider got %s", c.path, c.route, k.last())
		}
		r = l.askGoogle(c.path, fmt.Sprintf(ask, c.route, "refused"))
		got = ranked{}
		if err := json.Unmarshal([]byte(r.text), &got); err != nil || r.status != 422 || got.Message != "no such thing" {
			t.Errorf("%s %s, refused: %d %s", c.path, c.route, r.status, r.text)
		}
	}
	r := l.askGoogle("/v1/rerank", fmt.Sprintf(ask, "nobody", "q"))
	var got ranked
	if err := json.Unmarshal([]byte(r.text), &got); err != nil || r.status != 404 || got.Message == "" || got.Detail != got.Message {
		t.Errorf("a model that is not there: %d %s", r.status, r.text)
	}
	r = l.askGoogle("/v1/rerank", fmt.Sprintf(ask, "m", "q")) // whose provider has no ranker
	if r.status < 400 || !strings.Contains(r.text, "rerank") {
		t.Errorf("a route that does not rank: %d %s", r.status, r.text)
	}
	for _, row := range l.rows() {
		if row.Status != 200 {
			continue
		}
		ok := row.Operation == "rerank"
		switch row.Route {
		case "cohere": // which bills a search and tells no tokens
			ok = ok && row.Searches == 1 && row.InputUncached > 0 && row.Estimated && row.CostPicoUSD != nil && *row.CostPicoUSD == 2_000_000_000
		case "jina":
			ok = ok && row.Searches == 0 && row.InputUncached == 30 && !row.Estimated && row.CostPicoUSD == nil
		case "tei":
			ok = ok && row.Searches == 0 && row.InputUncached == 21 && !row.Estimated && row.CostPicoUSD == nil
		}
		if !ok {
			t.Errorf("%s: %+v", row.Route, row)
		}
	}
}

// TestRerankGuarded: query, documents and what comes back of them are judged.
func TestRerankGuarded(t *testing.T) {
	l, k := rankLab(t, map[string]string{"words.js": dialectGuard})
	for _, route := range []string{"jina", "tei"} {
		ask := func(query, document string) reply {
			l.Helper()
			return l.askGoogle("/v1/rerank", fmt.Sprintf(`{"model":%q,"query":%q,"documents":["plain",{"text":%q}],"return_documents":true}`, route, query, document))
		}
		if r := ask("nothing", "special"); r.status != 200 || !strings.Contains(r.text, "special") {
			t.Errorf("%s: an innocent call: %d %s", route, r.status, r.text)
		}
		for _, r := range []reply{ask("a forbidden word", "x"), ask("x", "a forbidden word")} {
			if r.status != http.StatusForbidden || !strings.Contains(r.text, "not said here") {
				t.Errorf("%s: a forbidden word: %d %s", route, r.status, r.text)
			}
		}
		r := ask("the secret one", "a secret two")
		if asked := k.last(); r.status != 200 || strings.Contains(asked+r.text, "secret") ||
			!strings.Contains(asked, "the [WORD] one") || !strings.Contains(asked, "a [WORD] two") || !strings.Contains(r.text, "a [WORD] two") {
			t.Errorf("%s: a secret: %d %s; the provider got %s", route, r.status, r.text, asked)
		}
	}
}
