package safepoint

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// placements is how often a guest is compiled anew for BenchmarkCost. Where code,
// globals and stack come to lie, and who else uses the core, moves the ratio of a
// small guest by a third, so that one placement says little.
const placements = 7

// BenchmarkCost prints, per guest, the time of the plain module, and the
// ratios to it of the rewritten module and of the engine's own switch: of each
// the median over the placements, of each placement the shortest of many runs.
func BenchmarkCost(b *testing.B) {
	var logSafe, logSwitch, worst float64
	for b.Loop() {
		logSafe, logSwitch, worst = 0, 0, 0
		for _, s := range samples {
			plain := s.module(b)
			res := mustRewrite(b, plain, Options{})
			n := placements
			if s.isGo() {
				n = 1 // it takes a second to compile, and calls are not what it does most
			}
			var times, safes, switches []float64
			for range n {
				t := place(b, &s, plain, res.Module)
				times, safes, switches = append(times, t[0]), append(safes, t[1]/t[0]), append(switches, t[2]/t[0])
			}
			slices.Sort(safes)
			safe, sw := safes[n/2], median(switches)
			fmt.Printf("%-13s plain %8.1f µs  safepoint %5.2f× (%.2f to %.2f)  CloseOnContextDone %6.2f×  size %+.0f%%\n",
				s.name, median(times)*1e6, safe, safes[0], safes[n-1], sw, 100*(float64(len(res.Module))/float64(len(plain))-1))
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

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// place compiles a guest three times: plain, rewritten, and plain with the
// engine's own switch. It returns their times.
func place(b *testing.B, s *sample, plain, safe []byte) []float64 {
	b.Helper()
	ctx := context.Background()
	h := newHost(b, compiler()).withWASI()
	c := newHost(b, compiler().WithCloseOnContextDone(true)).withWASI()
	defer h.r.Close(ctx)
	defer c.r.Close(ctx)
	cancel, stop := context.WithCancel(ctx)
	defer stop()
	return best(b, []run{
		{h.start(plain).ExportedFunction("run"), ctx},
		{h.start(safe).ExportedFunction("run"), ctx},
		{c.start(plain).ExportedFunction("run"), cancel},
	}, s.n)
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
	for round := range 21 {
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
