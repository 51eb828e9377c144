package query

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	host   = "api.example.com:443"
	secret = "secret&key=1"
)

func TestSign(t *testing.T) {
	s, err := New("key", secret, host)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/v1/models/m:generateContent":       "/v1/models/m:generateContent?key=secret%26key%3D1",
		"/v1/models/m:stream?alt=sse":        "/v1/models/m:stream?alt=sse&key=secret%26key%3D1",
		"/v1/models/m:generateContent?a=b+c": "/v1/models/m:generateContent?a=b+c&key=secret%26key%3D1",
	} {
		r := &core.UpstreamRequest{Path: path}
		if err := s.Sign(host, r); err != nil || r.Path != want {
			t.Errorf("%s became %s, %v; want %s", path, r.Path, err, want)
		}
	}
	r := &core.UpstreamRequest{Path: "/"}
	if err := s.Sign("evil.example.com:443", r); err == nil || r.Path != "/" || strings.Contains(err.Error(), secret) {
		t.Errorf("another host: %v, %s", err, r.Path)
	}
	if out := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s); strings.Contains(out, "secret") {
		t.Errorf("a format prints the secret: %s", out)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range [][2]string{{"", "k"}, {"a b", "k"}, {"a&b", "k"}, {"key", ""}, {"key", " k"}, {"key", "k\n"}} {
		if _, err := New(c[0], c[1], host); err == nil {
			t.Errorf("parameter %q with key %q was taken", c[0], c[1])
		}
	}
}
