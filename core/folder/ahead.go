package folder

import (
	"context"
	"fmt"
	"io"
)

// maxPeeks bounds how often a file that is still being written is read only to be
// prepared.
const maxPeeks = 3

// preparation is the first half of a load, done while the content that it is for
// has still to rest. The worker owns it; its goroutine ends with cancel.
type preparation struct {
	file   string
	seen   group
	key    artifactKey
	cancel context.CancelFunc
	stale  bool // it was cancelled
	done   chan struct{}

	// What came of it, once done is closed.
	made io.Closer
	err  error
}

// prepare begins with a content that has still to rest, and ends what was begun
// with one that is not wanted any more. There is one preparation at a time.
func (f *Folder) prepare(l *listing) {
	if p := f.ahead; p != nil {
		if e := f.files[p.file]; e != nil && !e.gone && e.seen == p.seen && e.tried != p.seen {
			return
		}
		p.cancel()
		p.stale = true
		select {
		case <-p.done:
			f.dropAhead()
		default:
			return // it has a little to do yet
		}
	}
	now := f.now()
	for _, e := range f.byName() {
		if e.loader.Prepare == nil || e.gone || !e.seen.main.there || e.seen == e.tried || e.settled(now) || e.peeks >= maxPeeks {
			continue
		}
		e.peeks++
		if file := f.peek(l, e); file != nil {
			f.begin(e, file)
			return
		}
	}
}

// peek returns what a file holds now if, were it to stay so, it would have to be
// loaded; nil else. It decides nothing and marks nothing.
func (f *Folder) peek(l *listing, e *entry) *File {
	file, err := l.read(e.File, e.loader, e.seen)
	if err != nil {
		return nil
	}
	err = fenced("reading its manifest", func() (err error) {
		file.Manifest, err = e.loader.Manifest(file)
		return err
	})
	if err != nil || file.Manifest.ID == "" || f.holder(file.Manifest.ID, e) != nil || f.allow(file, e.loader) != nil {
		return nil
	}
	if f.reuse(keyOf(file).artifactKey, f.slots[file.Manifest.ID]) != nil || f.crowded(e) {
		return nil
	}
	return file
}

func (f *Folder) begin(e *entry, file *File) {
	ctx, cancel := context.WithTimeout(f.ctx, loadLimit)
	p := &preparation{file: e.File, seen: e.seen, key: keyOf(file).artifactKey, cancel: cancel, done: make(chan struct{})}
	f.ahead = p
	do := e.loader.Prepare
	go func() {
		defer close(p.done)
		p.err = fenced("the loader", func() (err error) {
			p.made, err = do(ctx, file)
			return err
		})
	}()
}

// prepared waits for what was begun with a content and hands it over; it is nil
// where nothing was.
func (f *Folder) prepared(ctx context.Context, e *entry) (io.Closer, error) {
	p := f.ahead
	if p == nil || p.stale || p.file != e.File || p.key != e.key.artifactKey {
		return nil, nil //nolint:nilnil // nothing was begun, which is no error
	}
	f.ahead = nil
	defer p.cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.cancel()
		<-p.done
	}
	return p.made, p.err
}

// dropAhead closes what nobody wants of a preparation that is over or cancelled.
func (f *Folder) dropAhead() {
	p := f.ahead
	if p == nil {
		return
	}
	f.ahead = nil
	p.cancel()
	<-p.done
	if p.made == nil {
		return
	}
	if err := fenced("closing what was prepared", p.made.Close); err != nil {
		f.complain(fmt.Errorf("folder: what was prepared of %s could not be closed: %w", p.file, err))
	}
}
