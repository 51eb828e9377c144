package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func envConfig(env string) string {
	return `providers: [{name: p, kind: openai, base_url: "http://127.0.0.1:1/v1", auth: none}]
routes:
  - name: m
    deployments: [{provider: p, model: x}]
    plugins:
      - {use: runtime.a, env: ` + env + `}
keys: [{name: k, key: "${env:K}", routes: ["*"]}]
`
}

func buildEnv(t *testing.T, env string) (*Snapshot, []Problem) {
	t.Helper()
	cfg, problems := Parse("c.yaml", []byte(envConfig(env)), Env{Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"K": "0123456789abcdef", "TOKEN": "hf-secret-token"}[name]
		return v, ok
	}})
	if cfg == nil {
		return nil, problems
	}
	m := core.Manifest{ID: "runtime.a", Kind: "runtime", Phases: []core.Phase{core.PhasePrompt}, Stage: core.StageJudge}
	k := known()
	k.Plugins = []KnownPlugin{{Manifest: m, Dropped: true}}
	return Build(cfg, k, sign)
}

// TestEnvironment: by name, secrets by reference, and no secret where the use is
// shown.
func TestEnvironment(t *testing.T) {
	snap, problems := buildEnv(t, `{B: two words, A: "${env:TOKEN}", N: 3}`)
	if snap == nil {
		t.Fatal(problems)
	}
	u := snap.Plugins["m"][0]
	if got, want := u.Instance().Env, []string{"A=hf-secret-token", "B=two words", "N=3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if shown := u.Identity() + snap.Hide("it says hf-secret-token"); strings.Contains(shown, "hf-secret") {
		t.Errorf("the secret is shown: %s", shown)
	}
	other, _ := buildEnv(t, `{B: two words, A: "${env:TOKEN}", N: 4}`)
	if u.Identity() == other.Plugins["m"][0].Identity() || snap.Version == other.Version {
		t.Error("another environment is the same")
	}
	for env, want := range map[string]string{
		`{1A: x}`:               "not the name of an environment variable",
		`{PLUGIN_X: x}`:         "belong to the gateway's handshake",
		`{A: [x]}`:              "must be a text or a reference",
		`{A: {b: c}}`:           "must be a text or a reference",
		`{A: }`:                 "must be a text or a reference",
		`{A: "x${env:TOKEN}"}`:  "must be the whole value",
		`{A: "${env:NOT_SET}"}`: "is not set",
		`{A: "a\0b"}`:           "byte 0",
		`[A]`:                   "must be a mapping",
	} {
		snap, problems := buildEnv(t, env)
		if snap != nil || len(problems) == 0 || !slices.ContainsFunc(problems, func(p Problem) bool {
			return strings.Contains(p.Reason, want) && strings.Contains(p.Path, "plugins[0].env") && p.Line == 6
		}) {
			t.Errorf("%s: %v, want one with %q", env, problems, want)
		}
	}
}
