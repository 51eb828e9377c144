package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// elsewhere lists where a word of the glossary's last column means something
// else than the thing that has another name here.
var elsewhere = []struct{ folder, word, why string }{
	{"core", "moderation", "an operation that clients call so"},
	{"core", "filter", "the finish reason content_filter"},
	{"core", "context", "text around a window; and Go's own"},
	{"plugins/provider/catalog", "context", "the tokens that a model takes at once"},
	{"core/config", "schema", "the JSON Schema of the configuration file"},
	{"core/ledger", "segment", "a file of the ledger"},
	{"cmd/sallyport/e2e", "pipeline", "a shell's"},
	{"sdk/go", "context", "text around a window"},
	{"sdk/go", "moderation", "an operation that clients call so"},
	{"sdk/go", "filter", "the finish reason content_filter"},
}

func TestWords(t *testing.T) {
	never := neverColumn(t)
	rule := func(f file) []string { return misnamed(f, never) }
	each(t, rule)
	for _, bad := range []string{
		"// Backend is one.\ntype Backend struct{}",
		"// T is one.\ntype T struct{ AuthMiddleware int }",
		"// PickTargets picks.\nfunc PickTargets() {}",
		"// ProviderAPIKey is one.\nconst ProviderAPIKey = 1",
		"type t struct { x int `yaml:\"vendor_name\"` }",
	} {
		refuses(t, rule, file{"core/config/x.go", "package x\n" + bad})
	}
	refuses(t, rule, file{"docs/x.md", "The gateway has two endpoints."})
	refuses(t, rule, file{"docs/x.md", "Give it your API key."})
}

// neverColumn reads the glossary: word → what it is called instead.
func neverColumn(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	never := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "-") || strings.TrimSpace(cells[3]) == "never" {
			continue
		}
		for word := range strings.SplitSeq(cells[3], ",") {
			if word = strings.TrimSpace(word); word != "" {
				never[word] = strings.TrimSpace(cells[1])
			}
		}
	}
	if len(never) < 15 {
		t.Fatalf("the glossary forbids only %v: its table is not read", never)
	}
	return never
}

// misnamed looks at the exported names and YAML fields of Go files, and at the
// prose of documents.
func misnamed(f file, never map[string]string) []string {
	var out []string
	check := func(name, words string) {
		padded := " " + words + " "
		for word, right := range never {
			if (strings.Contains(padded, " "+word+" ") || strings.Contains(padded, " "+word+"s ")) && !allowed(f.name, word) {
				out = append(out, fmt.Sprintf("%q: say %s, not %s (docs/glossary.md)", name, right, word))
			}
		}
	}
	switch {
	case strings.HasSuffix(f.name, ".go") && published(f.name) && !isTest(f.name) && !generated(f.text):
		names, err := exportedNames(f)
		if err != nil {
			return []string{err.Error()}
		}
		for _, n := range names {
			check(n, wordsOf(n))
		}
	case strings.HasSuffix(f.name, ".md") && f.name != "docs/glossary.md":
		for line := range strings.SplitSeq(prose(f.text), "\n") {
			check(strings.TrimSpace(line), strings.Join(plainWord.FindAllString(strings.ToLower(line), -1), " "))
		}
	}
	return out
}

func allowed(name, word string) bool {
	ordinary := []string{"schema", "target", "mapping", "filter", "context", "segment", "account", "moderation"}
	if strings.HasSuffix(name, ".md") && slices.Contains(ordinary, word) {
		return true // plain English needs them
	}
	for _, e := range elsewhere {
		if e.word == word && strings.HasPrefix(name, e.folder+"/") {
			return true
		}
	}
	return false
}

var (
	plainWord = regexp.MustCompile(`[a-z0-9]+(?:-[a-z0-9]+)*`)
	code      = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	hump      = regexp.MustCompile(`[A-Z]+(?:[a-z0-9]+|$)|[A-Z]?[a-z0-9]+`)
)

// prose returns a document without its code.
func prose(text string) string { return code.ReplaceAllString(text, " ") }

// wordsOf takes an identifier apart: ProviderAPIKey is "provider api key".
func wordsOf(name string) string {
	var words []string
	for _, w := range hump.FindAllString(name, -1) {
		// A run of capitals ends before the word that follows it.
		if n := capitals(w); n > 1 && n < len(w) {
			words = append(words, w[:n-1])
			w = w[n-1:]
		}
		words = append(words, w)
	}
	return strings.ToLower(strings.Join(words, " "))
}

func capitals(w string) int {
	n := 0
	for n < len(w) && w[n] >= 'A' && w[n] <= 'Z' {
		n++
	}
	return n
}

var yamlTag = regexp.MustCompile(`yaml:"([a-z_]+)`)

// exportedNames returns the exported identifiers that a file declares and the
// names that its fields have in YAML.
func exportedNames(f file) ([]string, error) {
	src, err := parser.ParseFile(token.NewFileSet(), f.name, f.text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []string
	add := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if id.IsExported() {
				out = append(out, id.Name)
			}
		}
	}
	ast.Inspect(src, func(n ast.Node) bool {
		switch v := n.(type) {
		case *ast.FuncDecl:
			add(v.Name)
			return false
		case *ast.TypeSpec:
			add(v.Name)
		case *ast.ValueSpec:
			add(v.Names...)
		case *ast.Field:
			add(v.Names...)
			if v.Tag != nil {
				if m := yamlTag.FindStringSubmatch(v.Tag.Value); m != nil {
					out = append(out, m[1])
				}
			}
		}
		return true
	})
	return out, nil
}
