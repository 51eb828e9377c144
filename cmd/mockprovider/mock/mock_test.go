package mock

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits that a correct mock ends at once.
const patience = 20 * time.Second

const prompt = `[{"role":"user","content":"How are you?"}]`

func start(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// rawClient is one connection without any HTTP cleverness.
type rawClient struct {
	t  *testing.T
	nc net.Conn
	r  *bufio.Reader
}

func dial(t *testing.T, s *Server) *rawClient {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if pem := s.CertPEM(); pem != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		nc = tls.Client(nc, &tls.Config{RootCAs: pool, ServerName: "localhost"})
	}
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return &rawClient{t, nc, bufio.NewReader(nc)}
}

func (c *rawClient) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.nc, text); err != nil {
		c.t.Fatal(err)
	}
}

func chatBody(stream bool) string {
	return fmt.Sprintf(`{"model":"m","stream":%t,"stream_options":{"include_usage":true},"messages":%s}`, stream, prompt)
}

func post(path, scenario, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: mock\r\nx-mock: %s\r\nContent-Length: %d\r\n\r\n%s", path, scenario, len(body), body)
}

// chat sends a chat request under a scenario.
func (c *rawClient) chat(scenario string, stream bool) {
	c.t.Helper()
	c.send(post("/v1/chat/completions", scenario, chatBody(stream)))
}

// answer reads one answer with the parser of net/http.
func (c *rawClient) answer() (*http.Response, []byte, error) {
	c.t.Helper()
	r, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(r.Body)
	return r, body, err
}

// good reads an answer that must be sound.
func (c *rawClient) good() (*http.Response, string) {
	c.t.Helper()
	r, body, err := c.answer()
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(body)
}

// rest reads until the connection ends and says how: "FIN", "RST" or the error.
func (c *rawClient) rest() (string, string) {
	c.t.Helper()
	b, err := io.ReadAll(c.r)
	return string(b), ended(err)
}

func ended(err error) string {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return "FIN"
	case errors.Is(err, syscall.ECONNRESET):
		return "RST"
	}
	return err.Error()
}

func wait(t *testing.T, s *Server, what string, ok func(Stats) bool) Stats {
	t.Helper()
	if !s.Wait(ok, patience) {
		t.Fatalf("%s did not come true; stats: %+v", what, s.Stats())
	}
	return s.Stats()
}

func settle(t *testing.T, s *Server) Stats {
	t.Helper()
	st, ok := s.Settle(patience)
	if !ok {
		t.Fatalf("answers still in flight: %+v", st)
	}
	return st
}

// payloads returns the data of the events of an SSE body with LF ends.
func payloads(body string) (all []string) {
	for line := range strings.Lines(body) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			all = append(all, strings.TrimSuffix(data, "\n"))
		}
	}
	return all
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in\n%s", p, text)
		}
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// get fetches a control path.
func get(t *testing.T, s *Server, call string, out io.Writer) int {
	t.Helper()
	c := dial(t, s)
	c.send(call + " HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n")
	r, body := c.good()
	_, _ = io.Copy(out, bytes.NewReader([]byte(body)))
	return r.StatusCode
}
