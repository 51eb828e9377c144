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
	"sync/atomic"

	"github.com/tetratelabs/wazero"
)

// The cache folder is pruned to these bounds when it is opened and when it has
// grown well beyond one of them: every compile looks at each entry.
const (
	maxCache   = 512 << 20 // bytes
	maxEntries = 256
)

// sumSuffix marks the file beside an entry that holds its SHA-256 and, after a blank,
// that of the module which was compiled when it came. The engine checks only a part of
// what it reads back, and runs it as machine code; so an entry without its right sum
// is deleted before the engine sees it. The module is only a hint, which saves a look
// for what is not there: the engine alone knows what an entry belongs to.
const sumSuffix = ".sha256"

// codeCache is the compiled code of all runtimes of a host.
type codeCache struct {
	wazero.CompilationCache
	dir string // "" for memory only
	// outside is [Options].Compile, nil for nobody.
	outside func(context.Context, *Job) error
	made    atomic.Uint64 // by outside

	mu   sync.Mutex
	seen map[string]known // entries whose sum was right
}

// known is what is known of an entry.
type known struct {
	stamp
	module string // the SHA-256, in hex, of what is said to be compiled in it
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
	c := &codeCache{dir: dir, seen: map[string]known{}}
	if err := c.prune(); err != nil {
		return nil, err
	}
	var err error
	if c.CompilationCache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
		return nil, fmt.Errorf("wasm: cache folder: %w", err)
	}
	return c, nil
}

// close waits until the folder is in order.
func (c *codeCache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Close(context.Background())
}

// ahead begins a job for a module that has still to be rewritten, if it is surely
// large enough; else it is nil. The caller ends it.
func (c *codeCache) ahead(ctx context.Context, code int) *job {
	if c.dir == "" || c.outside == nil || code < hugeCode {
		return nil
	}
	return c.begin(ctx)
}

// compile compiles b, whose functions have code bytes, in r, which uses c. Where j is
// not nil, it is the job that was begun for it. An error may be the folder's fault.
func (c *codeCache) compile(ctx context.Context, r wazero.Runtime, b []byte, code int, j *job) (wazero.CompiledModule, error) {
	if c.dir == "" {
		return r.CompileModule(ctx, b)
	}
	c.mu.Lock()
	kept := false
	defer func() {
		if !kept {
			c.mu.Unlock()
		}
	}()
	if j != nil {
		j.give(b) // reading it takes as long as what comes first here
	}
	if err := c.verify(); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(b)
	module := hex.EncodeToString(digest[:])
	if c.outside == nil || code < largeCode {
		m, err := r.CompileModule(ctx, b)
		if err == nil {
			c.tidy(module)
		}
		return m, err
	}
	m, err := c.compileLarge(ctx, r, b, module, j)
	if err == nil {
		kept = true
		go func() { // the sum of so much takes a while, and nobody waits for it but close
			defer c.mu.Unlock()
			c.tidy(module)
		}()
	}
	return m, err
}

// tidy seals what came when module was compiled, and keeps the folder within its
// bounds. c.mu is held.
func (c *codeCache) tidy(module string) {
	c.sealAll(module)
	if n, size := c.held(); n > maxEntries+maxEntries/4 || size > maxCache+maxCache/4 {
		_ = c.prune() // the module is loaded, whatever the folder holds
	}
}

// held returns how many entries the folder holds, and their bytes.
func (c *codeCache) held() (n int, size int64) {
	for _, s := range c.seen {
		size += s.size
	}
	return len(c.seen), size
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
		if c.seen[e.path].stamp == s {
			return nil
		}
		text, err := os.ReadFile(e.path + sumSuffix)
		if err != nil || !e.info.Mode().IsRegular() {
			return c.drop(e)
		}
		got, err := sum(e.path)
		if err != nil {
			return err
		}
		want, module, _ := strings.Cut(string(text), " ")
		if got != want {
			return c.drop(e)
		}
		c.seen[e.path] = known{s, module}
		return nil
	})
}

// holds tells whether an entry is said to be of a module.
func (c *codeCache) holds(module string) bool {
	for _, k := range c.seen {
		if k.module == module {
			return true
		}
	}
	return false
}

// sealAll seals what came when module was compiled. An entry without its sum is
// deleted next time.
func (c *codeCache) sealAll(module string) {
	_ = c.each(func(e entry) error { return c.seal(e, module) })
}

// seal writes the sum of a new entry, which came when module was compiled.
func (c *codeCache) seal(e entry, module string) error {
	if _, ok := c.seen[e.path]; ok {
		return nil
	}
	got, err := sum(e.path)
	if err != nil {
		return err
	}
	tmp := e.path + ".tmp"
	if err := os.WriteFile(tmp, []byte(got+" "+module), 0o600); err != nil {
		return err
	}
	if err := os.Rename(tmp, e.path+sumSuffix); err != nil {
		return err
	}
	c.seen[e.path] = known{stampOf(e), module}
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
