package rules

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// file is one text file of the repository. Its name is relative to the root.
type file struct{ name, text string }

// texts are the kinds of file that people write and read here.
var texts = []string{".go", ".s", ".md", ".yaml", ".yml", ".sh", ".c", ".h", ".rs", ".py", ".cjs", ".cmake", ".jinja"}

// tree reads every text file of the repository.
func tree(t *testing.T) []file {
	t.Helper()
	root := os.DirFS("../..")
	var out []file
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			if b := e.Name(); name != "." && b[0] == '.' && b != ".ci" || b == "node_modules" || b == "target" || b == "data" || name == "bench/results" {
				return fs.SkipDir
			}
			return nil
		case strings.HasSuffix(name, ".pb.go"):
			return nil // protoc's own generators wrote it
		case !slices.Contains(texts, path.Ext(name)) && name != "Makefile" && name != ".ci/run":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		out = append(out, file{name, string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d files were found: the walk is broken", len(out))
	}
	return out
}

// generated tells whether a machine wrote the file, as its head says.
func generated(text string) bool {
	head := strings.ToLower(text[:min(len(text), 500)])
	return strings.Contains(head, "do not edit") || strings.Contains(head, "generated from")
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// each applies a rule to every file and reports what it says.
func each(t *testing.T, rule func(file) []string) {
	t.Helper()
	for _, f := range tree(t) {
		for _, v := range rule(f) {
			t.Errorf("%s: %s", f.name, v)
		}
	}
}

// refuses fails the test unless the rule finds something wrong with the file.
func refuses(t *testing.T, rule func(file) []string, f file) {
	t.Helper()
	if len(rule(f)) == 0 {
		t.Errorf("the rule lets this pass:\n%s", f.text[:min(len(f.text), 300)])
	}
}
