package chain

import "github.com/sallyport-gateway/sallyport/core"

// guardStreams finds out how the hooks of the answer phase judge streams. A hook
// that cannot, and one that only looks on though it is mandatory, make the chain
// unfit for them.
func (c *Chain) guardStreams() {
	for i := range c.phases[core.PhaseAnswer] {
		s := &c.phases[core.PhaseAnswer][i]
		if s.hook == nil {
			s.stream.Mode = core.StreamObserve // a shadow, which decides nothing
		}
		c.guards = append(c.guards, s.stream)
		if s.hook == nil || c.unfit != nil {
			continue
		}
		const advice = "Set stream to false, or ask the operator"
		switch {
		case s.stream.Mode == core.StreamNone:
			c.unfit = core.ClientErrorf(core.CodeStreamNotGuarded, "stream",
				"The plugin %s must judge the answer and cannot judge a stream. %s.", s.instance, advice)
		case s.stream.Mode == core.StreamObserve && !s.optional:
			c.unfit = core.ClientErrorf(core.CodeStreamNotGuarded, "stream",
				"The plugin %s is mandatory here but would only see of a stream what was sent already. %s (optional: true lets it look on).", s.instance, advice)
		}
	}
}

// Streams returns an error with CodeStreamNotGuarded where the answer phase has a
// hook that cannot judge a stream, or one that may not be passed over and could only
// look on.
func (c *Chain) Streams() *core.Error {
	if c == nil {
		return nil
	}
	return c.unfit
}

// Guards returns how the hooks of the answer phase judge streams, in the order in
// which they run. The index of each is what [Chain.Guard] takes.
func (c *Chain) Guards() []core.StreamGuard {
	if c == nil {
		return nil
	}
	return c.guards
}

// Guard runs the hook i of the answer phase alone, on call.Window or, where that is
// nil, on call.Parts. Edits of a window are left in reply, checked; all else is as
// [Chain.Run] has it.
func (c *Chain) Guard(i int, call *core.Call, reply *core.Reply) Outcome {
	var out Outcome
	call.Phase, call.Reply = core.PhaseAnswer, reply
	c.run(&c.phases[core.PhaseAnswer][i], call, &out)
	return out
}
