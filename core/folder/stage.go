package folder

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// rollOut makes the change by which a new version enters the first of its
// stages.
func (f *Folder) rollOut(e *entry, old *slot, v *Version, plan Rollout) *change {
	next := &slot{id: v.Manifest.ID, file: e.File, live: v, plan: plan}
	if old == nil {
		return f.change(e, v, next, Live)
	}
	next.live, next.previous, next.until = old.live, old.previous, old.until
	next.candidate = v
	status := f.advance(next, Loading)
	return f.change(e, v, next, status)
}

// advance takes the candidate of a slot, which is not in the table yet, to the
// stage after mode, and returns that.
func (f *Folder) advance(s *slot, mode Status) Status {
	now := f.now()
	enter := func(mode Status, stage Stage, share float64) Status {
		s.mode, s.share = mode, share
		s.lasts, s.calls = now.Add(stage.For), s.candidate.calls.Load()+uint64(max(stage.Calls, 0))
		return mode
	}
	if mode == Loading && !s.plan.Shadow.none() {
		return enter(Shadow, s.plan.Shadow, 0)
	}
	if mode != Canary && !s.plan.Canary.none() {
		share := s.plan.Share
		if !(share > 0 && share < 1) {
			share = 0.05
		}
		return enter(Canary, s.plan.Canary, share)
	}
	s.previous, s.until = s.live, now.Add(probation)
	s.live, s.candidate, s.mode, s.share = s.candidate, nil, "", 0
	s.lasts, s.calls = time.Time{}, 0
	return Live
}

// stages moves candidates on, and answers storms.
func (f *Folder) stages() []*change {
	now := f.now()
	var out []*change
	for _, id := range slices.Sorted(maps.Keys(f.slots)) {
		s := f.slots[id]
		e := f.files[s.file]
		switch {
		case e == nil:
		case s.previous != nil && s.live.stormed.Load():
			out = append(out, f.rollBack(e, s))
		case s.candidate != nil && s.candidate.stormed.Load():
			out = append(out, f.giveUp(e, s))
		case s.candidate != nil && !now.Before(s.lasts) && s.candidate.calls.Load() >= s.calls:
			next := *s
			status := f.advance(&next, s.mode)
			out = append(out, f.moved(s, &next, func() { f.markOf(e, s.candidate, status, "") }))
		case s.previous != nil && !now.Before(s.until):
			f.proven(s)
		}
	}
	return out
}

// moved makes a change of a slot that is no file's doing.
func (f *Folder) moved(s, next *slot, done func()) *change {
	return &change{
		in: next, done: done,
		failed: func(err error) {
			f.complain(fmt.Errorf("folder: %s: %s could not move to its next stage and stays as it is: %w", s.file, s.id, err))
		},
	}
}

// markOf marks a file for what became of a version, if that is still the
// newest content of the file.
func (f *Folder) markOf(e *entry, v *Version, status Status, reason string) bool {
	newest := e.key.artifactKey == v.held.key && bytes.Equal(e.config, v.Config)
	if newest {
		f.mark(e, status, reason)
	}
	return newest
}

// rollBack goes back to the version before a live one.
func (f *Folder) rollBack(e *entry, s *slot) *change {
	next := *s
	next.live, next.previous, next.until = s.previous, nil, time.Time{}
	return f.moved(s, &next, func() {
		f.failed(e, s.live, "rolled back to the version before it, "+hex.EncodeToString(s.previous.Digest[:]))
	})
}

// giveUp takes a candidate out.
func (f *Folder) giveUp(e *entry, s *slot) *change {
	next := *s
	next.candidate, next.mode, next.share = nil, "", 0
	return f.moved(s, &next, func() { f.failed(e, s.candidate, "taken out of the stage "+string(s.mode)) })
}

// failed remembers that a version failed in a storm. Its file is not tried
// again before somebody drops it anew.
func (f *Folder) failed(e *entry, v *Version, what string) {
	f.mu.Lock()
	e.Counters.Rollbacks++
	f.mu.Unlock()
	calls, bad := v.calls.Load(), v.failures.Load()
	reason := fmt.Sprintf("%s: %d of its %d calls failed, at least half of the last ones; mend it and drop it anew", what, bad, calls)
	if f.markOf(e, v, Rejected, reason) {
		e.final = true
	}
}

// proven ends the probation of a version: there is no way back from here.
func (f *Folder) proven(s *slot) {
	next := *s
	next.previous, next.until = nil, time.Time{}
	table := maps.Clone(f.slots)
	table[s.id] = &next
	f.adopt(table)
}

// withdrawals takes out what the operator's orders no longer allow.
func (f *Folder) withdrawals() []*change {
	var out []*change
	for _, id := range slices.Sorted(maps.Keys(f.slots)) {
		s := f.slots[id]
		next := *s
		if !f.allowed(s, s.previous) {
			next.previous, next.until = nil, time.Time{}
		}
		if !f.allowed(s, s.candidate) {
			next.candidate, next.mode, next.share = nil, "", 0
		}
		c := f.moved(s, &next, func() {})
		switch {
		case f.allowed(s, s.live):
			if next == *s {
				continue
			}
		case next.candidate != nil: // the only one that may serve
			next.plan = Rollout{}
			e, v := f.files[s.file], next.candidate
			status := f.advance(&next, Canary)
			next.previous, next.until = nil, time.Time{}
			c.done = func() { f.markOf(e, v, status, "") }
		default:
			c.in, c.out = nil, map[string]string{id: s.file}
		}
		out = append(out, c)
	}
	return out
}

// allowed tells whether a version that is open may still serve.
func (f *Folder) allowed(s *slot, v *Version) bool {
	e := f.files[s.file]
	if v == nil || e == nil {
		return true
	}
	var pins []string
	if f.Pins != nil {
		pins = f.Pins(s.id, s.file)
	}
	if len(pins) == 0 && e.loader.NeedsPin || len(pins) > 0 && !v.matches(pins) {
		return false
	}
	return f.granted(&File{Name: v.file, Digest: v.Digest, Config: v.Config, Manifest: v.asked}) == nil
}
