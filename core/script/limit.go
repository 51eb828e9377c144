package script

import (
	"sync"
	"time"
)

// patience is how many deadlines a call may last on a machine that has no processor
// for it.
const patience = 10

// limit interrupts a call at its deadline, unless this whole process had less time on
// the processors since the call began than the call alone may have: then the call is
// not to blame. The process's time says so at the price of one question at the
// begin, as a script cannot wait for anything.
type limit struct {
	deadline  time.Duration
	used      func() time.Duration // by this process
	interrupt func()

	mu      sync.Mutex
	timer   *time.Timer
	began   time.Time
	before  time.Duration // what used said then
	over    bool
	stopped bool // interrupt was called
}

// begin starts a limit. The caller ends it.
func begin(deadline time.Duration, used func() time.Duration, interrupt func()) *limit {
	l := &limit{deadline: deadline, used: used, interrupt: interrupt, began: time.Now(), before: used()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(deadline, l.due)
	return l
}

func (l *limit) due() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	rest := min(l.deadline-(l.used()-l.before), patience*l.deadline-time.Since(l.began))
	if rest > 0 {
		l.timer.Reset(max(rest, l.deadline/8))
		return
	}
	l.stopped = true
	l.interrupt()
}

// end ends the limit and tells whether it interrupted the call. It will not do so any
// more.
func (l *limit) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.timer.Stop()
	return l.stopped
}
