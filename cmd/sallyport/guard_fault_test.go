package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fallen are the ways in which the guards of these tests fail, and the limits that
// let them: one that is late must not run out of steps first.
var fallen = []struct{ action, failure, limits string }{
	{"trap", "trap", ""},
	{"loop", "deadline", "limits: {deadline: 50ms, steps: 1000000000000}"},
}

// TestModuleFailsInStream: a Wasm guard that traps, or is late, in the midst of a
// stream. With fail mode closed not one more byte leaves: the client is told, the
// upstream is let go, and the record says why.
func TestModuleFailsInStream(t *testing.T) {
	n := &narrator{before: []string{"one ", "two ", "three "}, words: []string{"can", "ary", " and what", " follows"}, hangs: true}
	l := n.lab(t, fallenGuards(), fallenRoutes("closed"))
	for _, f := range fallen {
		for _, client := range clients {
			name := client.name + "-" + f.action
			a := n.listen(l, client.path, client.body(name), "three ")
			if a.status != 200 || a.err != nil || !strings.Contains(a.body, client.failure) {
				t.Errorf("%s: no error ends it: %+v", name, a)
			}
			if got := client.said(a.body); got != "one two three " {
				t.Errorf("%s: the client got %q", name, got)
			}
			for _, not := range []string{"can", "ary", "follows", client.end} {
				if strings.Contains(a.body, not) {
					t.Errorf("%s: %q has come in %s", name, not, a.body)
				}
			}
			select {
			case <-n.gone:
			case <-time.After(10 * time.Second):
				t.Errorf("%s: the upstream was not let go", name)
			}
			if row := l.rowOf(a); row.ErrorCode != "plugin_failed" || row.End == "completed" || !row.Estimated || row.Status != 200 {
				t.Errorf("%s: row %+v", name, row)
			}
		}
		sample := fmt.Sprintf(`sallyport_plugin_failures_total{failure=%q,instance="guardrail.%s"}`, f.failure, f.action)
		if got := l.sample(sample); got != float64(len(clients)) {
			t.Errorf("%s is %g, want %d", sample, got, len(clients))
		}
	}
}

// TestModuleFailsOpenInStream: with fail mode open the stream goes on.
func TestModuleFailsOpenInStream(t *testing.T) {
	n := &narrator{before: []string{"one ", "two ", "three "}, words: []string{"can", "ary", " and what", " follows"}}
	l := n.lab(t, fallenGuards(), fallenRoutes("open"))
	for _, f := range fallen {
		for _, client := range clients {
			name := client.name + "-" + f.action
			a := n.listen(l, client.path, client.body(name), "three ")
			if got := client.said(a.body); a.status != 200 || a.err != nil || got != "one two three canary and what follows" || !strings.Contains(a.body, client.end) {
				t.Errorf("%s: the client got %q: %+v", name, got, a)
			}
			if row := l.rowOf(a); row.End != "completed" || row.ErrorCode != "" {
				t.Errorf("%s: row %+v", name, row)
			}
		}
	}
}

func fallenGuards() map[string]string {
	plugins := map[string]string{}
	for _, f := range fallen {
		plugins[f.action+".wasm"] = canaryGuard("guardrail."+f.action, "canary", f.action, "", f.limits)
	}
	return plugins
}

// fallenRoutes has a route for each client and guard.
func fallenRoutes(mode string) map[string]string {
	routes := map[string]string{}
	for _, f := range fallen {
		for _, client := range clients {
			routes[client.name+"-"+f.action] = fmt.Sprintf("plugins: [{use: guardrail.%s, fail: %s}]", f.action, mode)
		}
	}
	return routes
}

// client is one that streams in a dialect.
type client struct {
	name, path string
	more       string // members of its requests
	text       string // what stands before each text of an answer
	failure    string // in the event that says that the stream is cut
	end        string // in that of a whole stream
}

var clients = []client{
	{"chat", "/v1/chat/completions", "", `"content":"`, `"code":"plugin_failed"`, "[DONE]"},
	{"messages", "/v1/messages", `"max_tokens":99,`, `"text_delta","text":"`, "event: error\n", "message_stop"},
}

func (c *client) body(model string) string {
	return fmt.Sprintf(`{"model":%q,"stream":true,%s"messages":[{"role":"user","content":"hi"}]}`, model, c.more)
}

// said joins the texts of an answer.
func (c *client) said(body string) string {
	var b strings.Builder
	for {
		_, rest, ok := strings.Cut(body, c.text)
		if !ok {
			return b.String()
		}
		text, after, _ := strings.Cut(rest, `"`)
		b.WriteString(text)
		body = after
	}
}
