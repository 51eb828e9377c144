package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestFailureIsJudged: what an upstream says of its failure is judged, and where that
// cannot be, left out; the status, and what the gateway itself says, stay.
func TestFailureIsJudged(t *testing.T) {
	upstream := newLiar(t)
	says := map[bool]*told{
		false: {status: 429, header: map[string]string{"Retry-After": "7"}, body: `{"error":{"message":"too many \u0077ords","type":"rate_limit_error","param":"p","code":"slow","extra":{"n":1}}}`},
		true:  {stream: true, body: chunk(`{"content":"a"}`, "null") + `data: {"error":{"message":"too many words","type":"server_error","code":"slow"}}` + "\n\n"},
	}
	const hidden = "does not let its text pass"
	cases := []struct {
		name string
		hook core.HookFunc
		open bool
		want string // in what the client gets
		not  string
	}{
		{"allows", func(*core.Call) error { return nil }, false, `too many`, hidden},
		{"fails", func(*core.Call) error { return errors.New("broken") }, false, "plugin", "too many"},
		{"fails open", func(*core.Call) error { return errors.New("broken") }, true, "too many", hidden},
		{"panics", func(*core.Call) error { panic("broken") }, false, "plugin", "too many"},
		{"blocks", func(c *core.Call) error {
			if c.Window == nil || strings.Contains(string(c.Window.Text), "words") {
				c.Reply.Block = &core.Block{Status: 403, Message: "No."}
			}
			return nil
		}, false, "No.", "too many"},
		{"edits", func(c *core.Call) error {
			edit := func(part int, text []byte) {
				if at := strings.Index(string(text), "words"); at >= 0 {
					c.Reply.Edits = append(c.Reply.Edits, core.Edit{Part: part, Start: at, End: at + 5, Bytes: []byte("[W]")})
				}
			}
			if c.Window != nil {
				edit(0, c.Window.Text)
			}
			for _, p := range c.Parts {
				edit(p.ID, p.Text())
			}
			return nil
		}, false, `too many`, "words"},
	}
	l := upstream.lab(t, 4*len(cases))
	for i, c := range cases {
		e := streamGuard(core.StreamWindow, c.hook)
		e.FailOpen = c.open
		l.guard(e)
		for n, stream := range []bool{false, true} {
			upstream.says.Store(says[stream])
			for m, client := range []string{"openai", "anthropic"} {
				a := l.asksAs(client, fmt.Sprintf("openai-%d", 4*i+2*n+m), stream)
				want := c.want
				if !stream && (want == "plugin" || want == "No.") {
					want = hidden
				}
				if stream && c.name == "edits" || stream && c.name == "blocks" {
					want = "" // by then the stream has begun; what counts is what has not come
				}
				if !strings.Contains(a.body, want) || strings.Contains(a.body, c.not) {
					t.Errorf("%s, stream %v, for %s: %d %s", c.name, stream, client, a.status, a.body)
				}
				if !stream && (a.status != 429 || a.header.Get("Retry-After") != "7") {
					t.Errorf("%s for %s: %d %v", c.name, client, a.status, a.header)
				}
			}
		}
	}
}
