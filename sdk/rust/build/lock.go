package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// lock is plugins/toolchain.lock: lines of "kind name = value".
type lock struct {
	tools   map[string]string // rustc, linker → what they say of themselves
	crates  map[string]string // crate → version
	modules map[string]string // file → SHA-256
}

func newLock() *lock {
	return &lock{tools: map[string]string{}, crates: map[string]string{}, modules: map[string]string{}}
}

// lock returns what a build with these tools makes, modules still to come. The
// bundled plugins use no crate but the SDK.
func (t *tools) lock() *lock {
	l := newLock()
	l.tools["rustc"], l.tools["linker"] = t.version, t.linkedBy
	return l
}

// readLock reads the file. One that does not exist is an empty lock.
func readLock(file string) (*lock, error) {
	l := newLock()
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		kind, name, ok2 := strings.Cut(key, " ")
		into := map[string]map[string]string{"tool": l.tools, "crate": l.crates, "module": l.modules}[kind]
		if !ok || !ok2 || into == nil {
			return nil, fmt.Errorf("%s:%d: %q is not \"tool|crate|module NAME = VALUE\"", file, n, line)
		}
		into[name] = value
	}
	return l, nil
}

// sameTools tells whether two locks were made with the same tools and crates.
func (l *lock) sameTools(o *lock) bool {
	return maps.Equal(l.tools, o.tools) && maps.Equal(l.crates, o.crates)
}

func (l *lock) write(file string) error {
	var out strings.Builder
	out.WriteString(`# What the committed modules were built with; "make plugins" compares. Debian 12 has
# these tools: apt install rustc libstd-rust-dev-wasm32 lld-14
# Crates are those of crates.io that a module contains.
`)
	for _, part := range []struct {
		kind   string
		values map[string]string
	}{{"tool", l.tools}, {"crate", l.crates}, {"module", l.modules}} {
		for _, name := range slices.Sorted(maps.Keys(part.values)) {
			fmt.Fprintf(&out, "%s %s = %s\n", part.kind, name, part.values[name])
		}
	}
	return os.WriteFile(file, []byte(out.String()), 0o644) //nolint:gosec // for everyone to read
}
