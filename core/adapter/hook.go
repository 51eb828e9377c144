package adapter

import (
	"context"
	"errors"
	"sync"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// keptScratch is how many scratches a worker keeps, keptFrame how large a frame
// each may keep, in bytes.
const (
	keptScratch = 16
	keptFrame   = 256 << 10
)

// scratch is the memory of one hook call.
type scratch struct {
	frames abi.Frames
	frame  []byte
	reply  abi.Reply
}

// hook is an instance's function for one phase.
type hook struct{ worker *worker }

// Handle runs the hook in the process and puts its verdicts into call.Reply.
// Every error is an [*Error]; then call.Reply is undefined.
func (h *hook) Handle(call *core.Call) error {
	w := h.worker
	name := abi.HookOf(call)
	return w.counted(name, func() (Failure, error) {
		failure, err := w.hook(name, call)
		if err == nil {
			w.counters.verdicts.Add(call.Reply)
		}
		return failure, err
	})
}

// counted runs a call, counts it and dresses its error.
func (w *worker) counted(name string, f func() (Failure, error)) error {
	clock := w.artifact.host.opts.Clock
	began := clock.Now()
	failure, err := f()
	w.counters.calls.Add(1)
	w.counters.time.Add(int64(clock.Now().Sub(began)))
	if err == nil {
		return nil
	}
	w.counters.failures[failure].Add(1)
	return &Error{Instance: w.name, Call: name, Failure: failure, Cause: err}
}

func (w *worker) hook(name string, call *core.Call) (Failure, error) {
	if name == "" {
		return FailHost, errors.New("no such hook")
	}
	p := w.current.Load()
	if p == nil {
		return FailDown, errDown
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.limits.Deadline)
	defer cancel()
	select {
	case w.hooks <- struct{}{}:
		defer func() { <-w.hooks }()
	case <-ctx.Done():
		return FailBusy, errBusy
	}
	s := w.acquire()
	defer w.keep(s)
	states := &w.artifact.host.states
	key := stateKeyOf(w.name, name, call)
	frame := s.frames.Fill(call, abi.FrameOptions{
		Sees: &w.artifact.manifest.Sees, State: states.get(call.Exchange.ID, key), Now: w.artifact.host.opts.Clock.Now(),
	})
	s.frame = frame.Append(s.frame[:0])
	reply, err := p.api.Hook(ctx, &wire.HookRequest{Hook: name, Frame: s.frame}, maxReceive(w.limits.Reply))
	if err != nil {
		return failureOf(err), err
	}
	if len(reply.GetFrame()) == 0 {
		return FailNone, nil
	}
	if err := s.reply.Decode(reply.GetFrame()); err != nil {
		return FailReply, err
	}
	if err := s.reply.Into(call.Reply, call.Exchange); err != nil {
		return FailReply, err
	}
	if s.reply.HasState {
		states.put(call.Exchange.ID, key, s.reply.State)
	}
	return FailNone, nil
}

func (w *worker) acquire() *scratch {
	select {
	case s := <-w.scratch:
		return s
	default:
		return &scratch{}
	}
}

// keep takes back a scratch, without what it holds of the exchange.
func (w *worker) keep(s *scratch) {
	s.frames.Reset()
	s.reply.Reset()
	if cap(s.frame) > keptFrame {
		s.frame = nil
	}
	select {
	case w.scratch <- s:
	default:
	}
}

// Instance is one configured use of an adapter. It is safe for concurrent use
// and implements [core.Instance].
type Instance struct {
	worker *worker
	key    [32]byte
	once   sync.Once
}

var _ core.Instance = (*Instance)(nil)

// Start starts the process, unless another instance that is configured alike
// has, and returns when it is ready: within two seconds, or it is refused.
func (i *Instance) Start(ctx context.Context) error { return i.worker.start(ctx) }

// Hook returns the instance's function for p, or nil.
func (i *Instance) Hook(p core.Phase) core.Hook {
	if !i.worker.artifact.manifest.Has(p) {
		return nil
	}
	return &hook{worker: i.worker}
}

// Close ends the process after the last instance that is configured alike. It
// waits some seconds for calls under way and returns when nothing of the process
// is left.
func (i *Instance) Close() error {
	i.once.Do(func() { i.worker.artifact.release(i.worker, i.key) })
	return nil
}

// Stats returns what the instance's process did so far.
func (i *Instance) Stats() Stats {
	s := i.worker.counters.read()
	if i.worker.current.Load() != nil {
		s.Running = 1
	}
	return s
}

// State returns what the instance's process is doing.
func (i *Instance) State() State { return i.worker.now() }
