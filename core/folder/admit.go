package folder

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// waitError is why a file is neither taken nor refused for now.
type waitError struct {
	status Status
	reason string
}

func (w *waitError) Error() string { return w.reason }

// takeIn reads and admits every file that has rested, and returns what they
// would change.
func (f *Folder) takeIn(ctx context.Context, l *listing) []*change {
	var out []*change
	claimed := map[string]string{} // ids, by this look's files
	for _, e := range f.byName() {
		now := f.now()
		h := f.holder(e.ID, e)
		again := e.taken != "" && (h == nil || h.File != e.taken)
		switch {
		case ctx.Err() != nil:
			return out
		case e.gone || !e.seen.main.there || e.seen == e.tried && !again || e.waits && f.crowded(e):
			continue
		case !e.settled(now):
			continue
		}
		e.force = e.force || again || e.waits
		if c := f.takeOne(ctx, l, e, claimed); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (f *Folder) takeOne(ctx context.Context, l *listing, e *entry, claimed map[string]string) *change {
	file, err := l.read(e.File, e.loader, e.seen)
	if errors.Is(err, errMoving) {
		e.since = f.now()
		e.due = e.since.Add(settle)
		return nil
	}
	e.tried, e.due, e.waits, e.peeks = e.seen, time.Time{}, false, 0
	if err != nil {
		f.unreadable(e, err)
		return nil
	}
	key := keyOf(file)
	if key == e.key && !e.force {
		return nil
	}
	e.key, e.config = key, file.Config
	e.confirm, e.force, e.taken = true, false, ""
	f.mu.Lock()
	e.Digest = hex.EncodeToString(file.Digest[:])
	f.mu.Unlock()
	var c *change
	err = fenced("deciding about it", func() (err error) {
		c, err = f.admit(ctx, e, file, claimed)
		return err
	})
	var wait *waitError
	switch {
	case err != nil && ctx.Err() != nil: // we are in a hurry, and it is not to blame
		e.tried, e.force = group{}, true
	case errors.As(err, &wait):
		f.mark(e, wait.status, wait.reason)
	case err != nil:
		f.mark(e, Rejected, err.Error())
	}
	return c
}

// unreadable refuses a file whose content is not known.
func (f *Folder) unreadable(e *entry, why error) {
	e.key, e.taken = contentKey{}, ""
	f.mu.Lock()
	e.ID, e.Digest = "", ""
	f.mu.Unlock()
	f.mark(e, Rejected, why.Error())
}

// admit decides about a content. The change is nil where it serves already.
func (f *Folder) admit(ctx context.Context, e *entry, file *File, claimed map[string]string) (*change, error) {
	if err := f.identify(e, file, claimed); err != nil {
		return nil, err
	}
	id := file.Manifest.ID
	if err := f.allow(file, e.loader); err != nil {
		return nil, err
	}
	old := f.slots[id]
	if c, done, err := f.unchanged(ctx, e, file, old); done || err != nil {
		if err == nil {
			claimed[id] = e.File
		}
		return c, err
	}
	plan, err := f.plan(id)
	if err != nil {
		return nil, err
	}
	h := f.reuse(e.key.artifactKey, old)
	if h == nil {
		if f.crowded(e) {
			e.waits, e.tried = true, group{}
			return nil, &waitError{Loading, fmt.Sprintf("%d versions of it are still in use by exchanges in flight; the newest content is loaded when one of them has ended", maxGenerations)}
		}
		f.mark(e, Loading, "")
		if h, err = f.load(ctx, e, file); err != nil {
			return nil, err
		}
	}
	v := f.version(h, file)
	if err := f.selfTest(ctx, v, file); err != nil {
		f.letGo(v)
		return nil, err
	}
	claimed[id] = e.File
	return f.rollOut(e, old, v, plan), nil
}

// identify reads the manifest and sees that the id is free.
func (f *Folder) identify(e *entry, file *File, claimed map[string]string) error {
	if bare := strings.TrimSuffix(file.Name, e.loader.Suffix); strings.HasSuffix(bare, ".config") {
		return fmt.Errorf("the name of a plugin may not end in .config, as %s%s would be the configuration of another: rename it", bare, manifestSuffix)
	}
	err := fenced("reading its manifest", func() (err error) {
		file.Manifest, err = e.loader.Manifest(file)
		return err
	})
	if err == nil && file.Manifest.ID == "" {
		err = errors.New("its manifest has no id")
	}
	f.mu.Lock()
	e.ID = file.Manifest.ID
	f.mu.Unlock()
	if err != nil {
		return err
	}
	other := claimed[e.ID]
	if h := f.holder(e.ID, e); h != nil {
		other = h.File
	}
	if other != "" {
		e.taken = other
		return fmt.Errorf("its id %s is that of %s, which came first: remove one of them, or change its id", e.ID, other)
	}
	return nil
}

// allow asks the operator's pins and grants.
func (f *Folder) allow(file *File, loader *Loader) error {
	pin, err := f.pinned(file, loader)
	if err != nil {
		return err
	}
	file.pin = pin
	return f.granted(file)
}

func (f *Folder) granted(file *File) error {
	if f.Admit == nil {
		return nil
	}
	return fenced("asking whether it is allowed", func() error {
		pending, err := f.Admit(file)
		if err == nil && pending != "" {
			return &waitError{Pending, pending}
		}
		return err
	})
}

func (f *Folder) plan(id string) (r Rollout, err error) {
	if f.Rollout != nil {
		err = fenced("asking for its stages", func() error {
			r = f.Rollout(id)
			return nil
		})
	}
	return r, err
}

// unchanged deals with a content that serves already: nothing needs building.
func (f *Folder) unchanged(ctx context.Context, e *entry, file *File, s *slot) (c *change, done bool, err error) {
	if s == nil {
		return nil, false, nil
	}
	v, status := s.live, Live
	if !v.is(e.key.artifactKey, file.Config) {
		if v, status = s.candidate, s.mode; !v.is(e.key.artifactKey, file.Config) {
			return nil, false, nil
		}
	}
	if e.key.cases != v.cases {
		if err := f.selfTest(ctx, v, file); err != nil {
			return nil, true, err
		}
		v.cases = e.key.cases
	}
	before := v.pin
	v.pin = file.pin
	if s.file == e.File && keyOfPin(before) == keyOfPin(v.pin) && (s.candidate == nil || v == s.candidate) {
		f.mark(e, status, "")
		return nil, true, nil
	}
	next := *s
	next.file = e.File // the same plugin under another name, or back from a candidate
	if v == s.live {
		next.candidate = nil
	}
	return f.change(e, nil, &next, status), true, nil
}

func (v *Version) is(k artifactKey, config []byte) bool {
	return v != nil && v.held.key == k && bytes.Equal(v.Config, config) && (v.Config == nil) == (config == nil)
}

// reuse returns an artifact of the same content that is still open, or nil.
func (f *Folder) reuse(k artifactKey, s *slot) *held {
	if s == nil {
		return nil
	}
	for _, v := range []*Version{s.live, s.candidate, s.previous} {
		if v != nil && v.held.key == k {
			return v.held
		}
	}
	return nil
}

// crowded tells whether as many versions of a file are open as may be. The one
// that is kept for a way back does not count: the next one takes its place.
func (f *Folder) crowded(e *entry) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, all := f.open[e.File], 0
	for _, m := range f.open {
		all += m
	}
	for _, s := range f.slots {
		all--
		if s.previous != nil && s.previous.held.refs == 1 {
			all--
			if s.previous.held.file == e.File {
				n--
			}
		}
	}
	return n >= maxGenerations || all >= maxDraining
}

// load has the loader make an artifact, and sees that it is of these bytes.
func (f *Folder) load(ctx context.Context, e *entry, file *File) (*held, error) {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	var err error
	if file.Prepared, err = f.prepared(ctx, e); err != nil {
		return nil, err
	}
	var a core.Artifact
	err = fenced("the loader", func() (err error) {
		a, err = e.loader.Load(ctx, file)
		if err == nil && a == nil {
			err = errors.New("the loader made nothing of it")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	h := &held{artifact: a, key: e.key.artifactKey, file: e.File}
	f.mu.Lock()
	f.open[e.File]++
	e.Counters.Loads++
	f.mu.Unlock()
	switch m := a.Manifest(); {
	case a.Digest() != file.Digest:
		err = errors.New("the loader loaded other bytes than those that were checked")
	case m.ID != file.Manifest.ID:
		err = fmt.Errorf("the loader made %s of what declares to be %s", m.ID, file.Manifest.ID)
	default:
		return h, nil
	}
	return nil, errors.Join(err, f.closeAll([]*held{h}))
}

func (f *Folder) selfTest(ctx context.Context, v *Version, file *File) error {
	if f.SelfTest == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	err := fenced("its self-test", func() error { return f.SelfTest(ctx, file, v.Artifact) })
	if err != nil {
		return fmt.Errorf("its self-test failed: %w", err)
	}
	return nil
}

// version makes a version that is held once, for whoever called.
func (f *Folder) version(h *held, file *File) *Version {
	v := &Version{
		Artifact: h.artifact, Manifest: h.artifact.Manifest(), Digest: file.Digest,
		file: file.Name, asked: file.Manifest, pin: file.pin, cases: keyOf(file).cases, held: h, about: f,
	}
	if file.Config != nil {
		v.Config = append([]byte{}, file.Config...)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.generations[file.Manifest.ID]++
	v.Generation = f.generations[file.Manifest.ID]
	v.keep()
	return v
}

// letGo is the end of what version began.
func (f *Folder) letGo(v *Version) {
	f.mu.Lock()
	loose := v.drop()
	f.mu.Unlock()
	f.complain(f.closeAll(loose))
}
