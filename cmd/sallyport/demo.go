package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// demoModel is a stand-in for a model, so that a newcomer's first call works
// without a key or a download. It says so in every answer. It is an upstream
// like any other: a server on a loopback port that speaks OpenAI's dialects of chats
// and completions.
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
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { demoAnswer(w, r, &demoChat) })
	mux.HandleFunc("POST /v1/completions", func(w http.ResponseWriter, r *http.Request) { demoAnswer(w, r, &demoCompletion) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		demoRefusal(w, "The demo model can only chat. Write a configuration file with a provider.")
	})
	d.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(ln) }()
	return d, nil
}

// demoKind is the kind of provider that the demo model is: one that has no other
// dialect than OpenAI's, so that the rest is translated.
const demoKind = "lmstudio"

// baseURL is the root of the demo model's API.
func (d *demoModel) baseURL() string { return "http://" + d.listener.Addr().String() + "/v1" }

func (d *demoModel) close() { _ = d.server.Close() }

type demoRequest struct {
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Prompt   json.RawMessage `json:"prompt"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

// maxDemoRequest bounds what the demo model reads of a request.
const maxDemoRequest = 4 << 20

// demoForm is how an operation writes its answers.
type demoForm struct {
	id, whole, chunk string
	message          func(text string) map[string]any             // the choice of a whole answer
	delta            func(text string, first bool) map[string]any // that of a piece
}

var demoChat = demoForm{
	id: "chatcmpl-demo", whole: "chat.completion", chunk: "chat.completion.chunk",
	message: func(text string) map[string]any {
		return map[string]any{"message": map[string]any{"role": "assistant", "content": text}}
	},
	delta: func(text string, first bool) map[string]any {
		delta := map[string]any{"content": text}
		if first {
			delta["role"] = "assistant"
		}
		return map[string]any{"delta": delta}
	},
}

var demoCompletion = demoForm{
	id: "cmpl-demo", whole: "text_completion", chunk: "text_completion",
	message: func(text string) map[string]any { return map[string]any{"text": text} },
	delta:   func(text string, _ bool) map[string]any { return map[string]any{"text": text} },
}

func demoRefusal(w http.ResponseWriter, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": message, "type": "invalid_request_error", "param": nil, "code": nil,
	}})
}

func demoAnswer(w http.ResponseWriter, r *http.Request, form *demoForm) {
	var req demoRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, maxDemoRequest)).Decode(&req); err != nil {
		demoRefusal(w, "the demo model cannot read this request")
		return
	}
	prompt := req.prompt()
	n := len(strings.Fields(prompt))
	words := strings.Fields("This is Sallyport's demo model, not a real one. It echoes what you said: " + prompt)
	usage := map[string]any{"prompt_tokens": n, "completion_tokens": len(words), "total_tokens": n + len(words)}
	if req.Stream {
		form.stream(w, words, usage, req.StreamOptions.IncludeUsage)
		return
	}
	choice := form.message(strings.Join(words, " "))
	choice["index"], choice["finish_reason"] = 0, "stop"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": form.id, "object": form.whole, "created": time.Now().Unix(), "model": "sallyport-demo",
		"choices": []any{choice}, "usage": usage,
	})
}

func (f *demoForm) stream(w http.ResponseWriter, words []string, usage map[string]any, withUsage bool) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher, _ := w.(http.Flusher)
	created := time.Now().Unix()
	send := func(choices []any, usage any) {
		chunk := map[string]any{"id": f.id, "object": f.chunk, "created": created, "model": "sallyport-demo", "choices": choices}
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
	piece := func(text string, first bool, finish any) []any {
		choice := f.delta(text, first)
		choice["index"], choice["finish_reason"] = 0, finish
		return []any{choice}
	}
	for i, word := range words {
		if i > 0 {
			word = " " + word
		}
		send(piece(word, i == 0, nil), nil)
	}
	send(piece("", false, "stop"), nil)
	if withUsage {
		send([]any{}, usage)
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

// maxDemoEcho bounds what the demo model echoes, in bytes.
const maxDemoEcho = 2000

// prompt returns the text of the last user message, or the prompt of a completion.
func (r *demoRequest) prompt() string {
	text := demoText(r.Prompt)
	for i := range r.Messages {
		if m := &r.Messages[i]; m.Role == "user" {
			text = demoText(m.Content)
		}
	}
	if len(text) > maxDemoEcho {
		text = strings.ToValidUTF8(text[:maxDemoEcho], "")
	}
	return text
}

// demoText returns a text, or the texts of a list of parts or texts.
func demoText(content json.RawMessage) (text string) {
	var texts []string
	var parts []struct {
		Text string `json:"text"`
	}
	switch {
	case json.Unmarshal(content, &text) == nil:
	case json.Unmarshal(content, &texts) == nil:
		text = strings.Join(texts, " ")
	case json.Unmarshal(content, &parts) == nil:
		for _, p := range parts {
			text += p.Text
		}
	}
	return text
}
