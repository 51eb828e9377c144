//go:build linux

package wasm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

// longEnv, set to anything, turns the tests on that measure time on the machine
// at hand. They fail beyond the figures that are promised, so the machine must
// have nothing else to do.
const longEnv = "SALLYPORT_LONG"

func needLong(t *testing.T) {
	t.Helper()
	if os.Getenv(longEnv) == "" {
		t.Skipf("set %s=1 to measure", longEnv)
	}
}

const (
	late      = 50 * time.Millisecond // after a limit a guest is stopped
	lateDeep  = 200 * time.Millisecond
	deepBytes = 64 << 20 // by which a deep recursion may grow the process
)

// pauses is the histogram of the collector's stops of the world.
func pauses() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	h := s[0].Value.Float64Histogram()
	return &metrics.Float64Histogram{Counts: slices.Clone(h.Counts), Buckets: h.Buckets}
}

// worstPause is an upper bound of the longest stop since the histogram was taken.
func worstPause(since *metrics.Float64Histogram) time.Duration {
	now := pauses()
	for i, n := range slices.Backward(now.Counts) {
		if n > since.Counts[i] {
			return time.Duration(now.Buckets[i+1] * float64(time.Second))
		}
	}
	return 0
}

// processStatus returns a field of the process's status in bytes.
func processStatus(t testing.TB, field string) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n"+field+":")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return kib << 10
}

// collecting runs f while the collector runs all the time, and returns how long
// f took and the longest stop of the world.
func collecting(f func()) (took, pause time.Duration) {
	before := pauses()
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	began := time.Now()
	f()
	took = time.Since(began)
	close(done)
	<-stopped
	return took, worstPause(before)
}

// TestStoppedInTime measures F30 to F34 with the default deadline: how late a
// guest is stopped, for how long it holds up the collector, and by how much it
// grows the process.
func TestStoppedInTime(t *testing.T) {
	needLong(t)
	for _, lang := range languages(t) {
		h, loaded := newTestHost(t, Options{Log: func(LogLine) {}}), map[string]*Module{}
		for _, harm := range harms {
			i := instance(t, lang.load(t, h, harm.deed, loaded), core.InstanceConfig{
				Name: harm.name, Limits: core.Limits{Steps: 1 << 50, Deadline: defaultDeadline},
			})
			runtime.GC()
			if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
				t.Fatal(err)
			}
			before := processStatus(t, "VmHWM")
			took, pause := collecting(func() {
				if err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "do:"+harm.deed)); err == nil {
					t.Errorf("%s/%s did not fail", lang.name, harm.name)
				}
			})
			grown := processStatus(t, "VmHWM") - before
			t.Logf("%-10s %-16s stopped after %8.2f ms, longest pause ≤ %6.3f ms, +%.1f MiB",
				lang.name, harm.name, ms(took), ms(pause), float64(grown)/(1<<20))
			limit := defaultDeadline + late
			if harm.deed == deedRecursion {
				limit = defaultDeadline + lateDeep
			}
			if took > limit || pause > late || grown > deepBytes {
				t.Errorf("%s/%s is beyond %v, pauses of %v or %d bytes", lang.name, harm.name, limit, late, deepBytes)
			}
			began := time.Now()
			handle(t, i, prompt(exchange("a", 2), "hello"))
			t.Logf("%-10s %-16s the next request took %.2f ms", lang.name, harm.name, ms(time.Since(began)))
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// TestStartStoppedInTime measures the same for sallyport_configure, which has
// startFactor times as long.
func TestStartStoppedInTime(t *testing.T) {
	needLong(t)
	for _, lang := range languages(t) {
		h, loaded := newTestHost(t, Options{Log: func(LogLine) {}}), map[string]*Module{}
		for _, deed := range []string{deedLoop, deedBomb} {
			i, err := lang.load(t, h, deed, loaded).NewInstance(core.InstanceConfig{
				Name: deed, Limits: core.Limits{Steps: 1 << 50, Deadline: defaultDeadline}, Config: map[string]any{"deed": "do:" + deed},
			})
			if err != nil {
				t.Fatal(err)
			}
			took, pause := collecting(func() {
				if err := i.Start(context.Background()); err == nil {
					t.Errorf("%s/%s did not fail", lang.name, deed)
				}
			})
			t.Logf("%-10s %s: stopped after %8.2f ms, longest pause ≤ %6.3f ms", lang.name, deed, ms(took), ms(pause))
			if took > startFactor*defaultDeadline+late || pause > late {
				t.Errorf("%s/%s is beyond the figures", lang.name, deed)
			}
			if err := i.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestTrapsCostLittle measures F29: what a guard that traps on each call costs.
func TestTrapsCostLittle(t *testing.T) {
	needLong(t)
	for _, lang := range languages(t) {
		h := newTestHost(t, Options{})
		i := instance(t, load(t, h, lang.module(t, deedTrap), lang.limits), core.InstanceConfig{})
		hook := i.Hook(core.PhasePrompt)
		var took []time.Duration
		for range 2000 {
			began := time.Now()
			if hook.Handle(prompt(exchange("a", 1), "do:"+deedTrap)) == nil {
				t.Fatal("it did not trap")
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%-10s p50 %.3f ms, p99 %.3f ms, worst %.3f ms; %d guests trapped, the breaker spared the rest", lang.name,
			ms(took[1000]), ms(took[1980]), ms(took[1999]), i.Stats().Failures[FailTrap])
		if p99 := took[1980]; p99 > 5*time.Millisecond {
			t.Errorf("%s: p99 %v", lang.name, p99)
		}
	}
}

// TestNothingLeaks: guests that are stopped over and over leave no mapped memory,
// no guests and no bytes of the budget. Goroutines are for TestMain.
func TestNothingLeaks(t *testing.T) {
	const rounds = 60
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			limits := core.Limits{Steps: 1 << 18, Deadline: patient.Deadline}
			if lang.name == "go" {
				limits.Steps = 1 << 24 // its start needs as many
			}
			h, loaded := newTestHost(t, Options{Log: func(LogLine) {}}), map[string]*Module{}
			before := 0
			for round := range rounds {
				for _, harm := range harms {
					i := instance(t, lang.load(t, h, harm.deed, loaded), core.InstanceConfig{Name: "bad", Limits: limits})
					if err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "do:"+harm.deed)); err == nil {
						t.Fatalf("%s did not fail", harm.name)
					}
					if err := i.Close(); err != nil {
						t.Error(err)
					}
					if s := i.Stats(); s.Guests != 0 || h.Memory() != 0 {
						t.Fatalf("%s: %d guests, %d bytes are left", harm.name, s.Guests, h.Memory())
					}
				}
				if round == rounds/2 {
					before = processStatus(t, "VmSize")
				}
			}
			// A guest takes 16 MiB of address space; half of the rounds would take 3 GiB.
			if grown := processStatus(t, "VmSize") - before; grown > 512<<20 {
				t.Errorf("%d MiB of address space are left", grown>>20)
			}
		})
	}
}

// TestLargestModules measures what a compile costs that the limits just allow,
// while the collector runs: it is done by one worker, off the path of requests.
// The pauses are the compiler's, which is Go code, and the machine's: they are
// printed, not judged.
func TestLargestModules(t *testing.T) {
	needLong(t)
	const ways = safepoint.MaxJumps
	plenty := func(n int, parts ...[]byte) []byte { return withFunctions(t, plain().bytes(), n, cat(parts...)) }
	some := bytes.Repeat(cat(i32c(1), drop), 20)
	mib := bytes.Repeat(cat(i32c(1), drop), 1<<20/3-10)
	empty := cat(i32c(1), []byte{0x04, 0x40, 0x0b}) // an if
	open, end := []byte{0x02, 0x40}, []byte{0x0b}
	again := cat(i32c(0), op(0x0d, 0), end)
	jump := cat(open, i32c(0), op(0x0e, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), end)
	for name, b := range map[string][]byte{
		"99k functions":    plenty(99_000, some),
		"1 MiB of code":    plenty(1, mib),
		"1 MiB of adds":    plenty(1, i32c(1), bytes.Repeat(cat(i32c(7), []byte{0x6a}), 1<<20/3-10), drop),
		"31 MiB of code":   plenty(31, mib),
		"calls":            plenty(10, bytes.Repeat(call(0), safepoint.MaxCalls-1)),
		"deep blocks":      plenty(1, bytes.Repeat(open, safepoint.MaxNesting-1), bytes.Repeat(end, safepoint.MaxNesting-1)),
		"ifs":              plenty(3, bytes.Repeat(empty, ways/2-1)),
		"small ifs":        plenty(900, bytes.Repeat(empty, 500)),
		"loops in loops":   plenty(20, bytes.Repeat([]byte{0x03, 0x40}, 250), bytes.Repeat(again, 250)),
		"tables":           plenty(3, bytes.Repeat(open, 20), bytes.Repeat(jump, ways/7-20), bytes.Repeat(end, 20)),
		"a table of jumps": plenty(3, open, i32c(0), op(0x0e, 2*ways-100), make([]byte, 2*ways-99), end),
	} {
		h := newTestHost(t, Options{})
		before := processStatus(t, "VmHWM")
		took, pause := collecting(func() {
			m, err := h.Load(t.Context(), b, ModuleOptions{Manifest: core.Manifest{ID: "x", Limits: patient}})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%-16s %5.1f MiB: %.2f s, longest pause ≤ %.3f ms, peak +%d MiB", name, float64(len(b))/(1<<20), took.Seconds(), ms(pause),
			(processStatus(t, "VmHWM")-before)>>20)
		if took > 20*time.Second {
			t.Errorf("%s takes too long", name)
		}
	}
}
