package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfPlatformsEnds: a stream of Converse that ends before its usage, or within a
// message, is cut. Of what is known to leave the usage out, one that ends behind the reason
// is whole. The books say what is a guess.
func TestTrapsOfPlatformsEnds(t *testing.T) {
	events := [][]byte{
		eventFrame("messageStart", `{"role":"assistant"}`),
		eventFrame("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"hej"}}`),
		eventFrame("contentBlockStop", `{"contentBlockIndex":0}`),
		eventFrame("messageStop", `{"stopReason":"end_turn"}`),
		eventFrame("metadata", `{"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}}`),
	}
	p := newPlatform(t, func(w http.ResponseWriter, _, body string) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		var n int
		_, _ = fmt.Sscanf(body[strings.Index(body, "[")+len(`[{"role":"user","content":[{"text":"`):], "%d", &n)
		for _, e := range events[:n] {
			_, _ = w.Write(e)
		}
		if strings.Contains(body, "and a half") {
			_, _ = w.Write(events[n][:9])
		}
	})
	defer p.Close()
	const model = "  - {name: claude, deployments: [{provider: platform, model: anthropic.claude-opus-4-7}]}\n"
	for kind, last := range map[string]string{"bedrock": "5", "bedrock, quirks: {no_stream_end: true}": "4"} {
		l := platformLab(t, kind, model, p)
		checkEnds(t, l, last)
	}
}

// checkEnds asks for streams of so many messages. The last is the least that is whole.
func checkEnds(t *testing.T, l *lab, last string) {
	t.Helper()
	for _, words := range []string{"5", "4", "4 and a half", "3", "2"} {
		whole := words == "5" || words == last
		a := l.post("/v1/chat/completions", `{"model":"claude","stream":true,"messages":[{"role":"user","content":"`+words+`"}]}`)
		if strings.Contains(a.body, "data: [DONE]") != whole || strings.Contains(a.body, `"error"`) == whole || !strings.Contains(a.body, `"content":"hej"`) {
			t.Errorf("%s: %s", words, a.body)
		}
		if r := l.rowOf(a); r.Estimated != (words != "5") || words == "5" && r.Output != 3 {
			t.Errorf("%s: row %+v", words, r)
		}
	}
}

// TestTrapsOfCohereEmbeddings: Cohere embeds by its own API, and clients of OpenAI's and
// Google's get the vectors in their form.
func TestTrapsOfCohereEmbeddings(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, _, body string) {
		switch {
		case strings.Contains(body, "nobody"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"id":"x","message":"model 'nobody' not found, make sure the correct model ID was used and that you have access to the model."}`)
		case strings.Contains(body, `["a","b"]`):
			_, _ = io.WriteString(w, `{"id":"x","embeddings":{"float":[[1,-2.5],[0.5,2]]},"meta":{"billed_units":{"input_tokens":4}}}`)
		default:
			_, _ = io.WriteString(w, `{"id":"x","embeddings":{"float":[[1,-2.5]]},"meta":{"billed_units":{"input_tokens":2}}}`)
		}
	})
	defer p.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: co, kind: cohere, base_url: %q, key: \"${file:provider-key}\"}\n", p.URL)
		},
		files: map[string]string{"provider-key": "secret-of-cohere"},
		extra: "  - {name: embed, deployments: [{provider: co, model: embed-v4.0}]}\n  - {name: none, deployments: [{provider: co, model: nobody}]}\n",
	})
	l.unbalanced = "the platform keeps no books"
	const asks = `/v2/embed {"model":"embed-v4.0","texts":%s,"input_type":"search_query","embedding_types":["float"]%s}`
	for _, c := range []struct {
		path, body, want, asked string
		tokens                  int64
	}{
		{
			"/v1/embeddings", `{"model":"embed","input":["a","b"],"dimensions":256}`,
			`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-2.5]},{"object":"embedding","index":1,"embedding":[0.5,2]}],"model":"embed-v4.0","usage":{"prompt_tokens":4,"total_tokens":4}}`,
			fmt.Sprintf(asks, `["a","b"]`, `,"output_dimension":256`), 4,
		},
		{
			"/v1/embeddings", `{"model":"embed","input":"a","encoding_format":"base64"}`,
			`{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAIMA="}],"model":"embed-v4.0","usage":{"prompt_tokens":2,"total_tokens":2}}`,
			fmt.Sprintf(asks, `["a"]`, ""), 2,
		},
		{
			"/v1beta/models/embed:embedContent", `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":512}`,
			`{"embedding":{"values":[1,-2.5]}`, fmt.Sprintf(asks, `["a"]`, `,"output_dimension":512`), 2,
		},
		{
			"/v1beta/models/embed:batchEmbedContents", `{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}`,
			`{"embeddings":[{"values":[1,-2.5]},{"values":[0.5,2]}]`, fmt.Sprintf(asks, `["a","b"]`, ""), 4,
		},
	} {
		a := l.post(c.path, c.body)
		asked, head := p.took()
		if a.status != http.StatusOK || !strings.HasPrefix(a.body, c.want) || len(asked) != 1 || asked[0] != c.asked || head.Get("Authorization") != "Bearer secret-of-cohere" {
			t.Errorf("%s: %d %s, asked %v", c.path, a.status, a.body, asked)
		}
		if r := l.rowOf(a); r.Estimated || r.InputUncached != c.tokens {
			t.Errorf("%s: row %+v", c.path, r)
		}
	}
	if a := l.post("/v1/embeddings", `{"model":"none","input":"a"}`); a.status != http.StatusNotFound || !strings.Contains(a.body, "nobody' not found") {
		t.Errorf("%d %s", a.status, a.body)
	}
}
