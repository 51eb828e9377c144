package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core/config"
)

// TestBundledGuards: those that are built in run on a route that lists them.
func TestBundledGuards(t *testing.T) {
	l := newLab(t, labConfig{
		route: "plugins: [guardrail.pii, {use: guardrail.denylist, as: words, config: {words: [plutonium]}}]",
	})
	if a := l.say("m", "where is the Plutonium?"); a.status != 400 || len(l.upstream()) != 0 {
		t.Errorf("denylist: %+v", a)
	}
	a := l.say("m", "write to ann@example.org")
	if got := l.upstream(); a.status != 200 || len(got) != 1 || strings.Contains(got[0], "ann@example.org") {
		t.Errorf("pii: %+v, the upstream got %q", a, got)
	}
}

// TestWithoutConfiguration: the guard is on, and streams work.
func TestWithoutConfiguration(t *testing.T) {
	src, err := chooseSource(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	snap, err := buildSnapshot(src.cfg, nil, bundledKnown(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	for _, uses := range snap.Plugins {
		if len(uses) != 1 || uses[0].Use != defaultGuard || uses[0].Missing != "" || len(uses[0].Hooks) != 1 {
			t.Errorf("plugins %+v", uses)
		}
	}
	if len(snap.Plugins) == 0 {
		t.Error("no route is guarded")
	}
}

// TestFileBeatsBundled: and the bundled guard is back when the file is gone.
func TestFileBeatsBundled(t *testing.T) {
	l := newLab(t, labConfig{route: "plugins: [guardrail.pii]"})
	l.drop("mine.wasm", guard("guardrail.pii", "prompt"))
	l.eventually("the file judges", func() bool { return l.say("m", "a secret").status == 400 })
	if !strings.Contains(l.logs.String(), "takes the place of the bundled plugin") {
		t.Error("the log does not say so")
	}
	l.remove("mine.wasm")
	l.eventually("the bundled one is back", func() bool { return l.say("m", "a secret").status == 200 })
}

func bundledKnown(t *testing.T) config.Known {
	t.Helper()
	modules, err := bundledModules(nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := knownOf(modules)
	if err != nil {
		t.Fatal(err)
	}
	return known
}
