package config

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// fakeCatalog knows one model of OpenAI's.
type fakeCatalog struct{}

func known4o() *core.ModelFacts {
	return &core.ModelFacts{Context: 128000, MaxOutput: 16384, Refuses: []string{"top_p"}, Price: &core.Price{Rates: core.Rates{Input: 1, Output: 2}}}
}

func (fakeCatalog) Facts(kind, model string) *core.ModelFacts {
	if kind == "openai" && model == "gpt-4o-mini" {
		return known4o()
	}
	return nil
}

func (fakeCatalog) All(kind string) map[string]*core.ModelFacts {
	out := map[string]*core.ModelFacts{}
	if kind == "openai" {
		out["gpt-4o-mini"] = known4o()
	}
	return out
}

func buildModels(t *testing.T, text string) (*Snapshot, []Problem) {
	t.Helper()
	cfg, problems := Parse("/etc/config.yaml", []byte(text), env())
	if cfg == nil {
		return nil, problems
	}
	k := known()
	k.Models = fakeCatalog{}
	return Build(cfg, k, sign)
}

func facts(t *testing.T, text string) *core.ModelFacts {
	t.Helper()
	s, problems := buildModels(t, text)
	if s == nil {
		t.Fatal(lines(problems))
	}
	return s.Routes["gpt"].Deployments[0].Facts
}

func TestModelFacts(t *testing.T) {
	if got := facts(t, minimal); !reflect.DeepEqual(got, known4o()) {
		t.Errorf("%+v", got)
	}
	got := facts(t, minimal+`models:
  - {provider: openai, model: gpt-4o-mini, max_output: 5, refuses: [], price: {input: 2.50, output: "10", cache_read: 0}}
  - {provider: openai, model: another, price: {input: 1, output: 1}}
`)
	want := core.Rates{Input: 2_500_000, Output: 10_000_000, CacheWrite: 2_500_000, Reasoning: 10_000_000, InputAudio: 2_500_000, OutputAudio: 10_000_000}
	if got.Context != 128000 || got.MaxOutput != 5 || len(got.Refuses) != 0 || got.Price.Rates != want {
		t.Errorf("%+v %+v", got, got.Price)
	}
	got = facts(t, minimal+`models: [{provider: openai, model: gpt-4o-mini, context: 7, refuses: [top_p, seed]}]`)
	if got.Context != 7 || got.Price.Input != 1 || !slices.Equal(got.Refuses, []string{"seed", "top_p"}) {
		t.Errorf("%+v", got)
	}
	s, problems := build(t, minimal) // without a catalog
	if s == nil {
		t.Fatal(lines(problems))
	}
	if f := s.Routes["gpt"].Deployments[0].Facts; f != nil || f.Priced() {
		t.Errorf("%+v", f)
	}
}

// TestModelFactsByName: a deployment that passes the client's model on knows them
// all, and what the operator says besides.
func TestModelFactsByName(t *testing.T) {
	s, problems := buildModels(t, `providers: [{name: openai, kind: openai, key: "${env:PROVIDER_KEY}"}]
routes: [{name: "*", deployments: [{provider: openai}]}]
models: [{provider: openai, model: mine, context: 9}]
`)
	if s == nil {
		t.Fatal(lines(problems))
	}
	d := s.Any.Deployments[0]
	if d.FactsOf([]byte("gpt-4o-mini")).Context != 128000 || d.FactsOf([]byte("mine")).Context != 9 || d.FactsOf([]byte("other")) != nil {
		t.Errorf("%+v", d.Models)
	}
}

func TestModelProblems(t *testing.T) {
	_, problems := buildModels(t, minimal+`models:
  - {provider: opnai, model: gpt}
  - {provider: openai, model: gpt-4o-mini, contxt: 5}
  - {provider: openai, model: gpt-4o-mini}
  - {provider: openai, model: a, price: {input: -1, output: 1.1234567}}
  - {provider: openai, model: b, price: {input: 1e3}}
`)
	const want = `config.yaml:8:16: models[0].provider: unknown provider "opnai"; did you mean "openai"?
config.yaml:9:44: models[1].contxt: unknown field "contxt"; did you mean "context"?
config.yaml:10:5: models[2]: the model "gpt-4o-mini" of "openai" is listed twice
config.yaml:11:49: models[3].price.input: "-1" is not a price; write USD per million tokens as a decimal from 0 to 1000000 with at most 6 places, like 2.50
config.yaml:11:61: models[3].price.output: "1.1234567" is not a price; write USD per million tokens as a decimal from 0 to 1000000 with at most 6 places, like 2.50
config.yaml:12:41: models[4].price.output: is missing
config.yaml:12:49: models[4].price.input: "1e3" is not a price; write USD per million tokens as a decimal from 0 to 1000000 with at most 6 places, like 2.50
`
	if got := lines(problems); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{
		"0": 0, "2.50": 2_500_000, "0.000001": 1, "1000000": 1_000_000_000_000, "007": 7_000_000,
	} {
		if got, err := parseRate(text); got != want || err != nil {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".5", "1.", "1000000.1", "+1", "1_0", "0x1", "1.2.3", "NaN", "99999999", "0.0000001", " 1", "1.-5"} {
		if got, err := parseRate(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
