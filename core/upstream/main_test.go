package upstream

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The yardstick of the benchmarks never ends its own goroutines.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*TCPDialer).tcpAddrsClean"))
}

// fake is an upstream made of a raw listener: serve gets each connection and
// its number, counting from 1.
type fake struct {
	net.Listener
	conns   atomic.Int64
	mu      sync.Mutex
	open    map[net.Conn]bool
	serving sync.WaitGroup
}

func newFake(t testing.TB, serve func(c net.Conn, n int64)) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, serve)
}

func serveOn(t testing.TB, l net.Listener, serve func(c net.Conn, n int64)) *fake {
	t.Helper()
	f := &fake{Listener: l, open: map[net.Conn]bool{}}
	f.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := f.conns.Add(1)
			f.mu.Lock()
			f.open[c] = true
			f.mu.Unlock()
			f.serving.Go(func() {
				defer c.Close()
				serve(c, n)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		f.mu.Lock()
		for c := range f.open {
			c.Close()
		}
		f.mu.Unlock()
		f.serving.Wait()
	})
	return f
}

// answer serves each request on a connection with the same bytes.
func answer(text string) func(net.Conn, int64) {
	return func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for readRequest(in) != nil {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

// once answers the first request of a connection and closes it.
func once(text string) func(net.Conn, int64) {
	return func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, text)
	}
}

// seen is a request as the upstream read it.
type seen struct {
	*http.Request
	body string
}

func readRequest(in *bufio.Reader) *seen {
	r, err := http.ReadRequest(in)
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	return &seen{r, string(body)}
}

// silent reads until the other side goes.
func silent(c net.Conn, _ int64) { _, _ = io.Copy(io.Discard, c) }

// client is an exchange with one provider.
type client struct {
	t    testing.TB
	host *Host
	ex   *core.Exchange
	d    *core.Deployment
	resp Response
}

// newClient makes a client of addr. change may adapt the provider and options.
func newClient(t testing.TB, addr string, change ...func(*core.Provider, *Options)) *client {
	t.Helper()
	p := &core.Provider{Name: "acme", Scheme: "http", Host: addr, Timeouts: core.Timeouts{
		Connect: 10 * time.Second, FirstByte: 10 * time.Second, Idle: 10 * time.Second,
	}}
	var o Options
	for _, f := range change {
		f(p, &o)
	}
	h, err := NewHost(p, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return &client{t: t, host: h, ex: new(core.Exchange), d: &core.Deployment{Name: "d", Provider: p}}
}

// again is another exchange with the same host.
func (c *client) again() *client {
	return &client{t: c.t, host: c.host, ex: new(core.Exchange), d: c.d}
}

// do posts the body ranges and reads the head of the answer.
func (c *client) do(body ...string) *core.Error {
	at := c.ex.NewAttempt(c.d)
	at.Request.Method, at.Request.Path = "POST", "/v1/chat/completions"
	at.Request.Header = append(at.Request.Header, core.Header{Name: "Authorization", Value: "Bearer sk-test"})
	for _, b := range body {
		at.Request.Body = append(at.Request.Body, []byte(b))
	}
	return c.host.Do(c.ex, at, &c.resp)
}

// fetch posts and returns the whole answer.
func (c *client) fetch(body ...string) (string, *core.Error) {
	if err := c.do(body...); err != nil {
		return "", err
	}
	b, err := c.resp.ReadAll(nil, 0)
	return string(b), err
}

func (c *client) mustFetch(want string) {
	c.t.Helper()
	got, err := c.fetch("{}")
	if err != nil || got != want {
		c.t.Fatalf("answer = %q, %v; want %q", got, err, want)
	}
}

func wantCode(t testing.TB, err *core.Error, want core.Code) {
	t.Helper()
	if err == nil || err.Code != want {
		t.Fatalf("error = %v, want code %s", err, want)
	}
	if err.HTTPStatus() < 400 {
		t.Errorf("status %d is no error", err.HTTPStatus())
	}
	for _, secret := range []string{"127.0.0.1", "sk-test"} {
		if strings.Contains(err.Message, secret) {
			t.Errorf("message %q shows %q", err.Message, secret)
		}
	}
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("did not happen: %s", what)
		}
	}
}

// openFiles counts the descriptors of the process, or -1 where it cannot.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}
