package plugintest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Run tests a guard and fails t where it does not pass.
func Run(t *testing.T, o Options) *Report {
	t.Helper()
	r, err := Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Failures {
		if i == mostShown {
			t.Errorf("and %d more", len(r.Failures)-mostShown)
			break
		}
		t.Error(f)
	}
	if r.Released > 0 {
		t.Errorf("%d bytes of the canary were released before their verdict", r.Released)
	}
	if r.Exchanges == 0 {
		t.Error("nothing was tried")
	}
	return r
}

// How many exchanges are made at once, first of all but the huge, then of those.
const (
	atOnce     = 8
	hugeAtOnce = 16
)

// Check tests a guard. The error says why that could not be done.
func Check(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	p, err := startProvider()
	if err != nil {
		return nil, err
	}
	defer p.close()
	g, err := startGateway(ctx, &o, p.url())
	if err != nil {
		return nil, err
	}
	defer g.close()
	list, skipped := cases(&o, g.facts.streams(&o))
	p.play(list)
	r := newReport(skipped)
	r.Plugin = g.facts.ID
	for _, stage := range []struct {
		sized bool
		width int
	}{{false, atOnce}, {true, hugeAtOnce}} {
		var part []*exchange
		for i := range list {
			if x := &list[i]; (x.cut.size != usual) == stage.sized && (o.only == nil || o.only(x)) {
				part = append(part, x)
			}
		}
		g.try(ctx, p, part, stage.width, o.Timeout, r)
	}
	g.look(ctx, &o, r)
	if o.only == nil {
		complete(list, r)
	}
	return r, ctx.Err()
}

// try makes exchanges, so many at once, and notes what came of them.
func (g *gateway) try(ctx context.Context, p *provider, list []*exchange, width int, timeout time.Duration, r *Report) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	work := make(chan *exchange)
	for range width {
		workers.Go(func() {
			for x := range work {
				reply, err := x.ask(ctx, g.addr, timeout)
				mu.Lock()
				r.judge(x, reply, p.asked(x), err)
				mu.Unlock()
			}
		})
	}
	for _, x := range list {
		if ctx.Err() != nil {
			break
		}
		work <- x
	}
	close(work)
	workers.Wait()
}

// complete holds what was tried against what had to be.
func complete(list []exchange, r *Report) {
	pairs, cuts := map[string]int{}, map[string]int{}
	for i := range list {
		pairs[list[i].pair()]++
		cuts[list[i].cut.name]++
	}
	for i := range fronts {
		for j := range backs {
			if f, b := &fronts[i], &backs[j]; f.reaches(b) && pairs[f.name+between+b.name] == 0 {
				pairs[f.name+between+b.name] = 1
			}
		}
	}
	for pair, n := range pairs {
		r.row(rowComplete, missed(pair, r.Pairs[pair], n))
	}
	for cut, n := range cuts {
		r.row(rowComplete, missed(cut, r.Cuts[cut], n))
	}
}

func missed(what string, got, want int) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("%s: %d of %d exchanges were made", what, got, want)
}
