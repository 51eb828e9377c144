package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// virtualKey is the key of every lab's consumer "app".
const virtualKey = "sp-lab-0123456789abcdef"

// lab is a whole gateway in this process in front of mock providers, with a
// real configuration file, real sockets and a real ledger. When its test ends
// it checks what must hold after every test, whatever happened in it: nothing
// leaks, and the ledger's books equal the mocks'.
type lab struct {
	testing.TB
	gw     *gateway
	mocks  []*mock.Server
	dir    string // of the configuration file
	url    string // of the gateway
	logs   *syncBuffer
	client *http.Client
	// unbalanced says why the books cannot be compared; "" compares them.
	unbalanced string
	fds        int
}

// labConfig is what a test wants otherwise than the usual.
type labConfig struct {
	mocks []mock.Config // nil: one plain mock
	// config is put in front of the usual configuration: top-level fields other
	// than listen, admin, ledger, providers, routes and keys.
	config string
	kind   string // of each provider; "": openai
	// provider is put into each provider, as YAML flow members, e.g.
	// "timeouts: {idle: 200ms}".
	provider string
	// route is put into the route "m", which has one deployment per mock.
	route string
	// extra is put behind: further routes, indented as list members.
	extra string
	// keyless leaves out the virtual key.
	keyless bool
	// scenario is the default of each mock; it is also the provider key.
	scenario string
	// auth is how provider keys are sent, with further members behind it, e.g.
	// "bearer, key: \"${file:provider-key}\""; "" is none.
	auth string
	// files are written beside the configuration, by name.
	files map[string]string
	// plugins are files of the plugin folder, by name.
	plugins map[string]string
	// providers returns further providers, as YAML list members; the mocks run.
	providers func(*lab) string
	resolver  *net.Resolver // of providers' names; nil: the system's
	clock     core.Clock    // of the plugin folder; nil: the system's
}

// newLab starts a lab. Its mocks are called p0, p1, … and the route "m" leads to
// all of them; the key [virtualKey] may use every route.
func newLab(t testing.TB, c labConfig) *lab {
	t.Helper()
	l := &lab{TB: t, dir: t.TempDir(), logs: &syncBuffer{}}
	leaks := goleak.IgnoreCurrent()
	l.fds = openFiles(t)
	if c.mocks == nil {
		c.mocks = []mock.Config{{Scenario: c.scenario}}
	}
	for _, mc := range c.mocks {
		m, err := mock.Start(mc)
		if err != nil {
			t.Fatal(err)
		}
		l.mocks = append(l.mocks, m)
	}
	l.write("key", virtualKey)
	for name, text := range c.files {
		l.write(name, text)
	}
	for name, content := range c.plugins {
		l.drop(name, content)
	}
	l.write("sallyport.yaml", l.yaml(c))
	gw, err := newGateway(t.Context(), &source{file: l.path("sallyport.yaml"), resolver: c.resolver, clock: c.clock}, l.logs)
	if err != nil {
		t.Fatalf("the gateway does not start: %v", err)
	}
	l.gw = gw
	l.url = "http://" + gw.server.Addr().String()
	l.client = &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}}
	t.Cleanup(func() { l.finish(leaks) })
	return l
}

func (l *lab) yaml(c labConfig) string {
	var b strings.Builder
	fmt.Fprintf(&b, "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nledger: {folder: ledger}\n%s\nproviders:\n", c.config)
	for i, m := range l.mocks {
		fmt.Fprintf(&b, "  - {name: p%d, kind: %s, base_url: %q, auth: %s", i, cmp.Or(c.kind, "openai"), m.URL()+"/v1", cmp.Or(c.auth, "none"))
		if ca := m.CertPEM(); len(ca) > 0 {
			l.write(fmt.Sprintf("ca%d.pem", i), string(ca))
			fmt.Fprintf(&b, ", ca_file: ca%d.pem", i)
		}
		if c.provider != "" {
			b.WriteString(", " + c.provider)
		}
		b.WriteString("}\n")
	}
	if c.providers != nil {
		b.WriteString(c.providers(l))
	}
	b.WriteString("routes:\n  - name: m\n    deployments:\n")
	for i := range l.mocks {
		fmt.Fprintf(&b, "      - {provider: p%d, model: served-%d, name: d%d}\n", i, i, i)
	}
	if c.route != "" {
		b.WriteString("    " + c.route + "\n")
	}
	b.WriteString(c.extra)
	if !c.keyless {
		b.WriteString("keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n")
	}
	return b.String()
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lab) write(name, text string) {
	l.Helper()
	if err := os.WriteFile(l.path(name), []byte(text), 0o600); err != nil {
		l.Fatal(err)
	}
}

// finish stops the gateway and checks the invariants.
func (l *lab) finish(leaks goleak.Option) {
	l.Helper()
	l.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := l.gw.shutdown(ctx); err != nil {
		l.Errorf("shutdown: %v", err)
	}
	l.balance()
	for _, m := range l.mocks {
		m.Close()
	}
	// fasthttp keeps two helpers that end by themselves (its idle-worker sweep,
	// within ten seconds) or with the process (its clock for Date fields).
	if err := goleak.Find(leaks,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	); err != nil {
		l.Errorf("goroutines are left: %v", err)
	}
	l.eventually("file descriptors are back", func() bool { return openFiles(l) <= l.fds })
	if l.Failed() {
		l.Logf("the gateway's log:\n%s", l.logs.String())
	}
}

// balance compares the ledger with the mocks: what was reported to the token,
// and one row per exchange.
func (l *lab) balance() {
	l.Helper()
	rows := l.rows()
	seen := map[string]bool{}
	var prompt, output int64
	for _, r := range rows {
		if seen[r.RequestID] {
			l.Errorf("the ledger has two rows of %s", r.RequestID)
		}
		seen[r.RequestID] = true
		if r.Reported && !r.Estimated {
			prompt += r.InputUncached + r.CacheRead + r.CacheWrite
			output += r.Output
		}
	}
	if l.unbalanced != "" {
		return
	}
	var wantPrompt, wantOutput int64
	for _, m := range l.mocks {
		s, idle := m.Settle(10 * time.Second)
		if !idle {
			l.Error("a mock is still answering")
		}
		wantPrompt += s.ReportedPromptTokens
		wantOutput += s.ReportedCompletionTokens
	}
	if prompt != wantPrompt || output != wantOutput {
		l.Errorf("the ledger has %d + %d tokens, the mocks served %d + %d", prompt, output, wantPrompt, wantOutput)
	}
}

// rows reads the whole ledger.
func (l *lab) rows() []ledger.Row {
	l.Helper()
	var rows []ledger.Row
	if _, err := ledger.Read(l.path("ledger"), ledger.Filter{}, func(r ledger.Row) error {
		rows = append(rows, r)
		return nil
	}); err != nil {
		l.Errorf("reading the ledger: %v", err)
	}
	return rows
}

// row waits until the ledger has n rows and returns the last of them.
func (l *lab) row(n int) ledger.Row {
	l.Helper()
	var rows []ledger.Row
	l.eventually(fmt.Sprintf("the ledger has %d rows", n), func() bool { rows = l.rows(); return len(rows) >= n })
	if len(rows) != n {
		l.Fatalf("the ledger has %d rows, want %d", len(rows), n)
	}
	return rows[n-1]
}

// eventually waits for a condition, for ten seconds at most.
func (l *lab) eventually(what string, ok func() bool) {
	l.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			l.Fatalf("waited 10 s in vain: %s", what)
		}
		<-tick.C
	}
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
	// err is what broke the body off, nil when it was whole.
	err error
}

// chat posts a chat request to the route "m" with a one-message prompt; more is
// put into the body as further JSON members. scenario, if any, tells the mock
// what to do.
func (l *lab) chat(more, scenario string) answer {
	l.Helper()
	body := `{"model":"m","messages":[{"role":"user","content":"Say something nice."}]`
	if scenario != "" {
		body += `,"user":` + quote("mock:"+scenario)
	}
	if more != "" {
		body += "," + more
	}
	return l.post("/v1/chat/completions", body+"}")
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// post posts a body with the lab's virtual key.
func (l *lab) post(path, body string) answer {
	l.Helper()
	return l.do(l.request(l.Context(), path, body))
}

func (l *lab) request(ctx context.Context, path, body string) *http.Request {
	l.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+virtualKey)
	req.Header.Set("Content-Type", "application/json")
	return req
}

func (l *lab) do(req *http.Request) answer {
	l.Helper()
	resp, err := l.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(b), err: err}
}

// code returns the machine-readable code of an error answer.
func (a answer) code() string {
	var e struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error.Code
}

// events returns the payloads of a stream, each of which must be [DONE] or JSON.
func (l *lab) events(a answer) []string {
	l.Helper()
	var out []string
	sc := bufio.NewScanner(strings.NewReader(a.body))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		data, ok := strings.CutPrefix(sc.Text(), "data: ")
		if !ok {
			continue
		}
		if data != "[DONE]" && !json.Valid([]byte(data)) {
			l.Errorf("an event was forwarded that is not JSON: %q", data)
		}
		out = append(out, data)
	}
	return out
}

// dial opens a raw connection to the gateway.
func (l *lab) dial() net.Conn {
	l.Helper()
	c, err := net.Dial("tcp", l.gw.server.Addr().String())
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// rawChat is a chat request as bytes, for raw connections.
func rawChat(more string) string {
	body := `{"model":"m","messages":[{"role":"user","content":"Say something nice."}]`
	if more != "" {
		body += "," + more
	}
	body += "}"
	return fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", virtualKey, len(body), body)
}

// openFiles counts this process's file descriptors, 0 where that is not known.
func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
