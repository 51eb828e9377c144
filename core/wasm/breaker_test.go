package wasm

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Duration(0)
	try := func(ok bool) bool {
		allowed, trial := b.allow(now)
		if allowed {
			b.report(now, ok, trial)
		}
		return allowed
	}
	for n := range breakerMin {
		if !try(false) {
			t.Fatalf("call %d is refused", n)
		}
	}
	if try(true) {
		t.Fatal("a call is allowed after five failures")
	}
	rest := breakerRest
	for range 8 { // each trial fails: the rest doubles up to its bound
		now += rest - 1
		if try(true) {
			t.Fatalf("a call is allowed before the rest of %v is over", rest)
		}
		now++
		if !try(false) {
			t.Fatalf("no trial after a rest of %v", rest)
		}
		rest = min(2*rest, breakerLongRest)
	}
	now += rest
	ok, trial := b.allow(now)
	if !ok || !trial {
		t.Fatal("no trial")
	}
	if again, _ := b.allow(now); again {
		t.Fatal("a second call beside the trial")
	}
	b.report(now, false, false) // a straggler from before
	b.report(now, true, trial)
	if !try(true) {
		t.Fatal("closed by a success, it refuses")
	}
}

// TestBreakerMinority: failures that are fewer than half of the calls, or too
// far apart, do not open it.
func TestBreakerMinority(t *testing.T) {
	var b breaker
	for n := range 1000 {
		if ok, trial := b.allow(0); !ok {
			t.Fatalf("open at call %d", n)
		} else {
			b.report(0, n%3 != 2, trial)
		}
	}
	b = breaker{}
	for n := range 100 {
		now := time.Duration(n) * (breakerWindow/breakerMin + time.Second)
		if ok, trial := b.allow(now); !ok {
			t.Fatalf("open after %d rare failures", n)
		} else {
			b.report(now, false, trial)
		}
	}
}

// TestBreakerOfInstance: an instance that always fails is not called again and
// again, and comes back when it recovers.
func TestBreakerOfInstance(t *testing.T) {
	clock := newFakeClock()
	// Traps if the frame is shorter than 100 bytes.
	i := started(t, hooked(get(1), i32c(100), []byte{0x48, 0x04, 0x40}, unreachable, []byte{0x0b}, i64c(0)),
		Options{Clock: clock}, core.InstanceConfig{})
	for range breakerMin {
		wantFailure(t, i, FailTrap)
	}
	steps := i.Stats().Steps
	wantFailure(t, i, FailBreaker)
	if i.Stats().Steps != steps {
		t.Error("the guest ran though the breaker is open")
	}
	clock.advance(breakerRest)
	handle(t, i, prompt(exchange("a", 1), string(make([]byte, 200))))
	wantFailure(t, i, FailTrap)
}

// TestBreakerOfInputs: prompts that a guard cannot bear, however many, do not
// take it from those that it can.
func TestBreakerOfInputs(t *testing.T) {
	// Grows by more than it may and traps if the frame is 100 bytes or longer.
	i := started(t, hooked(get(1), i32c(100), []byte{0x4e, 0x04, 0x40}, i32c(1<<15), []byte{0x40, 0x00}, drop, unreachable, []byte{0x0b}, i64c(0)),
		Options{Clock: newFakeClock()}, core.InstanceConfig{})
	for range 4 * breakerMin {
		err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), string(make([]byte, 200))))
		if failureOf(err) != FailMemory || !strings.Contains(err.Error(), "limits.memory") {
			t.Fatalf("error %v, want one that names the limit of memory", err)
		}
	}
	handle(t, i, prompt(exchange("b", 2), "hi"))
}
