package wasm

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// naming returns a guest that logs n times the last byte of its frame, which is one
// more than the number of the last message, and works for some ticks after each.
func naming(n int) *asmModule {
	m := logging(0)
	f := &m.funcs[3]
	f.body = nil
	last := cat(get(0), get(1), []byte{0x6a}, i32c(1), []byte{0x6b})
	for range n {
		f.body = cat(f.body, i32c(1), last, i32c(1), call(0), works)
	}
	f.body = cat(f.body, i64c(0))
	return m
}

// TestPatienceOfThoseWhoWait: who waits for a guest gives up when those in front have
// had the time until its deadline, and not before; what they did not have, because the
// machine had no processor for them, puts the deadline off, but not for ever. What
// passes at a line that a guest logs stands for a thread that waits for a processor,
// as far as so many steps cannot take as long.
func TestPatienceOfThoseWhoWait(t *testing.T) {
	const (
		lines = 30
		step  = longStretch // each line, of a guest that has a processor
		none  = time.Duration(0)
		ms    = time.Millisecond
	)
	// The calls come in this order at the same time, and use one guest.
	type outcome struct {
		step, gap time.Duration // what passes at each line, and at the first one more
		want      Failure
		after     time.Duration
	}
	for name, calls := range map[string][]outcome{
		"nobody is in front":                                     {{none, none, FailNone, 0}, {none, none, FailNone, 0}},
		"those in front run":                                     {{step, none, FailNone, 90 * ms}, {step - 300*time.Microsecond, none, FailDeadline, 100 * ms}, {step, none, FailDeadline, 103 * ms}},
		"the one in front starves":                               {{none, 500 * ms, FailNone, 500 * ms}, {step, none, FailNone, 590 * ms}},
		"two in front starve":                                    {{none, 300 * ms, FailNone, 300 * ms}, {none, 300 * ms, FailNone, 600 * ms}, {step, none, FailNone, 690 * ms}},
		"it starves, and then it runs":                           {{step, 400 * ms, FailNone, 490 * ms}, {step, none, FailDeadline, 502 * ms}},
		"the one in front starves for longer than anybody waits": {{none, 2000 * ms, FailDeadline, 2000 * ms}, {none, none, FailBusy, 1000 * ms}},
		"who waited starves too":                                 {{none, 500 * ms, FailNone, 500 * ms}, {none, 300 * ms, FailNone, 800 * ms}},
		"who waited starves too, for too long":                   {{none, 500 * ms, FailNone, 500 * ms}, {none, 700 * ms, FailDeadline, 1200 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logged := make([]int, len(calls))
				i := started(t, naming(lines), Options{Log: func(l LogLine) {
					n := l.Text[0] - 'A'
					d := calls[n].step
					if logged[n]++; logged[n] == 1 {
						d += calls[n].gap
					}
					<-time.After(d)
				}}, core.InstanceConfig{Limits: core.Limits{Guests: 1}})
				began := time.Now()
				var wg sync.WaitGroup
				for n, c := range calls {
					wg.Go(func() {
						call := prompt(exchange("a", byte(n)), "x")
						call.Parts[0].Msg = n + 'A' - 1
						got := FailNone
						err := i.Hook(core.PhasePrompt).Handle(call)
						if err != nil {
							got = failureOf(err)
						}
						if after := time.Since(began).Truncate(ms); got != c.want || after != c.after {
							t.Errorf("call %d: %v after %v, want %q after %v", n, err, after, c.want, c.after)
						}
					})
					synctest.Wait()
				}
				wg.Wait()
			})
		})
	}
}

// TestNoGuestInTime: nobody waits for a guest for ever, and for one of an edge filter
// no longer than until the deadline: it serves an exchange to its end, and who waits for
// it waits for an upstream. A caller that got no time before it began to wait has lost
// none of it.
func TestNoGuestInTime(t *testing.T) {
	for _, c := range []struct {
		foreign     *Foreign
		late, after time.Duration // since the call began
	}{
		{nil, 0, (1 + patience) * defaultDeadline},
		{nil, 3 * defaultDeadline, (1 + patience) * defaultDeadline},
		{&Foreign{}, 0, defaultDeadline},
		{&Foreign{}, 3 * defaultDeadline, 3 * defaultDeadline},
	} {
		synctest.Test(t, func(t *testing.T) {
			i := started(t, plain(), Options{}, core.InstanceConfig{Limits: core.Limits{Guests: 1}})
			p := i.pool
			g, err := p.acquire(owner{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			began, deadline := time.Now(), p.module.host.now()+defaultDeadline
			<-time.After(c.late)
			p.module.foreign = c.foreign
			_, err = p.acquire(owner{}, deadline)
			p.module.foreign = nil
			if after := time.Since(began); failureOf(err) != FailBusy || after != c.after {
				t.Errorf("%v after %v, want busy after %v", err, after, c.after)
			}
			if p.waiting.n != 0 {
				t.Errorf("%d still wait", p.waiting.n)
			}
			p.release(g, false)
		})
	}
}
