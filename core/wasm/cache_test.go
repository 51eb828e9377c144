package wasm

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// entries returns the compiled code in a cache folder.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, sumSuffix) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// runs loads a module with a cache folder and calls it.
func runs(t *testing.T, dir string) {
	t.Helper()
	t.Run("run", func(t *testing.T) {
		handle(t, started(t, echoing(), Options{CacheDir: dir}, core.InstanceConfig{}), prompt(exchange("a", 1), "hello"))
	})
}

// TestCacheHeals: an entry that is cut, altered at any place, or not sealed is
// deleted and compiled anew.
func TestCacheHeals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	runs(t, dir)
	files := entries(t, dir)
	if len(files) != 1 {
		t.Fatalf("entries %v, want one", files)
	}
	file := files[0]
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("folder %v, %v", info, err)
	}
	damage := map[string][]byte{"empty": {}, "half": good[:len(good)/2], "longer": append(append([]byte{}, good...), 0)}
	for _, at := range []int{0, 6, 8, 15, 20, 30, 60, len(good) / 2, len(good) - 2} {
		b := append([]byte{}, good...)
		b[at] ^= 0x10
		damage["bit at "+string(rune('a'+at%26))+filepath.Base(file)[:1]+string(rune('0'+len(damage)))] = b
	}
	for name, b := range damage {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		runs(t, dir)
		healed, err := os.ReadFile(file)
		if err != nil || string(healed) != string(good) {
			t.Errorf("%s: the entry was not made anew (%v)", name, err)
		}
	}
	if err := os.Remove(file + sumSuffix); err != nil {
		t.Fatal(err)
	}
	runs(t, dir)
	if _, err := os.Stat(file + sumSuffix); err != nil {
		t.Errorf("an entry without a sum was not sealed again: %v", err)
	}
}

// TestCacheFolderGone: a folder that cannot be written any more is no reason to
// refuse a module.
func TestCacheFolderGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	h := newTestHost(t, Options{CacheDir: dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	handle(t, instance(t, load(t, h, echoing().bytes(), core.Limits{}), core.InstanceConfig{}), prompt(exchange("a", 1), "hello"))
}

// TestCacheIsUsed: a sealed entry is read, not written again.
func TestCacheIsUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	runs(t, dir)
	before, err := os.Stat(entries(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	runs(t, dir)
	after, err := os.Stat(entries(t, dir)[0])
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("the entry was written again: %v", err)
	}
}

func TestCacheFolderOfOthers(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []fs.FileMode{0o777, 0o755, 0o770, 0o701} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		h, err := NewHost(Options{CacheDir: dir})
		if err == nil {
			h.Close()
			t.Errorf("a folder with mode %o is trusted", mode)
		} else if !strings.Contains(err.Error(), "chmod 700") {
			t.Errorf("error %q does not say what to do", err)
		}
	}
}

// TestHostCloses: not while a module is loaded, and nothing loads afterwards.
func TestHostCloses(t *testing.T) {
	h, err := NewHost(Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, h, plain().bytes(), core.Limits{})
	if h.Close() == nil {
		t.Error("the host closed while a module is loaded")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	if m, err := h.Load(context.Background(), plain().bytes(), ModuleOptions{}); err == nil {
		m.Close()
		t.Error("a closed host loads")
	}
}

func TestInterpreter(t *testing.T) {
	handle(t, started(t, echoing(), Options{Interpreter: true}, core.InstanceConfig{}), prompt(exchange("a", 1), "hello"))
}

// TestCacheIsBounded: a host that loads a new version every second, for weeks,
// keeps neither its files nor its knowledge of them.
func TestCacheIsBounded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	h := newTestHost(t, Options{CacheDir: dir})
	for n := range maxEntries + maxEntries/2 {
		m := replying((&abi.Reply{Path: []byte("/" + strconv.Itoa(n))}).Append(nil))
		loaded, err := h.Load(t.Context(), m.bytes(), ModuleOptions{Manifest: core.Manifest{ID: "x.y"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := loaded.Close(); err != nil {
			t.Fatal(err)
		}
	}
	const most = maxEntries + maxEntries/4 + 1
	if n := len(entries(t, dir)); n > most || n < maxEntries/2 {
		t.Errorf("%d entries, want at most %d", n, most)
	}
	if n := len(h.cache.seen); n > most {
		t.Errorf("%d entries are remembered, want at most %d", n, most)
	}
}

// TestCacheIsBoundedInBytes: large entries count by their size, also while the host
// is in use.
func TestCacheIsBoundedInBytes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	h := newTestHost(t, Options{CacheDir: dir})
	for n := range 6 { // half as much again as it may hold
		path := filepath.Join(dir, strconv.Itoa(n))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, maxCache/4); err != nil { // takes no room on the disk
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		h.cache.seen[path] = known{stamp: stampOf(entry{path, info})}
	}
	load(t, h, plain().bytes(), core.Limits{})
	if n, size := h.cache.held(); size > maxCache || n < 3 {
		t.Errorf("%d entries of %d bytes, want at most %d", n, size, maxCache)
	}
}
