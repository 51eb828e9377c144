package chain

import (
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// forgotten counts what is forgotten.
type forgotten struct {
	mu sync.Mutex
	n  map[core.ID]int
}

func (f *forgotten) Forget(id core.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n == nil {
		f.n = map[core.ID]int{}
	}
	f.n[id]++
}

func (f *forgotten) of(id core.ID) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n[id]
}

// TestTail: what a shadow leaves with an exchange that is over is forgotten after
// its last copy, and not before.
func TestTail(t *testing.T) {
	f := &forgotten{}
	tail := NewTail(f)
	judged, release := make(chan struct{}), make(chan struct{})
	live := entry("live", core.PhasePrompt, core.StageJudge, edit(0, 1, "x"))
	c := shadowOf(t, &live, map[core.Phase]core.HookFunc{core.PhasePrompt: func(*core.Call) error {
		judged <- struct{}{}
		<-release
		return nil
	}})
	live.Shadow.Tail = tail
	run := func(id byte) {
		ex := &core.Exchange{ID: core.ID{id}}
		part := &core.Part{}
		part.SetText([]byte("text"))
		ex.Prompt = []*core.Part{part}
		Compile(nil, []Entry{live}).Run(&core.Call{Exchange: ex, Phase: core.PhasePrompt, Parts: ex.Prompt}, &core.Reply{})
	}
	run(1)
	run(1)
	<-judged
	tail.Over(core.ID{1})
	release <- struct{}{}
	<-judged // the first copy is done with
	if n := f.of(core.ID{1}); n != 0 {
		t.Errorf("forgotten %d times while a copy is judged", n)
	}
	release <- struct{}{}
	run(2)
	<-judged
	release <- struct{}{}
	compared(t, c, 3)
	live.Shadow.Runner.Close()
	if a, b := f.of(core.ID{1}), f.of(core.ID{2}); a != 1 || b != 0 {
		t.Errorf("forgotten %d times, and one that goes on %d times", a, b)
	}
	tail.Over(core.ID{2})
	if tail.used.Load() != 0 || len(tail.waiting) != 0 {
		t.Errorf("%d are kept", len(tail.waiting))
	}
}

// TestTailOfDropped: copies that nobody judges any more are done with as well.
func TestTailOfDropped(t *testing.T) {
	f := &forgotten{}
	tail := NewTail(f)
	s := &Shadows{jobs: make(chan *job, 2), stop: make(chan struct{})} // nobody judges
	shadow := &Shadow{Runner: s, Comparison: &Comparison{}, Tail: tail}
	for range 3 {
		shadow.submit(&job{shadow: shadow, call: core.Call{Exchange: &core.Exchange{ID: core.ID{7}}}})
	}
	tail.Over(core.ID{7})
	s.Close()
	if n := f.of(core.ID{7}); n != 1 || len(tail.waiting) != 0 {
		t.Errorf("forgotten %d times, %d are kept", n, len(tail.waiting))
	}
	var none *Tail
	none.Over(core.ID{})
	none.add(core.ID{})
	none.done(core.ID{})
}
