package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// limiting plays a provider of each kind, which has rate limits and tells of them
// in its own way. It refuses what has the words "too much" in it.
func limiting(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	ok, refusal := "", `{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}`
	kind, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	much := strings.Contains(string(body), "too much")
	switch kind {
	case "openai", "mistral":
		ok = `{"id":"c","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hej"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
		if strings.HasSuffix(path, "responses") {
			ok = `{"id":"resp_1","object":"response","status":"completed","model":"x","output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`
		}
		if kind == "mistral" {
			h.Set("X-Ratelimit-Limit-Req-Minute", "720")
			h.Set("X-Ratelimit-Remaining-Req-Minute", "717")
			break
		}
		h.Set("X-Ratelimit-Limit-Requests", "100")
		h.Set("X-Ratelimit-Remaining-Requests", "99")
		h.Set("X-Ratelimit-Reset-Requests", "6m0s")
		if much {
			h.Set("Retry-After-Ms", "2500")
			h.Set("Retry-After", "3")
		}
	case "anthropic":
		ok = `{"id":"msg_1","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`
		refusal = `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`
		h.Set("Anthropic-Ratelimit-Requests-Limit", "50")
		h.Set("Anthropic-Ratelimit-Requests-Remaining", "49")
		h.Set("Anthropic-Ratelimit-Requests-Reset", time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		h.Set("Anthropic-Ratelimit-Unified-Status", "rejected")
		if much {
			h.Set("Retry-After", "7")
		}
	case "gemini":
		ok = `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hej"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`
		refusal = `{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}`
	}
	if much {
		w.WriteHeader(http.StatusTooManyRequests)
		ok = refusal
	}
	_, _ = io.WriteString(w, ok)
}

// asks is how the clients of each dialect ask.
var asks = map[string]func(route, words string) (path, body string){
	"openai.chat": func(route, words string) (string, string) {
		return "/v1/chat/completions", fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]}`, route, words)
	},
	"openai.responses": func(route, words string) (string, string) {
		return "/v1/responses", fmt.Sprintf(`{"model":%q,"input":%q}`, route, words)
	},
	"anthropic.messages": func(route, words string) (string, string) {
		return "/v1/messages", fmt.Sprintf(`{"model":%q,"max_tokens":9,"messages":[{"role":"user","content":%q}]}`, route, words)
	},
	"gemini": func(route, words string) (string, string) {
		return "/v1beta/models/" + route + ":generateContent", fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"text":%q}]}]}`, words)
	},
}

// limitFields returns the names of the fields of an answer that tell of rate limits.
func limitFields(h http.Header) (names []string) {
	for name := range h {
		if strings.Contains(name, "Ratelimit") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestRateLimits: each client is told of each provider's rate limits, and of how
// long to wait, in the form of its own dialect.
func TestRateLimits(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(limiting))
	defer s.Close()
	kinds := []string{"openai", "mistral", "anthropic", "gemini"}
	routes := ""
	for _, kind := range kinds {
		// A deployment for each refusal, which it is left alone after.
		for _, route := range []string{kind, kind + "-much"} {
			routes += fmt.Sprintf("  - {name: %s, retries: 0, deployments: [{provider: %s, model: x}]}\n", route, kind)
		}
	}
	l := newLab(t, labConfig{
		providers: func(*lab) (list string) {
			for _, kind := range kinds {
				base := map[string]string{"openai": "/v1", "mistral": "/v1"}[kind]
				list += fmt.Sprintf("  - {name: %s, kind: %s, base_url: %q, key: \"${file:provider-key}\"}\n", kind, kind, s.URL+"/"+kind+base)
			}
			return list
		},
		extra: routes, files: map[string]string{"provider-key": "sk-limiting-0123456789"},
	})
	l.unbalanced = "the providers are none of the mocks"
	both := []string{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests"}
	openAI := append(slices.Clone(both), "X-Ratelimit-Reset-Requests")
	anthropic := []string{"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining"}
	withReset := append(slices.Clone(anthropic), "Anthropic-Ratelimit-Requests-Reset")
	mistral := append([]string{"X-Ratelimit-Limit-Req-Minute", "X-Ratelimit-Remaining-Req-Minute"}, both...)
	slices.Sort(mistral)
	want := map[string]map[string][]string{
		"openai.chat":        {"openai": openAI, "mistral": mistral, "anthropic": openAI},
		"openai.responses":   {"openai": openAI, "mistral": mistral, "anthropic": openAI},
		"anthropic.messages": {"openai": withReset, "mistral": anthropic, "anthropic": withReset},
		"gemini":             {}, // has no such fields
	}
	wait := map[string][2]string{"openai": {"3", "2500"}, "anthropic": {"7", "7000"}, "gemini": {"35", "34400"}}
	for dialect, ask := range asks {
		for _, kind := range kinds {
			path, body := ask(kind, "Hello")
			a := l.post(path, body)
			if got := limitFields(a.header); a.status != 200 || !slices.Equal(got, want[dialect][kind]) {
				t.Errorf("%s to %s: %d, fields %q, want %q\n%s", dialect, kind, a.status, got, want[dialect][kind], a.body)
			}
			path, body = ask(kind+"-much", "too much")
			a = l.post(path, body)
			got := [2]string{a.header.Get("Retry-After"), a.header.Get("Retry-After-Ms")}
			if a.status != 429 || got != wait[kind] || !strings.Contains(a.body, "slow down") || !slices.Equal(limitFields(a.header), want[dialect][kind]) {
				t.Errorf("%s to %s: %d, told to wait %q, want %q; %q\n%s", dialect, kind, a.status, got, wait[kind], limitFields(a.header), a.body)
			}
			if dialect == "gemini" && wait[kind][0] != "" && !strings.Contains(a.body, `"retryDelay":"`) {
				t.Errorf("%s to %s has no RetryInfo: %s", dialect, kind, a.body)
			}
		}
	}
}
