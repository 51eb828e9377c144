package ledger

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// start runs the log's two goroutines; Stop ends them.
func (l *Log) start() {
	l.done.Go(l.syncer)
	l.done.Go(l.provider)
}

// syncer puts on the disk what was written, at most once per SyncInterval. It
// sleeps while nothing is written.
func (l *Log) syncer() {
	pause := time.NewTimer(0)
	<-pause.C
	for {
		select {
		case <-l.stop:
			return
		case <-l.wakeSync:
		}
		pause.Reset(l.cfg.SyncInterval)
		select {
		case <-l.stop:
			return
		case <-pause.C:
		}
		_ = l.Sync() // counted; Stop's caller hears of the last one
	}
}

// Sync puts on the disk all that was written before the call. The log does
// this by itself; call it to be sure at a certain moment.
func (l *Log) Sync() error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	return l.syncLocked()
}

// syncLocked is Sync under syncMu, which keeps the segments it works on mapped.
func (l *Log) syncLocked() error {
	l.mu.Lock()
	if !l.dirty && len(l.retired) == 0 || l.active == nil {
		l.mu.Unlock()
		return nil
	}
	active, retired, unsynced := l.active, l.retired, l.unsynced
	off := active.off
	l.dirty, l.retired, l.unsynced = false, nil, nil
	var point checkpoint
	save := len(retired)+len(unsynced) > 0
	if save {
		point = l.checkpoint()
	}
	l.mu.Unlock()

	var errs []error
	names := active.fresh
	for _, path := range unsynced {
		errs = append(errs, l.syncPath(path))
	}
	for _, s := range retired {
		names = names || s.fresh
		errs = append(errs, s.unmap(), l.cfg.datasync(s.file), s.close())
	}
	active.release(off)
	errs = append(errs, l.cfg.datasync(active.file))
	if names {
		errs = append(errs, syncFolder(l.cfg.Folder))
		active.fresh = false
	}
	err := errors.Join(errs...)
	if err == nil && save {
		// Without it the next start only has more to read.
		_ = point.save(l.cfg.Folder)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.Syncs++
	if err != nil {
		l.stats.SyncFails++
		return fmt.Errorf("ledger: sync: %w", err)
	}
	return nil
}

// syncPath syncs a segment that is not open.
func (l *Log) syncPath(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // dropped
	}
	if err != nil {
		return err
	}
	return errors.Join(l.cfg.datasync(f), f.Close())
}

// provider makes spares ahead of need and deletes the oldest segments to stay
// within MaxBytes, so that no request waits for either.
func (l *Log) provider() {
	for {
		select {
		case <-l.stop:
			return
		case <-l.wakeRoom:
		}
		for l.addSpare() {
		}
	}
}

// addSpare makes one more segment if one is wanted. It reports whether another
// may be.
func (l *Log) addSpare() bool {
	l.mu.Lock()
	l.asked = false
	if l.stopped || l.room() >= l.wanted() {
		// Whoever waits for the outcome looks again.
		l.settle(nil, nil)
		l.mu.Unlock()
		return false
	}
	h := header{seq: l.nextSeq, size: l.cfg.SegmentBytes, created: l.clock.Now()}
	l.nextSeq++
	l.mu.Unlock()

	s, err := l.newSegment(h)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(s, err)
	return err == nil
}

// newSegment makes a segment within MaxBytes.
func (l *Log) newSegment(h header) (*segment, error) {
	if err := l.makeRoom(h.size); err != nil {
		return nil, err
	}
	s, err := createSegment(l.cfg.Folder, h, l.cfg.allocate)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return nil, fmt.Errorf("%w: no space on the disk: %w", ErrFull, err)
	default:
		return nil, fmt.Errorf("ledger: no new segment: %w", err)
	}
}

// settle records the outcome of an attempt to make a spare.
func (l *Log) settle(s *segment, err error) {
	l.tries++
	l.failed = err
	if err != nil {
		l.failedAt = l.clock.Now()
	}
	if s != nil {
		l.pushSpare(s)
	}
	l.tried.Broadcast()
}

// makeRoom deletes old segments until size more bytes fit in MaxBytes.
func (l *Log) makeRoom(size int64) error {
	for {
		l.mu.Lock()
		over := l.bytes+size > l.cfg.MaxBytes
		i := l.victim()
		var path string
		if over && i >= 0 {
			path = l.sealed[i].path
		}
		n := l.inFlight.n
		l.mu.Unlock()
		if !over {
			return nil
		}
		if path == "" {
			return fmt.Errorf("%w: %d exchanges in flight need the room for their close records; raise MaxBytes (%d)", ErrFull, n, l.cfg.MaxBytes)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("ledger: dropping an old segment: %w", err)
		}
		l.mu.Lock()
		s := l.sealed[i] // only this goroutine deletes, and rotation appends
		l.sealed = slices.Delete(l.sealed, i, i+1)
		l.bytes -= s.size
		l.stats.DroppedSegments++
		l.stats.DroppedRows += s.rows
		l.stats.DroppedOpens += int64(s.pins)
		l.mu.Unlock()
	}
}

// victim chooses the sealed segment to delete next, or returns -1. The oldest
// goes first among those that hold no exchange in flight and that the reader
// has read; then the oldest that holds none; then the oldest.
func (l *Log) victim() int {
	keep := l.keep.Load()
	unpinned := -1
	for i, s := range l.sealed {
		if s.pins > 0 {
			continue
		}
		if keep == 0 || s.seq < keep {
			return i
		}
		if unpinned < 0 {
			unpinned = i
		}
	}
	if unpinned < 0 && len(l.sealed) > 0 {
		return 0
	}
	return unpinned
}

// Stop syncs the log and gives everything back. Exchanges still in flight are
// closed as interrupted at the next start. Every call after it answers
// ErrStopped; Stop itself may be called again.
func (l *Log) Stop() error {
	l.mu.Lock()
	if l.stopped {
		l.mu.Unlock()
		return nil
	}
	l.stopped = true
	l.tried.Broadcast()
	l.mu.Unlock()
	close(l.stop)
	l.done.Wait()

	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	err := l.syncLocked()
	if err == nil {
		l.mu.Lock()
		point := l.checkpoint()
		l.mu.Unlock()
		err = point.save(l.cfg.Folder)
	}
	return errors.Join(err, l.discard())
}

// discard unmaps and closes all files.
func (l *Log) discard() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range slices.Concat(l.retired, l.spares, []*segment{l.active}) {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	l.retired, l.spares, l.spare = nil, nil, 0
	return errors.Join(append(errs, l.lock.Close())...)
}
