package main

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// get makes a GET request with the given header fields, "Name: value" each.
func (l *lab) get(url string, fields ...string) answer {
	l.Helper()
	req, err := http.NewRequestWithContext(l.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		l.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header[name] = append(req.Header[name], value)
	}
	return l.do(req)
}

// TestUnauthenticated checks that every wrong credential is answered alike, so
// that nothing can be learnt from it.
func TestUnauthenticated(t *testing.T) {
	l := newLab(t, labConfig{})
	var first apiError
	f := func(name string, fields ...string) {
		t.Helper()
		c := l.dial()
		head := strings.Replace(rawChat(""), "Authorization: Bearer "+virtualKey+"\r\n", strings.Join(append(fields, ""), "\r\n"), 1)
		l.send(c, head)
		a := receive(bufio.NewReader(c), http.MethodPost)
		e := l.wantError(name, a, 401, "invalid_api_key")
		if first.Code == "" {
			first = e
		}
		if e.Message != first.Message || e.Type != first.Type {
			t.Errorf("%s: %+v differs from %+v", name, e, first)
		}
		if a.header.Get("Www-Authenticate") != "Bearer" {
			t.Errorf("%s: header %v", name, a.header)
		}
	}
	f("none")
	f("empty", "Authorization:")
	f("no key", "Authorization: Bearer ")
	f("blanks", "Authorization: Bearer    ")
	f("wrong", "Authorization: Bearer sp-wrong-0123456789abcdef")
	f("prefix", "Authorization: Bearer "+virtualKey[:len(virtualKey)-1])
	f("longer", "Authorization: Bearer "+virtualKey+"x")
	f("other case", "Authorization: Bearer "+strings.ToUpper(virtualKey))
	f("basic", "Authorization: Basic "+virtualKey)
	f("no scheme", "Authorization: "+virtualKey)
	f("SQL", "Authorization: Bearer ' OR 1=1 --")
	f("long", "Authorization: Bearer "+strings.Repeat("k", 4000))
	f("not ASCII", "Authorization: Bearer \xc3\xa9\xff")
	// Two credentials could be read as either by whoever stands before us.
	for _, second := range []string{"wrong", virtualKey} {
		a := l.get(l.url+"/v1/models", "Authorization: Bearer "+virtualKey, "Authorization: Bearer "+second)
		l.wantError("two credentials", a, 400, "invalid_request")
	}
	if a := l.get(l.url + "/v1/models"); a.status != 401 {
		t.Errorf("models: %+v", a)
	}
	if a := l.get(l.url + "/metrics"); a.status != 401 || strings.Contains(a.body, "sallyport_exchanges") {
		t.Errorf("metrics without a key: %+v", a)
	}
	if a := l.get(l.url+"/metrics", "Authorization: Bearer "+virtualKey); a.status != 200 || !strings.Contains(a.body, "sallyport_refused_total") {
		t.Errorf("metrics with a key: %+v", a)
	}
	for _, p := range []string{"/healthz", "/readyz"} {
		if a := l.get(l.url + p); a.status != 200 {
			t.Errorf("%s needs no key: %+v", p, a)
		}
	}
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
	if rows := l.rows(); len(rows) != 0 {
		t.Errorf("strangers can write rows: %+v", rows)
	}
}

// TestKeyless checks who may use a gateway without keys, and who may use the
// operator's listener, which has none either.
func TestKeyless(t *testing.T) {
	l := newLab(t, labConfig{keyless: true})
	admin := "http://" + l.gw.server.AdminAddr().String()
	f := func(want int, fields ...string) {
		t.Helper()
		for _, url := range []string{l.url + "/v1/models", l.url + "/metrics", admin + "/admin/v1/status", admin + "/metrics"} {
			if a := l.get(url, fields...); a.status != want {
				t.Errorf("%s %q: %d, want %d: %.200s", url, fields, a.status, want, a.body)
			}
		}
	}
	f(200)
	f(200, "Host: localhost")
	f(200, "Host: localhost:8080")
	f(200, "Host: 127.0.0.1")
	f(200, "Host: 127.8.9.1:80")
	f(200, "Host: [::1]:8080")
	f(403, "Host: gateway")
	f(403, "Host: localhost.attacker.example")
	f(403, "Host: 127.0.0.1.attacker.example:8080")
	f(403, "Host: 10.0.0.1")
	f(403, "Host: 0.0.0.0")
	f(400, "Host: attacker.example:127.0.0.1")
	f(403, "Origin: http://localhost:8080")
	f(403, "Origin: null")
	f(403, "Host: localhost", "Origin: https://attacker.example")
	if a := l.get(admin + "/admin/v1/reload"); a.status == 200 {
		t.Errorf("a GET reloads: %+v", a)
	}
	if a := l.post("/v1/chat/completions", chatBody("")); a.status != 200 {
		t.Errorf("a call without keys: %+v", a)
	}
	if r := l.row(1); r.Consumer != "" {
		t.Errorf("row: %+v", r)
	}
}

// TestAdminListener checks what the operator's listener serves, and that the
// clients' one does not.
func TestAdminListener(t *testing.T) {
	l := newLab(t, labConfig{})
	var s status
	a := l.admin("GET", "/admin/v1/status")
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || !s.Ready || s.Draining || s.Config == "" {
		t.Errorf("status: %+v", a)
	}
	for _, p := range []string{"/", "/v1/models", "/v1/chat/completions", "/admin/v1/", "/admin/v1/config", "/debug/pprof/"} {
		if a := l.admin("GET", p); a.status != 404 {
			t.Errorf("%s: %+v", p, a)
		}
	}
	c := l.dialAdmin()
	l.send(c, "GET /admin/v1/status HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\nGET /admin/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
	br := bufio.NewReader(c)
	if a := receive(br, "GET"); a.status != 400 {
		t.Errorf("a folded field: %+v", a)
	}
	if err := drained(br); err != nil {
		t.Errorf("after the refusal: %v", err)
	}
}

// status is what the tests read of GET /admin/v1/status.
type status struct {
	Config   string `json:"config"`
	Ready    bool   `json:"ready"`
	Draining bool   `json:"draining"`
}

// TestHeaderHygiene checks that nothing of the client's header but what is meant
// to pass reaches the upstream, and the other way round.
func TestHeaderHygiene(t *testing.T) {
	l := newLab(t, labConfig{auth: `bearer, key: "${file:provider}"`, files: map[string]string{"provider": "provider-key-0123456789"}})
	head, body, _ := strings.Cut(rawChat(""), "\r\n\r\n")
	evil := []string{
		"X-Request-Id: evil-id", "x-request-id: evil-id", "X_Request_Id: evil", "X-Sallyport-Consumer: evil", "x-sallyport-route: evil",
		"X-Sallyport-Dropped: evil", "X-Consumer: evil", "X-Api-Key: evil", "Api-Key: evil", "Cookie: evil=1",
		"Proxy-Authorization: Basic evil", "X-Forwarded-For: evil", "X-Forwarded-Host: evil", "Forwarded: for=evil", "X-Real-Ip: evil",
		"Via: evil", "Te: evil", "Trailer: evil", "Upgrade: evil", "Keep-Alive: evil", "OpenAI-Organization: evil", "X-Mock: status=500",
		"User-Agent: evil", "Accept: evil/evil", "Accept-Encoding: evil", "Referer: evil", "Connection: keep-alive, Idempotency-Key",
		"Idempotency-Key: evil", "X-Goog-Api-Key: evil", "Traceparent: evil",
	}
	c := l.dial()
	l.send(c, head+"\r\n"+strings.Join(evil, "\r\n")+"\r\n\r\n"+body)
	a := receive(bufio.NewReader(c), http.MethodPost)
	if a.status != 200 {
		t.Fatalf("answer: %+v", a)
	}
	reqs := l.mocks[0].Requests()
	if len(reqs) != 1 {
		t.Fatalf("%d requests", len(reqs))
	}
	if strings.Contains(strings.ToLower(reqs[0].Head), "evil") {
		t.Errorf("the upstream's request has fields of the client:\n%s", reqs[0].Head)
	}
	if got := reqs[0].Header.Get("Authorization"); got != "Bearer provider-key-0123456789" {
		t.Errorf("Authorization: %q", got)
	}
	allowed := map[string]bool{
		"Date": true, "Content-Type": true, "Content-Length": true, "X-Request-Id": true,
		"Cache-Control": true, "X-Accel-Buffering": true, "Transfer-Encoding": true,
	}
	for _, a := range []answer{a, l.chat(`"stream":true`, ""), l.chat(`"n":0`, ""), l.get(l.url + "/v1/models"), l.get(l.url + "/nothing")} {
		for name := range a.header {
			if !allowed[name] && name != "Www-Authenticate" {
				t.Errorf("an answer has the field %s: %v", name, a.header)
			}
		}
		if a.header.Get("X-Request-Id") == "evil-id" {
			t.Error("the client chose the request id")
		}
	}
	l.row(3)
	if r := l.rows()[0]; r.ClientRequestID != "evil-id" || r.RequestID == "evil-id" {
		t.Errorf("row: %+v", r)
	}
}

// TestClientIdempotencyKeyPasses is the other half: it is meant to pass.
func TestClientIdempotencyKeyPasses(t *testing.T) {
	l := newLab(t, labConfig{})
	req := l.request(t.Context(), "/v1/chat/completions", chatBody(""))
	req.Header.Set("Idempotency-Key", "idem-1")
	if a := l.do(req); a.status != 200 {
		t.Fatalf("answer: %+v", a)
	}
	if got := l.mocks[0].Requests()[0].Header.Get("Idempotency-Key"); got != "idem-1" {
		t.Errorf("Idempotency-Key: %q", got)
	}
}

// TestCanaries searches everything the gateway writes for secrets: the virtual
// key, the provider key and the prompt, in good and bad requests.
func TestCanaries(t *testing.T) {
	const provider, prompt = "canary-provider-0123456789", "canary-prompt-0123456789"
	l := newLab(t, labConfig{
		config: "log: {level: debug}\n", auth: `bearer, key: "${file:provider}"`, files: map[string]string{"provider": provider},
		mocks: []mock.Config{{}},
	})
	l.unbalanced = "upstreams fail"
	m := l.mocks[0]
	var outputs strings.Builder
	note := func(a answer) {
		outputs.WriteString(a.body)
		for name, values := range a.header {
			outputs.WriteString(name + strings.Join(values, ""))
		}
		if a.err != nil {
			outputs.WriteString(a.err.Error())
		}
	}
	body := `{"model":"m","messages":[{"role":"user","content":"` + prompt + `"}]`
	for _, scenario := range []string{
		"", "status=401", "status=403", "status=400", "status=500", "status=429", "status=302", "fault=rst,after=-1", "fault=html",
		"fault=bad-json", "fault=garbage", "fault=big-head,bytes=64KiB", "fault=lying-gzip", "fault=error-event,after=2", "fault=fin,after=2",
	} {
		if err := m.SetScenario(scenario); err != nil {
			t.Fatal(err)
		}
		note(l.post("/v1/chat/completions", body+`}`))
		note(l.post("/v1/chat/completions", body+`,"stream":true}`))
	}
	note(l.post("/v1/chat/completions", body+`,"n":0}`))
	note(l.post("/v1/chat/completions", body+`,"user":"`+"\xff"+`"}`))
	note(l.post("/v1/chat/completions", body+`,`))
	note(l.post("/v1/chat/completions", body+`,"messages":[]}`))
	for _, raw := range []string{
		"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + virtualKey + "\r\n bad\r\n\r\n" + prompt,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + virtualKey + "\r\nContent-Length: x\r\n\r\n" + prompt,
		"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + virtualKey + "\r\nno colon " + prompt + "\r\n\r\n",
		"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + virtualKey + "\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + prompt,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + virtualKey + strings.Repeat("k", 9000) + "\r\n\r\n" + prompt,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + virtualKey + "\r\nTransfer-Encoding: chunked\r\n\r\nzz" + prompt + "\r\n",
		"\x16\x03\x01 " + virtualKey + " " + prompt + "\r\n\r\n",
	} {
		c := l.dial()
		l.send(c, raw)
		note(receive(bufio.NewReader(c), http.MethodPost))
	}
	note(l.get(l.url+"/metrics", "Authorization: Bearer "+virtualKey))
	note(l.admin("GET", "/metrics"))
	note(l.admin("GET", "/admin/v1/status"))
	l.rewrite("providers:", "unknown: 1\nproviders:")
	note(l.admin("POST", "/admin/v1/reload"))
	search := func(where, text string) {
		t.Helper()
		for name, canary := range map[string]string{"virtual key": virtualKey, "provider key": provider, "prompt": prompt} {
			if i := strings.Index(text, canary); i >= 0 {
				t.Errorf("%s shows the %s: …%.300s", where, name, text[max(0, i-200):])
			}
		}
	}
	search("the log", l.logs.String())
	search("an answer", outputs.String())
	if err := filepath.WalkDir(l.path("ledger"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		search("the ledger", string(b))
		return err
	}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(l.logs.String(), "exchange") {
		t.Error("the log is empty, so it proves nothing")
	}
}
