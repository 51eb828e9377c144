package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestModelsInThreeShapes asks for the list of models, and for one, as the
// clients of each dialect do.
func TestModelsInThreeShapes(t *testing.T) {
	l := newLab(t, labConfig{extra: "  - {name: org/other, deployments: [{provider: p0}]}\n"})
	get := func(path string, fields ...string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, l.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(fields); i += 2 {
			req.Header.Set(fields[i], fields[i+1])
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
		return resp.StatusCode, string(text)
	}
	bearer := []string{"Authorization", "Bearer " + virtualKey}
	claude := []string{"X-Api-Key", virtualKey, "Anthropic-Version", "2023-06-01"}
	newer := append([]string{"Anthropic-Version", "2026-10-21"}, bearer...)
	google := []string{"X-Goog-Api-Key", virtualKey}
	for _, c := range []struct {
		name, path string
		fields     []string
		status     int
		has        []string
	}{
		{"openai", "/v1/models", bearer, 200, []string{`"object":"list"`, `"id":"m"`, `"id":"org/other"`}},
		{"openai, one", "/v1/models/org/other", bearer, 200, []string{`{"id":"org/other","object":"model"`}},
		{"openai, one, escaped", "/v1/models/org%2Fother", bearer, 200, []string{`{"id":"org/other","object":"model"`}},
		{"openai, none such", "/v1/models/nope", bearer, 404, []string{`"code":"model_not_found"`}},
		{"anthropic", "/v1/models?limit=1000", claude, 200, []string{`"type":"model"`, `"has_more":false`, `"first_id":"m"`}},
		{"anthropic, bearer", "/v1/models", newer, 200, []string{`"has_more":false`}},
		{"anthropic, one", "/v1/models/m", claude, 200, []string{`{"type":"model","id":"m"`}},
		{"anthropic, none such", "/v1/models/nope", claude, 404, []string{`"type":"error"`, `"not_found_error"`}},
		{"google", "/v1beta/models", google, 200, []string{`{"models":[`, `"name":"models/m"`}},
		{"google, newer path", "/v1/models", google, 200, []string{`"name":"models/m"`}},
		{"google, key in the query", "/v1/models?key=" + virtualKey, nil, 200, []string{`"name":"models/m"`}},
		{"google, one", "/v1/models/m", google, 200, []string{`{"name":"models/m"`}},
		{"google, one on the beta path", "/v1beta/models/m", google, 200, []string{`{"name":"models/m"`}},
		{"google, none such", "/v1beta/models/nope", google, 404, []string{`"status":"NOT_FOUND"`}},
		{"wrong key", "/v1/models", []string{"X-Api-Key", "x", "Anthropic-Version", "2023-06-01"}, 401, []string{`"authentication_error"`}},
	} {
		status, text := get(c.path, c.fields...)
		if status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, text)
		}
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s lacks %s", c.name, text, want)
			}
		}
	}
}
