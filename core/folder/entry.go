package folder

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// entry is what the folder remembers of one plugin file.
type entry struct {
	State  // its row, but for what serves
	loader *Loader

	seen  group     // as it was last seen
	since time.Time // when it was first seen so, or first missed
	tried group     // as it was last read
	due   time.Time // when to look at it again; zero for the next event or poll
	gone  bool
	waits bool // for older versions to be closed
	peeks int  // how often it was read only to be prepared

	key     contentKey // of what was last read
	config  []byte     // NAME.config.yaml of it
	force   bool       // decide anew, also when the content is what it was
	confirm bool       // read it once more: coarse clocks miss a quick second write
	final   bool       // rolled back: only being dropped anew helps
	taken   string     // the file that holds its id, if another does
	written string     // what stands in the .rejected file
}

// artifactKey tells what a loader would make apart, contentKey also what else
// lies beside the file.
type (
	artifactKey struct{ data, sidecar [32]byte }
	contentKey  struct {
		artifactKey
		config, cases, sig [32]byte
	}
)

func keyOf(f *File) contentKey {
	sum := func(b []byte) [32]byte {
		if b == nil {
			return [32]byte{} // missing is not empty
		}
		return sha256.Sum256(b)
	}
	return contentKey{artifactKey{f.Digest, sum(f.Sidecar)}, sum(f.Config), sum(f.Cases), sum(f.signature)}
}

func (e *entry) settled(now time.Time) bool { return now.Sub(e.since) >= settle }

// observe compares what is there with what was.
func (f *Folder) observe(l *listing, polled, recheck bool) {
	now := f.now()
	for name := range l.names {
		if loader := f.loader(name); loader != nil {
			f.saw(l, name, loader, now)
		}
	}
	for name, err := range l.odd {
		if loader := f.loader(name); loader != nil {
			e := f.entry(name, loader)
			e.gone, e.seen, e.tried, e.due = false, group{}, group{}, time.Time{}
			f.unreadable(e, err)
		}
	}
	for name, e := range f.files {
		there := l.names[name].there || l.odd[name] != nil
		switch {
		case !there && !e.gone:
			e.gone, e.since, e.due = true, now, now.Add(settle)
		case there && recheck && !e.final:
			e.tried, e.force = group{}, true
		case there && polled && e.confirm:
			e.tried, e.confirm = group{}, false
		}
	}
	f.ignore(l)
}

func (f *Folder) entry(name string, loader *Loader) *entry {
	e := f.files[name]
	if e == nil {
		e = &entry{State: State{File: name}, loader: loader}
		f.mu.Lock()
		f.files[name] = e
		f.mu.Unlock()
	}
	return e
}

func (f *Folder) saw(l *listing, name string, loader *Loader, now time.Time) {
	e := f.entry(name, loader)
	if e.State.State == "" {
		f.mark(e, Loading, "")
	}
	g := l.group(name, loader)
	if g == e.seen && !e.gone {
		return
	}
	e.seen, e.since, e.gone, e.force, e.final = g, now, false, true, false
	e.due = now.Add(settle)
	if f.opening && g.rested(now) {
		e.since = now.Add(-settle)
	}
}

// rested tells whether nothing of the group changed a short time ago. It asks
// the clocks of files, so it is good for a start only.
func (g *group) rested(now time.Time) bool {
	for _, s := range []stamp{g.main, g.manifest, g.config, g.cases, g.sig} {
		age := now.UnixNano() - max(s.modified, s.changed)
		if s.there && age < int64(old) {
			return false
		}
	}
	return true
}

// ignore lists the files that are no plugins.
func (f *Folder) ignore(l *listing) {
	rows := map[string]State{}
	for name := range l.names {
		if f.loader(name) != nil || f.belongs(l, name) {
			continue
		}
		row, known := f.ignored[name]
		if !known {
			row = State{File: name, State: Ignored, Since: f.now()}
		}
		row.Reason = f.whyIgnored(name)
		rows[name] = row
	}
	f.mu.Lock()
	f.ignored = rows
	f.mu.Unlock()
}

// belongs tells whether a file lies beside a plugin file.
func (f *Folder) belongs(l *listing, name string) bool {
	if bare, ok := strings.CutSuffix(name, rejectedSuffix); ok && f.loader(bare) != nil {
		return true
	}
	for plugin, e := range f.files {
		for _, side := range beside(plugin, e.loader) {
			if side.name == name {
				return true
			}
		}
	}
	return false
}

func (f *Folder) whyIgnored(name string) string {
	for _, suffix := range []string{manifestSuffix, casesSuffix, sigSuffix} {
		if strings.HasSuffix(name, suffix) {
			return "the plugin file that it would lie beside is not there"
		}
	}
	suffixes := make([]string, len(f.Loaders))
	for i := range f.Loaders {
		suffixes[i] = f.Loaders[i].Suffix
	}
	return "no loader knows its suffix; plugins end in " + strings.Join(suffixes, ", ")
}

// holder returns the other entry that holds a manifest id: the one whose newest
// content serves under it.
func (f *Folder) holder(id string, but *entry) *entry {
	s := f.slots[id]
	if s == nil {
		return nil
	}
	e := f.files[s.file]
	if e == nil || e == but || e.gone || e.ID != id || e.State.State == Rejected || e.State.State == Pending {
		return nil
	}
	return e
}

// slotOf returns the slot that a file's content serves in, or nil.
func (f *Folder) slotOf(file string) *slot {
	for _, s := range f.slots {
		if s.file == file {
			return s
		}
	}
	return nil
}

// removals takes out what served from files that are gone. They wait a little
// for files that have just changed: one of them may be the same plugin under
// another name, and then there is no moment without it.
func (f *Folder) removals() []*change {
	now := f.now()
	moving := slices.ContainsFunc(slices.Collect(maps.Values(f.files)), func(e *entry) bool {
		return !e.gone && e.seen != e.tried && !e.waits
	})
	var out []*change
	for _, e := range f.byName() {
		if !e.gone || !e.settled(now) {
			continue
		}
		if moving && now.Sub(e.since) < patience {
			e.due = now.Add(quiet)
			continue
		}
		e.due = time.Time{}
		s := f.slotOf(e.File)
		if s == nil {
			f.forget(e)
			continue
		}
		out = append(out, &change{
			out:  map[string]string{s.id: e.File},
			done: func() { f.forget(e) },
			failed: func(err error) {
				f.complain(fmt.Errorf("folder: %s is gone, but %s could not be taken out and serves on: %w", e.File, s.id, err))
			},
		})
	}
	return out
}

func (f *Folder) forget(e *entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, e.File)
}

func (f *Folder) complain(err error) {
	if err != nil && f.OnError != nil {
		f.OnError(err)
	}
}

// fenced calls fn and makes a panic an error.
func fenced(what string, fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s panicked: %v", what, v)
		}
	}()
	return fn()
}
