package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestThreadsAreReplayed: a request that goes on with a conversation which Anthropic
// holds has only the new messages. Whoever is not Anthropic has not got the others, and
// guards have not seen them, so it is refused; by the error_code of the refusal
// Anthropic's SDKs know to send the whole conversation, which their tool runner does
// otherwise not.
func TestThreadsAreReplayed(t *testing.T) {
	const head = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"and now?"}],"thread":`
	for name, config := range map[string]labConfig{
		"translated": {}, "guarded": {route: "plugins: [guardrail.pii]"}, "guarded, passed on": {kind: "anthropic", route: "plugins: [guardrail.pii]"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, config)
			ask := func(thread string) answer {
				return l.call("POST", "/v1/messages", head+thread+"}", "Anthropic-Version", "2026-10-21", "Anthropic-Beta", "message-threads-2026-08-12")
			}
			for _, thread := range []string{`{"type":"continue","previous_message_id":"msg_1"}`, `{"previous_message_id":"msg_2","type":"continue"}`} {
				a := ask(thread)
				if a.status != http.StatusBadRequest || !strings.Contains(a.body, `"error_code":"thread_not_found"`) || !strings.Contains(a.body, `"param":"thread.previous_message_id"`) {
					t.Errorf("%s: %d %s", thread, a.status, a.body)
				}
			}
			if n := len(l.mocks[0].Requests()); n != 0 {
				t.Errorf("the provider was asked %d times", n)
			}
			for _, thread := range []string{`{"type":"create"}`, `null`, `{"type":"create","previous_message_id":null}`} {
				if a := ask(thread); a.status != http.StatusOK {
					t.Errorf("%s: %d %s", thread, a.status, a.body)
				}
			}
		})
	}
}

// TestThreadsGoToAnthropic: where Anthropic is asked as the client asks, it is told of
// the conversation that it holds.
func TestThreadsGoToAnthropic(t *testing.T) {
	l := newLab(t, labConfig{kind: "anthropic"})
	const body = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"and now?"}],"thread":{"type":"continue","previous_message_id":"msg_1"}}`
	a := l.call("POST", "/v1/messages", body, "Anthropic-Version", "2026-10-21", "Anthropic-Beta", "message-threads-2026-08-12")
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	asked := l.mocks[0].Requests()
	if len(asked) != 1 || !strings.Contains(string(asked[0].Body), `"thread":{"type":"continue","previous_message_id":"msg_1"}`) || asked[0].Header.Get("Anthropic-Beta") == "" {
		t.Errorf("the provider got %+v", asked)
	}
}
