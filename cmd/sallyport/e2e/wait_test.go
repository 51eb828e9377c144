package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// waitConfig has one provider that is busy at first.
const waitConfig = `
listen: %[1]s
admin: {listen: %[2]s}
providers:
  - {name: busy, kind: groq, base_url: "%[4]s/v1", auth: none}
keys:
  - {name: e2e, key: "${env:` + virtualKeyEnv + `}", routes: ["*"]}
ledger: {folder: "%[3]s"}
routes:
  - {name: busy, retries: 0, deployments: [{provider: busy, model: m}]}
`

// busy refuses the first request of each client and says how long to wait, in
// milliseconds and, much longer, in seconds.
type busy struct {
	mu    sync.Mutex
	asked map[string][]time.Time
}

const shortWait = 1500 * time.Millisecond // longer than what SDKs wait by themselves

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	client := "openai"
	if bytes.Contains(body, []byte("anthropic")) {
		client = "anthropic"
	}
	b.mu.Lock()
	b.asked[client] = append(b.asked[client], time.Now())
	first := len(b.asked[client]) == 1
	b.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Ratelimit-Remaining-Requests", "9")
	h.Set("X-Ratelimit-Reset-Requests", "1m0s")
	if first {
		h.Set("Retry-After-Ms", fmt.Sprint(shortWait.Milliseconds()))
		h.Set("Retry-After", "50")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}`)
		return
	}
	_, _ = io.WriteString(w, `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)
}

// TestSDKsWaitAsTold: OpenAI's and Anthropic's SDK wait as long as the provider
// says, to the millisecond, and show the app its rate limits in their own form.
func TestSDKsWaitAsTold(t *testing.T) {
	s := requireSetup(t)
	b := &busy{asked: map[string][]time.Time{}}
	provider := httptest.NewServer(b)
	t.Cleanup(provider.Close)
	g := startGatewayWith(t, newSpawner(t), func(listen, admin, ledger string) string {
		return fmt.Sprintf(waitConfig, listen, admin, ledger, provider.URL)
	})
	installSDKs(t, s)
	job, err := json.Marshal(map[string]any{"base": strings.TrimSuffix(g.target.baseURL, "/v1"), "key": virtualKey, "model": "busy"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.path("node"), s.path("sdks", "wait.mjs"))
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stderr = cleanEnv(), bytes.NewReader(job), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var r struct{ Client, Text, Remaining, Reset, Error string }
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		inForm := r.Reset == "1m0s"
		if r.Client == "anthropic" {
			_, err := time.Parse(time.RFC3339, r.Reset)
			inForm = err == nil
		}
		if r.Text != "Hello" || r.Remaining != "9" || !inForm {
			t.Errorf("%+v", r)
		}
	}
	for _, client := range []string{"openai", "anthropic"} {
		at := b.asked[client]
		if len(at) != 2 {
			t.Errorf("%s asked %d times, want twice", client, len(at))
			continue
		}
		if wait := at[1].Sub(at[0]); wait < shortWait {
			t.Errorf("%s waited for %s, was told %s", client, wait, shortWait)
		}
	}
}
