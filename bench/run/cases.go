//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/proc"
	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

const (
	saturating = 64   // connections of a saturated case
	crowd      = 1000 // streams that are open at once
	drainTime  = 30 * time.Second

	// answerText makes a whole answer of about 1 KiB.
	answerText = 640
)

// work is how one case is measured. measure loads a started target and fills
// row; it returns what the load saw.
type work struct {
	scenario string // of the mock
	streamed bool
	measure  func(ctx context.Context, h *harness, t *target, row *report.Row) (*load.Result, error)
	// repeat is how many targets are started for a row; the values are medians.
	repeat int
	// under is the program that runs the target, with its arguments.
	under []string
}

// works returns how each case of the report is measured.
func works(window time.Duration) map[string]work {
	whole := fmt.Sprintf("size=%d", answerText)
	saturated := func(body string) work {
		return work{scenario: whole, measure: steady(window, body, load.Plan{Connections: saturating}, warmUp(window))}
	}
	const ramp = 1200 * time.Millisecond // in which the crowd comes
	// Long enough to outlast ramp, window and a slow machine.
	chunks := int((ramp+window+1200*time.Millisecond)/(100*time.Millisecond)) + 5
	return map[string]work{
		"300B":   saturated(chatBody(300, false)),
		"4KiB":   saturated(chatBody(4<<10, false)),
		"100KiB": saturated(chatBody(100<<10, false)),
		"agent":  saturated(agentBody(100 << 10)),
		"rate":   {scenario: whole, measure: steady(window, chatBody(300, false), load.Plan{Connections: 32, Rate: 2000}, warmUp(window))},
		"stream": {
			scenario: "chunks=50,pace=20ms,stamp=1,size=1000", streamed: true,
			measure: steady(window, chatBody(300, true), load.Plan{Rate: 20, Stream: true}, 1200*time.Millisecond),
		},
		"events":              {scenario: fmt.Sprintf("chunks=%d,pace=100ms,stamp=1,size=%d", chunks, 20*chunks), streamed: true, measure: events(window)},
		report.TranslatedCase: saturated(chatBody(4<<10, false)),
		report.TranslatedEventsCase: {
			scenario: fmt.Sprintf("chunks=%d,pace=100ms,stamp=1,size=%d", chunks, 20*chunks), streamed: true, measure: events(window),
		},
		report.GuardedEventsCase: {
			scenario: fmt.Sprintf("chunks=%d,pace=100ms,stamp=1,size=%d", chunks, 20*chunks), streamed: true, measure: events(window),
		},
		// Some events are on their way when memory is measured.
		report.GuardedHeldCase: {scenario: "chunks=16,pace=300ms,size=320", streamed: true, measure: held},

		"held":  {scenario: "chunks=3,pace=1200ms", streamed: true, measure: held},
		"start": {scenario: whole, measure: idle, repeat: 3},

		report.DropCase: {scenario: whole + ",chunks=20,pace=50ms", measure: hotDrop},

		report.CountedCase: {scenario: whole}, // see countRow
	}
}

// warmUp is how long a load runs before its window opens.
func warmUp(window time.Duration) time.Duration {
	return max(300*time.Millisecond, window/4)
}

func answers(st *mock.Stats) int64  { return st.Finished }
func eventsOf(st *mock.Stats) int64 { return st.Events }

// steady measures a load that does not change.
func steady(length time.Duration, body string, plan load.Plan, warm time.Duration) func(context.Context, *harness, *target, *report.Row) (*load.Result, error) {
	return func(ctx context.Context, h *harness, t *target, row *report.Row) (*load.Result, error) {
		plan := plan
		plan.Addr, plan.Request = t.addr, render(t.addr, body)
		r, err := load.Start(plan)
		if err != nil {
			return nil, err
		}
		count := answers
		if plan.Stream {
			count = eventsOf
		}
		err = pause(ctx, warm)
		if err == nil {
			err = h.watch(ctx, t, r, length, row, count)
		}
		result := r.Drain(drainTime)
		latencies(row, result, &plan)
		return result, err
	}
}

// watch opens a window of a length on a running load.
func (h *harness) watch(ctx context.Context, t *target, r *load.Runner, length time.Duration, row *report.Row, count func(*mock.Stats) int64) error {
	w, err := h.openWindow(t)
	if err != nil {
		return err
	}
	r.Record(true)
	err = pause(ctx, length)
	r.Record(false)
	return errors.Join(err, w.close(row, count), w.memory(row))
}

// latencies enters what the load saw in the window.
func latencies(row *report.Row, seen *load.Result, plan *load.Plan) {
	set := func(h *load.Histogram, q float64, m report.Metric) {
		if h.Count() > 0 {
			row.Values[m] = micros(h.Quantile(q))
		}
	}
	if plan.Stream {
		set(&seen.First, 0.5, report.FirstP50)
		set(&seen.Delay, 0.5, report.DelayP50)
		set(&seen.Delay, 0.99, report.DelayP99)
		return
	}
	set(&seen.Latency, 0.5, report.P50)
	set(&seen.Latency, 0.99, report.P99)
	if plan.Rate > 0 {
		set(&seen.Intended, 0.5, report.IntendedP50)
		set(&seen.Intended, 0.99, report.IntendedP99)
	}
}

// events measures a crowd of streams while all of them are open.
func events(length time.Duration) func(context.Context, *harness, *target, *report.Row) (*load.Result, error) {
	return func(ctx context.Context, h *harness, t *target, row *report.Row) (*load.Result, error) {
		// They come one each millisecond, so that their events are spread evenly.
		plan := load.Plan{Addr: t.addr, Request: render(t.addr, chatBody(300, true)), Rate: crowd, Limit: crowd, Stream: true}
		r, err := load.Start(plan)
		if err != nil {
			return nil, err
		}
		_, err = h.mock.opened(crowd)
		if err == nil {
			err = errors.Join(pause(ctx, 200*time.Millisecond), h.watch(ctx, t, r, length, row, eventsOf), h.stillOpen())
		}
		delete(row.Values, report.Throughput) // the pace decides it
		result := r.Drain(drainTime)
		latencies(row, result, &plan)
		return result, err
	}
}

// stillOpen makes sure that no stream of a crowd has ended yet.
func (h *harness) stillOpen() error {
	st, err := h.mock.stats()
	if err == nil && st.InFlight != crowd {
		err = fmt.Errorf("%d of %d streams were open at the end of the window; the machine is too slow for this case", st.InFlight, crowd)
	}
	return err
}

// held measures the memory of open streams in a fresh process.
func held(ctx context.Context, h *harness, t *target, row *report.Row) (*load.Result, error) {
	w, err := h.openWindow(t)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, 300*time.Millisecond); err != nil {
		return nil, err
	}
	before, err := proc.MemoryOf(w.pids)
	if err != nil {
		return nil, err
	}
	r, err := load.Start(load.Plan{Addr: t.addr, Request: render(t.addr, chatBody(300, true)), Rate: 2 * crowd, Limit: crowd, Stream: true})
	if err != nil {
		return nil, err
	}
	_, err = h.mock.opened(crowd)
	if err == nil {
		err = errors.Join(pause(ctx, 500*time.Millisecond), w.memory(row), h.stillOpen(),
			w.close(row, func(st *mock.Stats) int64 { return st.StreamsOpened }))
	}
	row.Values[report.StreamKiB] = (row.Values[report.PSS] - mebi(before.PSS)) * 1024 / crowd
	for _, m := range []report.Metric{report.CPU, report.UserCPU, report.Throughput, report.Instructions} {
		delete(row.Values, m) // opening is not what is measured
	}
	return r.Drain(drainTime), err
}

// idle measures the start, and what the target holds half a second later.
func idle(ctx context.Context, _ *harness, t *target, row *report.Row) (*load.Result, error) {
	if err := pause(ctx, 500*time.Millisecond); err != nil {
		return nil, err
	}
	pids, err := proc.Tree(t.pid)
	if err != nil {
		return nil, err
	}
	m, err := proc.MemoryOf(pids)
	row.Values[report.Start] = float64(t.started) / float64(time.Millisecond)
	row.Values[report.IdleRSS], row.Values[report.IdlePSS] = mebi(m.RSS), mebi(m.PSS)
	return &load.Result{}, err
}
