package safepoint

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// outcome is all that can be seen of a run.
type outcome struct {
	result string
	state  string // memory and globals
	marks  uint64 // global 0: what the guest itself counted
	steps  int64  // of a rewritten module
	err    error
}

// play instantiates a generated module and calls its export run.
func play(t testing.TB, b []byte, res *Result, limit int64) outcome {
	t.Helper()
	ctx := context.Background()
	h := newHost(t, compiler())
	defer h.r.Close(ctx)
	h.k.limit = limit
	env(t, h)
	m := h.start(b)
	f := m.ExportedFunction("run")
	args := make([]uint64, len(f.Definition().ParamTypes()))
	for i, typ := range f.Definition().ParamTypes() {
		args[i] = uint64(i + 3)
		if typ == api.ValueTypeF64 {
			args[i] = api.EncodeF64(float64(i) + 0.5)
		}
	}
	out, err := f.Call(ctx, args...)
	o := outcome{result: fmt.Sprintf("%#x", out), err: err}
	if err != nil {
		o.result = failure(err)
	}
	mem, _ := m.Memory().Read(0, m.Memory().Size())
	im := m.(experimental.InternalModule)
	o.marks = im.Global(0).Get()
	o.state = fmt.Sprint(o.marks, im.Global(1).Get(), im.Global(2).Get(), m.Memory().Size(), hash(mem))
	if res != nil {
		o.steps = h.k.steps
		if err == nil {
			o.steps += int64(res.Steps(m.ExportedGlobal(CounterExport).Get()))
			if g := m.ExportedGlobal(CounterExport).Get(); uint32(g) != 0 {
				t.Errorf("the stack counter is %d after a call", uint32(g))
			}
		}
	}
	return o
}

// env adds what generated modules import.
func env(t testing.TB, h *host) {
	t.Helper()
	_, err := h.r.NewHostModuleBuilder("env").NewFunctionBuilder().
		WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) { s[0] = uint64(uint32(s[0])*2654435761 + 1) }),
			[]api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).
		Export("host").Instantiate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
}

// TestGenerated compares random programs before and after rewriting: result
// or trap, memory and globals. The steps must not depend on the interval, and
// cover what the guest itself counted.
func TestGenerated(t *testing.T) {
	count := 300
	if testing.Short() {
		count = 60
	}
	ended, trapped, long, marks := 0, 0, 0, uint64(0)
	for seed := range uint64(count) {
		b := generate(seed).bytes()
		fine, err := Rewrite(b, Options{Interval: 256})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		safe := play(t, fine.Module, &fine, 3_000_000)
		if errors.Is(safe.err, errSteps) {
			long++
			continue
		}
		plain := play(t, b, nil, 0)
		if safe.result != plain.result || safe.state != plain.state {
			t.Errorf("seed %d: plain %s %s, rewritten %s %s", seed, plain.result, plain.state, safe.result, safe.state)
		}
		if safe.err != nil {
			trapped++
			continue
		}
		ended++
		marks += safe.marks
		if safe.steps < 4*int64(safe.marks) {
			t.Errorf("seed %d: %d steps for at least %d instructions", seed, safe.steps, 4*safe.marks)
		}
		coarse := mustRewrite(t, b, Options{Interval: 1 << 20})
		if again := play(t, coarse.Module, &coarse, 0); again.steps != safe.steps {
			t.Errorf("seed %d: %d steps with one interval, %d with another", seed, safe.steps, again.steps)
		}
	}
	t.Logf("%d ended, %d trapped, %d too long; %d statements run", ended, trapped, long, marks)
	if ended < count/2 || trapped < count/100 {
		t.Errorf("the generator does not test enough: %d ended, %d trapped of %d", ended, trapped, count)
	}
}

// TestSamples compares the guests which compilers made: results, memory and
// globals of the plain module and of the rewritten one; and the steps of two runs.
func TestSamples(t *testing.T) {
	ctx := context.Background()
	for _, it := range samples {
		t.Run(it.name, func(t *testing.T) {
			b := it.module(t)
			res := mustRewrite(t, b, Options{Interval: 1000})
			h := newHost(t, compiler()).withWASI()
			plain, both := h.start(b), h.instances(res.Module, 2)
			safe := both[0]
			for n := uint64(1); n < 8; n++ {
				want, err := plain.ExportedFunction("run").Call(ctx, n)
				if err != nil {
					t.Fatal(err)
				}
				var steps [2]int64
				for i, m := range both {
					before := h.k.steps
					pending := res.Steps(m.ExportedGlobal(CounterExport).Get())
					got, err := m.ExportedFunction("run").Call(ctx, n)
					if err != nil {
						t.Fatal(err)
					}
					if got[0] != want[0] {
						t.Errorf("run(%d) = %d, plain %d", n, got[0], want[0])
					}
					steps[i] = h.k.steps - before + int64(res.Steps(m.ExportedGlobal(CounterExport).Get())) - int64(pending)
				}
				if p, s := stateOf(t, plain, 0), stateOf(t, safe, 1); p != s && !it.isGo() {
					t.Errorf("run(%d) left %s, plain %s", n, s, p)
				}
				if steps[0] != steps[1] && !it.isGo() {
					t.Errorf("run(%d): %d steps, then %d", n, steps[0], steps[1])
				}
				if steps[0] <= 0 {
					t.Errorf("run(%d): %d steps", n, steps[0])
				}
			}
			if g := safe.ExportedGlobal(CounterExport).Get(); uint32(g) != 0 {
				t.Errorf("stack counter %d at rest", uint32(g))
			}
		})
	}
}

// stateOf is a module's memory and globals, but for the last ones, which are the
// rewriter's.
func stateOf(t testing.TB, m api.Module, less int) string {
	t.Helper()
	im := m.(experimental.InternalModule)
	var globals []uint64
	for i := range im.NumGlobal() - less {
		globals = append(globals, im.Global(i).Get())
	}
	if m.Memory() == nil {
		return fmt.Sprint(globals)
	}
	b, _ := m.Memory().Read(0, m.Memory().Size())
	return fmt.Sprint(globals, len(b), hash(b))
}
