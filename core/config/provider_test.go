package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const keys = "keys: [{name: demo, key: \"${env:DEMO_KEY}\", routes: [\"*\"]}]\n"

func TestOrigins(t *testing.T) {
	snap, problems := build(t, minimal+keys+`cors: {origins: ["https://a.example", "http://localhost:3000", "*"]}`)
	if snap == nil || !slices.Equal(snap.Origins, []string{"https://a.example", "http://localhost:3000", "*"}) {
		t.Errorf("origins were not taken: %s", lines(problems))
	}
	for _, bad := range []string{
		"https://a.example/", "a.example", "https://A.example", "https://a.example:443", "http://a.example:80", "ftp://a", "https://", "https://a?b", "null", "",
	} {
		snap, problems := build(t, minimal+keys+`cors: {origins: ["`+bad+`"]}`)
		if snap != nil || !strings.Contains(lines(problems), "cors.origins[0]: ") || !strings.Contains(lines(problems), "is not an origin") {
			t.Errorf("%q: %s", bad, lines(problems))
		}
	}
	snap, problems = build(t, minimal+`cors: {origins: ["https://a.example"]}`)
	if snap != nil || !strings.Contains(lines(problems), "cors.origins: needs keys") {
		t.Errorf("without keys: %s", lines(problems))
	}
}

// TestSettings configures a kind that must know a region.
func TestSettings(t *testing.T) {
	regional := core.Descriptor{
		Kind: "regional", BaseURL: "https://api.{region}.example.com/{stage}", Auth: "bearer",
		Settings: []core.Setting{
			{Name: "region", Required: true, About: "where the models run"}, {Name: "stage", Default: "v1"}, {Name: "project"},
		},
	}
	regional.Serves[core.OpChat] = []core.Service{{Dialect: "openai.chat", Path: "/chat/completions"}}
	run := func(settings string) (*core.Provider, string) {
		t.Helper()
		cfg, _ := Parse("/etc/config.yaml", []byte(strings.Replace(minimal, "kind: openai,", "kind: regional, settings: "+settings+",", 1)), env())
		snap, problems := Build(cfg, Known{Kinds: []core.Descriptor{regional}}, sign)
		if snap == nil {
			return nil, lines(problems)
		}
		return snap.Providers[0], lines(problems)
	}
	p, problems := run("{region: eu-1}")
	if p == nil {
		t.Fatal(problems)
	}
	if p.Host != "api.eu-1.example.com:443" || p.BasePath != "/v1" || !slices.Equal(p.Settings, []core.Tag{{Key: "region", Value: "eu-1"}, {Key: "stage", Value: "v1"}}) {
		t.Errorf("%s %s %v", p.Host, p.BasePath, p.Settings)
	}
	for settings, want := range map[string]string{
		"{}":                                "settings.region: is missing: where the models run",
		"{region: \"\"}":                    "settings.region: must be 1 to 256 printable characters",
		"{region: \"a b\"}":                 "settings.region: must be 1 to 256 printable characters",
		"{region: eu-1, regoin: x}":         `settings.regoin: the kind "regional" has no such setting; did you mean "region"`,
		"{region: \"eu-1.evil.com/x?a=\"}":  "base_url",
		"{region: \"user:pass@evil.com/\"}": "base_url",
	} {
		if p, problems := run(settings); p != nil || !strings.Contains(problems, want) {
			t.Errorf("%s: got %q, want %q", settings, problems, want)
		}
	}
}
