package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const translatorManifest = `id: provider.claude
version: 1.0.0
dialect: anthropic.messages
operations: [chat, count_tokens]
hooks: [upstream_request, upstream_response, upstream_event]
`

func TestTranslatorManifest(t *testing.T) {
	m, problems := ParseManifest("x.yaml", []byte(translatorManifest))
	if len(problems) > 0 {
		t.Fatal(lines(problems))
	}
	if m.Dialect != "anthropic.messages" || !reflect.DeepEqual(m.Operations, []core.Operation{core.OpChat, core.OpCountTokens}) || !m.Translates() {
		t.Errorf("%+v", m)
	}
	swap := func(from, to string) string { return swapText(translatorManifest, from, to) }
	for name, c := range map[string]struct{ text, want string }{
		"no dialect":         {swap("dialect: anthropic.messages\n", ""), "dialect: is missing"},
		"dialect form":       {swap("anthropic.messages", "a b"), "dialect:"},
		"no operations":      {swap("operations: [chat, count_tokens]\n", ""), "operations: is missing"},
		"operation":          {swap("[chat,", "[chatt,"), `did you mean "chat"?`},
		"operation twice":    {swap("count_tokens", "chat"), "stands there twice"},
		"a hook is missing":  {swap(", upstream_event", ""), "upstream_event is missing"},
		"another hook":       {swap("upstream_event", "upstream_event, complete"), "cannot have the hook complete"},
		"another kind":       {swap("provider.claude", "guardrail.claude"), "for plugins of the kind provider"},
		"a provider without": {"id: provider.x\nversion: '1'\nhooks: [complete]\n", "a provider plugin has the hooks upstream_request"},
		"dialect of a guard": {"id: observe.x\nversion: '1'\nhooks: [complete]\ndialect: x\n", "stands for translators"},
		"operations of it":   {"id: observe.x\nversion: '1'\nhooks: [complete]\noperations: [chat]\n", "stands for translators"},
	} {
		if _, problems := ParseManifest("x.yaml", []byte(c.text)); !Failed(problems) || !strings.Contains(lines(problems), c.want) {
			t.Errorf("%s: want %q in:\n%s", name, c.want, lines(problems))
		}
	}
}

// TestTranslatorsBelongToProviders: they join no route and cannot be listed there.
func TestTranslatorsBelongToProviders(t *testing.T) {
	phases := []core.Phase{core.PhaseUpstreamRequest, core.PhaseUpstreamResponse, core.PhaseUpstreamEvent}
	plugin := func(id string, dropped bool) KnownPlugin {
		return KnownPlugin{Dropped: dropped, Manifest: core.Manifest{
			ID: id, Version: "1", Kind: "provider", Phases: phases, Dialect: "d", Operations: []core.Operation{core.OpChat},
			Config: map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "integer", "default": 3}}},
		}}
	}
	bundled, dropped := plugin("provider.a", false), plugin("provider.b", true)
	snap, problems := buildWith(t, minimal, dropped, bundled)
	if snap == nil {
		t.Fatal(problems)
	}
	if len(snap.Plugins) != 0 || len(snap.Receive) != 0 {
		t.Errorf("they run on routes: %+v %+v", snap.Plugins, snap.Receive)
	}
	if got := snap.Translators; len(got) != 2 || got[0].Use != "provider.a" || got[0].Isolation != core.IsolateShared ||
		got[1].Isolation != core.IsolateTenant || got[0].Config["a"] == nil || got[1].Config["a"] == nil {
		t.Errorf("%+v", got)
	}
	snap, problems = buildWith(t, minimal+"plugins: {mandatory: [provider.a]}\n", bundled)
	if snap != nil || !strings.Contains(problems, "belongs to providers") {
		t.Errorf("%v\n%s", snap, problems)
	}
	asking := dropped
	asking.Manifest.Capabilities = []string{"kv"}
	snap, problems = buildWith(t, minimal, asking)
	if snap == nil || len(snap.Translators) != 0 || !slices.ContainsFunc(snap.Pending, func(p Pending) bool { return p.ID == "provider.b" }) {
		t.Errorf("%+v\n%s", snap, problems)
	}
}
