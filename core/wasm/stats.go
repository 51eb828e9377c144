package wasm

import (
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Stats is what an instance did since it was made.
type Stats struct {
	Calls     uint64        // hooks called, failed ones included
	Steps     uint64        // instructions done in hooks
	Time      time.Duration // wall time in hooks, waiting for a guest included
	HostCalls uint64
	Started   uint64 // guests made
	Reset     uint64 // guests taken back
	Replaced  uint64 // guests given up
	LogLines  uint64 // log lines passed on
	LogCut    uint64 // log lines dropped by the cap
	Failures  [NumFailures]uint64
	Verdicts  [core.NumVerdicts]uint64
	Guests    int // alive now
}

// plus returns the sum of two.
func (s Stats) plus(o Stats) Stats {
	s.Calls, s.Steps, s.Time, s.HostCalls = s.Calls+o.Calls, s.Steps+o.Steps, s.Time+o.Time, s.HostCalls+o.HostCalls
	s.Started, s.Reset, s.Replaced = s.Started+o.Started, s.Reset+o.Reset, s.Replaced+o.Replaced
	s.LogLines, s.LogCut, s.Guests = s.LogLines+o.LogLines, s.LogCut+o.LogCut, s.Guests+o.Guests
	for i := range s.Failures {
		s.Failures[i] += o.Failures[i]
	}
	for i := range s.Verdicts {
		s.Verdicts[i] += o.Verdicts[i]
	}
	return s
}

// counters are the live form of Stats.
type counters struct {
	calls, steps, time, hostCalls atomic.Uint64
	started, reset, replaced      atomic.Uint64
	logLines, logCut              atomic.Uint64
	failures                      [NumFailures]atomic.Uint64
	verdicts                      core.VerdictCounts
}

func (c *counters) read() Stats {
	s := Stats{
		Calls: c.calls.Load(), Steps: c.steps.Load(), Time: time.Duration(c.time.Load()), HostCalls: c.hostCalls.Load(),
		Started: c.started.Load(), Reset: c.reset.Load(), Replaced: c.replaced.Load(),
		LogLines: c.logLines.Load(), LogCut: c.logCut.Load(),
	}
	for i := range s.Failures {
		s.Failures[i] = c.failures[i].Load()
	}
	s.Verdicts = c.verdicts.Read()
	return s
}

func (c *counters) fail(f Failure) { c.failures[f].Add(1) }
