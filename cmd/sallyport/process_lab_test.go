package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/ledger"
	sdk "github.com/sallyport-gateway/sallyport/sdk/adapter"
)

// binaryDir is where [builtBinary] builds; TestMain removes it.
var binaryDir string

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == guardCommand { // a gateway in this process runs itself so
		os.Exit(adapter.Guard(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == compilerCommand {
		os.Exit(compileModule(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == adapterCommand {
		sdk.Serve(&adapterGuard{})
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == faultyCommand {
		faulty(os.Args[2:])
	}
	code := m.Run()
	if binaryDir != "" {
		_ = os.RemoveAll(binaryDir)
	}
	os.Exit(code)
}

// builtBinary builds the gateway, once per run of the tests.
var builtBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sallyport-test-")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	path := filepath.Join(dir, "sallyport")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// process is a gateway in a process of its own.
type process struct {
	*testing.T
	cmd    *exec.Cmd
	url    string // of the clients' listener
	admin  string // of the operator's
	greet  string // what it printed until it was ready
	logs   *syncBuffer
	client *http.Client
	exited chan struct{}
	err    error // of Wait; after exited
}

// processDir makes a folder with a configuration for a mock.
func processDir(t *testing.T, m *mock.Server, top string) string {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nledger: {folder: ledger}\n%s\nproviders:\n"+
		"  - {name: p0, kind: openai, base_url: %q, auth: none}\nroutes:\n  - {name: m, deployments: [{provider: p0, model: served}]}\n"+
		"keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n", top, m.URL()+"/v1")
	for name, text := range map[string]string{"key": virtualKey, "sallyport.yaml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func startMock(t *testing.T, scenario string) *mock.Server {
	t.Helper()
	m, err := mock.Start(mock.Config{Scenario: scenario})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// startProcess starts the gateway on the configuration in dir, by way of the
// given command, if any, and waits until it serves.
func startProcess(t *testing.T, dir string, through ...string) *process {
	t.Helper()
	return runProcess(t, dir, append(through, mustBuild(t), "serve", "--config", filepath.Join(dir, "sallyport.yaml")))
}

func mustBuild(t *testing.T) string {
	t.Helper()
	path, err := builtBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func runProcess(t *testing.T, dir string, args []string) *process {
	t.Helper()
	p := &process{T: t, logs: &syncBuffer{}, exited: make(chan struct{})}
	p.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	p.cmd = exec.CommandContext(context.Background(), args[0], args[1:]...)
	p.cmd.Dir = dir
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	p.cmd.Stderr = p.logs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", p.logs.String())
		}
	})
	br := bufio.NewReader(out)
	for !strings.Contains(p.greet, "\n    -d ") {
		line, err := br.ReadString('\n')
		p.greet += line
		if err != nil {
			_ = p.cmd.Wait()
			close(p.exited)
			t.Fatalf("the gateway did not start: %s\n%s", p.greet, p.logs.String())
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, br)
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	for line := range strings.Lines(p.greet) {
		if _, url, ok := strings.Cut(line, " serves "); ok {
			p.url = strings.TrimSpace(url)
		}
		if _, url, ok := strings.Cut(line, "operator: "); ok {
			p.admin, _, _ = strings.Cut(url, "/admin")
		}
	}
	return p
}

// do makes a call with the virtual key, and a body unless that is "".
func (p *process) do(url, body string) answer {
	req, err := http.NewRequestWithContext(p.Context(), map[bool]string{true: "GET", false: "POST"}[body == ""], url, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+virtualKey)
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(b), err: err}
}

func (p *process) chat(more string) answer { return p.do(p.url+"/v1/chat/completions", chatBody(more)) }

func (p *process) signal(s os.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}

// wait waits until the process has ended.
func (p *process) wait(most time.Duration) error {
	p.Helper()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-p.exited:
		return p.err
	case <-timer.C:
		p.signal(syscall.SIGQUIT)
		<-p.exited
		p.Fatalf("the gateway still runs after %v", most)
		return nil
	}
}

// stop ends the process in good order.
func (p *process) stop() {
	p.Helper()
	p.signal(syscall.SIGTERM)
	if err := p.wait(20 * time.Second); err != nil {
		p.Errorf("the gateway ended with %v", err)
	}
}

// eventually waits for a condition, for ten seconds at most.
func (p *process) eventually(what string, ok func() bool) {
	p.Helper()
	(&lab{TB: p.T}).eventually(what, ok)
}

// ledgerRows reads the ledger in dir.
func ledgerRows(t *testing.T, dir string) []ledger.Row {
	t.Helper()
	var rows []ledger.Row
	report, err := ledger.Read(filepath.Join(dir, "ledger"), ledger.Filter{}, func(r ledger.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil || report.Damaged > 0 || len(report.BadSegments) > 0 {
		t.Fatalf("reading the ledger: %v, %+v", err, report)
	}
	return rows
}

// run runs the binary to its end and returns what it printed.
func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, mustBuild(t), args...)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		return out.String(), errors.Join(err, ctx.Err())
	}
	return out.String(), err
}
