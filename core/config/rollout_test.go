package config

import (
	"strings"
	"testing"
	"time"
)

const rolloutFile = `
providers: [{name: a, kind: openai, key: "${env:PROVIDER_KEY}"}]
routes: [{name: m, deployments: [{provider: a}]}]
plugins:
  rollout:
`

func TestStagesOf(t *testing.T) {
	cfg, problems := Parse("c.yaml", []byte(rolloutFile+`    - {use: "*", canary: {for: 10m, share: 20}}
    - {use: guardrail.pii, shadow: {calls: 1000}}
    - {use: guardrail.words}
`), env())
	if Failed(problems) {
		t.Fatal(lines(problems))
	}
	if snap, problems := Build(cfg, known(), sign); snap == nil {
		t.Fatal(lines(problems))
	}
	if r := cfg.StagesOf("guardrail.pii"); r.Canary != nil || r.Shadow == nil || *r.Shadow != (Shadow{Calls: 1000}) {
		t.Errorf("%+v", r)
	}
	if r := cfg.StagesOf("guardrail.words"); r.Canary != nil || r.Shadow != nil {
		t.Errorf("%+v", r)
	}
	if r := cfg.StagesOf("other.x"); r.Shadow != nil || r.Canary == nil || *r.Canary != (Canary{For: 10 * time.Minute, Share: 20}) {
		t.Errorf("%+v", r)
	}
	if r := Defaults().StagesOf("other.x"); r.Shadow != nil || r.Canary != nil {
		t.Errorf("without a word: %+v", r)
	}
}

func TestRolloutProblems(t *testing.T) {
	for text, want := range map[string]string{
		`{shadow: {for: 1m}}`:                              "plugins.rollout[0].use: is missing",
		`{use: a.b, canary: {share: 5}}`:                   "plugins.rollout[0].canary: ends as soon as it begins",
		`{use: a.b, shadow: {for: 0s}}`:                    "plugins.rollout[0].shadow: ends as soon as it begins",
		`{use: a.b, canary: {for: 1m, share: 100}}`:        "the most is 99",
		"{use: a.b}\n    - {use: a.b, shadow: {calls: 1}}": `plugins.rollout[1].use: "a.b" is named by plugins.rollout[0] already`,
		`{use: a.b, shadow: {for: 1m, share: 5}}`:          `unknown field "share"`,
		`{use: a.b, canary: {for: -1s}}`:                   "too small",
	} {
		cfg, problems := Parse("c.yaml", []byte(rolloutFile+"    - "+text+"\n"), env())
		if cfg != nil {
			_, problems = Build(cfg, known(), sign)
		}
		if got := lines(problems); !Failed(problems) || !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", text, got, want)
		}
	}
}
