package adapter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Options configure a [Host]. Guard is required.
type Options struct {
	// Guard is the command that starts an adapter: a program and arguments, after
	// which the adapter's path is put. It must call [Guard] with what follows its
	// own arguments and exit with the status that it returns. See [Self].
	Guard []string
	// Dir is where copies of adapters and their sockets are kept, in a folder of
	// this host's own; "" is the system's folder for temporary files. Programs
	// must be allowed to run there. What a gateway that was killed left there is
	// removed.
	Dir string
	// Log is given the lines that adapters write. It may be called from many
	// goroutines at once. nil drops them.
	Log func(LogLine)
	// OnState, if not nil, is told when a process starts, dies or is quarantined.
	// It may be called from many goroutines at once, must not block for long and
	// must not close instances.
	OnState func(Change)
	// Clock tells the time; nil is the system's.
	Clock core.Clock
}

// LogLine is a line that an adapter wrote to its standard output or error.
type LogLine struct {
	Plugin, Instance string
	Text             string // one line, UTF-8, no control characters, ≤ 4 KiB
}

// Change says what became of the process of an instance.
type Change struct {
	Plugin, Instance string
	State            State
	Reason           string        // why, for a process that died; one line
	Rest             time.Duration // until it is started again
}

// maxDir bounds the path of the folder, since those of sockets may have little
// more than a hundred bytes.
const maxDir = 56

// Host is what all adapters of a gateway share. It is safe for concurrent use.
type Host struct {
	opts   Options
	timing timing
	folder string   // its own, below Dir
	lock   *os.File // held as long as the folder is used
	states states

	mu        sync.Mutex
	artifacts int
	workers   map[*worker]struct{}
	past      map[string]*Report // of workers that are closed, by instance name
	closed    bool
}

// NewHost makes a host and its folder.
func NewHost(o Options) (*Host, error) {
	if len(o.Guard) == 0 {
		return nil, errors.New("adapter: Options.Guard is required")
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("adapter: %w", err)
	}
	if len(dir) > maxDir {
		return nil, fmt.Errorf("adapter: the path %s is too long for sockets in it: choose a folder with at most %d bytes", dir, maxDir)
	}
	h := &Host{opts: o, timing: defaultTiming(), workers: map[*worker]struct{}{}, past: map[string]*Report{}}
	sweep(dir)
	if h.folder, err = os.MkdirTemp(dir, folderPrefix); err == nil { // mode 0700
		h.lock, err = lockFolder(h.folder)
	}
	if err != nil {
		return nil, fmt.Errorf("adapter: a folder for adapters: %w", err)
	}
	return h, nil
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// folderPrefix begins the names of hosts' folders, lockName is the file in each
// whose lock says that its host lives.
const (
	folderPrefix = "sallyport-adapters-"
	lockName     = "lock"
)

// lockFolder takes the lock of a folder, or fails at once.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sweep removes the folders of hosts that were killed. One that has no lock yet
// is just being made.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, folderPrefix+"*", lockName))
	for _, name := range left {
		f, err := lockFolder(filepath.Dir(name))
		if err != nil {
			continue // another's, or in use
		}
		_ = os.RemoveAll(filepath.Dir(name))
		_ = f.Close()
	}
}

// Forget drops the state that hooks left with an exchange. Whoever ends
// exchanges calls it once for each.
func (h *Host) Forget(id core.ID) { h.states.forget(id) }

var _ core.Forgetter = (*Host)(nil)

// Close removes the host's folder. It fails if an artifact is still loaded.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.artifacts > 0 {
		return fmt.Errorf("adapter: the host cannot be closed while %d adapters are loaded: close them first", h.artifacts)
	}
	if h.closed {
		return nil
	}
	h.closed = true
	return errors.Join(os.RemoveAll(h.folder), h.lock.Close())
}

// Report is what the instances of one name did since the host was made, whatever
// artifact and configuration they had.
type Report struct {
	Instance, Plugin string
	State            State // of the newest
	Stats            Stats
}

// Reports returns a report of each instance name, sorted. The counts of a name
// never fall.
func (h *Host) Reports() []Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]Report, len(h.past)+len(h.workers))
	for name, r := range h.past {
		all[name] = *r
	}
	for w := range h.workers {
		s := w.counters.read()
		if w.current.Load() != nil {
			s.Running = 1
		}
		r := all[w.name]
		r.Instance, r.Plugin, r.Stats, r.State = w.name, w.artifact.manifest.ID, r.Stats.plus(s), max(r.State, w.now())
		all[w.name] = r
	}
	out := make([]Report, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name])
	}
	return out
}

func (h *Host) addWorker(w *worker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.workers[w] = struct{}{}
}

func (h *Host) removeWorker(w *worker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.workers, w)
	r := h.past[w.name]
	if r == nil {
		r = &Report{Instance: w.name}
		h.past[w.name] = r
	}
	r.Plugin, r.Stats = w.artifact.manifest.ID, r.Stats.plus(w.counters.read())
}

// Load takes the bytes of a program and what its plugin declares, and makes an
// artifact of them. It runs nothing. name is the file's, for errors; data is
// copied.
func (h *Host) Load(_ context.Context, name string, data []byte, manifest core.Manifest) (*Artifact, error) {
	if err := check(data, &manifest); err != nil {
		return nil, fmt.Errorf("adapter: %s: %w", name, err)
	}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, fmt.Errorf("adapter: %s: the host is closed", name)
	}
	h.artifacts++
	h.mu.Unlock()
	a, err := newArtifact(h, data, manifest)
	if err != nil {
		h.forgetArtifact()
		return nil, fmt.Errorf("adapter: %s: %w", name, err)
	}
	return a, nil
}

func (h *Host) forgetArtifact() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.artifacts--
}
