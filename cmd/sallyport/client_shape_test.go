package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The marks by which a client knows an error of its own dialect.
const (
	openAIShape    = `{"error":{"message":`
	anthropicShape = `{"type":"error","error":{"type":"`
	googleShape    = `{"error":{"code":`
	rerankShape    = `,"message":"`
)

// TestErrorsInEachShape: what belongs to no exchange, since the path is not served or
// the request is refused before it is read, is told in the dialect of who asks.
func TestErrorsInEachShape(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {body_bytes: 2000}\n"})
	const big = 3000
	claude, google := "Anthropic-Version: 2023-06-01\r\n", "X-Goog-Api-Key: "+virtualKey+"\r\n"
	for _, c := range []struct {
		name, path, fields string
		body               int // bytes
		status             int
		want               string
	}{
		{"openai, unknown", "/v1/threads", "", 2, 404, openAIShape},
		{"anthropic, unknown", "/v1/messages/batches", "", 2, 404, anthropicShape},
		{"anthropic, unknown by its field", "/v1/files", claude, 2, 404, anthropicShape},
		{"google, unknown verb", "/v1beta/models/m:predict", "", 2, 404, googleShape},
		{"google, unknown by its field", "/v1/models/m:predict", google, 2, 404, googleShape},
		{"google, unknown by its query", "/v1/files?key=x", "", 2, 404, googleShape},
		{"openai, malformed", "/v1/chat/completions", "Authorization: again\r\n", 2, 400, openAIShape},
		{"responses, malformed", "/v1/responses", "Authorization: again\r\n", 2, 400, openAIShape},
		{"anthropic, malformed", "/v1/messages", "Authorization: again\r\n", 2, 400, anthropicShape},
		{"google, malformed", "/v1/models/m:generateContent", "Authorization: again\r\n", 2, 400, googleShape},
		{"rerank, malformed", "/v2/rerank", "Authorization: again\r\n", 2, 400, rerankShape},
		{"openai, too large", "/v1/embeddings", "", big, 413, openAIShape},
		{"anthropic, too large", "/v1/messages", "", big, 413, anthropicShape},
		{"google, too large", "/v1beta/models/m:countTokens", "", big, 413, googleShape},
		{"anthropic, too large, asked before", "/v1/messages?beta=true", "Expect: 100-continue\r\n", 100_000, 413, anthropicShape},
		{"google, too large, asked before", "/v1beta/models/m:generateContent", "Expect: 100-continue\r\n", 100_000, 413, googleShape},
	} {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n%s\r\n", c.path, virtualKey, c.body, c.fields)
		status, body := l.exchange(head, strings.Repeat(" ", c.body))
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: status %d, want %d; %q lacks %s", c.name, status, c.status, body, c.want)
		}
	}
}

// exchange sends a head, and the body unless it asks whether to, and returns what is
// answered on a connection of its own.
func (l *lab) exchange(head, body string) (int, string) {
	l.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		l.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if !strings.Contains(head, "Expect:") {
		head += body
	}
	if _, err := io.WriteString(c, head); err != nil {
		l.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		l.Fatalf("%q: %v", head[:min(len(head), 80)], err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
