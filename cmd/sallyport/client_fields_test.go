package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestBetasOnSeveralLines: a field that a client sends on several lines, as SDKs do
// with anthropic-beta, reaches the provider with each of them.
func TestBetasOnSeveralLines(t *testing.T) {
	got := make(chan http.Header, 1)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"m","type":"message","role":"assistant","model":"s","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`)
	}))
	defer provider.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, auth: none, base_url: %q}\n", provider.URL)
		},
		extra: "  - {name: claude, deployments: [{provider: claude, model: s}]}\n",
	})
	l.unbalanced = "the provider keeps no books"
	for _, want := range [][]string{{"a-1", "b-2, c-3", "d-4"}, {"a-1"}, nil} {
		req, err := http.NewRequest(http.MethodPost, l.url+"/v1/messages", strings.NewReader(`{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"X-Api-Key": {virtualKey}, "Anthropic-Version": {"2023-06-01"}, "Anthropic-Beta": want}
		resp, err := l.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d", resp.StatusCode)
		}
		if h := <-got; !slices.Equal(h["Anthropic-Beta"], want) || len(h["Anthropic-Version"]) != 1 {
			t.Errorf("the provider got %v, want the betas %q", h, want)
		}
	}
}
