package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// A connection that the upstream closed while it was idle is replaced without
// an error, once, and only when no byte of an answer came.
func TestStaleConnection(t *testing.T) {
	second := make(chan struct{}, 1)
	f := newFake(t, func(c net.Conn, n int64) {
		in := bufio.NewReader(c)
		readRequest(in)
		_, _ = io.WriteString(c, okAnswer)
		if n == 1 {
			_, _ = in.Peek(1) // close with the next request unread: a reset
			second <- struct{}{}
			return
		}
		readRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 200")
	})
	c := newClient(t, f.Addr().String())
	c.mustFetch("ok")
	c.again().mustFetch("ok")
	<-second
	if s := c.host.Stats(); s.Dials != 2 || s.Open != 1 {
		t.Errorf("stats = %+v, want a second dial", s)
	}
	_, err := c.again().fetch("{}") // some bytes of an answer: never sent again
	wantCode(t, err, core.CodeUpstreamCut)
	if n := f.conns.Load(); n != 2 {
		t.Errorf("connections = %d, want 2", n)
	}
}

// An upstream that reads requests and dies looks like one that closed an idle
// connection. The second request is therefore asked for, and a host that met
// such a connection looks at each before use.
func TestResend(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		readRequest(in)
		_, _ = io.WriteString(c, okAnswer)
		readRequest(in)
	})
	allowed := 1
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) {
		o.Resend = func() bool { allowed--; return allowed >= 0 }
	})
	c.mustFetch("ok")
	if c.host.wary.Load() {
		t.Error("wary without a reason")
	}
	c.again().mustFetch("ok") // on a second connection, which the third meets
	if allowed != 0 || !c.host.wary.Load() {
		t.Errorf("allowed = %d, wary = %t", allowed, c.host.wary.Load())
	}
	_, err := c.again().fetch("{}")
	wantCode(t, err, core.CodeUpstreamCut)
	if n := f.conns.Load(); n != 2 {
		t.Errorf("connections = %d, want 2", n)
	}
}

// Without a queue the first one too many is refused.
func TestNoPending(t *testing.T) {
	f := newFake(t, silent)
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) { o.MaxConns, o.MaxPending = 1, -1 })
	first := make(chan *core.Error)
	holder := c.again()
	go func() { _, err := holder.fetch("{}"); first <- err }()
	eventually(t, "the connection is in use", func() bool { return f.conns.Load() == 1 })
	_, err := c.again().fetch("{}")
	wantCode(t, err, core.CodeOverloaded)
	holder.ex.Cancel(core.CauseClientGone)
	wantCode(t, <-first, core.CodeClientGone)
}

// A new connection that dies is no stale one: the request is not repeated.
func TestNewConnectionIsNotRetried(t *testing.T) {
	f := newFake(t, once(""))
	c := newClient(t, f.Addr().String())
	_, err := c.fetch("{}")
	wantCode(t, err, core.CodeUpstreamCut)
	if n := f.conns.Load(); n != 1 {
		t.Errorf("connections = %d, want 1", n)
	}
}

// What an upstream says on an idle connection is not taken for an answer.
func TestIdleConnectionThatSpeaks(t *testing.T) {
	said := make(chan struct{})
	f := newFake(t, func(c net.Conn, n int64) {
		in := bufio.NewReader(c)
		readRequest(in)
		_, _ = io.WriteString(c, okAnswer)
		if n == 1 {
			<-said
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
			said <- struct{}{}
		}
		silent(c, n)
	})
	c := newClient(t, f.Addr().String())
	c.mustFetch("ok")
	said <- struct{}{}
	<-said
	c.host.mu.Lock()
	idle := c.host.idle[0]
	idle.since -= moment(time.Second)
	c.host.mu.Unlock()
	eventually(t, "the bytes arrive", func() bool { return !idle.probe.quiet() })
	c.again().mustFetch("ok")
	if n := f.conns.Load(); n != 2 {
		t.Errorf("connections = %d, want 2", n)
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	f := newFake(t, answer(okAnswer))
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) { o.MaxIdle = 20 * time.Millisecond })
	for range 3 {
		c.again().mustFetch("ok")
		eventually(t, "the idle connection is closed", func() bool { return c.host.Stats().Open == 0 })
	}
}

func TestOldConnectionsAreReplaced(t *testing.T) {
	f := newFake(t, answer(okAnswer))
	c := newClient(t, f.Addr().String())
	if err := c.do("{}"); err != nil {
		t.Fatal(err)
	}
	c.resp.conn.born -= 2 * maxAge
	if _, err := c.resp.ReadAll(nil, 0); err != nil {
		t.Fatal(err)
	}
	if s := c.host.Stats(); s.Open != 0 {
		t.Errorf("stats = %+v, want nothing open", s)
	}
}

func TestCloseWithoutReading(t *testing.T) {
	f := newFake(t, answer(okAnswer))
	for _, reuse := range []bool{true, false} {
		c := newClient(t, f.Addr().String())
		if err := c.do("{}"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the body is here", func() bool { // it may come after the head
			in := c.resp.conn
			if in.buffered() == 0 {
				n, _ := c.resp.receive(in, in.buf[in.w:])
				in.w += n
			}
			return in.buffered() == 2
		})
		c.resp.Close(reuse)
		c.resp.Close(reuse)
		if s := c.host.Stats(); s.Idle == 1 != reuse || s.Open != s.Idle {
			t.Errorf("reuse %v: stats = %+v", reuse, s)
		}
		if _, err := c.resp.Next(); reuse && !errors.Is(err, io.EOF) || !reuse && err == nil {
			t.Errorf("reuse %v: Next after Close: %v", reuse, err)
		}
	}
	var none Response
	if _, err := none.Next(); err == nil {
		t.Error("an empty response has no end")
	}
	if _, err := none.ReadAll(nil, 0); err == nil {
		t.Error("an empty response has no end")
	}
	none.Close(true)
	none.Reset()
}

func TestHostClose(t *testing.T) {
	f := newFake(t, answer(okAnswer))
	c := newClient(t, f.Addr().String())
	c.mustFetch("ok")
	busy := c.again()
	if err := busy.do("{}"); err != nil {
		t.Fatal(err)
	}
	c.host.Close()
	if got, err := busy.resp.ReadAll(nil, 0); err != nil || string(got) != "ok" {
		t.Errorf("the busy one: %q, %v", got, err)
	}
	c.again().mustFetch("ok") // late exchanges still work
	if s := c.host.Stats(); s.Open != 0 {
		t.Errorf("stats = %+v, want nothing open", s)
	}
}

// F19: those beyond the queue are refused at once, and counted exactly.
func TestPending(t *testing.T) {
	const conns, pending, excess = 3, 5, 7
	release := make(chan struct{})
	f := newFake(t, func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for readRequest(in) != nil {
			<-release
			_, _ = io.WriteString(c, okAnswer)
		}
	})
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) { o.MaxConns, o.MaxPending = conns, pending })
	var ok sync.WaitGroup
	for range conns + pending {
		ok.Go(func() {
			if got, err := c.again().fetch("{}"); err != nil || got != "ok" {
				t.Errorf("answer = %q, %v", got, err)
			}
		})
	}
	eventually(t, "the queue is full", func() bool { s := c.host.Stats(); return s.Open == conns && s.Waiting == pending })
	for range excess {
		_, err := c.again().fetch("{}")
		wantCode(t, err, core.CodeOverloaded)
		if err.HTTPStatus() != 503 {
			t.Errorf("status = %d", err.HTTPStatus())
		}
	}
	if s := c.host.Stats(); s.Refused != excess {
		t.Errorf("refused = %d, want %d", s.Refused, excess)
	}
	close(release)
	ok.Wait()
	if s := c.host.Stats(); s.Refused != excess || s.Waiting != 0 || s.Dials != conns || s.Open != conns || s.Idle != conns {
		t.Errorf("stats = %+v", s)
	}
}

// A waiter gives up by its bounds or a cancellation, and takes nothing along.
func TestPendingGivesUp(t *testing.T) {
	release := make(chan struct{})
	f := newFake(t, func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for readRequest(in) != nil {
			<-release
			_, _ = io.WriteString(c, okAnswer)
		}
	})
	c := newClient(t, f.Addr().String(), func(p *core.Provider, o *Options) {
		o.MaxConns, p.Timeouts.Connect = 1, short
	})
	first := make(chan *core.Error)
	go func() { _, err := c.again().fetch("{}"); first <- err }()
	eventually(t, "the connection is in use", func() bool { return c.host.Stats().Open == 1 })

	_, err := c.again().fetch("{}")
	wantCode(t, err, core.CodeOverloaded)

	c.d.Provider.Timeouts.Connect = 10 * time.Second
	n := c.again()
	gone := make(chan *core.Error)
	go func() { _, err := n.fetch("{}"); gone <- err }()
	eventually(t, "one waits", func() bool { return c.host.Stats().Waiting == 1 })
	n.ex.Cancel(core.CauseClientGone)
	wantCode(t, <-gone, core.CodeClientGone)

	late := c.again()
	late.ex.Start, late.ex.Route = time.Now(), &core.Route{Total: short}
	_, err = late.fetch("{}")
	wantCode(t, err, core.CodeDeadline)

	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if s := c.host.Stats(); s.Waiting != 0 || s.Open != 1 || s.Idle != 1 {
		t.Errorf("stats = %+v", s)
	}
}

// A waiter inherits the place of a connection that died.
func TestPendingInheritsPlaces(t *testing.T) {
	release := make(chan struct{})
	f := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		<-release
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
	})
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) { o.MaxConns = 1 })
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if got, err := c.again().fetch("{}"); err != nil || got != "ok" {
				t.Errorf("answer = %q, %v", got, err)
			}
		})
	}
	eventually(t, "four wait", func() bool { return c.host.Stats().Waiting == 4 })
	close(release)
	all.Wait()
	if s := c.host.Stats(); s.Open != 0 || s.Dials != 5 {
		t.Errorf("stats = %+v", s)
	}
}

func TestNewHost(t *testing.T) {
	for _, tc := range []struct{ scheme, host, addr, err string }{
		{"https", "api.acme.test", "api.acme.test:443", ""},
		{"http", "api.acme.test", "api.acme.test:80", ""},
		{"http", "[::1]", "[::1]:80", ""},
		{"http", "[::1]:8080", "[::1]:8080", ""},
		{"https", "api.acme.test:8443", "api.acme.test:8443", ""},
		{"ftp", "api.acme.test", "", "scheme"},
		{"", "api.acme.test", "", "scheme"},
		{"http", "", "", "host"},
		{"http", "a\r\nb", "", "host"},
	} {
		h, err := NewHost(&core.Provider{Name: "p", Scheme: tc.scheme, Host: tc.host}, Options{})
		if (err != nil) != (tc.err != "") {
			t.Errorf("%s://%q: %v", tc.scheme, tc.host, err)
		} else if err == nil && h.addr != tc.addr {
			t.Errorf("%s://%q dials %q, want %q", tc.scheme, tc.host, h.addr, tc.addr)
		}
	}
}
