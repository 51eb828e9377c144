package upstream

import (
	"bufio"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// gotten is what one fetch gave.
type gotten struct {
	body, contentType string
	err               *core.Error
}

func get(f *Fetcher, url string, limit int64, d time.Duration) gotten {
	b := FetchBounds{Until: time.Now().Add(d), Left: new(atomic.Int64)}
	b.Left.Store(limit)
	body, contentType, err := f.Fetch(&core.Exchange{}, url, b)
	return gotten{string(body), contentType, err}
}

// near is a fetcher that may call this machine.
func near() *Fetcher {
	return NewFetcher(FetcherOptions{Egress: Egress{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}})
}

func said(t *testing.T, what string, err *core.Error, words string) {
	t.Helper()
	if err == nil || err.Code != core.CodeInvalidField || err.Origin != core.OriginClient || !strings.Contains(err.Message, words) {
		t.Errorf("%s: %v, want one with %q", what, err, words)
	}
}

func TestFetch(t *testing.T) {
	a := newAuthority(t)
	heads := make(chan string, 2)
	serve := func(c net.Conn) {
		r := readRequest(bufio.NewReader(c))
		if r == nil {
			return
		}
		var b strings.Builder
		_ = r.Write(&b)
		heads <- b.String()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nabc")
	}
	plain := newFake(t, func(c net.Conn, _ int64) { serve(c) })
	secret := newFake(t, func(c net.Conn, _ int64) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{a.issue("127.0.0.1", time.Now().Add(time.Hour))}})
		if s.Handshake() == nil {
			serve(s)
		}
	})
	f := NewFetcher(FetcherOptions{
		Egress: Egress{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, RootCAs: a.pool, UserAgent: "agent/1",
	})
	for _, url := range []string{"http://" + plain.Addr().String(), "https://" + secret.Addr().String()} {
		got := get(f, url+"/a b/å?q=1 2#part", 3, time.Minute)
		if got != (gotten{"abc", "image/png", nil}) {
			t.Errorf("%s: %+v", url, got)
		}
		_, host, _ := strings.Cut(url, "//")
		want := "GET /a%20b/%C3%A5?q=1%202 HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: agent/1\r\nAccept: */*\r\n\r\n"
		if head := <-heads; head != want {
			t.Errorf("the host was asked %q, want %q", head, want)
		}
	}
}

// TestFetchReachesNothingInside: whatever a client writes, no connection is made
// into a network that nobody opened, and the client learns nothing by trying.
func TestFetchReachesNothingInside(t *testing.T) {
	inside := newFake(t, silent)
	_, port, _ := net.SplitHostPort(inside.Addr().String())
	f := NewFetcher(FetcherOptions{Resolver: names(t, func(int64) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })})
	closed := NewFetcher(FetcherOptions{Egress: Egress{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}})
	const same = "The host of the URL cannot be reached from the gateway, or must not be."
	said(t, "an allowed host that does not answer", get(closed, "https://127.0.0.2:1/", 1, time.Minute).err, same)
	for _, scheme := range []string{"https", "http"} {
		for _, host := range []string{
			"127.0.0.1", "localhost", "inside.example", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.",
			"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[fec0::1]",
			"[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200",
			"168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]", "[2001:db8::1]",
		} {
			got := get(f, scheme+"://"+host+":"+port+"/latest/meta-data", 1<<20, time.Minute)
			said(t, scheme+" "+host, got.err, same)
		}
	}
	for _, url := range []string{
		"", "/etc/passwd", "file:///etc/passwd", "gopher://127.0.0.1:" + port, "ftp://127.0.0.1", "https:127.0.0.1", "https://", "https:///a",
		"https://user@127.0.0.1:" + port, "https://example.com:p@127.0.0.1:" + port, "https://example.com\\@127.0.0.1", "https://[::1", "https://a b/",
		"https://①②⑦.0.0.1", "https://exämple.com", "https://a\r\nHost: b/", "https://a/\r\nX: y", "data:image/png;base64,AAAA", "gs://b/o", "s3://b/o",
		"https://example.com/" + strings.Repeat("a", maxFetchURL),
	} {
		said(t, url, get(f, url, 1<<20, time.Minute).err, "This cannot be fetched: it is no absolute https URL")
	}
	if n := inside.conns.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// FuzzFetchURL: whatever a client writes, what is asked for is one host and one
// request target.
func FuzzFetchURL(f *testing.F) {
	for _, url := range []string{"https://example.com/a?b#c", "http://[::1]:80", "https://a@b", "https://a\\@b", "https://%61/", "https://a/ å"} {
		f.Add(url)
	}
	fetcher := NewFetcher(FetcherOptions{})
	f.Fuzz(func(t *testing.T, url string) {
		p, target := fetcher.host(url, FetchBounds{})
		if p == nil {
			return
		}
		if !isTarget(target) || strings.ContainsAny(p.Host, " \t\r\n/\\@?#") || p.Host == "" || !isText(p.HostHeader) {
			t.Errorf("%q: host %q, target %q", url, p.Host, target)
		}
		h, err := NewHost(p, Options{})
		if err == nil {
			h.Close()
		}
	})
}

// TestFetchPlain: http leads only to networks that are opened by name, also where
// the rules would allow the address.
func TestFetchPlain(t *testing.T) {
	e := Egress{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	control := NewFetcher(FetcherOptions{Egress: e}).control
	for _, c := range []struct {
		scheme, addr string
		ok           bool
	}{
		{"https", "1.1.1.1:443", true},
		{"http", "1.1.1.1:80", false},
		{"https", "10.1.2.3:443", true},
		{"http", "10.1.2.3:80", true},
		{"https", "192.168.0.1:443", false},
		{"http", "192.168.0.1:80", false},
	} {
		if err := control(c.scheme)(t.Context(), "tcp4", c.addr, nil); (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.scheme, c.addr, err)
		}
	}
}

func TestFetchRefuses(t *testing.T) {
	var bomb strings.Builder
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct{ answer, words string }{
		"not found":      {"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nsecret", "answered with status 404."},
		"failing":        {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "answered with status 503."},
		"nothing":        {"HTTP/1.1 204 No Content\r\n\r\n", "answered with status 204."},
		"part of it":     {"HTTP/1.1 206 Partial\r\nContent-Length: 1\r\n\r\na", "answered with status 206."},
		"elsewhere":      {"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/secret\r\nContent-Length: 0\r\n\r\n", "redirects are not followed"},
		"too large":      {ok + "Content-Length: 11\r\n\r\n", "larger than the gateway fetches"},
		"huge":           {ok + "Content-Length: 99999999999999\r\n\r\n", "larger than the gateway fetches"},
		"in pieces":      {ok + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n", "larger than the gateway fetches"},
		"without end":    {ok + "\r\n" + strings.Repeat("a", 11), "larger than the gateway fetches"},
		"a bomb":         {fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", ok, 5, bomb.String()[:5]), "cannot be read"},
		"cut":            {ok + "Content-Length: 9\r\n\r\nabc", "cannot be read"},
		"no HTTP":        {"SSH-2.0-OpenSSH_9\r\n", "cannot be read"},
		"no answer":      {"", "cannot be read"},
		"two lengths":    {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "cannot be read"},
		"unknown coding": {ok + "Content-Encoding: x\r\nContent-Length: 1\r\n\r\na", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			host := newFake(t, once(c.answer))
			got := get(near(), "http://"+host.Addr().String()+"/", 10, time.Minute)
			said(t, name, got.err, c.words)
			if got.body != "" || strings.Contains(got.err.Message, "secret") || strings.Contains(got.err.Message, "127.0.0.1") {
				t.Errorf("%+v", got)
			}
			if n := host.conns.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
	t.Run("inflated", func(t *testing.T) {
		host := newFake(t, once(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", ok, bomb.Len(), bomb.String())))
		said(t, "a bomb", get(near(), "http://"+host.Addr().String()+"/", 64<<10, time.Minute).err, "larger than the gateway fetches")
	})
}

func TestFetchInTime(t *testing.T) {
	for name, text := range map[string]string{"no head": "", "no body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"} {
		host := newFake(t, func(c net.Conn, _ int64) {
			_, _ = io.WriteString(c, text)
			silent(c, 0)
		})
		said(t, name, get(near(), "http://"+host.Addr().String()+"/", 100, 50*time.Millisecond).err, "did not arrive in time")
	}
}

// TestFetchCancelled: a client that leaves ends the fetch, wherever it is.
func TestFetchCancelled(t *testing.T) {
	arrived := make(chan bool, 1)
	host := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		arrived <- true
		silent(c, 0)
	})
	f := NewFetcher(FetcherOptions{AtOnce: 1, Egress: Egress{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}})
	bounds := FetchBounds{Until: time.Now().Add(time.Minute), Left: new(atomic.Int64)}
	bounds.Left.Store(100)
	var first, second core.Exchange
	errs := make(chan *core.Error, 2)
	fetch := func(ex *core.Exchange) {
		_, _, err := f.Fetch(ex, "http://"+host.Addr().String()+"/", bounds)
		errs <- err
	}
	go fetch(&first)
	<-arrived
	short := bounds
	short.Until = time.Now().Add(20 * time.Millisecond)
	if _, _, err := f.Fetch(&core.Exchange{}, "http://"+host.Addr().String()+"/", short); err == nil || err.Code != core.CodeOverloaded {
		t.Errorf("one more than allowed: %v", err)
	}
	go fetch(&second)
	second.Cancel(core.CauseDrain)
	if err := <-errs; err == nil || err.Code != core.CodeDraining {
		t.Errorf("while it waits: %v", err)
	}
	first.Cancel(core.CauseClientGone)
	if err := <-errs; err == nil || err.Code != core.CodeClientGone {
		t.Errorf("while it reads: %v", err)
	}
	if _, _, err := f.Fetch(&first, "http://"+host.Addr().String()+"/", bounds); err == nil || err.Code != core.CodeClientGone {
		t.Errorf("afterwards: %v", err)
	}
	if n := host.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
