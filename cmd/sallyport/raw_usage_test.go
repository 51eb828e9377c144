package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestRawUsage: where a path is one that we know, the books of raw calls say what
// the provider says, to the token; the lab compares them.
func TestRawUsage(t *testing.T) {
	l := newLab(t, labConfig{provider: "raw: true"})
	const chat = `{"model":"served-0","messages":[{"role":"user","content":"Say something nice."}]`
	for what, c := range map[string]struct {
		path, body string
		stream     bool
	}{
		"whole":      {"chat/completions", chat + "}", false},
		"stream":     {"chat/completions", chat + `,"stream":true,"stream_options":{"include_usage":true}}`, true},
		"embeddings": {"embeddings", `{"model":"served-0","input":"a"}`, false},
	} {
		a := l.post("/p/p0/"+c.path, c.body)
		row := l.rowOf(a)
		if a.status != 200 || !row.Reported || row.Estimated || row.InputUncached == 0 || row.Stream != c.stream || row.End != "completed" || row.Operation != "raw" || row.Route != "p/p0" {
			t.Errorf("%s: %d, row %+v", what, a.status, row)
		}
		if c.stream && !strings.HasSuffix(a.body, "data: [DONE]\n\n") {
			t.Errorf("%s: it ends with %q", what, a.body[max(0, len(a.body)-50):])
		}
	}
	// Without a count, what passed is counted; elsewhere, bytes.
	for _, c := range []struct{ path, body string }{{"chat/completions", chat + `,"stream":true}`}, {"models", ""}} {
		method := map[bool]string{false: "GET", true: "POST"}[c.body != ""]
		a := l.call(method, "/p/p0/"+c.path, c.body)
		if row := l.rowOf(a); a.status != 200 || row.Reported || !row.Estimated || row.Output == 0 || row.CostPicoUSD != nil {
			t.Errorf("%s: %d, row %+v", c.path, a.status, row)
		}
	}
}

// TestRawPrices: what the provider says it served has the model's price.
func TestRawPrices(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/base/v1/messages/count_tokens" {
			_, _ = io.WriteString(w, `{"input_tokens":7}`)
			return
		}
		if r.URL.Path == "/base/v1/messages" {
			_, _ = io.WriteString(w, `{"id":"msg_1","model":"dear","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":4}}`)
		}
	})
	l := newRawLab(t, api, labConfig{
		config: "models:\n  - {provider: own, model: dear, price: {input: 1, output: 2}}\n",
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: own, kind: anthropic, base_url: %q, key: \"${file:provider-key}\", raw: true}\n", api.URL+"/base")
		},
	})
	a := l.post("/p/own/v1/messages", `{"model":"dear"}`)
	row := l.rowOf(a)
	if row.InputUncached != 7 || row.Output != 4 || !row.Reported || row.CostPicoUSD == nil || *row.CostPicoUSD != 15_000_000 {
		t.Errorf("a message: %d, row %+v", a.status, row)
	}
	if got := api.last().header; got.Get("X-Api-Key") != providerKey || got.Get("Anthropic-Version") != "2023-06-01" || got.Get("Authorization") != "" {
		t.Errorf("the provider got %v", got)
	}
	if row = l.rowOf(l.post("/p/own/v1/messages/count_tokens", `{"model":"dear"}`)); row.InputUncached != 0 || row.CostPicoUSD == nil || *row.CostPicoUSD != 0 {
		t.Errorf("a count: row %+v", row)
	}
	// Nothing of an answer that is none of the dialect's is believed, but it passes.
	if a = l.call("POST", "/p/own/v1/messages?beta=true", "{}"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestRawSignatures: what is signed is what leaves.
func TestRawSignatures(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{
		files: map[string]string{"pair": "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG"},
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: own, kind: bedrock, base_url: %q, key: \"${file:pair}\", settings: {region: eu-central-1}, raw: true}\n", api.URL+"/base") +
				fmt.Sprintf("  - {name: google, kind: gemini, base_url: %q, auth: \"query:key\", key: \"${file:provider-key}\", raw: true}\n", api.URL)
		},
	})
	a := l.call("PUT", "/p/own/model/arn%3Aaws%2Fx/invoke?b=2&a=1&key=k", "body", "Content-Type", "text/x")
	got := api.last()
	at, err := time.Parse("20060102T150405Z", got.header.Get("X-Amz-Date"))
	if err != nil || a.status != 200 || got.uri != "/base/model/arn%3Aaws%2Fx/invoke?b=2&a=1" {
		t.Fatalf("%d, %v, the provider got %+v", a.status, err, got)
	}
	target, err := url.Parse(api.URL + got.uri)
	if err != nil {
		t.Fatal(err)
	}
	again := &http.Request{Method: got.method, URL: target, Header: http.Header{}, ContentLength: int64(len(got.body))}
	for _, name := range []string{"Content-Type", "Accept"} {
		again.Header.Set(name, got.header.Get(name))
	}
	sum := sha256.Sum256([]byte(got.body))
	keys := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG"}
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, again, hex.EncodeToString(sum[:]), "bedrock", "eu-central-1", at); err != nil {
		t.Fatal(err)
	}
	if want := again.Header.Get("Authorization"); got.header.Get("Authorization") != want {
		t.Errorf("signed %s\n  want %s", got.header.Get("Authorization"), want)
	}
	// The client's key makes place for the provider's.
	if a = l.call("GET", "/p/google/files?key="+virtualKey+"&pageSize=1", ""); a.status != 200 || api.last().uri != "/files?pageSize=1&key="+providerKey {
		t.Errorf("%d, the provider got %s", a.status, api.last().uri)
	}
}
