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
	if r.Released+r.Sent > 0 {
		t.Errorf("%d bytes of the canary were released to clients before their verdict, %d sent to providers", r.Released, r.Sent)
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
	todo := cases(&o, &g.facts)
	list := todo.list
	p.play(list)
	r := newReport(todo.skips)
	r.Plugin = g.facts.ID
	try := func(width int, which func(*exchange) bool) {
		var part []*exchange
		for i := range list {
			if x := &list[i]; which(x) && (o.only == nil || o.only(x)) {
				part = append(part, x)
			}
		}
		g.try(ctx, p, part, width, o.Timeout, r)
	}
	try(atOnce, func(x *exchange) bool { return x.fault == nil && x.cut.size == usual })
	try(hugeAtOnce, func(x *exchange) bool { return x.fault == nil && x.cut.size != usual })
	g.lookAtMemory(ctx, &o, r)
	try(atOnce, func(x *exchange) bool { return x.fault != nil })
	g.refuses(ctx, &o, p, len(list), r)
	r.strays(p.strays(), o.Canary)
	g.look(ctx, &o, r)
	switch {
	case r.hopeless():
		note := fmt.Sprintf("given up after %d failures: %d of %d exchanges were made", len(r.Failures), r.Exchanges, len(list))
		r.row(rowComplete, note).Note = note
	case o.only == nil:
		complete(list, &g.facts, r)
	}
	r.finish()
	return r, ctx.Err()
}

// try makes exchanges, so many at once, and notes what came of them.
func (g *gateway) try(ctx context.Context, p *provider, list []*exchange, width int, timeout time.Duration, r *Report) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	work := make(chan *exchange)
	ended, stop := context.WithCancel(ctx) // what has been begun goes on to its end
	defer stop()
	for range width {
		workers.Go(func() {
			for x := range work {
				reply, err := x.perform(ctx, g.addr, timeout)
				mu.Lock()
				if r.judge(x, reply, p.asked(x), err); r.hopeless() {
					stop()
				}
				mu.Unlock()
			}
		})
	}
	for _, x := range list {
		if ended.Err() != nil {
			break
		}
		select {
		case work <- x:
		case <-ended.Done():
		}
	}
	close(work)
	workers.Wait()
}

// complete holds what was tried against what had to be: every pair that there is, in
// both directions, and every cut.
func complete(list []exchange, f *facts, r *Report) {
	answers, prompts, cuts := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range fronts {
		for j := range backs {
			front, back := &fronts[i], &backs[j]
			if !front.reaches(back) {
				continue
			}
			if f.judgesAnswers() && back.talks() {
				answers[front.name+between+back.name] = 0
			}
			if f.judgesPrompts() {
				prompts[front.name+between+back.name] = 0
			}
		}
	}
	for i := range list {
		x := &list[i]
		if cuts[x.cut.name]++; x.prompt {
			prompts[x.pair()]++
		} else {
			answers[x.pair()]++
		}
	}
	for pair, n := range answers {
		r.row(rowComplete, missed("answers, "+pair, r.Pairs[pair], n))
	}
	for pair, n := range prompts {
		r.row(rowComplete, missed("prompts, "+pair, r.PromptPairs[pair], n))
	}
	for cut, n := range cuts {
		r.row(rowComplete, missed(cut, r.Cuts[cut], n))
	}
}

func missed(what string, got, want int) string {
	if got == want && want > 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d of %d exchanges were made", what, got, want)
}
