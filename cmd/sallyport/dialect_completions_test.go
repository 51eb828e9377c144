package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLegacyCallsElsewhere: what OpenAI's clients ask for reaches providers that have no
// such operation, or spell it otherwise: legacy completions are chats of one message, and
// one text is embedded as several are.
func TestLegacyCallsElsewhere(t *testing.T) {
	var asked []string
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.URL.Path+" "+string(body))
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, ":embedContent"):
			_, _ = io.WriteString(w, `{"embedding":{"values":[0.5,-1]}}`)
		case strings.HasSuffix(r.URL.Path, ":generateContent"):
			_, _ = io.WriteString(w, `{"candidates":[{"content":{"role":"model","parts":[{"text":"Paris"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}}`)
		default:
			_, _ = io.WriteString(w, `{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Paris"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}`)
		}
	}))
	defer provider.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, auth: none, base_url: %q}\n  - {name: google, kind: gemini, auth: none, base_url: %q}\n", provider.URL, provider.URL+"/v1beta")
		},
		extra: "  - {name: claude, deployments: [{provider: claude, model: c}]}\n  - {name: google, deployments: [{provider: google, model: g}]}\n",
	})
	l.unbalanced = "the provider keeps no books"
	for _, c := range []struct{ path, body, asked, said, want string }{
		{"/v1/completions", `{"model":"claude","prompt":"The capital of France is","max_tokens":5}`, "/v1/messages ", "The capital of France is", `"text":"Paris"`},
		{"/v1/completions", `{"model":"google","prompt":"The capital of France is"}`, "/v1beta/models/g:generateContent ", "The capital of France is", `"text":"Paris"`},
		{"/v1/embeddings", `{"model":"google","input":"one"}`, "/v1beta/models/g:embedContent ", "one", `"embedding":[0.5,-1]`},
		{"/v1/embeddings", `{"model":"google","input":["one"]}`, "/v1beta/models/g:embedContent ", "one", `"embedding":[0.5,-1]`},
	} {
		asked = nil
		r := l.post(c.path, c.body)
		if r.status != http.StatusOK || !strings.Contains(r.body, c.want) {
			t.Errorf("%s %s: %d %s, want %s", c.path, c.body, r.status, r.body, c.want)
		}
		if len(asked) != 1 || !strings.HasPrefix(asked[0], c.asked) || !strings.Contains(asked[0], c.said) {
			t.Errorf("%s %s: the provider was asked %q, want %s… with %q", c.path, c.body, asked, c.asked, c.said)
		}
	}
}
