package adapter

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Artifact is one generation of a plugin: a private copy of its program. It is
// safe for concurrent use and implements [core.Artifact].
type Artifact struct {
	host     *Host
	manifest core.Manifest
	digest   [32]byte
	path     string // of the copy

	mu      sync.Mutex
	workers map[[32]byte]*worker // those that may be shared
	open    int                  // workers that are not over
	closed  bool
}

var _ core.Artifact = (*Artifact)(nil)

// hookNames are the phases in which an adapter can have a hook, and the names of
// their hooks.
func hookNames(p core.Phase) []string {
	switch p {
	case core.PhaseReceive:
		return []string{abi.HookReceive}
	case core.PhasePrompt:
		return []string{abi.HookPrompt}
	case core.PhaseRoute:
		return []string{abi.HookRoute}
	case core.PhaseAnswer:
		return []string{abi.HookAnswer, abi.HookWindow}
	case core.PhaseComplete:
		return []string{abi.HookComplete}
	default:
		return nil
	}
}

// check refuses what cannot be an adapter.
func check(data []byte, m *core.Manifest) error {
	known := false
	for _, magic := range []string{"\x7fELF", "\xcf\xfa\xed\xfe", "#!"} {
		known = known || bytes.HasPrefix(data, []byte(magic))
	}
	if !known {
		return errors.New("it is no program: an adapter is an executable file of this platform, or a script whose first line begins with #!, and this is neither")
	}
	if len(m.Capabilities) > 0 {
		return fmt.Errorf("its manifest asks for the capability %s, but adapters have none: they are not confined; leave it out", m.Capabilities[0])
	}
	for _, name := range m.Sees.Headers {
		if core.CarriesCredential(name) {
			return fmt.Errorf("its manifest asks to see the header %s, which no plugin is shown", name)
		}
	}
	for _, p := range m.Phases {
		if hookNames(p) == nil {
			return fmt.Errorf("its manifest names the hook %s, which adapters do not have", p)
		}
	}
	return nil
}

func newArtifact(h *Host, data []byte, manifest core.Manifest) (*Artifact, error) {
	folder, err := os.MkdirTemp(h.folder, "a") // mode 0700
	if err != nil {
		return nil, err
	}
	a := &Artifact{
		host: h, manifest: manifest, digest: sha256.Sum256(data), path: filepath.Join(folder, "adapter"),
		workers: map[[32]byte]*worker{},
	}
	// A process that is forked while the file is open for writing holds it open
	// until it runs its own program, and a file that somebody could write to
	// cannot be run.
	syscall.ForkLock.RLock()
	err = os.WriteFile(a.path, data, 0o500) //nolint:gosec // it is a program
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return a, nil
}

// hooks returns the names of the hooks that the process must offer.
func (a *Artifact) hooks() []string {
	var out []string
	for _, p := range a.manifest.Phases {
		for _, name := range hookNames(p) {
			windows := a.manifest.Stream == core.StreamWindow || a.manifest.Stream == core.StreamObserve
			if name != abi.HookWindow || windows {
				out = append(out, name)
			}
		}
	}
	return out
}

// Manifest returns what the plugin declares.
func (a *Artifact) Manifest() core.Manifest { return a.manifest }

// Digest returns the SHA-256 of the program.
func (a *Artifact) Digest() [32]byte { return a.digest }

// Close removes the copy of the program. It fails if an instance is still open.
func (a *Artifact) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open > 0 {
		return fmt.Errorf("adapter: %s cannot be closed while instances of it are open: close them first", a.manifest.ID)
	}
	if a.closed {
		return nil
	}
	a.closed = true
	a.host.forgetArtifact()
	return os.RemoveAll(filepath.Dir(a.path))
}

// New is [Artifact.NewInstance] for those who know the artifact as a
// [core.Plugin].
func (a *Artifact) New(c core.InstanceConfig) (core.Instance, error) {
	i, err := a.NewInstance(c)
	if err != nil {
		return nil, err
	}
	return i, nil
}

// NewInstance makes a configured use of a. It starts nothing; [Instance.Start]
// does. The caller closes it before a.
func (a *Artifact) NewInstance(c core.InstanceConfig) (*Instance, error) {
	if c.Name == "" {
		return nil, fmt.Errorf("adapter: an instance of %s needs a name", a.manifest.ID)
	}
	if len(c.Grants) > 0 {
		return nil, fmt.Errorf("adapter: %s: it is granted %s, but adapters have no capabilities; leave grants out", c.Name, c.Grants[0])
	}
	config := c.Config
	if config == nil {
		config = map[string]any{}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("adapter: %s: its configuration is no JSON: %w", c.Name, err)
	}
	limits := limitsOf(c.Limits, a.manifest.Limits)
	if limits.Deadline < 0 || limits.Reply < 0 || limits.Reply > abi.MaxReply || limits.Guests < 0 || limits.Guests > maxGuests {
		return nil, fmt.Errorf("adapter: %s: a limit is out of range: %+v; replies have at most %d bytes, and at most %d hooks run at once",
			c.Name, limits, abi.MaxReply, maxGuests)
	}
	frame := abi.ConfigureCall{
		Plugin: []byte(a.manifest.ID), Instance: []byte(c.Name), Config: text, Revision: abi.Revision, Window: uint32(a.manifest.Window),
	}
	return a.share(c.Name, frame.Append(nil), slices.Clone(c.Env), limits)
}

// share returns an instance of the worker for this configuration.
func (a *Artifact) share(name string, frame []byte, env []string, limits core.Limits) (*Instance, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%d:%s%d:%s%+v", len(frame), frame, len(env), strings.Join(env, "\x00"), limits))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, fmt.Errorf("adapter: %s: its adapter is closed", name)
	}
	w := a.workers[key]
	if w == nil {
		w = newWorker(a, name, frame, env, limits)
		a.workers[key] = w
		a.open++
		a.host.addWorker(w)
	}
	w.refs++
	return &Instance{worker: w, key: key}, nil
}

// release gives up one use of a worker, and ends it after the last.
func (a *Artifact) release(w *worker, key [32]byte) {
	a.mu.Lock()
	w.refs--
	last := w.refs == 0
	if last {
		delete(a.workers, key)
	}
	a.mu.Unlock()
	if !last {
		return
	}
	w.stop()
	a.host.removeWorker(w)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
}
