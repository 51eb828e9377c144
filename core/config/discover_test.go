package config

import (
	"slices"
	"strings"
	"testing"
)

func TestDiscover(t *testing.T) {
	var probed []string
	answer := func(yes bool) func(string) bool {
		return func(addr string) bool { probed = append(probed, addr); return yes }
	}
	nothing := Env{Lookup: func(string) (string, bool) { return "", false }}

	cfg, notes := Discover(nothing, known().Kinds, answer(false))
	if len(cfg.Providers)+len(cfg.Routes)+len(notes) != 0 || !slices.Equal(probed, []string{"127.0.0.1:11434"}) {
		t.Errorf("%+v %v %v", cfg, notes, probed)
	}

	cfg, notes = Discover(nothing, known().Kinds, answer(true))
	s, problems := Build(cfg, known(), sign)
	if s == nil || len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	if s.Any.Deployments[0].Provider.Name != "ollama" || !s.Keyless || s.Listen != "127.0.0.1:8080" {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(notes, []string{"ollama: running on 127.0.0.1:11434"}) {
		t.Error(notes)
	}

	cfg, notes = Discover(env(), known().Kinds, answer(true))
	s, problems = Build(cfg, known(), sign)
	if s == nil {
		t.Fatal(lines(problems))
	}
	if s.Any.Deployments[0].Provider.Name != "openai" || len(s.Providers) != 2 || s.Any.Deployments[0].Provider.Signer == nil {
		t.Errorf("%+v", s)
	}
	noSecrets(t, strings.Join(notes, "\n"))
	if len(notes) != 3 {
		t.Error(notes)
	}

	broken := Env{Lookup: func(string) (string, bool) { return "canary two", true }}
	cfg, notes = Discover(broken, known().Kinds, answer(false))
	if len(cfg.Providers) != 0 || len(notes) != 1 || !strings.HasPrefix(notes[0], "openai is left out: ") {
		t.Errorf("%+v %v", cfg, notes)
	}
	noSecrets(t, strings.Join(notes, "\n"))
}

func TestDiscoverLeavesOwnAddressesAlone(t *testing.T) {
	kinds := known().Kinds
	kinds[1].BaseURL = "http://127.0.0.1:8080/v1"
	cfg, _ := Discover(Env{}, kinds, func(addr string) bool { t.Errorf("%s was probed", addr); return true })
	if len(cfg.Providers) != 0 {
		t.Errorf("%+v", cfg.Providers)
	}
}
