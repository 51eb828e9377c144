package wasm

import (
	"sync"
	"time"
)

// The breaker's measures: it opens after breakerMin failures within
// breakerWindow if they are at least half of the calls, so that one client whose
// input a guard cannot bear does not take the guard from all others.
const (
	breakerMin      = 5
	breakerWindow   = 10 * time.Second
	breakerRest     = time.Second
	breakerLongRest = 30 * time.Second
)

// breaker keeps an instance that fails from being called. While it is open
// every call fails at once; after a rest one call is let through, whose success
// closes it and whose failure doubles the rest. It is safe for concurrent use.
type breaker struct {
	mu          sync.Mutex
	began       time.Duration // of the window that is counted
	calls, bad  int
	until, rest time.Duration
	open        bool
	trying      bool // the trial call is under way
}

// allow tells whether a call may be made at the time now, and whether it is the
// trial of an open breaker. The caller reports how it went.
func (b *breaker) allow(now time.Duration) (ok, trial bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true, false
	}
	if now < b.until || b.trying {
		return false, false
	}
	b.trying = true
	return true, true
}

// abstain ends a call that was allowed and says nothing of the instance.
func (b *breaker) abstain(trial bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if trial {
		b.trying = false
	}
}

// report takes the outcome of a call that was allowed.
func (b *breaker) report(now time.Duration, ok, trial bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case trial && ok:
		b.open, b.trying = false, false
		b.began, b.calls, b.bad = now, 0, 0
		return
	case trial:
		b.trying = false
		b.rest = min(2*b.rest, breakerLongRest)
		b.until = now + b.rest
		return
	case b.open:
		return // the call began before the breaker opened
	case now-b.began > breakerWindow:
		b.began, b.calls, b.bad = now, 0, 0
	}
	b.calls++
	if !ok {
		b.bad++
	}
	if b.bad >= breakerMin && 2*b.bad >= b.calls {
		b.open, b.rest = true, breakerRest
		b.until = now + b.rest
	}
}
