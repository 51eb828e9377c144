package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestEmbeddingsInBase64: a client that asks for base64, as OpenAI's SDKs do by
// themselves, gets it also from a runtime that answers with numbers whatever it is
// asked; one that asks for numbers gets the provider's answer byte by byte.
func TestEmbeddingsInBase64(t *testing.T) {
	const numbers = `{"object":"list", "data":[{"object":"embedding","index":0,"embedding":[0.5, -1.0]}],"model":"s","usage":{"prompt_tokens":1,"total_tokens":1}}`
	const packed = `{"object":"list", "data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8="}],"model":"s","usage":{"prompt_tokens":1,"total_tokens":1}}`
	runtime := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, numbers)
	}))
	defer runtime.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: runtime, kind: groq, auth: none, base_url: %q}\n", runtime.URL)
		},
		extra: "  - {name: vectors, deployments: [{provider: runtime, model: s}]}\n",
	})
	l.unbalanced = "the runtime keeps no books"
	for _, c := range []struct{ more, want string }{{`,"encoding_format":"base64"`, packed}, {`,"encoding_format":"float"`, numbers}, {``, numbers}} {
		if r := l.askGoogle("/v1/embeddings", `{"model":"vectors","input":"a"`+c.more+`}`); r.status != http.StatusOK || r.text != c.want {
			t.Errorf("%s: %d %s, want %s", c.more, r.status, r.text, c.want)
		}
	}
}
