package header

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	host   = "api.example.com:443"
	secret = "secret-key"
)

func TestSign(t *testing.T) {
	f := func(s *Signer, err error, field, value string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r := &core.UpstreamRequest{Header: []core.Header{{Name: field, Value: "other"}}}
		if err := s.Sign(host, r); err != nil {
			t.Fatal(err)
		}
		if len(r.Header) != 1 || r.Header[0] != (core.Header{Name: field, Value: value}) {
			t.Errorf("header = %v, want %s: %s alone", r.Header, field, value)
		}
		if err := s.Sign("evil.example.com:443", r); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("another host: %v", err)
		}
		out := fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s)
		if strings.Contains(out, secret) || strings.Contains(out, fmt.Sprintf("%x", secret)) {
			t.Errorf("a format prints the secret: %s", out)
		}
	}
	s, err := Bearer(secret, host)
	f(s, err, "Authorization", "Bearer "+secret)
	s, err = New("X-Api-Key", secret, host)
	f(s, err, "X-Api-Key", secret)
}

func TestBadKeys(t *testing.T) {
	for _, key := range []string{"", "a b", "a\r\nX: y", "a\x7f", "key\n"} {
		if _, err := Bearer(key, host); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
}
