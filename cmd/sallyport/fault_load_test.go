package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// storm makes a route of n deployments, so many that no cooldown ends the storm.
func storm(n int, rules string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - name: storm\n    %s\n    deployments:\n", rules)
	for i := range n {
		fmt.Fprintf(&b, "      - {provider: p0, model: served, name: s%d}\n", i)
	}
	return b.String()
}

func TestF16RetryStorm(t *testing.T) {
	const clients, requests = 16, 2000
	for _, half := range []string{"fault=rst", "status=500", "status=503", "status=429"} {
		t.Run(half, func(t *testing.T) {
			l := newLab(t, labConfig{scenario: half + ",p=0.5,size=16", extra: storm(250, "retries: 10")})
			start := time.Now()
			var mu sync.Mutex
			good := 0
			together(clients, func(int) answer {
				for range requests / clients {
					a := l.ask("storm", false)
					mu.Lock()
					if a.status == 200 {
						good++
					} else if _, ok := parseError(a.body); !ok {
						t.Errorf("no error in OpenAI's shape: %s", a)
					}
					mu.Unlock()
				}
				return answer{}
			})
			// Three more are free for each ten seconds that this machine takes.
			free := 3 * (1 + int64(time.Since(start)/(10*time.Second)))
			s, _ := l.mocks[0].Settle(10 * time.Second)
			if s.Requests > requests*12/10+free {
				t.Errorf("%d requests became %d attempts", requests, s.Requests)
			}
			// A bound that is never reached proves nothing.
			if s.Requests < requests*115/100 {
				t.Errorf("%d requests became %d attempts: the budget was not used", requests, s.Requests)
			}
			if good < requests/2 {
				t.Errorf("%d of %d requests were answered well: retries help nobody", good, requests)
			}
			attempts := int64(0)
			for _, r := range l.rows() {
				attempts += int64(r.Attempts)
			}
			// A request that is sent again because its connection was reset may
			// have been read all the same, but is no attempt of its own.
			if attempts != s.Requests && half != "fault=rst" || attempts > s.Requests {
				t.Errorf("the ledger has %d attempts, the upstream got %d", attempts, s.Requests)
			}
		})
	}
}

// gate is an upstream that answers when it is let.
type gate struct {
	*httptest.Server
	open chan struct{}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{open: make(chan struct{})}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-g.open:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		// No usage: these answers are in no mock's books.
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	}))
	t.Cleanup(g.Close)
	return g
}

// upstreamStats returns the counts of the provider's connections.
func (l *lab) upstreamStats(provider string) (out upstream.Stats) {
	l.gw.loop.Hosts(func(name string, s upstream.Stats) {
		if name == provider {
			out = s
		}
	})
	return out
}

func TestF19PendingLimit(t *testing.T) {
	const excess = 40
	f := func(conns, pending int) {
		t.Helper()
		g := newGate(t)
		fl := fault{name: "gate", url: g.URL + "/v1", provider: fmt.Sprintf("max_connections: %d, max_pending: %d", conns, pending)}
		l := newLab(t, labConfig{}.with(fl))
		inside := make(chan []answer, 1)
		go func() {
			inside <- together(conns+pending, func(i int) answer { return l.ask("gate", false) })
		}()
		l.eventually("the limit is reached", func() bool {
			s := l.upstreamStats("gate")
			return s.Open == conns && s.Waiting == pending
		})
		for i, a := range together(excess, func(i int) answer { return l.ask("gate", i%2 == 1) }) {
			l.wantFailure(fmt.Sprintf("excess %d", i), a, 503, "overloaded")
			if r := l.rowOf(a); r.End != "upstream_error" || r.InputUncached+r.Output != 0 {
				t.Errorf("row: %+v", r)
			}
		}
		l.wantWhole("another route", l.ask("m", false))
		close(g.open)
		for i, a := range <-inside {
			l.wantWhole(fmt.Sprintf("inside %d", i), a)
		}
		if n := l.upstreamStats("gate").Refused; n != excess {
			t.Errorf("%d were refused, the counter says %d", excess, n)
		}
		if n := l.sample(`sallyport_attempts_total{deployment="gate",result="overloaded"}`); n != excess {
			t.Errorf("%d were refused, the metrics say %v", excess, n)
		}
		l.wantWhole("afterwards", l.ask("gate", false))
	}
	f(2, 3)
	f(1, 0)
	f(5, 20)
}

// TestF19InFlightLimit is the same for the gateway as a whole.
func TestF19InFlightLimit(t *testing.T) {
	const limit, excess = 5, 40
	g := newGate(t)
	l := newLab(t, labConfig{config: fmt.Sprintf("limits: {in_flight: %d}", limit)}.with(fault{name: "gate", url: g.URL + "/v1"}))
	inside := make(chan []answer, 1)
	go func() { inside <- together(limit, func(int) answer { return l.ask("gate", false) }) }()
	l.eventually("the limit is reached", func() bool { return l.upstreamStats("gate").Open == limit })
	for i := range excess {
		l.wantFailure(fmt.Sprintf("excess %d", i), l.ask("m", i%2 == 1), 503, "overloaded")
	}
	close(g.open)
	for i, a := range <-inside {
		l.wantWhole(fmt.Sprintf("inside %d", i), a)
	}
	l.eventually("all are counted out", func() bool { return l.ask("m", false).status == 200 })
	if n := l.sample(`sallyport_refused_total{code="overloaded"}`); n < excess {
		t.Errorf("%d were refused, the metrics say %v", excess, n)
	}
	if s := l.mocks[0].Stats(); s.Requests != 1 {
		t.Errorf("the upstream got %d requests, want the last one only", s.Requests)
	}
}
