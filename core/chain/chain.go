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
//
// # New versions
//
// A canary takes the place of its entry for a share of the exchanges, all hooks
// of an exchange alike: see [Chain.For]. A [Shadow] looks on, and decides
// nothing. A chain with neither does no work for them.
package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
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
	Edge     core.EdgeFilter // of an edge filter, which has no hooks; else nil
	// Stream says how the answer hook judges streams, Window how many bytes of one
	// it may hold back, and Sees what it is shown; nil means texts.
	Stream core.StreamMode
	Window int
	Sees   *core.Sees
	// FailOpen goes on when the hook fails; the default is closed.
	FailOpen bool
	// Parallel lets a prompt hook of stage judge run beside the attempt.
	Parallel bool
	// Optional tolerates that the plugin is not loaded.
	Optional bool
	// Missing means that the plugin is listed but not loaded.
	Missing bool
	// Identity goes into the chain hash: artifact, canonical config, grants.
	Identity string
	// Report, if not nil, is told how each call of a hook went: nil for well, else
	// why it failed, a bad reply included.
	Report func(err error)

	// Canary is the same use of a newer version, which takes this one's place in
	// Share of the exchanges, above 0 and at most 1; nil for none. Instance,
	// Optional, FailOpen and Parallel are this entry's.
	Canary *Entry
	Share  float64
	// Shadow is a newer version that judges copies; nil for none.
	Shadow *Shadow
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
	entries []Entry // as compiled, each instance once
	missing string
	hash    string
	obs     Observer
	has     [core.NumPhases]bool // a hook that decides
	judges  bool                 // of prompts, beside the attempt or before it
	mandate uint64               // of those that may not be left out
	// variants take the chain's place where canaries serve, the smallest share
	// first.
	variants []variant
	edges    []Edge
	beside   []step             // judges of prompts that run beside the attempt
	anew     *Chain             // the judges of prompts alone, nil for none
	guards   []core.StreamGuard // the hooks of the answer phase
	unfit    *core.Error        // why streams are refused, nil where they are not
}

type step struct {
	instance string
	stage    core.Stage
	stream   core.StreamGuard // in the answer phase
	hook     core.Hook        // nil: only the shadow has one
	failOpen bool
	optional bool
	beside   bool       // it runs beside the attempt
	sees     *core.Sees // nil: texts
	report   func(error)
	shadow   *Shadow
}

// Compile orders the entries for every phase: mandatory ones first, then the
// route's, then the consumer's, as given, each instance once. Where an instance
// comes several times, the strictest of its entries holds. In the prompt phase
// every shape hook precedes every judge; the answer phase runs in reverse.
func Compile(obs Observer, lists ...[]Entry) *Chain {
	entries := merged(lists)
	if len(entries) == 0 {
		return nil
	}
	c := compile(obs, plain(entries, 2))
	for _, share := range shares(entries) {
		c.variants = append(c.variants, variant{below: threshold(share), chain: compile(obs, plain(entries, share))})
	}
	return c
}

// merged joins the lists, each instance once and with its strictest fail mode.
func merged(lists [][]Entry) []Entry {
	var out []Entry
	at := map[string]int{}
	for _, list := range lists {
		for i := range list {
			e := &list[i]
			if j, seen := at[e.Instance]; seen {
				first := &out[j]
				first.FailOpen, first.Optional = first.FailOpen && e.FailOpen, first.Optional && e.Optional
				first.Parallel = first.Parallel && e.Parallel
				continue
			}
			at[e.Instance] = len(out)
			out = append(out, *e)
		}
	}
	return out
}

func compile(obs Observer, entries []Entry) *Chain {
	c := &Chain{obs: obs, entries: entries}
	sum := sha256.New()
	for i := range c.entries {
		e := &c.entries[i]
		if e.Missing {
			if !e.Optional && c.missing == "" {
				c.missing = e.Plugin
			}
			continue
		}
		_, _ = fmt.Fprintf(sum, "%d:%s%d:%s", len(e.Plugin), e.Plugin, len(e.Identity), e.Identity)
		c.add(e)
	}
	slices.SortStableFunc(c.phases[core.PhasePrompt], func(a, b step) int { return int(a.stage) - int(b.stage) })
	slices.Reverse(c.phases[core.PhaseAnswer])
	c.guardStreams()
	c.judgeAnew()
	c.hash = hex.EncodeToString(sum.Sum(nil))
	return c
}

// Join returns the chain of an exchange that a route verdict leads from the
// route of first to that of second: the guards of both hold. rest is what of its
// prompt phase has not run when first's has: the hooks of second alone, and, if
// one of them shapes, every judge anew, since a judge sees what leaves. Either
// may be nil; both are what [Chain.For] returned for the exchange.
func Join(first, second *Chain) (both, rest *Chain) {
	switch {
	case first == nil:
		return second, second
	case second == nil:
		return first, nil
	}
	both = Compile(first.obs, first.entries, second.entries)
	rest = &Chain{obs: first.obs}
	shapes := false
	for _, s := range both.phases[core.PhasePrompt] {
		ran := slices.ContainsFunc(first.phases[core.PhasePrompt], func(o step) bool { return o.instance == s.instance })
		shapes = shapes || !ran && s.stage == core.StageShape
		if !ran || shapes && s.stage == core.StageJudge {
			rest.phases[core.PhasePrompt] = append(rest.phases[core.PhasePrompt], s)
			rest.has[core.PhasePrompt] = rest.has[core.PhasePrompt] || s.hook != nil
		}
	}
	return both, rest
}

func (c *Chain) add(e *Entry) {
	c.addEdge(e)
	for p, h := range e.Hooks {
		phase := core.Phase(p)
		s := step{instance: e.Instance, hook: h, failOpen: e.FailOpen, report: e.Report, stage: stageIn(phase, e.Stage), sees: e.Sees}
		if phase == core.PhaseAnswer {
			s.stream = core.StreamGuard{Mode: e.Stream, Most: e.Window, Sees: e.Sees}
			s.optional = e.Optional
		}
		if e.Shadow != nil && e.Shadow.Hooks[p] != nil {
			s.shadow = e.Shadow
			if h == nil {
				s.stage = stageIn(phase, e.Shadow.Stage)
			}
		}
		if phase == core.PhasePrompt && h != nil && s.stage != core.StageShape {
			c.judges = true
			c.demand(e)
		}
		if s.beside = e.Parallel && phase == core.PhasePrompt && h != nil && s.stage == core.StageJudge; s.beside {
			c.beside = append(c.beside, s)
			continue
		}
		if h != nil || s.shadow != nil {
			c.phases[p] = append(c.phases[p], s)
			c.has[p] = c.has[p] || h != nil
		}
	}
}

// demand adds e to the judges of prompts that may not be left out. Their order does not
// count, and neither do their versions.
func (c *Chain) demand(e *Entry) {
	if !e.Optional {
		h := fnv.New64a()
		_, _ = h.Write([]byte(e.Instance))
		c.mandate ^= h.Sum64()
	}
}

func stageIn(p core.Phase, s core.Stage) core.Stage {
	if p == core.PhasePrompt {
		return s
	}
	return core.StageNone
}

// Has tells whether any hook waits in phase p that may decide something.
func (c *Chain) Has(p core.Phase) bool { return c != nil && c.has[p] }

// JudgesPrompts tells whether a hook of the chain judges prompts, before the attempt
// or beside it. Hooks that shape them alone are none.
func (c *Chain) JudgesPrompts() bool { return c != nil && c.judges }

// judgeAnew makes the chain of the judges of prompts alone.
func (c *Chain) judgeAnew() {
	if !c.judges {
		return
	}
	c.anew = &Chain{obs: c.obs}
	for _, s := range slices.Concat(c.phases[core.PhasePrompt], c.beside) {
		if s.hook != nil && s.stage != core.StageShape {
			s.shadow, s.beside = nil, false // it has seen the prompt
			c.anew.phases[core.PhasePrompt] = append(c.anew.phases[core.PhasePrompt], s)
			c.anew.has[core.PhasePrompt] = true
		}
	}
}

// Judges returns the hooks that judge prompts alone, those beside the attempt among
// them, for a prompt to which something was added when it had been judged; nil for none.
func (c *Chain) Judges() *Chain {
	if c == nil {
		return nil
	}
	return c.anew
}

// Mandate tells the sets of hooks that judge prompts and may not be left out from each
// other, across chains and configurations of one process. It is 0 where there are none.
func (c *Chain) Mandate() uint64 {
	if c == nil {
		return 0
	}
	return c.mandate
}

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
		if c.run(&c.phases[call.Phase][i], call, &out); out.Err != nil || out.Respond != nil {
			break
		}
	}
	return out
}

// run runs one hook, and treats its failure by its fail mode: after one that the
// exchange survives the reply is empty.
func (c *Chain) run(s *step, call *core.Call, out *Outcome) {
	call.Reply.Reset()
	call.Stage = s.stage
	var err error
	if s.shadow == nil {
		err = c.step(s, call, out)
	} else {
		err = c.shadowed(s, call, out)
	}
	if err == nil {
		return
	}
	c.failed(s, err)
	call.Reply.Reset()
	if !s.failOpen {
		out.Err = closed(s, call.Phase, err)
	}
}

// closed is what becomes of an exchange when a hook of fail mode closed fails.
func closed(s *step, p core.Phase, err error) *core.Error {
	e := core.Errorf(core.CodePluginFailed,
		"The plugin %s failed, and its fail mode is closed. Try again later or ask the operator.", s.instance)
	if big, ok := errors.AsType[*core.TooLargeError](err); ok && p <= core.PhaseAdmit {
		e = core.Errorf(core.CodeBodyTooLarge,
			"The request is too large for the plugin %s, which must judge it: its %s is %d %s. Send less, or ask the operator to raise the limit.",
			s.instance, big.Limit, big.Most, big.Unit)
	}
	e.Origin, e.Cause = core.OriginPlugin, err
	return e
}

// step runs one hook and merges its reply.
func (c *Chain) step(s *step, call *core.Call, out *Outcome) error {
	err := handle(s.hook, call)
	if err == nil && !call.Reply.Empty() {
		err = c.merge(s, call, out)
	}
	if s.report != nil {
		s.report(err)
	}
	return err
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
