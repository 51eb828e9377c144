package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfErrorAnswers: what every client needs in an error, whoever it comes from:
// a code that is a string, an id, and how long to wait without what only the provider's
// own subscribers understand.
func TestTrapsOfErrorAnswers(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Retry-After", "7")
		h.Set("X-Should-Retry", "true")
		h.Set("Request-Id", "req_theirs")
		if strings.HasPrefix(r.URL.Path, "/claude") {
			h.Set("Anthropic-Ratelimit-Unified-Status", "rejected")
			h.Set("Anthropic-Ratelimit-Unified-Reset", "1772625600")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"type":"error","error":{"type":"rate_limit_error","message":"boom"},"request_id":"req_theirs"}`)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"boom","type":"BadRequestError","param":null,"code":400}}`)
	})
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return "  - {name: claude, kind: anthropic, auth: none, base_url: \"" + api.URL + "/claude\"}\n" +
				"  - {name: vllm, kind: vllm, base_url: \"" + api.URL + "/vllm\"}\n"
		},
		extra: "  - {name: claude, retries: 0, deployments: [{provider: claude, model: c}]}\n  - {name: vllm, deployments: [{provider: vllm, model: v}]}\n",
	})
	l.unbalanced = "the providers are none of the mocks"
	a := l.ask("vllm", false)
	if a.status != 400 || strings.Contains(a.body, `"code":400`) || !strings.Contains(a.body, `"code":`) || !strings.Contains(a.body, "boom") {
		t.Errorf("a number for a code: %d %s", a.status, a.body)
	}
	a = l.post("/v1/messages", `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}`)
	h := a.header
	if a.status != 429 || h.Get("Retry-After") != "7" || h.Get("Anthropic-Ratelimit-Unified-Status") != "" || h.Get("Anthropic-Ratelimit-Unified-Reset") != "" {
		t.Errorf("a subscription's limit: %d %v", a.status, h)
	}
	if id := h.Get("Request-Id"); id == "" || id == "req_theirs" || id != h.Get("X-Request-Id") {
		t.Errorf("the ids are %q and %q", id, h.Get("X-Request-Id"))
	}
}
