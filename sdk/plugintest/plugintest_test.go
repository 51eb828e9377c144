package plugintest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBundledGuards: none of their canary gets past the guards that the gateway brings.
// They do not read the names of tools.
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
			t.Parallel()
			o.Binary, o.Without = program, []string{inName}
			r := Run(t, o)
			if len(r.Pairs) < 46 || len(r.PromptPairs) < 77 {
				t.Errorf("%d pairs were tried for answers, %d for prompts", len(r.Pairs), len(r.PromptPairs))
			}
		})
	}
}

// TestExamples: the example guard of every SDK passes, as it lies there.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some thousand exchanges")
	}
	const wasm = "secretword.wasm"
	folders, err := filepath.Glob("../*/examples/secretword")
	if err != nil || len(folders) < 7 {
		t.Fatalf("there are only the examples %q (%v)", folders, err)
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			o := Options{Binary: program, Module: filepath.Join(folder, wasm)}
			switch folder {
			case "../go/examples/secretword": // modules of Go are too big to lie there, and slow where processors are busy
				o.Module, o.Deadline = filepath.Join(buildGo(t, folder), wasm), time.Second
			case "../js/examples/secretword":
				o.Module, o.Deadline = filepath.Join(folder, "secretword.js"), time.Second // likewise slow
			}
			kitFile(t, filepath.Join(folder, "cases", "kit.json"), &o)
			Run(t, o)
		})
	}
}

// buildGo builds the plugin in folder and puts it, beside its manifest, into a folder
// of its own.
func buildGo(t *testing.T, folder string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "secretword.wasm"), ".")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	manifest, err := os.ReadFile(filepath.Join(folder, "manifest.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "secretword.yaml"), manifest, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// kitFile reads what a project says of itself.
func kitFile(t *testing.T, file string, o *Options) {
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
	o.Canary, o.Config, o.Without = k.Canary, string(k.Config), k.Without
}

// TestReadme: the test that README.md shows compiles.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(page), "```go\n")
	code, _, found := strings.Cut(code, "```\n")
	if !found {
		t.Fatal("it shows no code")
	}
	file := filepath.Join(t.TempDir(), "guard_test.go")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
