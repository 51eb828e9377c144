package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// trailing plays a service that answers in pieces, each flushed where stream is
// true, with a trailer that it announced, one that it did not, and those of the
// request as it got them.
func trailing(t *testing.T, stream bool) *ownAPI {
	t.Helper()
	return newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain")
		h.Set("Trailer", "X-Sum")
		for _, name := range []string{"X-Check", "X-Added"} {
			h.Set("X-Got-"+name, strings.Join(r.Trailer[name], ","))
		}
		for _, piece := range []string{"one ", "two"} {
			_, _ = io.WriteString(w, piece)
			if stream {
				_ = http.NewResponseController(w).Flush()
			}
		}
		h.Set("X-Sum", "6")
		h.Add(http.TrailerPrefix+"X-Late", "a")
		h.Add(http.TrailerPrefix+"X-Late", "b")
	})
}

// trailed is an answer that was read to its end.
type trailed struct {
	status          int
	header, trailer http.Header
	body            string
}

// withTrailers sends a request with a trailer.
func withTrailers(t *testing.T, l *lab) trailed {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+l.gw.server.Addr().String()+"/x?a=b", io.NopCloser(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	r.Trailer = http.Header{"X-Check": {"1"}}
	a, err := l.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return trailed{a.StatusCode, a.Header, a.Trailer, string(body)}
}

// trailers are those of the answer, in one string.
func (a *trailed) trailers() string {
	var all []string
	for _, name := range []string{"X-Sum", "X-Late", "X-Set", "Set-Cookie"} {
		if v := a.trailer[name]; len(v) > 0 {
			all = append(all, fmt.Sprintf("%s=%s", name, strings.Join(v, ",")))
		}
	}
	return strings.Join(all, " ")
}

// TestTrailers: trailers of raw calls pass in both directions, whole and streamed,
// with a filter and without; filters read, set, add and remove them.
func TestTrailers(t *testing.T) {
	for what, c := range map[string]struct {
		script            string
		check, added, got string // what the service got, and the client
		logs              []string
	}{
		"no filter":   {script: "-", check: "1", got: "X-Sum=6 X-Late=a,b"},
		"an idle one": {check: "1", got: "X-Sum=6 X-Late=a,b"},
		"reads": {
			script: "i enable_features 6\nq get_header_names 2 90\nq get_header_values 2 x-check 90\na get_header_values 3 X-LATE 90",
			check:  "1", got: "X-Sum=6 X-Late=a,b",
			logs: []string{"enable_features=6", "get_header_names=1:8 x-check|", "get_header_values=1:2 1|", "get_header_values=2:4 a|b|"},
		},
		"reads those of an answer that goes by": {
			script: "i enable_features 4\na get_header_values 3 x-sum 90", check: "1", got: "X-Sum=6 X-Late=a,b", logs: []string{"get_header_values=1:2 6|"},
		},
		"changes the request's": {
			script: "i enable_features 4\nq set_header_value 2 x-check 2\nq add_header_value 2 x-check 3\nq add_header_value 2 x-added v",
			check:  "2,3", added: "v", got: "X-Sum=6 X-Late=a,b",
		},
		"removes the request's": {script: "i enable_features 4\nq remove_header 2 X-CHECK", got: "X-Sum=6 X-Late=a,b"},
		"changes the answer's": {
			script: "i enable_features 6\na set_header_value 3 x-late c\na remove_header 3 x-sum\na add_header_value 3 x-set d",
			check:  "1", got: "X-Late=c X-Set=d",
		},
		"beside the answer's": {
			script: "i enable_features 4\nq set_header_value 3 x-set d\nq add_header_value 3 x-set e\nq set_header_value 3 x-sum mine",
			check:  "1", got: "X-Sum=6 X-Late=a,b X-Set=d,e",
		},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", what, stream), func(t *testing.T) {
				cfg := labConfig{providers: rooted(trailing(t, stream)), keyless: true}
				if c.script != "-" {
					cfg.config, cfg.plugins = "plugins: {folder: plugins.d}", probe(t, c.script)
				}
				l := newLab(t, cfg)
				l.unbalanced = "no mock is called"
				a := withTrailers(t, l)
				if a.body != "one two" || a.status != http.StatusOK {
					t.Errorf("%d %q", a.status, a.body)
				}
				if got, added := a.header.Get("X-Got-X-Check"), a.header.Get("X-Got-X-Added"); got != c.check || added != c.added {
					t.Errorf("the service got %q and %q", got, added)
				}
				if got := a.trailers(); got != c.got {
					t.Errorf("the client got %q, want %q", got, c.got)
				}
				for _, line := range c.logs {
					l.eventually("it logs "+line, func() bool { return strings.Contains(l.logs.String(), line) })
				}
			})
		}
	}
}

// TestOwnTrailers: an answer of the filter's own, and the gateway's, have the
// trailers that the filter sets.
func TestOwnTrailers(t *testing.T) {
	const set = "i enable_features 4\nq set_header_value 3 x-set v\n"
	for what, script := range map[string]string{"own": set + "q write_body 1 own\nq next 0", "of the gateway": set} {
		l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, script), keyless: true})
		l.unbalanced = "nothing is called"
		a := withTrailers(t, l)
		if got := a.trailers(); got != "X-Set=v" || (a.body == "own") != (what == "own") {
			t.Errorf("%s: %d %q with %q", what, a.status, a.body, got)
		}
	}
}

// TestTrailersStay: what no trailer may be does not become one, and credentials do
// not cross.
func TestTrailersStay(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Got", fmt.Sprint(len(r.Trailer)))
		w.Header().Add(http.TrailerPrefix+"X-Session-Token", "secret")
		w.Header().Add(http.TrailerPrefix+"X-Late", "a")
		_, _ = io.WriteString(w, "x")
		_ = http.NewResponseController(w).Flush()
	})
	l := newLab(t, labConfig{providers: rooted(api), keyless: true})
	l.unbalanced = "no mock is called"
	r, _ := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.gw.server.Addr().String()+"/", io.NopCloser(strings.NewReader("b")))
	r.Trailer = http.Header{"X-Api-Key": {"secret"}, "X-Own-Token": {"secret"}}
	a, err := l.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if _, err := io.ReadAll(a.Body); err != nil || a.Header.Get("X-Got") != "0" || len(a.Trailer) != 1 || a.Trailer.Get("X-Late") != "a" {
		t.Errorf("%d %q with %q, %v", a.StatusCode, a.Header, a.Trailer, err)
	}
}
