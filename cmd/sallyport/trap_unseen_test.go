package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// unseenLab is a gateway before a provider of each dialect that keeps things, all
// played by k.
func unseenLab(t *testing.T, k *keeper, plugins string) *lab {
	t.Helper()
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	provider := func(name, kind, path string) string {
		return fmt.Sprintf("  - {name: %s, kind: %s, base_url: %q, key: \"${file:provider-key}\"}\n", name, kind, s.URL+path)
	}
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return provider("a", "openai", "/v1") + provider("c", "anthropic", "") + provider("g", "gemini", "")
		},
		extra: "  - {name: a, deployments: [{provider: a, model: x}]}\n  - {name: c, deployments: [{provider: c, model: x}]}\n" +
			"  - {name: g, deployments: [{provider: g, model: x}]}\n",
		config: plugins,
		files:  map[string]string{"provider-key": "sk-keeper-0123456789"},
	})
	l.unbalanced = "the providers are none of the mocks"
	return l
}

// TestUnseenIsRefused: under a mandatory guard of prompts what a request only points to
// is refused in the client's own shape, with its place, before anything leaves; what the
// gateway answered itself may be gone on from at once, whole and streamed.
func TestUnseenIsRefused(t *testing.T) {
	k := &keeper{name: "a"}
	l := unseenLab(t, k, "plugins: {mandatory: [{use: guardrail.denylist, config: {words: [plutonium]}}]}")
	const claude = `"max_tokens":9,"messages":[{"role":"user","content":`
	for _, c := range []struct{ path, body, param string }{
		{"/v1/responses", `{"model":"a","input":"x","previous_response_id":"resp_elsewhere"}`, "previous_response_id"},
		{"/v1/responses", `{"model":"a","input":"x","stream":true,"conversation":{"id":"conv_1"}}`, "conversation.id"},
		{"/v1/responses", `{"model":"a","input":"x","prompt":{"id":"pmpt_1"}}`, "prompt.id"},
		{"/v1/responses", `{"model":"a","input":[{"type":"item_reference","id":"msg_elsewhere"}]}`, "input[0].id"},
		{"/v1/responses", `{"model":"a","input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}`, "input[0].content[0].file_id"},
		{"/v1/chat/completions", `{"model":"a","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}`, "messages[0].content[0].file.file_id"},
		{"/v1/chat/completions", `{"model":"a","messages":[{"role":"user","content":"x"}],"chat_template":"{{ 'pluto' + 'nium' }}"}`, "chat_template"},
		{"/v1/messages", `{"model":"c",` + claude + `[{"type":"document","source":{"type":"file","file_id":"f"}}]}]}`, "messages[0].content[0].source.file_id"},
		{"/v1/messages", `{"model":"a",` + claude + `"x"}],"container":"c_1"}`, "container"},
		{"/v1beta/models/g:generateContent", `{"contents":[{"parts":[{"text":"x"}]}],"cachedContent":"cachedContents/c"}`, "cachedContent"},
	} {
		a := l.post(c.path, c.body)
		if a.status != 400 || !strings.Contains(a.body, c.param) || !strings.Contains(a.body, "guardrails of this route have not seen") {
			t.Errorf("%s %s: %d %s", c.path, c.body, a.status, a.body)
		}
		if strings.HasPrefix(c.path, "/v1/responses") && a.code() != "content_not_guarded" {
			t.Errorf("%s: the code is %q", c.body, a.code())
		}
	}
	if n := k.count(); n != 0 {
		t.Errorf("%d of them reached the provider", n)
	}
	for _, stream := range []bool{false, true} {
		a, id := l.converse("a", "", stream)
		for turn := range 3 {
			if a.status != 200 || id == "" {
				t.Fatalf("turn %d, stream %v: %d %s", turn, stream, a.status, a.body)
			}
			a, id = l.converse("a", id, stream)
		}
		if a = l.post("/v1/responses", `{"model":"a","input":[{"type":"item_reference","id":"msg_1"},{"role":"user","content":"x"}]}`); a.status != 200 {
			t.Errorf("an item of an answer, stream %v: %d %s", stream, a.status, a.body)
		}
	}
}

// TestUnseenPasses: nobody has to judge the prompt where the guard is optional, or where
// there is none.
func TestUnseenPasses(t *testing.T) {
	for name, plugins := range map[string]string{
		"optional": "plugins: {mandatory: [{use: guardrail.denylist, optional: true, config: {words: [plutonium]}}]}",
		"none":     "",
	} {
		t.Run(name, func(t *testing.T) {
			l := unseenLab(t, &keeper{name: "a"}, plugins)
			for _, body := range []string{
				`{"model":"a","input":"x","conversation":"conv_1"}`,
				`{"model":"a","input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}`,
			} {
				if a := l.post("/v1/responses", body); a.status != 200 {
					t.Errorf("%s: %d %s", body, a.status, a.body)
				}
			}
		})
	}
}

// TestEscapedResultIsJudged: what a tool returned is read as a reader would read it, for
// at Gemini it becomes an object, without its escapes. Text that only looks like JSON
// stays as it is.
func TestEscapedResultIsJudged(t *testing.T) {
	k := &keeper{name: "a"}
	l := unseenLab(t, k, "plugins: {mandatory: [guardrail.pii, {use: guardrail.denylist, config: {words: [plutonium]}}]}")
	for result, blocked := range map[string]bool{
		`{\"a\":\"\\u0070lutonium\"}`:           true,
		`{\"\\u0070lutonium\":1}`:               true,
		`[\"\\u0070lutonium\"]`:                 true,
		`[1] C:\\plutonium`:                     true,
		`{\"a\":\"p\\u006cutonic\"}`:            false,
		`[1] \\u0070lutonium, which is no JSON`: false,
	} {
		a := l.post("/v1/chat/completions", fmt.Sprintf(`{"model":"a","messages":[{"role":"user","content":"x"},`+
			`{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},`+
			`{"role":"tool","tool_call_id":"c","content":"%s"}]}`, result))
		if got := k.count() == 0; got != blocked || blocked != strings.Contains(a.body, "denylist") {
			t.Errorf("%s: blocked %v, %d %s", result, got, a.status, a.body)
		}
	}
}
