package sigv4

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The credential and the moment of AWS's published test suite for version 4.
const (
	id     = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	host   = "example.amazonaws.com:443"
)

func signer(t *testing.T, key string) *Signer {
	t.Helper()
	s, err := New(key, host, "service", "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) }
	return s
}

func field(r *core.UpstreamRequest, name string) string {
	for _, h := range r.Header {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// TestPublishedVectors compares with cases of the suite, by its names. Those with other
// escapes or fields are about requests that are not sent here.
func TestPublishedVectors(t *testing.T) {
	const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for name, c := range map[string]struct{ method, path, want string }{
		"get-vanilla":                      {"GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-query-order-key-case": {"GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"get-vanilla-query-unreserved":     {"GET", "/?" + unreserved + "=" + unreserved, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		"get-vanilla-empty-query-key":      {"GET", "/?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		"get-unreserved":                   {"GET", "/" + unreserved, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		"post-vanilla":                     {"POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		"post-vanilla-query":               {"POST", "/?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
	} {
		r := &core.UpstreamRequest{Method: c.method, Path: c.path}
		if err := signer(t, id+":"+secret).Sign(host, r); err != nil {
			t.Fatal(err)
		}
		full := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + c.want
		if got := field(r, "Authorization"); got != full {
			t.Errorf("%s:\n got %s\nwant %s", name, got, full)
		}
		if got := field(r, "X-Amz-Date"); got != "20150830T123600Z" {
			t.Errorf("%s: date %q", name, got)
		}
	}
}

// TestCovers changes one thing at a time: whatever the signature covers changes it.
func TestCovers(t *testing.T) {
	request := func() *core.UpstreamRequest {
		return &core.UpstreamRequest{
			Method: "POST", Path: "/model/arn%3Aaws%3Abedrock%2Fx/converse",
			Header: []core.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: "a"}},
			Body:   [][]byte{[]byte(`{"a":`), []byte(`1}`)},
		}
	}
	sign := func(r *core.UpstreamRequest, key string) string {
		t.Helper()
		if err := signer(t, key).Sign(host, r); err != nil {
			t.Fatal(err)
		}
		return field(r, "Authorization")
	}
	key := id + ":" + secret
	base := sign(request(), key)
	for name, change := range map[string]func(*core.UpstreamRequest){
		"path":         func(r *core.UpstreamRequest) { r.Path += "-stream" },
		"escape":       func(r *core.UpstreamRequest) { r.Path = strings.ReplaceAll(r.Path, "%3A", ":") },
		"body":         func(r *core.UpstreamRequest) { r.Body[1] = []byte(`2}`) },
		"method":       func(r *core.UpstreamRequest) { r.Method = "PUT" },
		"content type": func(r *core.UpstreamRequest) { r.Header[0].Value = "text/plain" },
	} {
		r := request()
		change(r)
		if sign(r, key) == base {
			t.Errorf("the signature does not cover the %s", name)
		}
	}
	r := request()
	r.Header[1].Value = "proxy"
	r.Body = [][]byte{[]byte(`{"a":1}`)} // the same bytes in one range
	if sign(r, key) != base {
		t.Error("the signature covers what may change on the way")
	}
	r = request()
	if got := sign(r, key+":token"); field(r, "X-Amz-Security-Token") != "token" || !strings.Contains(got, "x-amz-security-token") {
		t.Errorf("session token %q, %s", field(r, "X-Amz-Security-Token"), got)
	}
}

func TestBound(t *testing.T) {
	s := signer(t, id+":"+secret)
	r := &core.UpstreamRequest{Method: "POST", Path: "/"}
	if err := s.Sign("evil.example.com:443", r); err == nil || len(r.Header) != 0 || strings.Contains(err.Error(), secret) {
		t.Errorf("another host: %v, %v", err, r.Header)
	}
	if out := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s); strings.Contains(out, secret) || strings.Contains(out, id) {
		t.Errorf("a format prints the credential: %s", out)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range [][3]string{
		{"", "bedrock", "eu-west-1"},
		{"id", "bedrock", "eu-west-1"},
		{":secret", "bedrock", "eu-west-1"},
		{"id:", "bedrock", "eu-west-1"},
		{"id:se cret", "bedrock", "eu-west-1"},
		{"id:secret", "", "eu-west-1"},
		{"id:secret", "bedrock", ""},
	} {
		if _, err := New(c[0], host, c[1], c[2]); err == nil || strings.Contains(err.Error(), "cret") && !strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", c, err)
		}
	}
}
