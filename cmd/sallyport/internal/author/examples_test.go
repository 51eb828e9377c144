package author

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// lockFile names the compilers that made the committed modules of the SDKs'
// examples, and their digests: lines of "LANG COMPILER VERSION" and "PATH SHA-256".
const lockFile = "sdk/toolchain.lock"

func readLock(t *testing.T) map[string]string {
	t.Helper()
	lock := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join(root, lockFile))) {
		if name, what, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			lock[name] = what
		}
	}
	return lock
}

// committed are the folders of all examples whose module is committed.
func committed(t *testing.T, lang Lang) []string {
	t.Helper()
	manifests, err := filepath.Glob(filepath.Join(root, "sdk", lang.String(), "examples", "*", manifestFile))
	if err != nil || len(manifests) == 0 {
		t.Fatalf("%s has no examples (%v)", lang, err)
	}
	for i, m := range manifests {
		manifests[i] = filepath.Dir(m)
	}
	return manifests
}

// toolchain finds the compiler of a language or skips the test.
func toolchain(t *testing.T, lang Lang) string {
	t.Helper()
	switch lang {
	case LangGo:
		return ""
	case LangRust:
		if _, _, err := FindRust(t.Context()); err != nil {
			t.Skip("NOT REBUILT: ", err)
		}
		return ""
	case LangC, LangZig, LangAssemblyScript, LangWAT:
	}
	tools, err := FindToolchain(t.Context(), lang, filepath.Join(root, "sdk", lang.String()))
	if err != nil {
		t.Skip("NOT REBUILT: ", err)
	}
	return tools.String()
}

// TestCommittedModules runs the cases of every example on the module that is
// committed, which needs no toolchain. UPDATE_GOLDEN=1 builds the modules anew,
// and the lock: it wants all toolchains.
func TestCommittedModules(t *testing.T) {
	if os.Getenv("UPDATE_GOLDEN") != "" {
		updateModules(t)
	}
	lock := readLock(t)
	for _, lang := range Langs()[1:] { // Go's are built by the tests
		for _, dir := range committed(t, lang) {
			name := lang.String() + "/" + filepath.Base(dir)
			t.Run(name, func(t *testing.T) {
				p, err := OpenProject(dir)
				if err != nil {
					t.Fatal(err)
				}
				code, err := os.ReadFile(p.Output())
				if err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprintf("%x", sha256.Sum256(code)); got != lock[name] {
					t.Errorf("%s is not what %s says: UPDATE_GOLDEN=1 go test -run CommittedModules ./cmd/sallyport/internal/author", p.Output(), lockFile)
				}
				runCases(t, dir, p.Output())
			})
		}
	}
}

func updateModules(t *testing.T) {
	t.Helper()
	var lock strings.Builder
	lock.WriteString("# What made the committed modules of the SDKs' examples, and their SHA-256. Made by\n" +
		"# UPDATE_GOLDEN=1 go test -run CommittedModules ./cmd/sallyport/internal/author\n")
	for _, lang := range Langs()[1:] {
		if tools := toolchain(t, lang); tools != "" {
			fmt.Fprintf(&lock, "%s %s\n", lang, tools)
		}
		for _, dir := range committed(t, lang) {
			p, err := OpenProject(dir)
			if err != nil {
				t.Fatal(err)
			}
			code := rebuild(t, dir, p.Output())
			fmt.Fprintf(&lock, "%s/%s %x\n", lang, filepath.Base(dir), sha256.Sum256(code))
		}
	}
	for _, lang := range []Lang{LangC, LangZig, LangAssemblyScript, LangWAT} {
		code := echo(t, lang)
		fmt.Fprintf(&lock, "%s/echo %x\n", lang, sha256.Sum256(code))
		if err := os.WriteFile(filepath.Join(echoFolder(lang), "echo.wasm"), code, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, lockFile), []byte(lock.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// echoFolder is where the guest that tests a codec lies.
func echoFolder(lang Lang) string {
	return filepath.Join(root, "sdk", lang.String(), "testdata", "echo")
}

// echo builds that guest, which is no plugin: core/wasm runs it.
func echo(t *testing.T, lang Lang) []byte {
	t.Helper()
	var log bytes.Buffer
	code, err := compile(t.Context(), &Project{Dir: echoFolder(lang), Lang: lang}, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	return code
}

// TestRebuiltEchoes holds the committed guests that test the codecs to their
// sources, where the toolchain is that of the lock.
func TestRebuiltEchoes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds guests")
	}
	lock := readLock(t)
	for _, lang := range []Lang{LangC, LangZig, LangAssemblyScript, LangWAT} {
		t.Run(lang.String(), func(t *testing.T) {
			if tools := toolchain(t, lang); tools != lock[lang.String()] {
				t.Skipf("NOT COMPARED: %s is there, %s made it", tools, lock[lang.String()])
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(echo(t, lang))); got != lock[lang.String()+"/echo"] {
				t.Errorf("it is not what its sources give: UPDATE_GOLDEN=1 go test -run CommittedModules ./cmd/sallyport/internal/author")
			}
		})
	}
}

// rebuild builds the plugin in dir into file.
func rebuild(t *testing.T, dir, file string) []byte {
	t.Helper()
	var out, log bytes.Buffer
	if err := Build(t.Context(), dir, file, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// runCases runs the cases in dir on a module. An example without cases is tested
// elsewhere: its hooks are none that cases know.
func runCases(t *testing.T, dir, file string) {
	t.Helper()
	cases, err := filepath.Glob(filepath.Join(dir, "cases", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		return
	}
	m, err := ReadModule(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := admit(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	all, err := readCases(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if wrong, err := check(t.Context(), s, c, false); err != nil || len(wrong) > 0 {
			t.Errorf("%s: %v\n%s", c.name(), err, strings.Join(wrong, "\n"))
		}
	}
}

// TestRebuiltModules builds every example from its sources where its toolchain is
// there. With the compiler of the lock the bytes are those that are committed; with
// another one the cases decide. It says what it could not do.
func TestRebuiltModules(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles plugins")
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("CARGO_NET_OFFLINE", "true")
	lock := readLock(t)
	for _, lang := range Langs() {
		t.Run(lang.String(), func(t *testing.T) {
			tools := toolchain(t, lang)
			for _, dir := range committed(t, lang) {
				name := lang.String() + "/" + filepath.Base(dir)
				file := filepath.Join(t.TempDir(), "rebuilt.wasm")
				code := rebuild(t, dir, file)
				same := fmt.Sprintf("%x", sha256.Sum256(code)) == lock[name]
				switch {
				case lock[name] == "": // Go's
				case same:
					t.Logf("%s: as committed", name)
				case tools != "" && tools == lock[lang.String()]:
					t.Errorf("%s is not what its sources give: UPDATE_GOLDEN=1 go test -run CommittedModules ./cmd/sallyport/internal/author", name)
				default:
					t.Logf("%s: other bytes, as the compiler is not that of the lock", name)
				}
				runCases(t, dir, file)
			}
		})
	}
}

// TestExamplesUseEveryHook: between them the examples of the SDKs, and the bundled
// translators, use every hook that there is, so that each has code to look at.
func TestExamplesUseEveryHook(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(root, "plugins", "provider", "*", "Cargo.toml"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("there is no translator (%v)", err)
	}
	for i, f := range folders {
		folders[i] = filepath.Dir(f)
	}
	for _, lang := range Langs() {
		folders = append(folders, committed(t, lang)...)
	}
	used, kinds := map[string]string{}, map[string]bool{}
	for _, dir := range folders {
		p, err := OpenProject(dir)
		if err != nil {
			t.Fatal(err)
		}
		kinds[p.Manifest.Kind] = true
		for _, phase := range p.Manifest.Phases {
			used[phase.String()] = dir
		}
		if p.Manifest.Stream == core.StreamWindow {
			used[abi.HookWindow] = dir
		}
	}
	for _, h := range abi.Hooks() {
		if used[h.Name] == "" {
			t.Errorf("no example uses the hook %s", h.Name)
		}
	}
	for _, kind := range []string{kindGuardrail, "prompt", "rag", "route", "provider"} {
		if !kinds[kind] {
			t.Errorf("no example is of the kind %s", kind)
		}
	}
}

// TestTemplates makes, builds and tests a new plugin in every language.
func TestTemplates(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles plugins")
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("CARGO_NET_OFFLINE", "true")
	for _, lang := range Langs() {
		t.Run(lang.String(), func(t *testing.T) {
			toolchain(t, lang)
			dir, err := New("no-squid", lang, kindGuardrail, filepath.Join(t.TempDir(), "no-squid"))
			if err != nil {
				t.Fatal(err)
			}
			if lang == LangAssemblyScript { // found where it is used
				link(t, dir)
			}
			var out, log bytes.Buffer
			if err := Build(t.Context(), dir, "", &out, &log); err != nil {
				t.Fatalf("%v\n%s", err, &log)
			}
			if err := Test(t.Context(), &out, dir, false); err != nil || !strings.Contains(out.String(), "2 of 2 cases passed") {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

// TestReadmes builds the guard that the README of an SDK shows.
func TestReadmes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles plugins")
	}
	for lang, fence := range map[Lang]string{LangC: "c", LangZig: "zig", LangAssemblyScript: "ts", LangWAT: "wat"} {
		t.Run(lang.String(), func(t *testing.T) {
			toolchain(t, lang)
			_, code, found := strings.Cut(read(t, filepath.Join(root, "sdk", lang.String(), "README.md")), "```"+fence+"\n")
			code, _, closed := strings.Cut(code, "```")
			if !found || !closed {
				t.Fatal("the README shows no guard")
			}
			dir, err := New("brief", lang, kindGuardrail, filepath.Join(t.TempDir(), "brief"))
			if err != nil {
				t.Fatal(err)
			}
			if lang == LangAssemblyScript {
				link(t, dir)
			}
			for name, text := range map[string]string{
				langs[lang].markers[0]: code,
				manifestFile:           "id: guardrail.brief\nversion: 1.0.0\nstage: judge\nhooks: [prompt]\n",
				"cases/block.txtar": "-- request --\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + strings.Repeat("word ", 30_000) +
					"\"}]}\n-- want.upstream --\nblocked too_long: Please be brief.\n",
				"cases/redact.txtar": "-- request --\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"word\"}]}\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, log bytes.Buffer
			if err := Build(t.Context(), dir, "", &out, &log); err != nil {
				t.Fatalf("%v\n%s", err, &log)
			}
			if err := Test(t.Context(), &out, dir, false); err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

// link lets a plugin outside of the repository find what npm put into it.
func link(t *testing.T, dir string) {
	t.Helper()
	modules, err := filepath.Abs(filepath.Join(root, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); errors.Is(err, os.ErrNotExist) {
		return
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
}
