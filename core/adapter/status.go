package adapter

import (
	"cmp"
	"slices"
	"time"
)

// Status is what the process of an instance is doing now, and why.
type Status struct {
	Plugin, Instance string
	Digest           [32]byte // SHA-256 of its program
	State            State
	PID              int // of the guard that the process runs under, 0 while there is none
	// Reason is why the last process ended, or could not be started; "" where
	// none ever did. It may hold text of the adapter's choice: one line.
	Reason          string
	Since           time.Time     // when State was entered
	Rest            time.Duration // from Since until it is started again; 0 unless it rests
	Starts, Crashes uint64
}

// Statuses returns the status of each process that is looked after, sorted by
// instance name. Several are of one name while a newer version takes over.
func (h *Host) Statuses() []Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Status, 0, len(h.workers))
	for w := range h.workers {
		if s := w.status(); s.State != Stopped {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), slices.Compare(a.Digest[:], b.Digest[:]), a.Since.Compare(b.Since))
	})
	return out
}

// moment is when a worker entered its state.
type moment struct {
	state  State
	reason string
	since  time.Time
	rest   time.Duration
}

// enter notes a new state. Only the worker's own goroutine calls it.
func (w *worker) enter(c Change) {
	m := &moment{state: c.State, reason: c.Reason, since: w.artifact.host.opts.Clock.Now(), rest: c.Rest}
	if before := w.moment.Load(); before != nil && m.reason == "" {
		m.reason = before.reason
	}
	w.moment.Store(m)
}

func (w *worker) now() State {
	if m := w.moment.Load(); m != nil {
		return m.state
	}
	return Stopped
}

func (w *worker) status() Status {
	s := Status{
		Plugin: w.artifact.manifest.ID, Instance: w.name, Digest: w.artifact.digest,
		Starts: w.counters.starts.Load(), Crashes: w.counters.crashes.Load(),
	}
	if m := w.moment.Load(); m != nil {
		s.State, s.Reason, s.Since, s.Rest = m.state, m.reason, m.since, m.rest
	}
	if p := w.current.Load(); p != nil {
		s.PID = p.child.pid()
	}
	return s
}
