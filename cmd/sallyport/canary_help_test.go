package main

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// canaryModule is testdata/window.c without a manifest.
//
//go:embed testdata/window.wasm
var canaryModule []byte

// canaryGuard is the plugin of testdata/window.c: what it does when a stream has the
// word, and what it says then. more is further lines of its manifest.
func canaryGuard(id, word, action, says string, more ...string) string {
	manifest := fmt.Sprintf(`id: %s
version: 1.0.0
hooks: [answer]
stream: {mode: window, window: 64}
config:
  type: object
  properties:
    word: {type: string, default: %q}
    action: {type: string, default: %q}
    says: {type: string, default: %q}
%s`, id, word, action, says, strings.Join(more, "\n"))
	b, err := wasm.WithManifest(canaryModule, []byte(manifest))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// narrator plays a provider of two dialects that says the same words to everybody,
// an event each. In front of the word it waits until it is told to go on. One that
// hangs leaves the stream open until it is cancelled.
type narrator struct {
	before, words []string
	hangs         bool
	goOn          chan struct{}
	gone          chan struct{} // gets one for each stream that was cancelled
}

func (n *narrator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(w, format, args...)
		_ = http.NewResponseController(w).Flush() // the client may have left
	}
	start, word, after := anthropicStart, anthropicWord, anthropicEnd
	if strings.HasSuffix(r.URL.Path, "/chat/completions") {
		start, word, after = "", chatWord, chatEnd
	}
	say("%s", start)
	for _, text := range n.before {
		say(word, text)
	}
	<-n.goOn
	for _, text := range n.words {
		say(word, text)
	}
	if n.hangs {
		<-r.Context().Done()
		n.gone <- struct{}{}
		return
	}
	say("%s", after)
}

const (
	anthropicStart = "event: message_start\n" +
		`data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"x","content":[],"usage":{"input_tokens":7,"output_tokens":1}}}` + "\n\n" +
		"event: content_block_start\n" +
		`data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n"
	anthropicWord = "event: content_block_delta\n" +
		`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}` + "\n\n"
	anthropicEnd = "event: content_block_stop\n" +
		`data: {"type":"content_block_stop","index":0}` + "\n\n" +
		"event: message_delta\n" +
		`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}` + "\n\n" +
		"event: message_stop\n" +
		`data: {"type":"message_stop"}` + "\n\n"
	chatWord = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}` + "\n\n"
	chatEnd  = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		"data: [DONE]\n\n"
)

// lab starts a gateway whose routes of the given names lead to n: those that begin
// with "chat" in OpenAI's dialect, the others in Anthropic's. rules are of each.
func (n *narrator) lab(t *testing.T, plugins map[string]string, routes map[string]string) *lab {
	t.Helper()
	n.goOn, n.gone = make(chan struct{}), make(chan struct{}, 16)
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	var extra strings.Builder
	for name, rules := range routes {
		provider := "claude"
		if strings.HasPrefix(name, "chat") {
			provider = "gpt"
		}
		fmt.Fprintf(&extra, "  - {name: %s, %s, deployments: [{provider: %s, model: served, name: d-%s}]}\n", name, rules, provider, name)
	}
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: gpt, kind: openai, base_url: %q, auth: none}\n  - {name: claude, kind: anthropic, base_url: %q, key: \"${file:provider-key}\"}\n",
				server.URL+"/v1", server.URL)
		},
		extra: extra.String(), plugins: plugins,
		files: map[string]string{"provider-key": "sk-claude-0123456789"},
	})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

// listen asks for a stream, has n go on when the client has got the text, and reads
// the rest.
func (n *narrator) listen(l *lab, path, body, text string) answer {
	l.Helper()
	resp, err := l.client.Do(l.request(l.Context(), path, body))
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	for part := make([]byte, 4096); a.err == nil && !strings.Contains(a.body, text); {
		var k int
		k, a.err = resp.Body.Read(part)
		a.body += string(part[:k])
	}
	n.goOn <- struct{}{}
	rest, err := io.ReadAll(resp.Body)
	a.body, a.err = a.body+string(rest), err
	return a
}
