//go:build linux

package main

import (
	"errors"
	"os"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/proc"
	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// reading is what stood in the books of kernel and mock at one moment.
type reading struct {
	at     time.Time
	target proc.CPU
	ours   time.Duration // CPU of the harness, the mock and the target, and of those of their children that have ended
	busy   time.Duration // CPU of all
	stats  mock.Stats
}

// window measures a stretch of time in the life of a target.
type window struct {
	h       *harness
	pids    []int
	first   reading
	counter *proc.Instructions // nil where nothing counts
}

// openWindow begins to measure.
func (h *harness) openWindow(t *target) (*window, error) {
	pids, err := proc.Tree(t.pid)
	if err != nil {
		return nil, err
	}
	w := &window{h: h, pids: pids}
	if h.counters {
		if w.counter, err = proc.Count(pids); err != nil {
			return nil, err
		}
	}
	w.first, err = w.read()
	return w, err
}

func (w *window) read() (r reading, err error) {
	ours, err1 := proc.Tree(os.Getpid())
	all, err2 := proc.CPUOf(ours)
	stats, err3 := w.h.mock.stats()
	r = reading{stats: stats, ours: all.Total + all.Reaped, at: time.Now()}
	var err4, err5 error
	r.target, err4 = proc.CPUOf(w.pids)
	r.busy, err5 = proc.Busy()
	return r, errors.Join(err1, err2, err3, err4, err5)
}

// close ends the window and enters into row what was used per operation; count
// says how many operations the mock has counted at a moment.
func (w *window) close(row *report.Row, count func(*mock.Stats) int64) error {
	last, err := w.read()
	var instructions uint64
	if w.counter != nil {
		var cerr error
		instructions, cerr = w.counter.Stop()
		err = errors.Join(err, cerr)
	}
	if err != nil {
		return err
	}
	n := float64(count(&last.stats) - count(&w.first.stats))
	if n <= 0 {
		return errors.New("nothing was answered in the window")
	}
	took := last.at.Sub(w.first.at)
	cpu := last.target.Sub(w.first.target)
	perOp := micros(cpu.Total+cpu.Reaped) / n
	row.Values[report.CPU] = perOp
	row.Values[report.UserCPU] = perOp * cpu.UserShare()
	row.Values[report.Throughput] = n / took.Seconds()
	if w.counter != nil {
		row.Values[report.Instructions] = float64(instructions) / n
	}
	foreign := (last.busy - w.first.busy) - (last.ours - w.first.ours)
	row.Foreign = max(0, foreign.Seconds()) / (took.Seconds() * float64(w.h.report.Machine.CPUs))
	return nil
}

// memory enters what the target holds now.
func (w *window) memory(row *report.Row) error {
	m, err := proc.MemoryOf(w.pids)
	row.Values[report.RSS], row.Values[report.PSS] = mebi(m.RSS), mebi(m.PSS)
	return err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func mebi(n int64) float64           { return float64(n) / (1 << 20) }
