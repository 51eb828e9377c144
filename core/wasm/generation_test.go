//go:build linux

package wasm

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// rss returns the process's resident memory in bytes, Go's garbage given back.
func rss(t *testing.T) int {
	t.Helper()
	for range 3 { // finalizers free compiled code
		runtime.GC()
	}
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// generation returns a module of some 100 KB, different for each n.
func generation(n int) []byte {
	m := plain()
	m.data = []asmData{{30_000, []byte(strconv.Itoa(n))}}
	one := cat(get(0), i32c(77), []byte{0x6a}, get(1), []byte{0x73}, set(0))
	var body []byte
	for range 40 {
		body = append(body, one...)
	}
	for range 220 {
		m.funcs = append(m.funcs, asmFunc{params: []byte{i32, i32}, results: []byte{i32}, body: cat(body, get(0), i32c(int32(n)), []byte{0x6a})})
	}
	return m.bytes()
}

// TestGenerations: 300 generations of a module, one after the other, each called
// and closed while the next is live, leave no memory behind.
func TestGenerations(t *testing.T) {
	total, warm := 300, 60
	if testing.Short() || raceEnabled {
		total, warm = 60, 20
	}
	h := newTestHost(t, Options{})
	size := len(generation(0))
	var last func()
	start := 0
	for n := range total {
		m, err := h.Load(t.Context(), generation(n), ModuleOptions{})
		if err != nil {
			t.Fatal(err)
		}
		i, err := m.NewInstance(core.InstanceConfig{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		handle(t, i, prompt(exchange("a", 1), "x"))
		if last != nil {
			last()
		}
		last = func() {
			if err := i.Close(); err != nil {
				t.Error(err)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		if n == warm {
			start = rss(t)
		}
	}
	last()
	end := rss(t)
	t.Logf("%d generations of %d KB: RSS %d KiB after %d, %d KiB at the end", total, size>>10, start>>10, warm, end>>10)
	if end > start+8<<20 {
		t.Errorf("RSS grew from %d to %d KiB", start>>10, end>>10)
	}
}
