package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sallyport-gateway/sallyport/core"
)

// testClock is moved by hand.
type testClock struct{ offset atomic.Int64 }

func (c *testClock) Now() time.Time          { return noon.Add(time.Duration(c.offset.Load())) }
func (c *testClock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// longest is a usage record whose frame is as long as one can be.
func longest(i int) *core.UsageRecord {
	s := strings.Repeat("x", 300)
	return &core.UsageRecord{
		ID: testID(i), ClientID: s, Consumer: s, Tenant: s, Route: s, Deployment: s, Provider: s,
		UpstreamModel: s, Dialect: s, ErrorCode: s, ChainHash: s, Usage: core.Usage{Searches: 1},
	}
}

// fullDisk is a seam for Config.allocate.
type fullDisk struct{ full atomic.Bool }

func (d *fullDisk) allocate(f *os.File, size int64) error {
	if d.full.Load() {
		return unix.ENOSPC
	}
	return allocate(f, size)
}

// TestDiskFull: opens are refused, every opened exchange can still be closed
// with a record of any length, and opens work again once there is room.
func TestDiskFull(t *testing.T) {
	var disk fullDisk
	var clock testClock
	cfg := small(t.TempDir())
	cfg.allocate = disk.allocate
	l, _, err := Open(cfg, &clock)
	must(t, err)
	defer func() { must(t, l.Stop()) }()

	const before = 1000 // more than the segments at hand have room for
	for i := range before {
		must(t, l.Open(openRecord(i)))
	}
	disk.full.Store(true)
	n := before
	for ; ; n++ {
		clock.advance(time.Second) // so that each refusal is a fresh attempt
		if err = l.Open(openRecord(n)); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("on a full disk Open answered %v", err)
	}
	unopened := 0
	for ; ; unopened++ {
		if err = l.Close(longest(1_000_000 + unopened)); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || unopened > 1 {
		t.Errorf("%d closes without an open took room until %v", unopened, err)
	}
	if s := l.Stats(); s.Refused != 2 || s.InFlight != n {
		t.Errorf("%+v", s)
	}
	for i := range n / 2 {
		must(t, l.Close(longest(i)))
	}
	disk.full.Store(false)
	clock.advance(retryAfter)
	must(t, l.Open(openRecord(n)))
	for i := n / 2; i <= n; i++ {
		must(t, l.Close(longest(i)))
	}
	rows, report := mustRead(t, cfg.Folder)
	if len(rows) != n+1+unopened || report.Damaged != 0 {
		t.Errorf("%d rows, want %d; %+v", len(rows), n+1+unopened, report)
	}
}

// TestDiskFullRetries: between two attempts a refusal costs no system call.
func TestDiskFullRetries(t *testing.T) {
	var clock testClock
	var attempts atomic.Int64
	cfg := small(t.TempDir())
	cfg.allocate = func(f *os.File, size int64) error {
		if attempts.Add(1) > 1 {
			return unix.ENOSPC
		}
		return allocate(f, size)
	}
	l, _, err := Open(cfg, &clock)
	must(t, err)
	defer func() { must(t, l.Stop()) }()
	i := 0
	for ; l.Open(openRecord(i)) == nil; i++ {
	}
	was := attempts.Load()
	for range 100 {
		if l.Open(openRecord(i)) == nil {
			t.Fatal("Open worked on a full disk")
		}
	}
	if got := attempts.Load(); got != was {
		t.Errorf("%d attempts within the pause", got-was)
	}
	clock.advance(retryAfter)
	_ = l.Open(openRecord(i))
	if got := attempts.Load(); got != was+1 {
		t.Errorf("%d attempts after the pause, want 1", got-was)
	}
}

// folderBytes is what the segments in a folder take.
func folderBytes(t *testing.T, folder string) (n int64) {
	t.Helper()
	files, err := listSegments(folder)
	must(t, err)
	for _, f := range files {
		info, err := os.Stat(f.path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		must(t, err)
		n += info.Size()
	}
	return n
}

func TestBoundedDisk(t *testing.T) {
	folder := t.TempDir()
	cfg := Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 6 * minSegmentBytes}
	l, _ := mustOpen(t, cfg)
	must(t, l.Open(openRecord(0))) // stays in flight, in the first segment
	const n = 5000
	for i := 1; i <= n; i++ {
		must(t, l.Close(usageRecord(i)))
		if i%100 == 0 {
			if got := folderBytes(t, folder); got > cfg.MaxBytes {
				t.Fatalf("after %d rows the segments take %d bytes of %d", i, got, cfg.MaxBytes)
			}
		}
	}
	waitQuiet(l)
	rows, _ := mustRead(t, folder)
	s := l.Stats()
	if s.DroppedSegments == 0 || s.DroppedRows+int64(len(rows)) != n || s.DroppedOpens != 0 {
		t.Errorf("%d rows are left, %+v", len(rows), s)
	}
	if s.Bytes != folderBytes(t, folder) {
		t.Errorf("Stats says %d bytes, the folder has %d", s.Bytes, folderBytes(t, folder))
	}
	if _, err := os.Stat(segmentPath(folder, 1)); err != nil {
		t.Errorf("the segment with an exchange in flight was dropped: %v", err)
	}
	must(t, l.Close(usageRecord(0)))
	for i := range n {
		must(t, l.Close(usageRecord(n+1+i)))
	}
	if _, err := os.Stat(segmentPath(folder, 1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first segment is still there after its exchange ended: %v", err)
	}
}

// TestBoundedDiskKnowsOldRows: dropped rows are counted also if an earlier
// process wrote them, with a checkpoint and without.
func TestBoundedDiskKnowsOldRows(t *testing.T) {
	for _, checkpointed := range []bool{true, false} {
		folder := t.TempDir()
		cfg := Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 6 * minSegmentBytes}
		l, _ := mustOpen(t, cfg)
		for i := range 500 {
			must(t, l.Close(usageRecord(i)))
		}
		dropped := l.Stats().DroppedRows
		must(t, l.Stop())
		if !checkpointed {
			must(t, os.Remove(filepath.Join(folder, checkpointName)))
		}
		l, _ = mustOpen(t, cfg)
		for i := range 3000 {
			must(t, l.Close(usageRecord(500+i)))
		}
		must(t, l.Stop()) // nothing is dropped any more
		rows, _ := mustRead(t, folder)
		if got := dropped + l.Stats().DroppedRows + int64(len(rows)); got != 3500 {
			t.Errorf("checkpoint %v: dropped and kept rows make %d, want 3500", checkpointed, got)
		}
	}
}

func TestVictim(t *testing.T) {
	f := func(keep uint64, pins []int, want int) {
		t.Helper()
		var l Log
		for i, n := range pins {
			l.sealed = append(l.sealed, &sealed{seq: uint64(i + 1), pins: n})
		}
		l.KeepFrom(Position{Segment: keep})
		if got := l.victim(); got != want {
			t.Errorf("keep %d, pins %v: victim %d, want %d", keep, pins, got, want)
		}
	}
	f(0, nil, -1)
	f(0, []int{0, 0}, 0)
	f(0, []int{1, 0}, 1)
	f(0, []int{1, 2}, 0) // no choice left
	f(2, []int{1, 0, 0}, 1)
	f(1, []int{0, 0}, 0)    // all unread: the oldest
	f(3, []int{1, 1, 0}, 2) // unread goes before in flight
}

// TestMaxBytesForFlight: room for closes is never given away.
func TestMaxBytesForFlight(t *testing.T) {
	cfg := Config{Folder: t.TempDir(), SegmentBytes: minSegmentBytes, MaxBytes: 4 * minSegmentBytes}
	l, _ := mustOpen(t, cfg)
	n := 0
	var err error
	for ; ; n++ {
		if err = l.Open(openRecord(n)); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "raise MaxBytes") {
		t.Errorf("got %v", err)
	}
	for i := range n {
		must(t, l.Close(longest(i)))
	}
	if rows, _ := mustRead(t, cfg.Folder); len(rows) != n {
		t.Errorf("%d rows, want %d", len(rows), n)
	}
}

// waitQuiet waits until the provider has done what it was asked.
func waitQuiet(l *Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.room() < l.wanted() {
		l.ask()
		l.tried.Wait()
	}
}

// waitSpare waits until the log has a spare segment.
func waitSpare(l *Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.spares) == 0 {
		l.tried.Wait()
	}
}

// TestFault: a segment that is cut short under the mapping does not end the
// process.
func TestFault(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	must(t, l.Open(openRecord(1)))
	waitSpare(l)
	must(t, os.Truncate(segmentPath(folder, 1), 0))
	must(t, l.Close(usageRecord(1)))
	must(t, l.Open(openRecord(2)))
	must(t, l.Close(usageRecord(2)))
	rows, report := mustRead(t, folder)
	if len(rows) != 2 || len(report.BadSegments) != 1 {
		t.Errorf("%d rows, %+v", len(rows), report)
	}
}

// TestIdle: a log to which nothing is written waits for no disk, and one write
// makes it wait once.
func TestIdle(t *testing.T) {
	synced := make(chan struct{}, 100)
	cfg := small(t.TempDir())
	cfg.SyncInterval = time.Millisecond
	cfg.datasync = func(*os.File) error { synced <- struct{}{}; return nil }
	l, _ := mustOpen(t, cfg)
	must(t, l.Sync())
	if n := l.Stats().Syncs; n != 0 {
		t.Errorf("%d syncs of an idle log", n)
	}
	for range 3 {
		must(t, l.Close(usageRecord(1)))
		<-synced
	}
	must(t, l.Sync())
	must(t, l.Stop())
	if n := len(synced); n > 1 { // Sync may have come before the syncer was done
		t.Errorf("%d syncs too many", n)
	}
}

func TestSyncFails(t *testing.T) {
	broken := errors.New("broken")
	cfg := small(t.TempDir())
	cfg.datasync = func(*os.File) error { return broken }
	l, _, err := Open(cfg, wallClock{})
	must(t, err)
	must(t, l.Close(usageRecord(1)))
	if err := l.Sync(); !errors.Is(err, broken) {
		t.Errorf("Sync answered %v", err)
	}
	if s := l.Stats(); s.SyncFails != 1 {
		t.Errorf("%+v", s)
	}
	if err := l.Stop(); err != nil {
		t.Errorf("nothing was left to sync, but Stop answered %v", err)
	}
}

// TestStopWakes: nobody waits for room in a stopped log.
func TestStopWakes(t *testing.T) {
	cfg := small(t.TempDir())
	entered, release := make(chan struct{}), make(chan struct{})
	first := true
	cfg.allocate = func(f *os.File, size int64) error {
		if first {
			first = false
			return allocate(f, size)
		}
		close(entered)
		<-release
		return unix.ENOSPC
	}
	l, _, err := Open(cfg, wallClock{})
	must(t, err)
	var waiting sync.WaitGroup
	for w := range 4 {
		waiting.Go(func() {
			for i := 0; ; i++ {
				if err := l.Open(openRecord(w<<20 | i)); err != nil {
					return
				}
			}
		})
	}
	<-entered
	stopped := make(chan error)
	go func() { stopped <- l.Stop() }()
	waiting.Wait()
	close(release)
	must(t, <-stopped)
}
