package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestTrapTail: what some providers send behind the last event of a stream, a comment or
// the word that ends streams of chats, reaches clients of the same dialect as it came, in
// one read with the event or not; anything else does not, as nobody counts it.
func TestTrapTail(t *testing.T) {
	comment, done := ": stream complete\n\n", "data: [DONE]\n\n"
	second := strings.Replace(claudeSays, "hello", "uncounted", 1)
	answers := map[string]begins{
		"chat":        {"groq", "text/event-stream", chatSays + comment, 0, 0},
		"chat-slow":   {"groq", "text/event-stream", chatSays + comment, 9, 0},
		"claude":      {"anthropic", "text/event-stream", claudeSays + comment + done, 0, 0},
		"claude-slow": {"anthropic", "text/event-stream", claudeSays + done, 9, 0},
		"twice":       {"anthropic", "text/event-stream", claudeSays + second, 0, 0},
		"failed":      {"anthropic", "text/event-stream", claudeSays[:strings.Index(claudeSays, "event: content_block_stop")] + claudeBusy + done, 0, 0},
	}
	l := firstLab(t, answers)
	for name, a := range answers {
		path, want := "/v1/messages", a.body
		switch name {
		case "chat", "chat-slow":
			path = "/v1/chat/completions"
		case "twice":
			want = claudeSays
		case "failed":
			want = strings.TrimSuffix(a.body, done)
		}
		got := l.post(path, fmt.Sprintf(`{"model":%q,"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi."}]}`, name))
		// The rest of a slow stream may come too late: the client has its answer.
		if slow := strings.HasSuffix(name, "-slow"); got.body != want && (!slow || !strings.HasPrefix(want, got.body)) {
			t.Errorf("%s: %q, want %q", name, got.body, want)
		}
	}
}

// TestTrapNamedError: an event that is called an error ends a stream, whatever it holds.
// Few clients know it for one, so that an error of their dialect follows, and no [DONE].
func TestTrapNamedError(t *testing.T) {
	const says = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":\"stop\"}]}\n\n"
	const named = "event: error\ndata: {\"message\":\"boom\"}\n\n"
	l := firstLab(t, map[string]begins{"chat": {"groq", "text/event-stream", says + named + "data: [DONE]\n\n", 0, 0}})
	a := l.post("/v1/chat/completions", `{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hi."}]}`)
	rest, ok := strings.CutPrefix(a.body, says+named)
	if !ok || !strings.HasPrefix(rest, `data: {"error":{`) || strings.Contains(rest, "[DONE]") {
		t.Errorf("%q", a.body)
	}
	if r := l.rowOf(a); r.End == "completed" || !r.Estimated {
		t.Errorf("row %+v", r)
	}
}
