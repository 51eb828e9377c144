package wasm

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCompiledGuests: guests from compilers that do harm are stopped like those
// that were assembled.
func TestCompiledGuests(t *testing.T) {
	for _, name := range []string{"c", "rust"} {
		wasm, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		h := newTestHost(t, Options{})
		m := load(t, h, wasm, Limits{Steps: 1 << 24, Deadline: time.Minute})
		for what, want := range map[string]Failure{
			"l": FailSteps, "b": FailSteps, "t": FailTrap, "m": FailTrap, "p": FailReply, "e": FailReply, "h": FailReply,
			"r": FailStack,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				i := instance(t, m, InstanceConfig{Name: what})
				hook := i.Hook(core.PhasePrompt)
				for n := range byte(2) {
					if err := hook.Handle(prompt(exchange("a", n), what)); failureOf(err) != want {
						t.Fatalf("error %v, want failure %q", err, want)
					}
					if err := hook.Handle(prompt(exchange("a", n), "x")); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// TestStoppedInTime measures how long after its deadline a guest is stopped, and
// for how long it holds the collector up. It prints, and fails only beyond any
// doubt: other work on the machine is not this package's.
func TestStoppedInTime(t *testing.T) {
	for _, name := range []string{"c", "rust"} {
		wasm, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		m := load(t, newTestHost(t, Options{}), wasm, Limits{})
		for _, what := range []string{"l", "b"} {
			i := instance(t, m, InstanceConfig{Name: what, Limits: Limits{Steps: 1 << 50, Deadline: 100 * time.Millisecond}})
			done := make(chan time.Duration)
			go func() {
				began := time.Now()
				err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), what))
				if failureOf(err) != FailDeadline {
					t.Errorf("error %v, want the deadline", err)
				}
				done <- time.Since(began)
			}()
			longest := time.Duration(0)
			for took := time.Duration(0); took == 0; {
				began := time.Now()
				runtime.GC()
				longest = max(longest, time.Since(began))
				select {
				case took = <-done:
					t.Logf("%s/%s: stopped after %v of 100ms, longest collection %v, longest pause ever ≤ %v", name, what, took, longest, worstPause())
					if took > 2*time.Second {
						t.Error("that is beyond any doubt")
					}
				default:
				}
			}
		}
	}
}

// worstPause is the upper bound of the longest stop of the world so far.
func worstPause() time.Duration {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	h := s[0].Value.Float64Histogram()
	for i, v := range slices.Backward(h.Counts) {
		if v > 0 {
			return time.Duration(h.Buckets[i+1] * float64(time.Second))
		}
	}
	return 0
}
