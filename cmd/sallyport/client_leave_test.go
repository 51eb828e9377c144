package main

import (
	"bufio"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// leave says how a client goes away.
type leave struct {
	name string
	// behind is sent right behind the request and never read by the gateway.
	behind string
	do     func(c *net.TCPConn) error
}

var leaves = []leave{
	{"closes", "", (*net.TCPConn).Close},
	{"resets", "", func(c *net.TCPConn) error {
		if err := c.SetLinger(0); err != nil {
			return err
		}
		return c.Close()
	}},
	{"half-closes", "", (*net.TCPConn).CloseWrite},
	{"closes behind pipelined bytes", strings.Repeat(rawChat(""), 3), (*net.TCPConn).Close},
	{"closes behind more than is read", strings.Repeat("x", 64<<10), (*net.TCPConn).Close},
}

const leavers = 100

// TestClientLeavesBeforeFirstToken: the upstream stays silent, the client goes,
// the upstream must notice; 100 of 100, in every way of leaving.
func TestClientLeavesBeforeFirstToken(t *testing.T) {
	for _, way := range leaves {
		for _, stream := range []bool{false, true} {
			for _, secure := range []bool{false, true} {
				name := way.name + map[bool]string{false: "/whole", true: "/stream"}[stream] +
					map[bool]string{false: "/plain", true: "/TLS"}[secure]
				t.Run(name, func(t *testing.T) { leaveEarly(t, way, stream, secure, "") })
			}
		}
	}
	t.Run("with a bound on connections per address", func(t *testing.T) {
		leaveEarly(t, leaves[0], false, false, "limits: {connections_per_address: 1000}\n")
	})
	t.Run("with a bound on connections per address/TLS", func(t *testing.T) {
		leaveEarly(t, leaves[0], false, true, "limits: {connections_per_address: 1000}\n")
	})
}

func leaveEarly(t *testing.T, way leave, stream, secure bool, config string) {
	c := labConfig{scenario: "fault=hang", config: config}
	if secure {
		c.files, c.config = tlsFiles(t), config+useTLS
	}
	l := newLab(t, c)
	more := ""
	if stream {
		more = `"stream":true`
	}
	conns := make([]*net.TCPConn, leavers)
	for i := range conns {
		var c net.Conn
		if secure {
			tc := l.dialTLS()
			c, _ = tc, tc
			conns[i], _ = tc.NetConn().(*net.TCPConn)
		} else {
			c = l.dial()
			conns[i], _ = c.(*net.TCPConn)
		}
		l.send(c, rawChat(more)+way.behind)
	}
	l.underWay(leavers)
	left := time.Now()
	for _, c := range conns {
		if err := way.do(c); err != nil {
			t.Fatal(err)
		}
	}
	m := l.mocks[0]
	if !m.Wait(func(s mock.Stats) bool { return s.Cancelled == leavers }, 5*time.Second) {
		t.Fatalf("the upstream noticed %d of %d", m.Stats().Cancelled, leavers)
	}
	t.Logf("100 of 100 noticed, the last after %v", m.Stats().LastCancelled.Sub(left))
	l.row(leavers)
	for _, r := range l.rows() {
		if r.End != "client_gone" || r.Status != 499 || !r.Estimated || r.Output != 0 || r.Attempts != 1 || r.Stream != stream {
			t.Fatalf("row: %+v", r)
		}
	}
}

// TestClientLeavesMidStream: the row has the tokens that passed, give or take
// one chunk.
func TestClientLeavesMidStream(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(t *testing.T) {
			// One token a chunk, so that chunks can be told by tokens.
			c := labConfig{scenario: "chunks=4000,size=16000,pace=40ms"}
			if secure {
				c.files, c.config = tlsFiles(t), useTLS
			}
			l := newLab(t, c)
			conns := make([]net.Conn, leavers)
			for i := range conns {
				if conns[i] = net.Conn(nil); secure {
					conns[i] = l.dialTLS()
				} else {
					conns[i] = l.dial()
				}
				l.send(conns[i], rawChat(`"stream":true`))
			}
			for i, c := range conns {
				br := bufio.NewReader(c)
				for events := 0; events < 5+i%7; {
					line, err := br.ReadString('\n')
					if err != nil {
						t.Fatal(err)
					}
					if strings.HasPrefix(line, "data: ") {
						events++
					}
				}
			}
			left := time.Now()
			for i, c := range conns {
				if tc, ok := c.(*net.TCPConn); ok && i%3 == 1 {
					_ = tc.SetLinger(0)
				}
				_ = c.Close()
			}
			m := l.mocks[0]
			if !m.Wait(func(s mock.Stats) bool { return s.Cancelled == leavers }, 5*time.Second) {
				t.Fatalf("the upstream noticed %d of %d", m.Stats().Cancelled, leavers)
			}
			t.Logf("100 of 100 noticed, the last after %v", m.Stats().LastCancelled.Sub(left))
			l.row(leavers)
			served := map[string]int64{}
			for _, r := range m.Requests() {
				served[r.Header.Get("X-Request-Id")] = r.CompletionTokens
			}
			for _, r := range l.rows() {
				want, ok := served[r.RequestID]
				if !ok || r.End != "client_gone" || r.Status != 200 || !r.Estimated || r.InputUncached == 0 {
					t.Errorf("row: %+v", r)
				}
				if d := r.Output - want; d < -1 || d > 1 {
					t.Errorf("row of %s: %d tokens, the upstream served %d", r.RequestID, r.Output, want)
				}
			}
		})
	}
}

// TestClientThatStaysIsNotTakenForGone waits for a slow answer with pipelined
// bytes behind the request.
func TestClientThatStaysIsNotTakenForGone(t *testing.T) {
	l := newLab(t, labConfig{scenario: "latency=700ms"})
	c := l.dial()
	br := bufio.NewReader(c)
	l.send(c, strings.Repeat(rawChat(""), 3))
	for i := range 3 {
		if a := receive(br, "POST"); a.status != 200 {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
}

// TestConnectionsPerAddress checks the bound, and that places come back.
func TestConnectionsPerAddress(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {connections_per_address: 3}\n"})
	var held []net.Conn
	for range 3 {
		c := l.dial()
		l.send(c, rawChat(""))
		if a := receive(bufio.NewReader(c), "POST"); a.status != 200 {
			t.Fatalf("a connection within the bound: %+v", a)
		}
		held = append(held, c)
	}
	a := receive(bufio.NewReader(l.dial()), "POST")
	if e, err := parseAPIError(a.body); err != nil || a.status != 429 || e.Code != "rate_limit_exceeded" {
		t.Errorf("a connection beyond the bound: %+v", a)
	}
	for _, c := range held {
		_ = c.Close()
	}
	l.eventually("the places are free again", func() bool { return l.chat("", "").status == 200 })
}

// TestAnswerIsNotHeldBackByTheNextRequest: the answer to a pipelined request
// goes out although the upstream does not answer the one behind it.
func TestAnswerIsNotHeldBackByTheNextRequest(t *testing.T) {
	l := newLab(t, labConfig{scenario: "fault=hang,skip=1"})
	c := l.dial()
	l.send(c, rawChat("")+rawChat(""))
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if a := receive(bufio.NewReader(c), "POST"); a.status != 200 {
		t.Errorf("answer: %+v", a)
	}
	l.underWay(1)
	_ = c.Close()
}
