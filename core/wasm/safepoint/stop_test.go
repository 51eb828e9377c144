package safepoint

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
)

// hostileAsm is the assembled counterpart of testdata/hostile.c, with the
// shapes a compiler does not write.
func hostileAsm() []byte {
	m := &asmModule{memory: true, table: []uint32{0}}
	add := func(name string, body ...[]byte) {
		m.funcs = append(m.funcs, asmFunc{params: []byte{i32}, results: []byte{i32}, export: name, body: cat(body...)})
	}
	get := op(opLocalGet, 0)
	// Calls itself through the table; function 0 as the table says.
	add("indirect", get, i32c(0), op(opCallIndirect, 0, 0))
	add("loop", op(opLoop), []byte{blockEmpty}, op(opBr, 0), op(opEnd), op(opUnreachable))
	// A loop with a parameter which branches to itself by br_table only; its
	// type is that of function 0.
	add("table", get, op(opLoop, 0), op(opLocalGet, 0), op(opBrTable, 2, 0, 0, 0), op(opEnd))
	add("recurse", get, op(opCall, 3), get, op(0x6a))
	// 2^33 calls without a loop, as a tree of functions.
	add("b0", get, i32c(3), op(0x6a))
	for range 33 {
		leaf := uint32(len(m.funcs) - 1)
		add("", get, op(opCall, leaf), op(opCall, leaf))
	}
	m.funcs[len(m.funcs)-1].export = "bomb"
	// One instruction of unbounded time, again and again without a loop.
	add("copies", get, op(opDrop), i32c(0), i32c(0), i32c(65536), op(opMisc, miscMemoryFill, 0),
		i32c(0), i32c(1), i32c(65535), op(opMisc, miscMemoryCopy, 0, 0), get)
	for range 33 {
		last := uint32(len(m.funcs) - 1)
		add("", get, op(opCall, last), op(opCall, last))
	}
	m.funcs[len(m.funcs)-1].export = "fills"
	return m.bytes()
}

// stops calls an export and reports how it ended.
func stops(t testing.TB, b []byte, o Options, export string, limit int64, then func()) (*ticker, error) {
	t.Helper()
	h := newHost(t, compiler()).withWASI()
	h.k.limit, h.k.then = limit, then
	m := h.start(mustRewrite(t, b, o).Module)
	h.k.steps, h.k.ticks = 0, 0
	f := m.ExportedFunction(export)
	if f == nil {
		t.Fatalf("no export %q", export)
	}
	_, err := f.Call(context.Background(), 1)
	return h.k, err
}

// TestStops runs guests which would never end. All are stopped by counting
// steps, at the same step each time.
func TestStops(t *testing.T) {
	const limit = 5_000_000
	guests := []struct {
		lang    string
		module  func(testing.TB) []byte
		endless []string
		deep    []string
	}{
		{
			"assembled", func(testing.TB) []byte { return hostileAsm() },
			[]string{"loop", "table", "bomb", "fills"},
			[]string{"indirect", "recurse"},
		},
		{
			"c", func(t testing.TB) []byte { t.Helper(); return guest(t, "hostile") },
			[]string{"loop", "spin", "bomb", "fill", "grow"},
			[]string{"recurse", "mutual"},
		},
		{
			"rust", func(t testing.TB) []byte { t.Helper(); return guest(t, "rust_hostile") },
			[]string{"loop", "bomb"},
			[]string{"recurse"},
		},
		{"go", builtGo, []string{"loop", "bomb"}, nil},
	}
	for _, g := range guests {
		t.Run(g.lang, func(t *testing.T) {
			b := g.module(t)
			for _, export := range g.endless {
				k, err := stops(t, b, Options{}, export, limit, nil)
				if !errors.Is(err, errSteps) {
					t.Fatalf("%s: %v, want the step limit", export, err)
				}
				again, _ := stops(t, b, Options{}, export, limit, nil)
				if k.steps != again.steps || k.ticks != again.ticks {
					t.Errorf("%s: stopped at %d steps, then at %d", export, k.steps, again.steps)
				}
				if k.steps > 2*limit {
					t.Errorf("%s: stopped at %d steps, limit %d", export, k.steps, limit)
				}
			}
			for _, export := range g.deep {
				if _, err := stops(t, b, Options{}, export, 1<<40, nil); !errors.Is(err, errStack) {
					t.Errorf("%s: %v, want the stack limit", export, err)
				}
			}
		})
	}
}

// TestGoRecursion: Go keeps its stack in linear memory too; whichever limit
// comes first ends it.
func TestGoRecursion(t *testing.T) {
	if _, err := stops(t, builtGo(t), Options{}, "recurse", 1<<30, nil); err == nil {
		t.Error("endless recursion returned")
	}
}

// TestCollectorRuns shows that the host's garbage collector can stop the
// world while a guest loops: without safepoints runtime.GC never returned.
func TestCollectorRuns(t *testing.T) {
	for _, export := range []string{"loop", "bomb"} {
		entered, collected := make(chan struct{}), make(chan struct{})
		go func() {
			<-entered
			runtime.GC()
			close(collected)
		}()
		var once sync.Once
		_, err := stops(t, guest(t, "hostile"), Options{}, export, 0, func() {
			once.Do(func() { close(entered) })
			select {
			case <-collected:
				panic(errSteps)
			default:
			}
		})
		if !errors.Is(err, errSteps) {
			t.Fatalf("%s: %v", export, err)
		}
	}
}

// TestStackBound compares the engine's real stack with the estimate for
// frames of several shapes: the heap must not grow beyond three times the
// limit.
func TestStackBound(t *testing.T) {
	const limit = 8 << 20
	for _, b := range [][]byte{fatFrames(1), fatFrames(50), fatFrames(2000), fatLocals(1000)} {
		h := newHost(t, compiler())
		m := h.start(mustRewrite(t, b, Options{StackBytes: limit}).Module)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := m.ExportedFunction("f").Call(context.Background(), 1)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, errStack) {
			t.Fatalf("%v, want the stack limit", err)
		}
		used := after.TotalAlloc - before.TotalAlloc
		t.Logf("%.1f MiB allocated in all", float64(used)/(1<<20))
		if used > 5*limit {
			t.Errorf("%d bytes allocated for a stack limit of %d", used, limit)
		}
	}
}

// fatFrames recurses with n values on the operand stack.
func fatFrames(n int) []byte {
	var body []byte
	for i := range n {
		body = cat(body, op(opLocalGet, 0), i32c(int32(i)), op(0x6c)) // mul
	}
	body = cat(body, op(opLocalGet, 0), op(opCall, 0))
	for range n {
		body = append(body, 0x73) // xor
	}
	m := &asmModule{funcs: []asmFunc{{params: []byte{i32}, results: []byte{i32}, body: body, export: "f"}}}
	return m.bytes()
}

// fatLocals recurses with n locals which are read after the call.
func fatLocals(n int) []byte {
	f := asmFunc{params: []byte{i32}, results: []byte{i32}, export: "f"}
	for i := range n {
		f.locals = append(f.locals, i32)
		f.body = cat(f.body, op(opLocalGet, 0), i32c(int32(i)), op(0x6a), op(opLocalSet, uint32(i+1)))
	}
	f.body = cat(f.body, op(opLocalGet, 0), op(opCall, 0))
	for i := range n {
		f.body = cat(f.body, op(opLocalGet, uint32(i+1)), op(0x73))
	}
	return (&asmModule{funcs: []asmFunc{f}}).bytes()
}
