//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/proc"
	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// A counting is one figure of the case of instructions: what a request of a size
// takes. A target lives twice, once for few requests and once for many; start and
// end cancel out in the difference, and the many make their variance small.
type counting struct {
	metric    report.Metric
	body      string
	few, many int64 // requests
}

func countings() []counting {
	return []counting{
		{report.Counted300B, chatBody(300, false), 2000, 10_000},
		{report.Counted4KiB, chatBody(4<<10, false), 2000, 10_000},
		{report.Counted100KiB, chatBody(100<<10, false), 500, 2500},
	}
}

// findValgrind returns the path of valgrind, "" where there is none.
func findValgrind() string {
	path, err := exec.LookPath("valgrind")
	if err != nil {
		return ""
	}
	return path
}

// countRow measures a row of the case of instructions.
func (h *harness) countRow(ctx context.Context, name, target string, w work, round int) (*report.Row, error) {
	row := &report.Row{Case: name, Target: target, Round: round, Values: map[report.Metric]float64{}}
	for _, c := range countings() {
		few, err1 := h.countLife(ctx, row, w, c.body, c.few)
		if err1 != nil {
			return nil, err1
		}
		many, err2 := h.countLife(ctx, row, w, c.body, c.many)
		if err2 != nil {
			return nil, err2
		}
		row.Values[c.metric] = perRequest(few, many, c.many-c.few)
	}
	return row, nil
}

// perRequest returns what each of n further requests has cost.
func perRequest(few, many uint64, n int64) float64 {
	return (float64(many) - float64(few)) / float64(n)
}

// countLife takes a target through a life of n requests under cachegrind and
// returns the instructions of all of it.
func (h *harness) countLife(ctx context.Context, row *report.Row, w work, body string, n int64) (uint64, error) {
	out := filepath.Join(h.folder, "cachegrind.out")
	w.under = []string{h.valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=" + out}
	w.measure = exactly(body, n)
	life := report.Row{Case: row.Case, Target: row.Target, Round: row.Round, Values: map[report.Metric]float64{}}
	if err := h.once(ctx, w, &life); err != nil {
		return 0, err
	}
	row.Requests += life.Requests
	row.Failed += life.Failed
	if b := life.Books; b != nil {
		if row.Books == nil {
			row.Books = &report.Books{}
		}
		row.Books.Mock.Add(b.Mock)
		row.Books.Ledger.Add(b.Ledger)
	}
	f, err := os.Open(out)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	return proc.Cachegrind(f)
}

// countedConnections are few, because a simulated processor is slow: with many of
// them requests would wait so long that the gateway looks after their clients.
const countedConnections = 4

// exactly is a load of n requests, no more and no less.
func exactly(body string, n int64) func(context.Context, *harness, *target, *report.Row) (*load.Result, error) {
	return func(ctx context.Context, h *harness, t *target, _ *report.Row) (*load.Result, error) {
		r, err := load.Start(load.Plan{Addr: t.addr, Request: render(t.addr, body), Connections: countedConnections, Limit: n})
		if err != nil {
			return nil, err
		}
		err = h.answered(ctx, n)
		return r.Drain(drainTime), err
	}
}

// stallTime is how long nothing may be answered before a count is given up.
const stallTime = 30 * time.Second

// answered waits until the mock has answered n requests.
func (h *harness) answered(ctx context.Context, n int64) error {
	var st mock.Stats
	last, since := int64(-1), time.Now()
	for {
		var err error
		if st, err = h.mock.stats(); err != nil {
			return err
		}
		switch {
		case st.Finished >= n:
			return nil
		case st.Finished > last:
			last, since = st.Finished, time.Now()
		case time.Since(since) > stallTime:
			return fmt.Errorf("%d of %d requests were answered, then none for %s", st.Finished, n, stallTime)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return errors.Join(err, fmt.Errorf("%d of %d requests were answered", st.Finished, n))
		}
	}
}
