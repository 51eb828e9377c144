package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// demoModel is a stand-in for a model, so that a newcomer's first call works
// without a key or a download. It says so in every answer. It is an upstream
// like any other: a server on a loopback port that speaks OpenAI's chat dialect.
type demoModel struct {
	server   *http.Server
	listener net.Listener
}

func startDemoModel(ctx context.Context) (*demoModel, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the demo model: %w", err)
	}
	d := &demoModel{listener: ln}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", demoChat)
	d.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(ln) }()
	return d, nil
}

// baseURL is the root of the demo model's API.
func (d *demoModel) baseURL() string { return "http://" + d.listener.Addr().String() + "/v1" }

func (d *demoModel) close() { _ = d.server.Close() }

type demoRequest struct {
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

// maxDemoRequest bounds what the demo model reads of a request.
const maxDemoRequest = 4 << 20

func demoChat(w http.ResponseWriter, r *http.Request) {
	var req demoRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, maxDemoRequest)).Decode(&req); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"message": "the demo model cannot read this request", "type": "invalid_request_error", "param": nil, "code": nil,
		}})
		return
	}
	prompt := lastUserText(&req)
	words := strings.Fields("This is Sallyport's demo model, not a real one. It read " +
		strconv.Itoa(len(strings.Fields(prompt))) + " words from you and echoes them: " + prompt)
	usage := map[string]any{
		"prompt_tokens": len(strings.Fields(prompt)), "completion_tokens": len(words),
		"total_tokens": len(strings.Fields(prompt)) + len(words),
	}
	if req.Stream {
		demoStream(w, words, usage, req.StreamOptions.IncludeUsage)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": "chatcmpl-demo", "object": "chat.completion", "created": time.Now().Unix(), "model": "sallyport-demo",
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": "stop",
			"message": map[string]any{"role": "assistant", "content": strings.Join(words, " ")},
		}},
		"usage": usage,
	})
}

func demoStream(w http.ResponseWriter, words []string, usage map[string]any, withUsage bool) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher, _ := w.(http.Flusher)
	created := time.Now().Unix()
	send := func(choices []any, usage any) {
		chunk := map[string]any{
			"id": "chatcmpl-demo", "object": "chat.completion.chunk", "created": created,
			"model": "sallyport-demo", "choices": choices,
		}
		if usage != nil {
			chunk["usage"] = usage
		}
		data, err := json.Marshal(chunk)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", data)
		if flusher != nil {
			flusher.Flush()
		}
	}
	choice := func(delta map[string]any, finish any) []any {
		return []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}
	}
	send(choice(map[string]any{"role": "assistant", "content": ""}, nil), nil)
	for i, word := range words {
		if i > 0 {
			word = " " + word
		}
		send(choice(map[string]any{"content": word}, nil), nil)
	}
	send(choice(map[string]any{}, "stop"), nil)
	if withUsage {
		send([]any{}, usage)
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

// lastUserText returns the text of the last user message, cut to 2,000 bytes.
func lastUserText(req *demoRequest) string {
	const limit = 2000
	for i := len(req.Messages) - 1; i >= 0; i-- {
		m := &req.Messages[i]
		if m.Role != "user" {
			continue
		}
		text := ""
		var parts []struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(m.Content, &text) != nil && json.Unmarshal(m.Content, &parts) == nil {
			var all strings.Builder
			for _, p := range parts {
				all.WriteString(p.Text)
			}
			text = all.String()
		}
		if len(text) > limit {
			text = strings.ToValidUTF8(text[:limit], "")
		}
		return text
	}
	return ""
}
