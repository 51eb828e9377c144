package upstream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// trailers are those of the answer, in one string.
func (c *client) trailers() string {
	var all []string
	c.resp.Trailers(func(name, value []byte) { all = append(all, fmt.Sprintf("%s=%s", name, value)) })
	return strings.Join(all, " ")
}

// TestAnswerTrailers: the fields behind an answer's body are there once it was read
// to its end, however that is done, and what is no field is not.
func TestAnswerTrailers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
	for answered, want := range map[string]string{
		head + "\r\n": "",
		head + "A: b\r\nC:\t d e \r\nA: f\r\nEmpty:\r\n\r\n":                    "A=b C=d e A=f Empty=",
		head + "no field\r\n: nameless\r\nA b: c\r\nX: \x01\r\nGood: 1\r\n\r\n": "Good=1",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":                        "",
	} {
		c := newClient(t, newFake(t, answer(answered)).Addr().String())
		for range 2 { // the connection is good for more
			c.mustFetch("ok")
			if got := c.trailers(); got != want {
				t.Errorf("%q: by ReadAll %q, want %q", answered, got, want)
			}
		}
		if err := c.do("{}"); err != nil {
			t.Fatal(err)
		}
		if got := c.trailers(); got != "" {
			t.Errorf("%q: before its end %q", answered, got)
		}
		for {
			if _, err := c.resp.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if got := c.trailers(); got != want {
			t.Errorf("%q: by Next %q, want %q", answered, got, want)
		}
		if c.resp.Reset(); c.trailers() != "" {
			t.Errorf("%q: after Reset %q", answered, c.trailers())
		}
	}
}

// TestRequestTrailers: a request with trailers is chunked, whatever its body.
func TestRequestTrailers(t *testing.T) {
	big := strings.Repeat("x", writeGroup+1)
	for _, body := range [][]string{nil, {""}, {"one", "two"}, {big, "end"}} {
		got := make(chan *seen, 1)
		c := newClient(t, newFake(t, func(conn net.Conn, _ int64) {
			got <- readRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}).Addr().String())
		at := c.ex.NewAttempt(c.d)
		at.Request.Method, at.Request.Path = "POST", "/"
		for _, b := range body {
			at.Request.Body = append(at.Request.Body, []byte(b))
		}
		at.Request.Trailers = []core.Header{{Name: "X-Sum", Value: "1"}, {Name: "X-Many", Value: "a"}, {Name: "X-Many", Value: "b"}}
		if err := c.host.Do(c.ex, at, &c.resp); err != nil {
			t.Fatal(err)
		}
		r := <-got
		if r == nil || r.body != strings.Join(body, "") || r.Trailer.Get("X-Sum") != "1" || strings.Join(r.Trailer["X-Many"], ",") != "a,b" || r.ContentLength != -1 {
			t.Errorf("%d ranges: the upstream got %+v", len(body), r)
		}
		c.resp.Close(true)
	}
	for _, bad := range []core.Header{{Name: "A b", Value: "c"}, {Name: "A", Value: "b\r\nC: d"}, {Name: "Content-Length", Value: "1"}} {
		c := newClient(t, newFake(t, silent).Addr().String())
		at := c.ex.NewAttempt(c.d)
		at.Request.Method, at.Request.Path, at.Request.Trailers = "POST", "/", []core.Header{bad}
		wantCode(t, c.host.Do(c.ex, at, &c.resp), core.CodeInternal)
	}
}

// TestHead: the answer to a HEAD has no body, whatever its fields say, and the
// connection is good for more.
func TestHead(t *testing.T) {
	for fields, length := range map[string]int64{"Content-Length: 5": 5, "Transfer-Encoding: chunked": 0, "X: y": 0} {
		f := newFake(t, answer("HTTP/1.1 200 OK\r\n"+fields+"\r\n\r\n"))
		c := newClient(t, f.Addr().String())
		for range 2 {
			at := c.ex.NewAttempt(c.d)
			at.Request.Method, at.Request.Path = "HEAD", "/"
			if err := c.host.Do(c.ex, at, &c.resp); err != nil {
				t.Fatal(err)
			}
			if n := c.resp.ContentLength(); n != length {
				t.Errorf("%s: its length is %d", fields, n)
			}
			if b, err := c.resp.ReadAll(nil, 1); err != nil || len(b) != 0 {
				t.Errorf("%s: %q %v", fields, b, err)
			}
		}
		if n := f.conns.Load(); n != 1 {
			t.Errorf("%s: %d connections", fields, n)
		}
	}
}

// FuzzTrailers: whatever stands behind a body, what is told of it are header fields.
func FuzzTrailers(f *testing.F) {
	for _, seed := range []string{"A: b\r\n", "A b: c\r\n", ": x\r\n\r\n", "A:\x00\r\nB: c\r\n", "A: b\nC: d\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := Response{framing: framedChunks, ended: true, chunks: dechunker{trailer: b}}
		r.Trailers(func(name, value []byte) {
			if !isName(string(name)) || !isText(string(value)) {
				t.Fatalf("%q: %q", name, value)
			}
		})
	})
}
