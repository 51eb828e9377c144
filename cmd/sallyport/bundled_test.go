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
		if len(uses) != 1 || uses[0].Use != defaultGuard || uses[0].Missing != "" || uses[0].Hooks != nil {
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

// TestBundledGuardsOnStreams: they judge streams, a word is found though it comes in
// pieces, and what was taken out of the prompt comes back where the operator wants it.
func TestBundledGuardsOnStreams(t *testing.T) {
	l := newLab(t, labConfig{
		route: "plugins: [guardrail.pii, {use: guardrail.denylist, as: words, config: {words: [plutonium]}}]",
		extra: "  - {name: back, plugins: [{use: guardrail.pii, as: back, config: {reversible: true}}], deployments: [{provider: p0, name: d-back}]}\n",
	})
	scene(t, l, "text=write%20to%20ann@example.org%20or%20call%20%2B358%2040%20123%204567%20now,chunks=20")
	a := l.ask("m", true)
	l.wantStream("pii", a)
	if got := said(l.events(a)); got != "write to [EMAIL] or call [PHONE] now" {
		t.Errorf("the client got %q", got)
	}
	scene(t, l, "text=to%20[EMAIL_1]%2C%20not%20[[EMAIL_2]]%20or%20[EMAIL_3],chunks=30")
	for _, more := range []string{`"stream":true`, `"n":1`} {
		a = l.say("back", "ann@example.org asks for bob@example.org and [EMAIL_2]", more)
		if got := l.upstream(); !strings.Contains(got[len(got)-1], "[EMAIL_1] asks for [EMAIL_2] and [[EMAIL_2]]") {
			t.Errorf("the model got %s", got[len(got)-1])
		}
		got := said(l.events(a))
		if more != `"stream":true` {
			got = said([]string{a.body})
		}
		if got != "to ann@example.org, not [EMAIL_2] or [EMAIL_3]" {
			t.Errorf("%s: the client got %q", more, got)
		}
	}
	l.unbalanced = "the mock does not say what a stream cost that was broken off"
	scene(t, l, "text=it%20is%20made%20of%20plu-%20no%2C%20of%20Plutonium%20and%20more,chunks=40")
	a = l.ask("m", true)
	if got := said(l.wantCut("denylist", a, "denylist")); !strings.HasPrefix("it is made of plu- no, of ", got) {
		t.Errorf("the client got %q", got)
	}
}
