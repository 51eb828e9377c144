package attempt

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// maxDeployments bounds the deployments of one route.
const maxDeployments = 256

// Config is what a [Loop] is made of.
type Config struct {
	// Routes are all routes of the snapshot. Their fallbacks must be among them.
	Routes []*core.Route
	// Upstream gives the bounds and egress rules of a provider's connections;
	// nil means the defaults for all.
	Upstream func(*core.Provider) upstream.Options
	Clock    core.Clock
	Rand     core.Rand
	// Observer is told what happens; nil for nobody.
	Observer Observer
	// Carrier makes requests and knows who can serve; nil passes a request on
	// in the client's own dialect.
	Carrier Carrier
	// Forward names further header fields of clients to pass on. Credentials,
	// hop-by-hop fields and proxies' claims are refused.
	Forward []string
	// UserAgent is sent to upstreams; "" means "sallyport".
	UserAgent string
	// Signals has the loop keep the live signals of deployments, see
	// [Loop.Signals]. It costs each attempt a few dozen nanoseconds, so it is set
	// where a route hook is there to see them.
	Signals bool
}

// Carrier makes the upstream's request of one attempt. The loop has set method,
// path and header fields before; it signs afterwards. It is safe for concurrent
// use.
type Carrier interface {
	// Serves returns which of the services that d's provider has for the operation
	// is to serve the exchange, or -1 if d cannot serve it at all.
	Serves(ex *core.Exchange, d *core.Deployment) int
	// Fill completes at.Request for the service at.Service.
	Fill(ex *core.Exchange, at *core.Attempt) *core.Error
	// Refused reads the answer of a provider of another dialect that has an error
	// status: the error says what the provider said. It returns nil where it has
	// nothing to say.
	Refused(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse) *core.Error
}

// Acceptor looks at an answer with a 2xx status while there is still a way
// back: it may read the whole body, or a stream's first event. An error is
// treated like any other failure of the attempt; resp is then closed by the
// loop. It is called once for each call of an attempt, of which there are several
// only where the answer's translation says so ([core.Translation.Next]).
type Acceptor interface {
	Accept(ex *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error
}

// Observer is told what the loop does, for metrics. Its methods are called on
// the path of requests from many goroutines: they are quick and do not block.
type Observer interface {
	// AttemptStarted and AttemptEnded come in pairs. err is nil when the answer
	// was whole.
	AttemptStarted(d *core.Deployment)
	AttemptEnded(d *core.Deployment, err *core.Error)
	// CooldownEntered and CooldownLeft need not come in pairs: a trial that
	// fails enters again.
	CooldownEntered(d *core.Deployment, length time.Duration)
	CooldownLeft(d *core.Deployment)
	// RetryDenied tells that the retry budget was empty when an attempt at d
	// had failed.
	RetryDenied(d *core.Deployment)
}

// Loop makes the attempts of all exchanges of one snapshot. It is safe for
// concurrent use.
type Loop struct {
	clock    core.Clock
	rand     core.Rand
	observer Observer
	carrier  Carrier
	forward  []string
	agent    string

	epoch  time.Time // moments are counted from here
	budget *budget
	homes  *homes
	live   bool // signals are kept
	routes map[*core.Route]*route
	places map[*core.Deployment]*place
	hosts  map[hostKey]*sharedHost
	opt    func(*core.Provider) upstream.Options
	closed sync.Once
}

// route is a core.Route with the places that serve it.
type route struct {
	*core.Route
	places    []*place
	fallbacks []*route
	only      [1]int // the order of a single place
	choice    bool   // there are several places, its fallbacks' included
	scattered bool   // of several providers
}

// place is a deployment with all that is known of it.
type place struct {
	*core.Deployment
	host   sender
	health *health
	name   uint64 // hash of the deployment's
	target [core.NumOperations][]target
}

// sender is a *upstream.Host.
type sender interface {
	Do(ex *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error
}

// hostKey is what makes two hosts the same.
type hostKey struct{ provider, scheme, host, field string }

// sharedHost is a host used by one or more loops.
type sharedHost struct {
	*upstream.Host
	opt   upstream.Options
	users atomic.Int32
}

// New makes the loop of a snapshot. What is alive in prev, which may be nil,
// carries over: the retry budget, the health of deployments whose name and
// provider are the same, and connections to hosts that are reached in the same
// way. prev goes on working until it is closed.
func New(prev *Loop, c Config) (*Loop, error) {
	if c.Clock == nil || c.Rand == nil {
		return nil, errors.New("attempt: Config needs a Clock and a Rand")
	}
	forward, err := checkForward(c.Forward)
	if err != nil {
		return nil, err
	}
	l := &Loop{
		clock: c.Clock, rand: c.Rand, observer: c.Observer, carrier: c.Carrier, forward: forward, agent: c.UserAgent,
		routes: make(map[*core.Route]*route, len(c.Routes)),
		places: make(map[*core.Deployment]*place),
		hosts:  make(map[hostKey]*sharedHost),
		opt:    c.Upstream, live: c.Signals,
	}
	if l.opt == nil {
		l.opt = func(*core.Provider) upstream.Options { return upstream.Options{} }
	}
	if l.observer == nil {
		l.observer = nobody{}
	}
	if l.carrier == nil {
		l.carrier = SameDialect{}
	}
	if l.agent == "" {
		l.agent = "sallyport"
	}
	if prev != nil {
		l.epoch, l.budget, l.homes = prev.epoch, prev.budget, prev.homes
	} else {
		l.epoch, l.budget, l.homes = c.Clock.Now(), newBudget(), newHomes()
	}
	if err := l.build(prev, c.Routes); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Loop) build(prev *Loop, routes []*core.Route) error {
	old := make(map[string]*place)
	if prev != nil {
		for _, p := range prev.places {
			old[p.Name] = p
		}
	}
	for _, r := range routes {
		if len(r.Deployments) > maxDeployments {
			return fmt.Errorf("attempt: route %q has %d deployments; %d are allowed", r.Name, len(r.Deployments), maxDeployments)
		}
		built := &route{Route: r}
		for _, d := range r.Deployments {
			p, err := l.place(prev, old, d)
			if err != nil {
				return err
			}
			built.places = append(built.places, p)
		}
		l.routes[r] = built
	}
	for _, r := range l.routes {
		for _, f := range r.Fallbacks {
			to := l.routes[f]
			if to == nil {
				return fmt.Errorf("attempt: fallback %q of route %q is not among the routes", f.Name, r.Name)
			}
			r.fallbacks = append(r.fallbacks, to)
		}
	}
	for _, r := range l.routes {
		r.spread()
	}
	return nil
}

// spread notes what there is to choose among.
func (r *route) spread() {
	var first *place
	for _, from := range append([]*route{r}, r.fallbacks...) {
		for _, p := range from.places {
			r.choice = r.choice || first != nil
			if first == nil {
				first = p
			}
			r.scattered = r.scattered || p.Provider.Name != first.Provider.Name
		}
	}
}

func (l *Loop) place(prev *Loop, old map[string]*place, d *core.Deployment) (*place, error) {
	if p := l.places[d]; p != nil {
		return p, nil
	}
	host, err := l.hostOf(prev, d.Provider)
	if err != nil {
		return nil, err
	}
	p := &place{Deployment: d, host: host, health: new(health), target: targetsOf(d), name: nameHash(d.Name)}
	if q := old[d.Name]; q != nil && keyOf(q.Provider) == keyOf(d.Provider) {
		p.health = q.health
	}
	l.places[d] = p
	return p, nil
}

func keyOf(p *core.Provider) hostKey { return hostKey{p.Name, p.Scheme, p.Host, p.HostHeader} }

// hostOf returns the connections to the provider's host, prev's where they fit.
func (l *Loop) hostOf(prev *Loop, p *core.Provider) (*sharedHost, error) {
	key := keyOf(p)
	if h := l.hosts[key]; h != nil {
		return h, nil
	}
	opt := l.opt(p)
	opt.Resend = l.resend()
	if prev != nil {
		if h := prev.hosts[key]; h != nil && h.opt.Equal(opt) {
			h.users.Add(1)
			l.hosts[key] = h
			return h, nil
		}
	}
	h, err := upstream.NewHost(p, opt)
	if err != nil {
		return nil, err
	}
	shared := &sharedHost{Host: h, opt: opt}
	shared.users.Add(1)
	l.hosts[key] = shared
	return shared, nil
}

// resend returns what lets hosts send a request once more: it costs a retry,
// like any other. A host may outlive the loop that made it and so must not hold
// it.
func (l *Loop) resend() func() bool {
	b, clock, epoch := l.budget, l.clock, l.epoch
	return func() bool { return b.take(clock.Now().Sub(epoch)) }
}

// Close gives up the connections that no later loop took over. Exchanges under
// way are not disturbed. Close may be called more than once.
func (l *Loop) Close() {
	l.closed.Do(func() {
		for _, h := range l.hosts {
			if h.users.Add(-1) == 0 {
				h.Close()
			}
		}
	})
}

// Hosts calls f with the counts of each provider's connections.
func (l *Loop) Hosts(f func(provider string, s upstream.Stats)) {
	for key, h := range l.hosts {
		f(key.provider, h.Stats())
	}
}

// SameDialect is the [Carrier] for upstreams that speak the client's dialect.
type SameDialect struct{}

// Serves returns the service in the client's dialect.
func (SameDialect) Serves(ex *core.Exchange, d *core.Deployment) int {
	services := d.Provider.Serves[ex.Request.Operation]
	for i := range services {
		if services[i].Dialect == ex.Request.Dialect.Name() {
			return i
		}
	}
	return -1
}

// Fill lets the dialect forward the original bytes.
func (SameDialect) Fill(ex *core.Exchange, at *core.Attempt) *core.Error {
	return ex.Request.Dialect.Forward(ex, at)
}

// Refused has nothing to say: the provider's own words are the client's dialect.
func (SameDialect) Refused(*core.Exchange, *core.Attempt, *core.UpstreamResponse) *core.Error {
	return nil
}

// nobody observes nothing.
type nobody struct{}

func (nobody) AttemptStarted(*core.Deployment)                 {}
func (nobody) AttemptEnded(*core.Deployment, *core.Error)      {}
func (nobody) CooldownEntered(*core.Deployment, time.Duration) {}
func (nobody) CooldownLeft(*core.Deployment)                   {}
func (nobody) RetryDenied(*core.Deployment)                    {}
