package upstream

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestEgressCheck(t *testing.T) {
	refused := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "100.100.100.200",
		"127.0.0.1", "127.1.2.3", "127.255.255.255", "169.254.0.1", "169.254.169.254", "169.254.170.2",
		"172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
		"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
		"240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
		"::ffff:100.64.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8",
		"100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1",
		"2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254",
		"fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1", "4000::1", "::1%lo",
	}
	if len(refused) < 60 {
		t.Fatalf("%d addresses in the table; 60 are promised", len(refused))
	}
	var denied *EgressError
	for _, s := range refused {
		if err := (Egress{}).Check(netip.MustParseAddr(s)); !errors.As(err, &denied) || denied.Why == "" {
			t.Errorf("%s: error = %v, want a refusal", s, err)
		}
	}
	if (Egress{}).Check(netip.Addr{}) == nil {
		t.Error("no address at all is allowed")
	}
	for _, s := range []string{
		"1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "172.15.255.255", "172.32.0.0",
		"192.0.1.1", "192.167.1.1", "198.17.1.1", "198.20.1.1", "223.255.255.255", "169.253.1.1", "168.63.129.17",
		"2606:4700::1111", "2a00:1450::1", "2001:200::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2003::1",
	} {
		if err := (Egress{}).Check(netip.MustParseAddr(s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestEgressAllow(t *testing.T) {
	f := func(allow, addr string, want bool) {
		t.Helper()
		e := Egress{Allow: []netip.Prefix{netip.MustParsePrefix(allow)}}
		if err := e.Check(netip.MustParseAddr(addr)); (err == nil) != want {
			t.Errorf("allow %s: %s: %v, want allowed = %v", allow, addr, err, want)
		}
	}
	f("10.1.0.0/16", "10.1.2.3", true)
	f("10.1.0.0/16", "::ffff:10.1.2.3", true)
	f("10.1.0.0/16", "10.2.0.1", false)
	f("fd00::/8", "fd12::1", true)
	f("0.0.0.0/0", "10.0.0.1", true)
	f("0.0.0.0/0", "169.254.169.254", false)
	f("169.254.0.0/16", "169.254.169.254", false)
	f("169.254.169.254/32", "169.254.169.254", true)
	f("fd00::/8", "fd00:ec2::254", false)
}

func TestEgressExempt(t *testing.T) {
	f := func(host, addr string, want bool) {
		t.Helper()
		if err := (Egress{}).exempt(host).Check(netip.MustParseAddr(addr)); (err == nil) != want {
			t.Errorf("base URL %q: %s: %v, want allowed = %v", host, addr, err, want)
		}
	}
	f("127.0.0.1", "127.0.0.1", true)
	f("127.0.0.1", "127.0.0.2", false)
	f("10.0.0.5", "10.0.0.5", true)
	f("10.0.0.5", "10.0.0.6", false)
	f("::1", "::1", true)
	f("::1", "127.0.0.1", false)
	f("::ffff:10.0.0.5", "10.0.0.5", true)
	f("localhost", "127.0.0.1", true)
	f("localhost", "127.9.9.9", true)
	f("localhost", "::1", true)
	f("localhost", "10.0.0.1", false)
	f("localhost.", "127.0.0.1", false)
	f("localhost.example.com", "127.0.0.1", false)
	f("2130706433", "127.0.0.1", false)
	f("0x7f.1", "127.0.0.1", false)
	f("017700000001", "127.0.0.1", false)
	f("internal.example", "10.0.0.1", false)
}

// names is a name server of a test's own. answer is asked with the number of
// the query, counting from 1, and returns the addresses; nil is NXDOMAIN, and
// a closed drop means that no answer ever comes.
func names(t testing.TB, answer func(query int64) []netip.Addr) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var queries atomic.Int64
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			q := buf[:n]
			end := 12
			for q[end] != 0 {
				end += int(q[end]) + 1
			}
			kind := binary.BigEndian.Uint16(q[end+1:])
			out := append([]byte(nil), q[:end+5]...)
			out[2], out[3] = 0x81, 0x80
			clear(out[6:12])
			if kind == 1 { // A; nothing for AAAA
				addrs := answer(queries.Add(1))
				if len(addrs) == 1 && !addrs[0].IsValid() {
					continue // silence
				}
				if addrs == nil {
					out[3] |= 3
				}
				out[7] = byte(len(addrs))
				for _, a := range addrs {
					b := a.As4()
					out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, b[0], b[1], b[2], b[3])
				}
			}
			_, _ = pc.WriteTo(out, from)
		}
	}()
	t.Cleanup(func() { pc.Close(); <-done })
	return newResolver(func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	})
}

// named gives the provider a name that r resolves.
func named(r *net.Resolver, addr string, allow ...string) func(*core.Provider, *Options) {
	return func(p *core.Provider, o *Options) {
		_, port, _ := net.SplitHostPort(addr)
		p.Host = net.JoinHostPort("api.acme.test", port)
		o.Resolver = r
		for _, a := range allow {
			o.Egress.Allow = append(o.Egress.Allow, netip.MustParsePrefix(a))
		}
	}
}

var loopback = netip.MustParseAddr("127.0.0.1")

func TestDialRefusesPrivateAddressesOfNames(t *testing.T) {
	f := newFake(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	r := names(t, func(int64) []netip.Addr { return []netip.Addr{loopback} })
	c := newClient(t, "", named(r, f.Addr().String()))
	_, err := c.fetch("{}")
	wantCode(t, err, core.CodeEgressDenied)
	if n := f.conns.Load(); n != 0 {
		t.Errorf("%d connections came through", n)
	}
	c = newClient(t, "", named(r, f.Addr().String(), "127.0.0.0/8"))
	c.mustFetch("")
}

// S03: the address is checked at the dial, not before it: a name that changes
// gains nothing, and a pooled address is not remembered.
func TestDialRefusesRebinding(t *testing.T) {
	f := newFake(t, once("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	r := names(t, func(q int64) []netip.Addr {
		if q == 1 {
			return []netip.Addr{loopback}
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	})
	c := newClient(t, "", named(r, f.Addr().String(), "127.0.0.1/32"))
	c.mustFetch("")
	eventually(t, "the idle connection is noticed to be dead", func() bool {
		n := c.again()
		_, err := n.fetch("{}")
		return err != nil && err.Code == core.CodeEgressDenied
	})
}

func TestDialTriesSeveralAddresses(t *testing.T) {
	f := newFake(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	r := names(t, func(int64) []netip.Addr { return []netip.Addr{netip.MustParseAddr("10.0.0.1"), loopback} })
	newClient(t, "", named(r, f.Addr().String(), "127.0.0.1/32")).mustFetch("ok")
}

// F15: a new address is used from the next dial on.
func TestDialAsksAnew(t *testing.T) {
	one := newFake(t, once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none"))
	_, port, _ := net.SplitHostPort(one.Addr().String())
	l, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skipf("no second loopback address: %v", err)
	}
	serveOn(t, l, once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\ntwo"))
	r := names(t, func(q int64) []netip.Addr {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, byte(min(q, 2))})}
	})
	c := newClient(t, "", named(r, one.Addr().String(), "127.0.0.0/8"))
	c.mustFetch("one")
	c.again().mustFetch("two")
}

// F15: a name that does not exist, or whose server is silent.
func TestDialWithoutName(t *testing.T) {
	gone := names(t, func(int64) []netip.Addr { return nil })
	_, err := newClient(t, "", named(gone, ":80")).fetch("{}")
	wantCode(t, err, core.CodeUpstreamConnect)

	mute := names(t, func(int64) []netip.Addr { return []netip.Addr{{}} })
	c := newClient(t, "", named(mute, ":80"), func(p *core.Provider, _ *Options) { p.Timeouts.Connect = 100 * time.Millisecond })
	_, err = c.fetch("{}")
	wantCode(t, err, core.CodeUpstreamConnect)
	if s := c.host.Stats(); s.Open != 0 {
		t.Errorf("stats = %+v, want nothing open", s)
	}
}
