package attempt

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock tells the real time, which inside a synctest bubble is a fake one.
type clock struct{}

func (clock) Now() time.Time { return time.Now() }

// random is a seeded source.
type random struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newRandom() *random { return &random{r: rand.New(rand.NewPCG(1, 2))} }

func (r *random) Uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Uint64()
}

// dialect forwards the body as it is.
type dialect struct{ core.Dialect }

func (dialect) Name() string { return "test.chat" }

func (dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	if string(ex.Request.Body) == "bad" {
		return core.ClientErrorf(core.CodeInvalidField, "x", "bad")
	}
	at.Request.Body = append(at.Request.Body, ex.Request.Body)
	return nil
}

// log is an observer that remembers.
type log struct {
	mu                             sync.Mutex
	started, ended, failed, denied int
	entered, left                  []string
}

func (l *log) do(f func()) { l.mu.Lock(); defer l.mu.Unlock(); f() }

func (l *log) AttemptStarted(*core.Deployment) { l.do(func() { l.started++ }) }
func (l *log) AttemptEnded(_ *core.Deployment, err *core.Error) {
	l.do(func() {
		l.ended++
		if err != nil {
			l.failed++
		}
	})
}

func (l *log) CooldownEntered(d *core.Deployment, length time.Duration) {
	l.do(func() { l.entered = append(l.entered, d.Name+" "+length.String()) })
}
func (l *log) CooldownLeft(d *core.Deployment) { l.do(func() { l.left = append(l.left, d.Name) }) }
func (l *log) RetryDenied(*core.Deployment)    { l.do(func() { l.denied++ }) }

// script is a sender whose answers a test decides.
type script func(ex *core.Exchange, at *core.Attempt) *core.Error

func (s script) Do(ex *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error {
	if err := s(ex, at); err != nil {
		return err
	}
	resp.Status = 200
	return nil
}

func good(*core.Exchange, *core.Attempt) *core.Error { return nil }

func code(c core.Code) script {
	return func(*core.Exchange, *core.Attempt) *core.Error { return core.Errorf(c, "scripted") }
}

func status(s int, after time.Duration) script {
	return func(*core.Exchange, *core.Attempt) *core.Error {
		return &core.Error{Code: core.CodeUpstreamStatus, Status: s, RetryAfter: after}
	}
}

// deployment makes a deployment that serves chats.
func deployment(name, addr string, weight int) *core.Deployment {
	p := &core.Provider{Name: name, Scheme: "http", Host: addr, BasePath: "/v1"}
	p.Serves[core.OpChat] = []core.Service{{Dialect: "test.chat", Path: "/chat/completions"}}
	return &core.Deployment{Name: name, Provider: p, Weight: weight}
}

// bench is a loop whose deployments are scripted.
type bench struct {
	t       testing.TB
	loop    *Loop
	log     *log
	route   *core.Route
	scripts map[string]script
	calls   map[string]int
	mu      sync.Mutex
}

// newBench makes a bench of routes, the first of which is asked.
func newBench(t testing.TB, routes ...*core.Route) *bench {
	t.Helper()
	b := &bench{t: t, log: new(log), route: routes[0], scripts: map[string]script{}, calls: map[string]int{}}
	b.reload(routes...)
	t.Cleanup(func() { b.loop.Close() })
	return b
}

func (b *bench) reload(routes ...*core.Route) {
	b.t.Helper()
	l, err := New(b.loop, Config{Routes: routes, Clock: clock{}, Rand: newRandom(), Observer: b.log})
	if err != nil {
		b.t.Fatal(err)
	}
	if b.loop != nil {
		b.loop.Close()
	}
	b.loop, b.route = l, routes[0]
	for d, p := range l.places {
		p.host = script(func(ex *core.Exchange, at *core.Attempt) *core.Error {
			b.mu.Lock()
			b.calls[d.Name]++
			s := b.scripts[d.Name]
			b.mu.Unlock()
			if s == nil {
				return nil
			}
			return s(ex, at)
		})
	}
}

// exchange makes an exchange of the route.
func (b *bench) exchange() *core.Exchange {
	ex := &core.Exchange{Route: b.route, Start: time.Now()}
	ex.Request.Dialect, ex.Request.Operation, ex.Request.Body = dialect{}, core.OpChat, []byte("{}")
	return ex
}

// do makes one exchange and returns the name of the deployment that served.
func (b *bench) do() (string, *core.Error) { return b.doOrdered(nil) }

func (b *bench) doOrdered(order []int) (string, *core.Error) {
	ex, resp := b.exchange(), new(upstream.Response)
	if err := b.loop.Do(ex, resp, nil, order); err != nil {
		return "", err
	}
	b.loop.Done(ex, nil)
	return ex.Attempt.Deployment.Name, nil
}

// count returns and forgets the calls made so far.
func (b *bench) count() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls
	b.calls = map[string]int{}
	return c
}

func (b *bench) must(want string) {
	b.t.Helper()
	if got, err := b.do(); err != nil || got != want {
		b.t.Fatalf("served by %q, %v; want %q", got, err, want)
	}
}

func (b *bench) wantCode(want core.Code) *core.Error {
	b.t.Helper()
	got, err := b.do()
	if err == nil || err.Code != want {
		b.t.Fatalf("served by %q, %v; want code %s", got, err, want)
	}
	return err
}

func chat(name string, retries int, ds ...*core.Deployment) *core.Route {
	return &core.Route{Name: name, Retries: retries, Deployments: ds}
}
