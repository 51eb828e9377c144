package attempt

import (
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

const (
	// maxWait is the longest pause before a deployment is tried again: a client
	// waits for the answer meanwhile.
	maxWait = 2 * time.Second
	// firstPause bounds the first pause; each further one doubles.
	firstPause = 50 * time.Millisecond
	// maxRoutes bounds the routes of one exchange: its own and the fallbacks.
	maxRoutes = 8
)

// run is one exchange on its way through the loop.
type run struct {
	l         *Loop
	ex        *core.Exchange
	now       time.Duration // of the last pick; asking the clock is dear
	own       search        // on the exchange's route
	fallbacks []search      // made when the first of them is needed
	n         int           // routes: the own one and the fallbacks

	at    int    // route of the attempt under way
	place *place // of the attempt under way
	index int    // of the place in its route
	trial bool
	made  int // attempts

	bond   core.Bond   // what the request is tied to; no ID: nothing
	asked  int         // providers that do not know it
	failed *core.Error // of the first that may know it
}

// Do makes attempts until one succeeds or none is left, all before the first
// client byte. Without an error, resp holds an answer with a 2xx status, or one
// to a raw call that the client gets as it is, whatever its status; ex.Attempt
// tells which attempt it is, and the caller ends with one call of [Loop.Done]. With
// an error resp is closed.
//
// ex.Route must be a route of the loop's configuration. order holds indices
// into its deployments, the first choice first, and those that it leaves out are
// not tried; nil picks by weight. acc may be nil.
//
// An upstream's own error is returned with its status and, in Error.Upstream,
// its body. Where the gateway's provider key was refused, and for redirects, it
// becomes 502 without a body. When every deployment is cooling down the error
// is CodeNoDeployment, at once; where none serves the operation it is
// CodeNotServed.
func (l *Loop) Do(ex *core.Exchange, resp *upstream.Response, acc Acceptor, order []int) *core.Error {
	l.budget.requests.Add(1)
	first := l.routes[ex.Route]
	if first == nil {
		return core.Errorf(core.CodeInternal, "the exchange's route is not of this configuration")
	}
	r := run{l: l, ex: ex, n: min(1+len(first.fallbacks), maxRoutes)}
	r.own.begin(first, order)
	if err := r.seen(); err != nil {
		return err
	}
	if first.choice || ex.Consumer != nil && ex.Consumer.Tenant != "" {
		if err := r.bind(); err != nil {
			return err
		}
	}
	if err := r.first(); err != nil {
		return err
	}
	for {
		err := r.attempt(resp, acc)
		if err == nil {
			r.settled()
			return nil
		}
		if ex.Cause() != core.CauseNone || !r.next(err) {
			return r.verdict(err)
		}
	}
}

// Done tells how the body of an answer that Do returned ended: with nil when it
// was whole, else with what broke it off. An upstream that breaks its answers
// cools down like one that refuses.
func (l *Loop) Done(ex *core.Exchange, err *core.Error) {
	p := l.places[ex.Attempt.Deployment]
	if p == nil {
		return
	}
	failed := false
	if err == nil {
		p.health.succeed()
		l.Remember(ex)
	} else if failed = judge(err).failure; failed {
		l.fail(p)
	}
	if l.live {
		p.health.signals.end(ex.Cause() == core.CauseNone, failed)
	}
	l.observer.AttemptEnded(p.Deployment, err)
}

func (l *Loop) fail(p *place) {
	if d := p.health.fail(l.now()); d > 0 {
		l.observer.CooldownEntered(p.Deployment, d)
	}
}

func (l *Loop) now() time.Duration { return l.clock.Now().Sub(l.epoch) }

// search returns the search on the n-th route.
func (r *run) search(n int) *search {
	if n == 0 {
		return &r.own
	}
	if r.fallbacks == nil {
		r.fallbacks = make([]search, r.n-1)
		for i := range r.fallbacks {
			r.fallbacks[i].begin(r.own.route.fallbacks[i], nil)
			r.fallbacks[i].session = r.own.session
		}
	}
	return &r.fallbacks[n-1]
}

// choose notes the place of the next attempt.
func (r *run) choose(route, index int, trial bool) {
	s := r.search(route)
	s.tried.add(index)
	s.made++
	r.at, r.index, r.trial = route, index, trial
	r.place = s.route.places[index]
}

// first picks the place of the first attempt.
func (r *run) first() *core.Error {
	if r.own.route.well() {
		// What time it is does not matter then.
		if i, trial := r.l.pick(r.ex, &r.own, 0); i >= 0 {
			r.choose(0, i, trial)
			return nil
		}
	}
	r.now = r.l.now()
	if r.fresh() {
		return nil
	}
	for n := range r.n {
		if i := r.l.pickCooling(r.ex, r.search(n), r.now); i >= 0 {
			r.choose(n, i, true)
			return nil
		}
	}
	return r.nobody()
}

// fresh picks an untried place: healthy ones of each route, then limited ones.
func (r *run) fresh() bool {
	for n := range r.n {
		if s := r.search(n); s.made <= s.route.Retries {
			if i, trial := r.l.pick(r.ex, s, r.now); i >= 0 {
				r.choose(n, i, trial)
				return true
			}
		}
	}
	for n := range r.n {
		if s := r.search(n); s.made <= s.route.Retries {
			if i := r.l.pickLimited(r.ex, s, r.now); i >= 0 {
				r.choose(n, i, false)
				return true
			}
		}
	}
	return false
}

// nobody makes the error for an exchange that nobody can serve now.
func (r *run) nobody() *core.Error {
	soonest, serves := time.Duration(0), false
	for n := range r.n {
		for _, p := range r.search(n).route.places {
			if r.l.carrier.Serves(r.ex, p.Deployment) < 0 {
				continue
			}
			serves = true
			if left := time.Duration(p.health.until.Load()) - r.now; soonest == 0 || left < soonest {
				soonest = left
			}
		}
	}
	if !serves {
		// No retry will help: it is as wrong as a model that does not exist.
		return core.Errorf(core.CodeNotServed, "no deployment of route %q serves the operation %q in the dialect %q; ask another route, or the operator",
			r.ex.Route.Name, r.ex.Request.Operation, r.ex.Request.Dialect.Name())
	}
	e := core.Errorf(core.CodeNoDeployment, "all deployments of route %q failed repeatedly and are cooling down", r.ex.Route.Name)
	e.RetryAfter = max(soonest, trialEvery)
	return e
}

// attempt makes one attempt at the chosen place and judges it.
func (r *run) attempt(resp *upstream.Response, acc Acceptor) *core.Error {
	l, p := r.l, r.place
	at := r.ex.NewAttempt(p.Deployment)
	r.made++
	l.observer.AttemptStarted(p.Deployment)
	began := l.begin(p)
	err := l.call(r.ex, at, p, resp, acc)
	if err == nil {
		p.health.unlimit()
		l.answered(p, began)
		if r.trial && p.health.recover(l.now()) {
			l.observer.CooldownLeft(p.Deployment)
		}
		return nil
	}
	resp.Close(false)
	j := judge(err)
	if l.live {
		p.health.signals.end(r.ex.Cause() == core.CauseNone, j.failure || j.limited)
	}
	if r.ex.Cause() == core.CauseNone {
		if j.failure {
			l.fail(p)
		}
		if j.limited {
			p.health.limit(l.now(), err.RetryAfter)
		}
	}
	l.observer.AttemptEnded(p.Deployment, err)
	return err
}

// call makes the calls of one attempt: one, but for translators that need several.
func (l *Loop) call(ex *core.Exchange, at *core.Attempt, p *place, resp *upstream.Response, acc Acceptor) *core.Error {
	for {
		err := l.send(ex, at, p, resp)
		if err == nil && acc != nil {
			err = acc.Accept(ex, at, resp)
		}
		if err != nil || at.Translation == nil || !at.Translation.Next {
			return err
		}
		at.Request.Header, at.Request.Body = at.Request.Header[:0], at.Request.Body[:0]
	}
}

// send makes the request and returns without an error when the upstream
// answered 2xx, or to a raw call what is passed on as it is.
func (l *Loop) send(ex *core.Exchange, at *core.Attempt, p *place, resp *upstream.Response) *core.Error {
	op := ex.Request.Operation
	i := l.carrier.Serves(ex, p.Deployment) // it does: the place was picked
	at.Service = &p.Provider.Serves[op][i]
	at.Request.Method = "POST"
	t := &p.target[op][i]
	at.Request.Path, at.Learned = t.of(ex), t.learned
	l.addFields(ex, at)
	if err := l.carrier.Fill(ex, at); err != nil {
		return err
	}
	if s := p.Provider.Signer; s != nil {
		if err := s.Sign(p.Provider.Host, &at.Request); err != nil {
			e := core.Errorf(core.CodeInternal, "the request to provider %q could not be signed", p.Provider.Name)
			e.Cause = err
			return e
		}
	}
	if err := p.host.Do(ex, at, resp); err != nil {
		return err
	}
	at.Fields = resp
	if resp.Status >= 200 && resp.Status <= 299 || ex.Request.Operation == core.OpRaw && passed(resp.Status) {
		return nil
	}
	return l.statusError(ex, at, resp)
}

// next picks the place after the failure err, and waits for it if need be. It
// returns false when err is final.
func (r *run) next(err *core.Error) bool {
	if r.astray(err) {
		return r.elsewhere()
	}
	if r.failed == nil {
		r.failed = err
	}
	j := judge(err)
	if !j.retry {
		return false
	}
	s := r.search(r.at)
	if !j.again {
		s.out.add(r.index)
	}
	r.now = r.l.now()
	left, bounded := r.timeLeft()
	if bounded && left <= 0 {
		return false
	}
	if r.fresh() {
		return r.afford(r.place.Deployment)
	}
	for n := range r.n {
		s := r.search(n)
		if s.made > s.route.Retries {
			continue
		}
		i, wait := r.l.pickAgain(s, r.now, r.pause())
		if i < 0 || wait > maxWait || bounded && wait >= left {
			continue
		}
		if !r.afford(s.route.places[i].Deployment) || !sleep(r.ex, wait) {
			return false
		}
		r.now += wait
		r.choose(n, i, false)
		return true
	}
	return false
}

func (r *run) afford(d *core.Deployment) bool {
	if r.l.budget.take(r.now) {
		return true
	}
	r.l.observer.RetryDenied(d)
	return false
}

// timeLeft tells how much time the whole exchange has left, if it is bounded.
func (r *run) timeLeft() (time.Duration, bool) {
	if r.ex.Route.Total <= 0 {
		return 0, false
	}
	return r.ex.Route.Total - r.l.clock.Now().Sub(r.ex.Start), true
}

// pause returns a random pause that grows with the attempts made.
func (r *run) pause() time.Duration {
	d := min(firstPause<<min(r.made-1, 10), maxWait)
	return d/2 + time.Duration(r.l.below(uint64(d/2))) // both are small and ≥ 0
}

// sleeper is a pause that a cancellation ends.
type sleeper chan struct{}

// Cancel ends the pause.
func (s sleeper) Cancel() { close(s) }

// sleep waits for d and returns false when the exchange is cancelled.
func sleep(ex *core.Exchange, d time.Duration) bool {
	s := make(sleeper)
	if !ex.Arm(s) {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ex.Disarm()
	case <-s:
		return false
	}
}
