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

// rerankConfig has a provider that speaks the client's dialect and one that does
// not.
const rerankConfig = `
listen: %[1]s
admin: {listen: %[2]s}
providers:
  - {name: cohere, kind: cohere, base_url: "%[4]s", key: "${env:` + providerKeyEnv + `}"}
  - {name: tei, kind: tei, base_url: "%[4]s"}
keys:
  - {name: e2e, key: "${env:` + virtualKeyEnv + `}", routes: ["*"]}
ledger: {folder: "%[3]s"}
routes:
  - {name: cohere, deployments: [{provider: cohere, model: rerank-v3.5}]}
  - {name: tei, deployments: [{provider: tei, model: bge-reranker}]}
`

// ranker plays Cohere and Text Embeddings Inference, for which the second of three
// documents is the best, then the first.
func ranker(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	var q struct {
		Documents, Texts []string
		Back             bool `json:"return_documents"`
	}
	if err == nil {
		err = json.Unmarshal(body, &q)
	}
	switch {
	case err == nil && r.URL.Path == "/rerank" && len(q.Texts) == 3:
		_, _ = io.WriteString(w, `[{"index":1,"score":0.9},{"index":0,"score":0.25},{"index":2,"score":0.125}]`)
	case err == nil && strings.HasSuffix(r.URL.Path, "/rerank") && len(q.Documents) == 3:
		document := [2]string{}
		if q.Back {
			document = [2]string{`,"document":{"text":"Washington"}`, `,"document":{"text":"Carson City"}`}
		}
		fmt.Fprintf(w, `{"id":"1","results":[{"index":1,"relevance_score":0.9%s},{"index":0,"relevance_score":0.25%s}],"meta":{"billed_units":{"search_units":1}}}`,
			document[0], document[1])
	default:
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"message":"not simulated"}`)
	}
}

// TestCohereSDK puts documents in order with Cohere's own SDK, at a provider of its
// dialect and at another one, and asks for a model that is not there.
func TestCohereSDK(t *testing.T) {
	s := requireSetup(t)
	provider := httptest.NewServer(http.HandlerFunc(ranker))
	t.Cleanup(provider.Close)
	g := startGatewayWith(t, newSpawner(t), func(listen, admin, ledger string) string {
		return fmt.Sprintf(rerankConfig, listen, admin, ledger, provider.URL)
	})
	installSDKs(t, s)
	job, err := json.Marshal(map[string]any{
		"base": strings.TrimSuffix(g.target.baseURL, "/v1"), "key": virtualKey, "models": []string{"cohere", "tei", "nobody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.path("node"), s.path("sdks", "cohere.mjs"))
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stderr = cleanEnv(), bytes.NewReader(job), &stderr
	out, err := cmd.Output()
	var reports []struct {
		Model, Version string
		Ranks          []struct {
			Index int
			Score float64
			Text  string
		}
		Error *struct {
			Name, Message string
			Status        int
		}
	}
	if err == nil {
		err = json.Unmarshal(out, &reports)
	}
	if err != nil || len(reports) != 6 {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.Bytes())
	}
	for _, r := range reports {
		if r.Model == "nobody" {
			if e := r.Error; e == nil || e.Status != http.StatusNotFound || e.Name != "NotFoundError" || !strings.Contains(e.Message, "nobody") {
				t.Errorf("a model that is not there, %s: %+v", r.Version, e)
			}
			continue
		}
		text := ""
		if r.Version == "v1" {
			text = "Washington"
		}
		if r.Error != nil || len(r.Ranks) != 2 || r.Ranks[0].Index != 1 || r.Ranks[0].Score != 0.9 || r.Ranks[0].Text != text || r.Ranks[1].Index != 0 {
			t.Errorf("%s, %s: %+v, %+v", r.Model, r.Version, r.Ranks, r.Error)
		}
	}
}
