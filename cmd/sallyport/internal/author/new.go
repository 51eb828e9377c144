package author

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// kindGuardrail is the one kind of plugin that there is a template for.
const kindGuardrail = "guardrail"

// New makes a plugin from the template of a language: its sources, a manifest,
// cases, and a copy of the SDK, so that it builds without a network. It refuses a
// folder that holds something. dir "" stands for a folder named like the plugin.
// It returns the folder.
func New(name string, lang Lang, kind, dir string) (string, error) {
	if kind != kindGuardrail {
		return "", fmt.Errorf("there is no template for the kind %q, only for %s", kind, kindGuardrail)
	}
	if err := checkName(name); err != nil {
		return "", err
	}
	if dir == "" {
		dir = name
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return "", fmt.Errorf("%s holds something already: name another folder with --dir", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	tree, err := templates()
	if err != nil {
		return "", err
	}
	naming := renamer(name)
	err = copyTree(tree, path.Join(lang.String(), "template"), dir, func(b []byte) []byte { return []byte(naming.Replace(string(b))) })
	if err == nil {
		err = copyTree(tree, path.Join(lang.String(), "sdk"), filepath.Join(dir, "sdk"), bytes.Clone)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("/target/\n/node_modules/\n/"+name+moduleSuffix+"\n"), 0o644) //nolint:gosec // sources
	}
	return dir, err
}

// maxName bounds a plugin's name, in bytes.
const maxName = 40

// checkName holds a name to what ids, Go modules, crates and files may be called.
func checkName(name string) error {
	bad := name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' || name == "sdk" || name == "sallyport" || name == "test"
	for _, c := range []byte(name) {
		bad = bad || (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	}
	if bad {
		return fmt.Errorf("%q is no name for a plugin: write a letter, then letters, digits and hyphens, all in lower case, at most %d, and not sdk, sallyport or test, like no-kraken",
			name, maxName)
	}
	return nil
}

// renamer puts a plugin's name in place of the templates' own, and the copy of
// the SDK in place of the SDK's folder, in which the templates lie.
func renamer(name string) *strings.Replacer {
	const old = "example"
	return strings.NewReplacer(
		old+moduleSuffix, name+moduleSuffix,
		kindGuardrail+"."+old, kindGuardrail+"."+name,
		kindGuardrail+"-"+old, name,
		"=> ../\n", "=> ./sdk\n",
		`path = "../"`, `path = "sdk"`,
		`from "../`, `from "./sdk/`,
	)
}

// copyTree writes what lies below root to dir, edited.
func copyTree(tree fs.FS, root, dir string, edit func([]byte) []byte) error {
	return fs.WalkDir(tree, root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, root)))
		if e.IsDir() {
			return os.MkdirAll(to, 0o755) //nolint:gosec // sources
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, edit(text), 0o644) //nolint:gosec // sources
	})
}
