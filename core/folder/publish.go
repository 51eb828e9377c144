package folder

import (
	"maps"
	"slices"
	"time"
)

// slot is what serves under one manifest id. It does not change once it is in
// the table.
type slot struct {
	id, file  string
	live      *Version
	previous  *Version  // to go back to, or nil
	until     time.Time // when previous is let go
	candidate *Version
	mode      Status // of the candidate: Shadow or Canary
	share     float64
	lasts     time.Time // when the candidate's stage ends at the earliest
	calls     uint64    // that the candidate must have had by then
	plan      Rollout
}

func (s *slot) versions() []*Version { return []*Version{s.live, s.previous, s.candidate} }

func (s *slot) drop() []*held {
	var loose []*held
	for _, v := range s.versions() {
		loose = append(loose, v.drop()...)
	}
	return loose
}

// plugin is the slot as a set shows it.
func (s *slot) plugin() Plugin {
	p := Plugin{ID: s.id, File: s.file, Live: s.live}
	if s.candidate != nil {
		p.Candidate = &Candidate{Version: s.candidate, Mode: s.mode, Share: s.share}
	}
	return p
}

// change is one step from a set to the next: it is made whole or not at all.
type change struct {
	in     *slot             // what comes into the table, or nil
	out    map[string]string // ids that leave it, each if it is still this file's
	done   func()
	failed func(error)
	fresh  *Version // held for the change, nil where there is nothing new
}

// change makes the change by which a file's content comes into a slot.
func (f *Folder) change(e *entry, fresh *Version, next *slot, status Status) *change {
	c := &change{
		in: next, fresh: fresh,
		done:   func() { f.mark(e, status, "") },
		failed: func(err error) { f.mark(e, Rejected, "the gateway cannot use it: "+err.Error()) },
	}
	if was := f.slotOf(e.File); was != nil && was.id != next.id {
		c.out = map[string]string{was.id: e.File} // the file has changed its id
	}
	return c
}

// publish makes the changes, all at once if that works, else each that works
// by itself.
func (f *Folder) publish(changes []*change) {
	if len(changes) == 0 {
		return
	}
	defer func() {
		for _, c := range changes {
			if c.fresh != nil {
				f.letGo(c.fresh)
			}
		}
	}()
	if len(changes) > 1 && f.install(changes) == nil {
		for _, c := range changes {
			c.done()
		}
		return
	}
	for _, c := range changes {
		if err := f.install([]*change{c}); err != nil {
			c.failed(err)
		} else {
			c.done()
		}
	}
}

// install offers a set with the changes to OnChange.
func (f *Folder) install(changes []*change) error {
	table := maps.Clone(f.slots)
	for _, c := range changes {
		for id, file := range c.out {
			if s := table[id]; s != nil && s.file == file {
				delete(table, id)
			}
		}
		if c.in != nil {
			table[c.in.id] = c.in
		}
	}
	set := f.set(table)
	if err := fenced("OnChange", func() error { return f.OnChange(set) }); err != nil {
		_ = set.Release() // its versions are held elsewhere
		return err
	}
	f.adopt(table)
	return nil
}

// adopt makes a table the one that serves.
func (f *Folder) adopt(table map[string]*slot) {
	var loose []*held
	f.mu.Lock()
	for id, s := range table {
		if s != f.slots[id] {
			s.hold()
		}
	}
	for id, s := range f.slots {
		if s != table[id] {
			loose = append(loose, s.drop()...)
		}
	}
	f.slots, f.installed = table, true
	f.mu.Unlock()
	f.complain(f.closeAll(loose))
}

// hold takes the slot into the table.
func (s *slot) hold() {
	for _, v := range s.versions() {
		v.keep()
	}
	s.live.watched.Store(s.previous != nil)
	if s.candidate != nil {
		s.candidate.watched.Store(true)
	}
}

// set makes a set of a table, held once.
func (f *Folder) set(table map[string]*slot) *Set {
	set := &Set{folder: f, refs: 1, Plugins: make([]Plugin, 0, len(table))}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(table)) {
		p := table[id].plugin()
		for _, v := range p.versions() {
			v.keep()
		}
		set.Plugins = append(set.Plugins, p)
	}
	return set
}
