package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfPlatformsRanks: Bedrock puts documents in order by InvokeModel, in the form
// of the model's maker, and refuses in its own.
func TestTrapsOfPlatformsRanks(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, _, body string) {
		if strings.Contains(body, "[too long]") {
			w.Header().Set("X-Amzn-Errortype", "ValidationException:http://internal.amazon.com/coral/")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":"Input is too long for requested model."}`)
			return
		}
		_, _ = io.WriteString(w, `{"results":[{"index":1,"relevance_score":0.75},{"index":0,"relevance_score":0.5}]}`)
	})
	defer p.Close()
	const amazon = "arn:aws:bedrock:eu-north-1::foundation-model/amazon.rerank-v1:0"
	l := platformLab(t, "bedrock", "  - {name: cohere, deployments: [{provider: platform, model: \"cohere.rerank-v3-5:0\"}]}\n"+
		"  - {name: amazon, deployments: [{provider: platform, model: \""+amazon+"\"}]}\n", p)
	for route, want := range map[string]string{
		"cohere": `/model/cohere.rerank-v3-5%3A0/invoke {"query":"q","documents":["a","b"],"top_n":2,"api_version":2}`,
		"amazon": `/model/arn%3Aaws%3Abedrock%3Aeu-north-1%3A%3Afoundation-model%2Famazon.rerank-v1%3A0/invoke {"query":"q","documents":["a","b"],"top_n":2}`,
	} {
		for _, path := range []string{"/v1/rerank", "/v2/rerank"} {
			a := l.post(path, `{"model":"`+route+`","query":"q","documents":["a","b"],"top_n":2}`)
			asked, _ := p.took()
			if a.status != http.StatusOK || !strings.Contains(a.body, `"results":[{"index":1,"relevance_score":0.75},{"index":0,"relevance_score":0.5}]`) || len(asked) != 1 || asked[0] != want {
				t.Errorf("%s %s: %d %s, asked %v", route, path, a.status, a.body, asked)
			}
		}
		a := l.post("/v2/rerank", `{"model":"`+route+`","query":"[too long]","documents":["a"]}`)
		p.took()
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "Input is too long for requested model.") {
			t.Errorf("%s: %d %s", route, a.status, a.body)
		}
	}
}
