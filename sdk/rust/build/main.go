// Command build makes the bundled Wasm plugins from their Rust sources:
//
//	go run ./sdk/rust/build           # rebuild, and compare with what is committed
//	go run ./sdk/rust/build -update   # rebuild, and replace what is committed
//	go run ./sdk/rust/build -update plugins/provider/anthropic   # only this one
//
// Run it at the root of the repository. It needs the compiler and the linker of
// plugins/toolchain.lock; on Debian 12:
//
//	apt install rustc libstd-rust-dev-wasm32 lld-14
//
// With exactly the versions of the lock the bytes must come out as committed. With
// others they may differ; then the golden cases decide, and the program says so.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
)

func main() {
	update := flag.Bool("update", false, "replace the committed modules and the lock")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *update, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

const (
	lockFile = "plugins/toolchain.lock"
	sdk      = "sdk/rust/src/lib.rs"
	target   = "wasm32-unknown-unknown"
)

// run builds the plugins of these folders; none means all.
func run(ctx context.Context, update bool, folders []string) error {
	was, err := readLock(lockFile)
	if err != nil {
		return err
	}
	tools, err := findTools(ctx, was)
	if err != nil {
		return err
	}
	manifests, err := filepath.Glob("plugins/*/*/Cargo.toml")
	if err != nil || len(manifests) == 0 {
		return errors.Join(err, errors.New("no plugins/KIND/NAME/Cargo.toml: run this at the root of the repository"))
	}
	dir, err := os.MkdirTemp("", "sallyport-plugins-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &builder{tools: tools, dir: dir}
	if err := b.sdk(ctx); err != nil {
		return err
	}
	now := tools.lock()
	if len(folders) > 0 {
		maps.Copy(now.modules, was.modules)
	}
	different := map[string]string{} // committed module → rebuilt one
	for _, m := range manifests {
		folder := filepath.ToSlash(filepath.Dir(m))
		if len(folders) > 0 && !slices.Contains(folders, folder) {
			continue
		}
		module, err := b.plugin(ctx, folder)
		if err != nil {
			return err
		}
		name := folder + "/" + filepath.Base(folder) + ".wasm"
		now.modules[name] = fmt.Sprintf("%x", sha256.Sum256(module))
		same, err := b.compare(name, module, update, different)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stdout, "%s: %d bytes, %s\n", name, len(module), map[bool]string{true: "as committed", false: "not as committed"}[same])
	}
	switch {
	case update:
		return now.write(lockFile)
	case len(different) == 0:
		return nil
	case was.sameTools(now):
		return errors.New("the toolchain is that of the lock, and yet the modules differ: run it with -update if the sources changed")
	}
	fmt.Fprintf(os.Stdout, "The toolchain is not that of the lock (%s there, %s here), so other bytes are expected.\nRunning the golden cases on the rebuilt modules:\n",
		was.tools["rustc"], now.tools["rustc"])
	return goldens(ctx, dir, different)
}

// compare tells whether module is what is committed as name. What is not goes
// there on update, else beside the other rebuilt ones.
func (b *builder) compare(name string, module []byte, update bool, different map[string]string) (bool, error) {
	committed, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if bytes.Equal(committed, module) {
		return true, nil
	}
	to := name
	if !update {
		to = filepath.Join(b.dir, filepath.Base(name))
		different[name] = to
	}
	return false, os.WriteFile(to, module, 0o644) //nolint:gosec // a module is for everyone to read
}

// goldens runs the tests of the bundled plugins with rebuilt modules in place of
// the committed ones.
func goldens(ctx context.Context, dir string, different map[string]string) error {
	for name, rebuilt := range different {
		committed, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		module, err := os.ReadFile(rebuilt)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, module, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
		defer func() {
			if err := os.WriteFile(name, committed, 0o644); err != nil { //nolint:gosec // as above
				fmt.Fprintln(os.Stderr, "build:", err)
			}
		}()
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "Golden", "-v", "./plugins", "./cmd/sallyport/internal/author")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the rebuilt modules fail golden cases: %w", err)
	}
	fmt.Fprintln(os.Stdout, "All golden cases pass on the rebuilt modules.")
	return nil
}
