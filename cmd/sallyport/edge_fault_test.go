package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// TestEdgeFilterAndFaults: whatever becomes of an exchange, the filter is asked
// about its answer once, its guest is free again, and a cut stream never looks
// finished, collected or not.
func TestEdgeFilterAndFaults(t *testing.T) {
	const unbuffered, collected = "a ctx\n", "i enable_features 2\na ctx\na set_header_value 1 x-edge on"
	for _, script := range []string{unbuffered, collected} {
		for _, fault := range []string{"fault=rst,after=3", "fault=fin,after=2", "fault=error-event,after=2", "status=500", "fault=html"} {
			l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, script), scenario: fault})
			l.unbalanced = "a fault is no success"
			a := l.chat(`"stream":true`, "")
			if a.err == nil && a.status == http.StatusOK && (strings.HasSuffix(a.body, "data: [DONE]\n\n") || !strings.Contains(a.body, "error")) {
				t.Errorf("%s: it looks finished: %s", fault, a.body)
			}
			if script == collected && a.header.Get("X-Edge") != "on" {
				t.Errorf("%s: %d %q", fault, a.status, a.header)
			}
			l.eventually("the filter was asked", func() bool { return strings.Count(l.logs.String(), `"line":"ctx=`) == 1 })
		}
	}
}

// TestEdgeFilterClientLeaves: a client that leaves before the first token or in the
// midst of a stream takes its guest along.
func TestEdgeFilterClientLeaves(t *testing.T) {
	for _, script := range []string{"a ctx", "i enable_features 2\na ctx"} {
		for _, scenario := range []string{"fault=hang", "chunks=4000,size=16000,pace=40ms"} {
			l := newLab(t, labConfig{
				config: "plugins: {folder: plugins.d}", scenario: scenario, plugins: probe(t, script, "limits: {guests: 2}"),
			})
			l.unbalanced = "broken off"
			for range 4 { // twice as many as there are guests
				ctx, cancel := context.WithCancel(t.Context())
				before := l.mocks[0].Stats()
				done := make(chan struct{})
				go func() {
					defer close(done)
					l.do(l.request(ctx, "/v1/chat/completions", sayBody("m", "Hello", `"stream":true`)))
				}()
				if !l.mocks[0].Wait(func(s mock.Stats) bool { return s.Requests > before.Requests }, 10*time.Second) {
					t.Fatalf("%s: the request did not come", scenario)
				}
				cancel()
				<-done
				if !l.mocks[0].Wait(func(s mock.Stats) bool { return s.Cancelled > before.Cancelled }, 10*time.Second) {
					t.Fatalf("%s: the upstream was not cancelled", scenario)
				}
			}
			l.eventually("the filter was asked", func() bool { return strings.Count(l.logs.String(), `"line":"ctx=`) == 4 })
		}
	}
}
