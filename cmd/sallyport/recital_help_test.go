package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
)

// recital plays a provider of Anthropic's dialect that streams the same events to
// everybody.
type recital struct {
	events []string
	framed func(event string) string // nil: as Anthropic does
}

var eventType = regexp.MustCompile(`"type":"([a-z_.]+)"`)

func (s *recital) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	for _, e := range s.events {
		if s.framed != nil {
			_, _ = io.WriteString(w, s.framed(e))
		} else {
			_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", eventType.FindStringSubmatch(e)[1], e)
		}
		_ = http.NewResponseController(w).Flush() // the client may have left
	}
}

// lab starts a gateway whose route "c" leads to s.
func (s *recital) lab(t *testing.T) *lab {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, base_url: %q, key: \"${file:provider-key}\"}\n", server.URL)
		},
		extra: "  - name: c\n    deployments: [{provider: claude, model: claude-opus-4-6}]\n",
		files: map[string]string{"provider-key": "sk-claude-0123456789"},
	})
	l.unbalanced = "the provider is none of the mocks"
	return l
}
