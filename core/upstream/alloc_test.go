//go:build !race

package upstream

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// A whole exchange on a warm connection allocates nothing, whether small
// or large, read whole or in pieces.
func TestAllocations(t *testing.T) {
	whole := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("5\r\nhello\r\n", 20) + "0\r\n\r\n"
	f := func(name string, want float64, c *client, size int) {
		t.Run(name, func(t *testing.T) {
			body, dst := []byte(strings.Repeat("x", size)), make([]byte, 0, 4096)
			run := func() {
				at := fill(c, body)
				if err := c.host.Do(c.ex, at, &c.resp); err != nil {
					t.Fatal(err)
				}
				if _, err := c.resp.ReadAll(dst, 0); err != nil {
					t.Fatal(err)
				}
				c.ex.Reset()
				at = fill(c, body)
				if err := c.host.Do(c.ex, at, &c.resp); err != nil {
					t.Fatal(err)
				}
				for {
					if _, err := c.resp.Next(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Fatal(err)
					}
				}
				c.ex.Reset()
			}
			run()
			if got := testing.AllocsPerRun(200, run); got > want {
				t.Errorf("%v allocations per two exchanges, want at most %v", got, want)
			}
		})
	}
	for name, text := range map[string]string{"whole": whole, "chunked": chunked} {
		quiet := newFake(t, raw(text))
		f(name, 0, newClient(t, quiet.Addr().String()), 300)
		f(name+" large", 0, newClient(t, quiet.Addr().String()), 100<<10)
	}
}

func fill(c *client, body []byte) *core.Attempt {
	at := c.ex.NewAttempt(c.d)
	at.Request.Method, at.Request.Path = "POST", "/v1/chat/completions"
	at.Request.Header = append(at.Request.Header, core.Header{Name: "Authorization", Value: "Bearer sk-test"})
	at.Request.Body = append(at.Request.Body, body[:len(body)/2], body[len(body)/2:])
	return at
}
