package plugins

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestSigner(t *testing.T) {
	const key, host = "canary-key-0123456789", "api.example.com:443"
	p := &core.Provider{Host: host}
	f := func(auth, name, value string) {
		t.Helper()
		s, err := Signer(auth, key, p)
		if err != nil {
			t.Fatalf("%s: %v", auth, err)
		}
		var r core.UpstreamRequest
		if err := s.Sign(host, &r); err != nil || len(r.Header) != 1 || r.Header[0] != (core.Header{Name: name, Value: value}) {
			t.Errorf("%s signs %v, %v", auth, r.Header, err)
		}
		r = core.UpstreamRequest{}
		if err := s.Sign("other.example.com:443", &r); err == nil || len(r.Header) != 0 {
			t.Errorf("%s signs for another host: %v", auth, r.Header)
		}
		if text := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s); strings.Contains(text, key) {
			t.Errorf("%s shows its key: %s", auth, text)
		}
	}
	f("bearer", "Authorization", "Bearer "+key)
	f("header:x-api-key", "x-api-key", key)
	f("header:api-key", "api-key", key)

	if s, err := Signer("none", "", p); s != nil || err != nil {
		t.Errorf("none: %v, %v", s, err)
	}
	for _, auth := range []string{"", "Bearer", "bearer:x", "header", "header:", "none:x", "sigv4", "query", "gcp:x"} {
		s, err := Signer(auth, key, p)
		if err == nil || s != nil {
			t.Errorf("auth %q gives %v", auth, s)
			continue
		}
		if text := err.Error(); !strings.Contains(text, "bearer, header:NAME, query:NAME, sigv4:SERVICE, gcp or none") || strings.Contains(text, key) {
			t.Errorf("auth %q: %s", auth, text)
		}
	}
	for _, bad := range []string{"", "two words", "line\r\nX: y", "nul\x00"} {
		s, err := Signer("bearer", bad, p)
		if err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("key %q: %v, %v", bad, s, err)
		}
	}
}

// TestLists: what the core is given is not empty, and each entry is there once.
func TestLists(t *testing.T) {
	kinds := map[string]bool{}
	for _, d := range Providers() {
		if kinds[d.Kind] {
			t.Errorf("the kind %s is there twice", d.Kind)
		}
		kinds[d.Kind] = true
	}
	if !kinds["openai"] || !kinds["ollama"] {
		t.Errorf("kinds: %v", kinds)
	}
	ids := map[string]bool{}
	for _, p := range Natives() {
		m := p.Manifest()
		if kind, name, ok := strings.Cut(m.ID, "."); !ok || kind != m.Kind || name == "" || ids[m.ID] {
			t.Errorf("the id %q is not kind.name, or is there twice", m.ID)
		}
		ids[m.ID] = true
	}
}
