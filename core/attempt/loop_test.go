package attempt

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

func TestWeights(t *testing.T) {
	b := newBench(t, chat("r", 0, deployment("a", "a", 1), deployment("b", "b", 3), deployment("never", "n", 0)))
	const n = 8000
	for range n {
		if _, err := b.do(); err != nil {
			t.Fatal(err)
		}
	}
	got := b.count()
	if share := float64(got["b"]) / n; math.Abs(share-0.75) > 0.03 || got["never"] != 0 {
		t.Errorf("picks = %v, want 1 : 3 : 0", got)
	}
	b = newBench(t, chat("r", 0, deployment("a", "a", 0), deployment("b", "b", 0)))
	for range 200 {
		if _, err := b.do(); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.count(); got["a"] < 50 || got["b"] < 50 {
		t.Errorf("picks = %v, want both", got)
	}
}

func TestWithoutReplacementThenFallback(t *testing.T) {
	ds := []*core.Deployment{deployment("a", "a", 1), deployment("b", "b", 5), deployment("c", "c", 0)}
	back := chat("back", 0, deployment("d", "d", 1))
	r := chat("r", 5, ds...)
	r.Fallbacks = []*core.Route{back}
	b := newBench(t, r, back)
	for _, n := range []string{"a", "b", "c"} {
		b.scripts[n] = code(core.CodeUpstreamConnect)
	}
	b.must("d")
	if got, want := b.count(), map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}; !maps.Equal(got, want) {
		t.Errorf("calls = %v, want %v", got, want)
	}
}

func TestRetriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := chat("back", 0, deployment("c", "c", 1))
		r := chat("r", 1, deployment("a", "a", 1), deployment("b", "b", 1), deployment("x", "x", 1))
		r.Fallbacks = []*core.Route{back}
		b := newBench(t, r, back)
		for _, n := range []string{"a", "b", "x", "c"} {
			b.scripts[n] = code(core.CodeUpstreamTimeout)
		}
		b.wantCode(core.CodeUpstreamTimeout)
		got := b.count()
		if got["a"]+got["b"]+got["x"] != 2 || got["c"] != 1 {
			t.Errorf("calls = %v, want two of the route and one fallback", got)
		}
	})
}

func TestWhatIsRetried(t *testing.T) {
	for e, want := range map[*core.Error]bool{
		core.Errorf(core.CodeUpstreamConnect, ""):                    true,
		core.Errorf(core.CodeUpstreamTimeout, ""):                    true,
		core.Errorf(core.CodeUpstreamCut, ""):                        true,
		core.Errorf(core.CodeUpstreamIdle, ""):                       true,
		core.Errorf(core.CodeUpstreamInvalid, ""):                    true,
		core.Errorf(core.CodeDeadline, ""):                           true,
		core.Errorf(core.CodeEgressDenied, ""):                       true,
		core.Errorf(core.CodeOverloaded, ""):                         true,
		core.Errorf(core.CodeUpstreamTooLarge, ""):                   false,
		core.Errorf(core.CodeInternal, ""):                           false,
		core.Errorf(core.CodeInvalidField, ""):                       false,
		core.Errorf(core.CodeBlocked, ""):                            false,
		{Code: core.CodeUpstreamStatus, Status: 400}:                 false,
		{Code: core.CodeUpstreamStatus, Status: 404}:                 false,
		{Code: core.CodeUpstreamStatus, Status: 408}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 413}:                 false,
		{Code: core.CodeUpstreamStatus, Status: 422}:                 false,
		{Code: core.CodeUpstreamStatus, Status: 429}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 500}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 501}:                 false,
		{Code: core.CodeUpstreamStatus, Status: 502}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 503}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 504}:                 true,
		{Code: core.CodeUpstreamStatus, Status: 529}:                 true,
		{Code: core.CodeUpstreamStatus, Cause: &refusal{401}}:        true,
		{Code: core.CodeUpstreamStatus, Cause: &refusal{403}}:        true,
		{Code: core.CodeUpstreamStatus, Cause: &refusal{302}}:        false,
		{Code: core.CodeUpstreamStatus, Status: 502, Cause: e407}:    false,
		{Code: core.CodeUpstreamStatus, Status: 500, RetryAfter: 10}: true,
	} {
		b := newBench(t, chat("r", 1, deployment("a", "a", 1), deployment("b", "b", 0)))
		b.scripts["a"] = func(*core.Exchange, *core.Attempt) *core.Error { return e }
		_, err := b.do()
		if retried := b.count()["b"] == 1; retried != want || want && err != nil || !want && err != e {
			t.Errorf("%v: retried = %v, %v; want %v", e, retried, err, want)
		}
		if b.log.started != b.log.ended {
			t.Errorf("%v: %d attempts started, %d ended", e, b.log.started, b.log.ended)
		}
	}
}

var e407 = &refusal{407}

// F12: a wait as told, capped, and never past the deadline.
func TestRetryAfterOfTheLast(t *testing.T) {
	f := func(name string, code int, after, total time.Duration, wantWait time.Duration, ok bool) {
		t.Run(fmt.Sprintf("%d %s", code, name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := chat("r", 2, deployment("a", "a", 1))
				r.Total = total
				b := newBench(t, r)
				n := 0
				b.scripts["a"] = func(*core.Exchange, *core.Attempt) *core.Error {
					if n++; n == 1 {
						return status(code, after)(nil, nil)
					}
					return nil
				}
				start := time.Now()
				_, err := b.do()
				if took := time.Since(start); (err == nil) != ok || took < wantWait || took > wantWait+firstPause {
					t.Errorf("took %v, %v; want %v, ok = %v", took, err, wantWait, ok)
				}
				if err != nil && (err.Status != code || err.RetryAfter != after) {
					t.Errorf("error = %+v, want the upstream's own", err)
				}
			})
		})
	}
	for _, code := range []int{429, 503, 529} {
		f("short", code, time.Second, 0, time.Second, true)
		f("longest", code, maxWait, 0, maxWait, true)
		f("long", code, maxWait+1, 0, 0, false)
		f("ten years", code, maxRetryAfter, 0, 0, false)
		f("past the deadline", code, time.Second, 500*time.Millisecond, 0, false)
		f("before the deadline", code, time.Second, 3*time.Second, time.Second, true)
	}
	f("unknown", 429, 0, 0, limitedFor, true)
	f("unknown", 503, 0, 0, 0, true) // but for the pause
}

func TestLimitedDeploymentsComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 1, deployment("a", "a", 1000), deployment("b", "b", 1)))
		b.scripts["a"] = status(429, time.Minute)
		b.must("b")
		b.count()
		for range 50 {
			b.must("b")
		}
		if got := b.count(); got["a"] != 0 {
			t.Errorf("calls = %v: the limited one was asked", got)
		}
		// When the other one fails it is better than nothing.
		b.scripts["a"], b.scripts["b"] = good, code(core.CodeUpstreamConnect)
		b.must("a")
		// And after its time it is picked again without more ado.
		b.scripts["a"], b.scripts["b"] = status(429, time.Minute), good
		_, _ = b.do()
		time.Sleep(time.Minute)
		b.scripts["a"] = good
		b.count()
		for range 20 {
			_, _ = b.do()
		}
		if got := b.count(); got["a"] < 15 {
			t.Errorf("calls = %v, want mostly a", got)
		}
	})
}

func TestPausesGrowAndEndWithTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 3, deployment("a", "a", 1)))
		b.scripts["a"] = status(503, 0)
		start := time.Now()
		b.wantCode(core.CodeUpstreamStatus)
		lo := (firstPause + 2*firstPause + 4*firstPause) / 2
		if took := time.Since(start); took < lo || took > 2*lo || b.count()["a"] != 4 {
			t.Errorf("four attempts took %v, want %v to %v", took, lo, 2*lo)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 3, deployment("a", "a", 1)))
		b.scripts["a"] = status(429, 2*time.Second)
		ex := b.exchange()
		go func() {
			time.Sleep(time.Second)
			ex.Cancel(core.CauseClientGone)
		}()
		start := time.Now()
		err := b.loop.Do(ex, new(upstream.Response), nil, nil)
		if took := time.Since(start); err == nil || took != time.Second || b.count()["a"] != 1 {
			t.Errorf("took %v, %v; want one second and one attempt", took, err)
		}
	})
}

// When the exchange's time is over nobody else is asked; when only that of the
// attempt is, somebody is.
func TestNoRetryAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 0))
		r.Total = time.Minute
		b := newBench(t, r)
		took := time.Minute
		b.scripts["a"] = func(*core.Exchange, *core.Attempt) *core.Error {
			time.Sleep(took)
			return core.Errorf(core.CodeDeadline, "late")
		}
		b.wantCode(core.CodeDeadline)
		if got := b.count(); got["b"] != 0 {
			t.Errorf("calls = %v, want a alone", got)
		}
		took /= 2
		b.must("b")
	})
}

// F16: half of all calls fail for a minute at 500 a second.
func TestRetryStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 4, deployment("a", "a", 1), deployment("b", "b", 1), deployment("c", "c", 1)))
		rng := newRandom()
		for _, n := range []string{"a", "b", "c"} {
			b.scripts[n] = func(*core.Exchange, *core.Attempt) *core.Error {
				if rng.Uint64()&1 == 0 {
					return &core.Error{Code: core.CodeUpstreamStatus, Status: 500}
				}
				return nil
			}
		}
		const clients = 30_000
		for range clients {
			ex := b.exchange()
			if b.loop.Do(ex, new(upstream.Response), nil, nil) == nil {
				b.loop.Done(ex, nil)
			}
			time.Sleep(2 * time.Millisecond)
		}
		if limit := clients*6/5 + freeRetries; b.log.started > limit || b.log.denied == 0 {
			t.Errorf("%d attempts for %d requests, want at most %d; denied %d", b.log.started, clients, limit, b.log.denied)
		}
	})
}

func TestBudget(t *testing.T) {
	b := newBudget()
	takes := func(now time.Duration) (n int) {
		for b.take(now) {
			n++
		}
		return n
	}
	if n := takes(0); n != freeRetries {
		t.Errorf("at the start: %d", n)
	}
	if n := takes(freeWindow - 1); n != 0 {
		t.Errorf("in the same window: %d", n)
	}
	if n := takes(freeWindow); n != freeRetries {
		t.Errorf("in the next window: %d", n)
	}
	b.requests.Add(50)
	if n := takes(freeWindow + 1); n != 10 {
		t.Errorf("after 50 requests: %d", n)
	}
	if n := takes(2 * freeWindow); n != 0 {
		t.Errorf("after a window that paid for itself: %d", n)
	}
	b.requests.Add(5)
	if n := takes(3*freeWindow - 1); n != 1 {
		t.Errorf("after 5 requests: %d", n)
	}
	if n := takes(3 * freeWindow); n != freeRetries-1 {
		t.Errorf("the window's own earnings count: %d", n)
	}
	b.requests.Add(1_000_000)
	if n := takes(4 * freeWindow); n != maxRetries {
		t.Errorf("saved up: %d", n)
	}
}

func TestOrder(t *testing.T) {
	b := newBench(t, chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 1), deployment("c", "c", 1)))
	b.scripts["c"] = code(core.CodeUpstreamConnect)
	got, err := b.doOrdered([]int{2, 7, -1, 0})
	if err != nil || got != "a" {
		t.Fatalf("served by %q, %v", got, err)
	}
	if calls, want := b.count(), map[string]int{"a": 1, "c": 1}; !maps.Equal(calls, want) {
		t.Errorf("calls = %v, want %v", calls, want)
	}
	if _, err := b.doOrdered([]int{}); err == nil || err.Code != core.CodeNoDeployment {
		t.Errorf("an empty order: %v", err)
	}
}

func TestNobodyServes(t *testing.T) {
	other := deployment("a", "a", 1)
	other.Provider.Serves[core.OpChat][0].Dialect = "other"
	b := newBench(t, chat("r", 1, other), chat("empty", 1))
	b.wantCode(core.CodeNotServed)
	ex := b.exchange()
	ex.Route = &core.Route{}
	if err := b.loop.Do(ex, new(upstream.Response), nil, nil); err == nil || err.Code != core.CodeInternal {
		t.Errorf("an unknown route: %v", err)
	}
	if b.log.started != 0 {
		t.Errorf("%d attempts", b.log.started)
	}
}

// refuser accepts nothing of the deployments it names.
type refuser []string

func (r refuser) Accept(_ *core.Exchange, at *core.Attempt, _ *upstream.Response) *core.Error {
	if slices.Contains(r, at.Deployment.Name) {
		return core.Errorf(core.CodeUpstreamInvalid, "not JSON")
	}
	return nil
}

func TestAcceptor(t *testing.T) {
	b := newBench(t, chat("r", 1, deployment("a", "a", 1), deployment("b", "b", 0)))
	ex := b.exchange()
	if err := b.loop.Do(ex, new(upstream.Response), refuser{"a"}, nil); err != nil || ex.Attempt.Deployment.Name != "b" || ex.Attempts != 2 {
		t.Errorf("attempts %d, %v", ex.Attempts, err)
	}
	b.loop.Done(ex, nil)
	ex = b.exchange()
	if err := b.loop.Do(ex, new(upstream.Response), refuser{"a", "b"}, nil); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("error = %v", err)
	}
	if b.log.started != 4 || b.log.ended != 4 || b.log.failed != 3 {
		t.Errorf("log = %+v", b.log)
	}
}

func TestConfigIsChecked(t *testing.T) {
	ok := Config{Clock: clock{}, Rand: newRandom(), Routes: []*core.Route{chat("r", 0, deployment("a", "a", 1))}}
	f := func(name string, change func(*Config)) {
		c := ok
		change(&c)
		if _, err := New(nil, c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	f("clock", func(c *Config) { c.Clock = nil })
	f("rand", func(c *Config) { c.Rand = nil })
	for _, name := range []string{"authorization", "COOKIE", "X-Forwarded-For", "X_Forwarded_For", "te", "x-api-key", "Host"} {
		f(name, func(c *Config) { c.Forward = []string{name} })
	}
	f("scheme", func(c *Config) {
		d := deployment("x", "x", 1)
		d.Provider.Scheme = "ftp"
		c.Routes = append(slices.Clone(c.Routes), chat("s", 0, d))
	})
	f("fallback", func(c *Config) {
		r := chat("s", 0)
		r.Fallbacks = []*core.Route{chat("t", 0)}
		c.Routes = []*core.Route{r}
	})
	f("too many", func(c *Config) {
		r := chat("s", 0)
		for i := range maxDeployments + 1 {
			r.Deployments = append(r.Deployments, deployment(fmt.Sprint(i), "x", 1))
		}
		c.Routes = []*core.Route{r}
	})
}
