package folder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The times of a folder.
const (
	settle    = 250 * time.Millisecond // rest before a file is read or counts as gone
	quiet     = 50 * time.Millisecond  // at most one look in this time
	pollEvery = 2 * time.Second        // for what the system does not report
	old       = 2 * time.Second        // since a file changed, to be read at once by Open
	patience  = 2 * time.Second        // that a removal waits for files that change
	probation = 10 * time.Minute       // in which the version before is kept
	loadLimit = time.Minute            // for one file
	openLimit = 2 * time.Minute        // for all that Open loads
)

// maxGenerations bounds the open versions of one file. Above it newer contents
// wait, and only the newest is loaded when one of the others has been closed.
const maxGenerations = 4

// maxDraining bounds the open versions of all files that do not serve new
// exchanges any more.
const maxDraining = 64

// maxReason bounds the texts for people, in bytes.
const maxReason = 2 << 10

// Folder watches a folder of plugin files. It is safe for concurrent use.
type Folder struct {
	Options
	dir    string // absolute
	system system
	events notifier

	ctx     context.Context //nolint:containedctx // ends with Close, and so do loads under way
	cancel  context.CancelFunc
	done    chan struct{}
	kicked  chan struct{}
	recheck atomic.Bool
	ahead   *preparation // the worker's alone, nil for none

	// What follows is changed by the worker alone, which may read it without mu.
	mu          sync.Mutex
	files       map[string]*entry
	ignored     map[string]State
	trouble     *State            // of the folder itself
	slots       map[string]*slot  // what serves, by manifest id
	generations map[string]uint64 // last one, by manifest id
	open        map[string]int    // artifacts, by file; not the worker's alone
	opening     bool
	installed   bool // OnChange has agreed to a set
}

// Open looks at the folder, loads what is there and has OnChange put it to
// work, all before it returns; then it watches. What cannot be loaded before
// ctx ends is left to the watching. A file that is refused is no error, see
// [Folder.List]; a folder that is refused is one, and so is OnChange refusing
// an empty set. The caller closes the folder.
func Open(ctx context.Context, o Options) (*Folder, error) {
	return open(ctx, o, ours())
}

func open(ctx context.Context, o Options, sys system) (*Folder, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("folder: %s: %w", o.Dir, err)
	}
	f := &Folder{
		Options: o, dir: dir, system: sys,
		done: make(chan struct{}), kicked: make(chan struct{}, 1),
		files: map[string]*entry{}, ignored: map[string]State{}, slots: map[string]*slot{},
		generations: map[string]uint64{}, open: map[string]int{}, opening: true,
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.events = sys.notify(f.kick)
	if err := f.first(ctx); err != nil {
		close(f.done) // there is no worker
		return nil, errors.Join(err, f.Close())
	}
	f.opening = false
	go f.run()
	return f, nil
}

// first takes in what is there. Files that changed just now get the time to
// rest, once.
func (f *Folder) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	next := f.pass(ctx, false)
	if f.trouble != nil {
		return fmt.Errorf("folder: %s", f.trouble.Reason)
	}
	if next <= settle {
		select {
		case <-time.After(next):
			f.pass(ctx, false)
		case <-ctx.Done():
		}
	}
	if f.installed {
		return nil
	}
	return f.install(nil)
}

// Close ends the watching and waits until none of the functions in Options runs
// any more. Sets that are still held stay good. It may be called more than once.
func (f *Folder) Close() error {
	f.cancel()
	<-f.done
	f.dropAhead()
	err := f.events.Close()
	f.mu.Lock()
	var loose []*held
	for _, s := range f.slots {
		loose = append(loose, s.drop()...)
	}
	f.slots = map[string]*slot{}
	f.mu.Unlock()
	return errors.Join(err, f.closeAll(loose))
}

// Recheck has every file looked at again under the pins, grants and stages that
// hold now: those that waited or were rejected may come in, and what is no
// longer allowed goes. It does not wait for that. Call it when the operator's
// configuration changed.
func (f *Folder) Recheck() {
	f.recheck.Store(true)
	f.kick()
}

// kick has the worker look soon.
func (f *Folder) kick() {
	select {
	case f.kicked <- struct{}{}:
	default:
	}
}

func (f *Folder) now() time.Time {
	if f.Clock != nil {
		return f.Clock.Now()
	}
	return time.Now()
}

// run is the worker.
func (f *Folder) run() {
	defer close(f.done)
	poll := time.NewTicker(f.system.poll)
	defer poll.Stop()
	wake := time.NewTimer(quiet) // what changed before we began to watch
	defer wake.Stop()
	due := f.now().Add(quiet)
	for {
		polled := false
		select {
		case <-f.ctx.Done():
			return
		case <-f.kicked:
			if soon := f.now().Add(quiet); soon.Before(due) {
				due = soon
				wake.Reset(quiet)
			}
			continue
		case <-poll.C:
			polled = true
		case <-wake.C:
		}
		next := f.system.poll
		f.complain(fenced("folder: looking at "+f.dir, func() error {
			next = f.pass(f.ctx, polled)
			return nil
		}))
		due = f.now().Add(next)
		wake.Reset(next)
	}
}

// pass looks once, acts on what it sees, and returns when to look again at the
// latest.
func (f *Folder) pass(ctx context.Context, polled bool) time.Duration {
	recheck := f.recheck.Swap(false)
	l, err := f.look()
	if err != nil {
		f.troubled(err) // what serves stays: nobody deleted anything that we could see
		f.publish(f.stages())
		if recheck {
			f.recheck.Store(true) // the files have their turn later
			f.publish(f.withdrawals())
		}
		return f.next()
	}
	defer l.close()
	f.calm()
	f.observe(l, polled, recheck)
	f.publish(f.stages())
	f.prepare(l)
	f.publish(f.takeIn(ctx, l))
	f.publish(f.removals())
	if recheck {
		f.publish(f.withdrawals())
	}
	f.tidy(l)
	return f.next()
}

// troubled and calm keep the row of the folder itself.
func (f *Folder) troubled(err error) {
	reason := core.OneLine(err.Error(), maxReason)
	if f.trouble != nil && f.trouble.Reason == reason {
		return
	}
	row := State{File: ".", State: Rejected, Reason: reason, Since: f.now()}
	f.mu.Lock()
	f.trouble = &row
	f.mu.Unlock()
	if f.OnState != nil {
		f.OnState(row)
	}
}

func (f *Folder) calm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble = nil
}

// next returns how long the worker may rest.
func (f *Folder) next() time.Duration {
	now := f.now()
	next := time.Hour
	by := func(t time.Time) {
		if t.After(now) { // what is overdue could not be done: at the next event or poll
			next = min(next, t.Sub(now))
		}
	}
	for _, e := range f.files {
		by(e.due)
	}
	for _, s := range f.slots {
		by(s.until)
		by(s.lasts)
	}
	return next
}

// byName returns the entries in the order of their names.
func (f *Folder) byName() []*entry {
	names := slices.Sorted(maps.Keys(f.files))
	out := make([]*entry, len(names))
	for i, name := range names {
		out[i] = f.files[name]
	}
	return out
}
