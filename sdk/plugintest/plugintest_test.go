package plugintest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestBundledGuards(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some thousand exchanges")
	}
	for name, o := range map[string]Options{
		"pii":       {Use: "guardrail.pii", Canary: "ann@example.org"},
		"denylist":  {Use: "guardrail.denylist", Canary: "plutonium", Config: `{words: [plutonium]}`},
		"redacting": {Use: "guardrail.denylist", Canary: "heavy  water", Config: `{words: ["heavy water"], action: redact}`},
	} {
		t.Run(name, func(t *testing.T) {
			o.Binary = binary
			r := Run(t, o)
			t.Logf("%d exchanges, pairs %v, skipped %q", r.Exchanges, r.Pairs, r.Skipped)
		})
	}
}

// TestExamples: the example guard of every SDK passes, as it lies there.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some thousand exchanges")
	}
	modules, err := filepath.Glob("../*/examples/secretword/secretword.wasm")
	if err != nil || len(modules) < 5 {
		t.Fatalf("there are only the examples %q (%v)", modules, err)
	}
	for _, module := range modules {
		t.Run(filepath.Dir(module), func(t *testing.T) {
			t.Parallel()
			o := Options{Binary: binary, Module: module}
			o.Canary, o.Config, o.Without = kitFile(t, filepath.Join(filepath.Dir(module), "cases", "kit.json"))
			Run(t, o)
		})
	}
}

func kitFile(t *testing.T, file string) (canary, config string, without []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		Canary  string
		Config  json.RawMessage
		Without []string
	}
	if err := json.Unmarshal(text, &k); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return k.Canary, string(k.Config), k.Without
}
