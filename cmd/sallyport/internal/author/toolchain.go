package author

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Lang is a language that plugins are written in.
type Lang uint8

// The languages that have a template and are built.
const (
	LangGo Lang = iota
	LangRust
	LangC
	LangZig
	LangAssemblyScript
	LangWAT
)

// langs gives each language's name, the files that tell it, and how its sources
// end. A plugin in Go may be a package of a larger module.
var langs = [...]struct {
	name    string
	markers []string
	suffix  string
}{
	LangGo:   {"go", []string{"go.mod", "main.go"}, ".go"},
	LangRust: {"rust", []string{"Cargo.toml"}, ".rs"},

	LangC:              {"c", []string{"main.c"}, ".c"},
	LangZig:            {"zig", []string{"main.zig"}, ".zig"},
	LangAssemblyScript: {"assemblyscript", []string{"index.ts"}, ".ts"},
	LangWAT:            {"wat", []string{"main.wat"}, ".wat"},
}

// Langs returns every language.
func Langs() []Lang {
	out := make([]Lang, len(langs))
	for l := range langs {
		out[l] = Lang(l)
	}
	return out
}

// LangNames returns the names of all languages, as --lang takes them.
func LangNames() []string {
	out := make([]string, len(langs))
	for l := range langs {
		out[l] = langs[l].name
	}
	return out
}

// ParseLang reads the name of a language, such as "rust".
func ParseLang(name string) (Lang, error) {
	for l := range langs {
		if langs[l].name == name {
			return Lang(l), nil
		}
	}
	hint := ""
	if name == "js" || name == "javascript" {
		hint = ". A script needs none: it is one file in the plugin folder, and sdk/js/README.md has one to begin with"
	}
	return 0, fmt.Errorf("there is no template for the language %q; there are %s%s", name, strings.Join(LangNames(), ", "), hint)
}

// String returns the language's name as --lang takes it.
func (l Lang) String() string { return langs[l].name }

func (l Lang) suffix() string { return langs[l].suffix }

// langOf finds out in which language the plugin in dir is written.
func langOf(dir string) (Lang, error) {
	var found []Lang
	for l := range langs {
		if slices.ContainsFunc(langs[l].markers, func(name string) bool {
			_, err := os.Stat(filepath.Join(dir, name))
			return err == nil
		}) {
			found = append(found, Lang(l))
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		var markers []string
		for l := range langs {
			markers = append(markers, langs[l].markers...)
		}
		return 0, fmt.Errorf("%s has none of %s: name the folder of a plugin, or make one with \"sallyport plugin new\"", dir, strings.Join(markers, ", "))
	default:
		return 0, fmt.Errorf("%s has the files of a plugin in %s and of one in %s: keep one of them", dir, found[0], found[1])
	}
}

// compile runs the toolchain and returns the module that it made. What the
// toolchain says goes to log.
func compile(ctx context.Context, p *Project, log io.Writer) ([]byte, error) {
	switch p.Lang {
	case LangRust:
		return compileRust(ctx, p.Dir, log)
	case LangC:
		return compileC(ctx, p.Dir, log)
	case LangZig:
		return compileZig(ctx, p.Dir, log)
	case LangAssemblyScript:
		return compileAssemblyScript(ctx, p.Dir, log)
	case LangWAT:
		return compileWAT(ctx, p.Dir, log)
	case LangGo:
	}
	return compileGo(ctx, p.Dir, log)
}

// leastGo is the first Go that can export functions from a module.
const leastGo = 24

const installGo = "install Go 1.24 or newer and put it on the PATH (the golang-go of Debian 12 and Ubuntu 24.04 is older)"

func compileGo(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("there is no command go: " + installGo)
	}
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if v := strings.TrimSpace(string(version)); tooOld(v) {
		return nil, fmt.Errorf("%s cannot build plugins: %s", v, installGo)
	}
	tmp, err := os.MkdirTemp("", "sallyport-build-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	file := filepath.Join(tmp, "plugin.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, ".") //nolint:gosec // fixed words
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build failed in %s (%w); what it said is above", dir, err)
	}
	return os.ReadFile(file)
}

// tooOld tells whether a version like "go1.23.4" is below leastGo. What it does
// not understand, such as a development version, is new enough.
func tooOld(version string) bool {
	minor, ok := strings.CutPrefix(version, "go1.")
	if !ok {
		return false
	}
	minor, _, _ = strings.Cut(minor, ".")
	n, err := strconv.Atoi(minor)
	return err == nil && n < leastGo
}

// rustTarget is a module that imports nothing but what it names.
const rustTarget = "wasm32-unknown-unknown"

func compileRust(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	cargo, rustc, err := FindRust(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, cargo, "build", "--release", "--lib", "--target", rustTarget, "--message-format=json-render-diagnostics") //nolint:gosec // found on the PATH
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUSTC="+rustc)
	cmd.Stderr = log
	messages, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cargo build failed in %s (%w); what it said is above", dir, err)
	}
	file := builtModule(messages)
	if file == "" {
		return nil, fmt.Errorf("cargo made no module in %s: its Cargo.toml needs crate-type = [\"cdylib\"] in [lib]", dir)
	}
	return os.ReadFile(file)
}

// builtModule returns the last module among the artifacts that cargo names.
func builtModule(messages []byte) string {
	file := ""
	lines := bufio.NewScanner(bytes.NewReader(messages))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var m struct {
			Reason    string
			Filenames []string
		}
		if json.Unmarshal(lines.Bytes(), &m) != nil || m.Reason != "compiler-artifact" {
			continue
		}
		for _, name := range m.Filenames {
			if strings.HasSuffix(name, moduleSuffix) {
				file = name
			}
		}
	}
	return file
}

const installRust = `On Debian and Ubuntu:
  apt-get install rustc cargo libstd-rust-dev-wasm32 lld
with rustup:
  rustup target add ` + rustTarget

// FindRust returns the first compiler on the PATH, or that of the variable
// RUSTC, which has the library for modules, and the cargo that goes with it. The
// error says what to install.
func FindRust(ctx context.Context) (cargo, rustc string, err error) {
	var seen []string
	for _, c := range compilers() {
		out, err := exec.CommandContext(ctx, c, "--print", "target-libdir", "--target", rustTarget).Output() //nolint:gosec // found on the PATH
		if err == nil {
			if _, err = os.Stat(strings.TrimSpace(string(out))); err == nil {
				rustc = c
				break
			}
		}
		seen = append(seen, c)
	}
	switch {
	case rustc == "" && seen == nil:
		return "", "", errors.New("there is no Rust compiler. " + installRust)
	case rustc == "":
		return "", "", fmt.Errorf("%s cannot build for %s. %s", strings.Join(seen, " and "), rustTarget, installRust)
	}
	if cargo = filepath.Join(filepath.Dir(rustc), "cargo"); runnable(cargo) {
		return cargo, rustc, nil
	}
	if cargo, err = exec.LookPath("cargo"); err != nil {
		return "", "", errors.New("there is no cargo. " + installRust)
	}
	return cargo, rustc, nil
}

// compilers returns every rustc there is, the preferred one first.
func compilers() []string {
	if c := os.Getenv("RUSTC"); c != "" {
		return []string{c}
	}
	var out []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if c := filepath.Join(dir, "rustc"); filepath.IsAbs(c) && runnable(c) {
			out = append(out, c)
		}
	}
	return out
}

func runnable(file string) bool {
	info, err := os.Stat(file) //nolint:gosec // the PATH names it
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}
