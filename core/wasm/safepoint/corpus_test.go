package safepoint

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// sample is a guest of the corpus, with an export run(n), and an n for which it
// works about a millisecond. The language is the name's first part, C without
// one; the sources stand beside the modules in testdata.
type sample struct {
	name string
	n    uint64
}

var samples = []sample{
	{"bigint", 60},
	{"copy", 40},
	{"fib", 26},
	{"float", 20},
	{"heap", 40},
	{"json", 400},
	{"lz", 2},
	{"match", 30},
	{"matrix", 4},
	{"scan", 80},
	{"sha256", 30},
	{"sieve", 3},
	{"simd", 1000},
	{"sort", 6},
	{"sum", 200},
	{"table", 20000},
	{"vtable", 2000},
	{"words", 400},
	{"rust_distance", 100},
	{"rust_floats", 1000},
	{"rust_luhn", 1000},
	{"rust_parse", 100},
	{"rust_sorts", 20},
	{"rust_traits", 20000},
	{"as_classes", 200},
	{"as_scan", 60},
	{"as_waves", 20},
	{"as_words", 100},
	{"zig_hash", 200},
	{"zig_lists", 50},
	{"zig_tokens", 1000},
	{"wat_bulk", 500},
	{"wat_calls", 2000},
	{"wat_jumps", 5000},
	{"wat_multi", 2000},
	{"wat_numbers", 20000},
	{"wat_tables", 20000},
	{"go", 100},
	{"go_json", 10},
}

// module returns the sample's bytes.
func (s *sample) module(t testing.TB) []byte {
	t.Helper()
	switch s.name {
	case "go":
		return built(t, goGuest)
	case "go_json":
		if testing.Short() {
			t.Skip("takes seconds to compile")
		}
		return built(t, goJSON)
	}
	return guest(t, s.name)
}

// isGo tells whether the guest has Go's runtime in it, which draws random numbers
// and so does not take the same steps, nor leave the same memory, each time.
func (s *sample) isGo() bool { return strings.HasPrefix(s.name, "go") }

// The guests in Go, each built once.
var (
	goGuest = sync.OnceValues(func() ([]byte, error) { return buildGo("goguest") })
	goJSON  = sync.OnceValues(func() ([]byte, error) { return buildGo("gojson") })
)

func buildGo(folder string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "safepoint")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "go.wasm")
	c := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s", "-o", out, ".")
	c.Dir = filepath.Join("testdata", folder)
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if msg, err := c.CombinedOutput(); err != nil {
		return nil, errors.New(string(msg))
	}
	return os.ReadFile(out)
}

func built(t testing.TB, build func() ([]byte, error)) []byte {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Skipf("no Go guest: %v", err)
	}
	return b
}

func builtGo(t testing.TB) []byte {
	t.Helper()
	return built(t, goGuest)
}

// TestCorpus: the corpus is as large as was promised, in every language, and
// nothing in testdata is left out of it.
func TestCorpus(t *testing.T) {
	languages, known := map[string]int{}, map[string]bool{"hostile": true, "rust_hostile": true}
	for _, s := range samples {
		lang, _, ok := strings.Cut(s.name, "_")
		if !ok && s.name != "go" {
			lang = "c"
		}
		languages[lang]++
		known[s.name] = true
	}
	if len(samples) < 30 || len(languages) < 6 {
		t.Errorf("%d guests in %v, want 30 in six languages", len(samples), languages)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".wasm"); !known[name] {
			t.Errorf("%s is in no test", f)
		}
	}
}
