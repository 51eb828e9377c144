package gcp

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const host = "europe-west4-aiplatform.googleapis.com:443"

// keyFile makes the key file of an account whose tokens come from url.
func keyFile(t *testing.T, url string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "gateway@project.example", "private_key_id": "kid",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": url,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// tokens is a token server that hands out token-1, token-2 … for so many seconds.
func tokens(t *testing.T, seconds int) (url string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		parts := strings.Split(r.FormValue("assertion"), ".")
		if len(parts) != 3 {
			http.Error(w, "no assertion", http.StatusBadRequest)
			return
		}
		claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
		if !strings.Contains(string(claims), "gateway@project.example") || !strings.Contains(string(claims), scope) {
			http.Error(w, "bad claims", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":%d}`, n, seconds)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, calls
}

func sign(t *testing.T, s *Signer) string {
	t.Helper()
	r := &core.UpstreamRequest{Header: []core.Header{{Name: "Authorization", Value: "other"}}}
	if err := s.Sign(host, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Header) != 1 {
		t.Fatalf("header %v", r.Header)
	}
	return r.Header[0].Value
}

func TestTokensAreKept(t *testing.T) {
	url, calls := tokens(t, 3600)
	s, err := New(keyFile(t, url), host)
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 0 {
		t.Error("a token was fetched before it was needed")
	}
	if a, b := sign(t, s), sign(t, s); a != "Bearer token-1" || b != a || calls.Load() != 1 {
		t.Errorf("%q, then %q, in %d calls", a, b, calls.Load())
	}
	if err := s.Sign("evil.example.com:443", &core.UpstreamRequest{}); err == nil {
		t.Error("it signed for another host")
	}
	if out := fmt.Sprintf("%v %+v %#v %q", s, s, s, s); strings.Contains(out, "token-") || strings.Contains(out, "PRIVATE") {
		t.Errorf("a format prints a secret: %s", out)
	}
}

// TestTokensAreReplacedEarly hands out tokens that end within the margin.
func TestTokensAreReplacedEarly(t *testing.T) {
	url, calls := tokens(t, int(early.Seconds())-10)
	s, err := New(keyFile(t, url), host)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := sign(t, s), sign(t, s); a == b || calls.Load() != 2 {
		t.Errorf("%q, then %q, in %d calls", a, b, calls.Load())
	}
}

func TestNoToken(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	s, err := New(keyFile(t, srv.URL), host)
	if err != nil {
		t.Fatal(err)
	}
	r := &core.UpstreamRequest{}
	if err := s.Sign(host, r); err == nil || len(r.Header) != 0 || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("%v, %v", err, r.Header)
	}
}

func TestRefused(t *testing.T) {
	for _, key := range []string{
		"", "{}", "AIza-plain-key", `{"type":"authorized_user","client_email":"a","token_uri":"b"}`,
		`{"type":"service_account","client_email":"a","private_key":"hush","token_uri":"b"}`,
	} {
		if _, err := New(key, host); err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "AIza") {
			t.Errorf("%q: %v", key, err)
		}
	}
}
