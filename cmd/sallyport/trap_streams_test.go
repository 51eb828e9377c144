package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// trapProvider plays Anthropic behind a proxy that compresses, or that fails.
func trapProvider(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	status, media, text := 200, "application/json", `{"id":"msg_1","model":"m","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":4}}`
	switch asked := string(body); {
	case strings.Contains(asked, "page"):
		status, media, text = 502, "text/html", "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
	case strings.Contains(asked, "refused"):
		status, text = 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	case strings.Contains(asked, "silent"):
		text = ""
	case strings.Contains(asked, `"stream":true`):
		media, text = "text/event-stream", claudeStream+claudeStop
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(zipped.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(zipped.Bytes())
}

// TestTrapRewrittenAnswers: an answer that the gateway writes anew has a head of its
// own, and one that fails before its first event is no stream but an error of the
// client's dialect, with its status.
func TestTrapRewrittenAnswers(t *testing.T) {
	cases := []struct {
		words, path, route string
		status             int
		mark               string
	}{
		{"Hello", "/v1/chat/completions", "safe", 200, "Hej"},
		{"Hello", "/v1/responses", "safe", 200, "Hej"},
		{"Hello", "/v1/messages", "safe", 200, "Hej"},
		{"refused", "/v1/chat/completions", "safe", 503, `{"error":{"message":"Overloaded`},
		{"refused", "/v1/responses", "safe", 503, `{"error":{"message":"Overloaded`},
		{"page", "/v1/chat/completions", "safe", 502, `{"error":{"message":`},
		{"page", "/v1/responses", "safe", 502, `{"error":{"message":`},
		{"page", "/v1/messages", "safe", 502, `{"type":"error","error":`},
		{"silent", "/v1/chat/completions", "safe", 502, `{"error":{"message":`},
		{"silent", "/v1/responses", "safe", 502, `{"error":{"message":`},
		{"silent", "/v1/messages", "safe", 502, `{"type":"error","error":`},
		{"Hello", "/v1/chat/completions", "strict", 400, `{"error":{"message":`},
		{"Hello", "/v1/chat/completions", "nobody", 404, `{"error":{"message":`},
		{"Hello", "/v1/messages", "nobody", 404, `{"type":"error","error":`},
	}
	s := httptest.NewServer(http.HandlerFunc(trapProvider))
	t.Cleanup(s.Close)
	var routes strings.Builder // one for each case: those that fail cool down
	for i, c := range cases {
		if c.route != "nobody" {
			fmt.Fprintf(&routes, "  - {name: %s-%d, retries: 0, loss: %s, deployments: [{provider: claude, model: claude-opus-4-6}]}\n", c.route, i, c.route)
		}
	}
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, base_url: %q, auth: none}\n", s.URL)
		},
		extra: routes.String(),
	})
	l.unbalanced = "Anthropic is none of the mocks"
	for i, c := range cases {
		for _, stream := range []bool{false, true} {
			name := fmt.Sprintf("%s at %s of %s, stream %t", c.words, c.path, c.route, stream)
			input := fmt.Sprintf(`"max_tokens":9,"messages":[{"role":"user","content":%q}]`, c.words)
			if c.path == "/v1/responses" {
				input = fmt.Sprintf(`"input":%q`, c.words)
			}
			if c.route == "strict" {
				input += `,"seed":1`
			}
			req := l.request(t.Context(), c.path, fmt.Sprintf(`{"model":"%s-%d","stream":%t,%s}`, c.route, i, stream, input))
			req.Header.Set("Accept-Encoding", "gzip") // what comes compressed is not unpacked on the way
			a := l.do(req)
			if a.err != nil || a.status != c.status || !strings.Contains(a.body, c.mark) {
				t.Errorf("%s: %s", name, a)
				continue
			}
			media := a.header.Get("Content-Type")
			if streamed := strings.HasPrefix(media, "text/event-stream"); streamed != (stream && c.status == 200) {
				t.Errorf("%s: content type %s", name, media)
			} else if n := a.header.Get("Content-Length"); !streamed && (n != strconv.Itoa(len(a.body)) || strings.HasPrefix(media, "application/json") && !json.Valid([]byte(a.body))) {
				t.Errorf("%s: length %q of %s", name, n, a)
			}
			if c.path != "/v1/messages" || c.status != 200 { // which goes out as it came
				if got := a.header.Get("Content-Encoding"); got != "" || strings.Contains(a.body, "<html") {
					t.Errorf("%s: encoding %q of %s", name, got, a)
				}
			}
		}
	}
}

// TestTrapBrowserFields: a page may send what its SDK adds to a call.
func TestTrapBrowserFields(t *testing.T) {
	const page, fields = "https://app.example.com", "anthropic-dangerous-direct-browser-access,anthropic-version,x-api-key,x-stainless-lang"
	l := newLab(t, labConfig{config: "cors: {origins: [\"" + page + "\"]}\n"})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, l.url+"/v1/messages", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", page)
	req.Header.Set("Access-Control-Request-Method", "POST")
	req.Header.Set("Access-Control-Request-Headers", fields)
	a := l.do(req)
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Headers") != fields || a.header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("%s", a)
	}
}

// TestTrapFirstEventFails: a stream whose first event is an error is a refusal: another
// deployment is tried, and a client that gets nothing else gets a proper status.
func TestTrapFirstEventFails(t *testing.T) {
	const (
		claudeFails = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
		chatFails   = ": PROCESSING\n\ndata: {\"error\":{\"message\":\"Slow down\",\"code\":429}}\n\n"
		keyFails    = "data: {\"error\":{\"message\":\"bad key sk-secret\",\"code\":401}}\n\n"
		ollamaFails = "{\"error\":\"gone\"}\n"
		chatAnswers = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"no \\\"error\\\"\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
	)
	streams := map[string]string{"/fails/v1/messages": claudeFails, "/fails/chat/completions": chatFails, "/key/chat/completions": keyFails, "/answers/chat/completions": chatAnswers, "/api/chat": ollamaFails}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			w.Header().Set("Content-Type", "application/x-ndjson")
		}
		_, _ = io.WriteString(w, streams[r.URL.Path])
	}))
	t.Cleanup(s.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, base_url: %q, auth: none}\n  - {name: chat, kind: groq, base_url: %q, auth: none}\n"+
				"  - {name: ollama, kind: ollama-native, base_url: %q, auth: none}\n  - {name: key, kind: groq, base_url: %q, auth: none}\n  - {name: well, kind: groq, base_url: %q, auth: none}\n",
				s.URL+"/fails", s.URL+"/fails", s.URL, s.URL+"/key", s.URL+"/answers")
		},
		extra: "  - {name: claude, retries: 0, deployments: [{provider: claude, model: m}]}\n" +
			"  - {name: claude-chat, retries: 0, deployments: [{provider: claude, model: m}]}\n" +
			"  - {name: chat, retries: 0, deployments: [{provider: chat, model: m}]}\n" +
			"  - {name: ollama, retries: 0, deployments: [{provider: ollama, model: m}]}\n" +
			"  - {name: key, retries: 0, deployments: [{provider: key, model: m}]}\n" +
			"  - {name: chat-messages, retries: 0, deployments: [{provider: chat, model: m}]}\n" +
			"  - {name: well, retries: 0, deployments: [{provider: well, model: m}]}\n" +
			"  - {name: either, retries: 0, fallbacks: [well], deployments: [{provider: chat, model: m}]}\n",
	})
	l.unbalanced = "the provider is none of the mocks"
	for _, c := range []struct {
		route, path string
		status      int
		mark        string
	}{
		{"claude", "/v1/messages", 529, "Overloaded"},
		{"claude-chat", "/v1/chat/completions", 503, `{"error":{"message":"Overloaded`},
		{"chat", "/v1/chat/completions", 429, `"message":"Slow down"`},
		{"ollama", "/v1/chat/completions", 502, `"message":"gone"`},
		{"key", "/v1/chat/completions", 502, "refused the gateway's provider key"},
		{"chat-messages", "/v1/messages", 429, "Slow down"},
		{"well", "/v1/chat/completions", 200, "[DONE]"},
		{"well", "/v1/messages", 200, "message_stop"},
		{"either", "/v1/chat/completions", 200, "[DONE]"},
		{"either", "/v1/messages", 200, "message_stop"},
	} {
		a := l.post(c.path, fmt.Sprintf(`{"model":%q,"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi."}]}`, c.route))
		if streamed := strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream"); a.status != c.status || streamed != (c.status == 200) ||
			!strings.Contains(a.body, c.mark) || strings.Contains(a.body, "sk-secret") || c.status == 200 && !strings.Contains(a.body, `no \"error\"`) {
			t.Errorf("%s at %s: %s", c.route, c.path, a)
		}
	}
}
