package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
)

// The cache folder is pruned to these bounds when it is opened and when it has
// grown well beyond the second: every compile looks at each entry.
const (
	maxCache   = 512 << 20 // bytes
	maxEntries = 256
)

// sumSuffix marks the file beside an entry that holds its SHA-256. The engine
// checks only a part of what it reads back, and runs it as machine code; so an
// entry without its right sum is deleted before the engine sees it.
const sumSuffix = ".sha256"

// codeCache is the compiled code of all runtimes of a host.
type codeCache struct {
	wazero.CompilationCache
	dir string // "" for memory only

	mu   sync.Mutex
	seen map[string]stamp // entries whose sum was right
}

// stamp tells whether a file is the one that was checked.
type stamp struct {
	size, mtime int64
}

func openCache(dir string) (*codeCache, error) {
	if dir == "" {
		return &codeCache{CompilationCache: wazero.NewCompilationCache()}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("wasm: cache folder: %w", err)
	}
	if err := checkOwner(dir); err != nil {
		return nil, err
	}
	c := &codeCache{dir: dir, seen: map[string]stamp{}}
	if err := c.prune(); err != nil {
		return nil, err
	}
	var err error
	if c.CompilationCache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
		return nil, fmt.Errorf("wasm: cache folder: %w", err)
	}
	return c, nil
}

func (c *codeCache) close() error { return c.Close(context.Background()) }

// compile compiles b in r, which uses c. An error may be the folder's fault.
func (c *codeCache) compile(ctx context.Context, r wazero.Runtime, b []byte) (wazero.CompiledModule, error) {
	if c.dir == "" {
		return r.CompileModule(ctx, b)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.verify(); err != nil {
		return nil, err
	}
	m, err := r.CompileModule(ctx, b)
	if err != nil {
		return nil, err
	}
	_ = c.each(c.seal) // an entry without its sum is deleted next time
	if len(c.seen) > maxEntries+maxEntries/4 {
		_ = c.prune() // the module is loaded, whatever the folder holds
	}
	return m, nil
}

// entry is a file of the cache folder that holds compiled code.
type entry struct {
	path string
	info fs.FileInfo
}

// each calls f with every entry.
func (c *codeCache) each(f func(e entry) error) error {
	return filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, sumSuffix) && !strings.HasSuffix(path, ".tmp") {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				err = f(entry{path, info})
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process pruned it
		}
		return err
	})
}

// verify deletes every entry whose sum is wrong or missing.
func (c *codeCache) verify() error {
	return c.each(func(e entry) error {
		s := stampOf(e)
		if c.seen[e.path] == s {
			return nil
		}
		want, err := os.ReadFile(e.path + sumSuffix)
		if err != nil || !e.info.Mode().IsRegular() {
			return c.drop(e)
		}
		got, err := sum(e.path)
		if err != nil {
			return err
		}
		if got != string(want) {
			return c.drop(e)
		}
		c.seen[e.path] = s
		return nil
	})
}

// seal writes the sum of a new entry.
func (c *codeCache) seal(e entry) error {
	if _, ok := c.seen[e.path]; ok {
		return nil
	}
	got, err := sum(e.path)
	if err != nil {
		return err
	}
	tmp := e.path + ".tmp"
	if err := os.WriteFile(tmp, []byte(got), 0o600); err != nil {
		return err
	}
	if err := os.Rename(tmp, e.path+sumSuffix); err != nil {
		return err
	}
	c.seen[e.path] = stampOf(e)
	return nil
}

func (c *codeCache) drop(e entry) error {
	delete(c.seen, e.path)
	_ = os.Remove(e.path + sumSuffix) // it may not exist
	if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("wasm: a corrupt entry of the cache folder cannot be deleted: %w", err)
	}
	return nil
}

// prune deletes the oldest entries until the folder is within its bounds.
func (c *codeCache) prune() error {
	var all []entry
	total := int64(0)
	if err := c.each(func(e entry) error {
		all = append(all, e)
		total += e.info.Size()
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b entry) int { return a.info.ModTime().Compare(b.info.ModTime()) })
	for i, e := range all {
		if total <= maxCache && len(all)-i <= maxEntries {
			break
		}
		total -= e.info.Size()
		if err := c.drop(e); err != nil {
			return err
		}
	}
	return nil
}

func stampOf(e entry) stamp { return stamp{e.info.Size(), e.info.ModTime().UnixNano()} }

// sum returns the SHA-256 of a file in hex.
func sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
