package script

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxIdle is how many runtimes an instance keeps for later.
const maxIdle = 16

// setup is what all runtimes of an instance have in common.
type setup struct {
	name     string
	config   map[string]any
	deadline time.Duration
}

// Instance is one configured use of a script. It is safe for concurrent use and
// implements [core.Instance].
type Instance struct {
	script *Script
	setup  setup
	logs   core.LogCap
	stats  counters

	mu     sync.Mutex
	idle   []*runtime
	closed bool
}

var _ core.Instance = (*Instance)(nil)

// New makes an instance. Scripts have no isolation: which runtime serves a call,
// and so what its globals hold, is not defined.
func (s *Script) New(c core.InstanceConfig) (core.Instance, error) {
	if c.Name == "" {
		return nil, fmt.Errorf("script: an instance of %s needs a name", s.manifest.ID)
	}
	if len(c.Grants) > 0 {
		return nil, fmt.Errorf("script: %s: it is granted %s, but scripts have no capabilities; leave grants out", c.Name, c.Grants[0])
	}
	if len(c.Env) > 0 {
		return nil, fmt.Errorf("script: %s: it is given an environment, which only adapters have; leave env out", c.Name)
	}
	return &Instance{
		script: s, setup: setup{name: c.Name, config: maps.Clone(c.Config), deadline: s.deadline(c.Limits.Deadline)},
	}, nil
}

// Start makes the first runtime. An error means that the script's top level
// failed.
func (i *Instance) Start(context.Context) error {
	r, err := i.acquire()
	if err == nil {
		i.release(r)
	}
	return err
}

// Hook returns the instance's function for p, or nil.
func (i *Instance) Hook(p core.Phase) core.Hook {
	if !i.script.manifest.Has(p) {
		return nil
	}
	return &hook{instance: i, phase: p}
}

// Close drops the runtimes. Hooks under way end by themselves.
func (i *Instance) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed, i.idle = true, nil
	return nil
}

func (i *Instance) acquire() (*runtime, error) {
	i.mu.Lock()
	if n := len(i.idle); n > 0 {
		r := i.idle[n-1]
		i.idle[n-1] = nil
		i.idle = i.idle[:n-1]
		i.mu.Unlock()
		return r, nil
	}
	i.mu.Unlock()
	return i.script.newRuntime(&i.setup, i)
}

func (i *Instance) release(r *runtime) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed && len(i.idle) < maxIdle {
		i.idle = append(i.idle, r)
	}
}

// Stats is what an instance did since it was made.
type Stats struct {
	Calls    uint64        // hooks called, failed ones included
	Time     time.Duration // wall time in hooks
	Failures [NumFailures]uint64
}

// Stats returns what the instance did so far.
func (i *Instance) Stats() Stats {
	s := Stats{Calls: i.stats.calls.Load(), Time: time.Duration(i.stats.time.Load())}
	for n := range s.Failures {
		s.Failures[n] = i.stats.failures[n].Load()
	}
	return s
}

type counters struct {
	calls    atomic.Uint64
	time     atomic.Int64
	failures [NumFailures]atomic.Uint64
}
