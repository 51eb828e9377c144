package main

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// nameServer answers questions for addresses over UDP, RFC 1035.
type nameServer struct {
	net.PacketConn
	mu    sync.Mutex
	zone  map[string]record // by name, with its last dot
	asked map[string]int
}

// record is what a nameServer says of a name. It knows nothing of others.
type record struct {
	address string // IPv4, with a time to live of 0
	code    byte   // of the answer: 2 is a failure of the server, 3 no such name
	silent  bool
}

func newNameServer(t *testing.T, zone map[string]record) *nameServer {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{PacketConn: c, zone: zone, asked: map[string]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
	}()
	t.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	return s
}

// set changes what the server says of a name.
func (s *nameServer) set(name string, r record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zone[name] = r
}

// resolver asks the server, and lets go of it when nobody waits any more.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "udp", s.LocalAddr().String())
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
		}
		return c, err
	}}
}

func (s *nameServer) serve() {
	buf := make([]byte, 512)
	for {
		n, from, err := s.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply := s.reply(buf[:n]); reply != nil {
			_, _ = s.WriteTo(reply, from)
		}
	}
}

// reply makes the answer to a query of one question.
func (s *nameServer) reply(query []byte) []byte {
	const header = 12
	end, name := header, ""
	for query[end] != 0 {
		next := end + 1 + int(query[end])
		name += string(query[end+1:next]) + "."
		end = next
	}
	end += 5 // the root, type and class
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[name]++
	r, known := s.zone[strings.ToLower(name)]
	if !known {
		r.code = 3
	}
	if r.silent {
		return nil
	}
	reply := append([]byte(nil), query[:end]...)
	reply[2], reply[3] = 0x84|query[2]&1, r.code // an answer, from who knows
	clear(reply[6:header])
	if ip := net.ParseIP(r.address).To4(); ip != nil && query[end-4] == 0 && query[end-3] == 1 {
		reply[7] = 1
		reply = append(reply, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip...)
	}
	return reply
}

func TestF15Names(t *testing.T) {
	names := newNameServer(t, map[string]record{
		"good.test.":     {address: "127.0.0.1"},
		"servfail.test.": {code: 2},
		"silent.test.":   {silent: true},
		"private.test.":  {address: "10.0.0.1"},
		"metadata.test.": {address: "169.254.169.254"},
	})
	unreachable := func(name, host string) fault {
		return fault{
			name: name, host: host, provider: "timeouts: {connect: 500ms}",
			status: 502, code: "upstream_unreachable", end: "upstream_error",
		}
	}
	denied := func(name, host string) fault {
		f := unreachable(name, host)
		f.code, f.stream = "egress_denied", true
		return f
	}
	f := []fault{
		unreachable("nxdomain", "unknown.test"), unreachable("servfail", "servfail.test"), unreachable("silent", "silent.test"),
		denied("private", "private.test"), denied("metadata", "metadata.test"),
		{name: "named", host: "good.test", status: 200, end: "completed"},
	}
	l := newLab(t, labConfig{config: "egress: {allow: [127.0.0.0/8, 169.254.0.0/16]}", resolver: names.resolver()}.with(f...))
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.strike(f)
	}()
	for range 20 {
		l.wantWhole("another route", l.ask("m", false))
	}
	<-done
	for name := range map[string]record{"unknown.test.": {}, "servfail.test.": {}, "silent.test.": {}} {
		names.mu.Lock()
		if names.asked[name] == 0 {
			t.Errorf("nobody asked for %s", name)
		}
		names.mu.Unlock()
	}
}

// TestF15AddressChange: a name that moves is followed with the next connection,
// and not to where the egress rules forbid.
func TestF15AddressChange(t *testing.T) {
	names := newNameServer(t, map[string]record{"moving.test.": {address: "127.0.0.1"}})
	f := fault{name: "moving", host: "moving.test"}
	l := newLab(t, labConfig{config: "egress: {allow: [127.0.0.0/8]}", resolver: names.resolver()}.with(f))
	l.wantWhole("before", l.ask("moving", false))
	_, port, err := net.SplitHostPort(l.mocks[0].Addr())
	if err != nil {
		t.Fatal(err)
	}
	moved, err := mock.Start(mock.Config{Listen: "127.0.0.2:" + port})
	if err != nil {
		t.Skipf("there is no second loopback address here: %v", err)
	}
	l.mocks = append(l.mocks, moved)
	names.set("moving.test.", record{address: "127.0.0.2"})
	l.mocks[0].Close() // Refuse would leave a connection that has only just served
	for range 5 {
		l.wantWhole("after", l.ask("moving", false))
	}
	if n := moved.Stats().Requests; n != 5 {
		t.Errorf("the new address got %d requests of 5", n)
	}
	names.set("moving.test.", record{address: "10.0.0.1"})
	moved.Close()
	a := l.ask("moving", false)
	l.wantFailure("rebound", a, 502, "egress_denied")
}
