package main

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// TestMissingGuards: a route that lists a plugin which is not there answers
// nothing, unless the plugin is optional, and the gateway is not ready.
func TestMissingGuards(t *testing.T) {
	const other = "  - {name: free, deployments: [{provider: p0, model: served, name: f0}]}\n" +
		"  - {name: lenient, plugins: [{use: guardrail.absent, as: wish, optional: true}], deployments: [{provider: p0, model: served, name: f1}]}\n"
	l := newLab(t, labConfig{route: "plugins: [guardrail.absent]", extra: other})
	for _, stream := range []bool{false, true} {
		l.wantError("guarded", l.ask("m", stream), 503, "plugin_unavailable")
		if a := l.ask("free", stream); a.status != 200 {
			t.Errorf("a route without plugins: %+v", a)
		}
		if a := l.ask("lenient", stream); a.status != 200 {
			t.Errorf("a route with an optional plugin: %+v", a)
		}
	}
	if a := l.get(l.url + "/readyz"); a.status != 503 || !strings.Contains(a.body, "plugin_unavailable") {
		t.Errorf("readyz: %+v", a)
	}
	if n := l.mocks[0].Stats().Requests; n != 4 {
		t.Errorf("the upstream got %d requests, want 4: none of the guarded route", n)
	}
}

// TestMandatoryGuardIsMissing: it closes every route.
func TestMandatoryGuardIsMissing(t *testing.T) {
	l := newLab(t, labConfig{config: "plugins: {mandatory: [guardrail.absent]}"})
	l.wantError("mandatory", l.ask("m", false), 503, "plugin_unavailable")
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("the upstream got %d requests", n)
	}
}

// TestGuardedStreamIsRefused: as long as answers cannot be judged while they
// stream, a stream of a guarded route is refused and a whole answer is judged.
func TestGuardedStreamIsRefused(t *testing.T) {
	l := newLab(t, labConfig{})
	state, err := l.gw.build(t.Context(), l.gw.snapshot(), l.gw.plugins.bundledOnly())
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	entry := chain.Entry{Instance: "guard", Plugin: "guard", Stage: core.StageJudge}
	entry.Hooks[core.PhaseAnswer] = core.HookFunc(func(*core.Call) error { judged++; return nil })
	state.Chains = map[string]*chain.Chain{"m": chain.Compile(nil, []chain.Entry{entry})}
	l.gw.server.Swap(state)

	l.wantError("stream", l.ask("m", true), 400, "stream_not_guarded")
	if n := l.mocks[0].Stats().Requests; n != 0 || judged != 0 {
		t.Errorf("the upstream got %d requests, the guard judged %d", n, judged)
	}
	if a := l.ask("m", false); a.status != 200 || judged != 1 {
		t.Errorf("a whole answer: %+v, judged %d times", a, judged)
	}
}
