package author

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../../.."

// TestTemplatesAreFresh: what "plugin new" writes is what the folder sdk holds.
func TestTemplatesAreFresh(t *testing.T) {
	want := sources(t)
	if len(want) < 40 {
		t.Fatalf("only %d files were found: the walk is broken", len(want))
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("templates.zip", pack(t, want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	tree, err := templates()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		got[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is not what templates.zip has: run go generate ./cmd/sallyport/internal/author", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("templates.zip has %s, which is no more: run go generate ./cmd/sallyport/internal/author", name)
		}
	}
}

// sources are the files of the archive as they lie in the folder sdk.
func sources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	license := read(t, filepath.Join(root, "LICENSE"))
	for _, lang := range LangNames() {
		out[lang+"/sdk/LICENSE"] = license
		base := os.DirFS(filepath.Join(root, "sdk", lang))
		err := fs.WalkDir(base, ".", func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && left(name):
				return fs.SkipDir
			case e.IsDir():
				return nil
			}
			text, err := fs.ReadFile(base, name)
			to := path.Join(lang, "sdk", name)
			if strings.HasPrefix(name, "template/") {
				to = path.Join(lang, name)
			} else if !part(lang, name) {
				return err
			}
			if name == "Cargo.toml" {
				text = packageOnly(text)
			}
			out[to] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// left tells whether a folder of an SDK is nothing that a plugin needs.
func left(dir string) bool {
	if strings.HasPrefix(dir, "template/") {
		return path.Base(dir) == "target"
	}
	return slices.Contains([]string{"examples", "testdata", "target", "everything", "translating"}, path.Base(dir))
}

// part tells whether a file belongs to the SDK itself.
func part(lang, name string) bool {
	if base := path.Base(name); base == "go.mod" || base == "go.sum" || base == "Cargo.toml" || base == "README.md" {
		return true
	}
	sources := map[string][]string{
		"go": {".go", ".s"}, "rust": {".rs"}, "c": {".h"}, "zig": {".zig"}, "assemblyscript": {".ts"}, "wat": {".wat"},
	}
	return slices.Contains(sources[lang], path.Ext(name)) && !strings.HasSuffix(name, "_test.go")
}

// packageOnly keeps what of the crate's manifest holds where it is a dependency:
// it is no workspace of its own there, and has no examples.
func packageOnly(text []byte) []byte {
	first, rest, _ := bytes.Cut(text, []byte("\n["))
	_ = rest
	return append(bytes.TrimRight(first, "\n"), '\n')
}

func pack(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate}) // no time: the archive is always the same
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
