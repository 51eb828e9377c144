package adapter

import (
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Stats is what the process of an instance did since it was configured, all its
// starts together.
type Stats struct {
	Calls    uint64        // hooks and runtime calls, failed ones included
	Time     time.Duration // wall time in them
	Starts   uint64        // that succeeded
	Crashes  uint64        // ends that nobody asked for, and starts that failed
	LogLines uint64        // lines of output passed on
	LogCut   uint64        // lines of output dropped by the cap
	Failures [NumFailures]uint64
	Verdicts [core.NumVerdicts]uint64
	Running  int // processes that are up now
}

// plus returns the sum of two.
func (s Stats) plus(o Stats) Stats {
	s.Calls, s.Time, s.Starts, s.Crashes = s.Calls+o.Calls, s.Time+o.Time, s.Starts+o.Starts, s.Crashes+o.Crashes
	s.LogLines, s.LogCut, s.Running = s.LogLines+o.LogLines, s.LogCut+o.LogCut, s.Running+o.Running
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
	calls, starts, crashes, logLines, logCut atomic.Uint64
	time                                     atomic.Int64
	failures                                 [NumFailures]atomic.Uint64
	verdicts                                 core.VerdictCounts
}

func (c *counters) read() Stats {
	s := Stats{
		Calls: c.calls.Load(), Time: time.Duration(c.time.Load()), Starts: c.starts.Load(), Crashes: c.crashes.Load(),
		LogLines: c.logLines.Load(), LogCut: c.logCut.Load(),
	}
	for i := range s.Failures {
		s.Failures[i] = c.failures[i].Load()
	}
	s.Verdicts = c.verdicts.Read()
	return s
}
