package examples

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHTTPWasm: a filter of another ecosystem stands in front of the gateway, is
// configured anew and removed while it runs.
func TestHTTPWasm(t *testing.T) {
	model := startMock(t, "text=hi")
	s := start(t, "http-wasm", map[string]string{"127.0.0.1:9001": model.Addr()})
	const robots = "/robots.txt"
	chat := curls(t, s.readme)[0]
	if status, header, body := s.get(t, robots); !strings.Contains(s.readme, ":8080"+robots) || status != http.StatusOK || !strings.Contains(s.readme, body) || body == "" || header.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %q %q", status, header, body)
	}
	if status, body := s.call(t, chat); status != http.StatusOK || !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Errorf("%d %s", status, body)
	}
	if _, header, _ := s.get(t, "/v1/models"); header.Get("X-Served-By") != "example-gateway" {
		t.Errorf("%q", header)
	}
	s.edit(t, "site.config.yaml", "example-gateway", "another")
	s.until(t, "the new configuration", func() bool {
		_, header, _ := s.get(t, "/v1/models")
		return header.Get("X-Served-By") == "another"
	})
	if err := os.Remove(filepath.Join(s.plugins, "site.wasm")); err != nil {
		t.Fatal(err)
	}
	s.until(t, "the filter is gone", func() bool {
		status, header, _ := s.get(t, robots)
		return status == http.StatusNotFound && header.Get("X-Served-By") == ""
	})
}

// get gets a path of the gateway's.
func (s *story) get(t *testing.T, path string) (status int, header http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// until waits for a condition, for ten seconds at most.
func (s *story) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	s.eventually(t, what, curl{path: "/v1/none"}, func(int, string) bool { return ok() })
}
