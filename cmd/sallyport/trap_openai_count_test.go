package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// countingHouse counts tokens as OpenAI, Anthropic and Google do, and remembers what it
// was asked to count.
type countingHouse struct {
	mu   sync.Mutex
	path string
	body string
}

func (c *countingHouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.path, c.body = r.URL.Path, string(body)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/responses/input_tokens") && strings.Contains(string(body), "wrong"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"Unknown parameter.","type":"invalid_request_error","param":"wrong","code":"unknown_parameter"}}`)
	case strings.HasSuffix(r.URL.Path, "/responses/input_tokens"):
		_, _ = io.WriteString(w, `{"object":"response.input_tokens","input_tokens":42}`)
	case strings.HasSuffix(r.URL.Path, "/messages/count_tokens"):
		_, _ = io.WriteString(w, `{"input_tokens":42}`)
	case strings.HasSuffix(r.URL.Path, ":countTokens"):
		_, _ = io.WriteString(w, `{"totalTokens":42,"promptTokensDetails":[{"modality":"TEXT","tokenCount":42}]}`)
	default:
		http.NotFound(w, r)
	}
}

func (c *countingHouse) asked() (path, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.path, c.body
}

// TestTokensAreCountedAtOpenAI: clients of every dialect that counts tokens have them
// counted where the route leads, each with the document of the provider there, and
// clients of OpenAI's also at providers of other dialects. It costs nothing.
func TestTokensAreCountedAtOpenAI(t *testing.T) {
	house := &countingHouse{}
	server := httptest.NewServer(house)
	t.Cleanup(server.Close)
	kinds := []string{"openai-responses", "openai", "anthropic", "gemini"}
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			var all strings.Builder
			for _, kind := range kinds {
				fmt.Fprintf(&all, "  - {name: %s, kind: %[1]s, auth: none, base_url: \"%s/v1\"}\n", kind, server.URL)
			}
			return all.String() + fmt.Sprintf("  - {name: groq, kind: groq, auth: none, base_url: \"%s/v1\"}\n", server.URL)
		},
		extra: func() string {
			var all strings.Builder
			for _, kind := range append(kinds, "groq") {
				fmt.Fprintf(&all, "  - name: %s\n    deployments: [{provider: %[1]s, model: the-model}]\n", kind)
			}
			return all.String()
		}(),
	})
	l.unbalanced = "the provider is none of the mocks"
	fronts := []struct{ path, body, want string }{
		{"/v1/messages/count_tokens", `{"model":"ROUTE","system":"be kind","messages":[{"role":"user","content":"Hello"}]}`, `{"input_tokens":42}`},
		{"/v1beta/models/ROUTE:countTokens", `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}`, `"totalTokens":42`},
		{"/v1beta/models/ROUTE:countTokens", `{"generateContentRequest":{"model":"models/ROUTE","contents":[{"parts":[{"text":"Hello"}]}],"generationConfig":{"temperature":0.5,"maxOutputTokens":9}}}`, `"totalTokens":42`},
		{"/v1/responses/input_tokens", `{"model":"ROUTE","instructions":"be kind","input":"Hello","reasoning":{"effort":"low"}}`, `{"object":"response.input_tokens","input_tokens":42}`},
	}
	for _, kind := range kinds {
		for _, f := range fronts {
			a := l.post(strings.ReplaceAll(f.path, "ROUTE", kind), strings.ReplaceAll(f.body, "ROUTE", kind))
			path, body := house.asked()
			if a.status != 200 || !strings.Contains(a.body, f.want) {
				t.Errorf("%s at %s: %d %s\nsent %s %s", f.path, kind, a.status, a.body, path, body)
				continue
			}
			if !strings.Contains(body, "Hello") || strings.Contains(body, "stream") || strings.Contains(body, "store") ||
				strings.HasPrefix(kind, "openai") && (path != "/v1/responses/input_tokens" || strings.Contains(body, "max_output_tokens") || strings.Contains(body, "temperature")) {
				t.Errorf("%s at %s: sent %s %s", f.path, kind, path, body)
			}
			if kind == "gemini" && strings.HasPrefix(f.path, "/v1beta") {
				continue
			}
			if r := l.rowOf(a); r.Operation != "count_tokens" || r.InputUncached != 0 || r.CostPicoUSD == nil || *r.CostPicoUSD != 0 {
				t.Errorf("%s at %s: row %+v", f.path, kind, r)
			}
		}
	}
	a := l.post("/v1/responses/input_tokens", `{"model":"groq","input":"Hello"}`)
	if a.status != 400 || !strings.Contains(a.body, `serves the operation \"count_tokens\"`) || !strings.Contains(a.body, `"type":"invalid_request_error"`) {
		t.Errorf("nobody counts: %d %s", a.status, a.body)
	}
	a = l.post("/v1/responses/input_tokens", `{"model":"openai-responses","input":"Hello","wrong":1}`)
	if a.status != 400 || !strings.Contains(a.body, `"code":"unknown_parameter"`) {
		t.Errorf("the provider's own error: %d %s", a.status, a.body)
	}
	a = l.post("/v1/messages/count_tokens", `{"model":"openai-responses","messages":[{"role":"user","content":"wrong"}]}`)
	if a.status != 400 || !strings.Contains(a.body, `"type":"invalid_request_error"`) || !strings.Contains(a.body, "Unknown parameter") {
		t.Errorf("the provider's error, in Anthropic's shape: %d %s", a.status, a.body)
	}
}

// TestWhatIsNotKept: what only a provider that keeps responses could serve is refused in
// OpenAI's shape, with what to do instead.
func TestWhatIsNotKept(t *testing.T) {
	l := newLab(t, labConfig{})
	for _, c := range []struct{ method, path, says string }{
		{http.MethodGet, "/v1/responses/resp_1", "keeps no responses"},
		{http.MethodDelete, "/v1/responses/resp_1", "keeps no responses"},
		{http.MethodPost, "/v1/responses/resp_1/cancel", "keeps no responses"},
		{http.MethodGet, "/v1/responses/resp_1/input_items", "keeps no responses"},
		{http.MethodPost, "/v1/responses/compact", "compacts no conversations"},
		{http.MethodPost, "/v1/conversations", "keeps no conversations"},
		{http.MethodGet, "/v1/conversations/conv_1/items", "keeps no conversations"},
	} {
		req := l.request(t.Context(), c.path, "")
		req.Method, req.Body, req.ContentLength = c.method, http.NoBody, 0
		a := l.do(req)
		if a.status != 404 || !strings.HasPrefix(a.body, `{"error":{"message":"`) || !strings.Contains(a.body, c.says) ||
			!strings.Contains(a.body, "/p/NAME/") || !strings.Contains(a.body, `"code":"unknown_path"`) {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}
