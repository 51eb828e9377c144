package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

const health = "GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"

// serving starts a server without routes, which answers health.
func serving(t *testing.T, change func(*config.Snapshot)) *Server {
	t.Helper()
	snap := &config.Snapshot{Listen: "127.0.0.1:0", Keyless: true}
	snap.Timeouts.Header, snap.Timeouts.Body = time.Minute, time.Minute
	snap.Timeouts.Idle, snap.Timeouts.Write = time.Minute, time.Minute
	snap.Limits.Connections, snap.Limits.BodyBytes = 1000, 1<<20
	if change != nil {
		change(snap)
	}
	s, err := New(Options{Metrics: telemetry.NewMetrics(), Log: zerolog.Nop()},
		&State{Snapshot: snap, Dialects: []core.Dialect{openai.New()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(t.Context()) })
	return s
}

// client is a connection to a server.
type client struct {
	net.Conn
	*testing.T
	br *bufio.Reader
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { _ = c.Close() })
	return &client{Conn: c, T: t, br: bufio.NewReader(c)}
}

func (c *client) send(text string) {
	c.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.Fatal(err)
	}
}

// answered reads an answer.
func (c *client) answered(status int) {
	c.Helper()
	if got, err := answer(c.br); err != nil || got != status {
		c.Fatalf("status %d, %v, want %d", got, err, status)
	}
}

// answer reads an answer to its end.
func answer(br *bufio.Reader) (status int, err error) {
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// ask makes n requests, one after the other.
func (c *client) ask(n int) {
	c.Helper()
	for range n {
		c.send(health)
		c.answered(http.StatusOK)
	}
}

// over waits for the end of the connection.
func (c *client) over() {
	c.Helper()
	if n, err := io.Copy(io.Discard, c.br); n > 0 || errors.Is(err, context.DeadlineExceeded) {
		c.Fatalf("%d bytes more, then %v; want the end", n, err)
	}
}

func (b *busyConns) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.all)
}

// rested tells how many connections came back from the busy ones and wait.
func (l *listener) restedCount() (n int) {
	l.open.mu.Lock()
	defer l.open.mu.Unlock()
	for c := range l.open.all {
		if c.rested.Load() {
			n++
		}
	}
	return n
}

// rest lets the busy connections of s rest.
func rest(t *testing.T, s *Server) {
	t.Helper()
	waitFor(t, func() bool { s.mainLn.busy.sweep(); return s.mainLn.busy.count() == 0 })
}

func TestConnectionsMoveAsTheyAreUsed(t *testing.T) {
	s := serving(t, nil)
	c := dial(t, s)
	for range 3 {
		c.ask(busyFrom - 1)
		if n := s.mainLn.busy.count(); n != 0 {
			t.Fatalf("%d busy connections after %d requests", n, busyFrom-1)
		}
		c.ask(5)
		if n := s.mainLn.busy.count(); n != 1 {
			t.Fatalf("%d busy connections after some requests, want 1", n)
		}
		rest(t, s)
		if n := s.mainLn.restedCount(); n != 1 {
			t.Fatalf("%d connections rest, want 1", n)
		}
	}
	_ = c.Close()
	waitFor(t, func() bool {
		s.mainLn.open.mu.Lock()
		defer s.mainLn.open.mu.Unlock()
		return len(s.mainLn.open.all) == 0
	})
}

func TestBusyPlacesAreBounded(t *testing.T) {
	s := serving(t, nil)
	var all []*client
	for range maxBusy + 3 {
		c := dial(t, s)
		c.ask(busyFrom)
		all = append(all, c)
	}
	if n := s.mainLn.busy.count(); n != maxBusy {
		t.Errorf("%d busy connections, want %d", n, maxBusy)
	}
	for _, c := range all {
		c.ask(1)
	}
	for _, c := range all[:10] {
		_ = c.Close()
	}
	waitFor(t, func() bool { return s.mainLn.busy.count() == maxBusy-10 })
	all[maxBusy].ask(1) // takes one of the places
	if n := s.mainLn.busy.count(); n != maxBusy-9 {
		t.Errorf("%d busy connections, want %d", n, maxBusy-9)
	}
}

// TestBusyPipelining: an answer is not held back by the beginning of the next
// request, however the bytes are cut.
func TestBusyPipelining(t *testing.T) {
	s := serving(t, nil)
	const head = "POST /nowhere HTTP/1.1\r\nHost: gateway\r\nContent-Length: 10\r\n\r\n"
	const next = head + "0123456789"
	long := "POST /nowhere HTTP/1.1\r\nHost: gateway\r\nContent-Length: 30000\r\n\r\n" + strings.Repeat("x", 30000)
	chunked := "POST /nowhere HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	for name, first := range map[string]struct {
		text   string
		status int
	}{"small": {health, 200}, "large": {long, 404}, "chunked": {chunked, 404}} {
		for _, cut := range []int{1, len(head) - 1, len(head), len(next) - 1} {
			c := dial(t, s)
			c.ask(busyFrom)
			for range 3 {
				c.send(first.text + next[:cut])
				c.answered(first.status)
				c.send(next[cut:] + health)
				c.answered(http.StatusNotFound)
				c.answered(http.StatusOK)
			}
			if t.Failed() {
				t.Fatalf("%s, cut at %d", name, cut)
			}
		}
	}
}

// TestSweepSparesRequests: a connection on which a request has begun does not rest,
// even if the sweep's deadline hits it in the middle.
func TestSweepSparesRequests(t *testing.T) {
	s := serving(t, nil)
	c := dial(t, s)
	c.ask(busyFrom)
	own := func() (own *conn) {
		s.mainLn.busy.mu.Lock()
		defer s.mainLn.busy.mu.Unlock()
		for own = range s.mainLn.busy.all {
		}
		return own
	}()
	c.send(health[:20])
	waitFor(t, own.asked.Load)
	s.mainLn.busy.sweep()
	s.mainLn.busy.sweep()
	if own.resting.Load() {
		t.Error("the sweep wants a connection to rest that has a request")
	}
	_ = own.TCPConn.SetReadDeadline(longAgo)
	c.send(health[20:])
	c.answered(http.StatusOK)
	_ = own.TCPConn.SetReadDeadline(longAgo) // as left over from a request
	c.ask(1)
	if n := s.mainLn.busy.count(); n != 1 {
		t.Errorf("%d busy connections, want 1", n)
	}
}

func TestBusyHeadTimeout(t *testing.T) {
	s := serving(t, func(snap *config.Snapshot) { snap.Timeouts.Header = 200 * time.Millisecond })
	c := dial(t, s)
	c.ask(busyFrom)
	c.send(health[:20])
	c.answered(http.StatusRequestTimeout)
	c.over()
}

func TestBusyBodyTimeout(t *testing.T) {
	s := serving(t, func(snap *config.Snapshot) { snap.Timeouts.Body = 200 * time.Millisecond })
	c := dial(t, s)
	c.ask(busyFrom)
	c.send("POST /nowhere HTTP/1.1\r\nHost: gateway\r\nContent-Length: 30000\r\n\r\nxxx")
	c.answered(http.StatusRequestTimeout)
	c.over()
}

// TestRestedIdleTimeout: a connection that rests may do so as long as any other.
func TestRestedIdleTimeout(t *testing.T) {
	s := serving(t, func(snap *config.Snapshot) {
		snap.Timeouts.Header, snap.Timeouts.Idle = 200*time.Millisecond, time.Second // a busy machine may need the former
	})
	c := dial(t, s)
	c.ask(busyFrom)
	rest(t, s)
	rested := time.Now()
	c.over()
	if d := time.Since(rested); d < time.Second/2 {
		t.Errorf("closed after %v, as if it were new", d)
	}
}

// TestShutdownEndsEveryKind: no connection that waits for a request holds up the
// end, wherever it waits.
func TestShutdownEndsEveryKind(t *testing.T) {
	s := serving(t, nil)
	calm, busy, rested := dial(t, s), dial(t, s), dial(t, s)
	calm.ask(1)
	rested.ask(busyFrom)
	rest(t, s)
	busy.ask(busyFrom)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("%v, %v", err, ctx.Err())
	}
	for _, c := range []*client{calm, busy, rested} {
		c.over()
	}
	late, err := net.Dial("tcp", s.Addr().String())
	if err == nil {
		_ = late.Close()
		t.Error("it still listens")
	}
}

// TestMovingUnderLoad moves connections to and fro while they are used, and ends
// in the middle of it.
func TestMovingUnderLoad(t *testing.T) {
	s := serving(t, nil)
	stop := make(chan struct{})
	done := make(chan error)
	const conns = 20
	for range conns {
		c := dial(t, s)
		go func() {
			for {
				_, err := io.WriteString(c, health)
				if err == nil {
					_, err = answer(c.br)
				}
				select {
				case <-stop:
					done <- nil
					return
				default:
					if err != nil {
						done <- err
						return
					}
				}
			}
		}()
	}
	for range 300 {
		s.mainLn.busy.sweep()
	}
	close(stop)
	_ = s.Shutdown(t.Context())
	for range conns {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	s := serving(t, func(snap *config.Snapshot) { snap.Limits.Connections = 2 })
	one, two := dial(t, s), dial(t, s)
	one.ask(busyFrom) // the busy ones count too
	two.ask(1)
	three := dial(t, s)
	three.answered(http.StatusServiceUnavailable)
	_ = one.Close()
	waitFor(t, func() bool {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = fmt.Fprint(c, health)
		status, err := answer(bufio.NewReader(c))
		return err == nil && status == http.StatusOK
	})
}
