package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// providerKey is the key of the provider "own" in labs of raw calls.
const providerKey = "sk-own-0123456789abcdef"

// ownAPI plays a provider with an API of its own, below /base, and remembers what
// it was asked.
type ownAPI struct {
	*httptest.Server
	mu    sync.Mutex
	calls []ownCall
}

type ownCall struct {
	method, uri, body string
	header            http.Header
}

// newOwnAPI starts one; serve answers each call, whose body has been read, nil
// with an empty object.
func newOwnAPI(t *testing.T, serve http.HandlerFunc) *ownAPI {
	t.Helper()
	a := &ownAPI{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.calls = append(a.calls, ownCall{r.Method, r.RequestURI, string(body), r.Header.Clone()})
		a.mu.Unlock()
		if serve != nil {
			serve(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(a.Close)
	return a
}

// seen returns the calls so far.
func (a *ownAPI) seen() []ownCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]ownCall(nil), a.calls...)
}

func (a *ownAPI) last() ownCall {
	calls := a.seen()
	if len(calls) == 0 {
		return ownCall{}
	}
	return calls[len(calls)-1]
}

// newRawLab starts a lab with the provider "own", whose API may be called, and
// p0, whose may not. The key "narrow" has the right to own's, "other" to the
// route m alone.
func newRawLab(t *testing.T, a *ownAPI, c labConfig) *lab {
	t.Helper()
	if c.files == nil {
		c.files = map[string]string{}
	}
	c.files["provider-key"] = providerKey
	if c.providers == nil {
		c.providers = func(*lab) string { return ownProvider(a, "") }
	}
	if !c.keyless {
		c.keyless = true // with keys of its own
		c.files["narrow"], c.files["other"] = narrowKey, otherKey
		c.extra += "keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n" +
			"  - {name: narrow, key: \"${file:narrow}\", routes: [p/own]}\n" +
			"  - {name: other, key: \"${file:other}\", routes: [m]}\n"
	}
	l := newLab(t, c)
	l.unbalanced = "the provider is none of the mocks"
	return l
}

const (
	narrowKey = "sp-narrow-0123456789abcdef"
	otherKey  = "sp-other-0123456789abcdef"
)

// ownProvider is the provider "own" as YAML; more are further members.
func ownProvider(a *ownAPI, more string) string {
	return fmt.Sprintf("  - {name: own, kind: openai, base_url: %q, key: \"${file:provider-key}\", raw: true%s}\n", a.URL+"/base", more)
}

// call makes a call with the lab's virtual key, or with the fields given: names
// and values in turn.
func (l *lab) call(method, path, body string, fields ...string) answer {
	l.Helper()
	req, err := http.NewRequestWithContext(l.Context(), method, l.url+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+virtualKey)
	for i := 0; i < len(fields); i += 2 {
		req.Header.Add(fields[i], fields[i+1])
		if fields[i] == "Authorization" {
			req.Header.Set(fields[i], fields[i+1])
		}
	}
	return l.do(req)
}
