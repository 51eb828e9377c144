package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// reply is what a client got.
type reply struct {
	status int
	header http.Header
	text   string
}

// askGoogle posts body with Google's header field and returns the answer.
func (l *lab) askGoogle(path, body string) reply {
	l.Helper()
	req, err := http.NewRequest(http.MethodPost, l.url+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("X-Goog-Api-Key", virtualKey)
	req.Header.Set("Authorization", "Bearer "+virtualKey)
	resp, err := l.client.Do(req)
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// TestEmbeddings asks for embeddings as clients of two dialects do, of a provider
// that speaks OpenAI's.
func TestEmbeddings(t *testing.T) {
	l := newLab(t, labConfig{})
	r := l.askGoogle("/v1/embeddings", `{"model":"m","input":["a","b"],"dimensions":3,"encoding_format":"float"}`)
	var openai struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float64 `json:"embedding"`
		} `json:"data"`
		Usage struct {
			Prompt int `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal([]byte(r.text), &openai); err != nil || r.status != 200 || len(openai.Data) != 2 || len(openai.Data[1].Embedding) != 3 || openai.Usage.Prompt == 0 {
		t.Errorf("openai: status %d, %v: %s", r.status, err, r.text)
	}
	var single struct {
		Embedding struct {
			Values []float64 `json:"values"`
		} `json:"embedding"`
	}
	r = l.askGoogle("/v1beta/models/m:embedContent", `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":3}`)
	if err := json.Unmarshal([]byte(r.text), &single); err != nil || r.status != 200 || len(single.Embedding.Values) != 3 {
		t.Errorf("gemini: status %d, %v: %s", r.status, err, r.text)
	}
	var batch struct {
		Embeddings []struct {
			Values []float64 `json:"values"`
		} `json:"embeddings"`
	}
	r = l.askGoogle("/v1beta/models/m:batchEmbedContents", `{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}`)
	if err := json.Unmarshal([]byte(r.text), &batch); err != nil || r.status != 200 || len(batch.Embeddings) != 2 || len(batch.Embeddings[1].Values) == 0 {
		t.Errorf("gemini, two: status %d, %v: %s", r.status, err, r.text)
	}
}

// TestStreamAsArray streams without alt=sse, as curl examples do: the answer is
// one JSON array.
func TestStreamAsArray(t *testing.T) {
	l := newLab(t, labConfig{})
	const body = `{"contents":[{"parts":[{"text":"hi"}]}]}`
	r := l.askGoogle("/v1beta/models/m:streamGenerateContent", body)
	var chunks []struct {
		Candidates []struct {
			FinishReason string `json:"finishReason"`
		} `json:"candidates"`
	}
	if err := json.Unmarshal([]byte(r.text), &chunks); err != nil || len(chunks) < 2 || r.header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, %v: %v %s", r.status, err, r.header, r.text)
	}
	last := chunks[len(chunks)-1]
	if len(last.Candidates) != 1 || last.Candidates[0].FinishReason != "STOP" {
		t.Errorf("it ends with %+v", last)
	}
	r = l.askGoogle("/v1beta/models/m:streamGenerateContent?alt=sse", body)
	if ct := r.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") || !strings.HasPrefix(r.text, "data: {") {
		t.Errorf("with alt=sse: %s %.100s", ct, r.text)
	}
}
