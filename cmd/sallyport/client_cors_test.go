package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestCORS asks as browsers do, from pages that may call and from others.
func TestCORS(t *testing.T) {
	const page = "https://app.example.com"
	l := newLab(t, labConfig{config: "cors: {origins: [\"" + page + "\"]}\n"})
	ask := func(method, origin string, more ...string) reply {
		t.Helper()
		body := `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
		req, err := http.NewRequest(method, l.url+"/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		for i := 0; i < len(more); i += 2 {
			req.Header.Set(more[i], more[i+1])
		}
		resp, err := l.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return reply{status: resp.StatusCode, header: resp.Header, text: string(text)}
	}
	f := func(name string, r reply, status int, allowed string) {
		t.Helper()
		h := r.header
		if r.status != status || h.Get("Access-Control-Allow-Origin") != allowed || (h.Get("Vary") == "Origin") != (allowed != "") {
			t.Errorf("%s: status %d, want %d; fields %v", name, r.status, status, h)
		}
	}
	key := []string{"Authorization", "Bearer " + virtualKey}
	r := ask(http.MethodOptions, page, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,x-stainless-os")
	f("preflight", r, http.StatusNoContent, page)
	if h := r.header; h.Get("Access-Control-Allow-Headers") != "authorization,x-stainless-os" || h.Get("Access-Control-Allow-Methods") != "GET, POST" {
		t.Errorf("the preflight allows %v", h)
	}
	r = ask(http.MethodPost, page, key...)
	f("call", r, http.StatusOK, page)
	if exposed := r.header.Get("Access-Control-Expose-Headers"); !strings.HasPrefix(exposed, "*, ") || !strings.Contains(exposed, "X-Request-Id") {
		t.Errorf("the answer exposes %v", r.header)
	}
	f("refused call", ask(http.MethodPost, page), http.StatusUnauthorized, page)
	r = ask(http.MethodOptions, "https://evil.example.com", "Access-Control-Request-Method", "POST")
	f("another page's preflight", r, http.StatusMethodNotAllowed, "")
	if !strings.Contains(r.text, "cors.origins") {
		t.Errorf("another page's preflight is told %q", r.text)
	}
	f("another page's call", ask(http.MethodPost, "https://evil.example.com", key...), http.StatusOK, "")
	f("an origin that only begins alike", ask(http.MethodPost, page+".evil.com", key...), http.StatusOK, "")
	f("OPTIONS that is no preflight", ask(http.MethodOptions, page), http.StatusMethodNotAllowed, page)
}
