package folder

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Status is what becomes of a file.
type Status string

// The statuses. Where a newer content of a file is not (yet) live, the version
// before it may serve: see [State.Serving].
const (
	Loading  Status = "loading"  // being written, read or compiled, or waiting for older versions to end
	Live     Status = "live"     // its newest content serves
	Shadow   Status = "shadow"   // its newest content judges copies
	Canary   Status = "canary"   // its newest content serves a share of the exchanges
	Pending  Status = "pending"  // waits for the operator; the reason holds the line to add
	Rejected Status = "rejected" // the reason says why and what to do
	Ignored  Status = "ignored"  // no plugin, as far as anyone can tell
)

// State is what became of one file. The row with the name "." is the folder's,
// and is there only while something is wrong with it.
type State struct {
	File   string `json:"file"`
	ID     string `json:"id,omitempty"` // of its manifest, where that could be read
	State  Status `json:"state"`
	Reason string `json:"reason,omitempty"` // one line, for people
	// Digest is the SHA-256, in hex, of the newest content that was read.
	Digest string `json:"digest,omitempty"`
	// Serving is the digest of the version that serves, "" for none; it differs
	// from Digest while the newest content does not serve.
	Serving string `json:"serving,omitempty"`
	// Generation is that of the version that serves, 0 for none.
	Generation uint64    `json:"generation,omitempty"`
	Since      time.Time `json:"since"` // when State or Reason last changed
	Counters   Counters  `json:"counters"`
	// Candidate is how the newest content fares while it does not serve every
	// exchange, else nil.
	Candidate *Progress `json:"candidate,omitempty"`
}

// Progress is how far a version in one of its stages is.
type Progress struct {
	Generation uint64  `json:"generation"`
	Share      float64 `json:"share,omitempty"` // of the exchanges; 0 for a shadow
	Calls      uint64  `json:"calls"`
	Failures   uint64  `json:"failures"`
}

// Counters count since the gateway started and the file appeared.
type Counters struct {
	Calls      uint64 `json:"calls"`    // of the version that serves, as reported
	Failures   uint64 `json:"failures"` // among them
	Loads      uint64 `json:"loads"`    // contents that the loader took
	Rejections uint64 `json:"rejections"`
	Rollbacks  uint64 `json:"rollbacks"`
}

// List returns the state of every file, sorted by name.
func (f *Folder) List() []State {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]State, 0, len(f.files)+len(f.ignored)+1)
	if f.trouble != nil {
		out = append(out, *f.trouble)
	}
	for _, e := range f.files {
		out = append(out, f.row(e))
	}
	for _, s := range f.ignored {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b State) int { return strings.Compare(a.File, b.File) })
	return out
}

// row is the state of one file, with what serves. f.mu is held.
func (f *Folder) row(e *entry) State {
	s := e.State
	if slot := f.slotOf(e.File); slot != nil {
		v := slot.live
		s.Serving, s.Generation = hex.EncodeToString(v.Digest[:]), v.Generation
		s.Counters.Calls, s.Counters.Failures = v.calls.Load(), v.failures.Load()
		if c := slot.candidate; c != nil {
			s.Candidate = &Progress{Generation: c.Generation, Share: slot.share, Calls: c.calls.Load(), Failures: c.failures.Load()}
		}
	}
	return s
}

// mark sets what became of a file and tells whoever asked to be told.
func (f *Folder) mark(e *entry, status Status, reason string) {
	reason = core.OneLine(reason, maxReason)
	f.mu.Lock()
	changed := e.State.State != status || e.Reason != reason
	if changed {
		e.State.State, e.Reason, e.Since = status, reason, f.now()
		if status == Rejected {
			e.Counters.Rejections++
		}
	}
	row := f.row(e)
	f.mu.Unlock()
	if changed && f.OnState != nil {
		f.OnState(row)
	}
}
