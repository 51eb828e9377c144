package attempt

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// F01: a deployment is out after five failures, and the fallback is used from
// the next request on, without a retry.
func TestCooldownAndFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := chat("back", 0, deployment("b", "b", 1))
		r := chat("r", 0, deployment("a", "a", 1))
		r.Fallbacks = []*core.Route{back}
		b := newBench(t, r, back)
		b.scripts["a"] = code(core.CodeUpstreamConnect)
		for range failuresToCool {
			_, _ = b.do()
			time.Sleep(freeWindow) // for the retry budget
		}
		if got := b.count(); got["a"] != failuresToCool {
			t.Fatalf("calls = %v", got)
		}
		b.must("b")
		if got := b.count(); got["a"] != 0 || got["b"] != 1 {
			t.Errorf("calls = %v, want the fallback alone", got)
		}
		if want := []string{"a 30s"}; !slices.Equal(b.log.entered, want) {
			t.Errorf("cooldowns = %q, want %q", b.log.entered, want)
		}
	})
}

// F17: one of three fails for a while; the others serve, and it is back at most
// 40 s after it recovered, whenever that is.
func TestOneOfThree(t *testing.T) {
	for _, outage := range []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 1), deployment("c", "c", 1)))
			b.scripts["a"] = code(core.CodeUpstreamConnect)
			failed := 0
			ask := func(span time.Duration) {
				for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
					if _, err := b.do(); err != nil {
						failed++
					}
				}
			}
			ask(outage)
			b.scripts["a"] = good
			ask(40 * time.Second)
			if failed != 0 {
				t.Errorf("outage %v: %d exchanges failed", outage, failed)
			}
			b.count()
			ask(10 * time.Second)
			if got := b.count(); got["a"] < 100 {
				t.Errorf("outage %v: calls after it = %v, want a third for a", outage, got)
			}
			if want := []string{"a"}; !slices.Equal(b.log.left, want) {
				t.Errorf("outage %v: came back %q", outage, b.log.left)
			}
		})
	}
}

// F18: when everything fails the answer is 503 at once, and each deployment is
// asked at most once a second.
func TestAllFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 0, deployment("a", "a", 1), deployment("b", "b", 1)))
		b.scripts["a"], b.scripts["b"] = code(core.CodeUpstreamTimeout), code(core.CodeUpstreamTimeout)
		for range 40 {
			_, _ = b.do()
		}
		b.count()
		start := time.Now()
		refused := 0
		for range 1000 {
			_, err := b.do()
			if err.Code == core.CodeNoDeployment {
				refused++
				if err.HTTPStatus() != 503 || err.RetryAfter <= 0 {
					t.Fatalf("error = %+v", err)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		if spent := time.Since(start); spent != 100*time.Second {
			t.Errorf("refusals took %v of time", spent-100*time.Second)
		}
		got := b.count()
		for n, calls := range got {
			if calls < 90 || calls > 101 {
				t.Errorf("%s was asked %d times in 100 s", n, calls)
			}
		}
		if refused < 790 {
			t.Errorf("%d of 1000 refused; calls = %v", refused, got)
		}
		// One that recovers is noticed within a second.
		b.scripts["b"] = good
		time.Sleep(trialEvery)
		served := 0
		for range 10 {
			if n, err := b.do(); err == nil && n == "b" {
				served++
			}
		}
		if served < 9 {
			t.Errorf("served %d of 10 after the recovery", served)
		}
	})
}

// A deployment that comes back and falls again stays away for longer.
func TestFlapping(t *testing.T) {
	var h health
	now := time.Hour
	fall := func() (d time.Duration) {
		for d == 0 {
			d = h.fail(now)
		}
		return d
	}
	for _, want := range []time.Duration{coolFor, 2 * coolFor, 3 * coolFor} {
		if d := fall(); d != want {
			t.Fatalf("cooldown = %v, want %v", d, want)
		}
		if now += want; h.standing(now-1) != cooling || h.standing(now) != onTrial {
			t.Fatal("the cooldown has another length")
		}
		if d := h.fail(now); d != coolFor {
			t.Fatalf("a failed trial cools for %v", d)
		}
		if now += coolFor; !h.claimTrial(now) || h.claimTrial(now) {
			t.Fatal("not exactly one trial")
		}
		if !h.recover(now) || h.standing(now) != healthy {
			t.Fatal("a good trial does not end the cooldown")
		}
		h.succeed()
		if h.fail(now) != 0 {
			t.Fatal("one failure after a success cools down")
		}
		now += time.Second
	}
	for range 20 {
		if fall() > maxCool {
			t.Fatal("the cooldown is not capped")
		}
		now += maxCool
		h.recover(now)
	}
	if now += 2 * maxCool; fall() != coolFor {
		t.Error("old falls are not forgotten")
	}
}

// An upstream that begins well and always breaks off cools down too.
func TestBrokenBodiesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, chat("r", 0, deployment("a", "a", 1)))
		for range failuresToCool {
			ex := b.exchange()
			if err := b.loop.Do(ex, new(upstream.Response), nil, nil); err != nil {
				t.Fatal(err)
			}
			b.loop.Done(ex, core.Errorf(core.CodeUpstreamCut, "cut"))
		}
		if len(b.log.entered) != 1 {
			t.Fatalf("cooldowns = %q", b.log.entered)
		}
		// The trial begins well; the cut after it cools down again at once.
		time.Sleep(coolFor)
		ex := b.exchange()
		if err := b.loop.Do(ex, new(upstream.Response), nil, nil); err != nil {
			t.Fatal(err)
		}
		b.loop.Done(ex, core.Errorf(core.CodeUpstreamIdle, "idle"))
		if len(b.log.entered) != 2 || len(b.log.left) != 1 {
			t.Errorf("cooldowns = %q, ends = %q", b.log.entered, b.log.left)
		}
	})
}

// What clients do wrong, or their leaving, cools nothing down.
func TestClientsCannotCool(t *testing.T) {
	b := newBench(t, chat("r", 0, deployment("a", "a", 1)))
	for _, s := range []script{
		status(400, 0), status(413, 0), code(core.CodeInvalidField), code(core.CodeUpstreamTooLarge),
		func(*core.Exchange, *core.Attempt) *core.Error {
			return &core.Error{Code: core.CodeUpstreamStatus, Status: 502, Cause: &refusal{403}}
		},
		func(ex *core.Exchange, _ *core.Attempt) *core.Error {
			ex.Cancel(core.CauseClientGone)
			return core.Errorf(core.CodeUpstreamCut, "gone")
		},
	} {
		b.scripts["a"] = s
		for range 2 * failuresToCool {
			_, _ = b.do()
		}
	}
	if len(b.log.entered) != 0 {
		t.Errorf("cooldowns = %q", b.log.entered)
	}
	b.scripts["a"] = good
	b.must("a")
}

// What is known of a deployment survives a reload, unless it became another.
func TestReload(t *testing.T) {
	b := newBench(t, chat("r", 0, deployment("a", "a", 1)))
	b.scripts["a"] = code(core.CodeUpstreamConnect)
	for range failuresToCool {
		_, _ = b.do()
	}
	b.count()
	b.reload(chat("r", 0, deployment("a", "a", 1), deployment("b", "b", 1)))
	for range 20 {
		b.must("b")
	}
	b.scripts["a"] = good
	b.reload(chat("r", 0, deployment("a", "elsewhere", 1)))
	b.must("a")
}

func TestReloadKeepsConnections(t *testing.T) {
	r := chat("r", 0, deployment("a", "a", 1))
	c := Config{Routes: []*core.Route{r}, Clock: clock{}, Rand: newRandom()}
	one, err := New(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	c.Routes = []*core.Route{chat("r", 0, deployment("a", "a", 9))}
	two, err := New(one, c)
	if err != nil {
		t.Fatal(err)
	}
	c.Upstream = func(*core.Provider) upstream.Options { return upstream.Options{MaxConns: 7} }
	three, err := New(two, c)
	if err != nil {
		t.Fatal(err)
	}
	host := func(l *Loop) *sharedHost {
		for _, h := range l.hosts {
			return h
		}
		return nil
	}
	if host(one) != host(two) || host(two) == host(three) {
		t.Error("the second loop must share the first one's connections, the third must not")
	}
	one.Close()
	one.Close()
	if n := host(two).users.Load(); n != 1 {
		t.Errorf("users = %d, want 1", n)
	}
	two.Close()
	three.Close()
}
