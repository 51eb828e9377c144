package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTwinCallsGuarded: a provider that gives two calls the index 0 is judged as having
// made two, and a client of the same dialect gets its stream as it came but for what
// the guard changed.
func TestTwinCallsGuarded(t *testing.T) {
	piece := func(call string) string {
		return `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[` + call + `]},"finish_reason":null}]}`
	}
	upstream := &recital{
		events: []string{
			piece(`{"index":0,"id":"t1","type":"function","function":{"name":"find","arguments":"{\"q\":\"a secret\"}"}}`),
			piece(`{"index":0,"id":"t2","type":"function","function":{"name":"tell","arguments":"{\"q\":\"sec"}}`),
			piece(`{"index":0,"function":{"arguments":"ret too\"}"}}`),
			`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
			`[DONE]`,
		},
		framed: func(event string) string { return "data: " + event + "\n\n" },
	}
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: gpt, kind: openai, auth: none, base_url: \"%s/v1\"}\n", server.URL)
		},
		extra: "  - name: c\n    deployments: [{provider: gpt, model: m}]\n",
	})
	l.unbalanced = "the provider is none of the mocks"
	const ask = `{"model":"c","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	a := l.post("/v1/chat/completions", ask)
	if want := strings.Join(upstream.events, "\n\ndata: "); a.status != 200 || a.body != "data: "+want+"\n\n" {
		t.Errorf("unguarded: %+v", a)
	}
	l.guard(streamGuard(core.StreamWindow, wordGuard))
	a = l.post("/v1/chat/completions", ask)
	for _, want := range []string{
		`"id":"t1","type":"function","function":{"name":"find","arguments":"{\"q\":\"a [WORD]\"}"}`,
		`"id":"t2","type":"function","function":{"name":"tell","arguments":"{\"q\":\"[WORD]"}`,
		`"function":{"arguments":" too\"}"}`,
		`"finish_reason":"tool_calls"`, "data: [DONE]",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("guarded: no %s in %d %s", want, a.status, a.body)
		}
	}
	if strings.Contains(a.body, "secret") || strings.Contains(a.body, "ret too") {
		t.Errorf("guarded: %s", a.body)
	}
}
