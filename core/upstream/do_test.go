package upstream

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestDoFramings(t *testing.T) {
	big := strings.Repeat("0123456789", 50_000)
	cases := []struct {
		name, answer, want string
		reuse              bool
	}{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
		{"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nhi", "hi", true},
		{"length zero", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "hello", true},
		{"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5 \r\nhello\r\n00\r\nA: b\r\nC: d\r\n\r\n", "hello", true},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", "", true},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", "", true},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true},
		{"close", "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 2\r\n\r\nok", "ok", false},
		{"old", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
		{"bytes after the end", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "ok", false},
		{"large length", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(big), big), big, true},
		{"large chunk", fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(big), big), big, true},
		{"head larger than the buffer", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 9000) + "\r\nContent-Length: 2\r\n\r\nok", "ok", true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t, answer(tc.answer))
			c := newClient(t, f.Addr().String())
			c.mustFetch(tc.want)
			if got := c.host.Stats().Idle == 1; got != tc.reuse {
				t.Errorf("connection kept = %v, want %v", got, tc.reuse)
			}
			n := c.again()
			if err := n.do("{}"); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for {
				b, err := n.resp.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b...)
			}
			if string(got) != tc.want {
				t.Errorf("by Next = %.40q, want %.40q", got, tc.want)
			}
			want := int64(2)
			if tc.reuse {
				want = 1
			}
			if got := f.conns.Load(); got != want {
				t.Errorf("connections = %d, want %d", got, want)
			}
		})
	}
	t.Run("until close", func(t *testing.T) {
		f := newFake(t, once("HTTP/1.1 200 OK\r\n\r\nhello"))
		c := newClient(t, f.Addr().String())
		c.mustFetch("hello")
		if s := c.host.Stats(); s.Open != 0 {
			t.Errorf("stats = %+v, want nothing open", s)
		}
	})
}

func TestDoSendsTheRequestAsGiven(t *testing.T) {
	got := make(chan *seen, 1)
	serve := func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for {
			r := readRequest(in)
			if r == nil {
				return
			}
			got <- r
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}
	sizes := []int{0, 2, writeBuffer - 300, writeBuffer, 100 << 10, writeGroup, 1 << 20}
	run := func(t *testing.T, c *client) {
		for _, size := range sizes {
			text := strings.Repeat("abcdefghij", size/10+1)[:size]
			for _, cut := range []int{0, size / 3, size} {
				n := c.again()
				if _, err := n.fetch(text[:cut], text[cut:]); err != nil {
					t.Fatalf("size %d: %v", size, err)
				}
				r := <-got
				if r.body != text {
					t.Fatalf("size %d: the body differs", size)
				}
				if r.Host != c.d.Provider.Host || r.Method != "POST" || r.RequestURI != "/v1/chat/completions" ||
					r.Header.Get("Authorization") != "Bearer sk-test" || len(r.Header["Content-Length"]) != 0 && r.ContentLength != int64(size) {
					t.Fatalf("size %d: request = %+v", size, r.Request)
				}
			}
		}
		if s := c.host.Stats(); s.Dials != 1 {
			t.Errorf("dials = %d, want 1", s.Dials)
		}
	}
	t.Run("plain", func(t *testing.T) { run(t, newClient(t, newFake(t, serve).Addr().String())) })
	t.Run("tls", func(t *testing.T) { run(t, newTLSClient(t, serve)) })
}

func TestDoRefusesInjectedFields(t *testing.T) {
	f := newFake(t, silent)
	for _, h := range []core.Header{
		{Name: "X", Value: "a\r\nB: c"},
		{Name: "X", Value: "a\nb"},
		{Name: "X", Value: "\x00"},
		{Name: "X y", Value: ""},
		{Name: "", Value: "x"},
		{Name: "X:", Value: "x"},
		{Name: "Host", Value: "other"},
		{Name: "content-length", Value: "1"},
		{Name: "Transfer-Encoding", Value: "chunked"},
		{Name: "connection", Value: "x"},
	} {
		c := newClient(t, f.Addr().String())
		at := c.ex.NewAttempt(c.d)
		at.Request.Method, at.Request.Path = "POST", "/"
		at.Request.Header = append(at.Request.Header, h)
		wantCode(t, c.host.Do(c.ex, at, &c.resp), core.CodeInternal)
	}
	for _, path := range []string{"", "x", "/a b", "/a\r\nX: y", "/ä", "http://other/"} {
		c := newClient(t, f.Addr().String())
		at := c.ex.NewAttempt(c.d)
		at.Request.Method, at.Request.Path = "POST", path
		wantCode(t, c.host.Do(c.ex, at, &c.resp), core.CodeInternal)
	}
}

func TestDoRefusesDubiousAnswers(t *testing.T) {
	for name, text := range map[string]string{
		"both framings":    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"two lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
		"unknown coding":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"chunked twice":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunked in 1.0":   "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"switching":        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"204 with body":    "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok",
		"bare LF":          "HTTP/1.1 200 OK\nContent-Length: 2\n\nok\r\n\r\n",
		"folded":           "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
		"blank in name":    "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
		"signed length":    "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
		"huge length":      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
		"other protocol":   "SSH-2.0-OpenSSH\r\n\r\n",
		"HTTP/2":           "HTTP/2.0 200 OK\r\n\r\n",
		"status of two":    "HTTP/1.1 20 OK\r\n\r\n",
		"nul in value":     "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
		"nameless field":   "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
		"field sans colon": "HTTP/1.1 200 OK\r\nabc\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, newFake(t, once(text)).Addr().String())
			_, err := c.fetch("{}")
			wantCode(t, err, core.CodeUpstreamInvalid)
			if s := c.host.Stats(); s.Open != 0 {
				t.Errorf("stats = %+v, want nothing open", s)
			}
		})
	}
}

func TestDoBoundsTheHead(t *testing.T) {
	for name, text := range map[string]string{
		"one field":     "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", maxHead) + "\r\n\r\n",
		"many fields":   "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", maxFields+1) + "\r\n",
		"interim heads": strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 3000)+"\r\n\r\n", 30),
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, newFake(t, once(text)).Addr().String())
			_, err := c.fetch("{}")
			wantCode(t, err, core.CodeUpstreamTooLarge)
		})
	}
}

func TestCutAnswers(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\n"
	for name, text := range map[string]string{
		"no byte":       "",
		"in the head":   head + "Content-Le",
		"in the body":   head + "Content-Length: 10\r\n\r\nhello",
		"before chunk":  head + "Transfer-Encoding: chunked\r\n\r\n",
		"in a chunk":    head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"in size":       head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1",
		"before end":    head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
		"in interim":    "HTTP/1.1 100 Continue\r\n\r\n",
		"after 2 reads": head + "Content-Length: 9000\r\n\r\n" + strings.Repeat("x", 8999),
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, newFake(t, once(text)).Addr().String())
			_, err := c.fetch("{}")
			wantCode(t, err, core.CodeUpstreamCut)
			n := c.again()
			if err = n.do("{}"); err != nil {
				wantCode(t, err, core.CodeUpstreamCut)
				return
			}
			for range 100 {
				if _, e := n.resp.Next(); e != nil {
					var is *core.Error
					if !errors.As(e, &is) {
						t.Fatalf("error = %v", e)
					}
					wantCode(t, is, core.CodeUpstreamCut)
					return
				}
			}
			t.Error("the stream seems to have no end")
		})
	}
}

// F05: 100 of 100 streams that are reset end with an error, and none finishes.
func TestResetMidStream(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		_, _ = c.Read(make([]byte, 1)) // until the client has read and says so
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	for range 100 {
		c := newClient(t, f.Addr().String())
		if err := c.do("{}"); err != nil {
			t.Fatal(err)
		}
		b, err := c.resp.Next()
		if err != nil || string(b) != "hello" {
			t.Fatalf("Next = %q, %v", b, err)
		}
		_, _ = c.resp.conn.raw.Write([]byte("x"))
		_, err = c.resp.Next()
		var is *core.Error
		if !errors.As(err, &is) {
			t.Fatalf("error = %v", err)
		}
		wantCode(t, is, core.CodeUpstreamCut)
	}
}

func TestNextReturnsWhatIsThere(t *testing.T) {
	writes := []string{"3\r\none\r\n", "3\r\ntwo\r\n5\r\nthree\r\n4\r\nfo", "ur\r\n0\r\n\r\n"}
	next := make(chan struct{}, 1)
	f := newFake(t, func(c net.Conn, _ int64) {
		readRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for _, w := range writes {
			<-next
			_, _ = io.WriteString(c, w)
		}
	})
	c := newClient(t, f.Addr().String())
	if err := c.do("{}"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "twothreefo", "ur"} {
		next <- struct{}{}
		if b, err := c.resp.Next(); err != nil || string(b) != want {
			t.Fatalf("Next = %q, %v; want %q", b, err, want)
		}
	}
	for range 2 {
		if b, err := c.resp.Next(); !errors.Is(err, io.EOF) || b != nil {
			t.Fatalf("Next = %q, %v; want the end", b, err)
		}
	}
}

func TestReadAllLimit(t *testing.T) {
	body := strings.Repeat("x", 10_000)
	for name, text := range map[string]string{
		"length":      fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"chunked":     fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body),
		"until close": "HTTP/1.1 200 OK\r\n\r\n" + body,
		"gzip":        gzipped(body),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, once(text))
			for limit, fits := range map[int]bool{len(body): true, len(body) - 1: false, 1: false, 5000: false} {
				c := newClient(t, f.Addr().String())
				if err := c.do("{}"); err != nil {
					t.Fatal(err)
				}
				got, err := c.resp.ReadAll([]byte("before "), limit)
				if fits {
					if err != nil || string(got) != "before "+body {
						t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
					}
					continue
				}
				wantCode(t, err, core.CodeUpstreamTooLarge)
				if len(got) > limit+len("before ") {
					t.Errorf("limit %d: %d bytes", limit, len(got))
				}
			}
		})
	}
}

func gzipped(body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", b.Len(), b.String())
}

// F10: what a compressed answer may do to us.
func TestCompressedAnswers(t *testing.T) {
	whole := gzipped(strings.Repeat("hello ", 5000))
	_, zip, _ := strings.Cut(whole, "\r\n\r\n")
	gz := func(b string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(b), b)
	}
	f := func(name, text string, want core.Code, ok bool) {
		t.Run(name, func(t *testing.T) {
			serve := answer(text)
			if !ok {
				serve = once(text)
			}
			c := newClient(t, newFake(t, serve).Addr().String())
			got, err := c.fetch("{}")
			if !ok {
				wantCode(t, err, want)
				return
			}
			if err != nil || got != strings.Repeat("hello ", 5000) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			if s := c.host.Stats(); s.Idle != 1 {
				t.Errorf("stats = %+v, want the connection kept", s)
			}
		})
	}
	f("honest", whole, 0, true)
	f("chunked", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(zip), zip), 0, true)
	f("lying", gz(`{"not":"gzip"}`), core.CodeUpstreamInvalid, false)
	f("bomb", gzipped(strings.Repeat(" ", 8<<20)), core.CodeUpstreamTooLarge, false)
	f("damaged", gz(zip[:40]+"xxxxxxxxxx"+zip[50:]), core.CodeUpstreamInvalid, false)
	f("truncated", gz(zip[:len(zip)-9]), core.CodeUpstreamInvalid, false)
	f("cut", strings.Replace(whole, "Content-Length: ", "Content-Length: 1", 1), core.CodeUpstreamCut, false)
	f("brotli", strings.Replace(whole, "gzip", "br", 1), core.CodeUpstreamInvalid, false)
	f("twice", strings.Replace(whole, "gzip", "gzip, gzip", 1), core.CodeUpstreamInvalid, false)
	f("bomb", gzipped(strings.Repeat("\x00", DefaultLimit+1)), core.CodeUpstreamTooLarge, false)
}

// An upstream that refuses a body and closes without reading it is still heard.
func TestEarlyAnswer(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		in := bufio.NewReader(c)
		for line := "x"; line != "\r\n"; {
			var err error
			if line, err = in.ReadString('\n'); err != nil {
				return
			}
		}
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong")
		_ = c.(*net.TCPConn).CloseWrite()
		silent(c, 0) // or a reset would overtake the answer
	})
	c := newClient(t, f.Addr().String())
	got, err := c.fetch(strings.Repeat("x", 8<<20))
	if err != nil || got != "long" || c.resp.Status != 413 {
		t.Fatalf("answer = %d %q, %v", c.resp.Status, got, err)
	}
}

func TestHeaderAccess(t *testing.T) {
	c := newClient(t, newFake(t, answer("HTTP/1.1 429 Slow\r\nX-A:  one \r\nx-a: two\r\nRetry-After:\t7\r\nContent-Length: 0\r\n\r\n")).Addr().String())
	if err := c.do("{}"); err != nil {
		t.Fatal(err)
	}
	c.resp.Close(true)
	if c.resp.Status != 429 || string(c.resp.Get("X-A")) != "one" || string(c.resp.Get("retry-after")) != "7" || c.resp.Get("nope") != nil {
		t.Errorf("status %d, fields %q %q %q", c.resp.Status, c.resp.Get("X-A"), c.resp.Get("retry-after"), c.resp.Get("nope"))
	}
	var got []string
	for i := range c.resp.Len() {
		n, v := c.resp.Field(i)
		got = append(got, string(n)+"="+string(v))
	}
	if want := []string{"X-A=one", "x-a=two", "Retry-After=7", "Content-Length=0"}; !slices.Equal(got, want) {
		t.Errorf("fields = %q, want %q", got, want)
	}
}
