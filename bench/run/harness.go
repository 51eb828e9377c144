//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/report"
)

// harness runs a benchmark.
type harness struct {
	options  options
	bin      string // folder of our programs
	folder   string // of the run, removed after it
	nginx    string // "" where it is not installed
	valgrind string // likewise
	mock     *provider
	counters bool // instructions can be counted
	report   *report.Report
	lostRows int
	progress io.Writer
}

// run measures all cases and targets, round by round.
func (h *harness) run(ctx context.Context) error {
	todo := works(h.options.duration)
	for round := 1; round <= h.options.rounds; round++ {
		for i, name := range h.options.cases {
			for _, target := range order(h.options.targets, round+i) {
				if !sensible(name, target) || h.options.quick && !telling(name, target) {
					continue
				}
				measure := h.quietRow
				if name == report.CountedCase {
					measure = h.countRow
				}
				row, err := measure(ctx, name, target, todo[name], round)
				if err != nil {
					if err := h.lost(ctx, fmt.Errorf("%s, %s, round %d: %w", name, target, round, err)); err != nil {
						return err
					}
					continue
				}
				h.report.Rows = append(h.report.Rows, *row)
				h.tell(row)
			}
		}
	}
	return nil
}

// maxLost is how many rows may be lost before a run is given up.
const maxLost = 3

// lost notes that a row could not be measured. The error ends the run.
func (h *harness) lost(ctx context.Context, err error) error {
	h.lostRows++
	if ctx.Err() != nil || h.lostRows > maxLost {
		return err
	}
	fmt.Fprintln(h.progress, err)
	h.report.Problems = append(h.report.Problems, err.Error())
	return nil
}

// order rotates the targets, so that none always follows the same one.
func order(targets []string, by int) []string {
	by %= len(targets)
	return slices.Concat(targets[by:], targets[:by])
}

// sensible tells whether a target has something to say in a case.
func sensible(name, target string) bool {
	if name == report.CountedCase {
		return target == report.Bare || target == report.Sallyport
	}
	if name == report.DropCase {
		return target == report.Sallyport
	}
	if translates := name == report.TranslatedCase || name == report.TranslatedEventsCase; translates || target == report.Translated {
		return translates && (target == report.Sallyport || target == report.Translated)
	}
	if guarded := name == report.GuardedEventsCase || name == report.GuardedHeldCase; guarded || target == report.GuardedPII || target == report.GuardedWords {
		return guarded && isGateway(target)
	}
	switch target {
	case report.Direct:
		return name != "held" && name != "start" // these are about a gateway's own process
	case report.BareBody:
		return name == "stream" || name == "events" || name == "held"
	}
	return true
}

// telling tells whether a promise rests on a row; a quick run has no others.
func telling(name, target string) bool {
	switch target {
	case report.Direct:
		return name == "rate"
	case report.Bare:
		return name != "held" && name != "start"
	}
	return true
}

// attempts is how often a disturbed row is measured before it is taken as it is.
const attempts = 3

// quietRow measures a row, again when others disturbed it, and returns the one
// that was disturbed least. Books and failures count for each of them.
func (h *harness) quietRow(ctx context.Context, name, target string, w work, round int) (best *report.Row, err error) {
	tries := attempts
	if h.options.quick {
		tries = 1
	}
	for range tries {
		row, err := h.row(ctx, name, target, w, round)
		if err != nil {
			return nil, err
		}
		if best == nil || row.Foreign < best.Foreign {
			best = row
		}
		if !best.Noisy() {
			break
		}
	}
	return best, nil
}

// row measures once, on one target or on several, one after the other.
func (h *harness) row(ctx context.Context, name, target string, w work, round int) (*report.Row, error) {
	row := &report.Row{Case: name, Target: target, Round: round}
	samples := map[report.Metric][]float64{}
	for range max(1, w.repeat) {
		row.Values = map[report.Metric]float64{}
		if err := h.once(ctx, w, row); err != nil {
			return nil, err
		}
		for m, v := range row.Values {
			samples[m] = append(samples[m], v)
		}
	}
	for m, v := range samples {
		row.Values[m] = report.Of(v).Median
	}
	return row, nil
}

// once takes a target through its whole life and checks all books at its end.
func (h *harness) once(ctx context.Context, w work, row *report.Row) (err error) {
	if err := h.mock.prepare(w.scenario); err != nil {
		return err
	}
	t, err := h.startTarget(ctx, row.Target, w)
	if err != nil {
		return err
	}
	stopped := false
	defer func() {
		if !stopped {
			err = errors.Join(err, t.stop())
		}
	}()
	seen, err := w.measure(ctx, h, t, row)
	if err != nil {
		if seen != nil && seen.Error != "" {
			err = fmt.Errorf("%w; the first failed request: %s", err, seen.Error)
		}
		return err
	}
	served, err := h.mock.settled()
	if err != nil {
		return fmt.Errorf("answers are still in flight after the load: %w", err)
	}
	stopped = true
	if err := t.stop(); err != nil {
		return err
	}
	further := int64(0)
	if t.proc != nil {
		further = 1 // the first answer
	}
	row.Requests += served.Requests
	row.Failed += seen.Failed
	problems := checkLoad(&served, seen, further)
	if t.ledger != "" {
		books, wrong := checkBooks(&served, t.ledger)
		row.Books, problems = books, append(problems, wrong...)
	}
	for _, p := range problems {
		h.report.Problems = append(h.report.Problems, fmt.Sprintf("%s, %s, round %d: %s", row.Case, row.Target, row.Round, p))
	}
	return nil
}

// tell shows a row as soon as it is there.
func (h *harness) tell(row *report.Row) {
	var line strings.Builder
	fmt.Fprintf(&line, "%s  round %d  %-7s %-10s", time.Now().Format("15:04:05"), row.Round, row.Case, row.Target)
	for _, m := range []report.Metric{report.CPU, report.Throughput, report.P50, report.DelayP50, report.StreamKiB, report.Start, report.IdleRSS, report.LiveSmallMax, report.LiveLargeMax, report.LiveGoMax, report.Counted300B, report.Counted4KiB, report.Counted100KiB} {
		if v, ok := row.Values[m]; ok {
			line.WriteString("  " + m.Title() + " " + m.Format(v))
		}
	}
	if row.Noisy() {
		fmt.Fprintf(&line, "  (disturbed: others used %.0f %%)", 100*row.Foreign)
	}
	fmt.Fprintln(h.progress, line.String())
}
