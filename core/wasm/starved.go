package wasm

import "time"

// A deadline is wall time, but a guest is not to blame for time that it did not
// have: on a machine with too little to go round, a thread may stand still for
// longer than a deadline. The host looks at the clock at least once per some ten
// thousand steps; what lies between two looks beyond what so many steps can take is
// time in which the guest did not run, and is added to its deadline.
const (
	// slowStep is what a step takes at worst: a load that misses every cache.
	slowStep = 50 * time.Nanosecond
	// longStretch is what lies between two looks at worst on a machine that has a
	// processor for the guest: the steps of an interval, and what the host does.
	longStretch = 3 * time.Millisecond
	// patience is by how many deadlines one may be put off.
	patience = 9
)

// look returns the time and notes that the guest was looked at.
func (g *guest) look() time.Duration {
	now := g.pool.module.host.now()
	had := now - g.looked
	if had > g.stretch {
		g.starved(had - g.stretch)
		had = g.stretch
	}
	g.pool.ran.Add(int64(had))
	g.looked = now
	return now
}

// had says that the guest had d of the time since it was last looked at, though it
// did not run: it waited for something that it had asked for.
func (g *guest) had(d time.Duration) {
	g.pool.ran.Add(int64(d))
	g.looked += d
}

// starved puts the deadline off by the time that the guest did not have.
func (g *guest) starved(d time.Duration) {
	d = min(d, g.patience)
	g.patience -= d
	g.deadline += d
}

// busy says that the guest may run for n more steps before it is looked at again:
// what a tick announces may be one instruction that is still to come.
func (g *guest) busy(n int64) { g.stretch = longStretch + time.Duration(n)*slowStep }
