package config

import (
	"crypto/sha256"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The times of a [Watcher].
const (
	watchSettle = 100 * time.Millisecond // quiet that must follow a change
	watchPoll   = 5 * time.Second        // for file systems that report nothing
)

// Watcher notices when the content of a configuration file changes, or that of
// a secret or certificate file it refers to. It watches folders rather than
// files, since editors rename and ConfigMaps swap a symbolic link, and looks
// at the content every few seconds too.
type Watcher struct {
	name    string
	env     Env
	changed func(*Config, []Problem)
	digests map[string][32]byte // of what changed was last told of
	events  *fsnotify.Watcher   // nil when the system gives none
	folders map[string]bool     // watched by events
	stop    chan struct{}
	done    chan struct{}
}

// Watch starts watching the files that cfg, which came from [Load], was read
// from. After each change of their content it reads them anew and calls changed
// with what [Load] would return, from one goroutine of its own. The caller
// builds a snapshot of it and keeps the last good one where that fails.
//
// The caller closes the watcher, and not from inside changed.
func Watch(cfg *Config, changed func(*Config, []Problem)) (*Watcher, error) {
	return watch(cfg, OSEnv(), changed)
}

func watch(cfg *Config, env Env, changed func(*Config, []Problem)) (*Watcher, error) {
	if cfg == nil || cfg.source == nil || cfg.source.name == "" {
		return nil, errors.New("config: only a configuration from a file can be watched")
	}
	w := &Watcher{
		name: cfg.source.name, env: env, changed: changed,
		digests: maps.Clone(cfg.source.digests), folders: map[string]bool{},
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if events, err := fsnotify.NewWatcher(); err == nil { // else polling is all there is
		w.events = events
	}
	w.follow()
	go w.run()
	return w, nil
}

// Close ends the watching and waits until no call of changed runs any more. It
// must be called exactly once.
func (w *Watcher) Close() error {
	close(w.stop)
	<-w.done
	if w.events != nil {
		return w.events.Close()
	}
	return nil
}

func (w *Watcher) run() {
	defer close(w.done)
	var events <-chan fsnotify.Event
	var failures <-chan error
	if w.events != nil {
		events, failures = w.events.Events, w.events.Errors
	}
	poll := time.NewTicker(watchPoll)
	defer poll.Stop()
	settle := time.NewTimer(0) // what changed before we began to watch
	defer settle.Stop()
	var first time.Time // of the changes that have not settled
	for {
		select {
		case <-w.stop:
			return
		case _, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			// Wait until it is quiet, but not for ever beside a busy log file.
			if now := time.Now(); first.IsZero() {
				first = now
				settle.Reset(watchSettle)
			} else if now.Sub(first) < 10*watchSettle {
				settle.Reset(watchSettle)
			}
		case _, ok := <-failures: // an overflow: the poll finds what was lost
			if !ok {
				failures = nil
			}
		case <-settle.C:
			first = time.Time{}
			w.check()
		case <-poll.C:
			w.check()
		}
	}
}

// check compares the content with what changed was last told of.
func (w *Watcher) check() {
	if !w.differs() {
		return
	}
	cfg, problems := w.load()
	if cfg != nil {
		w.digests = maps.Clone(cfg.source.digests)
		w.follow()
	}
	w.changed(cfg, problems)
}

func (w *Watcher) differs() bool {
	for path, digest := range w.digests {
		if w.digest(path) != digest {
			return true
		}
	}
	return false
}

// digest returns the digest of a file, zero when it cannot be read.
func (w *Watcher) digest(path string) [32]byte {
	data, err := w.env.ReadFile(path)
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(data)
}

func (w *Watcher) load() (*Config, []Problem) {
	data, err := w.env.ReadFile(w.name)
	if err != nil {
		w.digests[w.name] = [32]byte{}
		return nil, []Problem{unreadable(w.name, err)}
	}
	cfg, problems := Parse(w.name, data, w.env)
	if cfg == nil {
		// Which files it refers to is unknown: the old list stands, as it is now.
		for path := range w.digests {
			w.digests[path] = w.digest(path)
		}
		w.digests[w.name] = sha256.Sum256(data)
	}
	return cfg, problems
}

// follow watches the folder of every file, and no other.
func (w *Watcher) follow() {
	if w.events == nil {
		return
	}
	want := map[string]bool{}
	for path := range w.digests {
		want[filepath.Dir(path)] = true
	}
	for folder := range w.folders {
		if !want[folder] {
			_ = w.events.Remove(folder) // it may be gone
			delete(w.folders, folder)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(want)) {
		if !w.folders[folder] && w.events.Add(folder) == nil {
			w.folders[folder] = true
		}
	}
}
