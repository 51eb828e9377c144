package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// document is a Markdown file of the repository.
type document struct{ name, text string }

func documents(t *testing.T) []document {
	t.Helper()
	var out []document
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (e.Name()[0] == '.' || e.Name() == "node_modules" || name == "bench/results"):
			return fs.SkipDir
		case !e.IsDir() && strings.HasSuffix(name, ".md"):
			text, err := fs.ReadFile(root, name)
			out = append(out, document{name, string(text)})
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 8 {
		t.Fatalf("only %d documents were found: the walk is broken", len(out))
	}
	return out
}

// TestConfigurationsInDocuments builds every whole configuration that a
// document shows, and those of the examples.
func TestConfigurationsInDocuments(t *testing.T) {
	whole := 0
	for _, d := range documents(t) {
		for i, block := range fences(d.text, "yaml") {
			if !isConfiguration(block) {
				continue
			}
			whole++
			for _, p := range documentedProblems(block) {
				t.Errorf("%s, YAML block %d: %s", d.name, i+1, p)
			}
		}
	}
	files, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range documentedProblems(string(text)) {
			t.Errorf("%s: %s", f, p)
		}
	}
	if whole < 1 || len(files) < 3 {
		t.Fatalf("%d configurations in documents and %d in examples: not all were found", whole, len(files))
	}
	if p := documentedProblems("providers: [{name: a, kind: openai}]\nroutes: [{name: m, deploiments: []}]\n"); len(p) == 0 {
		t.Error("a configuration with an unknown field passes")
	}
}

// fences returns the fenced blocks of one language.
func fences(text, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

func isConfiguration(block string) bool {
	return strings.Contains("\n"+block, "\nproviders:") && strings.Contains("\n"+block, "\nroutes:")
}

// documentedProblems reads and builds a configuration in a world where every
// variable and file that it refers to is there.
func documentedProblems(text string) []config.Problem {
	cfg, problems := config.Parse("sallyport.yaml", []byte(text), config.Env{
		Lookup:   func(name string) (string, bool) { return "value-of-" + name + ":0123456789", true }, // a pair of keys also
		ReadFile: func(path string) ([]byte, error) { return []byte("content of " + filepath.Base(path)), nil },
	})
	if cfg != nil {
		_, problems = config.Build(cfg, config.Known{Kinds: plugins.Providers()}, newSigner)
	}
	return problems
}

// TestCommandsInDocuments looks up every command that a document names, in a
// block or in a line: targets of make, commands and flags of sallyport, and
// packages that are run.
func TestCommandsInDocuments(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range documents(t) {
		for _, line := range commandLines(d.text) {
			n++
			if err := commandExists(line, string(makefile)); err != nil {
				t.Errorf("%s: %q: %v", d.name, line, err)
			}
		}
	}
	if n < 10 {
		t.Fatalf("only %d commands were found", n)
	}
	for _, bad := range []string{
		"make coffee", "sallyport brew", "sallyport plugin brew", "sallyport plugin test --no-such", "sallyport check --colour red", "sallyport usage --no-such",
		"go run ./cmd/nothing", ".build/sallyport serve --port 1",
	} {
		if commandExists(bad, string(makefile)) == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

var (
	inlineCode  = regexp.MustCompile("`([^`\n]+)`")
	commandLine = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*((?:\.build/|\./)?sallyport|make|go run) ([a-z./-].*)$`)
	option      = regexp.MustCompile(`^--([a-z][a-z-]*)`)
)

// commandLines returns the lines in shell blocks and the inline code that begin
// with one of our commands.
func commandLines(text string) []string {
	var candidates []string
	for _, block := range fences(text, "sh") {
		candidates = append(candidates, strings.Split(block, "\n")...)
	}
	for _, m := range inlineCode.FindAllStringSubmatch(text, -1) {
		candidates = append(candidates, m[1])
	}
	var out []string
	for _, c := range candidates {
		c, _, _ = strings.Cut(strings.TrimSpace(c), "  #")
		c, _, _ = strings.Cut(c, " #")
		if commandLine.MatchString(c) {
			out = append(out, strings.TrimSpace(c))
		}
	}
	return out
}

func commandExists(line, makefile string) error {
	m := commandLine.FindStringSubmatch(line)
	if m == nil {
		return errors.New("it is no command of ours")
	}
	words := strings.Fields(m[2])
	switch m[1] {
	case "make":
		for _, w := range words {
			if !strings.Contains(w, "=") && !strings.Contains(makefile, "\n"+w+":") {
				return fmt.Errorf("the Makefile has no target %s", w)
			}
		}
		return nil
	case "go run":
		if _, err := os.Stat(filepath.Join("../..", filepath.FromSlash(words[0]))); err != nil {
			return fmt.Errorf("there is no package %s", words[0])
		}
		return nil
	}
	root := newRoot()
	cmd, rest, err := root.Find(words)
	if err != nil || cmd == root || cmd.HasSubCommands() && len(rest) > 0 && rest[0][0] != '-' {
		return fmt.Errorf("sallyport has no command %s", m[2])
	}
	for _, w := range words[1:] {
		if o := option.FindStringSubmatch(w); o != nil && cmd.Flags().Lookup(o[1]) == nil {
			return fmt.Errorf("sallyport %s has no flag --%s", words[0], o[1])
		}
	}
	return nil
}

// TestPathsInDocuments looks for every file and folder that a document names
// from the root of the repository or from its own folder.
func TestPathsInDocuments(t *testing.T) {
	n := 0
	for _, d := range documents(t) {
		n += len(pathsIn(d.text))
		for _, p := range missingPaths(d) {
			t.Errorf("%s names %s, which is not there", d.name, p)
		}
	}
	if n < 30 {
		t.Fatalf("only %d paths were found", n)
	}
	text := "`core/x.go`, `docs/y`, `plugins/...`, `plugins/KIND/NAME`, `plugins/KIND/NAME.wasm`, `sdk/go/README.md`, `bench/results/`, `a/b`, `core/a b`"
	if got := pathsIn(text); !slices.Equal(got, []string{"core/x.go", "docs/y", "sdk/go/README.md"}) {
		t.Errorf("paths are misread: %v", got)
	}
	text = "`sdk/go/README.md`, `sdk/go/NOTHING.md`, `examples/secretword`, `examples/nothing`"
	for name, want := range map[string][]string{
		"sdk/go/README.md": {"sdk/go/NOTHING.md", "examples/nothing"},
		"README.md":        {"sdk/go/NOTHING.md", "examples/secretword", "examples/nothing"},
	} {
		if got := missingPaths(document{name, text}); !slices.Equal(got, want) {
			t.Errorf("in %s are missing %v, want %v", name, got, want)
		}
	}
}

// missingPaths returns the paths in a document that lead nowhere.
func missingPaths(d document) []string {
	return slices.DeleteFunc(pathsIn(d.text), func(p string) bool {
		return slices.ContainsFunc([]string{".", path.Dir(d.name)}, func(from string) bool {
			_, err := os.Stat(filepath.Join("../..", filepath.FromSlash(from), filepath.FromSlash(p)))
			return err == nil
		})
	})
}

var (
	pathCode    = regexp.MustCompile("`((?:bench|cmd|core|docs|examples|plugins|sdk)/[a-zA-Z0-9_./-]*)`")
	placeholder = regexp.MustCompile(`/[A-Z]+(?:/|$|\.(?:js|wasm|yaml)$)`) // KIND, NAME, NAME.wasm
)

func pathsIn(text string) []string {
	var out []string
	for _, m := range pathCode.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[1], "...") && !placeholder.MatchString(m[1]) && m[1] != "bench/results/" { // made by make bench
			out = append(out, m[1])
		}
	}
	return out
}

// TestFoldersInREADME holds the table of folders against the tree.
func TestFoldersInREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := foldersNamed(string(readme))
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' && holdsFiles(t, filepath.Join("../..", e.Name())) {
			there = append(there, e.Name())
		}
	}
	slices.Sort(named)
	if !slices.Equal(named, there) {
		t.Errorf("README.md lists the folders %v, the tree has %v", named, there)
	}
	if got := foldersNamed("| `x/` | y |\n| `z` | no folder |\n"); !slices.Equal(got, []string{"x"}) {
		t.Errorf("the table is misread: %v", got)
	}
}

func foldersNamed(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)/` \\|").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// holdsFiles tells whether a folder holds a source or a document; a ledger or an
// empty folder is nothing of the repository's.
func holdsFiles(t *testing.T, folder string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && slices.Contains([]string{".go", ".md", ".yaml"}, filepath.Ext(name)) {
			found = true
			return fs.SkipAll
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPythonInDocuments compiles the Python that documents show.
func TestPythonInDocuments(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	compile := func(text string) error {
		cmd := exec.CommandContext(t.Context(), python, "-c", "import ast, sys; ast.parse(sys.stdin.read())")
		cmd.Stdin = strings.NewReader(text)
		var notes bytes.Buffer
		cmd.Stderr = &notes
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%w: %s", err, notes.String())
		}
		return nil
	}
	n := 0
	for _, d := range documents(t) {
		for _, block := range fences(d.text, "python") {
			n++
			if err := compile(block); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
		}
	}
	if n == 0 {
		t.Error("no Python was found")
	}
	if compile("client = OpenAI(") == nil {
		t.Error("half a call passes for Python")
	}
}
