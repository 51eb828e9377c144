//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/report"
)

// The load beside which files are dropped, and what is dropped.
const (
	dropRate    = 500 // requests per second
	dropStreams = 50  // open at any time
	smallDrops  = 20
	largeDrops  = 5

	smallModule = 1 << 20 // bytes
	largeModule = 10 << 20
)

const (
	probeEvery = 10 * time.Millisecond
	liveLimit  = time.Minute
)

// hotDrop measures how long it takes from the end of a cp into the plugin folder to
// the first answer of the new version, beside a load that must not notice.
func hotDrop(ctx context.Context, h *harness, t *target, row *report.Row) (seen *load.Result, err error) {
	d := &dropper{addr: t.addr, file: filepath.Join(t.plugins, "hotdrop.wasm")}
	small, err1 := newGuard(smallModule)
	large, err2 := newGuard(largeModule)
	built, err3 := newGoGuard(ctx)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if _, err := d.drop(ctx, small); err != nil { // the first one is not a swap
		return nil, err
	}
	plan := load.Plan{Addr: t.addr, Request: render(t.addr, chatBody(300, false)), Connections: 32, Rate: dropRate}
	whole, err := load.Start(plan)
	if err != nil {
		return nil, err
	}
	streams, err := load.Start(load.Plan{Addr: t.addr, Request: render(t.addr, chatBody(300, true)), Connections: dropStreams, Stream: true})
	if err == nil {
		_, err = h.mock.opened(dropStreams)
	}
	if err == nil {
		err = h.watchDrops(ctx, t, d, whole, row, small, large, built)
	}
	seen = whole.Drain(drainTime)
	latencies(row, seen, &plan)
	if streams != nil {
		s := streams.Drain(drainTime)
		seen.Sent, seen.Done, seen.Failed = seen.Sent+s.Sent, seen.Done+s.Done, seen.Failed+s.Failed
		if seen.Error == "" {
			seen.Error = s.Error
		}
	}
	seen.Sent, seen.Done, seen.Failed = seen.Sent+d.passed, seen.Done+d.passed, seen.Failed+d.failed
	if seen.Error == "" {
		seen.Error = d.wrong
	}
	row.Values[report.LiveFailed] = float64(seen.Failed)
	return seen, err
}

// watchDrops drops all versions in one window.
func (h *harness) watchDrops(ctx context.Context, t *target, d *dropper, r *load.Runner, row *report.Row, small, large, built guard) error {
	w, err := h.openWindow(t)
	if err != nil {
		return err
	}
	r.Record(true)
	err = errors.Join(
		d.drops(ctx, small, smallDrops, row, report.LiveSmallP50, report.LiveSmallMax),
		d.drops(ctx, large, largeDrops, row, report.LiveLargeP50, report.LiveLargeMax),
		d.drops(ctx, built, largeDrops, row, report.LiveGoP50, report.LiveGoMax))
	r.Record(false)
	return errors.Join(err, w.close(row, answers), w.memory(row))
}

// dropper drops versions of one guard and asks which of them serves.
type dropper struct {
	addr, file string
	version    int // that was dropped last
	live       int // that serves, 0 before any does
	passed     int64
	failed     int64
	wrong      string // the first failure
}

// drops puts n versions of a guard there, one after the other, and enters how long it
// took until each was live.
func (d *dropper) drops(ctx context.Context, g guard, n int, row *report.Row, p50, most report.Metric) error {
	took := make([]float64, n)
	for i := range took {
		t, err := d.drop(ctx, g)
		if err != nil {
			return err
		}
		took[i] = float64(t) / float64(time.Millisecond)
	}
	s := report.Of(took)
	row.Values[p50], row.Values[most] = s.Median, s.Max
	return nil
}

// drop copies the next version of g over the file, as cp does, and returns how long
// it took from then on until an answer was of that version.
func (d *dropper) drop(ctx context.Context, g guard) (time.Duration, error) {
	module, err := g.version(d.version + 1)
	if err != nil {
		return 0, err
	}
	d.version++
	if err := os.WriteFile(d.file, module, 0o600); err != nil {
		return 0, err
	}
	began := time.Now()
	for d.live < d.version {
		if time.Since(began) > liveLimit {
			return 0, fmt.Errorf("version %d, of %d bytes, is not live after %s; the last failure: %s", d.version, len(module), liveLimit, d.wrong)
		}
		if err := pause(ctx, probeEvery); err != nil {
			return 0, err
		}
		d.probe()
	}
	return time.Since(began), nil
}

// probe asks which version serves. Anything but an answer of one that may serve is
// a failure.
func (d *dropper) probe() {
	body := `{"messages":[{"role":"user","content":"` + trigger + `"}` + tailWhole + `}`
	status, answer, err := load.Once(d.addr, render(d.addr, body), 10*time.Second)
	var said struct {
		Error struct{ Message string }
	}
	n := 0
	switch {
	case err == nil && status == http.StatusOK && d.live == 0:
		d.passed++ // there is no guard yet
		return
	case err == nil && status == http.StatusBadRequest && json.Unmarshal(answer, &said) == nil:
		_, _ = fmt.Sscanf(said.Error.Message, "version %d", &n) // 0 is none
	}
	if n < max(d.live, 1) || n > d.version {
		d.failed++
		if d.wrong == "" {
			d.wrong = fmt.Sprintf("a probe between the versions %d and %d: status %d, %v: %s", d.live, d.version, status, err, answer)
		}
		return
	}
	d.live = n
}
