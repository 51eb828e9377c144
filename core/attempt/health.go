package attempt

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// failuresToCool is how many failures in a row cool a deployment down.
	failuresToCool = 5
	// coolFor is the cooldown, and also how long a failed trial puts the next
	// one off, so that a deployment is back at most this long after it
	// recovered. Only one that comes back and falls again soon stays away for
	// longer each time, up to maxCool.
	coolFor = 30 * time.Second
	maxCool = 5 * time.Minute
	// trialEvery spaces the exchanges that try a cooling deployment or one on
	// trial.
	trialEvery = time.Second
	// limitedFor is how long a 429 without a Retry-After counts.
	limitedFor = time.Second
)

// health is what is known of one deployment. It outlives reloads of the
// configuration. Moments are durations since the loop's epoch; 0 is never. A
// healthy deployment is only ever read here.
type health struct {
	failures atomic.Int32 // in a row
	until    atomic.Int64 // end of the cooldown; not 0 until a trial succeeds
	limited  atomic.Int64 // the provider asked to stay away until then
	trial    atomic.Int64 // when the next trial may begin

	signals signals // kept only where [Config.Signals] asks for them

	mu     sync.Mutex // for transitions
	flaps  int        // cooldowns that began soon after the one before ended
	leftAt time.Duration
}

// standing is where a deployment stands at one moment.
type standing uint8

const (
	healthy standing = iota
	onTrial
	limited
	cooling
)

func (h *health) standing(now time.Duration) standing {
	if until := time.Duration(h.until.Load()); until > now {
		return cooling
	} else if until != 0 {
		return onTrial
	}
	if time.Duration(h.limited.Load()) > now {
		return limited
	}
	return healthy
}

// claimTrial tells whether the caller may try a deployment that is not healthy.
func (h *health) claimTrial(now time.Duration) bool {
	next := h.trial.Load()
	return time.Duration(next) <= now && h.trial.CompareAndSwap(next, int64(now+trialEvery))
}

// limit notes that the provider asked to stay away for d.
func (h *health) limit(now, d time.Duration) {
	if d <= 0 {
		d = limitedFor
	}
	h.limited.Store(int64(now + min(d, maxCool)))
}

// fail counts a failure. It returns the length of the cooldown that begins with
// it, or 0.
func (h *health) fail(now time.Duration) time.Duration {
	if h.failures.Add(1) < failuresToCool && h.until.Load() == 0 {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch until := time.Duration(h.until.Load()); {
	case until > now:
		return 0 // cooling already
	case until != 0:
		h.until.Store(int64(now + coolFor)) // the trial failed
		return coolFor
	}
	h.flaps++
	if now-h.leftAt > maxCool || h.leftAt == 0 {
		h.flaps = 1
	}
	d := min(time.Duration(h.flaps)*coolFor, maxCool)
	h.until.Store(int64(now + d))
	return d
}

// unlimit notes that the provider answers again.
func (h *health) unlimit() {
	if h.limited.Load() != 0 {
		h.limited.Store(0)
	}
}

// recover notes that a trial got a good beginning of an answer, and tells
// whether a cooldown ended with it. The next failure would begin another.
func (h *health) recover(now time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until.Load() == 0 {
		return false
	}
	h.failures.Store(failuresToCool - 1)
	h.until.Store(0)
	h.leftAt = now
	return true
}

// succeed notes that an answer was whole.
func (h *health) succeed() {
	if h.failures.Load() != 0 && h.until.Load() == 0 {
		h.failures.Store(0)
	}
}
