package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// edgeGuest returns a module of core/wasm/httpwasm/testdata.
func edgeGuest(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../core/wasm/httpwasm/testdata", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// probe returns the files of the guest that does what a script says, see
// core/wasm/httpwasm/testdata/probe.c.
func probe(t testing.TB, script string, more ...string) map[string]string {
	t.Helper()
	return map[string]string{
		"probe.wasm":        edgeGuest(t, "probe"),
		"probe.config.yaml": "config: {raw: " + quote(script) + "}\n" + strings.Join(more, "\n"),
	}
}

// TestEdgeFilterOnEveryPath: what an http-wasm module sets of answers is there
// whatever the request was, streams pass event by event, and the probes see none
// of it.
func TestEdgeFilterOnEveryPath(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: map[string]string{"header.wasm": edgeGuest(t, "header")}})
	for what, a := range map[string]answer{
		"chat":   l.chat("", ""),
		"stream": l.chat(`"stream":true`, ""),
		"models": l.call("GET", "/v1/models", ""),
		"path":   l.call("GET", "/nothing/here", ""),
		"raw":    l.call("GET", "/p/none/x", ""),
	} {
		if a.err != nil || a.header.Get("X-Edge") != "on" || a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %q %v", what, a.status, a.header, a.err)
		}
	}
	if a := l.call("GET", "/healthz", ""); a.status != http.StatusOK || a.header.Get("X-Edge") != "" {
		t.Errorf("/healthz: %d %q", a.status, a.header)
	}
	l.state("header.wasm", folder.Live, "")
}

// TestEdgeFilterRewrites: method, path, header fields and body that a filter sets
// are what the gateway reads.
func TestEdgeFilterRewrites(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, strings.Join([]string{
		"q set_method POST", "q set_uri /v1/chat/completions", "q set_header_value 0 Content-Type application/json",
		`q write_body 0 {"model":"m","messages":`, `q write_body 0 [{"role":"user","content":"edge"}]}`,
	}, "\n"))})
	if a := l.call("PUT", "/old?a=b", "x"); a.status != http.StatusOK || a.content() == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := l.upstream(); len(got) != 1 || !strings.Contains(got[0], `"edge"`) {
		t.Errorf("the upstream got %q", got)
	}
}

// TestEdgeFilterAnswers: a filter can answer any path by itself, before anybody
// looks at the credential.
func TestEdgeFilterAnswers(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, strings.Join([]string{
		"q set_status_code 401", "q set_header_value 1 Www-Authenticate Basic", "q add_header_value 1 Set-Cookie a=b", "q add_header_value 1 Set-Cookie c=d",
		"q write_body 1 go", "q write_body 1 away", "q next 0",
	}, "\n"))})
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"} {
		a := l.call(method, "/any/path?x", "")
		want := "goaway"
		if method == "HEAD" {
			want = ""
		}
		if a.status != http.StatusUnauthorized || a.body != want || a.header.Get("Www-Authenticate") != "Basic" || len(a.header["Set-Cookie"]) != 2 || a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %q %q %v", method, a.status, a.header, a.body, a.err)
		}
	}
	if n := len(l.upstream()); n != 0 {
		t.Errorf("the upstream got %d requests", n)
	}
}

// TestEdgeFilterCollects: with buffer_response whole answers and streams are
// collected, and the filter may change all of them.
func TestEdgeFilterCollects(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: map[string]string{"both.wasm": edgeGuest(t, "both")}})
	for what, a := range map[string]answer{"chat": l.chat("", ""), "stream": l.chat(`"stream":true`, ""), "models": l.call("GET", "/v1/models", "")} {
		if a.err != nil || a.status != http.StatusOK || a.header.Get("X-Edge") != "on" || a.header.Get("Content-Length") == "" {
			t.Errorf("%s: %d %q %v", what, a.status, a.header, a.err)
		}
		if what == "stream" && (!strings.HasSuffix(a.body, "data: [DONE]\n\n") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream")) {
			t.Errorf("the stream is %q as %s", a.body, a.header.Get("Content-Type"))
		}
	}
	if r := l.row(2); r.Output == 0 {
		t.Errorf("the ledger has %+v", r)
	}
}

// TestEdgeFilterChangesAnswer: status, fields and body of the answer are what the
// filter says.
func TestEdgeFilterChangesAnswer(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, strings.Join([]string{
		"i enable_features 2", "a set_status_code 203", "a remove_header 1 content-type", "a set_header_value 1 content-type text/plain", "a write_body 1 short",
	}, "\n"))})
	for _, more := range []string{"", `"stream":true`} {
		if a := l.chat(more, ""); a.status != 203 || a.body != "short" || a.header.Get("Content-Type") != "text/plain" || a.header.Get("Content-Length") != "5" {
			t.Errorf("%s: %d %q %q", more, a.status, a.header, a.body)
		}
	}
}

// TestEdgeFilterAfterStream: without buffer_response handle_response runs when the
// stream has ended, in the guest that saw the request.
func TestEdgeFilterAfterStream(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, "q next 1 77\na ctx\na get_header_values 1 content-type 90")})
	if a := l.chat(`"stream":true`, ""); a.err != nil || !strings.HasSuffix(a.body, "data: [DONE]\n\n") {
		t.Errorf("%q %v", a.body, a.err)
	}
	l.eventually("the filter was asked about the answer", func() bool {
		log := l.logs.String()
		return strings.Contains(log, `"line":"ctx=77:0`) && strings.Contains(log, "get_header_values=1:33 text/event-stream; charset=utf-8|")
	})
}

// TestEdgeFilterSeesNoCredentials unless the operator grants it.
func TestEdgeFilterSeesNoCredentials(t *testing.T) {
	const script = "q get_header_values 0 Authorization 90\nq get_header_values 0 X-Api-Key 90\nq get_header_values 0 Cookie 90\nq get_header_names 0 90\nq get_source_addr 90"
	for _, c := range []struct{ more, want string }{
		{"", `get_header_values=0`},
		{"grants: [credentials]", "Bearer " + virtualKey},
	} {
		l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, script, c.more)})
		l.unbalanced = "nothing is called"
		l.call("GET", "/v1/models", "", "X-Api-Key", "secret-two", "Cookie", "secret-three")
		l.eventually("it says what it saw", func() bool { return strings.Contains(l.logs.String(), "get_source_addr=") })
		log := l.logs.String()
		if !strings.Contains(log, c.want) {
			t.Errorf("%s: it logged %s", c.more, log)
		}
		for _, secret := range []string{virtualKey, "secret-two", "secret-three"} {
			if got := strings.Contains(log, secret); got != (c.more != "") {
				t.Errorf("%q: the filter saw %s: %v", c.more, secret, got)
			}
		}
		if !strings.Contains(log, "get_source_addr=") || !strings.Contains(log, "127.0.0.1:") {
			t.Errorf("it logged %s", log)
		}
	}
}

// TestEdgeFilterFails: a trap ends the exchange by the fail mode, before and after
// the upstream.
func TestEdgeFilterFails(t *testing.T) {
	for _, script := range []string{"q set_method _", "a set_status_code 500", "q set_header_value 0 Authorization stolen", "q spin"} {
		l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, script)})
		l.unbalanced = "some calls fail when they have been made"
		if a := l.chat("", ""); a.code() != "plugin_failed" {
			t.Errorf("%s: %d %s", script, a.status, a.body)
		}
		l = newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, "q set_header_value 0 X-A b\nq set_uri /elsewhere\n"+script, "fail: open")})
		if a := l.chat("", ""); a.status != http.StatusOK && !strings.HasPrefix(script, "a ") || strings.HasPrefix(script, "a ") && a.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", script, a.status, a.body)
		}
	}
}

// TestEdgeFilterAndGuards: one that wants to change every answer is refused where
// answers are guarded, one that asks for it at times is refused at those times,
// and one that does not is welcome.
func TestEdgeFilterAndGuards(t *testing.T) {
	guarded := labConfig{
		config: "plugins: {folder: plugins.d}", route: "plugins: [guardrail.answers]",
		plugins: map[string]string{"answers.wasm": guard("guardrail.answers", "answer")},
	}
	l := newLab(t, guarded)
	if a := l.chat("", ""); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	l.drop("both.wasm", edgeGuest(t, "both"))
	l.state("both.wasm", folder.Rejected, "enables buffer_response for every answer")
	l.drop("header.wasm", edgeGuest(t, "header"))
	l.state("header.wasm", folder.Live, "")
	if a := l.chat("", ""); a.status != http.StatusOK || a.header.Get("X-Edge") != "on" {
		t.Errorf("%d %q %s", a.status, a.header, a.body)
	}
	for name, content := range probe(t, "q enable_features 2") {
		if name != "probe.wasm" {
			l.drop(name, content)
		}
	}
	l.drop("probe.wasm", edgeGuest(t, "probe"))
	l.state("probe.wasm", folder.Live, "")
	if a := l.chat("", ""); a.code() != "plugin_unavailable" || !strings.Contains(a.body, "guardrail on its answers") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := l.call("GET", "/v1/models", ""); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestEdgeFilterManifest: a sidecar gives a module an identity of its own; what is
// no edge filter's is refused.
func TestEdgeFilterManifest(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}"})
	l.drop("own.yaml", "id: edge.mine\nversion: 1.2.0\nhooks: [receive]\n")
	l.drop("own.wasm", edgeGuest(t, "header"))
	l.state("own.wasm", folder.Live, "")
	if a := l.chat("", ""); a.header.Get("X-Edge") != "on" {
		t.Errorf("%d %q", a.status, a.header)
	}
	l.drop("fake.yaml", "id: guardrail.fake\nversion: 1.0.0\nstage: judge\nhooks: [prompt]\n")
	l.drop("fake.wasm", edgeGuest(t, "header"))
	l.state("fake.wasm", folder.Rejected, `begin its id with "edge."`)
	l.drop("Bad Name.wasm", edgeGuest(t, "header"))
	l.state("Bad Name.wasm", folder.Rejected, "rename it")
	l.drop("own.wasm", edgeGuest(t, "both"))
	l.eventually("the new version serves", func() bool {
		a := l.chat("", "")
		return a.header.Get("X-Edge") == "on" && a.header.Get("Content-Length") != "" && l.gw.opened.Load() != nil
	})
}

// TestEdgeFilterRefusesToStart: a filter that does not like its configuration is
// rejected, says why beside its file, and starts once the configuration is right.
func TestEdgeFilterRefusesToStart(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}"})
	l.drop("command.config.yaml", "config: {raw: x}\n")
	l.drop("command.wasm", edgeGuest(t, "command"))
	l.state("command.wasm", folder.Rejected, "the guest exited")
	l.eventually("the reason stands beside the file", func() bool { // which is written after the state is known
		text, err := os.ReadFile(filepath.Join(l.path("plugins.d"), "command.wasm.rejected"))
		return err == nil && strings.Contains(string(text), "the guest exited")
	})
	if a := l.chat("", ""); a.status != http.StatusOK || a.content() == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	l.drop("command.config.yaml", "config: {raw: long}\n")
	l.state("command.wasm", folder.Live, "")
	if a := l.call("GET", "/x", ""); a.status != http.StatusOK || a.body != "1" {
		t.Errorf("%d %q", a.status, a.body)
	}
}
