package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// googleAsk makes one request as Google's clients do.
func (l *lab) googleAsk(method, path, body, field, value string) (int, string) {
	l.Helper()
	req, err := http.NewRequest(method, l.url+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("X-Goog-Api-Client", "google-genai-sdk/1.77.0 gl-go/go1.26")
	if field != "" {
		req.Header.Set(field, value)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestTrapGoogleForms: each form in which Google's clients ask for an answer, a count,
// an embedding or the models is served, with the key wherever they put it.
func TestTrapGoogleForms(t *testing.T) {
	l := newLab(t, labConfig{})
	const inner = `"contents":[{"role":"user","parts":[{"text":"hi"}]}]`
	const chat, content = `{` + inner + `}`, `"content":{"parts":[{"text":"a"}]}`
	keys := [][2]string{{"X-Goog-Api-Key", virtualKey}, {"Authorization", "Bearer " + virtualKey}, {}}
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/v1beta/models/m:generateContent", chat, `"candidates":[`},
		{"POST", "/v1/models/m:generateContent", chat, `"candidates":[`},
		{"POST", "/v1alpha/models/m:generateContent", chat, `"candidates":[`},
		{"POST", "/v1beta1/publishers/google/models/m:generateContent", chat, `"candidates":[`},
		{"POST", "/v1beta1/projects/p/locations/l/publishers/google/models/m:generateContent", chat, `"candidates":[`},
		{"POST", "/v1beta/models/m:generateContent", `{` + inner + `,"systemInstruction":{"role":"user","parts":[{"text":"s"}]},"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"}},"propertyOrdering":["b","a"]}}}`, `"candidates":[`},
		{"POST", "/v1beta/models/m:streamGenerateContent?alt=sse", chat, `data: {"candidates":[`},
		{"POST", "/v1beta1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse", chat, `data: {"candidates":[`},
		{"POST", "/v1beta/models/m:embedContent", `{` + content + `,"model":"models/m"}`, `"embedding":{"values":[`},
		{"POST", "/v1beta/models/m:batchEmbedContents", `{"requests":[{` + content + `,"model":"models/m"},{` + content + `,"model":"models/m"}]}`, `"embeddings":[{"values":[`},
		{"GET", "/v1beta/models?pageSize=10&queryBase=true", "", `"models":[{"name":"models/`},
		{"GET", "/v1beta/models", "", `"supportedGenerationMethods":[`},
		{"GET", "/v1/models", "", `"models":[{"name":"models/`},
		{"GET", "/v1beta/models/m", "", `"name":"models/m"`},
		{"GET", "/v1/models/m", "", `"name":"models/m"`},
	} {
		for _, key := range keys {
			path := c.path
			if key[0] == "" {
				if strings.Contains(path, "?") {
					path += "&key=" + virtualKey
				} else {
					path += "?key=" + virtualKey
				}
			}
			status, text := l.googleAsk(c.method, path, c.body, key[0], key[1])
			if status != 200 || !strings.Contains(text, c.want) {
				t.Errorf("%s %s with %q: %d %.300s", c.method, c.path, key[0], status, text)
			}
		}
	}
}

// TestTrapGoogleRefusals: what Google's clients may ask for and the gateway does not
// have is refused in their own form, in which they read a message.
func TestTrapGoogleRefusals(t *testing.T) {
	l := newLab(t, labConfig{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/v1beta/interactions", 404},
		{"GET", "/v1beta/interactions/v1_x", 404},
		{"POST", "/v1beta/cachedContents", 404},
		{"GET", "/v1beta/cachedContents/x", 404},
		{"POST", "/upload/v1beta/files", 404},
		{"GET", "/v1beta/files", 404},
		{"GET", "/v1beta/files/x:download?alt=media", 404},
		{"POST", "/v1beta/batches", 404},
		{"POST", "/v1beta/batches/x:cancel", 404},
		{"POST", "/v1beta/models/m:batchGenerateContent", 404},
		{"POST", "/v1beta/models/m:asyncBatchEmbedContent", 404},
		{"POST", "/v1beta/models/m:predict", 404},
		{"POST", "/v1beta/models/m:predictLongRunning", 404},
		{"POST", "/v1beta1/projects/p/locations/l/publishers/google/models/m:computeTokens", 404},
		{"GET", "/v1beta/tunedModels", 404},
		{"POST", "/v1beta/tuningJobs", 404},
		{"POST", "/v1beta/fileSearchStores", 404},
		{"POST", "/v1alpha/auth_tokens", 404},
		{"GET", "/v1beta/models/none", 404},
		{"GET", "/v1beta/models/m:generateContent", 405},
		{"GET", "/v1beta/operations/x", 404},
		{"DELETE", "/v1beta/models/m", 405},
	} {
		body := ""
		if c.method == http.MethodPost {
			body = `{}`
		}
		status, text := l.googleAsk(c.method, c.path, body, "X-Goog-Api-Key", virtualKey)
		var told struct {
			Error struct {
				Code            int
				Message, Status string
			}
		}
		if err := json.Unmarshal([]byte(text), &told); err != nil || status != c.status || told.Error.Code != status || told.Error.Message == "" || told.Error.Status == "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, text)
		}
	}
	if status, text := l.googleAsk("POST", "/v1beta/models/m:generateContent", `{}`, "X-Goog-Api-Key", "wrong"); status != 401 || !strings.Contains(text, `"status":"UNAUTHENTICATED"`) {
		t.Errorf("a wrong key: %d %s", status, text)
	}
}
