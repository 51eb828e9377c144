package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// words is a plugin with settings, a secret and a capability.
func words(dropped bool) KnownPlugin {
	m, problems := ParseManifest("words.yaml", []byte(swapText(fullManifest, "required: [words]", "required: []")))
	if Failed(problems) {
		panic(lines(problems))
	}
	return KnownPlugin{Manifest: m, Digest: [32]byte{0xab}, Dropped: dropped}
}

func buildWith(t *testing.T, text string, plugins ...KnownPlugin) (*Snapshot, string) {
	t.Helper()
	cfg, problems := Parse("/etc/config.yaml", []byte(text), env())
	if cfg == nil {
		t.Fatal(lines(problems))
	}
	k := known()
	k.Plugins = append([]KnownPlugin{}, plugins...)
	s, problems := Build(cfg, k, sign)
	return s, lines(problems)
}

func withPlugins(entry string) string { return minimal + "    plugins: [" + entry + "]\n" }

func TestPluginSettings(t *testing.T) {
	s, problems := buildWith(t, withPlugins(`{use: guardrail.words, grants: [kv], config: {words: [a], token: "${env:DEMO_KEY}", nested: {}},
      limits: {steps: 5000, memory: 1MiB}, hooks: [prompt], fail: open, isolation: exchange}`), words(true))
	if s == nil || problems != "" {
		t.Fatal(problems)
	}
	u := s.Plugins["gpt"][0]
	c := u.Instance()
	want := core.InstanceConfig{
		Name: "guardrail.words", Grants: []string{"kv"}, Isolation: core.IsolateExchange,
		Limits: core.Limits{Steps: 5000, Memory: 1 << 20},
		Config: map[string]any{"words": []any{"a"}, "action": "block", "token": virtualKey, "nested": map[string]any{"deep": uint64(3)}},
	}
	got, _ := json.Marshal(c)
	wanted, _ := json.Marshal(want)
	if string(got) != string(wanted) {
		t.Errorf("got  %s\nwant %s", got, wanted)
	}
	if !u.FailOpen || !reflect.DeepEqual(u.Hooks, []core.Phase{core.PhasePrompt}) || !u.Runs(core.PhasePrompt) || u.Runs(core.PhaseAnswer) {
		t.Errorf("%+v", u)
	}
	for _, shown := range []string{fmt.Sprintf("%+v", u), fmt.Sprintf("%#v", s), u.Identity()} {
		if strings.Contains(shown, virtualKey) {
			t.Errorf("the secret is shown: %s", shown)
		}
	}
}

func TestPluginProblems(t *testing.T) {
	for name, c := range map[string]struct {
		entry, want string
		dropped     bool
	}{
		"grants":      {"{use: guardrail.words}", `:7:15: routes[0].plugins[0].grants: the plugin "guardrail.words" asks for kv and works only with all that it asks for; add grants: [kv]`, false},
		"capability":  {"{use: guardrail.words, grants: [kv, kw]}", `grants[1]: "kw" is no capability; did you mean "kv"?`, false},
		"type":        {"{use: guardrail.words, grants: [kv], config: {words: x}}", "config.words: must be of the type array, not string", false},
		"nested":      {"{use: guardrail.words, grants: [kv], config: {words: [a, 1]}}", ":7:72: routes[0].plugins[0].config.words[1]: must be of the type string, not number", false},
		"unknown":     {"{use: guardrail.words, grants: [kv], config: {wrods: [a]}}", `config.wrods: unknown field "wrods"; did you mean "words"?`, false},
		"unknown in":  {"{use: guardrail.words, grants: [kv], config: {nested: {depe: 1}}}", `config.nested.depe: unknown field "depe"; did you mean "deep"?`, false},
		"enum":        {"{use: guardrail.words, grants: [kv], config: {action: vk-canary}}", `config.action: is not allowed; known are "block", "redact"`, false},
		"secret":      {"{use: guardrail.words, grants: [kv], config: {token: vk-canary}}", "config.token: a secret must not stand in the file", false},
		"reference":   {"{use: guardrail.words, grants: [kv], config: {action: \"${env:DEMO_KEY}\"}}", "config.action: a reference stands only for", false},
		"no variable": {"{use: guardrail.words, grants: [kv], config: {token: \"${env:NONE}\"}}", `config.token: the environment variable "NONE" is not set`, false},
		"hook":        {"{use: guardrail.words, grants: [kv], hooks: [route]}", "has no hook route; it has prompt, answer", false},
		"shared":      {"{use: guardrail.words, grants: [kv], isolation: shared}", "shared is for bundled and pinned plugins; add pin: ab00", true},
		"pin form":    {"{use: guardrail.words, grants: [kv], pin: AB}", "is no SHA-256", false},
		"pin":         {"{use: guardrail.words, grants: [kv], pin: " + strings.Repeat("0", 64) + "}", "is not the pinned one; the route answers 503 until it is", false},
		"pins":        {"{use: guardrail.words, grants: [kv], pin: [" + strings.Repeat("0", 64) + ", AB]}", "routes[0].plugins[0].pin[1]: \"AB\" is no SHA-256", false},
		"no pins":     {"{use: guardrail.words, grants: [kv], pin: []}", "pin: must not be empty", false},
		"pin mapping": {"{use: guardrail.words, grants: [kv], pin: {a: b}}", "pin: must be a list, not a mapping", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, problems := buildWith(t, withPlugins(c.entry), words(c.dropped))
			if !strings.Contains(problems, c.want) {
				t.Errorf("want %q in:\n%s", c.want, problems)
			}
			if strings.Contains(problems, "canary") {
				t.Errorf("a value is shown:\n%s", problems)
			}
			if missing := s != nil && s.Plugins["gpt"][0].Missing != ""; (name == "pin") != missing {
				t.Errorf("snapshot %v, missing %v", s != nil, missing)
			}
		})
	}
}

func TestDroppedPluginsJoinEveryRoute(t *testing.T) {
	plain := func(id string) KnownPlugin {
		return KnownPlugin{Manifest: core.Manifest{ID: id, Phases: []core.Phase{core.PhasePrompt}}, Dropped: true}
	}
	text := withPlugins("guardrail.pii, {use: guardrail.own, as: mine}") + "  - {name: other, deployments: [{provider: openai}], fallbacks: [gpt], plugins: [guardrail.pii, {use: guardrail.own, as: mine}]}\n"
	bundled := plain("guardrail.pii")
	bundled.Dropped = false
	needs := words(true)
	needs.Manifest.ID, needs.Manifest.Capabilities = "guardrail.needs", nil
	needs.Manifest.Config["required"] = []any{"words"}
	s, problems := buildWith(t, text, bundled, plain("guardrail.own"), plain("guardrail.free"), words(true), needs)
	if s == nil || problems != "" {
		t.Fatal(problems)
	}
	for _, route := range []string{"gpt", "other"} {
		var names []string
		for _, u := range s.Plugins[route] {
			names = append(names, u.As+" "+u.Isolation.String())
		}
		if got := strings.Join(names, ", "); got != "guardrail.pii shared, mine tenant, guardrail.free tenant" {
			t.Errorf("%s: %s", route, got)
		}
	}
	if len(s.Pending) != 2 || !strings.Contains(s.Pending[0].Reason, "- {use: guardrail.words, grants: [kv]}") ||
		!strings.Contains(s.Pending[1].Reason, "config.words is missing") {
		t.Errorf("pending: %+v", s.Pending)
	}
}

func TestOwnConfigOfADroppedPlugin(t *testing.T) {
	own, problems := ParsePluginFile("/etc/plugins.d/words.config.yaml", "guardrail.words",
		[]byte("as: own\ngrants: [kv]\nconfig: {words: [b], token: \"${env:DEMO_KEY}\"}\n"), env())
	if own == nil || len(problems) > 0 {
		t.Fatal(lines(problems))
	}
	k := words(true)
	k.Own = own
	s, text := buildWith(t, minimal, k)
	if s == nil || text != "" || len(s.Plugins["gpt"]) != 1 {
		t.Fatal(text)
	}
	if u := s.Plugins["gpt"][0]; u.As != "own" || u.Use != "guardrail.words" || u.Instance().Config["token"] != virtualKey {
		t.Errorf("%+v", u)
	}
	// The gateway's configuration outranks it.
	s, _ = buildWith(t, withPlugins("{use: guardrail.words, grants: [kv]}"), k)
	if u := s.Plugins["gpt"]; len(u) != 1 || u[0].As != "guardrail.words" {
		t.Errorf("%+v", u)
	}
	// What is wrong with it keeps the plugin waiting, and nothing else.
	k.Own, problems = ParsePluginFile("/etc/plugins.d/words.config.yaml", "guardrail.words", []byte("grants: [kv]\nconfig: {wrods: [b]}\n"), env())
	if len(problems) > 0 {
		t.Fatal(lines(problems))
	}
	s, text = buildWith(t, minimal, k)
	if s == nil || text != "" || len(s.Pending) != 1 || !strings.Contains(s.Pending[0].Reason, `words.config.yaml:2:17: config.wrods: unknown field "wrods"; did you mean "words"?`) {
		t.Errorf("%s%+v", text, s)
	}
	if _, problems := ParsePluginFile("x.config.yaml", "guardrail.words", []byte("use: guardrail.other\nasd: 1\n"), env()); len(problems) != 2 {
		t.Error(lines(problems))
	}
}

// TestPins: a pin is one text or a list, and a file fits if it fits one of them.
func TestPins(t *testing.T) {
	digest := "ab" + strings.Repeat("0", 62)
	other := strings.Repeat("1", 64)
	const key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
	f := func(pin string, fits bool, want ...string) {
		t.Helper()
		s, problems := buildWith(t, withPlugins("{use: guardrail.words, grants: [kv], pin: "+pin+"}"), words(true))
		if s == nil {
			t.Errorf("%s: %s", pin, problems)
			return
		}
		if missing := s.Plugins["gpt"][0].Missing; (missing == "") != fits {
			t.Errorf("%s: missing %q", pin, missing)
		}
		c, _ := Parse("sallyport.yaml", []byte(withPlugins("{use: guardrail.words, pin: "+pin+"}")), env())
		if got := c.Pins("guardrail.words"); !slices.Equal(got, want) {
			t.Errorf("%s: pins %q, want %q", pin, got, want)
		}
	}
	f(digest, true, "sha256:"+digest)
	f("["+digest+"]", true, "sha256:"+digest)
	f("["+other+", "+digest+"]", true, "sha256:"+other, "sha256:"+digest)
	f("["+other+", "+key+"]", false, "sha256:"+other, key)
	f(key, false, key)
}
