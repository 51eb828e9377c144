package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// chunk is an event of a chat stream with one choice.
func chunk(delta, finish string) string {
	return fmt.Sprintf(`data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, finish)
}

// upstreamOf starts a gateway whose route "s" leads to a provider of chat streams that
// sends what say returns for the n-th call, counted from 0.
func upstreamOf(t *testing.T, say func(n int) string) *lab {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, say(int(calls.Add(1)-1)))
	}))
	t.Cleanup(server.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: said, kind: openai, base_url: %q, auth: none}\n", server.URL)
		},
		extra: "  - name: s\n    deployments: [{provider: said, model: x}]\n",
	})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

// TestBufferedStreamIsCut: of a stream that breaks off in the midst of an event, while
// it is judged whole, nothing is left for the next attempt or the next exchange; what
// was seen of it is booked.
func TestBufferedStreamIsCut(t *testing.T) {
	whole := chunk(`{"content":"all of it"}`, `"stop"`) + "data: [DONE]\n\n"
	l := upstreamOf(t, func(n int) string {
		if n%2 == 0 {
			return chunk(`{"content":"LEFTOVER, which is long enough to be counted"}`, "null") + `data: {"LEFTOVER":"`
		}
		return whole
	})
	l.guard(streamGuard(core.StreamBuffer, wordGuard))
	for range 4 {
		a := l.ask("s", true)
		if strings.Contains(a.body, "LEFTOVER") {
			t.Fatalf("a client got %s", a.body)
		}
		if a.status == 200 && said(l.events(a)) != "all of it" {
			t.Errorf("a client got %+v", a)
		}
		if row := l.rowOf(a); row.Attempts == 2 && (row.Output < 12 || !row.Estimated) {
			t.Errorf("row %+v", row)
		}
	}
}

// TestCallIsCut: of a stream that breaks off, or that the upstream ends with an error,
// in the midst of a call, the client gets nothing of the call, but an error.
func TestCallIsCut(t *testing.T) {
	call := chunk(`{"content":"text"}`, "null") +
		chunk(`{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"CANARY","arguments":"{\"a\":\"\\u0043AN"}}]}`, "null")
	for name, end := range map[string]string{"cut": "", "failed": `data: {"error":{"message":"overloaded","type":"server_error"}}` + "\n\n"} {
		t.Run(name, func(t *testing.T) {
			l := upstreamOf(t, func(int) string { return call + end })
			l.guard(streamGuard(core.StreamWindow, wordGuard))
			a := l.ask("s", true)
			if a.status != 200 || said(messages(a.body)) != "text" || strings.Contains(a.body, "CANARY") || strings.Contains(a.body, "u0043") {
				t.Errorf("the client got %+v", a)
			}
			if !strings.Contains(a.body, `"error"`) || strings.Contains(a.body, "[DONE]") {
				t.Errorf("the client was not told: %s", a.body)
			}
		})
	}
}

// TestTextBehindItsEnd: text that an upstream sends behind a finish reason is joined
// by clients to what was judged before, and so ends the stream.
func TestTextBehindItsEnd(t *testing.T) {
	l := upstreamOf(t, func(int) string {
		return chunk(`{"content":"a sec"}`, `"stop"`) + chunk(`{"content":"ret"}`, `"stop"`) + "data: [DONE]\n\n"
	})
	for _, mode := range []core.StreamMode{core.StreamWindow, core.StreamBuffer} {
		l.guard(streamGuard(mode, wordGuard))
		if a := l.ask("s", true); strings.Contains(a.body, "ret") && !strings.Contains(a.body, `"error"`) || said(messages(a.body)) == "a secret" {
			t.Errorf("%s: the client got %+v", mode, a)
		}
	}
}
