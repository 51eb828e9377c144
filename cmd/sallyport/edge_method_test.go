package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRootMethods: what has no other place may be asked anything, with a filter and
// without, and the service's answer is the client's.
func TestRootMethods(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Next-Method", r.Method)
		w.Header()["X-Many"] = []string{"1", "", "2"}
		w.Header()["X-Got"] = append([]string{""}, r.Header["X-Many"]...)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "7")
		_, _ = io.WriteString(w, "content")
	})
	for what, cfg := range map[string]labConfig{
		"without": {},
		"with":    {config: "plugins: {folder: plugins.d}", plugins: probe(t, "i enable_features 3\nq get_method 20\na read_body 1 90")},
		"by":      {config: "plugins: {folder: plugins.d}", plugins: probe(t, "q get_method 20")},
	} {
		cfg.providers, cfg.keyless = rooted(api), true
		l := newLab(t, cfg)
		l.unbalanced = "no mock is called"
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "M-SEARCH"} {
			a := l.call(method, "/x", "", "X-Many", "a", "X-Many", "", "X-Many", "b")
			body := "content"
			if method == "HEAD" {
				body = ""
			}
			if a.err != nil || a.status != http.StatusOK || a.body != body || a.header.Get("X-Next-Method") != method || a.header.Get("Content-Length") != "7" {
				t.Errorf("%s %s: %d %q %q %v", what, method, a.status, a.header, a.body, a.err)
			}
			if got := strings.Join(a.header["X-Many"], "|"); got != "1||2" {
				t.Errorf("%s %s: X-Many is %q", what, method, got)
			}
			if got := strings.Join(a.header["X-Got"], "|"); got != "|a||b" {
				t.Errorf("%s %s: the service got %q", what, method, got)
			}
			if what != "without" && !strings.Contains(l.logs.String(), " "+method+`"`) {
				t.Errorf("%s %s: the filter did not see it: %s", what, method, l.logs.String())
			}
		}
		for method, target := range map[string]string{"CONNECT": "/v1/models", "HEAD": "/v1/models", "OPTIONS": "/v1/chat/completions", "TRACE": "/v1/chat/completions"} {
			if a := l.call(method, target, ""); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
				t.Errorf("%s %s %s: %d %q", what, method, target, a.status, a.header)
			}
		}
	}
}

// TestRootTrace: TRACE, whose answer tells what was asked, goes to no service that
// is sent a credential, and odd methods to no provider but the root's.
func TestRootTrace(t *testing.T) {
	api := newOwnAPI(t, nil)
	for providers, want := range map[string]int{
		"auth: bearer, key: \"${file:key}\", raw: true, root: true":                                                                http.StatusMethodNotAllowed,
		"auth: none, raw: true, root: true, headers: {X-Own-Secret: hidden}":                                                       http.StatusMethodNotAllowed,
		"auth: none, raw: true, root: true, headers: {}":                                                                           http.StatusOK,
		"auth: none, raw: true}\n  - {name: other, kind: openai, auth: none, base_url: \"" + api.URL + "\", raw: true, root: true": http.StatusMethodNotAllowed,
	} {
		l := newLab(t, labConfig{keyless: true, providers: func(*lab) string {
			return "  - {name: echo, kind: openai, base_url: \"" + api.URL + "\", " + providers + "}\n"
		}})
		l.unbalanced = "no mock is called"
		if a := l.call("TRACE", "/p/echo/x", ""); a.status != want {
			t.Errorf("%s: %d %s", providers, a.status, a.body)
		}
	}
}

// TestRootPreflight: a preflight is the gateway's where pages may call it, and the
// service's where not.
func TestRootPreflight(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for extra, want := range map[string]int{"cors: {origins: [\"https://page.example\"]}\n": http.StatusNoContent, "": http.StatusTeapot} {
		l := newLab(t, labConfig{providers: rooted(api), extra: extra})
		l.unbalanced = "no mock is called"
		a := l.call("OPTIONS", "/x", "", "Origin", "https://page.example", "Access-Control-Request-Method", "PUT")
		if a.status != want {
			t.Errorf("%q: %d %s", extra, a.status, a.body)
		}
	}
}

// TestAnswersWithoutBody: an answer that can have none has none, whatever a filter
// wrote.
func TestAnswersWithoutBody(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		l := newLab(t, labConfig{
			config: "plugins: {folder: plugins.d}", plugins: probe(t, fmt.Sprintf("q set_status_code %d\nq write_body 1 body\nq next 0", status)), keyless: true,
		})
		l.unbalanced = "nothing is called"
		for range 2 { // on one connection
			if a := l.call("GET", "/x", ""); a.err != nil || a.body != "" || a.status != status {
				t.Errorf("%d: %d %q %v", status, a.status, a.body, a.err)
			}
		}
	}
}

// TestEdgeFilterPassedOver: of an answer that a filter changed before it failed
// nothing is left changed where it is passed over, and none of the answer goes out
// where it is not.
func TestEdgeFilterPassedOver(t *testing.T) {
	api := echoAPI(t)
	const script = "i enable_features 6\na set_status_code 418\na set_header_value 1 x-next-method changed\na set_header_value 3 x-set v\na write_body 1 changed\na set_status_code 99"
	for _, fail := range []string{"fail: open", ""} {
		l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, script, fail), providers: rooted(api), keyless: true})
		l.unbalanced = "no mock is called"
		a := l.call("GET", "/x", "")
		if open := fail != ""; (a.status == http.StatusOK) != open || open && a.header.Get("X-Next-Method") != "GET" || !open && (a.header.Get("X-Next-Uri") != "" || a.code() != "plugin_failed") || strings.Contains(a.body, "changed") {
			t.Errorf("%q: %d %q %q", fail, a.status, a.header, a.body)
		}
	}
}
