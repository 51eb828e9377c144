package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The defaults of [Config].
const (
	DefaultMaxBytes     = 1 << 30
	DefaultSegmentBytes = 16 << 20
	DefaultSyncInterval = 50 * time.Millisecond
)

const (
	minSegmentBytes = 64 << 10
	maxSegmentBytes = 1 << 30
	minSegments     = 4 // in MaxBytes: active, spare, and some history
	// retryAfter is how long a failure to make a segment stands before the
	// next attempt.
	retryAfter = 250 * time.Millisecond
)

// Errors that [Log] answers, besides those of the operating system.
var (
	// ErrLocked: another process writes to the folder.
	ErrLocked = errors.New("ledger: locked")
	// ErrFull: there is no room for another record within MaxBytes, or on the
	// disk.
	ErrFull = errors.New("ledger: full")
	// ErrStopped: the log was used after Stop.
	ErrStopped = errors.New("ledger: stopped")
)

// Config says where and how large a ledger is. Only Folder must be given.
type Config struct {
	// Folder holds the segments and nothing else. It is made if absent, with
	// mode 0700.
	Folder string
	// MaxBytes bounds the segments together, spares included; 0 means
	// DefaultMaxBytes. It must hold at least four segments.
	MaxBytes int64
	// SegmentBytes is the size of one segment, 64 KiB to 1 GiB; 0 means
	// DefaultSegmentBytes, or an eighth of MaxBytes if that is less.
	SegmentBytes int64
	// SyncInterval is the longest time that a record waits before it is put on
	// the disk, and so what a power cut can lose; 0 means DefaultSyncInterval.
	SyncInterval time.Duration

	// Seams for tests; nil means the real ones.
	allocate func(*os.File, int64) error
	datasync func(*os.File) error
}

// complete fills in defaults and checks ranges.
func (c *Config) complete() error {
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	if c.SegmentBytes == 0 {
		c.SegmentBytes = max(min(DefaultSegmentBytes, c.MaxBytes/8), minSegmentBytes)
	}
	c.SegmentBytes &^= int64(os.Getpagesize() - 1)
	c.SyncInterval = cmp.Or(c.SyncInterval, DefaultSyncInterval)
	if c.allocate == nil {
		c.allocate = allocate
	}
	if c.datasync == nil {
		c.datasync = datasync
	}
	switch {
	case c.Folder == "":
		return errors.New("ledger: Folder is empty; name the folder that holds the segments")
	case c.SegmentBytes < minSegmentBytes || c.SegmentBytes > maxSegmentBytes:
		return fmt.Errorf("ledger: SegmentBytes is %d; it must lie in [%d, %d]", c.SegmentBytes, minSegmentBytes, maxSegmentBytes)
	case c.MaxBytes < minSegments*c.SegmentBytes:
		return fmt.Errorf("ledger: MaxBytes is %d; it must hold %d segments of %d bytes", c.MaxBytes, minSegments, c.SegmentBytes)
	case c.SyncInterval < 0:
		return fmt.Errorf("ledger: SyncInterval is %v; it must not be negative", c.SyncInterval)
	}
	return nil
}

// Stats is what a [Log] holds and has done since it was opened.
type Stats struct {
	Opens     int64 // open records written
	Closes    int64 // close records written
	InFlight  int   // opened and not closed
	Refused   int64 // records refused because there was no room
	Segments  int   // all of them, spares included
	Bytes     int64 // of those segments
	Syncs     int64 // times the disk was waited for
	SyncFails int64 // times that failed: since then a power cut may lose more than SyncInterval

	// What the bound MaxBytes cost.
	DroppedSegments int64
	DroppedRows     int64 // close records in them
	DroppedOpens    int64 // open records in them of exchanges then still in flight
}

// sealed is what stays known of a segment that is no longer written.
type sealed struct {
	seq  uint64
	path string
	size int64
	rows int64
	pins int // open records of exchanges in flight
}

// Log is an append-only ledger in a folder. It implements [core.Ledger] and is
// safe for concurrent use.
type Log struct {
	cfg   Config
	clock core.Clock
	lock  *os.File

	// mu guards what follows. Nothing under it waits for the disk.
	mu       sync.Mutex
	active   *segment
	spares   []*segment
	spare    int        // room in the spares
	ahead    int        // room in a new segment
	retired  []*segment // written, not yet synced; still mapped
	unsynced []string   // sealed before this process, and maybe not on the disk
	sealed   []*sealed  // by number, retired ones included
	inFlight openTable
	nextSeq  uint64
	bytes    int64
	dirty    bool // the syncer knows that there is something to do
	asked    bool // the provider knows that a spare is wanted
	stopped  bool
	tries    uint64    // attempts to make a spare
	failed   error     // why the last one failed
	failedAt time.Time // and when
	tried    *sync.Cond
	stats    Stats

	keep atomic.Uint64 // segments from this number on are still to be read

	syncMu   sync.Mutex // one sync at a time; taken before mu
	wakeSync chan struct{}
	wakeRoom chan struct{}
	stop     chan struct{}
	done     sync.WaitGroup
}

var _ core.Ledger = (*Log)(nil)

// Open writes the open record of an exchange, and with it sets aside room for
// the close record. When it has returned nil a crash of the process loses
// neither the record nor the room. It waits for nothing but, when no room is
// left, the making of a segment. An error means that nothing was written and
// that the exchange must not reach an upstream.
//
// r is copied. An id that is in flight already must not be used again.
func (l *Log) Open(r *core.OpenRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// One for this record and one for its close.
	if err := l.reserve(2); err != nil {
		return err
	}
	seg, off, err := l.write(r, nil)
	if err != nil {
		return err
	}
	l.stats.Opens++
	if l.inFlight.put(openRef{r.ID, seg.seq, uint32(off)}) { // off < maxSegmentBytes
		seg.pins++
	}
	l.askAhead()
	return nil
}

// Close writes the usage record of an exchange. After an Open of the same id
// there is always room for it, also on a full disk; without one it can fail as
// Open can. r is copied.
func (l *Log) Close(r *core.UsageRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ref, opened := l.inFlight.take(&r.ID)
	if opened {
		// Its room was set aside.
		if _, _, err := l.write(nil, r); err != nil {
			l.inFlight.put(ref)
			if !errors.Is(err, ErrFull) {
				return err
			}
			// A segment broke under us and took the room with it.
			if err := l.closeLate(r, 1-l.inFlight.n); err != nil {
				return err
			}
			ref, opened = l.inFlight.take(&r.ID)
		}
	} else if err := l.closeLate(r, 1); err != nil {
		return err
	}
	l.stats.Closes++
	if opened {
		l.unpin(ref.seq)
	}
	l.askAhead()
	return nil
}

// closeLate writes a close record for which no room was set aside, when n more
// frames fit. It may release mu meanwhile.
func (l *Log) closeLate(r *core.UsageRecord, n int) error {
	if err := l.reserve(n); err != nil {
		return err
	}
	_, _, err := l.write(nil, r)
	return err
}

// Stats returns a copy of the counters.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.InFlight = l.inFlight.n
	s.Segments = len(l.sealed) + len(l.spares) + 1
	s.Bytes = l.bytes
	return s
}

// KeepFrom asks that segments from p's on be kept for a reader that has come
// as far as p. They go all the same when MaxBytes leaves no choice; see the
// package's section on the bounded disk. The zero Position, which is the
// default, keeps nothing.
func (l *Log) KeepFrom(p Position) { l.keep.Store(p.Segment) }

// room is how many frames of any size fit in the segments at hand.
func (l *Log) room() int { return l.active.room() + l.spare }

// pushSpare adds a segment to the spares.
func (l *Log) pushSpare(s *segment) {
	l.spares = append(l.spares, s)
	l.spare += s.room()
	l.bytes += s.size
}

// popSpare makes the first of the spares the active segment.
func (l *Log) popSpare() {
	l.active = l.spares[0]
	l.spares = slices.Delete(l.spares, 0, 1)
	l.spare -= l.active.room()
}

// wanted is the room at which no request ever has to wait: that of the closes
// still to come, and a whole segment more.
func (l *Log) wanted() int { return l.inFlight.n + l.ahead }

// reserve sees to it that n more frames fit beside the close records still to
// come. It waits, with mu released, for the attempt to make a segment.
func (l *Log) reserve(n int) error {
	for {
		switch {
		case l.stopped:
			return ErrStopped
		case l.room() >= l.inFlight.n+n:
			return nil
		case l.failed != nil && l.clock.Now().Sub(l.failedAt) < retryAfter:
			l.stats.Refused++
			return l.failed
		}
		l.ask()
		for tries := l.tries; l.tries == tries && !l.stopped; {
			l.tried.Wait()
		}
	}
}

// ask tells the provider that a spare is wanted.
func (l *Log) ask() {
	if !l.asked {
		l.asked = true
		wake(l.wakeRoom)
	}
}

// askAhead asks for a spare before anyone has to wait for it.
func (l *Log) askAhead() {
	if l.asked || l.room() >= l.wanted() {
		return
	}
	if l.failed == nil || l.clock.Now().Sub(l.failedAt) >= retryAfter {
		l.ask()
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write appends one record, of which exactly one is given, to the active
// segment, or to the next one if it is full or broken.
func (l *Log) write(o *core.OpenRecord, c *core.UsageRecord) (*segment, int, error) {
	if l.stopped {
		return nil, 0, ErrStopped
	}
	for {
		if l.active.room() == 0 && !l.rotate() {
			return nil, 0, ErrFull
		}
		off, err := l.active.append(o, c)
		if err != nil {
			continue // broken: it has no room now
		}
		if !l.dirty {
			l.dirty = true
			wake(l.wakeSync)
		}
		return l.active, off, nil
	}
}

// rotate makes the first spare the active segment, if there is one.
func (l *Log) rotate() bool {
	if len(l.spares) == 0 {
		return false
	}
	old := l.active
	l.sealed = append(l.sealed, &sealed{old.seq, segmentPath(l.cfg.Folder, old.seq), old.size, old.rows, old.pins})
	l.retired = append(l.retired, old)
	l.popSpare()
	if !l.dirty {
		l.dirty = true
		wake(l.wakeSync)
	}
	return true
}

// unpin notes that an exchange opened in segment seq has ended.
func (l *Log) unpin(seq uint64) {
	if seq == l.active.seq {
		l.active.pins--
		return
	}
	i, ok := slices.BinarySearchFunc(l.sealed, seq, func(s *sealed, seq uint64) int { return cmp.Compare(s.seq, seq) })
	if ok { // else it was dropped
		l.sealed[i].pins--
	}
}
