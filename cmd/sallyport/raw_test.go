package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// TestRawCall: method, path, query and body reach the provider as they came, below
// its base URL.
func TestRawCall(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{})
	for _, c := range []struct{ method, path, body, uri string }{
		{"GET", "/p/own/files", "", "/base/files"},
		{"GET", "/p/own", "", "/base"},
		{"GET", "/p/own/", "", "/base/"},
		{"GET", "/p/own/files/?limit=3&after=a%20b&x", "", "/base/files/?limit=3&after=a%20b&x"},
		{"POST", "/p/own/chat/completions", `{"model": "x" , "messages":[]}`, "/base/chat/completions"},
		{"POST", "/p/own/v1beta/models/m:generateContent", "{}", "/base/v1beta/models/m:generateContent"},
		{"POST", "/p/own/v1/messages", "{}", "/base/v1/messages"},
		{"PUT", "/p/own/a%2Fb/c%3Ad:verb", "\x00\xff raw", "/base/a%2Fb/c%3Ad:verb"},
		{"PATCH", "/p/own/x;y=1/(z)", "{", "/base/x;y=1/(z)"},
		{"DELETE", "/p/own/files/f-1", "", "/base/files/f-1"},
		{"DELETE", "/p/own/files/f-1", "with a body", "/base/files/f-1"},
		{"GET", "/p/own/models?key=" + virtualKey + "&a=1&k%65y=2&key", "", "/base/models?a=1"},
		{"GET", "/p/own/models?key=" + virtualKey, "", "/base/models"},
	} {
		a := l.call(c.method, c.path, c.body)
		got := api.last()
		if a.status != 200 || a.body != "{}" || got.method != c.method || got.uri != c.uri || got.body != c.body {
			t.Errorf("%s %s: %d %q; the provider got %s %s %q", c.method, c.path, a.status, a.body, got.method, got.uri, got.body)
		}
		row := l.rowOf(a)
		if row.Operation != "raw" || row.Dialect != "raw" || row.Route != "p/own" || row.Provider != "own" || row.Deployment != "p/own" || row.Status != 200 ||
			row.End != "completed" || row.BytesIn != int64(len(c.body)) || row.BytesOut != 2 || !row.Estimated || row.Consumer != "app" || row.Attempts != 1 {
			t.Errorf("%s %s: row %+v", c.method, c.path, row)
		}
	}
	for _, method := range []string{"HEAD", "OPTIONS", "TRACE", "CONNECTED"} {
		if a := l.call(method, "/p/own/files", ""); a.status != 405 || a.header.Get("Allow") != "GET, POST, PUT, PATCH, DELETE" {
			t.Errorf("%s: %d %v", method, a.status, a.header)
		}
	}
}

// TestRawFields: which header fields cross, and that no credential does.
func TestRawFields(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{
			"Content-Type": "text/plain; charset=x", "Retry-After": "7", "X-Request-Id": "req-theirs", "Request-Id": "r2",
			"X-Ratelimit-Remaining-Tokens": "5", "Anthropic-Ratelimit-Tokens-Limit": "9", "Openai-Processing-Ms": "3", "Content-Disposition": "attachment",
			"Set-Cookie": "a=b", "Location": "/x?key=" + providerKey, "Openai-Organization": "org", "Www-Authenticate": "x", "Server": "s", "X-Other": "o", "Alt-Svc": "h3",
		} {
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, "plain")
	})
	l := newRawLab(t, api, labConfig{providers: func(*lab) string {
		return ownProvider(api, `, headers: {Anthropic-Version: "2024-01-01", OpenAI-Organization: ours}`)
	}})
	sent := map[string]string{
		"Content-Type": "multipart/form-data; boundary=x", "Accept": "image/png", "Anthropic-Beta": "b", "Openai-Beta": "assistants=v2", "Range": "bytes=0-1",
		"Content-Encoding": "zstd", "Idempotency-Key": "i",
	}
	kept := map[string]string{
		"Cookie": "c=1", "X-Api-Key": "mine", "Api-Key": "mine", "X-Goog-Api-Key": "mine", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=x", "Via": "v",
		"X-Stainless-Os": "Linux", "Openai-Project": "theirs", "Anthropic-Api-Key": "mine", "X-Other": "o", "Proxy-Authorization": "Basic x", "Te": "trailers",
		"Openai-Hop": "h", "Origin": "https://x.example", "Referer": "r",
	}
	fields := []string{"Anthropic-Version", "2023-06-01", "Openai-Organization", "theirs", "Anthropic-Beta", "second", "Connection", "openai-hop"}
	for _, set := range []map[string]string{sent, kept} {
		for name, value := range set {
			fields = append(fields, name, value)
		}
	}
	a := l.call("POST", "/p/own/upload", "zz", fields...)
	got := api.last().header
	for name, value := range sent {
		if !strings.Contains(strings.Join(got[name], ","), value) {
			t.Errorf("%s: %q reached the provider, want %q", name, got[name], value)
		}
	}
	if len(got["Anthropic-Beta"]) != 2 || got.Get("Anthropic-Version") != "2024-01-01" || got.Get("Openai-Organization") != "ours" || got.Get("Authorization") != "Bearer "+providerKey {
		t.Errorf("the provider got %v", got)
	}
	for name := range kept {
		if got.Get(name) != "" {
			t.Errorf("%s: %q reached the provider", name, got[name])
		}
	}
	if text := fmt.Sprint(got, api.last().uri); strings.Contains(text, virtualKey) {
		t.Errorf("the virtual key left: %s", text)
	}
	h := a.header
	if a.status != 200 || a.body != "plain" || h.Get("Content-Type") != "text/plain; charset=x" || h.Get("Retry-After") != "7" || h.Get("X-Provider-Request-Id") != "req-theirs" ||
		h.Get("X-Request-Id") == "req-theirs" || h.Get("Request-Id") != "r2" || h.Get("X-Ratelimit-Remaining-Tokens") != "5" || h.Get("Openai-Processing-Ms") != "3" ||
		h.Get("Anthropic-Ratelimit-Tokens-Limit") != "9" || h.Get("Content-Disposition") != "attachment" {
		t.Errorf("the client got %d %q %v", a.status, a.body, h)
	}
	for _, name := range []string{"Set-Cookie", "Location", "Openai-Organization", "Www-Authenticate", "Server", "X-Other", "Alt-Svc"} {
		if h.Get(name) != "" {
			t.Errorf("%s: %q reached the client", name, h.Get(name))
		}
	}
	// Without a body or a type there is none to tell.
	if l.call("GET", "/p/own/x", ""); api.last().header.Get("Content-Type") != "" || api.last().header.Get("Accept") != "*/*" {
		t.Errorf("a bare call has %v", api.last().header)
	}
	if text := l.logs.String(); strings.Contains(text, providerKey) || strings.Contains(text, virtualKey) {
		t.Error("the log has a key")
	}
}

// TestRawRights: a call needs the right to p/NAME; whatever is not there answers as
// what is forbidden does.
func TestRawRights(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{extra: "  - name: \"*\"\n    deployments: [{provider: p0}]\n"})
	as := func(key, path string) answer { return l.call("GET", path, "", "Authorization", "Bearer "+key) }
	for _, key := range []string{virtualKey, narrowKey} {
		if a := as(key, "/p/own/x"); a.status != 200 {
			t.Errorf("%s: %d %s", key, a.status, a.body)
		}
	}
	forbidden := as(otherKey, "/p/own/x")
	if forbidden.status != 404 || forbidden.code() != "unknown_path" {
		t.Errorf("forbidden: %d %s", forbidden.status, forbidden.body)
	}
	for _, name := range []string{"own2", "p0", "OWN", "ow%6e", "m", "", "%2e%2e"} {
		for _, key := range []string{virtualKey, narrowKey, otherKey} {
			if a := as(key, "/p/"+name+"/x"); a.status != 404 || a.body != strings.ReplaceAll(forbidden.body, "/p/own,", "/p/"+name+",") {
				t.Errorf("%q: %d %s", name, a.status, a.body)
			}
		}
	}
	if a := as("sp-nobody-0123456789", "/p/own/x"); a.status != 401 {
		t.Errorf("a wrong key: %d", a.status)
	}
	if n := len(api.seen()); n != 2 {
		t.Errorf("the provider got %d calls, want 2", n)
	}
	// The right to the API is none to a model of that name.
	for _, key := range []string{narrowKey, virtualKey} {
		a := l.call("POST", "/v1/chat/completions", `{"model":"p/own","messages":[{"role":"user","content":"x"}]}`, "Authorization", "Bearer "+key)
		l.wantError("a model of that name", a, 404, "model_not_found")
	}
	if a := as(virtualKey, "/v1/models"); strings.Contains(a.body, "p/own") {
		t.Errorf("the models are %s", a.body)
	}
}

// TestRawErrors: what the gateway itself has to say has the shape that the client
// understands.
func TestRawErrors(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{})
	l.wantError("openai", l.call("GET", "/p/none/x", ""), 404, "unknown_path")
	var claude struct {
		Type  string
		Error struct{ Type string }
	}
	a := l.call("GET", "/p/none/x", "", "Anthropic-Version", "2023-06-01")
	if err := json.Unmarshal([]byte(a.body), &claude); err != nil || a.status != 404 || claude.Type != "error" || claude.Error.Type != "not_found_error" {
		t.Errorf("anthropic: %d %s", a.status, a.body)
	}
	api.Close()
	a = l.call("GET", "/p/own/x", "")
	l.wantError("unreachable", a, 502, "upstream_unreachable")
	if row := l.rowOf(a); row.Attempts != 1 || row.Route != "p/own" || row.Output != 0 || row.Estimated {
		t.Errorf("row %+v", row)
	}
}

// TestRawWithoutKeys: a gateway without keys keeps its rules.
func TestRawWithoutKeys(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{keyless: true})
	if a := l.call("GET", "/p/own/x", ""); a.status != 200 || strings.Contains(fmt.Sprint(api.last()), virtualKey) {
		t.Errorf("%d %s; the provider got %v", a.status, a.body, api.last())
	}
	if a := l.call("GET", "/p/own/x", "", "Origin", "https://evil.example.com"); a.status != 403 {
		t.Errorf("from a page: %d", a.status)
	}
	req := l.request(context.Background(), "/p/own/x", "")
	req.Host = "rebound.example.com"
	if a := l.do(req); a.status != 403 {
		t.Errorf("by another name: %d", a.status)
	}
}

// TestRawIsGuarded: where plugins must judge everything, raw calls are refused.
func TestRawIsGuarded(t *testing.T) {
	for name, c := range map[string]labConfig{
		"mandatory": {config: "plugins: {mandatory: [guardrail.pii]}"},
		"answers":   {config: "plugins: {mandatory: [{use: guardrail.pii, hooks: [answer]}]}"},
		"dropped":   {plugins: map[string]string{"no.wasm": guard("guardrail.no", "prompt")}},
	} {
		t.Run(name, func(t *testing.T) {
			api := newOwnAPI(t, nil)
			l := newRawLab(t, api, c)
			a := l.call("POST", "/p/own/chat/completions", "{}")
			l.wantError(name, a, 403, "permission_denied")
			if !strings.Contains(a.body, "a plugin must judge") || len(api.seen()) != 0 {
				t.Errorf("%s; the provider got %v", a.body, api.seen())
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		api := newOwnAPI(t, nil)
		l := newRawLab(t, api, labConfig{config: "plugins: {mandatory: [guardrail.absent]}"})
		l.wantError("missing", l.call("GET", "/p/own/x", ""), 503, "plugin_unavailable")
	})
}

// TestRawReceive: hooks that see a request before anything else see raw ones.
func TestRawReceive(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{})
	state, err := l.gw.build(t.Context(), l.gw.snapshot(), l.gw.plugins.bundledOnly())
	if err != nil {
		t.Fatal(err)
	}
	entry := chain.Entry{Instance: "door", Plugin: "door"}
	entry.Hooks[core.PhaseReceive] = core.HookFunc(func(c *core.Call) error {
		switch path := string(c.Exchange.Request.Path); path {
		case "/p/own/shut":
			c.Reply.Respond = &core.Respond{Status: 418, ContentType: "text/plain", Body: []byte("shut")}
		case "/theirs/y":
			c.Reply.Path = "/p/own/y"
		}
		return nil
	})
	state.Receive = chain.Compile(nil, []chain.Entry{entry})
	l.gw.server.Swap(state)
	if a := l.call("GET", "/p/own/shut", ""); a.status != 418 || len(api.seen()) != 0 {
		t.Errorf("shut: %d %s", a.status, a.body)
	}
	if a := l.call("GET", "/theirs/y?q=1", ""); a.status != 200 || api.last().uri != "/base/y?q=1" {
		t.Errorf("another path: %d %s, %v", a.status, a.body, api.last())
	}
	if a := l.call("GET", "/p/own/z", ""); a.status != 200 || api.last().uri != "/base/z" {
		t.Errorf("%d %s, %v", a.status, a.body, api.last())
	}
}

// TestRawFromPages: a page that may call may use every method there.
func TestRawFromPages(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{config: "cors: {origins: [\"https://app.example.com\"]}\n"})
	for path, want := range map[string]string{"/p/own/x": "GET, POST, PUT, PATCH, DELETE", "/v1/models": "GET, POST"} {
		a := l.call("OPTIONS", path, "", "Origin", "https://app.example.com", "Access-Control-Request-Method", "PUT")
		if a.status != 204 || a.header.Get("Access-Control-Allow-Methods") != want {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
}
