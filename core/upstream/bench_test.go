package upstream

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/valyala/fasthttp"
)

// raw answers each request with the same bytes at the least cost of its own.
func raw(text string) func(net.Conn, int64) {
	return func(c net.Conn, _ int64) {
		out := []byte(text)
		buf := make([]byte, 64<<10)
		for {
			n, left := 0, -1
			for left != 0 {
				m, err := c.Read(buf[n:])
				if err != nil {
					return
				}
				if left > 0 {
					left -= m
					continue
				}
				n += m
				if i := bytes.Index(buf[:n], []byte("\r\n\r\n")); i >= 0 {
					left = i + 4 + lengthIn(buf[:i]) - n
					n = 0
				}
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	}
}

func lengthIn(head []byte) int {
	_, v, _ := bytes.Cut(head, []byte("Content-Length: "))
	v, _, _ = bytes.Cut(v, []byte("\r\n"))
	n := 0
	for _, c := range v {
		n = n*10 + int(c-'0')
	}
	return n
}

// BenchmarkDo compares whole exchanges with those of fasthttp's HostClient.
func BenchmarkDo(b *testing.B) {
	answer := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
	for _, size := range []int{300, 4 << 10, 100 << 10} {
		body := []byte(strings.Repeat("x", size))
		name := strconv.Itoa(size)
		b.Run(name+"/sallyport", func(b *testing.B) {
			c := newClient(b, newFake(b, raw(answer)).Addr().String())
			dst := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				at := c.ex.NewAttempt(c.d)
				at.Request.Method, at.Request.Path = "POST", "/v1/chat/completions"
				at.Request.Header = append(at.Request.Header, core.Header{Name: "Authorization", Value: "Bearer sk-test"}, core.Header{Name: "Content-Type", Value: "application/json"})
				at.Request.Body = append(at.Request.Body, body)
				if err := c.host.Do(c.ex, at, &c.resp); err != nil {
					b.Fatal(err)
				}
				if _, err := c.resp.ReadAll(dst, 0); err != nil {
					b.Fatal(err)
				}
				c.ex.Reset()
			}
		})
		b.Run(name+"/fasthttp", func(b *testing.B) {
			hc := &fasthttp.HostClient{Addr: newFake(b, raw(answer)).Addr().String()}
			var req fasthttp.Request
			var resp fasthttp.Response
			b.ReportAllocs()
			for b.Loop() {
				req.Header.SetMethod("POST")
				req.SetRequestURI("http://upstream/v1/chat/completions")
				req.Header.Set("Authorization", "Bearer sk-test")
				req.Header.SetContentType("application/json")
				req.SetBodyRaw(body)
				if err := hc.Do(&req, &resp); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			hc.CloseIdleConnections()
		})
	}
}

// BenchmarkNext is the cost of one event of a stream, one event per read.
func BenchmarkNext(b *testing.B) {
	event := "data: {\"choices\":[{\"delta\":{\"content\":\" hello\"}}],\"id\":\"chatcmpl1\"}\n\n"
	chunk := []byte(strconv.FormatInt(int64(len(event)), 16) + "\r\n" + event + "\r\n")
	next := make(chan struct{}, 1)
	f := newFake(b, func(c net.Conn, _ int64) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range next {
			_, _ = c.Write(chunk)
		}
	})
	c := newClient(b, f.Addr().String())
	if err := c.do("{}"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		next <- struct{}{}
		if _, err := c.resp.Next(); err != nil {
			b.Fatal(err)
		}
	}
	close(next)
	c.resp.Close(false)
}
