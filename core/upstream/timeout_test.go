package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const short = 50 * time.Millisecond

func bounds(t core.Timeouts) func(*core.Provider, *Options) {
	return func(p *core.Provider, _ *Options) { p.Timeouts = t }
}

// streamError reads a stream to its error.
func streamError(t *testing.T, c *client) (string, *core.Error) {
	t.Helper()
	var got []byte
	for {
		b, err := c.resp.Next()
		if is, ok := errors.AsType[*core.Error](err); ok {
			if _, again := c.resp.Next(); again != err { //nolint:errorlint // the same error repeats
				t.Errorf("the second error is %v", again)
			}
			return string(got), is
		}
		if err != nil {
			t.Fatalf("error = %v", err)
		}
		got = append(got, b...)
	}
}

// F01: nobody listens.
func TestConnectRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := newClient(t, l.Addr().String())
	_, e := c.fetch("{}")
	wantCode(t, e, core.CodeUpstreamConnect)
	if !errors.Is(e, syscall.ECONNREFUSED) {
		t.Errorf("cause = %v", e.Cause)
	}
}

// F02: a connect that nobody answers, and a handshake that nobody answers.
func TestConnectTimeout(t *testing.T) {
	f := newFake(t, silent)
	c := newClient(t, f.Addr().String(), secure(newAuthority(t)), bounds(core.Timeouts{Connect: short}))
	_, err := c.fetch("{}")
	wantCode(t, err, core.CodeUpstreamConnect)

	addr := blackHole(t)
	c = newClient(t, addr, bounds(core.Timeouts{Connect: short}))
	_, err = c.fetch("{}")
	wantCode(t, err, core.CodeUpstreamConnect)
}

// blackHole returns an address where a connect is never answered: a listener
// whose queue is full.
func blackHole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*syscall.SockaddrInet4).Port}
	for range 8 {
		c, err := net.DialTimeout("tcp", addr.String(), short)
		if err != nil {
			return addr.String()
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("the queue of this system's listeners cannot be filled")
	return ""
}

// F03: accepts and never answers; the socket is closed.
func TestFirstByteTimeout(t *testing.T) {
	for name, begin := range map[string]string{"nothing": "", "half a head": "HTTP/1.1 200 OK\r\nX: "} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			f := newFake(t, func(c net.Conn, _ int64) {
				_, _ = io.WriteString(c, begin)
				silent(c, 0)
				close(closed)
			})
			c := newClient(t, f.Addr().String(), bounds(core.Timeouts{FirstByte: short}))
			_, err := c.fetch("{}")
			wantCode(t, err, core.CodeUpstreamTimeout)
			<-closed
		})
	}
	t.Run("after a large request", func(t *testing.T) {
		f := newFake(t, silent)
		c := newClient(t, f.Addr().String(), bounds(core.Timeouts{FirstByte: short, Idle: 10 * time.Second}))
		_, err := c.fetch(strings.Repeat("x", 1<<20))
		wantCode(t, err, core.CodeUpstreamTimeout)
	})
}

// The deadline of an exchange may stand for the next one on its connection, and
// yet each has its whole time.
func TestFirstByteTimeoutAfterOthers(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for readRequest(in).body != "silence" {
			_, _ = io.WriteString(c, okAnswer)
		}
		silent(c, 0)
	})
	const bound = 10 * short
	c := newClient(t, f.Addr().String(), bounds(core.Timeouts{FirstByte: bound}))
	c.mustFetch("ok")
	c.mustFetch("ok")
	start := time.Now()
	_, err := c.fetch("silence")
	wantCode(t, err, core.CodeUpstreamTimeout)
	if took := time.Since(start); took < bound || f.conns.Load() != 1 {
		t.Errorf("after %v on connection %d; the bound is %v", took, f.conns.Load(), bound)
	}
}

func TestServes(t *testing.T) {
	const now, never = moment(1000), moment(0)
	for _, c := range []struct {
		stands, until moment
		want          bool
	}{
		{1800, 1800, true},
		{1700, 1800, true},  // an eighth early
		{1699, 1800, false}, // more
		{1801, 1800, false}, // late
		{900, 1800, false},  // over
		{900, 1000, false},
		{never, never, true},
		{never, 1800, false},
		{1800, never, false},
		{1800, 900, false}, // the whole time is over
		{800, 900, false},
	} {
		if got := serves(c.stands, c.until, now); got != c.want {
			t.Errorf("serves(%d, %d) = %v", c.stands, c.until, got)
		}
	}
}

// F04: silence after some events.
func TestIdleTimeout(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		silent(c, 0)
	})
	for _, idle := range []time.Duration{short, 6 * short} {
		c := newClient(t, f.Addr().String(), bounds(core.Timeouts{FirstByte: 4 * short, Idle: idle}))
		if err := c.do("{}"); err != nil {
			t.Fatal(err)
		}
		if b, err := c.resp.Next(); err != nil || string(b) != "hello" {
			t.Fatalf("Next = %q, %v", b, err)
		}
		start := time.Now()
		got, err := streamError(t, c)
		wantCode(t, err, core.CodeUpstreamIdle)
		if took := time.Since(start); got != "" || took < idle {
			t.Errorf("after %v: %q; idle bound is %v", took, got, idle)
		}
	}
	c := newClient(t, f.Addr().String(), bounds(core.Timeouts{Idle: short}))
	got, err := c.fetch("{}")
	if wantCode(t, err, core.CodeUpstreamIdle); got != "hello" {
		t.Errorf("what came = %q", got)
	}
}

// An upstream that does not read the request.
func TestWriteTimeout(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	f := newFake(t, func(net.Conn, int64) { <-stop })
	c := newClient(t, f.Addr().String(), bounds(core.Timeouts{Idle: short}))
	_, err := c.fetch(strings.Repeat("x", 32<<20))
	wantCode(t, err, core.CodeUpstreamTimeout)
}

// F09: a stream without end, and bounds that lie in the route.
func TestTotal(t *testing.T) {
	endless := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for err == nil {
			_, err = io.WriteString(c, "5\r\nhello\r\n")
		}
	})
	f := func(name, addr string, t1 core.Timeouts, route time.Duration) {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, addr, bounds(t1))
			if route > 0 {
				c.ex.Start, c.ex.Route = time.Now(), &core.Route{Total: route}
			}
			err := c.do("{}")
			if err == nil {
				_, err = streamError(t, c)
			}
			wantCode(t, err, core.CodeDeadline)
		})
	}
	quiet := newFake(t, silent).Addr().String()
	f("endless", endless.Addr().String(), core.Timeouts{Idle: time.Hour, Total: short}, 0)
	f("endless, route", endless.Addr().String(), core.Timeouts{}, short)
	f("header", quiet, core.Timeouts{FirstByte: time.Hour, Total: short}, 0)
	f("header, route", quiet, core.Timeouts{FirstByte: time.Hour}, short)
	f("connect", blackHole(t), core.Timeouts{Connect: time.Hour, Total: short}, 0)
	f("over already", quiet, core.Timeouts{}, 1)
}
