package author

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
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

// common keeps the files that are the same in every language. The one line that
// is not, the command that runs a language's own tests, becomes Go's.
func common(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		if name == manifestFile || name == "README.md" || strings.HasPrefix(name, "cases/") {
			out[name] = strings.ReplaceAll(text, "\ncargo test    ", "\ngo test ./... ")
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
		inGo, inRust := common(filesOf(t, LangGo, folder)), common(filesOf(t, LangRust, folder))
		if len(inGo) < 4 {
			t.Errorf("%s: only %d files were found", folder, len(inGo))
		}
		for _, name := range unlike(inGo, inRust) {
			t.Errorf("sdk/go/%s/%s and sdk/rust/%s/%s are not the same", folder, name, folder, name)
		}
	}
	got := unlike(common(map[string]string{"cases/a": "1", "cases/b": "1", "main.go": "1", "README.md": "\ngo test ./...  # x\n"}),
		common(map[string]string{"cases/a": "2", "cases/c": "1", "README.md": "\ncargo test     # x\n"}))
	if want := []string{"cases/a", "cases/b", "cases/c"}; !slices.Equal(got, want) {
		t.Errorf("unlike are %v, want %v", got, want)
	}
}

// TestExample builds the example from each SDK as it is given to authors, and
// runs its cases in the sandbox.
func TestExample(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles plugins")
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("CARGO_NET_OFFLINE", "true")
	all := sources(t)
	for _, lang := range []Lang{LangGo, LangRust} {
		t.Run(lang.String(), func(t *testing.T) {
			if _, _, err := FindRust(t.Context()); lang == LangRust && err != nil {
				t.Skip(err)
			}
			files := map[string]string{}
			for name, text := range all {
				if name, ok := strings.CutPrefix(name, lang.String()+"/sdk/"); ok {
					files[name] = text
				}
			}
			cases := 0
			for name, text := range filesOf(t, lang, example) {
				files[example+"/"+name] = text
				if strings.HasPrefix(name, "cases/") {
					cases++
				}
			}
			dir := filepath.Join(folder(t, files), filepath.FromSlash(example))
			var out, log bytes.Buffer
			if err := Build(t.Context(), dir, "", &out, &log); err != nil {
				t.Fatalf("%v\n%s", err, &log)
			}
			if err := Test(t.Context(), &out, dir, false); err != nil || !strings.Contains(out.String(), fmt.Sprintf("%d of %d cases passed", cases, cases)) {
				t.Errorf("%v\n%s", err, &out)
			}
		})
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
