//go:build linux

package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/bench/report"
)

// moduleRoot returns the folder of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	file := strings.TrimSpace(string(out))
	if err != nil || file == "" || file == os.DevNull {
		return "", errors.Join(errors.New("run this inside the repository: no go.mod found"), err)
	}
	return filepath.Dir(file), nil
}

// isGateway tells whether a target is the gateway itself.
func isGateway(target string) bool {
	switch target {
	case report.Sallyport, report.Translated, report.GuardedPII, report.GuardedWords:
		return true
	}
	return false
}

// build builds what the run needs into a folder of its own, as releases are
// built, and returns the folder.
func build(ctx context.Context, root string, targets []string) (string, error) {
	bin := filepath.Join(root, ".build", "bench")
	packages := []string{"./cmd/mockprovider"}
	if slices.Contains(targets, report.Bare) || slices.Contains(targets, report.BareBody) {
		packages = append(packages, "./bench/bareproxy")
	}
	if slices.ContainsFunc(targets, isGateway) {
		packages = append(packages, "./cmd/sallyport")
	}
	version := "dev"
	if out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--tags", "--always", "--dirty").Output(); err == nil { //nolint:gosec // our own folder
		version = strings.TrimSpace(string(out))
	}
	args := append([]string{"build", "-trimpath", "-ldflags", "-s -w -X main.version=" + version, "-o", bin + string(filepath.Separator)}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // arguments are our own
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
}

// versions says what each target is.
func (h *harness) versions(ctx context.Context) map[string]string {
	v := map[string]string{}
	for _, name := range h.options.targets {
		switch name {
		case report.Bare, report.BareBody:
			v[name] = "fasthttp " + moduleVersion(filepath.Join(h.bin, "bareproxy"), "github.com/valyala/fasthttp")
		case report.Nginx:
			v[name] = firstLine(ctx, h.nginx, "-v")
		case report.Sallyport, report.Translated, report.GuardedPII, report.GuardedWords:
			v[name] = firstLine(ctx, filepath.Join(h.bin, "sallyport"), "--version")
		}
	}
	return v
}

func moduleVersion(file, module string) string {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return "of unknown version"
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	return "of unknown version"
}

func firstLine(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // our own programs and nginx
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || line == "" {
		return "of unknown version"
	}
	return line
}

// findNginx returns the path of nginx, "" where there is none.
func findNginx() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
