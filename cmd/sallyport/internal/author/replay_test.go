package author

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exchanges writes a file of recorded exchanges, of which the text is what they say.
func exchanges(t *testing.T, texts ...string) []Recorded {
	t.Helper()
	var b strings.Builder
	for _, s := range texts {
		const chat = `{"name":"whole","dialect":"openai.chat","request":{"model":"m","messages":[{"role":"user","content":"hi"}]},` +
			`"answer":{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}]}}` + "\n"
		fmt.Fprintf(&b, chat, s)
		b.WriteString(`{"name":"streamed","dialect":"openai.chat","request":{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]},"events":[`)
		for _, c := range s {
			fmt.Fprintf(&b, `{"id":"1","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]},`, string(c))
		}
		b.WriteString(`{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]},"[DONE]"]}` + "\n")
		const claude = `{"name":"claude","dialect":"anthropic.messages","request":{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]},` +
			`"answer":{"id":"1","type":"message","role":"assistant","content":[{"type":"text","text":%q}],"stop_reason":"end_turn"}}` + "\n"
		fmt.Fprintf(&b, claude, s)
		const gemini = `{"name":"gemini","dialect":"gemini","request":{"contents":[{"role":"user","parts":[{"text":"hi"}]}]},` +
			`"events":[{"candidates":[{"content":{"role":"model","parts":[{"text":%q}]},"index":0}]},` +
			`{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0,"finishReason":"STOP"}]}]}` + "\n\n"
		fmt.Fprintf(&b, gemini, s)
	}
	file := filepath.Join(t.TempDir(), "recorded.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := ReadRecorded(file)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func replay(t *testing.T, older, newer string, list []Recorded) *Replayed {
	t.Helper()
	m := badGuard(t)
	with := func(fault string) map[string]any { return map[string]any{"fault": fault} }
	r, err := Replay(t.Context(), m, m, [2]map[string]any{with(older), with(newer)}, list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReplayAlike(t *testing.T) {
	r := replay(t, "none", "none", exchanges(t, "hello", "some plutonium, please"))
	if r.Err() != nil || r.Exchanges != 8 || len(r.Differences) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestReplayDiffers: what a version does otherwise shows, on streams too.
func TestReplayDiffers(t *testing.T) {
	list := exchanges(t, "hello", "some plutonium, please")
	for _, c := range []struct {
		older, newer string
		names        string // of the exchanges that differ
		was, is      string // the verdicts on the first
	}{
		{"none", "each event alone", "streamed", "edit", "allow"},
		{"none", "skip dialect", "gemini", "edit", "allow"},
		{"none", "trap", "whole streamed claude gemini", "edit", "plugin_failed"},
		{"none", "block all", "whole streamed claude gemini whole streamed claude gemini", "allow", "blocked no: No."},
	} {
		t.Run(c.newer, func(t *testing.T) {
			r := replay(t, c.older, c.newer, list)
			var names []string
			for i := range r.Differences {
				names = append(names, r.Differences[i].Exchange)
			}
			if got := strings.Join(names, " "); got != c.names {
				t.Fatalf("these differ: %s", got)
			}
			d := r.Differences[0]
			if d.What != ruledAnswer || d.Old.Verdict != c.was || !strings.HasPrefix(d.New.Verdict, c.is) {
				t.Errorf("%+v", d)
			}
			if r.Err() == nil || r.Differing != len(names) {
				t.Errorf("%d differ, %v", r.Differing, r.Err())
			}
			var b strings.Builder
			if r.Print(&b); !strings.Contains(b.String(), d.Exchange+" ") || !strings.Contains(b.String(), c.was) {
				t.Error(b.String())
			}
			if c.newer == "trap" && !strings.Contains(b.String(), "plugin_failed: test: answer: the guest trapped") {
				t.Errorf("it does not say why:\n%s", &b)
			}
		})
	}
}

// TestReplayPrompt: what the gateway itself adds to a prompt is no edit of the plugin's.
func TestReplayPrompt(t *testing.T) {
	list := exchanges(t, "hello")[:2]
	for i := range list {
		list[i].Request = []byte(strings.Replace(string(list[i].Request), `"hi"`, `"plutonium"`, 1))
	}
	m := badGuard(t)
	r, err := Replay(t.Context(), m, m, [2]map[string]any{{"word": "plutonium"}, {"word": "radium"}}, list)
	if err != nil || len(r.Differences) != len(list) {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, d := range r.Differences {
		if d.What != ruledPrompt || d.Old.Verdict == "allow" || d.New.Verdict != "allow" {
			t.Errorf("%+v", d)
		}
	}
}

func TestReadRecorded(t *testing.T) {
	const request = `"dialect":"openai.chat","request":{}`
	for line, want := range map[string]string{
		`{` + request + `}`:                         "",
		`{` + request + `,"answer":{},"events":[]}`: "both answer and events",
		`{` + request + `,"x":1}`:                   "unknown field",
		`{` + request + `} {}`:                      "something follows",
		`{"dialect":"smoke","request":{}}`:          "there is anthropic.messages, gemini",
		`{"dialect":"gemini"}`:                      "request is missing",
		``:                                          "holds no exchange",
		`[`:                                         "x.jsonl:1: it is no recorded exchange",
	} {
		file := filepath.Join(t.TempDir(), "x.jsonl")
		if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadRecorded(file)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	bad := exchanges(t, "x")[:1]
	bad[0].Answer = []byte(`[`)
	m := badGuard(t)
	if _, err := Replay(t.Context(), m, m, [2]map[string]any{}, bad); err == nil || !strings.Contains(err.Error(), "whole: its upstream is none") {
		t.Error(err)
	}
}
