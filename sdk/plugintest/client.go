package plugintest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// reply is what a client got, to the last byte of its socket.
type reply struct {
	catch
	status  int
	dropped string // what the gateway says of the request got lost
}

// perform makes the exchange as a client of its dialect, on a connection of its own.
func (x *exchange) perform(ctx context.Context, addr string, timeout time.Duration) (*reply, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // it has been read to its end
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	if err := x.send(c, addr); err != nil {
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
	r.status, r.dropped = resp.StatusCode, resp.Header.Get("X-Sallyport-Dropped")
	r.body, err = io.ReadAll(resp.Body)
	if err != nil && x.fault == nil { // a guard that fails may well break it off
		return nil, fmt.Errorf("an answer that breaks off: %w: %.200q", err, r.raw)
	}
	return r, nil
}

// send writes the request. A prompt is cut as the cut says.
func (x *exchange) send(w io.Writer, addr string) error {
	back := slices.IndexFunc(backs, func(b back) bool { return b.name == x.back.name })
	model := route(back, x.kind)
	if x.fault != nil {
		model = x.fault.route(slices.IndexFunc(fronts, func(f front) bool { return f.name == x.front.name }), back)
	}
	body := x.front.body(x, model)
	length := fmt.Sprintf("Content-Length: %d", len(body))
	parts := []string{body}
	if x.prompt {
		switch x.cut.writes {
		case writeAll:
		case writeBytes:
			parts = bytewise(body)
		case writeRandom:
			parts = x.parts(body)
		case writeEvents:
			length = "Transfer-Encoding: chunked"
			parts = x.parts(body)
			for i, p := range parts {
				parts[i] = fmt.Sprintf("%x\r\n%s\r\n", len(p), p)
			}
			parts = append(parts, "0\r\n\r\n")
		}
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nConnection: close\r\n%s\r\n\r\n",
		x.front.path(model, x.streamed()), addr, x.tenant.key, length)
	if len(parts) == 1 {
		parts = []string{head + body}
	} else {
		parts = slices.Insert(parts, 0, head)
	}
	for _, p := range parts {
		if _, err := io.WriteString(w, p); err != nil {
			return err
		}
	}
	return nil
}
