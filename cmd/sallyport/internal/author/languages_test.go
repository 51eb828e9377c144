package author

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// example is the plugin that every SDK has under examples.
const example = "examples/secretword"

// filesOf reads what lies in a folder of an SDK, without what cargo makes.
func filesOf(t *testing.T, lang Lang, folder string) map[string]string {
	t.Helper()
	base := filepath.Join(root, "sdk", lang.String(), filepath.FromSlash(folder))
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(base), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "target":
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		out[name] = read(t, filepath.Join(base, filepath.FromSlash(name)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// nativeTests is the command that runs a language's own tests.
var nativeTests = regexp.MustCompile(`(?m)^(go|cargo) test .*\n`)

// common keeps the files that are the same in every language, without the one line
// that is not.
func common(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		if name == manifestFile || name == "README.md" || strings.HasPrefix(name, "cases/") {
			out[name] = nativeTests.ReplaceAllString(text, "")
		}
	}
	return out
}

// unlike says which files differ or are in one of the folders alone.
func unlike(a, b map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if text, ok := b[name]; !ok || text != a[name] {
			out = append(out, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			out = append(out, name)
		}
	}
	return out
}

// TestLanguagesAreAlike: the template and the example are one plugin each, in
// whatever language: manifest, README and cases are the same.
func TestLanguagesAreAlike(t *testing.T) {
	for _, folder := range []string{"template", example} {
		inGo := common(filesOf(t, LangGo, folder))
		if len(inGo) < 4 {
			t.Errorf("%s: only %d files were found", folder, len(inGo))
		}
		for _, lang := range Langs() {
			for _, name := range unlike(inGo, common(filesOf(t, lang, folder))) {
				t.Errorf("sdk/go/%s/%s and sdk/%s/%s/%s are not the same", folder, name, lang, folder, name)
			}
		}
	}
	got := unlike(common(map[string]string{"cases/a": "1", "cases/b": "1", "main.go": "1", "README.md": "\ngo test ./...  # x\n"}),
		common(map[string]string{"cases/a": "2", "cases/c": "1", "README.md": "\ncargo test     # x\n"}))
	if want := []string{"cases/a", "cases/b", "cases/c"}; !slices.Equal(got, want) {
		t.Errorf("unlike are %v, want %v", got, want)
	}
}

// TestDocumentedCase: the case that docs/plugins/cases.md explains is the one
// that a new plugin has.
func TestDocumentedCase(t *testing.T) {
	doc := read(t, filepath.Join(root, "docs", "plugins", "cases.md"))
	if text := filesOf(t, LangGo, "template")["cases/redact.txtar"]; text == "" || !strings.Contains(doc, "```text\n"+text+"```\n") {
		t.Error("docs/plugins/cases.md does not show cases/redact.txtar of the templates")
	}
}
