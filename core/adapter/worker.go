package adapter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// State is what the process of an instance is doing.
type State uint8

// The states, the better the higher.
const (
	Stopped     State = iota // not started yet, or closed
	Quarantined              // it died too often and rests for long
	Resting                  // it died and is about to be started again
	Starting
	Running
)

var stateNames = [...]string{"stopped", "quarantined", "resting", "starting", "running"}

// String returns the state's name as it stands in logs and metrics.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// timing is how long things may take. Only tests have another than the default.
type timing struct {
	first, again  time.Duration // for a start that somebody waits for, and for others
	health, late  time.Duration // between two questions, and for an answer
	rest, longest time.Duration // before the first start after a death, and at most
	window        time.Duration // in which deaths are counted
	deaths        int           // in the window that lead to quarantine
	quarantine    time.Duration
	drain, grace  time.Duration // for calls under way, and for the process to end
}

func defaultTiming() timing {
	return timing{
		first: 2 * time.Second, again: 10 * time.Second,
		health: time.Second, late: 2 * time.Second,
		rest: 200 * time.Millisecond, longest: 30 * time.Second,
		window: 2 * time.Minute, deaths: 5, quarantine: 5 * time.Minute,
		drain: 5 * time.Second, grace: 2 * time.Second,
	}
}

const (
	// defaultDeadline is a hook's. A call goes to another process and back, by way of
	// several threads on each side, for each of which a busy machine takes its time.
	defaultDeadline = time.Second
	defaultReply    = 1 << 20 // bytes
	defaultGuests   = 64      // hooks at once
	maxGuests       = 4096
	maxRuntimeCalls = 4096 // generate, embed, … at once
)

// limitsOf fills what is 0 of l from m, then from the defaults.
func limitsOf(l, m core.Limits) core.Limits {
	pick := func(own, declared, usual int64) int64 {
		switch {
		case own != 0:
			return own
		case declared != 0:
			return declared
		default:
			return usual
		}
	}
	return core.Limits{
		Deadline: time.Duration(pick(int64(l.Deadline), int64(m.Deadline), int64(defaultDeadline))),
		Reply:    int(pick(int64(l.Reply), int64(m.Reply), defaultReply)),
		Guests:   int(pick(int64(l.Guests), int64(m.Guests), defaultGuests)),
	}
}

// worker is the process of the instances that are configured alike, over all its
// starts. One goroutine looks after it, from start to stop.
type worker struct {
	artifact *Artifact
	name     string
	frame    []byte // ConfigureCall
	env      []string
	limits   core.Limits
	counters counters
	current  atomic.Pointer[process] // nil while there is none
	hooks    gate
	runtime  gate
	scratch  chan *scratch

	refs   int // guarded by artifact.mu
	begin  sync.Once
	stopc  context.CancelFunc
	ctx    context.Context        //nolint:containedctx // the worker's own life
	first  chan struct{}          // closed after the first start, good or bad
	err    error                  // of the first start
	done   chan struct{}          // closed when the goroutine has ended, or never began
	moment atomic.Pointer[moment] // its state; nil before it began
}

// gate bounds what runs at once.
type gate chan struct{}

// close takes all places, so that nothing more gets in, and returns when the
// last is out or limit has passed.
func (g gate) close(limit <-chan time.Time) {
	for range cap(g) {
		select {
		case g <- struct{}{}:
		case <-limit:
			return
		}
	}
}

func newWorker(a *Artifact, name string, frame []byte, env []string, limits core.Limits) *worker {
	w := &worker{
		artifact: a, name: name, frame: frame, env: env, limits: limits,
		hooks: make(gate, limits.Guests), runtime: make(gate, maxRuntimeCalls), scratch: make(chan *scratch, keptScratch),
		first: make(chan struct{}), done: make(chan struct{}),
	}
	w.ctx, w.stopc = context.WithCancel(context.Background())
	return w
}

// start begins, the first time, and waits for the first process.
func (w *worker) start(ctx context.Context) error {
	w.begin.Do(func() { go w.run() })
	select {
	case <-w.first:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the process after the calls under way.
func (w *worker) stop() {
	w.stopc()
	w.begin.Do(func() { close(w.done) })
	<-w.done
}

// run starts the process, and starts it again when it dies.
func (w *worker) run() {
	defer close(w.done)
	t := &w.artifact.host.timing
	deaths := newDeaths(t)
	for limit := t.first; ; limit = t.again {
		began := time.Now()
		err := w.live(limit)
		if w.ctx.Err() != nil || w.err != nil {
			w.set(Change{State: Stopped})
			return
		}
		w.counters.crashes.Add(1)
		state, rest := deaths.add(time.Now(), began)
		w.set(Change{State: state, Reason: err.Error(), Rest: rest})
		again := time.NewTimer(rest)
		select {
		case <-again.C:
		case <-w.ctx.Done():
			again.Stop()
		}
	}
}

// live is one start of the process and its life. It returns why that ended, nil
// when it was asked to.
func (w *worker) live(limit time.Duration) error {
	w.set(Change{State: Starting})
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	p, err := w.startProcess(ctx)
	cancel()
	select {
	case <-w.first:
	default:
		if err == nil {
			w.current.Store(p)
		} else {
			w.err = fmt.Errorf("adapter: %s did not start: %w", w.name, err)
		}
		close(w.first)
	}
	if err != nil {
		return fmt.Errorf("it did not start: %w", err)
	}
	w.counters.starts.Add(1)
	w.current.Store(p)
	w.set(Change{State: Running})
	err = w.watch(p)
	w.current.Store(nil)
	if err != nil {
		p.child.kill()
		p.close()
		return err
	}
	t := &w.artifact.host.timing
	late := time.NewTimer(t.drain)
	w.hooks.close(late.C)
	late.Reset(t.drain)
	w.runtime.close(late.C)
	late.Stop()
	p.stop(t.grace)
	return nil
}

// watch returns why p must go, or nil when the worker is asked to stop.
func (w *worker) watch(p *process) error {
	t := &w.artifact.host.timing
	tick := time.NewTicker(t.health)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return nil
		case <-p.ended():
			return p.ending()
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(w.ctx, t.late)
		_, err := p.api.Health(ctx, &wire.HealthRequest{}, maxReceive(maxLine))
		cancel()
		// One that has just died cannot be asked; its guard is there a little longer
		// and knows how it died.
		var grace time.Duration
		if status.Code(err) == codes.Unavailable {
			grace = guardGrace
		}
		late := time.NewTimer(grace)
		select {
		case <-w.ctx.Done():
			late.Stop()
			return nil
		case <-p.ended():
			late.Stop()
			return p.ending()
		case <-late.C:
		}
		if err != nil {
			return fmt.Errorf("it is not well: %s", core.OneLine(status.Convert(err).Message(), maxTail))
		}
	}
}

// ending says how the process ended.
func (p *process) ending() error {
	var exit *exec.ExitError
	if !errors.As(p.child.exit, &exit) {
		return errors.New("it ended by itself")
	}
	if code := exit.ExitCode(); code > guardSignaled {
		return fmt.Errorf("it was ended by a signal: %s", syscall.Signal(code-guardSignaled))
	}
	return fmt.Errorf("it ended by itself: %w", exit)
}

// set tells the world about a new state.
func (w *worker) set(c Change) {
	w.enter(c)
	if f := w.artifact.host.opts.OnState; f != nil {
		c.Plugin, c.Instance = w.artifact.manifest.ID, w.name
		f(c)
	}
}

// line passes on a line of output.
func (w *worker) line(text string) {
	if f := w.artifact.host.opts.Log; f != nil {
		f(LogLine{Plugin: w.artifact.manifest.ID, Instance: w.name, Text: text})
	}
}

// deaths decides how long a process rests.
type deaths struct {
	t    *timing
	at   []time.Time // within the window
	rest time.Duration
}

func newDeaths(t *timing) *deaths { return &deaths{t: t, rest: t.rest} }

// add takes a death at now of a process that was started at began.
func (d *deaths) add(now, began time.Time) (State, time.Duration) {
	if now.Sub(began) > d.t.window {
		d.rest = d.t.rest
	}
	for len(d.at) > 0 && now.Sub(d.at[0]) > d.t.window {
		d.at = d.at[1:]
	}
	d.at = append(d.at, now)
	if len(d.at) >= d.t.deaths {
		return Quarantined, d.t.quarantine
	}
	rest := d.rest
	d.rest = min(2*d.rest, d.t.longest)
	return Resting, rest*3/4 + rand.N(rest/2+1) //nolint:gosec // so that many do not start at once
}
