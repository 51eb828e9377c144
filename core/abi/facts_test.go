package abi

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestFacts tells a translator what is known of the model.
func TestFacts(t *testing.T) {
	for _, c := range []struct {
		facts *core.ModelFacts
		want  string
	}{
		{nil, "region=eu"},
		{&core.ModelFacts{}, "region=eu"},
		{&core.ModelFacts{Context: 200_000, MaxOutput: 64_000, Refuses: []string{"temperature", "top_p"}}, "region=eu context=200000 max_output=64000 refuses=temperature,top_p"},
		{&core.ModelFacts{MaxOutput: 9_223_372_036_854_775_807}, "region=eu max_output=9223372036854775807"},
		{&core.ModelFacts{Refuses: []string{"a", strings.Repeat("x", refusesMax)}}, "region=eu refuses=a"},
	} {
		d := &core.Deployment{Model: "m", Facts: c.facts, Provider: &core.Provider{Settings: []core.Tag{{Key: "region", Value: "eu"}}}}
		var tr Translations
		for range 2 { // the second time without garbage of the first
			m := &Target{}
			m.Set(d)
			tr.facts(m, d, nil)
			var got []string
			for _, s := range m.Settings {
				got = append(got, string(s.Key)+"="+string(s.Value))
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("%+v: %s, want %s", c.facts, text, c.want)
			}
		}
	}
	open := &core.Deployment{Models: map[string]*core.ModelFacts{"asked": {Context: 5}}, Provider: &core.Provider{}}
	var m Target
	var tr Translations
	tr.facts(&m, open, []byte("asked"))
	if len(m.Settings) != 1 || string(m.Settings[0].Value) != "5" {
		t.Errorf("a model that the client names: %v", m.Settings)
	}
	tr.facts(&m, nil, nil)
}
