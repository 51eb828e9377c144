package wrap_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
	"github.com/sallyport-gateway/sallyport/examples/http-wasm/wrap"
)

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Method", r.Method)
	w.Header().Set("X-Uri", r.RequestURI)
	w.Header().Set("X-Host", r.Host)
	w.Header()["X-Many"] = r.Header["X-Many"]
	w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, "got %q", body)
}

// TestHandler: filters do their work around a handler of net/http, over HTTP/1.1
// and HTTP/2.
func TestHandler(t *testing.T) {
	module, err := os.ReadFile("../../../core/wasm/httpwasm/testdata/probe.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, script, status, body string
		header                     map[string]string
	}{
		{"nothing", "", "202 Accepted", `got "body"`, map[string]string{"X-Method": "PUT", "X-Uri": "/simple%26clean?a=b", "X-Many": "1,2", "X-Host": "example.com"}},
		{
			"the request", "q set_method POST\nq set_uri /disney?name=chip%26dale\nq write_body 0 other\nq add_header_value 0 x-many 3\nq set_header_value 0 host other.example", "202 Accepted", `got "other"`,
			map[string]string{"X-Method": "POST", "X-Uri": "/disney?name=chip%26dale", "X-Many": "1,2,3", "X-Host": "other.example"},
		},
		{"an own answer", "q set_status_code 418\nq set_header_value 1 a b\nq write_body 1 tea\nq next 0", "418 I'm a teapot", "tea", map[string]string{"A": "b", "X-Method": ""}},
		{"a field beside", "q set_header_value 1 a b\nq set_header_value 1 x-method kept", "202 Accepted", `got "body"`, map[string]string{"A": "b", "X-Method": "PUT"}},
		{"the answer", "q enable_features 2\na set_status_code 203\na write_body 1 other\na remove_header 1 x-many", "203 Non-Authoritative Information", "other", map[string]string{"X-Many": "", "X-Method": "PUT"}},
		{"a trap", "q set_method _", "500 Internal Server Error", "the filter failed", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			f, err := httpwasm.New(t.Context(), module, httpwasm.Options{Config: []byte(c.script)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, two := range []bool{false, true} {
				s := httptest.NewUnstartedServer(wrap.Handler(f, http.HandlerFunc(echo)))
				s.EnableHTTP2 = two
				s.StartTLS()
				defer s.Close()
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+"/simple%26clean?a=b", strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				req.Host, req.Header["X-Many"] = "example.com", []string{"1", "2"}
				resp, err := s.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.Status != c.status || !strings.HasPrefix(string(body), c.body) {
					t.Errorf("%s: %s %q %v", resp.Proto, resp.Status, body, err)
				}
				for name, want := range c.header {
					if got := strings.Join(resp.Header[http.CanonicalHeaderKey(name)], ","); got != want {
						t.Errorf("%s: %s is %q, want %q", resp.Proto, name, got, want)
					}
				}
			}
		})
	}
}
