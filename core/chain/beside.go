package chain

import (
	"errors"
	"runtime/debug"

	"github.com/sallyport-gateway/sallyport/core"
)

// Beside is the judges of one exchange that run beside its attempt. Nothing of the
// answer may leave before [Beside.Wait] has returned. A nil *Beside has allowed.
type Beside struct {
	done chan struct{}
	ex   *core.Exchange // a copy; what is in it is good once done is closed
	out  Outcome
}

// HasBeside tells whether judges of the chain run beside the attempt.
func (c *Chain) HasBeside() bool { return c != nil && len(c.beside) > 0 }

// Beside starts the judges that run beside the attempt, on a copy of the exchange
// whose prompt is what leaves. stop is called, from another goroutine, if they end
// the exchange. Once ex is cancelled, as when its client has left, no further judge
// begins; the one that runs ends by its own limits. The caller calls Wait, whatever
// becomes of the exchange, before it lets go of the chain and of ex.
func (c *Chain) Beside(ex *core.Exchange, stop func()) *Beside {
	if !c.HasBeside() {
		return nil
	}
	var headers []string
	for i := range c.beside {
		if s := c.beside[i].sees; s != nil {
			headers = append(headers, s.Headers...)
		}
	}
	b := &Beside{done: make(chan struct{}), ex: ex.Clone(headers)}
	b.ex.Flags, b.ex.Prompt = nil, make([]*core.Part, len(ex.Prompt))
	for i, p := range ex.Prompt {
		b.ex.Prompt[i] = p.Clone()
	}
	tags := len(b.ex.Tags)
	go func() {
		defer close(b.done)
		defer func() {
			if v := recover(); v != nil { // beyond the fence around hooks
				b.out.Err = core.Errorf(core.CodeInternal, "The gateway failed to judge this request.")
				b.out.Err.Cause = &PanicError{Value: v, Stack: debug.Stack()}
				stop()
			}
		}()
		call := core.Call{Exchange: b.ex, Phase: core.PhasePrompt, Parts: b.ex.Prompt, Reply: &core.Reply{}}
		for i := range c.beside {
			if b.out.Err = unwanted(ex.Cause()); b.out.Err != nil {
				break
			}
			if c.run(&c.beside[i], &call, &b.out); b.out.Err != nil {
				stop()
				break
			}
		}
		b.ex.Tags = b.ex.Tags[tags:]
	}()
	return b
}

// unwanted returns the error of an exchange of whose judges not all were asked, for
// nobody waits for what they say. It is one, as what was not judged must not leave.
func unwanted(cause core.Cause) *core.Error {
	if cause == core.CauseNone {
		return nil
	}
	return cause.Failure("answer", "the time for the whole request ran out while it was judged")
}

// Wait returns when the judges have decided, with the error that ends the exchange
// or nil. What they flagged and tagged is then on ex.
func (b *Beside) Wait(ex *core.Exchange) *core.Error {
	if b == nil {
		return nil
	}
	<-b.done
	ex.Flags, ex.Tags = append(ex.Flags, b.ex.Flags...), append(ex.Tags, b.ex.Tags...)
	b.ex.Flags, b.ex.Tags = nil, nil
	return b.out.Err
}

// looksOn refuses what a judge that runs beside the attempt cannot do any more.
func (s *step) looksOn(r *core.Reply) error {
	if s.beside && (len(r.Edits) > 0 || r.Route != "" || r.Respond != nil) {
		return errors.New("chain: a judge that runs beside the attempt (parallel: true) can block, flag and tag; what it would change has left")
	}
	return nil
}
