//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// goGuardSource is where the guard from Go stands, and goGuardModule what makes a
// module of it.
const (
	goGuardSource = "bench/run/testdata/goguard/main.go"
	goGuardModule = `module goguard

go 1.24

require github.com/sallyport-gateway/sallyport/sdk/go v0.0.0

replace github.com/sallyport-gateway/sallyport/sdk/go => %q
`
)

// newGoGuard builds a guard with Go's toolchain, as its SDK says: a real program of
// about 10 MiB, none of whose functions is there twice.
func newGoGuard(ctx context.Context) (g guard, err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return guard{}, err
	}
	dir, err := os.MkdirTemp("", "sallyport-bench-guard-")
	if err != nil {
		return guard{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(goGuardSource)))
	if err != nil {
		return guard{}, err
	}
	module := fmt.Appendf(nil, goGuardModule, filepath.Join(root, "sdk", "go"))
	out := filepath.Join(dir, "guard.wasm")
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "main.go"), source, 0o600), //nolint:gosec // our own folder
		os.WriteFile(filepath.Join(dir, "go.mod"), module, 0o600)); err != nil {
		return guard{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".") //nolint:gosec // arguments are our own
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return guard{}, fmt.Errorf("go build of the guard: %w\n%s", err, said)
	}
	// Go's runtime needs more memory, and longer to start than to judge.
	b, err := os.ReadFile(out)
	return guard{b, "memory: 64MiB, deadline: 10s"}, err
}
