// Package chain runs the hooks of one phase in their order and merges their
// verdicts. It does not know which loader made a hook.
//
// # Merge rules
//
// Each hook sees the edits of those before it. The first block or respond ends
// the chain. Hold is the maximum; flags and tags add up; a route verdict counts
// once. A hook that fails, panics or replies badly is treated by its fail mode:
// closed ends the exchange, open goes on as if the hook had said "allow,
// unchanged". Edits of one reply are applied all or not at all.
package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// Entry is one listed use of a plugin: an instance's hooks and how they are
// treated.
type Entry struct {
	Instance string // unique in the snapshot
	Plugin   string // manifest id
	Stage    core.Stage
	Hooks    [core.NumPhases]core.Hook
	// FailOpen goes on when the hook fails; the default is closed.
	FailOpen bool
	// Optional tolerates that the plugin is not loaded.
	Optional bool
	// Missing means that the plugin is listed but not loaded.
	Missing bool
	// Identity goes into the chain hash: artifact, canonical config, grants.
	Identity string
}

// Observer is told about verdicts other than allow and about failures. It must
// be safe for concurrent use.
type Observer interface {
	Verdict(instance, verdict string)
	HookFailed(instance string, err error)
}

// Chain is the compiled hooks of one route. It is immutable and safe for
// concurrent use. A nil *Chain has no hooks.
type Chain struct {
	phases  [core.NumPhases][]step
	missing string
	hash    string
	obs     Observer
}

type step struct {
	instance string
	stage    core.Stage
	hook     core.Hook
	failOpen bool
}

// Compile orders the entries for every phase: mandatory ones first, then the
// route's, then the consumer's, as given, each instance once. In the prompt
// phase every shape hook precedes every judge; the answer phase runs in reverse.
func Compile(obs Observer, lists ...[]Entry) *Chain {
	c := &Chain{obs: obs}
	seen := map[string]bool{}
	sum := sha256.New()
	for _, list := range lists {
		for i := range list {
			e := &list[i]
			if seen[e.Instance] {
				continue
			}
			seen[e.Instance] = true
			if e.Missing {
				if !e.Optional && c.missing == "" {
					c.missing = e.Plugin
				}
				continue
			}
			_, _ = fmt.Fprintf(sum, "%d:%s%d:%s", len(e.Plugin), e.Plugin, len(e.Identity), e.Identity)
			c.add(e)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	slices.SortStableFunc(c.phases[core.PhasePrompt], func(a, b step) int { return int(a.stage) - int(b.stage) })
	slices.Reverse(c.phases[core.PhaseAnswer])
	c.hash = hex.EncodeToString(sum.Sum(nil))
	return c
}

func (c *Chain) add(e *Entry) {
	for p, h := range e.Hooks {
		if h == nil {
			continue
		}
		stage := core.StageNone
		if core.Phase(p) == core.PhasePrompt {
			stage = e.Stage
		}
		c.phases[p] = append(c.phases[p], step{instance: e.Instance, stage: stage, hook: h, failOpen: e.FailOpen})
	}
}

// Has tells whether any hook waits in phase p.
func (c *Chain) Has(p core.Phase) bool { return c != nil && len(c.phases[p]) > 0 }

// Hash identifies the chain: SHA-256, in hex, over the ordered ids and
// identities of its instances; "" for a nil chain.
func (c *Chain) Hash() string {
	if c == nil {
		return ""
	}
	return c.hash
}

// Available returns an error with CodePluginUnavailable if the chain lists a
// plugin that is not loaded and not optional (DESIGN law 11).
func (c *Chain) Available() *core.Error {
	if c == nil || c.missing == "" {
		return nil
	}
	return core.Errorf(core.CodePluginUnavailable,
		"The plugin %s, which this route requires, is not loaded. Try again later or ask the operator.", c.missing)
}

// Outcome is what a chain decided beyond the edits, tags and flags that it
// already put on the exchange.
type Outcome struct {
	Err     *core.Error   // the exchange ends with this error
	Respond *core.Respond // the exchange ends with this answer
	Route   string
	Path    string
	Hold    int
	Retry   string
}

// Run runs the hooks of call.Phase. The caller fills call but for Reply and
// Stage; reply is its reusable memory.
func (c *Chain) Run(call *core.Call, reply *core.Reply) Outcome {
	var out Outcome
	if !c.Has(call.Phase) {
		return out
	}
	call.Reply = reply
	for i := range c.phases[call.Phase] {
		s := &c.phases[call.Phase][i]
		reply.Reset()
		call.Stage = s.stage
		err := handle(s.hook, call)
		if err == nil {
			if reply.Empty() {
				continue
			}
			err = c.merge(s, call, &out)
		}
		if err != nil {
			c.failed(s, err)
			if s.failOpen {
				continue
			}
			out.Err = core.Errorf(core.CodePluginFailed,
				"The plugin %s failed, and its fail mode is closed. Try again later or ask the operator.", s.instance)
			out.Err.Origin, out.Err.Cause = core.OriginPlugin, err
		}
		if out.Err != nil || out.Respond != nil {
			break
		}
	}
	return out
}

func (c *Chain) failed(s *step, err error) {
	if c.obs != nil {
		c.obs.HookFailed(s.instance, err)
	}
}

func (c *Chain) verdict(s *step, name string) {
	if c.obs != nil {
		c.obs.Verdict(s.instance, name)
	}
}

// PanicError is a panic that the fence around a hook caught.
type PanicError struct {
	Value any
	Stack []byte
}

// Error names the panic's value; the stack is for the log.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// handle is the fence: no panic of a hook reaches the chain.
func handle(h core.Hook, call *core.Call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return h.Handle(call)
}
