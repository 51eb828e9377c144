package adapter

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestExit: the hook under way fails when the process goes, at once.
func TestExit(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	if _, err := prompt(i, 1, "exit"); failure(err) != FailDown {
		t.Errorf("%v", err)
	}
	if c := s.await(Resting); !strings.Contains(c.Reason, "ended by itself: exit status 3") {
		t.Errorf("change %+v", c)
	}
}

// TestStopped: a process that the system stopped fails its hooks at their
// deadline, is found out by its health, killed and started again.
func TestStopped(t *testing.T) {
	s := newSite(t, options{timing: func(t *timing) { t.health, t.late = 50*time.Millisecond, 500*time.Millisecond }})
	i := s.started(core.InstanceConfig{Limits: core.Limits{Deadline: 200 * time.Millisecond}})
	s.await(Running)
	eventually(t, "a hook fails", func() bool { // on a busy machine the one that stops it may return first
		_, err := prompt(i, 1, "stop")
		return failure(err) == FailDeadline || failure(err) == FailDown
	})
	if c := s.await(Resting); !strings.Contains(c.Reason, "not well") {
		t.Errorf("change %+v", c)
	}
	s.await(Running)
	eventually(t, "it works again", func() bool {
		r, err := prompt(i, 1, "block")
		return err == nil && r.Block != nil
	})
}

func TestUnwell(t *testing.T) {
	s := newSite(t, options{timing: func(t *timing) { t.health = 20 * time.Millisecond }})
	s.started(core.InstanceConfig{Config: map[string]any{"unwell": true}})
	if c := s.await(Resting); !strings.Contains(c.Reason, "it is not well: the accelerator is on fire") {
		t.Errorf("change %+v", c)
	}
}

// TestQuarantine: one that dies all the time is not started for ever.
func TestQuarantine(t *testing.T) {
	s := newSite(t, options{timing: func(t *timing) {
		t.health, t.deaths, t.quarantine = 5*time.Millisecond, 5, time.Hour
	}})
	i := s.started(core.InstanceConfig{Config: map[string]any{"mayfly": true}})
	if c := s.await(Quarantined); c.Rest != time.Hour {
		t.Errorf("change %+v", c)
	}
	if st := i.Stats(); st.Starts != 5 || st.Crashes != 5 || st.Running != 0 || i.State() != Quarantined {
		t.Errorf("stats %+v, state %s", st, i.State())
	}
	if _, err := prompt(i, 1, "block"); failure(err) != FailDown {
		t.Errorf("%v", err)
	}
}

func TestDeaths(t *testing.T) {
	timing := defaultTiming()
	d := newDeaths(&timing)
	now := time.Unix(0, 0)
	for n, ms := range []int{200, 400, 800, 1600} {
		want := time.Duration(ms) * time.Millisecond
		state, rest := d.add(now, now)
		if state != Resting || rest < want*3/4 || rest > want*5/4 {
			t.Errorf("death %d: %s, %v, want about %v", n, state, rest, want)
		}
	}
	if state, rest := d.add(now, now); state != Quarantined || rest != timing.quarantine {
		t.Errorf("the fifth: %s, %v", state, rest)
	}
	later := now.Add(timing.window + time.Second)
	if state, rest := d.add(later, now); state != Resting || rest > 250*time.Millisecond {
		t.Errorf("after a long life: %s, %v", state, rest)
	}
}

// TestFlood: output of any size and shape neither blocks the adapter nor fills
// memory, and only some of it is logged.
func TestFlood(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	if _, err := prompt(i, 1, "flood"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all three outputs were read to their end", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		n := 0
		for _, l := range s.lines {
			if len(l) > maxLine {
				t.Fatalf("a line of %d bytes", len(l))
			}
			if l == "flooded" {
				n++
			}
		}
		return n == 3
	})
	if r, err := prompt(i, 1, "block"); err != nil || r.Block == nil {
		t.Errorf("after the flood: %+v, %v", r, err)
	}
}

func TestOutputCap(t *testing.T) {
	var got int
	o := &output{log: func(text string) { got += len(text) + 1 }, count: &counters{}}
	s := &stream{out: o}
	line := []byte(strings.Repeat("é\x1b", 1000) + "\n")
	for range 2000 {
		_, _ = s.Write(line)
	}
	st := o.count.read()
	if got > core.MaxLogMinute || got < core.MaxLogMinute/2 || st.LogLines+st.LogCut != 2000 || st.LogCut == 0 {
		t.Errorf("%d bytes logged, %+v", got, st)
	}
	if strings.ContainsRune(o.said(), '\x1b') || len(o.said()) > maxTail {
		t.Errorf("it quotes %q", o.said())
	}
}

// TestDrain: closing waits for calls under way.
func TestDrain(t *testing.T) {
	s := newSite(t, options{timing: func(t *timing) { t.drain = time.Minute }})
	i := s.started(core.InstanceConfig{})
	begun, out := make(chan struct{}), make(chan error)
	go func() {
		n := 0
		out <- i.Generate(t.Context(), "a", generateFrame("three"), func([]byte) error {
			if n++; n == 1 {
				close(begun)
				eventually(t, "it is being closed", func() bool { return i.worker.current.Load() == nil })
			}
			return nil
		})
	}()
	<-begun
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-out:
		if err != nil {
			t.Errorf("the call under way: %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("the call did not end")
	}
}

// TestCloseOfStopped: an adapter that does not hear the order to end is killed.
func TestCloseOfStopped(t *testing.T) {
	s := newSite(t, options{timing: func(t *timing) { t.health, t.drain, t.grace = time.Hour, 100*time.Millisecond, 100*time.Millisecond }})
	i := s.started(core.InstanceConfig{Limits: core.Limits{Deadline: 200 * time.Millisecond}})
	r, err := prompt(i, 1, "pid")
	pid := pids(t, r, err)[0]
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil || alive(pid) {
		t.Errorf("alive %v, %v", alive(pid), err)
	}
}
