package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/sallyport-gateway/sallyport/core"
)

// RecoveryReport says what [Open] found. After a clean stop only Segments and
// Bytes are not zero.
type RecoveryReport struct {
	Segments    int   // segments found
	Bytes       int64 // bytes in them
	Scanned     int64 // bytes that had to be read
	Records     int64 // valid records in those
	Interrupted int   // exchanges in flight at a crash, now closed as interrupted
	TornBytes   int64 // cut off after the last valid record
	Damaged     int   // places where bytes before a valid record were damaged
	LostRecords int64 // records that stood there
	Unknown     int64 // valid records of a later version, kept but not understood
	// BadSegments names the segments whose header cannot be read, with the
	// reason. They are left as they are.
	BadSegments []string
}

func (r *RecoveryReport) add(d damage) {
	r.Damaged += d.regions
	r.LostRecords += d.lost
	r.TornBytes += d.torn
}

// Open opens the ledger in cfg.Folder for writing, or makes one. It takes the
// folder's lock (ErrLocked names the process that holds it), cuts what a crash
// left half-written, closes exchanges that were in flight as
// [core.EndInterrupted] with the prompt's estimate as usage, and starts two
// goroutines which [Log.Stop] ends. Crashing in the middle of Open and calling
// it again gives the same rows.
func Open(cfg Config, clock core.Clock) (*Log, RecoveryReport, error) {
	var report RecoveryReport
	if err := cfg.complete(); err != nil {
		return nil, report, err
	}
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, report, fmt.Errorf("ledger: %w", err)
	}
	lock, err := lockFolder(cfg.Folder)
	if err != nil {
		return nil, report, err
	}
	l := &Log{
		cfg: cfg, clock: clock, lock: lock,
		ahead:    (int(cfg.SegmentBytes) - headerSize) / maxFrame,
		wakeSync: make(chan struct{}, 1),
		wakeRoom: make(chan struct{}, 1),
		stop:     make(chan struct{}),
	}
	l.tried = sync.NewCond(&l.mu)
	if err := l.load(&report); err != nil {
		return nil, report, errors.Join(err, l.discard())
	}
	l.start()
	if err := l.closeInterrupted(&report); err != nil {
		return nil, report, errors.Join(err, l.Stop())
	}
	l.mu.Lock()
	l.askAhead()
	l.mu.Unlock()
	return l, report, nil
}

// found is a segment of the folder at start.
type found struct {
	segmentFile
	header
	bytes   int64 // of the file
	end     int64 // behind the last valid frame
	ordinal uint32
	rows    int64
	frames  int64
	torn    bool // something that is no frame stands behind end
}

// load reads the folder and makes its last segment the active one.
func (l *Log) load(report *RecoveryReport) error {
	all, err := l.survey(report)
	if err != nil {
		return err
	}
	start := 0
	point, ok := loadCheckpoint(l.cfg.Folder)
	if ok {
		start, ok = point.apply(all)
	}
	if ok {
		for _, ref := range point.opens {
			l.inFlight.put(ref)
		}
	}
	used := -1 // the last segment with frames
	for i := range all {
		if i >= start {
			if err := l.scan(&all[i], report); err != nil {
				return err
			}
		}
		if all[i].frames > 0 || all[i].end > headerSize {
			used = i
		}
	}
	for i := range all {
		if err := l.adopt(&all[i], i < used); err != nil {
			return err
		}
		if all[i].frames > 0 {
			// Whoever wrote this may have died before it was synced.
			l.dirty = true
			if i < used {
				l.unsynced = append(l.unsynced, all[i].path)
			}
		}
	}
	if l.dirty {
		wake(l.wakeSync)
	}
	if len(l.spares) == 0 {
		s, err := l.newSegment(header{seq: l.nextSeq, size: l.cfg.SegmentBytes, created: l.clock.Now()})
		if err != nil {
			return err
		}
		l.nextSeq++
		l.pushSpare(s)
	}
	l.popSpare()
	for _, ref := range l.inFlight.all() {
		l.pin(ref.seq)
	}
	return nil
}

// survey lists the segments and deletes what a crash left of unfinished files.
func (l *Log) survey(report *RecoveryReport) ([]found, error) {
	stale, err := filepath.Glob(filepath.Join(l.cfg.Folder, "*"+newSuffix))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for _, path := range stale {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	files, err := listSegments(l.cfg.Folder)
	if err != nil {
		return nil, err
	}
	var all []found
	l.nextSeq = 1
	for _, f := range files {
		l.nextSeq = f.seq + 1
		file, h, size, err := openSegment(f, os.O_RDONLY)
		if err != nil {
			report.BadSegments = append(report.BadSegments, err.Error())
			l.sealed = append(l.sealed, &sealed{seq: f.seq, path: f.path})
			continue
		}
		_ = file.Close()
		report.Segments++
		report.Bytes += size
		all = append(all, found{segmentFile: f, header: h, bytes: size, end: headerSize})
	}
	return all, nil
}

// apply gives the segments before the checkpoint's position what it knows of
// them, and returns the index of the segment to go on in. It reports false if
// the checkpoint does not belong to these segments.
func (c *checkpoint) apply(all []found) (int, bool) {
	at, ok := slices.BinarySearchFunc(all, c.seq, func(f found, seq uint64) int { return cmp.Compare(f.header.seq, seq) })
	if !ok || all[at].salt != c.salt || c.off < headerSize || c.off > all[at].bytes {
		return 0, false
	}
	rows := make(map[uint64]int64, len(c.sealed))
	for _, s := range c.sealed {
		rows[s.seq] = s.rows
	}
	for i := range all[:at] {
		all[i].rows = rows[all[i].header.seq]
	}
	all[at].end, all[at].ordinal, all[at].rows = c.off, c.ordinal, c.rows
	return at, true
}

// scan reads a segment from f.end on and notes which exchanges are in flight.
func (l *Log) scan(f *found, report *RecoveryReport) error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	s := newScanner(file, f.bytes, &f.header, f.end)
	s.ordinal = f.ordinal
	s.data = nextData(file, f.bytes)
	for {
		fr, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("ledger: segment %s: %w", f.path, err)
		}
		f.frames++
		if !l.replay(f, &fr) {
			report.Unknown++
		}
	}
	report.Scanned += s.off - f.end
	report.Records += f.frames
	report.add(s.harm)
	f.end, f.ordinal, f.torn = s.off, s.ordinal, s.harm.torn > 0
	return nil
}

// replay applies one frame. It reports false if the frame is not understood.
func (l *Log) replay(f *found, fr *frame) bool {
	if fr.version != frameV1 || len(fr.payload) < len(core.ID{}) {
		return false
	}
	id := core.ID(fr.payload)
	switch fr.typ {
	case frameOpen:
		l.inFlight.put(openRef{id, f.header.seq, uint32(fr.off)}) // off < maxSegmentBytes
	case frameClose:
		l.inFlight.take(&id)
		f.rows++
	default:
		return false
	}
	return true
}

// adopt makes a segment sealed, or a spare. The first spare becomes the active
// segment, whatever stands in it.
func (l *Log) adopt(f *found, before bool) error {
	if before || f.bytes != f.size || f.size > maxSegmentBytes {
		l.sealed = append(l.sealed, &sealed{seq: f.header.seq, path: f.path, size: f.bytes, rows: f.rows})
		l.sortSealed()
		l.bytes += f.bytes
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if f.torn {
		if err := clearTail(file, f.end, f.bytes); err != nil {
			return errors.Join(fmt.Errorf("ledger: clearing the tail of %s: %w", f.path, err), file.Close())
		}
	}
	s, err := mapSegment(file, f.header)
	if err != nil {
		return errors.Join(fmt.Errorf("ledger: %w", err), file.Close())
	}
	s.off, s.ordinal, s.rows = int(f.end), f.ordinal, f.rows
	s.released = s.off &^ (os.Getpagesize() - 1)
	l.pushSpare(s)
	return nil
}

// sortSealed keeps the order by number, which segments with bad headers break.
func (l *Log) sortSealed() {
	slices.SortFunc(l.sealed, func(a, b *sealed) int { return cmp.Compare(a.seq, b.seq) })
}

// pin notes that an exchange opened in segment seq is in flight.
func (l *Log) pin(seq uint64) {
	if seq == l.active.seq {
		l.active.pins++
		return
	}
	for _, s := range l.sealed {
		if s.seq == seq {
			s.pins++
		}
	}
}

// closeInterrupted writes the close records of exchanges that a crash cut.
func (l *Log) closeInterrupted(report *RecoveryReport) error {
	l.mu.Lock()
	refs := l.inFlight.all()
	l.mu.Unlock()
	for _, ref := range refs {
		open, ok := readOpen(l.cfg.Folder, ref)
		if !ok { // its segment was dropped or damaged; the id is still known
			open = core.OpenRecord{ID: ref.id, Time: ref.id.Time().UTC()}
		}
		if err := l.Close(interrupted(&open)); err != nil {
			return fmt.Errorf("closing %d interrupted exchanges: %w", len(refs), err)
		}
		report.Interrupted++
	}
	return nil
}

// interrupted is the usage record of an exchange of which only the start is
// known: the prompt as we estimated it, no price, and status 0.
func interrupted(o *core.OpenRecord) *core.UsageRecord {
	return &core.UsageRecord{
		ID: o.ID, Time: o.Time, Consumer: o.Consumer, Route: o.Route, Operation: o.Operation,
		End:   core.EndInterrupted,
		Usage: core.Usage{InputUncached: max(o.EstInput, 0), Estimated: true},
	}
}

// readOpen reads the open record at ref.
func readOpen(folder string, ref openRef) (r core.OpenRecord, ok bool) {
	file, h, size, err := openSegment(segmentFile{segmentPath(folder, ref.seq), ref.seq}, os.O_RDONLY)
	if err != nil {
		return r, false
	}
	defer file.Close() //nolint:errcheck // nothing was written
	s := newScanner(file, size, &h, 0)
	s.buf = make([]byte, 0, frameLimit)
	f, ok, err := s.at(int64(ref.off))
	if err != nil || !ok || f.typ != frameOpen || f.version != frameV1 {
		return r, false
	}
	return r, decodeOpen(f.payload, &r) && r.ID == ref.id
}
