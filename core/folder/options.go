package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The largest files that are read, in bytes.
const (
	MaxFile    = 32 << 20 // a plugin
	maxSidecar = 1 << 20  // a manifest or configuration
	maxCases   = 4 << 20
	maxSig     = 4 << 10
)

// Options say what a folder is for. Dir, Loaders and OnChange are required.
// The functions are called from one goroutine, one at a time, but for
// Loader.Prepare; none may call [Folder.Close].
type Options struct {
	// Dir is the folder. It need not exist yet.
	Dir string
	// Loaders know a file by its suffix. A file that none knows is ignored.
	Loaders []Loader
	// OnChange is given a new set and puts it to work. A nil error makes it the
	// set that serves, and the receiver calls [Set.Release] once nothing made of
	// it is in use. An error rejects what is new in the set: the one before it
	// stays, and the receiver must have let go of the new one. Open calls it at
	// least once, with an empty set where nothing could be loaded.
	OnChange func(*Set) error
	// OnState, if not nil, is told whenever the state of a file changes.
	OnState func(State)
	// OnError, if not nil, is told what went wrong beside the files: an artifact
	// that did not close, a version that could not be taken out.
	OnError func(error)
	// Admit, if not nil, decides whether a plugin may be loaded. It may look at
	// f.Manifest and f.Config. A text in pending makes the file wait, and is what
	// the operator reads: the line to add. An error rejects the file.
	Admit func(f *File) (pending string, err error)
	// Pins, if not nil, returns the digests ("sha256:" and 64 hexadecimal
	// digits) and minisign public keys of which one must match, or none where
	// anything goes. See [CheckPin]. The id is the manifest's, file a base name.
	Pins func(id, file string) []string
	// SelfTest, if not nil, runs the cases that came with a file, f.Cases or a
	// part of f.Data. An error rejects the file.
	SelfTest func(ctx context.Context, f *File, a core.Artifact) error
	// Rollout, if not nil, gives the stages of a plugin's new versions.
	Rollout func(id string) Rollout
	// Clock tells the time; nil is the system's.
	Clock core.Clock
}

// Loader makes artifacts of one kind of file.
type Loader struct {
	// Suffix is how the names end, with the dot, e.g. ".wasm". The longest one
	// that fits a name counts.
	Suffix string
	// NeedsPin makes files wait until a pin matches them. For what is not
	// confined once it runs.
	NeedsPin bool
	// Manifest reads what the plugin declares, from f.Data or f.Sidecar, and
	// runs nothing. A file that has no manifest is an error.
	Manifest func(f *File) (core.Manifest, error)
	// Load makes the artifact of f.Data, whose manifest is f.Manifest. It keeps
	// nothing of f. The folder closes the artifact.
	Load func(ctx context.Context, f *File) (core.Artifact, error)
	// Prepare, if not nil, does the part of Load that takes long and runs nothing
	// of f.Data, while a content that the pins and grants allow has still to rest.
	// It runs beside the other functions, one at a time, until ctx ends. Load of
	// the same bytes with the same f.Sidecar gets what it returned as f.Prepared; an
	// error refuses them. The folder closes what no Load gets.
	Prepare func(ctx context.Context, f *File) (io.Closer, error)
}

// File is one plugin file as it was read, with what lies beside it. Its memory
// belongs to the folder and is read-only; a callee copies what it keeps.
type File struct {
	Name   string   // base name, e.g. "pii.wasm"
	Path   string   // where it was read; may hold other bytes by now
	Data   []byte   // the whole file, at most MaxFile bytes
	Digest [32]byte // SHA-256 of Data

	Sidecar []byte // NAME.yaml, or nil
	Config  []byte // NAME.config.yaml, or nil
	Cases   []byte // NAME.cases.txtar, or nil

	// Manifest is what Loader.Manifest returned; zero before.
	Manifest core.Manifest
	// Prepared is what Loader.Prepare returned for the same content, or nil. Load
	// takes it over, whatever it returns.
	Prepared io.Closer

	signature []byte // NAME.wasm.minisig
	pin       string // the pin that let it in
}

// Rollout is how a new version of a plugin that already serves comes to serve.
// The zero value is: at once.
type Rollout struct {
	Shadow Stage // judges copies, decides nothing
	Canary Stage // serves Share of the exchanges
	// Share of the exchanges in the canary stage, above 0 and below 1; any other
	// value is taken as 0.05.
	Share float64
}

// Stage ends when it has lasted For and Calls calls were reported. A zero stage
// is left out.
type Stage struct {
	For   time.Duration
	Calls int
}

func (s Stage) none() bool { return s.For <= 0 && s.Calls <= 0 }

func (o *Options) check() error {
	if o.Dir == "" || o.OnChange == nil || len(o.Loaders) == 0 {
		return errors.New("folder: Dir, Loaders and OnChange are required")
	}
	seen := map[string]bool{}
	for _, l := range o.Loaders {
		switch {
		case len(l.Suffix) < 2 || l.Suffix[0] != '.' || strings.ContainsAny(l.Suffix, `/\`):
			return fmt.Errorf("folder: %q is no suffix of a file name; write it with its dot", l.Suffix)
		case strings.HasPrefix(l.Suffix, ".yaml"), l.Suffix == rejectedSuffix, l.Suffix == sigSuffix, l.Suffix == casesSuffix:
			return fmt.Errorf("folder: the suffix %q is taken for what lies beside a plugin", l.Suffix)
		case seen[l.Suffix]:
			return fmt.Errorf("folder: two loaders have the suffix %q", l.Suffix)
		case l.Manifest == nil || l.Load == nil:
			return fmt.Errorf("folder: the loader of %q lacks Manifest or Load", l.Suffix)
		}
		seen[l.Suffix] = true
	}
	return nil
}

// loader returns the loader of a file name, the longest suffix first, or nil.
func (o *Options) loader(name string) *Loader {
	var best *Loader
	for i := range o.Loaders {
		l := &o.Loaders[i]
		if len(name) > len(l.Suffix) && strings.HasSuffix(name, l.Suffix) && (best == nil || len(l.Suffix) > len(best.Suffix)) {
			best = l
		}
	}
	return best
}
