package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tools are the programs that a build runs.
type tools struct {
	rustc, linker     string // paths
	version, linkedBy string // what they say of themselves
}

const hint = "; on Debian 12: apt install rustc libstd-rust-dev-wasm32 lld-14"

// findTools looks for the compiler and linker, and prefers those of the lock
// where there are several.
func findTools(ctx context.Context, l *lock) (*tools, error) {
	t := &tools{}
	for _, c := range candidates("rustc") {
		v, err := says(ctx, c, "--version")
		if err != nil || !canTarget(ctx, c) {
			continue
		}
		if t.rustc == "" || v == l.tools["rustc"] {
			t.rustc, t.version = c, v
		}
	}
	if t.rustc == "" {
		return nil, errors.New("no rustc with a standard library for " + target + hint)
	}
	for _, c := range slices.Concat(candidates("wasm-ld-14"), candidates("wasm-ld"), candidates("rust-lld")) {
		v, err := says(ctx, c, "--version")
		if err != nil {
			continue
		}
		if t.linker == "" || v == l.tools["linker"] && t.linkedBy != v {
			t.linker, t.linkedBy = c, v
		}
	}
	if t.linker == "" {
		return nil, errors.New("no wasm-ld" + hint)
	}
	return t, nil
}

// candidates returns every program of a name on the path, in its order.
func candidates(name string) []string {
	var out []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) { //nolint:forbidigo // exec.LookPath knows only the first
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func says(ctx context.Context, program string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, program, args...).Output() //nolint:gosec // a tool that was looked up by name
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), err
}

// canTarget tells whether a compiler has a standard library for Wasm.
func canTarget(ctx context.Context, rustc string) bool {
	dir, err := says(ctx, rustc, "--target", target, "--print", "target-libdir")
	if err != nil {
		return false
	}
	libs, err := filepath.Glob(filepath.Join(dir, "libstd-*.rlib"))
	return err == nil && len(libs) > 0
}

// builder compiles into a folder.
type builder struct {
	tools *tools
	dir   string
}

// Every module is compiled in the same way: for speed, as a single unit, with
// the parts of WebAssembly 2.0 that make scanning cheap, and without anything
// that depends on the folder it is built in.
var flags = []string{
	"--edition", "2021", "--target", target, "-C", "opt-level=3", "-C", "panic=abort", "-C", "codegen-units=1",
	"-C", "target-feature=+simd128,+bulk-memory", "-C", "metadata=sallyport",
}

func (b *builder) rustc(ctx context.Context, args ...string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	all := slices.Concat(flags, []string{"--remap-path-prefix", wd + "=.", "--remap-path-prefix", b.dir + "=."}, args)
	cmd := exec.CommandContext(ctx, b.tools.rustc, all...) //nolint:gosec // as above
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", b.tools.rustc, strings.Join(all, " "), err, out)
	}
	return nil
}

// sdk compiles the crate that plugins are written with.
func (b *builder) sdk(ctx context.Context) error {
	return b.rustc(ctx, "--crate-type", "rlib", "--crate-name", "sallyport", "-C", "embed-bitcode=yes",
		"-o", filepath.Join(b.dir, "libsallyport.rlib"), sdk)
}

// plugin compiles the plugin of a folder and returns its module with its
// manifest.
func (b *builder) plugin(ctx context.Context, folder string) ([]byte, error) {
	name := filepath.Base(folder)
	out := filepath.Join(b.dir, name+".out")
	err := b.rustc(ctx, "--crate-type", "cdylib", "--crate-name", name, "-C", "lto=fat", "-C", "linker="+b.tools.linker,
		"-C", "link-arg=--strip-all", "-C", "link-arg=-zstack-size=65536",
		"--extern", "sallyport="+filepath.Join(b.dir, "libsallyport.rlib"), "-o", out, folder+"/src/lib.rs")
	if err != nil {
		return nil, err
	}
	module, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	manifest, err := os.ReadFile(folder + "/manifest.yaml")
	if err != nil {
		return nil, err
	}
	return withManifest(module, manifest), nil
}

// withManifest appends the custom section that carries the manifest. A fresh
// module has none yet.
func withManifest(module, text []byte) []byte {
	const name = "sallyport.manifest"
	body := append(appendLEB(nil, len(name)), name...)
	body = append(body, text...)
	module = append(module, 0)
	return append(appendLEB(module, len(body)), body...)
}

// appendLEB appends a length as WebAssembly writes it (LEB128).
func appendLEB(b []byte, n int) []byte {
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}
