package folder

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// call reports calls of the newest set's live version, or its candidate's.
func (l *lab) call(id string, candidate bool, good, bad int) {
	p := l.sets[len(l.sets)-1].Plugin(id)
	v := p.Live
	if candidate {
		v = p.Candidate.Version
	}
	for range good {
		v.Report(false)
	}
	for range bad {
		v.Report(true)
	}
	pause(2 * quiet)
}

func TestStormInProbation(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.write("a.config.yaml", "x: 2")
		l.rest()
		l.call("guardrail.a", false, 100, 4)
		l.want("guardrail.a=two+x: 2")
		l.call("guardrail.a", false, 0, 6)
		l.want("guardrail.a=one")
		s := l.state("a.wasm", Rejected, "10 of its 110 calls failed, at least half of the last ones; mend it and drop it anew")
		if !strings.HasPrefix(s.Reason, "rolled back to the version before it, "+s.Serving) || s.Generation != 1 || s.Counters.Rollbacks != 1 {
			t.Errorf("%+v", s)
		}
		if l.rejected("a.wasm") == "" {
			t.Error("the reason is not beside the file")
		}
		l.Recheck() // not a way around it
		pause(time.Hour)
		l.want("guardrail.a=one")
		l.call("guardrail.a", false, 0, 100) // and there is no way to none
		l.want("guardrail.a=one")
		l.write("a.wasm", plugin("guardrail.a", "two")) // dropped anew
		l.rest()
		l.want("guardrail.a=two+x: 2")
		if s := l.state("a.wasm", Live, ""); s.Generation != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// TestStormAfterProbation: clients cannot bring an older guard back.
func TestStormAfterProbation(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.call("guardrail.a", false, 0, 100)
		l.want("guardrail.a=one")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		if len(l.open) != 2 {
			t.Errorf("%d versions are open in probation", len(l.open))
		}
		pause(probation)
		if len(l.open) != 1 {
			t.Errorf("%d versions are open after it", len(l.open))
		}
		l.call("guardrail.a", false, 0, 100)
		l.want("guardrail.a=two")
		s := l.state("a.wasm", Live, "")
		if s.Counters.Calls != 100 || s.Counters.Failures != 100 {
			t.Errorf("%+v", s)
		}
	})
}

func TestStages(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.o.Rollout = func(id string) Rollout {
			return Rollout{Shadow: Stage{For: time.Minute, Calls: 10}, Canary: Stage{For: time.Hour}, Share: 0.2}
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.want("guardrail.a=one") // the first has nothing to be compared with
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=one guardrail.a:shadow=two")
		l.state("a.wasm", Shadow, "")
		pause(time.Hour)
		l.want("guardrail.a=one guardrail.a:shadow=two") // it had no calls yet
		l.call("guardrail.a", true, 10, 0)
		pause(pollEvery)
		l.want("guardrail.a=one guardrail.a:canary=two")
		if c := l.sets[0].Plugins[0].Candidate; c.Share != 0.2 {
			t.Error(c.Share)
		}
		pause(time.Hour)
		l.want("guardrail.a=two")
		l.state("a.wasm", Live, "")

		l.write("a.wasm", plugin("guardrail.a", "three")) // a bad one is taken out
		l.rest()
		l.want("guardrail.a=two guardrail.a:shadow=three")
		l.call("guardrail.a", true, 2, 5)
		l.want("guardrail.a=two")
		l.state("a.wasm", Rejected, "taken out of the stage shadow: 5 of its 7 calls failed")

		l.write("a.wasm", plugin("guardrail.a", "four")) // and back to what is live
		l.rest()
		l.want("guardrail.a=two guardrail.a:shadow=four")
		l.write("a.wasm", plugin("guardrail.a", "bad", "broken"))
		l.rest()
		l.want("guardrail.a=two guardrail.a:shadow=four")
		l.state("a.wasm", Rejected, "does not compile")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=two")
		l.state("a.wasm", Live, "")
	})
}

// TestStageFails: a step that the gateway cannot make is tried again, and is
// said.
func TestStageFails(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.refuse = func(*Set) error { return errors.New("no memory") }
		l.call("guardrail.a", false, 0, 20)
		l.want("guardrail.a=two")
		if len(l.errs) == 0 || !strings.Contains(l.errs[0].Error(), "a.wasm: guardrail.a could not move to its next stage and stays as it is: no memory") {
			t.Error(l.errs)
		}
		l.remove("a.wasm")
		l.rest()
		l.want("guardrail.a=two")
		l.refuse, l.errs = nil, nil
		pause(2 * pollEvery)
		l.want("")
	})
}

func TestSelfTest(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		ran := 0
		l.o.SelfTest = func(_ context.Context, f *File, a core.Artifact) error {
			ran++
			if strings.Contains(string(f.Cases), "fails") {
				return errors.New("case 1: want block, got allow")
			}
			return nil
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.write("a.cases.txtar", "-- fails --")
		l.rest()
		l.want("guardrail.a=one")
		l.state("a.wasm", Rejected, "its self-test failed: case 1: want block, got allow")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=one")
		l.write("a.cases.txtar", "-- passes --")
		l.rest()
		l.want("guardrail.a=two")
		l.write("a.config.yaml", "x")
		l.rest()
		if ran != 5 || len(l.Folder.open) != 1 {
			t.Errorf("%d self-tests, open %v", ran, l.Folder.open)
		}
	})
}

func TestStormy(t *testing.T) {
	var recent uint32
	for i, c := range []struct {
		went  string // . good, x failed
		storm bool
	}{
		{"xxxx", false},
		{"x", true},
		{"....", true}, // 5 of 9
		{".", true},    // 5 of 10
		{".", false},
		{"xxxxx", true},                 // 10 of 16
		{"....................", false}, // forgotten
		{"xxxxxxxxx", false},
		{"x", true},
	} {
		storm := false
		for _, w := range c.went {
			recent, storm = stormy(recent, w == 'x')
		}
		if storm != c.storm {
			t.Errorf("step %d: storm is %v", i, storm)
		}
	}
}

// TestCoalesce: a thousand replaces while exchanges hold on to what they began
// with. Never more than four versions are open, and the latest wins.
func TestCoalesce(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.hold = true
		l.write("a.wasm", plugin("guardrail.a", "0"))
		l.start()
		for i := range 1000 {
			l.write("a.wasm", plugin("guardrail.a", strconv.Itoa(i+1)))
			if i < 10 || i%100 == 0 {
				l.rest()
			}
		}
		pause(pollEvery)
		l.want("guardrail.a=3")
		l.state("a.wasm", Loading, "4 versions of it are still in use by exchanges in flight")
		if l.most > maxGenerations || l.loads != 4 {
			t.Errorf("%d open at once, %d loads", l.most, l.loads)
		}
		reads := l.reads
		pause(time.Minute)
		if l.reads > reads+1 { // once more, for coarse clocks
			t.Errorf("a file that waits was looked into %d times", l.reads-reads)
		}
		l.releaseAll(1)
		l.rest()
		l.want("guardrail.a=1000")
		l.state("a.wasm", Live, "")
		if l.loads != 5 {
			t.Errorf("%d loads", l.loads)
		}
	})
}

// TestSets: a set outlives the folder, and counts who holds it.
func TestSets(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.hold = true
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		s := l.sets[0]
		s.Retain()
		l.sets = nil
		l.must(l.Close())
		l.must(l.Close())
		l.must(s.Release())
		if len(l.open) != 1 {
			t.Error("closed while it was held")
		}
		l.must(s.Release())
		if len(l.open) != 0 {
			t.Error("not closed when it was released")
		}
		if s.Release() == nil {
			t.Error("it was released once too often")
		}
		if s.Plugin("guardrail.b") != nil {
			t.Error("a plugin that is not there")
		}
	})
}
