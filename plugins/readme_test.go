package plugins

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// sections are what the README of every plugin says, in this order.
var sections = []string{"Name", "Description", "Configuration", "Examples", "On error", "Metrics", "Cost"}

// TestFolders walks all plugin folders: each is kind/name, its kind is known,
// and its README has every section.
func TestFolders(t *testing.T) {
	kinds := []string{
		"auth", "sign", "limit", "cache", "guardrail", "prompt", "rag", "provider", "route", "observe",
		"store", "console", "runtime",
	}
	root := os.DirFS(".")
	var folders []string
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".go") && path.Dir(name) != "." {
			folders = append(folders, path.Dir(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	if len(folders) < 3 {
		t.Fatalf("only %v were found", folders)
	}
	for _, f := range folders {
		if kind, name, ok := strings.Cut(f, "/"); !ok || strings.Contains(name, "/") || !slices.Contains(kinds, kind) {
			t.Errorf("%s is not kind/name with one of the kinds %v", f, kinds)
		}
		text, err := fs.ReadFile(root, f+"/README.md")
		if err != nil {
			t.Error(err)
			continue
		}
		if err := checkReadme(f, string(text)); err != nil {
			t.Errorf("%s/README.md: %v", f, err)
		}
	}
}

func checkReadme(folder, text string) error {
	if !strings.HasPrefix(text, "# "+folder+"\n") {
		return fmt.Errorf("it must begin with # %s", folder)
	}
	var found []string
	for part := range strings.SplitSeq(text, "\n## ") {
		title, body, _ := strings.Cut(part, "\n")
		if strings.HasPrefix(title, "# ") {
			continue
		}
		if strings.TrimSpace(body) == "" {
			return fmt.Errorf("the section %s is empty", title)
		}
		found = append(found, title)
	}
	if !slices.Equal(found, sections) {
		return fmt.Errorf("it has the sections %v, want %v", found, sections)
	}
	return nil
}

func TestReadmeRuleCanFail(t *testing.T) {
	good := "# a/b\n"
	for _, s := range sections {
		good += "\n## " + s + "\ntext\n"
	}
	if err := checkReadme("a/b", good); err != nil {
		t.Errorf("a good README is refused: %v", err)
	}
	for _, bad := range []string{
		"", good[2:], strings.Replace(good, "## Cost\ntext", "## Cost\n", 1), strings.Replace(good, "## Cost", "## Price", 1),
		strings.Replace(strings.Replace(good, "Name", "x", 1), "Description", "Name", 1), good + "\n## More\ntext\n",
	} {
		if checkReadme("a/b", bad) == nil {
			t.Errorf("this passes:\n%s", bad)
		}
	}
}
