package main

import "testing"

// TestUsesOfOneInstance: two routes share an instance, and only one of them may
// do without it.
func TestUsesOfOneInstance(t *testing.T) {
	l := newLab(t, labConfig{
		route: "plugins: [guardrail.absent]",
		extra: "  - {name: lenient, plugins: [{use: guardrail.absent, optional: true}], deployments: [{provider: p0, model: served, name: f1}]}\n",
	})
	for range 8 { // each build saw the uses in another order
		l.wantError("required", l.ask("m", false), 503, "plugin_unavailable")
		if a := l.ask("lenient", false); a.status != 200 {
			t.Errorf("optional: %+v", a)
		}
		state, err := l.gw.build(t.Context(), l.gw.snapshot(), l.gw.plugins.bundledOnly())
		if err != nil {
			t.Fatal(err)
		}
		l.gw.server.Swap(state)
	}
}
