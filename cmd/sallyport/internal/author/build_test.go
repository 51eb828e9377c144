package author

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNew: what a new plugin holds bears its own name, and its manifest can be
// read.
func TestNew(t *testing.T) {
	for _, lang := range Langs() {
		dir := filepath.Join(t.TempDir(), "a", "b")
		made, err := New("mine-2", lang, "guardrail", dir)
		if err != nil || made != dir {
			t.Fatalf("%s: %s, %v", lang, made, err)
		}
		p, err := OpenProject(dir)
		if err != nil || p.Manifest.ID != "guardrail.mine-2" || p.Lang != lang || p.Output() != filepath.Join(dir, "mine-2.wasm") {
			t.Errorf("%s: %v, %+v", lang, err, p)
		}
		if _, err := readCases(dir); err != nil {
			t.Error(err)
		}
		err = fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() && name == "sdk" {
				return fs.SkipDir
			}
			if e.IsDir() {
				return nil
			}
			text := read(t, filepath.Join(dir, name))
			for _, old := range []string{"guardrail.example", "guardrail-example", "example.wasm", "../"} {
				if strings.Contains(text, old) {
					t.Errorf("%s: %s still holds %q: the template changed, and renamer must follow", lang, name, old)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if _, err := New("mine-2", lang, "guardrail", dir); err == nil || !strings.Contains(err.Error(), "holds something already") {
			t.Errorf("twice: %v", err)
		}
	}
	for _, name := range []string{"", "No", "a_b", "1a", "-a", "a.b", "../a", "a b", "sdk", "test", "sallyport", strings.Repeat("a", maxName+1), "å"} {
		if _, err := New(name, LangGo, "guardrail", filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "is no name for a plugin") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestBuildProblems: what is wrong with sources is said before a toolchain runs.
func TestBuildProblems(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  []string
	}{
		{map[string]string{"main.cob": ""}, []string{"has none of go.mod, main.go, Cargo.toml, main.c, main.zig, index.ts, main.wat"}},
		{map[string]string{"go.mod": "", "Cargo.toml": ""}, []string{"in go and of one in rust", "keep one of them"}},
		{map[string]string{"main.c": "", "manifest.yaml": wordsManifest}, []string{"sdk/sallyport.h is missing"}},
		{map[string]string{"go.mod": ""}, []string{"manifest.yaml is missing"}},
		{
			map[string]string{"go.mod": "", "manifest.yaml": "id: guardrail.x\nhooks: [promt]\n"},
			[]string{"manifest.yaml:2", "promt", "version", "docs/plugins/manifest.md"},
		},
	} {
		err := Build(t.Context(), folder(t, c.files), "", &bytes.Buffer{}, &bytes.Buffer{})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v; want %q", c.files, err, want)
			}
		}
	}
}

// script is a program that says what it is asked.
func script(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// TestMissingToolchains: each error says what to install.
func TestMissingToolchains(t *testing.T) {
	project := func(marker string) string {
		return folder(t, map[string]string{
			marker: "(func)", "manifest.yaml": wordsManifest, "sdk/sallyport.h": "", "sdk/sallyport.zig": "", "sdk/sallyport.ts": "",
			"sdk/sallyport.wat": "(func)", "sdk/abi.wat": "(func)",
		})
	}
	f := func(marker, want string, bin func(dir string)) {
		t.Helper()
		dir := t.TempDir()
		bin(dir)
		t.Setenv("PATH", dir)
		t.Setenv("RUSTC", "")
		err := Build(t.Context(), project(marker), "", &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	f("go.mod", "there is no command go: install Go 1.24", func(string) {})
	f("go.mod", "go1.19.8 cannot build plugins: install Go 1.24", func(dir string) { script(t, dir, "go", "echo go1.19.8") })
	f("go.mod", "go build failed", func(dir string) { script(t, dir, "go", `[ "$1" = env ] && echo go1.30`) })
	f("Cargo.toml", "there is no Rust compiler", func(string) {})
	f("Cargo.toml", "rustc cannot build for wasm32-unknown-unknown", func(dir string) { script(t, dir, "rustc", "echo /nowhere/at/all") })
	f("Cargo.toml", "apt-get install rustc cargo libstd-rust-dev-wasm32 lld", func(dir string) { script(t, dir, "rustc", "exit 1") })
	f("Cargo.toml", "there is no cargo", func(dir string) { script(t, dir, "rustc", "echo "+dir) })
	f("Cargo.toml", "cargo build failed", func(dir string) { script(t, dir, "rustc", "echo "+dir); script(t, dir, "cargo", "exit 3") })
	f("main.c", "apt-get install clang lld", func(string) {})
	f("main.c", "pip install ziglang", func(dir string) { script(t, dir, "clang", "echo x86-64") })
	f("main.c", "clang failed", func(dir string) {
		script(t, dir, "wasm-ld", "exit 0")
		script(t, dir, "clang", `case $1 in --print-targets) echo wasm32;; --target=wasm32) echo wasm-ld;; --version) echo clang version 99;; *) exit 1;; esac`)
	})
	f("main.c", "zig failed", func(dir string) { script(t, dir, "zig", `[ "$1" = version ] && echo 99`) })
	f("main.zig", "there is no Zig. pip install ziglang", func(string) {})
	f("main.zig", "python-zig failed", func(dir string) { script(t, dir, "python-zig", `[ "$1" = version ] && echo 99`) })
	f("index.ts", "npm install assemblyscript", func(string) {})
	f("index.ts", "asc failed", func(dir string) { script(t, dir, "asc", `[ "$1" = --version ] && echo Version 99`) })
	f("main.wat", "npm install wabt", func(string) {})
	f("main.wat", "wat2wasm failed", func(dir string) { script(t, dir, "wat2wasm", `[ "$1" = --version ] && echo 99`) })
	f("Cargo.toml", `crate-type = ["cdylib"]`, func(dir string) {
		script(t, dir, "rustc", "echo "+dir)
		script(t, dir, "cargo", `echo '{"reason":"compiler-artifact","filenames":["libx.rlib"]}'`)
	})
}

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"go1.24": false, "go1.24rc1": false, "go1.25.3": false, "go1.23.12": true, "go1.9": true,
		"devel go1.27-abc": false, "go2.0": false,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

// TestBuildRefuses: nothing is written where the gateway would not load it, and
// what waits for an operator is said.
func TestBuildRefuses(t *testing.T) {
	f := func(manifest, want string, written bool) {
		t.Helper()
		m := words(t, manifest)
		m.Name = filepath.Join(t.TempDir(), "words.wasm")
		var out bytes.Buffer
		err := finish(t.Context(), m, &out)
		if got := fmt.Sprint(err, "\n", &out); !strings.Contains(got, want) {
			t.Errorf("%s; want %q", got, want)
		}
		if _, err := os.Stat(m.Name); (err == nil) != written {
			t.Errorf("written: %v, want %v", err, written)
		}
	}
	f(wordsManifest, "guardrail.words 1.0.0", true)
	f(strings.Replace(wordsManifest, "default: block", "default: refuse", 1), "it waits for an operator", true)
	f(strings.Replace(wordsManifest, "steps: 1000000", "memory: 64KiB", 1), "raise limits.memory", false)
}

func TestInspect(t *testing.T) {
	r, err := Inspect(t.Context(), words(t, wordsManifest+"capabilities: [kv]\nsees: {roles: [user, tool], kinds: [text, image], model: true, headers: [x-team]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r.Print(&out)
	for _, want := range []string{
		"plugin        guardrail.words 1.0.0\n", "hooks         prompt, answer (stage judge)\n",
		"sees          text, image of user, tool; the model; header x-team\n", "capabilities  kv\n",
		"setting       token (string), secret\n", `setting       word (string), default "secret"` + "\n",
		"sallyport.counter_add", "for prompt on 4 KiB of plain text", " a guest\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "safepoint") {
		t.Errorf("the report names what the gateway itself adds:\n%s", &out)
	}
	twice, err := Inspect(t.Context(), words(t, wordsManifest))
	if err != nil || twice.Steps["prompt"] != r.Steps["prompt"] {
		t.Errorf("steps are not the same twice: %v and %v, %v", r.Steps, twice.Steps, err)
	}
	for want, manifest := range map[string]string{
		"refused":          strings.Replace(wordsManifest, "steps: 1000000", "memory: 64KiB", 1),
		"waits":            strings.Replace(wordsManifest, "default: block", "default: refuse", 1),
		", required: Why.": strings.NewReplacer("default: secret", "description: Why.", "type: object\n", "type: object\n  required: [word]\n").Replace(wordsManifest),
	} {
		r, err := Inspect(t.Context(), words(t, manifest))
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		r.Print(&out)
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, &out)
		}
	}
}

func TestBench(t *testing.T) {
	m := words(t, strings.Replace(wordsManifest, "limits: {steps: 1000000}\n", "", 1))
	f, err := Bench(t.Context(), m, map[string]any{"word": "plutonium"})
	if err != nil {
		t.Fatal(err)
	}
	var hooks []string
	for i := range f.Hooks {
		r := &f.Hooks[i]
		hooks = append(hooks, fmt.Sprint(r.Hook, r.Bytes))
		if r.CPU <= 0 || r.Steps <= 0 || r.Verdict != "allow" {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(hooks, []string{"prompt300", "prompt4096", "prompt102400", "answer300", "answer4096", "answer102400"}) {
		t.Errorf("measured were %v", hooks)
	}
	var out bytes.Buffer
	f.Print(&out)
	if !strings.Contains(out.String(), "100.0 KiB") {
		t.Errorf("%s", &out)
	}
	if _, err := Bench(t.Context(), m, map[string]any{"word": "fox", "action": "trap"}); err == nil || !strings.Contains(err.Error(), "the prompt hook on 300 bytes") {
		t.Errorf("a hook that fails: %v", err)
	}
}
