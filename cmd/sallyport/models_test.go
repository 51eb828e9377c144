package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

// runModels runs the command as a user would.
func runModels(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newModelsCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.Execute()
	return out.String(), err
}

// golden compares got with a file of testdata/models, which UPDATE_GOLDEN=1
// writes.
func goldenModels(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "models", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s: %v; got\n%s", file, err, got)
	}
}

func TestModelsKinds(t *testing.T) {
	kinds := []core.Descriptor{
		{Kind: "plain", Title: "A plain one", BaseURL: "https://plain.example/v1", KeyEnv: "PLAIN_KEY"},
		{
			Kind: "set", Title: "One with settings", BaseURL: "https://{region}.example", KeyEnv: "SET_KEY",
			Settings: []core.Setting{{Name: "region", Required: true, About: "where"}, {Name: "version", Default: "1"}, {Name: "more"}},
		},
		{Kind: "near", Title: "A local one", Local: true},
	}
	kinds[0].Serves[core.OpChat] = []core.Service{{Dialect: "openai.chat"}}
	kinds[0].Serves[core.OpEmbeddings] = []core.Service{{Dialect: "openai.embeddings"}}
	kinds[1].Serves[core.OpChat] = []core.Service{{Dialect: "openai.chat"}, {Dialect: "anthropic.messages"}}
	var table, lines strings.Builder
	if err := printKinds(&table, kinds, false); err != nil {
		t.Fatal(err)
	}
	if err := printKinds(&lines, kinds, true); err != nil {
		t.Fatal(err)
	}
	goldenModels(t, "kinds.txt", table.String())
	goldenModels(t, "kinds.jsonl", lines.String())
}

func TestModelsOfKind(t *testing.T) {
	for name, args := range map[string][]string{
		"cerebras.txt": {"--kind", "cerebras"}, "cerebras.jsonl": {"--kind", "cerebras", "--json"}, "ollama.txt": {"--kind", "ollama"},
	} {
		got, err := runModels(args...)
		if err != nil {
			t.Fatal(err)
		}
		goldenModels(t, name, got)
	}
	if out, err := runModels("--kind", "opnai"); err == nil || !strings.Contains(err.Error(), `no kind "opnai"`) {
		t.Errorf("%s %v", out, err)
	}
}

// TestModelsOfAllKinds: at least 100 kinds speak OpenAI's chat dialect; each has a
// line of its own in both forms.
func TestModelsOfAllKinds(t *testing.T) {
	out, err := runModels("--json")
	if err != nil {
		t.Fatal(err)
	}
	compatible, before := 0, ""
	for line := range strings.Lines(out) {
		var k kindRow
		if err := json.Unmarshal([]byte(line), &k); err != nil || k.Kind <= before || k.Title == "" {
			t.Errorf("%s %v", line, err)
		}
		before = k.Kind
		if slices.Contains(k.Serves["chat"], "openai.chat") {
			compatible++
		}
	}
	if compatible < 100 {
		t.Errorf("%d kinds speak OpenAI's chat dialect", compatible)
	}
	table, err := runModels()
	if err != nil || strings.Count(table, "\n") != strings.Count(out, "\n")+1 {
		t.Errorf("%v, %d lines of %d", err, strings.Count(table, "\n"), strings.Count(out, "\n"))
	}
}

// TestCatalogOfKnownKinds: the catalog holds no kind that no configuration can
// name, and none of local runtimes.
func TestCatalogOfKnownKinds(t *testing.T) {
	text, err := os.ReadFile("../../plugins/provider/catalog/catalog.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	hosted := map[string]bool{}
	for _, d := range plugins.Providers() {
		hosted[d.Kind] = !d.Local
	}
	_, lines, _ := strings.Cut(string(text), "\n")
	kinds := map[string]bool{}
	for line := range strings.Lines(lines) {
		var m catalog.Model
		if err := json.Unmarshal([]byte(line), &m); err != nil || !hosted[m.Kind] {
			t.Fatalf("%s %v", line, err)
		}
		kinds[m.Kind] = true
	}
	if len(kinds) < 100 {
		t.Errorf("only %d kinds have models", len(kinds))
	}
}
