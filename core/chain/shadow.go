package chain

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// Bounds of what shadows may take. What is beyond them is not judged, and
// counted.
const (
	shadowQueue = 256      // copies that wait
	shadowBytes = 32 << 20 // of all copies that wait or are judged
)

// Shadow is a newer version of an entry that judges copies of what the entry saw
// at its place, after the exchange went on. It decides nothing. It sees those
// phases in which the chain runs for other hooks' sake.
type Shadow struct {
	Stage core.Stage
	// Stream is how it judges streams.
	Stream core.StreamGuard
	Hooks  [core.NumPhases]core.Hook
	// Headers are the header fields of the client's request that its manifest
	// asks to see.
	Headers []string
	// Report is as in [Entry].
	Report func(err error)
	Runner *Shadows
	// Comparison takes what comes of it.
	Comparison *Comparison
	// Tail, if not nil, knows of the copies that wait to be judged.
	Tail *Tail
}

// Shadows runs the hooks of shadows, off the path of exchanges: a few at once,
// with a bounded queue. Its goroutines end with [Shadows.Close].
type Shadows struct {
	jobs    chan *job
	bytes   atomic.Int64
	stop    chan struct{}
	once    sync.Once
	workers sync.WaitGroup
}

// StartShadows starts a runner. The caller closes it before the instances whose
// hooks it runs.
func StartShadows() *Shadows {
	s := &Shadows{jobs: make(chan *job, shadowQueue), stop: make(chan struct{})}
	for range max(1, runtime.GOMAXPROCS(0)/4) {
		s.workers.Go(s.run)
	}
	return s
}

// Close drops what waits and returns when no hook of a shadow runs any more. No
// chain with one of its shadows may run meanwhile.
func (s *Shadows) Close() {
	s.once.Do(func() { close(s.stop) })
	s.workers.Wait()
	for {
		select {
		case j := <-s.jobs:
			j.shadow.Tail.done(j.call.Exchange.ID)
		default:
			return
		}
	}
}

func (s *Shadows) run() {
	for {
		select {
		case <-s.stop:
			return
		case j := <-s.jobs:
			j.judge()
			s.bytes.Add(-j.size)
			j.shadow.Tail.done(j.call.Exchange.ID)
		}
	}
}

// room takes room for a copy, if there is any.
func (s *Shadows) room(size int64) bool {
	if len(s.jobs) == cap(s.jobs) {
		return false
	}
	if s.bytes.Add(size) > shadowBytes {
		s.bytes.Add(-size)
		return false
	}
	return true
}

// job is one copy on its way.
type job struct {
	shadow   *Shadow
	instance string
	call     core.Call
	live     verdict
	size     int64
}

// shadowed runs a step of which a shadow gets a copy.
func (c *Chain) shadowed(s *step, call *core.Call, out *Outcome) error {
	j := s.shadow.look(s, call)
	var err error
	if s.hook != nil {
		err = c.step(s, call, out)
	}
	if j != nil {
		j.live = verdictOf(call.Reply, err)
		s.shadow.submit(j)
	}
	return err
}

// look copies what a hook is about to see, or returns nil where there is no room.
func (s *Shadow) look(at *step, call *core.Call) *job {
	if call.Event != nil {
		return nil
	}
	ex := call.Exchange
	size := int64(len(ex.Request.Body) + len(call.Answer))
	for _, p := range call.Parts {
		size += int64(len(p.Original()))
	}
	r := s.Runner
	if !r.room(size) {
		s.Comparison.drop()
		return nil
	}
	j := &job{shadow: s, instance: at.instance, size: size, call: core.Call{
		Exchange: ex.Clone(s.Headers), Phase: call.Phase, Stage: stageIn(call.Phase, s.Stage),
		Answer: bytes.Clone(call.Answer), Deployments: slices.Clone(call.Deployments),
	}}
	for _, p := range call.Parts {
		j.call.Parts = append(j.call.Parts, p.Clone())
	}
	if call.Signals != nil {
		j.call.Signals = seen(call)
	}
	if call.Phase == core.PhasePrompt {
		j.call.Exchange.Prompt = j.call.Parts
	}
	if w := call.Window; w != nil {
		j.call.Window = &core.Window{
			Choice: w.Choice, Block: w.Block, Kind: w.Kind, Name: bytes.Clone(w.Name), Ref: bytes.Clone(w.Ref),
			Context: bytes.Clone(w.Context), Text: bytes.Clone(w.Text), Final: w.Final, Released: w.Released,
		}
	}
	return j
}

// signals are those of one moment.
type signals map[*core.Deployment]core.Signals

func (s signals) Signals(d *core.Deployment) core.Signals { return s[d] }

// seen copies the signals that a hook is about to see.
func seen(call *core.Call) signals {
	s := make(signals, len(call.Deployments))
	for _, d := range call.Deployments {
		s[d] = call.Signals.Signals(d)
	}
	return s
}

func (s *Shadow) submit(j *job) {
	s.Tail.add(j.call.Exchange.ID)
	select {
	case s.Runner.jobs <- j:
	default:
		s.Runner.bytes.Add(-j.size)
		s.Comparison.drop()
		s.Tail.done(j.call.Exchange.ID)
	}
}

func (j *job) judge() {
	var reply core.Reply
	j.call.Reply = &reply
	err := handle(j.shadow.Hooks[j.call.Phase], &j.call)
	if err == nil && !reply.Empty() {
		// Where the reply is no good its edits would not have been applied.
		err = (&Chain{}).merge(&step{stage: j.call.Stage, stream: j.shadow.Stream}, &j.call, &Outcome{})
	}
	if j.shadow.Report != nil {
		j.shadow.Report(err)
	}
	j.shadow.Comparison.add(j, verdictOf(&reply, err))
}
