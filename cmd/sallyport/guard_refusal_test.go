package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestRefusalTellsEveryChoice: where a block ends a stream as a refusal, each choice
// that the client has not got to its end refuses, one that has not begun included, in
// a stream that comes from another dialect too.
func TestRefusalTellsEveryChoice(t *testing.T) {
	say := func(index int, text, finish string) string {
		return fmt.Sprintf(`{"candidates":[{"index":%d,"content":{"role":"model","parts":[{"text":%q}]}%s}],"modelVersion":"x","responseId":"r"}`, index, text, finish)
	}
	goOn := make(chan struct{}, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i, event := range []string{
			say(0, "one two three four ", ""), say(1, "two", `,"finishReason":"STOP"`), say(0, "is forbidden", ""), say(0, " to say", `,"finishReason":"STOP"`),
		} {
			if i == 2 {
				select {
				case <-goOn: // the client has got what was before
				case <-r.Context().Done():
				}
			}
			_, _ = fmt.Fprintf(w, "data: %s\r\n\r\n", event)
			_ = http.NewResponseController(w).Flush() // the client may have left
		}
	}))
	t.Cleanup(upstream.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: g, kind: gemini, base_url: %q, key: \"${file:provider-key}\"}\n", upstream.URL)
		},
		extra: "  - {name: c, blocked: refusal, deployments: [{provider: g, model: gemini-2.5-flash}]}\n",
		files: map[string]string{"provider-key": "google-0123456789"},
	})
	l.unbalanced = "Google is none of the mocks"
	for _, mode := range []core.StreamMode{core.StreamWindow, core.StreamBuffer} {
		l.guard(streamGuard(mode, wordGuard))
		waits := mode == core.StreamWindow
		if !waits {
			goOn <- struct{}{} // nothing leaves before the end
		}
		resp, err := l.client.Do(l.request(t.Context(), "/v1/chat/completions", `{"model":"c","stream":true,"n":3,"messages":[{"role":"user","content":"hi"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		got := map[int]toldChoice{}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() && lines.Text() != "data: [DONE]" {
			if event, ok := strings.CutPrefix(lines.Text(), "data: "); ok && tells(t, got, event) && waits && got[1].content == "two" {
				waits = false
				goOn <- struct{}{}
			}
		}
		if err := errors.Join(lines.Err(), resp.Body.Close()); err != nil {
			t.Error(err)
		}
		refused := toldChoice{"", "That is not said here.", "content_filter"}
		want := map[int]toldChoice{0: refused, 1: refused, 2: refused}
		if mode == core.StreamWindow {
			want[0] = toldChoice{"one two three four ", refused.refusal, refused.finish}
			want[1] = toldChoice{"two", refused.refusal, refused.finish}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", mode, got, want)
		}
	}
}

// toldChoice is what a client was told in one choice of a stream.
type toldChoice struct{ content, refusal, finish string }

// tells adds what an event says and tells whether it says anything of a choice.
func tells(t *testing.T, to map[int]toldChoice, event string) bool {
	t.Helper()
	var chunk struct {
		Choices []struct {
			Index        int
			Delta        struct{ Content, Refusal string }
			FinishReason string `json:"finish_reason"`
		}
	}
	if err := json.Unmarshal([]byte(event), &chunk); err != nil {
		t.Fatalf("%v: %s", err, event)
	}
	for _, c := range chunk.Choices {
		was := to[c.Index]
		to[c.Index] = toldChoice{was.content + c.Delta.Content, was.refusal + c.Delta.Refusal, was.finish + c.FinishReason}
	}
	return len(chunk.Choices) > 0
}
