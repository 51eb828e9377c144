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
	"testing"
)

const callsConfig = `
listen: %[1]s
admin: {listen: %[2]s}
providers:
  - {name: compatible, kind: groq, base_url: "%[4]s/openai/v1", key: "${env:` + providerKeyEnv + `}"}
  - {name: claude, kind: anthropic, base_url: "%[4]s/anthropic", key: "${env:` + providerKeyEnv + `}"}
  - {name: google, kind: gemini, base_url: "%[4]s/gemini/v1beta", key: "${env:` + providerKeyEnv + `}"}
keys:
  - {name: e2e, key: "${env:` + virtualKeyEnv + `}", routes: ["*"]}
ledger: {folder: "%[3]s"}
routes:
  - {name: compatible, deployments: [{provider: compatible, model: sim-model-1}]}
  - {name: claude, deployments: [{provider: claude, model: sim-model-1}]}
  - {name: google, deployments: [{provider: google, model: sim-model-1}]}
`

// pictured is what an image by URL is in each dialect.
var pictured = map[string]string{
	"/chat/completions": `"image_url":{"url":"https://pictures.example.com/cat.png"`,
	"/messages":         `"source":{"type":"url","url":"https://pictures.example.com/cat.png"}`,
	":generateContent":  `"fileUri":"https://pictures.example.com/cat.png"`,
}

// simulated answers to calls, by how their path ends.
var callAnswers = map[string]string{
	"/chat/completions":   `{"id":"c","object":"chat.completion","created":1,"model":"s","choices":[{"index":0,"message":{"role":"assistant","content":"A cat."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
	"/messages":           `{"id":"m","type":"message","role":"assistant","model":"s","content":[{"type":"text","text":"A cat."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`,
	":generateContent":    `{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"A cat."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`,
	"/count_tokens":       `{"input_tokens":7}`,
	":countTokens":        `{"totalTokens":7}`,
	":batchEmbedContents": `{"embeddings":[{"values":[0.5,-1]},{"values":[2,0.25]}]}`,
	"/embeddings":         `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]},{"object":"embedding","index":1,"embedding":[2,0.25]}],"model":"s","usage":{"prompt_tokens":2,"total_tokens":2}}`,
	"/embeddings base64":  `{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8="},{"object":"embedding","index":1,"embedding":"AAAAQAAAgD4="}],"model":"s","usage":{"prompt_tokens":2,"total_tokens":2}}`,
}

// callee plays a provider of every dialect. Images must come by URL, and nothing else
// may be a chat.
func callee(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	at := r.URL.Path[max(strings.LastIndexByte(r.URL.Path, '/'), strings.LastIndexByte(r.URL.Path, ':')):]
	if at == "/completions" {
		at = "/chat/completions"
	}
	compact := strings.ReplaceAll(string(body), `": `, `":`)
	if at == "/embeddings" && strings.Contains(compact, `"encoding_format":"base64"`) {
		at += " base64"
	}
	if err != nil || callAnswers[at] == "" || !strings.Contains(compact, pictured[at]) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, `{"error":{"message":"not simulated: %s"}}`, at)
		return
	}
	_, _ = io.WriteString(w, callAnswers[at])
}

// TestCallsOfSDKs makes the calls besides chat that official SDKs have, and sends
// images by URL, to providers of their own dialect and of others. What is not served
// is an error of the SDK's own kind.
func TestCallsOfSDKs(t *testing.T) {
	s := requireSetup(t)
	provider := httptest.NewServer(http.HandlerFunc(callee))
	t.Cleanup(provider.Close)
	g := startGatewayWith(t, newSpawner(t), func(listen, admin, ledger string) string {
		return fmt.Sprintf(callsConfig, listen, admin, ledger, provider.URL)
	})
	installSDKs(t, s)
	job, err := json.Marshal(map[string]any{"base": strings.TrimSuffix(g.target.baseURL, "/v1"), "key": virtualKey})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.path("node"), s.path("sdks", "calls.mjs"))
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stderr = cleanEnv(), bytes.NewReader(job), &stderr
	out, err := cmd.Output()
	got := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.Bytes())
	}
	for name, want := range wantCalls() {
		if text := string(got[name]); !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %s", name, text, want)
		}
	}
}

// wantCalls is what must be in what each call returned.
func wantCalls() map[string]string {
	const vectors, base64 = `[[0.5,-1],[2,0.25]]`, `["AAAAPwAAgL8=","AAAAQAAAgD4="]`
	want := map[string]string{}
	for _, model := range []string{"compatible", "claude", "google"} {
		for _, call := range []string{"openai chat", "openai responses", "anthropic messages", "google generate"} {
			want[call+" at "+model] = `"A cat."`
		}
		// What nobody serves: the SDK knows the error by its status, and shows the words.
		want["openai threads at "+model] = `{"error":"NotFoundError","status":404,"message":"404 There is nothing at /v1/threads/t1`
		want["anthropic batches at "+model] = `{"error":"NotFoundError","status":404,"message":"404 {\"type\":\"error\",\"error\":{\"type\":\"not_found_error\"`
		want["google caches at "+model] = `{"error":"ApiError","status":404,"message":"{\"error\":{\"code\":404,\"message\":\"There is nothing at`
		if model != "claude" {
			want["openai embeddings at "+model] = vectors
			want["openai embeddings float at "+model] = vectors
			want["openai embeddings base64 at "+model] = base64
			want["google embeddings at "+model] = vectors
		} else {
			want["openai embeddings at "+model] = `"status":400`
			want["google embeddings at "+model] = `"status":400`
		}
		if model != "compatible" {
			want["anthropic count at "+model] = "7"
			want["google count at "+model] = "7"
		} else {
			want["anthropic count at "+model] = `{"error":"BadRequestError","status":400`
			want["google count at "+model] = `{"error":"ApiError","status":400`
		}
	}
	return want
}
