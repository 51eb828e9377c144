package folder

import (
	"io/fs"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"
)

// system is what differs from one system to another, and what tests replace.
type system struct {
	uid      int // whom we run as
	stamp    func(fs.FileInfo) stamp
	readOnly func(dir string) bool // nobody can write to the file system that dir is on
	poll     time.Duration
	// notify starts something that calls kick whenever a folder that it follows
	// may have changed.
	notify func(kick func()) notifier
}

type notifier interface {
	// follow follows the folder at dir, whose inode tells it from a former one at
	// the same place.
	follow(dir string, inode uint64)
	Close() error
}

func ours() system {
	return system{uid: os.Geteuid(), stamp: stampOf, readOnly: readOnly, poll: pollEvery, notify: watch}
}

// watch reports through the system's own events. Where there are none, the poll
// is all there is.
func watch(kick func()) notifier {
	w := &watcher{done: make(chan struct{})}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		close(w.done)
		return w
	}
	w.events = events
	go w.run(events, kick)
	return w
}

// watcher is used by the worker alone, but for run.
type watcher struct {
	events *fsnotify.Watcher // nil where the system gives none
	inode  uint64
	added  bool
	done   chan struct{}
}

func (w *watcher) run(events *fsnotify.Watcher, kick func()) {
	defer close(w.done)
	for {
		select {
		case _, ok := <-events.Events:
			if !ok {
				return
			}
		case _, ok := <-events.Errors: // events were lost
			if !ok {
				return
			}
		}
		kick()
	}
}

func (w *watcher) follow(dir string, inode uint64) {
	if w.events == nil || w.added && w.inode == inode && len(w.events.WatchList()) > 0 {
		return
	}
	if w.added {
		_ = w.events.Remove(dir) // it may be gone
	}
	w.added = w.events.Add(dir) == nil
	w.inode = inode
}

func (w *watcher) Close() error {
	var err error
	if w.events != nil {
		err = w.events.Close()
		w.events = nil
	}
	<-w.done
	return err
}
