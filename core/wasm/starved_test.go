package wasm

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// logging returns a guest that logs n times, and works for some ticks after each.
func logging(n int) *asmModule {
	m := plain(asmImport{abi.ImportModule, "log", []byte{i32, i32, i32}, nil})
	f := &m.funcs[3]
	f.locals, f.body = []byte{i32}, nil
	for range n {
		f.body = cat(f.body, logs, works)
	}
	f.body = cat(f.body, i64c(0))
	return m
}

var (
	logs  = cat(i32c(1), i32c(0), i32c(4), call(0))
	works = cat(i32c(22_000), set(2), []byte{0x03, 0x40}, get(2), i32c(1), []byte{0x6b}, op(0x22, 2), op(0x0d, 0), []byte{0x0b})
)

// TestStarved: a guest is not stopped for time in which it did not run, but nobody
// waits for it for ever. What passes at each line that it logs stands for a thread
// that waits for a processor.
func TestStarved(t *testing.T) {
	f := func(lines int, each time.Duration, want Failure) {
		t.Helper()
		clock := newFakeClock()
		i := started(t, logging(lines), Options{Clock: clock, Log: func(LogLine) { clock.advance(each) }}, core.InstanceConfig{})
		got := FailNone
		err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "text"))
		if err != nil {
			got = failureOf(err)
		}
		if got != want {
			t.Errorf("%d times %v: %v, want %q", lines, each, err, want)
		}
	}
	f(0, 0, FailNone)
	f(1, defaultDeadline*2, FailNone)
	f(6, defaultDeadline+defaultDeadline/2, FailNone)
	f(9, defaultDeadline, FailNone)
	f(11, defaultDeadline, FailDeadline)
	f(1, defaultDeadline*20, FailDeadline)
	// What so many steps may take it had.
	f(60, longStretch-time.Millisecond, FailDeadline)
}

// tickingClock moves by as much each time that it is asked.
type tickingClock struct {
	fakeClock
	each time.Duration
}

func (c *tickingClock) Now() time.Time {
	c.advance(c.each)
	return c.fakeClock.Now()
}

// TestDeadlineByTheClock: whoever has a processor is stopped at its deadline, without
// any patience.
func TestDeadlineByTheClock(t *testing.T) {
	clock := &tickingClock{fakeClock: *newFakeClock(), each: time.Millisecond}
	m := plain()
	m.funcs[3].body = cat(forever)
	i := started(t, m, Options{Clock: clock}, core.InstanceConfig{})
	e := wantFailure(t, i, FailDeadline)
	if !strings.Contains(e.Error(), "deadline") {
		t.Errorf("error %q", e)
	}
	const most = int64(defaultDeadline/time.Millisecond) << 16 // two intervals a look
	if steps := i.Stats().Steps; int64(steps) > most {
		t.Errorf("it did %d steps, at most %d fit in", steps, most)
	}
}
