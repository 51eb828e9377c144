package folder

import (
	"errors"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// Set is the plugins of a folder at one time. It is immutable and safe for
// concurrent use. Its artifacts stay open until it has been released as often
// as it was handed out and retained.
type Set struct {
	Plugins []Plugin // sorted by ID

	folder *Folder
	refs   int // under folder.mu
}

// Plugin is one plugin of a set.
type Plugin struct {
	ID   string // manifest id
	File string // base name of the file it came from
	Live *Version
	// Candidate is a newer version on its way to serve, or nil.
	Candidate *Candidate
}

// Candidate is a new version of a plugin that does not serve every exchange yet.
type Candidate struct {
	*Version
	// Mode is Shadow or Canary.
	Mode Status
	// Share of the exchanges that a canary serves, above 0 and below 1; 0 for a
	// shadow.
	Share float64
}

// Version is one content of a plugin file with its configuration. It is safe
// for concurrent use.
type Version struct {
	Artifact core.Artifact // closed by the folder
	Manifest core.Manifest
	// Generation tells the versions of one plugin apart: it grows from 1.
	Generation uint64
	Digest     [32]byte // SHA-256 of the file
	Config     []byte   // NAME.config.yaml, nil for none; read-only

	file  string
	held  *held
	about *Folder
	asked core.Manifest // as it was read before loading
	pin   string        // that let it in; the worker's
	cases [32]byte      // that it passed; the worker's

	calls, failures atomic.Uint64
	watched         atomic.Bool
	stormed         atomic.Bool
	recent          atomic.Uint32 // see stormy
}

// Key returns the minisign public key by which the version was let in, "" if that
// was not by a key. It is called from [Options.OnChange].
func (v *Version) Key() string { return keyOfPin(v.pin) }

// Plugin returns the plugin of an id, or nil.
func (s *Set) Plugin(id string) *Plugin {
	i, ok := slices.BinarySearchFunc(s.Plugins, id, func(p Plugin, id string) int { return strings.Compare(p.ID, id) })
	if !ok {
		return nil
	}
	return &s.Plugins[i]
}

// Retain asks for one more Release. Whoever calls it holds the set already.
func (s *Set) Retain() {
	s.folder.mu.Lock()
	defer s.folder.mu.Unlock()
	s.refs++
}

// Release lets go of the set, once for having got it and once for each Retain.
// The last one closes the artifacts that nothing else needs, and returns what
// went wrong with that. It may be called after [Folder.Close].
func (s *Set) Release() error {
	f := s.folder
	f.mu.Lock()
	if s.refs == 0 {
		f.mu.Unlock()
		return errors.New("folder: a set was released more often than it was held")
	}
	s.refs--
	var loose []*held
	if s.refs == 0 {
		for i := range s.Plugins {
			loose = append(loose, s.Plugins[i].drop()...)
		}
	}
	f.mu.Unlock()
	return f.closeAll(loose)
}

func (p *Plugin) versions() []*Version {
	if p.Candidate != nil {
		return []*Version{p.Live, p.Candidate.Version}
	}
	return []*Version{p.Live}
}

func (p *Plugin) drop() []*held {
	var loose []*held
	for _, v := range p.versions() {
		loose = append(loose, v.drop()...)
	}
	return loose
}

// held is an open artifact and how many versions in sets and in the folder's
// own table need it.
type held struct {
	artifact core.Artifact
	key      artifactKey
	file     string
	refs     int // under Folder.mu
}

// keep and drop count under Folder.mu. What drop returns must be closed outside
// of it.
func (v *Version) keep() {
	if v != nil {
		v.held.refs++
	}
}

func (v *Version) drop() []*held {
	if v == nil {
		return nil
	}
	if v.held.refs--; v.held.refs > 0 {
		return nil
	}
	return []*held{v.held}
}

// closeAll closes artifacts that nothing needs any more.
func (f *Folder) closeAll(loose []*held) error {
	var errs []error
	for _, h := range loose {
		errs = append(errs, fenced("closing "+h.file, h.artifact.Close))
	}
	if len(loose) == 0 {
		return nil
	}
	f.mu.Lock()
	for _, h := range loose {
		if f.open[h.file]--; f.open[h.file] == 0 {
			delete(f.open, h.file)
		}
	}
	f.mu.Unlock()
	f.kick() // a newer content may wait for this
	return errors.Join(errs...)
}

// A storm is at least stormFailures failures that make up half of the last
// stormCalls calls or more.
const (
	stormCalls    = 20
	stormFailures = 5
)

// Report tells how a call of one of the version's hooks went. It is cheap
// enough for every call. A storm of failures takes a candidate out, or brings
// back the version before this one while that is kept.
func (v *Version) Report(failed bool) {
	v.calls.Add(1)
	if failed {
		v.failures.Add(1)
	}
	if !v.watched.Load() {
		return
	}
	for {
		old := v.recent.Load()
		next, storm := stormy(old, failed)
		if !v.recent.CompareAndSwap(old, next) {
			continue
		}
		if storm && !v.stormed.Swap(true) {
			v.about.kick()
		}
		return
	}
}

// stormy adds a call to the last ones: the low stormCalls bits are how they
// went, the bits above count them up to stormCalls.
func stormy(recent uint32, failed bool) (next uint32, storm bool) {
	const mask = 1<<stormCalls - 1
	n := min(recent>>stormCalls+1, stormCalls)
	went := recent << 1 & mask
	if failed {
		went |= 1
	}
	bad := bits.OnesCount32(went)
	return n<<stormCalls | went, bad >= stormFailures && 2*bad >= int(n)
}
