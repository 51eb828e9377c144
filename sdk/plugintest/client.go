package plugintest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// reply is what a client got, to the last byte of its socket.
type reply struct {
	raw    []byte // as it came, head and framing of HTTP included
	status int
	body   []byte
}

// ask makes the exchange as a client of its dialect, on a connection of its own.
func (x *exchange) ask(ctx context.Context, addr string, timeout time.Duration) (*reply, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // it has been read to its end
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	model := fmt.Sprintf("r%d", backIndex(x.back))
	body := x.front.body(model, "Say "+x.id, !x.cut.whole)
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		x.front.path(model, !x.cut.whole), addr, x.tenant.key, len(body), body); err != nil {
		return nil, err
	}
	r := &reply{}
	if r.raw, err = io.ReadAll(c); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(r.raw)), nil)
	if err != nil {
		return nil, fmt.Errorf("an answer that is no HTTP: %w: %.200q", err, r.raw)
	}
	defer resp.Body.Close() //nolint:errcheck // in memory
	r.status = resp.StatusCode
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, fmt.Errorf("an answer that breaks off: %w: %.200q", err, r.raw)
	}
	return r, nil
}

func backIndex(b *back) int {
	for i := range backs {
		if &backs[i] == b {
			return i
		}
	}
	return -1
}
