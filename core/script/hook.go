package script

import (
	"errors"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// hook is an instance's function for one phase.
type hook struct {
	instance *Instance
	phase    core.Phase
}

// Handle runs the hook in a runtime and puts its verdicts into call.Reply.
// Every error is an [*Error]; then call.Reply is undefined. A runtime that
// failed is not used again.
func (h *hook) Handle(call *core.Call) error {
	i := h.instance
	clock := i.script.host.opts.Clock
	began := clock.Now()
	i.stats.calls.Add(1)
	failure, err := h.run(call)
	i.stats.time.Add(int64(clock.Now().Sub(began)))
	if err != nil {
		i.stats.failures[failure].Add(1)
		return &Error{Instance: i.setup.name, Hook: h.phase.String(), Failure: failure, Cause: err}
	}
	return nil
}

func (h *hook) run(call *core.Call) (failure Failure, err error) {
	i := h.instance
	if call.Window != nil && !i.script.windows() {
		return FailHost, errors.New("its manifest says no stream mode in which it is shown windows")
	}
	r, err := i.acquire()
	if err != nil {
		return failureOf(err)
	}
	var reply goja.Value
	err = r.limited(i.setup.deadline, func() error {
		view, err := r.view(i.script, call)
		if err != nil {
			return err
		}
		reply, err = r.function(call, h.phase)(goja.Undefined(), view, r.config)
		if err != nil {
			return err
		}
		return r.read(i.script, call, reply)
	})
	if err == nil {
		i.release(r)
		return 0, nil
	}
	return failureOf(err)
}
