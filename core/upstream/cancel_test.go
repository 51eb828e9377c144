package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCancel cancels a hundred exchanges in every stage: each ends at once with
// the cause, the upstream sees its connection go, and nothing stays behind.
func TestCancel(t *testing.T) {
	const runs = 100
	head := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	hello := head + "5\r\nhello\r\n"
	// An upstream that says on reached when it got where the test wants it, and
	// on left when it saw its connection go.
	reached, left := make(chan struct{}, 2), make(chan struct{}, 2)
	at := func(text string, reads bool) func(net.Conn, int64) {
		return func(c net.Conn, _ int64) {
			defer func() { left <- struct{}{} }()
			if reads {
				readRequest(bufio.NewReader(c))
			}
			_, _ = io.WriteString(c, text)
			reached <- struct{}{}
			if reads {
				_, _ = c.Read(make([]byte, 1))
				return
			}
			_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
			<-left // the request is never read; the test says when it saw the end
		}
	}
	body := strings.Repeat("x", 16<<20)
	stages := []struct {
		name   string
		body   string
		serve  func(net.Conn, int64)
		change []func(*core.Provider, *Options)
		unread bool
	}{
		{name: "dns", change: []func(*core.Provider, *Options){named(names(t, func(int64) []netip.Addr {
			reached <- struct{}{}
			return []netip.Addr{{}}
		}), ":80")}},
		{name: "tls", serve: func(c net.Conn, n int64) {
			reached <- struct{}{}
			silent(c, n)
			left <- struct{}{}
		}, change: []func(*core.Provider, *Options){secure(newAuthority(t))}},
		{name: "write", body: body, serve: at("", false), unread: true},
		{name: "header", serve: at("", true)},
		{name: "half a header", serve: at("HTTP/1.1 200 OK\r\nConte", true)},
		{name: "body", serve: at(head, true)},
		{name: "mid-body", serve: at(hello, true)},
	}
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			addr := ""
			if s.serve != nil {
				addr = newFake(t, s.serve).Addr().String()
			}
			c := newClient(t, addr, s.change...)
			before := openFiles()
			for i := range runs {
				c := c.again()
				done := make(chan struct{})
				go func() {
					defer close(done)
					<-reached
					c.ex.Cancel(core.CauseClientGone)
				}()
				start := time.Now()
				_, err := c.fetch(s.body)
				<-done
				wantCode(t, err, core.CodeClientGone)
				if took := time.Since(start); took > 5*time.Second {
					t.Fatalf("run %d took %v", i, took)
				}
				if s.unread {
					left <- struct{}{}
				}
				if s.serve != nil {
					<-left
				}
			}
			if st := c.host.Stats(); st.Open != 0 || st.Waiting != 0 {
				t.Errorf("stats = %+v, want nothing open", st)
			}
			eventually(t, "descriptors are back", func() bool { return openFiles() <= before })
		})
	}
}

func TestCancelBeforeAndAfter(t *testing.T) {
	f := newFake(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	for cause, code := range map[core.Cause]core.Code{
		core.CauseClientGone: core.CodeClientGone, core.CauseDeadline: core.CodeDeadline,
		core.CauseDrain: core.CodeDraining, core.CauseBlocked: core.CodeBlocked,
	} {
		c := newClient(t, f.Addr().String())
		c.ex.Cancel(cause)
		_, err := c.fetch("{}")
		wantCode(t, err, code)
		if s := c.host.Stats(); s.Dials != 0 {
			t.Errorf("cause %d: a cancelled exchange dialled", cause)
		}
	}
	// Cancelled when the answer is whole but not yet closed: not reused.
	c := newClient(t, f.Addr().String())
	if err := c.do("{}"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.resp.Next(); err != nil {
		t.Fatal(err)
	}
	c.ex.Cancel(core.CauseBlocked)
	if _, err := c.resp.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("error = %v", err)
	}
	if s := c.host.Stats(); s.Open != 0 {
		t.Errorf("stats = %+v, want nothing open", s)
	}
}

// A cancellation may come at any moment: with the race detector this shows that
// no moment is bad, and that a pooled connection is never a cancelled one.
func TestCancelAnytime(t *testing.T) {
	f := newFake(t, answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
	c := newClient(t, f.Addr().String(), func(_ *core.Provider, o *Options) { o.MaxConns, o.MaxPending = 2, 8 })
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 300 {
				n := c.again()
				gone := make(chan struct{})
				go func() {
					defer close(gone)
					for range i % 50 {
						_ = n.ex.Cause()
					}
					n.ex.Cancel(core.CauseClientGone)
				}()
				got, err := n.fetch("{}")
				<-gone
				if err == nil && got != "ok" || err != nil && err.Code != core.CodeClientGone {
					t.Errorf("answer = %q, %v", got, err)
				}
				n.resp.Reset()
				n.ex.Reset()
			}
		}()
	}
	for range 4 {
		<-done
	}
	if s := c.host.Stats(); s.Open != s.Idle || s.Waiting != 0 || s.Open > 2 {
		t.Errorf("stats = %+v", s)
	}
	c.again().mustFetch("ok")
}
