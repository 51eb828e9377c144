package author

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Figures are what "plugin bench" measured.
type Figures struct {
	File          string  `json:"file"`
	CompileMillis float64 `json:"compile_ms"` // CPU: rewriting, compiling and a first start, without a cache
	StartMicros   float64 `json:"start_us"`   // CPU: a guest with its configuration
	MemoryBytes   int64   `json:"memory_bytes"`
	// ResetMicros is what it costs to take a guest back before it serves
	// another exchange. Replaced is the share of exchanges after which the guest
	// could not be taken back and another was made, 0 to 1.
	ResetMicros float64 `json:"reset_us"`
	Replaced    float64 `json:"replaced"`
	Hooks       []Row   `json:"hooks"`
}

// Row is one hook on one size of text.
type Row struct {
	Hook    string  `json:"hook"`
	Bytes   int     `json:"bytes"`
	CPU     float64 `json:"cpu_us"` // of one call, the best round's mean
	Steps   int64   `json:"steps"`
	Allocs  uint64  `json:"allocs"` // of the host, a call
	Verdict string  `json:"verdict"`
	MiBPerS float64 `json:"mib_per_s"`
}

// benchSizes are the sizes of text that are measured, in bytes.
var benchSizes = []int{300, 4 << 10, 100 << 10}

const (
	rounds    = 5
	roundTime = 40 * time.Millisecond
)

// Bench measures the hooks of a module with the given settings.
func Bench(ctx context.Context, m *Module, settings map[string]any) (f *Figures, err error) {
	runtime.LockOSThread() // whose CPU time is read
	defer runtime.UnlockOSThread()
	s, err := admit(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	f = &Figures{File: m.Name, CompileMillis: inMillis(s.compile)}
	began := cpuTime()
	i, err := s.startWith(ctx, settings, func(c *core.InstanceConfig) {
		patient(s)(c)
		c.Isolation = core.IsolateShared
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	f.StartMicros, f.MemoryBytes = inMicros(cpuTime()-began), s.host.Memory()
	man := s.module.Manifest()
	for _, p := range probed {
		for _, n := range benchSizes {
			if !man.Has(p) {
				continue
			}
			probe, err := newProbe(&man, i, p, n)
			if err != nil {
				return nil, err
			}
			row, err := measure(probe, func() uint64 { return i.Stats().Steps })
			if err != nil {
				return nil, fmt.Errorf("the %s hook on %d bytes: %w", p, n, err)
			}
			row.Hook, row.Bytes = p.String(), n
			row.MiBPerS = float64(n) / (1 << 20) / (row.CPU / 1e6)
			f.Hooks = append(f.Hooks, row)
		}
	}
	if len(f.Hooks) == 0 {
		return nil, fmt.Errorf("%s has neither a prompt nor an answer hook, which is what is measured", m.Name)
	}
	return f, f.reset(ctx, s, settings)
}

// measure runs a probe for some rounds.
func measure(p *probe, steps func() uint64) (Row, error) {
	n, err := p.steps(steps)
	if err != nil {
		return Row{}, err
	}
	r := Row{Steps: n, Verdict: p.said()}
	var before, after runtime.MemStats
	for range rounds {
		calls := uint64(0)
		runtime.ReadMemStats(&before)
		cpu, err := p.round(func() { calls++ })
		if err != nil {
			return Row{}, err
		}
		runtime.ReadMemStats(&after)
		if r.CPU == 0 || cpu < r.CPU {
			r.CPU, r.Allocs = cpu, (after.Mallocs-before.Mallocs)/calls // rounded down: others allocate as well
		}
	}
	return r, nil
}

// resetText is the size of the text after which guests are taken back.
const resetText = 4 << 10

// reset measures calls of which each belongs to another exchange, and takes off
// what a call costs by itself.
func (f *Figures) reset(ctx context.Context, s *sandbox, settings map[string]any) (err error) {
	i, err := s.startWith(ctx, settings, func(c *core.InstanceConfig) {
		patient(s)(c)
		c.Isolation, c.Limits.Guests = core.IsolateExchange, 1
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	man := s.module.Manifest()
	phase, _ := core.ParsePhase(f.Hooks[0].Hook)
	probe, err := newProbe(&man, i, phase, resetText)
	if err != nil {
		return err
	}
	exchanges := uint64(0)
	var best [2]float64 // of calls of one exchange, and of as many exchanges
	for round := range 2 * rounds {
		each, err := probe.round(func() {
			if round%2 == 1 {
				exchanges++
				probe.another(exchanges)
			}
		})
		if err != nil {
			return fmt.Errorf("the %s hook, guests taken back: %w", phase, err)
		}
		if b := &best[round%2]; *b == 0 || each < *b {
			*b = each
		}
	}
	f.ResetMicros = max(best[1]-best[0], 0)
	f.Replaced = min(float64(i.Stats().Replaced)/float64(exchanges), 1)
	return nil
}

// round calls the hook for [roundTime] and returns the CPU time of a call in µs.
func (r *probe) round(before func()) (float64, error) {
	began, calls := cpuTime(), 0
	for {
		for range 10 {
			before()
			if err := r.run(); err != nil {
				return 0, err
			}
		}
		calls += 10
		if took := cpuTime() - began; took >= roundTime {
			return inMicros(took) / float64(calls), nil
		}
	}
}

// Print writes the figures for people.
func (f *Figures) Print(w io.Writer) {
	fmt.Fprintf(w, "%s: %.0f ms of CPU to compile, %.0f µs to start a guest of %s\n", f.File, f.CompileMillis, f.StartMicros, size(f.MemoryBytes))
	fmt.Fprintf(w, "reset: %.1f µs of CPU before another exchange; %.0f %% of guests replaced instead\n\n", f.ResetMicros, 100*f.Replaced)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "hook\ttext\tCPU µs\tMiB/s\tsteps\tallocs\tverdict\t")
	for i := range f.Hooks {
		r := &f.Hooks[i]
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.0f\t%d\t%d\t%s\t\n", r.Hook, size(int64(r.Bytes)), r.CPU, r.MiBPerS, r.Steps, r.Allocs, r.Verdict)
	}
	_ = t.Flush() // as the writes before it
}
