package server

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// run runs the hooks of a phase in c. What they see beyond the exchange the caller
// has put into x.call.
func (x *exchange) run(c *chain.Chain, p core.Phase) chain.Outcome {
	x.call.Exchange, x.call.Phase = &x.Exchange, p
	return c.Run(&x.call, &x.reply)
}

// receive runs the hooks that see a request before anything of it is parsed: they
// may give it another path, answer it or block it. It returns false when the
// request has been answered.
func (x *exchange) receive() bool {
	if !x.begun {
		x.begin()
	}
	c := x.state.Receive.For(x.ID)
	x.Request.Headers = &x.head
	x.Request.Dialect = x.state.speakerOf(&x.Request) // until the path says more
	x.Request.Body = x.ctx.Request.Body()
	err := x.busy()
	if err == nil {
		err = c.Available()
	}
	if err == nil {
		x.call = core.Call{}
		out := x.run(c, core.PhaseReceive)
		switch {
		case out.Err != nil:
			err = out.Err
		case out.Respond != nil:
			x.respond(out.Respond)
			return false
		case out.Path != "":
			x.Request.Path = x.Copy([]byte(out.Path))
		}
	}
	if err != nil {
		x.rejected = true
		x.fail(err)
	}
	return err == nil
}

// probed tells whether a path is no exchange's, whatever plugins think of it.
func probed(path []byte) bool {
	switch string(path) {
	case "/healthz", "/readyz", "/metrics":
		return true
	default:
		return false
	}
}

// busy tells whether the gateway takes no more exchanges now.
func (x *exchange) busy() *core.Error {
	s := x.srv
	if s.drain.Load() {
		x.ctx.SetConnectionClose()
		return core.Errorf(core.CodeDraining, "The gateway is shutting down. Try again; another one will answer.")
	}
	if n := x.state.Snapshot.Limits.InFlight; n > 0 && s.flight.Load() > int64(n) {
		return core.Errorf(core.CodeOverloaded, "The gateway serves as many requests as it may (limits.in_flight). Try again in a moment.")
	}
	return nil
}

// judgePrompt runs the hooks on the prompt, and then those on the order of the
// deployments. A plugin may answer the exchange itself: then x.answered is true.
func (x *exchange) judgePrompt() *core.Error {
	if x.chain.Has(core.PhasePrompt) {
		if err := x.prompt(); err != nil || x.answered {
			return err
		}
	}
	if x.chain.Has(core.PhaseRoute) {
		return x.deployments()
	}
	return nil
}

// parts reads the prompt's parts, once.
func (x *exchange) parts() *core.Error {
	if x.parsed {
		return nil
	}
	x.parsed = true
	return x.Request.Dialect.Parts(&x.Exchange)
}

func (x *exchange) prompt() *core.Error {
	if err := x.parts(); err != nil {
		return err
	}
	x.call = core.Call{Parts: x.Prompt}
	return x.follow(x.run(x.chain, core.PhasePrompt))
}

// follow does what a chain decided on the prompt. A route verdict counts once.
func (x *exchange) follow(out chain.Outcome) *core.Error {
	switch {
	case out.Err != nil:
		return out.Err
	case out.Respond != nil:
		x.respond(out.Respond)
		return nil
	case out.Route == "" || out.Route == x.Route.Name:
		return nil
	}
	return x.reroute(out.Route)
}

// reroute leads the exchange to another route. The guards of both hold from here
// on, and those that have not judged the prompt do so now.
func (x *exchange) reroute(name string) *core.Error {
	snap := x.state.Snapshot
	to := snap.Routes[name]
	if name == "*" {
		to = snap.Any
	}
	if to == nil {
		e := core.Errorf(core.CodePluginFailed, "A plugin chose the route %q, which does not exist. Ask the operator.", printable([]byte(name)))
		e.Origin = core.OriginPlugin
		return e
	}
	from := x.chain
	if err := x.pickRoute([]byte(to.Name)); err != nil {
		return err
	}
	j := x.state.join(from, x.chain)
	x.chain = j.both
	if !j.rest.Has(core.PhasePrompt) {
		return nil
	}
	if err := x.parts(); err != nil {
		return err
	}
	x.call = core.Call{Parts: x.Prompt}
	out := x.run(j.rest, core.PhasePrompt)
	out.Route = "" // there was one
	return x.follow(out)
}

// deployments runs the hooks that order the route's deployments.
func (x *exchange) deployments() *core.Error {
	if err := x.parts(); err != nil {
		return err
	}
	x.estInput = estimateInput(x.bytesIn)
	all := x.Route.Deployments
	x.call = core.Call{Parts: x.Prompt, Deployments: all, Signals: x.state.Loop}
	out := x.run(x.chain, core.PhaseRoute)
	route := x.Route
	if err := x.follow(out); err != nil || x.answered || x.Route != route {
		return err
	}
	if len(x.call.Deployments) == len(all) && (len(all) == 0 || &x.call.Deployments[0] == &all[0]) {
		return nil // as they were
	}
	x.order = make([]int, 0, len(x.call.Deployments))
	for _, d := range x.call.Deployments {
		for i := range all {
			if all[i] == d {
				x.order = append(x.order, i)
			}
		}
	}
	return nil
}

// joined is the chains of an exchange that was led from one route to another.
type joined struct{ both, rest *chain.Chain }

// join returns the chains of an exchange that is led from the route of one chain
// to that of another. They are compiled once for each pair.
func (s *State) join(from, to *chain.Chain) *joined {
	key := [2]*chain.Chain{from, to}
	if j, ok := s.joins.Load(key); ok {
		return j.(*joined) //nolint:forcetypeassert // nothing else is stored
	}
	j := &joined{}
	j.both, j.rest = chain.Join(from, to)
	got, _ := s.joins.LoadOrStore(key, j)
	return got.(*joined) //nolint:forcetypeassert // nothing else is stored
}

// complete runs the hooks that are told how the exchange ended, and lets those
// who keep something for it forget it.
func (x *exchange) complete() {
	if x.chain.Has(core.PhaseComplete) {
		x.call = core.Call{}
		x.run(x.chain, core.PhaseComplete)
	}
	if f := x.srv.forgetter; f != nil && x.call.Exchange != nil {
		f.Forget(x.ID)
	}
}
