package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestLostClientsAreTold asks where clients with a wrong base URL do: the answer names
// the path that they mean, in the dialect of that path, and never guesses for calls
// that the gateway does not serve.
func TestLostClientsAreTold(t *testing.T) {
	l := newLab(t, labConfig{})
	const openai, anthropic, google = `{"error":{"message":`, `{"type":"error","error":{"type":"not_found_error"`, `{"error":{"code":404,`
	for _, c := range []struct{ method, path, meant, shape string }{
		{"POST", "/chat/completions", "/v1/chat/completions", openai}, // the base URL lacks /v1
		{"POST", "/messages", "/v1/messages", anthropic},
		{"POST", "/models/m:generateContent", "/v1/models/m:generateContent", google},
		{"GET", "/models", "/v1/models", openai},
		{"POST", "/v1/v1/chat/completions", "/v1/chat/completions", openai}, // the SDK has it as well
		{"POST", "/v1/v1/messages", "/v1/messages", anthropic},
		{"POST", "/v1beta/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent", google},
		{"POST", "/v1/v1beta/models/m:streamGenerateContent", "/v1beta/models/m:streamGenerateContent", google},
		{"GET", "/v1/v1/models", "/v1/models", openai},
		{"POST", "/v1/chat/completions/chat/completions", "/v1/chat/completions", openai}, // it is an operation's URL
		{"POST", "/v1/chat/completions/v1/embeddings", "/v1/embeddings", openai},
		{"POST", "/api/openai/v1/embeddings", "/v1/embeddings", openai}, // another gateway's
		{"POST", "/v1/messages/", "/v1/messages", anthropic},            // a slash too many
		{"POST", "//v1/responses", "/v1/responses", openai},
		{"POST", "/v1//messages/count_tokens", "/v1/messages/count_tokens", anthropic},
		{"GET", "/v1/models/", "/v1/models", openai},

		{"POST", "/v1/threads/t1/messages", "", openai},
		{"POST", "/v1/engines/m/embeddings", "", openai},
		{"GET", "/v1/files", "", openai},
		{"GET", "/v1/models/../chat/completions", "", openai},
		{"POST", "/v1/models/m:predict", "", openai},
		{"POST", "/v1/messages/batches", "", anthropic},
		{"POST", "/v1beta/models/m:batchGenerateContent", "", google},
		{"POST", strings.Repeat("/v1", 100) + "/messages", "", openai}, // looking for it would cost more than it helps
		{"GET", "/", "", openai},
	} {
		body := "{}"
		if c.method == http.MethodGet {
			body = ""
		}
		a := l.call(c.method, c.path, body)
		meant := ". If you mean " + c.meant + ", correct the base URL of your client."
		if c.meant == "" {
			meant = `, where NAME is that of a provider with \"raw: true\".`
		}
		if a.status != http.StatusNotFound || !strings.Contains(a.body, `"unknown_path"`) || !strings.HasPrefix(a.body, c.shape) || !strings.Contains(a.body, meant) {
			t.Errorf("%s %s: %d %s lacks %q", c.method, c.path, a.status, a.body, meant)
		}
	}
}

// TestModelsOfOddNames asks for one model as SDKs do that escape neither slashes nor
// colons, such as Ollama's models and OpenRouter's have.
func TestModelsOfOddNames(t *testing.T) {
	const name = "meta/llama:8b"
	l := newLab(t, labConfig{extra: "  - {name: \"" + name + "\", deployments: [{provider: p0}]}\n"})
	claude := []string{"X-Api-Key", virtualKey, "Anthropic-Version", "2023-06-01"}
	google := []string{"X-Goog-Api-Key", virtualKey}
	for _, path := range []string{"/v1/models/meta/llama:8b", "/v1/models/meta%2Fllama:8b", "/v1/models/meta/llama%3A8b", "/v1/models/meta%2fllama%3a8b"} {
		for shape, fields := range map[string][]string{
			`{"id":"` + name + `","object":"model"`: nil, `{"type":"model","id":"` + name + `"`: claude, `{"name":"models/` + name + `"`: google,
		} {
			if a := l.call("GET", path, "", fields...); a.status != http.StatusOK || !strings.HasPrefix(a.body, shape) {
				t.Errorf("%s %v: %d %s", path, fields, a.status, a.body)
			}
		}
	}
	for _, path := range []string{"/v1beta/models/meta/llama:8b", "/v1alpha/models/meta%2Fllama:8b"} {
		if a := l.call("GET", path, "", google...); a.status != http.StatusOK || !strings.HasPrefix(a.body, `{"name":"models/`+name+`"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	l.wantError("none such", l.call("GET", "/v1/models/m:8b", ""), http.StatusNotFound, "model_not_found")
	if a := l.call("GET", "/v1/models/m:generateContent", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET of an operation: %d %s", a.status, a.body)
	}
}

// TestLikelyModel names a model otherwise than it is called, and one that the key may
// not use.
func TestLikelyModel(t *testing.T) {
	const fewKey = "sp-few-0123456789abcdef"
	l := newLab(t, labConfig{
		keyless: true, // with keys of its own
		files:   map[string]string{"few": fewKey},
		extra: "  - {name: Team/Large-2, deployments: [{provider: p0}]}\n" +
			"keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n  - {name: few, key: \"${file:few}\", routes: [m]}\n",
	})
	for asked, like := range map[string]string{
		"M": "m", "openai/m": "m", "models/m": "m", "large-2": "Team/Large-2", "team/large-2": "Team/Large-2", "m2": "", "m/": "", "/": "",
	} {
		for _, key := range []string{virtualKey, fewKey} {
			want := ""
			if like != "" && (key == virtualKey || like == "m") {
				want = ` Did you mean \"` + like + `\"?`
			}
			body := `{"model":"` + asked + `","messages":[{"role":"user","content":"hi"}]}`
			a := l.call("POST", "/v1/chat/completions", body, "Authorization", "Bearer "+key)
			l.wantError(asked, a, http.StatusNotFound, "model_not_found")
			if want = "may not use it." + want + " GET /v1/models"; !strings.Contains(a.body, want) {
				t.Errorf("%q with %s: %s lacks %q", asked, key, a.body, want)
			}
		}
	}
}
