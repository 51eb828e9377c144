package examples

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// gateway is the binary that every story runs, built once.
var gateway string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "sallyport-examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	gateway = filepath.Join(folder, "sallyport")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", gateway, "../cmd/sallyport")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the gateway:", err)
		return 1
	}
	return m.Run()
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

// story is a running gateway with a story's configuration.
type story struct {
	readme string
	config string // path
	// plugins is the plugin folder of this run, a copy of the story's.
	plugins string
	env     []string
	url     string
	admin   string // the operator's address
}

// start checks and serves the story's configuration. replace maps its addresses
// to those of this run; each must occur.
func start(t *testing.T, name string, replace map[string]string, env ...string) *story {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(name, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(name, "sallyport.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	replaced := string(text)
	replace["listen: 127.0.0.1:8080\n"] = "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n"
	for from, to := range replace {
		if !strings.Contains(replaced, from) {
			t.Fatalf("%s/sallyport.yaml has no %q any more", name, from)
		}
		replaced = strings.Replace(replaced, from, to, 1)
	}
	s := &story{readme: string(readme), config: filepath.Join(t.TempDir(), "sallyport.yaml"), env: env}
	if err := os.WriteFile(s.config, []byte(replaced), 0o600); err != nil {
		t.Fatal(err)
	}
	s.plugins = filepath.Join(filepath.Dir(s.config), "plugins.d")
	copyPlugins(t, filepath.Join(name, "plugins.d"), s.plugins)
	if out := s.command(t, "check", "--config", s.config); !bytes.Contains(out, []byte("is fine")) {
		t.Errorf("check says: %s", out)
	}
	s.serve(t)
	return s
}

// copyPlugins copies the files of a story's plugin folder, if it has one.
func copyPlugins(t *testing.T, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		return
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, f.Name()), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// eventually makes a call again and again until ok says so, for ten seconds at
// most.
func (s *story) eventually(t *testing.T, what string, c curl, ok func(status int, body string) bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); ; <-tick.C {
		status, body := s.call(t, c)
		if ok(status, body) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited 10 s in vain: %s; the last answer is %d %s", what, status, body)
		}
	}
}

// rejected waits until a file beside a plugin says why it was rejected.
func (s *story) rejected(t *testing.T, name, want string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); ; <-tick.C {
		text, _ := os.ReadFile(filepath.Join(s.plugins, name))
		if strings.Contains(string(text), want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited 10 s for %s to say %q; it says %q", name, want, text)
		}
	}
}

var (
	serving  = regexp.MustCompile(`serves (http://\S+)`)
	operator = regexp.MustCompile(`for the operator: http://([^/]+)/`)
)

// serve runs the gateway until the test ends, when it must drain and leave well.
func (s *story) serve(t *testing.T) {
	t.Helper()
	// The test's own context ends before its cleanups, where the gateway drains.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), gateway, "serve", "--config", s.config)
	cmd.Env = s.env
	cmd.WaitDelay = 5 * time.Second
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for (s.url == "" || s.admin == "") && lines.Scan() {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			s.url = m[1]
		}
		if m := operator.FindStringSubmatch(lines.Text()); m != nil {
			s.admin = m[1]
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, out) // the rest of the greeting
	}()
	t.Cleanup(func() {
		// It may have ended by itself, which Wait tells.
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		<-drained
		if err := cmd.Wait(); err != nil || s.url == "" || t.Failed() {
			t.Errorf("the gateway ended with %v; its log:\n%s", err, &log)
		}
	})
	if s.url == "" {
		t.Fatal("the gateway did not say where it serves")
	}
}

// command runs the gateway's binary to its end and returns what it printed.
func (s *story) command(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), gateway, args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sallyport %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// total is a line of the usage command.
type total struct {
	Group                    map[string]string
	Requests, Errors, Output int64
}

// usage reads the totals of successful exchanges from the ledger.
func (s *story) usage(t *testing.T, by ...string) []total {
	t.Helper()
	out := s.command(t, append([]string{"usage", "--config", s.config, "--json"}, by...)...)
	var rows []total
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var r total
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		rows = append(rows, r)
	}
}

// curl is a call that a README shows.
type curl struct {
	path, body string
	header     map[string]string
}

var (
	curlLine   = regexp.MustCompile(`(?m)^curl http://127\.0\.0\.1:8080(\S+)((?:.*\\\n)*.*)$`)
	curlHeader = regexp.MustCompile(`-H "([^":]+): ([^"]*)"`)
	curlBody   = regexp.MustCompile(`-d '([^']*)'`)
)

// curls returns the calls in a README. They are not given to a shell, so that
// the test needs none.
func curls(t *testing.T, readme string) []curl {
	t.Helper()
	var out []curl
	for _, m := range curlLine.FindAllStringSubmatch(readme, -1) {
		c := curl{path: m[1], header: map[string]string{}}
		for _, h := range curlHeader.FindAllStringSubmatch(m[2], -1) {
			c.header[h[1]] = h[2]
		}
		if b := curlBody.FindStringSubmatch(m[2]); b != nil {
			c.body = b[1]
		}
		if !json.Valid([]byte(c.body)) || len(c.header) == 0 {
			t.Fatalf("the call cannot be read: %s", m[0])
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		t.Fatal("the README has no call")
	}
	return out
}

// call makes the call at the running gateway, with the story's environment.
func (s *story) call(t *testing.T, c curl) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.header {
		for _, v := range s.env {
			key, text, _ := strings.Cut(v, "=")
			value = strings.ReplaceAll(value, "$"+key, text)
		}
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// content returns the text of a chat answer.
func content(t *testing.T, body string) string {
	t.Helper()
	var a struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Choices) != 1 {
		t.Fatalf("%v in %s", err, body)
	}
	return a.Choices[0].Message.Content
}
