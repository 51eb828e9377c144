//go:build linux

package main

import (
	"crypto/sha256"
	"path/filepath"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// TestGuards: every version is a plugin of the right size, and another one.
func TestGuards(t *testing.T) {
	const size = 200 << 10
	h := moduleHost(t)
	g, err := newGuard(size)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]bool{}
	for n := 1; n <= 2; n++ {
		code, err := g.version(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(code) > size || len(code) < size-16<<10 {
			t.Errorf("%d bytes, want at most %d and little less", len(code), size)
		}
		loadModule(t, h, code)
		seen[sha256.Sum256(code)] = true
	}
	if len(seen) != 2 {
		t.Error("two versions are the same file")
	}
}

func TestBadModulesDoNotGrow(t *testing.T) {
	for name, module := range map[string]string{
		"empty":        "",
		"no functions": "\x00asm\x01\x00\x00\x00",
		"cut":          "\x00asm\x01\x00\x00\x00\x03\x7f",
		"no code":      "\x00asm\x01\x00\x00\x00\x03\x02\x01\x00",
		"long body":    "\x00asm\x01\x00\x00\x00\x03\x02\x01\x00\x0a\x02\x01\x7f",
	} {
		if _, err := grown([]byte(module), 1000); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkLoad compiles the modules that are dropped, with nothing beside it.
func BenchmarkLoad(b *testing.B) {
	for name, size := range map[string]int{"1MiB": smallModule, "10MiB": largeModule} {
		b.Run(name, func(b *testing.B) {
			h := moduleHost(b)
			g, err := newGuard(size)
			if err != nil {
				b.Fatal(err)
			}
			for n := 0; b.Loop(); n++ {
				code, err := g.version(n)
				if err != nil {
					b.Fatal(err)
				}
				loadModule(b, h, code)
			}
		})
	}
}

func moduleHost(t testing.TB) *wasm.Host {
	t.Helper()
	h, err := wasm.NewHost(wasm.Options{CacheDir: filepath.Join(t.TempDir(), "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// loadModule loads a module as the gateway does, and closes it.
func loadModule(t testing.TB, h *wasm.Host, code []byte) {
	t.Helper()
	text, err := wasm.ManifestText(code)
	if err != nil {
		t.Fatal(err)
	}
	manifest, problems := config.ParseManifest("hotdrop.wasm", text)
	if config.Failed(problems) {
		t.Fatal(problems)
	}
	m, err := h.Load(t.Context(), code, wasm.ModuleOptions{Manifest: manifest})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestGoGuard: the guard that Go's toolchain builds is about 10 MiB and a plugin that
// can be loaded.
func TestGoGuard(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a large guest with Go's toolchain and compiles it")
	}
	g, err := newGoGuard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	code, err := g.version(7)
	if err != nil {
		t.Fatal(err)
	}
	if len(code) > largeModule || len(code) < largeModule*8/10 {
		t.Errorf("%d bytes, want at most %d and little less: change what is linked into it", len(code), largeModule)
	}
	loadModule(t, moduleHost(t), code)
}
