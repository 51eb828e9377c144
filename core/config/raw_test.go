package config

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// rawMinimal is minimal with raw calls to its provider allowed.
var rawMinimal = strings.Replace(minimal, "kind: openai,", "kind: openai, raw: true,", 1)

func TestRaw(t *testing.T) {
	snap, problems := build(t, minimal)
	if snap == nil || snap.Raw != nil || len(snap.Providers[0].Serves[core.OpRaw]) != 0 {
		t.Fatalf("raw calls are allowed by themselves: %s", lines(problems))
	}
	snap, problems = build(t, rawMinimal+strings.Replace(keys, `["*"]`, "[p/openai]", 1))
	if snap == nil || len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	r := snap.Raw["p/openai"]
	if r == nil || r.Name != "p/openai" || r.Retries != 0 || r.Fallbacks != nil || r.Total != 30*time.Minute || len(r.Deployments) != 1 {
		t.Fatalf("route %+v", r)
	}
	d := r.Deployments[0]
	if d.Name != "p/openai" || d.Provider != snap.Providers[0] || d.Model != "" || d.Weight != 1 || len(d.Provider.Serves[core.OpRaw]) != 1 || d.Provider.Serves[core.OpRaw][0].Dialect != "raw" {
		t.Errorf("deployment %+v", d)
	}
	if snap.Routes["p/openai"] != nil || snap.Route([]byte("p/openai")) != snap.Any || len(snap.Models) != len(snap.Routes) {
		t.Error("a model's name finds it")
	}
}

func TestRawProblems(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a key for what is not there": {minimal + strings.Replace(keys, `["*"]`, "[p/openai]", 1), `unknown route "p/openai"`},
		"a route of that name":        {rawMinimal + "  - {name: p/openai, deployments: [{provider: openai, model: x}]}\n", "providers[0].raw: the route of that API is called \"p/openai\", but another route is"},
		"a deployment of that name":   {rawMinimal + "  - {name: other, deployments: [{provider: openai, model: x, name: p/openai}]}\n", "providers[0].raw: the deployment of that API is called"},
		"a fallback":                  {rawMinimal + "  - {name: other, fallbacks: [p/openai], deployments: [{provider: openai, model: x}]}\n", `unknown route "p/openai"`},
		"a name that is no segment":   {strings.ReplaceAll(rawMinimal, "name: openai", "name: open/ai"), "is a part of the path"},
		"dots":                        {strings.ReplaceAll(rawMinimal, "name: openai", `name: ".."`), "is a part of the path"},
	} {
		if snap, problems := build(t, c.text); snap != nil || !strings.Contains(lines(problems), c.want) {
			t.Errorf("%s: want %q in:\n%s", name, c.want, lines(problems))
		}
	}
}

// TestRawPlugins: raw calls have the plugins of all routes; that they go round
// those of one is said.
func TestRawPlugins(t *testing.T) {
	plugin := func(id string, dropped bool) KnownPlugin {
		return KnownPlugin{Dropped: dropped, Manifest: core.Manifest{
			ID: id, Version: "1", Kind: "guardrail", Stage: core.StageJudge, Phases: []core.Phase{core.PhasePrompt},
		}}
	}
	known := []KnownPlugin{plugin("guardrail.a", false), plugin("guardrail.b", false), plugin("guardrail.c", true)}
	own := rawMinimal + "    plugins: [guardrail.b]\n"
	snap, problems := buildWith(t, own+"plugins: {mandatory: [guardrail.a]}\n", known...)
	if snap == nil {
		t.Fatal(problems)
	}
	uses := snap.Plugins["p/openai"]
	if len(uses) != 2 || uses[0].As != "guardrail.a" || uses[1].As != "guardrail.c" {
		t.Errorf("plugins %+v", uses)
	}
	_, list := buildWith(t, own, known...)
	if !strings.Contains(list, "providers[0].raw") || !strings.Contains(list, "do not see raw calls") {
		t.Errorf("problems:\n%s", list)
	}
	if _, list = buildWith(t, rawMinimal, known...); strings.Contains(list, "do not see raw calls") {
		t.Errorf("problems:\n%s", list)
	}
}

// TestRoot: one provider with raw calls may get what has no other place.
func TestRoot(t *testing.T) {
	rooted := strings.Replace(rawMinimal, "raw: true,", "raw: true, root: true,", 1)
	if snap, problems := build(t, rooted); snap == nil || snap.Root != "p/openai" {
		t.Fatalf("%s", lines(problems))
	}
	for text, want := range map[string]string{
		strings.Replace(rooted, "raw: true, ", "", 1): "add raw: true",
		strings.Replace(rooted, "providers:\n", "providers:\n  - {name: two, kind: openai, key: x, raw: true, root: true}\n", 1): "there can be one only",
	} {
		if _, problems := build(t, text); !strings.Contains(lines(problems), want) {
			t.Errorf("%s\nwant %q in\n%s", text, want, lines(problems))
		}
	}
}
