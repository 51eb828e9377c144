package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// echoAPI plays a service behind the gateway that tells in header fields what it
// was asked.
func echoAPI(t *testing.T) *ownAPI {
	t.Helper()
	return newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Next-Method", r.Method)
		w.Header().Set("X-Next-Uri", r.RequestURI)
		for name, values := range r.Header {
			for i, v := range values {
				w.Header().Add(fmt.Sprintf("X-Next-%s-%d", name, i), v)
			}
		}
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Location", "/x?key=secret")
	})
}

// rooted is the provider of a lab that gets what has no other place.
func rooted(a *ownAPI) func(*lab) string {
	return func(*lab) string {
		return fmt.Sprintf("  - {name: echo, kind: openai, base_url: %q, auth: none, raw: true, root: true}\n", a.URL)
	}
}

// TestEdgeFilterBeforeRoot: with a provider for what has no other place a filter
// stands before any service, as around a handler: paths are the client's own, and
// what it makes of method, target and header fields is what the service gets.
func TestEdgeFilterBeforeRoot(t *testing.T) {
	for _, c := range []struct {
		script, method, target, fields string
		want                           map[string]string
	}{
		{"", "GET", "/simple%26clean", "Single-Header: value", map[string]string{"X-Next-Method": "GET", "X-Next-Uri": "/simple%26clean", "X-Next-Single-Header-0": "value"}},
		{"", "DELETE", "/", "a-header: 1", map[string]string{"X-Next-Method": "DELETE", "X-Next-Uri": "/", "X-Next-A-Header-0": "1"}},
		{"q set_method POST", "GET", "", "", map[string]string{"X-Next-Method": "POST", "X-Next-Uri": "/"}},
		{"q set_uri /disney?name=chip%26dale", "GET", "", "", map[string]string{"X-Next-Uri": "/disney?name=chip%26dale"}},
		{"q set_uri /animal?name=panda", "GET", "/old?gone", "", map[string]string{"X-Next-Uri": "/animal?name=panda"}},
		{"q set_header_value 0 existing-header value", "GET", "", "existing-header: bear", map[string]string{"X-Next-Existing-Header-0": "value", "X-Next-Existing-Header-1": ""}},
		{"q add_header_value 0 existing-header value", "GET", "", "existing-header: bear", map[string]string{"X-Next-Existing-Header-0": "bear", "X-Next-Existing-Header-1": "value"}},
		{"q remove_header 0 existing-header", "GET", "", "existing-header: bear", map[string]string{"X-Next-Existing-Header-0": ""}},
		{"q set_header_value 1 handled 1", "GET", "", "", map[string]string{"Handled": "1", "X-Next-Method": "GET"}},
		{"i enable_features 3\na set_header_value 1 handled 1\na write_body 1 HTTP/1.1", "GET", "/any", "", map[string]string{"Handled": "1", "X-Next-Uri": "/any"}},
	} {
		api := echoAPI(t)
		l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, c.script), providers: rooted(api), keyless: true})
		l.unbalanced = "no mock is called"
		var fields []string
		if name, value, ok := strings.Cut(c.fields, ": "); ok {
			fields = []string{name, value}
		}
		a := l.call(c.method, c.target, "", fields...)
		if a.err != nil || a.status != http.StatusOK {
			t.Errorf("%q: %d %q %v", c.script, a.status, a.body, a.err)
		}
		for name, want := range c.want {
			if got := a.header.Get(name); got != want {
				t.Errorf("%q: %s is %q, want %q", c.script, name, got, want)
			}
		}
		for _, name := range []string{"X-Next-Authorization-0", "Set-Cookie", "Location"} {
			if got := a.header.Get(name); got != "" {
				t.Errorf("%s crossed: %q", name, got)
			}
		}
	}
}

// TestRootPlaces: the root gets what has no other place, and nothing else.
func TestRootPlaces(t *testing.T) {
	api := echoAPI(t)
	l := newLab(t, labConfig{providers: rooted(api), files: map[string]string{"other": otherKey}, extra: "keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n  - {name: other, key: \"${file:other}\", routes: [m]}\n", keyless: true})
	l.unbalanced = "the echo is none of the mocks"
	for target, want := range map[string]string{"/x?a=b": "/x?a=b", "/p/echo/y": "/y", "/v1/none": "/v1/none"} {
		if a := l.call("GET", target, ""); a.status != http.StatusOK || api.last().uri != want {
			t.Errorf("%s: %d, the echo got %s", target, a.status, api.last().uri)
		}
	}
	for _, target := range []string{"GET /v1/models/ft:m:org::1", "DELETE /v1/models/ft:m:org::1", "GET /v1beta/models/veo/operations/o1"} { // below the listings, and no model here
		method, path, _ := strings.Cut(target, " ")
		if a := l.call(method, path, ""); a.status != http.StatusOK || api.last().uri != path {
			t.Errorf("%s: %d, the echo got %s", target, a.status, api.last().uri)
		}
	}
	n := len(api.seen())
	if a := l.call("GET", "/x", "", "Authorization", "Bearer "+otherKey); a.status != http.StatusNotFound {
		t.Errorf("a key without the right: %d %s", a.status, a.body)
	}
	if a := l.call("GET", "/x", "", "Authorization", "Bearer none"); a.status != http.StatusUnauthorized {
		t.Errorf("a key that is none: %d %s", a.status, a.body)
	}
	for _, target := range []string{"/healthz", "/readyz", "/v1/models"} {
		if a := l.call("GET", target, ""); a.status != http.StatusOK {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	if a := l.chat("", ""); a.content() == "" {
		t.Errorf("chat: %d %s", a.status, a.body)
	}
	if a := l.call("GET", "/a/../b", ""); a.status != http.StatusBadRequest {
		t.Errorf("a path that leads elsewhere: %d", a.status)
	}
	if got := len(api.seen()); got != n {
		t.Errorf("the echo got %d more calls", got-n)
	}
}
