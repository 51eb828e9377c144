package upstream

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// shouter makes whole lines of capital letters of a body. It breaks at a line "bad".
type shouter struct{ rest, out []byte }

func (s *shouter) Reframe(p []byte) ([]byte, error) {
	s.rest, s.out = append(s.rest, p...), s.out[:0]
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return s.out, nil
		}
		if string(line) == "bad" {
			return s.out, &core.Error{Code: core.CodeUpstreamStatus, Message: "bad"}
		}
		s.out = append(s.out, bytes.ToUpper(line)...)
		s.rest = rest
	}
}

func (s *shouter) End() error {
	if len(s.rest) > 0 {
		return errors.New("a line is cut")
	}
	return nil
}

// TestReframe: what is read is what a Reframer makes of the body; its error comes
// behind what was good, and is repeated.
func TestReframe(t *testing.T) {
	for body, want := range map[string]struct {
		text string
		code core.Code
	}{
		"one\ntwo\n":      {"ONETWO", 0},
		"":                {"", 0},
		"one\ntw":         {"ONE", core.CodeUpstreamInvalid},
		"one\nbad\ntwo\n": {"ONE", core.CodeUpstreamStatus},
	} {
		var chunks strings.Builder
		for i := range len(body) { // each byte in a piece of its own
			chunks.WriteString("1\r\n" + body[i:i+1] + "\r\n")
		}
		f := newFake(t, answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+chunks.String()+"0\r\n\r\n"))
		c := newClient(t, f.Addr().String())
		if err := c.do("{}"); err != nil {
			t.Fatal(err)
		}
		c.resp.Reframe(&shouter{})
		got, err := readOut(&c.resp)
		if got != want.text || (err == nil) != (want.code == 0) || err != nil && err.Code != want.code {
			t.Errorf("%q: %q, %v; want %+v", body, got, err, want)
		}
		if _, again := c.resp.Next(); err != nil && !errors.Is(again, err) {
			t.Errorf("%q: then %v", body, again)
		}
		n := c.again() // for which nothing is left of it
		if err := n.do("{}"); err != nil {
			t.Fatal(err)
		}
		if got, err := readOut(&n.resp); got != body || err != nil {
			t.Errorf("plain: %q, %v", got, err)
		}
		c.resp.Reset()
		n.resp.Reset()
	}
}

func readOut(r *Response) (string, *core.Error) {
	var out strings.Builder
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if e := (*core.Error)(nil); errors.As(err, &e) {
			return out.String(), e
		}
		out.Write(b)
	}
}
