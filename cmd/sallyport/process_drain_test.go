package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// TestProcessDrain stops the gateway under 50 streams. It stops being ready,
// short streams finish, long ones end with an error, each has its row.
func TestProcessDrain(t *testing.T) {
	const each = 25
	m := startMock(t, "chunks=60,pace=20ms") // 1.2 s
	dir := processDir(t, m, "timeouts: {drain: 3s}\n")
	p := startProcess(t, dir)
	bodies := make([]answer, 2*each)
	var wg sync.WaitGroup
	launch := func(from int) {
		for i := from; i < from+each; i++ {
			wg.Go(func() { bodies[i] = p.chat(`,"stream":true`) })
		}
	}
	launch(0)
	underWay := func(n int64) {
		if !m.Wait(func(s mock.Stats) bool { return s.StreamsOpened >= n }, 10*time.Second) {
			t.Fatalf("%d streams", m.Stats().StreamsOpened)
		}
	}
	underWay(each)
	if err := m.SetScenario("chunks=3000,pace=20ms"); err != nil { // a minute
		t.Fatal(err)
	}
	launch(each)
	underWay(2 * each)
	if a := p.do(p.admin+"/readyz", ""); a.status != 200 {
		t.Errorf("before: %+v", a)
	}
	p.signal(syscall.SIGTERM)
	p.eventually("it is not ready", func() bool { return p.do(p.admin+"/readyz", "").status == 503 })
	if a := p.do(p.admin+"/admin/v1/status", ""); !strings.Contains(a.body, `"draining": true`) {
		t.Errorf("status: %+v", a)
	}
	if n := m.Stats().InFlight; n < each {
		t.Errorf("only %d streams are left right after the signal", n)
	}
	wg.Wait()
	if err := p.wait(15 * time.Second); err != nil {
		t.Errorf("it ended with %v", err)
	}
	for i, a := range bodies {
		done, failed := strings.Contains(a.body, "data: [DONE]"), strings.Contains(a.body, `"code":"draining"`)
		if a.status != 200 || a.err != nil || done != (i < each) || failed == done {
			t.Errorf("stream %d: done %v, error %v, %d bytes, %v", i, done, failed, len(a.body), a.err)
		}
	}
	ends := map[string]int{}
	for _, r := range ledgerRows(t, dir) {
		ends[r.End]++
		if r.End == "drained" && (!r.Estimated || r.Output == 0) {
			t.Errorf("row: %+v", r)
		}
	}
	if ends["completed"] != each || ends["drained"] != each || len(ends) != 2 {
		t.Errorf("rows: %v", ends)
	}
}

// TestProcessDrainIsBounded stops the gateway while clients hold connections on
// which no request is whole. They must not hold the gateway back.
func TestProcessDrainIsBounded(t *testing.T) {
	p := startProcess(t, processDir(t, startMock(t, ""), "timeouts: {drain: 200ms, header: 60s, body: 60s}\n"))
	for _, url := range []string{p.url, p.admin} {
		for _, start := range []string{"", "POST /v1/chat", strings.Replace(rawChat(""), "Content-Length: ", "Content-Length: 99", 1)} {
			c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, start); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.chat("")
	start := time.Now()
	p.signal(syscall.SIGTERM)
	if err := p.wait(15 * time.Second); err != nil {
		t.Errorf("it ended with %v", err)
	}
	t.Logf("it took %v", time.Since(start))
}

// TestProcessSecondSignal: who asks twice does not want to wait.
func TestProcessSecondSignal(t *testing.T) {
	m := startMock(t, "fault=hang")
	dir := processDir(t, m, "timeouts: {drain: 10m}\n")
	p := startProcess(t, dir)
	got := make(chan answer, 1)
	go func() { got <- p.chat("") }()
	if !m.Wait(func(s mock.Stats) bool { return s.InFlight == 1 }, 10*time.Second) {
		t.Fatal("the request did not arrive")
	}
	p.signal(syscall.SIGTERM)
	p.eventually("it drains", func() bool { return p.do(p.admin+"/readyz", "").status == 503 })
	p.signal(syscall.SIGINT)
	if err := p.wait(15 * time.Second); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if a := <-got; a.status != 503 || a.code() != "draining" {
		t.Errorf("the waiting client: %+v", a)
	}
	if rows := ledgerRows(t, dir); len(rows) != 1 || rows[0].End != "drained" {
		t.Errorf("rows: %+v", rows)
	}
}

// TestProcessReloadBySignal sends SIGHUP, with a good and a bad configuration.
func TestProcessReloadBySignal(t *testing.T) {
	dir := processDir(t, startMock(t, ""), "")
	p := startProcess(t, dir)
	file := filepath.Join(dir, "sallyport.yaml")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reload := func(text, metric string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p.signal(syscall.SIGHUP)
		p.eventually(metric, func() bool { return strings.Contains(p.do(p.admin+"/metrics", "").body, metric) })
	}
	reload(strings.Replace(string(good), "name: m,", "name: renamed,", 1), `sallyport_reloads_total{result="ok"} 1`)
	if a := p.chat(""); a.status != 404 {
		t.Errorf("the old route: %+v", a)
	}
	reload("nonsense: 1\n", `sallyport_reloads_total{result="rejected"}`)
	if a := p.do(p.url+"/v1/models", ""); a.status != 200 || !strings.Contains(a.body, "renamed") {
		t.Errorf("after a bad one: %+v", a)
	}
	if !strings.Contains(p.logs.String(), "sallyport.yaml:1") {
		t.Errorf("the log does not say which line was wrong: %s", p.logs.String())
	}
	p.stop()
}

// TestProcessCheck runs "sallyport check" on good and bad files.
func TestProcessCheck(t *testing.T) {
	dir := processDir(t, startMock(t, ""), "")
	file := filepath.Join(dir, "sallyport.yaml")
	if out, err := run(t, dir, "check", "--config", file); err != nil || !strings.Contains(out, "is fine") {
		t.Errorf("a good file: %v: %s", err, out)
	}
	bad := "listen: 127.0.0.1:0\nlisen: x\nproviders:\n  - {name: p, kind: opena, key: sk-canary-0123456789}\nroutes:\n  - {name: m, deployments: [{provider: q, model: x}]}\n"
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, "check", "--config", file)
	if err == nil {
		t.Error("a bad file is fine")
	}
	for _, want := range []string{"sallyport.yaml:2", "lisen", "sallyport.yaml:4", "opena", "sallyport.yaml:6"} {
		if !strings.Contains(out, want) {
			t.Errorf("the problems have no %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "canary") {
		t.Errorf("a key is shown:\n%s", out)
	}
	if out, err := run(t, dir, "check", "--config", filepath.Join(dir, "nowhere")); err == nil || !strings.Contains(out, "nowhere") {
		t.Errorf("no file: %v: %s", err, out)
	}
	if out, err := run(t, dir, "serve", "--config", file); err == nil || !strings.Contains(out, "sallyport.yaml:2") {
		t.Errorf("serving a bad file: %v: %s", err, out)
	}
}

// TestProcessWithoutConfiguration runs the curl line that a newcomer is shown.
func TestProcessWithoutConfiguration(t *testing.T) {
	if c, err := net.DialTimeout("tcp", "127.0.0.1:8080", time.Second); err == nil {
		_ = c.Close()
		t.Skip("something listens on the usual port already")
	}
	dir := t.TempDir()
	p := runProcess(t, dir, []string{mustBuild(t), "serve"})
	_, line, ok := strings.Cut(p.greet, "Try:\n")
	if !ok {
		t.Fatalf("no line to try: %s", p.greet)
	}
	out, err := shell(t, dir, line)
	if err != nil || !strings.Contains(out, `"choices"`) || !strings.Contains(out, "Hello!") {
		t.Errorf("the line\n%s\ngave %v: %s", line, err, out)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "GET /v1/models HTTP/1.1\r\nHost: attacker.example\r\n\r\n")
	if a := receive(bufio.NewReader(c), http.MethodGet); a.status != 403 {
		t.Errorf("another host: %+v", a)
	}
	p.stop()
}
