package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// played plays a provider of any dialect: what it was asked last, and its answer.
type played struct {
	mu     sync.Mutex
	target string
	header http.Header
	body   string
}

const (
	playedClaude = `{"id":"msg_1","type":"message","role":"assistant","model":"s","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":4}}`
	playedChat   = `{"id":"c","object":"chat.completion","created":1,"model":"s","choices":[{"index":0,"message":{"role":"assistant","content":"Hej"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}`
	playedBegins = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"s","choices":[{"index":0,"delta":{"role":"assistant","content":"Hej"},"finish_reason":null}]}` + "\n\n"
	playedEnds   = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"s","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"s","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}` + "\n\ndata: [DONE]\n\n"
)

func (p *played) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.target, p.header, p.body = r.URL.RequestURI(), r.Header.Clone(), string(body)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	chat := strings.HasSuffix(r.URL.Path, "/chat/completions")
	switch {
	case strings.HasSuffix(r.URL.Path, "/count_tokens"):
		_, _ = io.WriteString(w, `{"input_tokens":3}`)
	case strings.Contains(string(body), `"stream":true`) && chat:
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, playedBegins)
		if !strings.Contains(string(body), "cut") {
			_, _ = io.WriteString(w, playedEnds)
		}
	case strings.Contains(string(body), `"stream":true`):
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, claudeStream)
		if !strings.Contains(string(body), "cut") {
			_, _ = io.WriteString(w, claudeStop)
		}
	case strings.HasSuffix(r.URL.Path, "/converse"):
		_, _ = io.WriteString(w, `{"output":{"message":{"role":"assistant","content":[{"text":"Hej"}]}},"stopReason":"end_turn","usage":{"inputTokens":7,"outputTokens":4,"totalTokens":11}}`)
	case chat:
		_, _ = io.WriteString(w, playedChat)
	default:
		_, _ = io.WriteString(w, playedClaude)
	}
}

func (p *played) last() (target string, header http.Header, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target, p.header, p.body
}

// playedLab is a gateway with one route to each kind of provider that serves Claude,
// and one to OpenAI's.
func playedLab(t *testing.T) (*lab, *played) {
	p := &played{}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	l := newLab(t, labConfig{
		files: map[string]string{"pair": "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG"},
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: claude, kind: anthropic, auth: none, base_url: %[1]q}\n"+
				"  - {name: google, kind: vertex-anthropic, auth: none, base_url: %[1]q, settings: {region: eu, project: p}}\n"+
				"  - {name: amazon, kind: bedrock, base_url: %[1]q, key: \"${file:pair}\", settings: {region: eu-central-1}}\n"+
				"  - {name: gpt, kind: openai, auth: none, base_url: \"%[2]s/v1\"}\n", s.URL, s.URL)
		},
		extra: "  - {name: claude, deployments: [{provider: claude, model: claude-opus-5}]}\n" +
			"  - {name: google, deployments: [{provider: google, model: claude-opus-5}]}\n" +
			"  - {name: amazon, deployments: [{provider: amazon, model: anthropic.claude-opus-5}]}\n" +
			"  - {name: gpt, deployments: [{provider: gpt, model: gpt-5}]}\n",
	})
	l.unbalanced = "the providers keep no books"
	return l, p
}

// asksClaude posts with those header fields and no others of its own.
func (l *lab) asksClaude(path, body string, fields http.Header) answer {
	l.Helper()
	req := l.request(l.Context(), path, body)
	req.Header.Del("Authorization")
	maps.Copy(req.Header, fields)
	return l.do(req)
}

// TestTrapsOfAnthropicClients: older and newer clients of Anthropic's differ in how
// they bring their key and in the version that they name. Both forms of both are
// taken, the credential stays here, the version goes on; and none of it makes
// another dialect of a request.
func TestTrapsOfAnthropicClients(t *testing.T) {
	l, p := playedLab(t)
	const body = `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`
	for _, version := range []string{"2023-06-01", "2026-10-21"} {
		for field, value := range map[string]string{"X-Api-Key": virtualKey, "Authorization": "Bearer " + virtualKey} {
			a := l.asksClaude("/v1/messages", body, http.Header{field: {value}, "Anthropic-Version": {version}})
			_, header, _ := p.last()
			if a.status != 200 || a.body != playedClaude || a.header.Get("Request-Id") == "" {
				t.Errorf("%s, %s: %d %s, %v", version, field, a.status, a.body, a.header)
			}
			if header.Get("Anthropic-Version") != version || header.Get("X-Api-Key") != "" || header.Get("Authorization") != "" {
				t.Errorf("%s, %s: the provider got %v", version, field, header)
			}
			// The same fields with a document of OpenAI's are a client of OpenAI's.
			a = l.asksClaude("/v1/chat/completions", strings.Replace(body, "claude", "gpt", 1), http.Header{field: {value}, "Anthropic-Version": {version}})
			if a.status != 200 || a.body != playedChat {
				t.Errorf("%s, %s: %d %s", version, field, a.status, a.body)
			}
		}
	}
	for _, field := range []string{"X-Api-Key", "Authorization"} {
		a := l.asksClaude("/v1/messages", body, http.Header{field: {"Bearer wrong"}})
		if a.status != 401 || !strings.Contains(a.body, `{"type":"error","error":{"type":"authentication_error"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
}

// What Claude Code sends beside its prompt.
const codeRequest = `{"model":%q,"max_tokens":32000,"stream":%v,"system":[{"type":"text","text":"You are Claude Code.","cache_control":{"type":"ephemeral"}}],` +
	`"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"system","content":"reminder"}],` +
	`"metadata":{"user_id":"{\"device_id\":\"0123456789abcdef0123456789abcdef0123456789abcdef\",\"session_id\":\"1\"}"},` +
	`"tools":[{"name":"Bash","description":"Runs <b>","input_schema":{"type":"object","properties":{"z":{},"a":{}}},"eager_input_streaming":true}],` +
	`"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]}}`

// TestTrapsOfClaudeCode: what Claude Code sends reaches Anthropic as it is, query
// apart; other providers get what they know and no betas, which each refuses that
// it does not know, and the client hears of the rest.
func TestTrapsOfClaudeCode(t *testing.T) {
	l, p := playedLab(t)
	fields := http.Header{
		"Authorization": {"Bearer " + virtualKey}, "Anthropic-Version": {"2023-06-01"},
		"Anthropic-Beta": {"claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,prompt-caching-scope-2026-01-05,a-1,b-2,c-3"},
	}
	for _, c := range []struct {
		route, model, target string
		betas                bool
		dropped              []string
		not                  []string
	}{
		{"claude", "claude-opus-5", "/v1/messages", true, nil, nil},
		{"google", "claude-opus-5", "/claude-opus-5:rawPredict", false, nil, []string{`"model":`}},
		{"amazon", "", "/model/anthropic.claude-opus-5/converse", false, []string{"context_management=", "metadata.user_id="}, []string{"claude-code-2025", "a-1", "cache_control", "eager_input_streaming"}},
		{"gpt", "", "/v1/chat/completions", false, []string{"context_management=", "metadata.user_id=", "eager_input_streaming="}, []string{"cache_control", "eager_input_streaming", "user_id"}},
	} {
		body := fmt.Sprintf(codeRequest, c.route, false)
		a := l.asksClaude("/v1/messages?beta=true", body, fields)
		target, header, got := p.last()
		if a.status != 200 || !strings.Contains(a.body, `"text":"Hej"`) || target != c.target {
			t.Errorf("%s: %d %s; the provider was asked at %s", c.route, a.status, a.body, target)
		}
		if betas := header["Anthropic-Beta"]; c.betas != slices.Equal(betas, fields["Anthropic-Beta"]) || !c.betas && len(betas) > 0 {
			t.Errorf("%s: the provider got the betas %q", c.route, betas)
		}
		if c.route == "claude" && got != strings.Replace(body, `"claude"`, `"claude-opus-5"`, 1) {
			t.Errorf("%s: the bytes differ: %s", c.route, got)
		}
		for _, piece := range c.not {
			if strings.Contains(got, piece) {
				t.Errorf("%s: %s is in %s", c.route, piece, got)
			}
		}
		for _, piece := range c.dropped {
			if dropped := strings.Join(a.header.Values("X-Sallyport-Dropped"), " "); !strings.Contains(dropped, piece) {
				t.Errorf("%s: %s is not in %q", c.route, piece, dropped)
			}
		}
	}
	a := l.asksClaude("/v1/messages/count_tokens?beta=true", `{"model":"claude","messages":[{"role":"user","content":"hi"}]}`, fields)
	if target, _, _ := p.last(); a.status != 200 || a.body != `{"input_tokens":3}` || target != "/v1/messages/count_tokens" {
		t.Errorf("%d %s; the provider was asked at %s", a.status, a.body, target)
	}
}

// TestTrapsOfAnthropicStreams: an SDK of Anthropic's takes no event without its
// name, and one of them takes a stream that just ends for an answer. So each event
// is named, and a stream that was cut is told to be.
func TestTrapsOfAnthropicStreams(t *testing.T) {
	l, _ := playedLab(t)
	fields := http.Header{"X-Api-Key": {virtualKey}}
	for _, route := range []string{"claude", "gpt"} {
		for _, words := range []string{"hi", "cut"} {
			a := l.asksClaude("/v1/messages", strings.Replace(fmt.Sprintf(codeRequest, route, true), `"text":"hi"`, `"text":"`+words+`"`, 1), fields)
			var names []string
			for event := range strings.SplitSeq(strings.TrimSuffix(a.body, "\n\n"), "\n\n") {
				name, data, ok := strings.Cut(event, "\ndata: ")
				name, named := strings.CutPrefix(name, "event: ")
				if !ok || !named || !strings.HasPrefix(data, `{"type":"`+name+`"`) {
					t.Errorf("%s, %s: the event %q has no name", route, words, event)
				}
				names = append(names, name)
			}
			end := map[string]string{"hi": "message_stop", "cut": "error"}[words]
			if len(names) < 4 || names[0] != "message_start" || names[len(names)-1] != end || slices.Contains(names[:len(names)-1], end) || a.header.Get("Request-Id") == "" {
				t.Errorf("%s, %s: %v %v", route, words, names, a.header)
			}
		}
	}
}
