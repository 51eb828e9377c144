package safepoint

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// sample is a guest in testdata with an export run(n), and an n for which it
// works about a millisecond.
type sample struct {
	name string
	n    uint64
}

var samples = []sample{
	{"scan", 80},
	{"sum", 200},
	{"fib", 26},
	{"json", 400},
	{"sort", 6},
	{"matrix", 4},
	{"sha256", 30},
	{"words", 400},
	{"copy", 40},
	{"table", 20000},
	{"simd", 1000},
	{"sieve", 3},
	{"rust_parse", 100},
	{"go", 100},
}

// module returns the sample's bytes.
func (s *sample) module(t testing.TB) []byte {
	t.Helper()
	if s.name == "go" {
		return builtGo(t)
	}
	return guest(t, s.name)
}

// BenchmarkCost prints, per guest, the time of the plain module, and the
// ratios to it of the rewritten module and of the engine's own switch.
func BenchmarkCost(b *testing.B) {
	ctx := context.Background()
	var logSafe, logSwitch, worst float64
	for b.Loop() {
		logSafe, logSwitch, worst = 0, 0, 0
		for _, s := range samples {
			plain := s.module(b)
			res := mustRewrite(b, plain, Options{})
			h := newHost(b, compiler()).withWASI()
			c := newHost(b, compiler().WithCloseOnContextDone(true)).withWASI()
			cancel, stop := context.WithCancel(ctx)
			runs := []run{
				{h.start(plain).ExportedFunction("run"), ctx},
				{h.start(res.Module).ExportedFunction("run"), ctx},
				{c.start(plain).ExportedFunction("run"), cancel},
			}
			t := best(b, runs, s.n)
			stop()
			safe, sw := t[1]/t[0], t[2]/t[0]
			fmt.Printf("%-10s plain %8.1f µs  safepoint %5.2f×  CloseOnContextDone %6.2f×  size %+.0f%%\n",
				s.name, t[0]*1e6, safe, sw, 100*(float64(len(res.Module))/float64(len(plain))-1))
			logSafe += math.Log(safe)
			logSwitch += math.Log(sw)
			worst = max(worst, safe)
		}
	}
	n := float64(len(samples))
	b.ReportMetric(math.Exp(logSafe/n), "geomean")
	b.ReportMetric(worst, "worst")
	b.ReportMetric(math.Exp(logSwitch/n), "switch-geomean")
}

type run struct {
	f   api.Function
	ctx context.Context
}

// best times the functions in turns and returns the shortest time of each in
// seconds: what other work on the machine adds is left out.
func best(b *testing.B, runs []run, n uint64) []float64 {
	t := make([]float64, len(runs))
	for i := range t {
		t[i] = math.Inf(1)
	}
	var stack [1]uint64
	for round := range 41 {
		for i, r := range runs {
			stack[0] = n
			from := time.Now()
			if err := r.f.CallWithStack(r.ctx, stack[:]); err != nil {
				b.Fatal(err)
			}
			if d := time.Since(from).Seconds(); round > 0 {
				t[i] = min(t[i], d)
			}
		}
	}
	return t
}
