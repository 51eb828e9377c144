package ledger

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// small makes segments of about 230 rows.
func small(folder string) Config {
	return Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 64 << 20}
}

func TestRecover(t *testing.T) {
	for _, checkpointed := range []bool{true, false} {
		folder := t.TempDir()
		l, _ := mustOpen(t, small(folder))
		// Exchanges in flight across many segments, and closed ones among them.
		const n, everyth = 2000, 100
		for i := range n {
			must(t, l.Open(openRecord(i)))
			if i%everyth != 0 {
				must(t, l.Close(usageRecord(i)))
			}
		}
		must(t, l.Sync()) // writes a checkpoint
		crash(t, l)
		path := filepath.Join(folder, checkpointName)
		if checkpointed {
			if _, err := os.Stat(path); err != nil {
				t.Fatal("no checkpoint was written")
			}
		} else {
			must(t, os.Remove(path))
		}

		l, report := mustOpen(t, small(folder))
		if report.Interrupted != n/everyth || report.Damaged != 0 || report.TornBytes != 0 {
			t.Errorf("checkpoint %v: %+v", checkpointed, report)
		}
		if whole := report.Scanned > report.Bytes/2; whole == checkpointed {
			t.Errorf("checkpoint %v: %d of %d bytes were read", checkpointed, report.Scanned, report.Bytes)
		}
		rows, _ := mustRead(t, folder)
		if len(rows) != n {
			t.Fatalf("checkpoint %v: %d rows, want %d", checkpointed, len(rows), n)
		}
		for i, r := range rows[n-n/everyth:] {
			if r.RequestID != testID(i*everyth).String() || r.End != "interrupted" || r.Status != 0 ||
				r.InputUncached != 42 || !r.Estimated || r.Reported || r.CostPicoUSD != nil ||
				r.Consumer != "team-a" || r.Route != "gpt-4o-mini" || r.Operation != "chat" || !r.Time.Equal(noon) {
				t.Errorf("interrupted row %d is %+v", i, r)
			}
		}
		if s := l.Stats(); s.InFlight != 0 {
			t.Errorf("in flight after recovery: %d", s.InFlight)
		}
		must(t, l.Stop())
		_, report = mustOpen(t, small(folder))
		if report.Interrupted != 0 || report.Scanned != 0 {
			t.Errorf("after a clean stop: %+v", report)
		}
	}
}

// TestRecoverSyncs: what a killed process left unsynced is synced by the next,
// and what a stopped one left needs none.
func TestRecoverSyncs(t *testing.T) {
	cfg := small(t.TempDir())
	cfg.SyncInterval = time.Hour
	l, _ := mustOpen(t, cfg)
	for i := range 1000 {
		must(t, l.Close(usageRecord(i)))
	}
	segments := len(l.retired) + 1
	crash(t, l)
	var synced []string
	cfg.datasync = func(f *os.File) error { synced = append(synced, filepath.Base(f.Name())); return nil }
	l, _ = mustOpen(t, cfg)
	must(t, l.Sync())
	if len(synced) != segments || segments < 3 {
		t.Errorf("synced %v of %d segments", synced, segments)
	}
	if _, ok := loadCheckpoint(cfg.Folder); !ok {
		t.Error("no checkpoint was written after everything was read")
	}
	must(t, l.Stop())
	synced = nil
	l, _ = mustOpen(t, cfg)
	must(t, l.Sync())
	if len(synced) != 0 {
		t.Errorf("synced %v after a clean stop", synced)
	}
}

// TestRecoverInterruptedRecovery cuts a recovery after each of its records.
func TestRecoverInterruptedRecovery(t *testing.T) {
	const n = 5
	for done := range n + 1 {
		folder := t.TempDir()
		l, _ := mustOpen(t, small(folder))
		for i := range n {
			must(t, l.Open(openRecord(i)))
		}
		for i := range done {
			must(t, l.Close(interrupted(openRecord(i))))
		}
		crash(t, l)
		_, report := mustOpen(t, small(folder))
		if report.Interrupted != n-done {
			t.Errorf("%d of %d were closed before: %+v", done, n, report)
		}
		rows, _ := mustRead(t, folder)
		if len(rows) != n {
			t.Errorf("%d rows, want %d", len(rows), n)
		}
	}
}

// TestRecoverDroppedOpen: the open record is gone, its id is known.
func TestRecoverDroppedOpen(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	must(t, l.Open(openRecord(7)))
	for i := range 1000 {
		must(t, l.Close(usageRecord(100+i)))
	}
	must(t, l.Sync())
	crash(t, l)
	must(t, os.Remove(segmentPath(folder, 1)))
	_, report := mustOpen(t, small(folder))
	rows, _ := mustRead(t, folder)
	last := rows[len(rows)-1]
	if report.Interrupted != 1 || last.RequestID != testID(7).String() || last.End != "interrupted" || !last.Time.Equal(testID(7).Time()) {
		t.Errorf("%+v, row %+v", report, last)
	}
}

func TestTornTail(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	for i := range 3 {
		must(t, l.Close(usageRecord(i)))
	}
	end := int64(l.active.off)
	crash(t, l)
	size := int64(frameSize(len(appendClose(nil, usageRecord(2)))))
	f, err := os.OpenFile(segmentPath(folder, 1), os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, size-100), end-size+100)
	must(t, err)
	must(t, f.Close())

	rows, reading := mustRead(t, folder)
	if len(rows) != 2 || reading.TornBytes == 0 || reading.Damaged != 0 {
		t.Errorf("before recovery: %d rows, %+v", len(rows), reading)
	}
	l, report := mustOpen(t, small(folder))
	if report.TornBytes == 0 || report.TornBytes > 104 || report.Damaged != 0 {
		t.Errorf("%+v", report)
	}
	must(t, l.Close(usageRecord(3)))
	rows, reading = mustRead(t, folder)
	if len(rows) != 3 || reading.TornBytes != 0 || reading.LostRecords != 0 {
		t.Errorf("after recovery: %d rows, %+v", len(rows), reading)
	}
}

// TestBitFlip flips one bit anywhere in the records: that record is reported
// missing, all others are there, unchanged.
func TestBitFlip(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	const n = 150
	for i := range n {
		must(t, l.Open(openRecord(i)))
		must(t, l.Close(usageRecord(i)))
	}
	end := l.active.off
	must(t, l.Stop())
	path := segmentPath(folder, 1)
	clean, err := os.ReadFile(path)
	must(t, err)
	want, _ := mustRead(t, folder)
	last := frameSize(len(appendClose(nil, usageRecord(n-1))))
	for range 300 {
		b := slices.Clone(clean)
		at := headerSize + rand.IntN(end-headerSize)
		b[at] ^= 1 << rand.IntN(8)
		must(t, os.WriteFile(path, b, 0o600))
		rows, report := mustRead(t, folder)
		missing := n - len(rows)
		inLast := at >= end-last
		switch {
		case missing == 0 && report.Damaged == 0 && report.TornBytes == 0: // padding
		case inLast && missing == 1 && report.TornBytes > 0 && report.Damaged == 0:
		case !inLast && missing <= 1 && report.Damaged == 1 && report.LostRecords == 1:
		default:
			t.Fatalf("bit flip at %d: %d rows missing, %+v", at, missing, report)
		}
		i := 0
		for _, r := range rows {
			for i < n && want[i].RequestID != r.RequestID {
				i++
			}
			if i == n || !sameRow(&r, &want[i]) {
				t.Fatalf("bit flip at %d: a row that was never written: %+v", at, r)
			}
		}
	}
}

func sameRow(a, b *Row) bool {
	x, y := *a, *b
	same := (x.CostPicoUSD == nil) == (y.CostPicoUSD == nil) && (x.CostPicoUSD == nil || *x.CostPicoUSD == *y.CostPicoUSD)
	x.CostPicoUSD, y.CostPicoUSD = nil, nil
	return same && x == y
}

// TestLostPage: a page in the middle that never reached the disk.
func TestLostPage(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	const n = 100
	for i := range n {
		must(t, l.Close(usageRecord(i)))
	}
	crash(t, l)
	f, err := os.OpenFile(segmentPath(folder, 1), os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, 4096), 8192)
	must(t, err)
	must(t, f.Close())
	_, report := mustOpen(t, small(folder))
	rows, _ := mustRead(t, folder)
	if report.Damaged != 1 || report.LostRecords == 0 || int64(n-len(rows)) != report.LostRecords {
		t.Errorf("%d rows missing, %+v", n-len(rows), report)
	}
}

func TestBadHeader(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, small(folder))
	must(t, l.Close(usageRecord(1)))
	crash(t, l)
	flip := func(at int64) {
		t.Helper()
		f, err := os.OpenFile(segmentPath(folder, 1), os.O_RDWR, 0)
		must(t, err)
		_, err = f.WriteAt([]byte{0xff}, at)
		must(t, err)
		must(t, f.Close())
	}
	flip(20)
	if rows, _ := mustRead(t, folder); len(rows) != 1 {
		t.Error("the second copy of the header was not used")
	}
	flip(headerCopy + 20)
	rows, reading := mustRead(t, folder)
	if len(rows) != 0 || len(reading.BadSegments) != 1 {
		t.Errorf("%d rows, %+v", len(rows), reading)
	}
	l, report := mustOpen(t, small(folder))
	if len(report.BadSegments) != 1 {
		t.Errorf("%+v", report)
	}
	must(t, l.Close(usageRecord(2)))
	if rows, _ := mustRead(t, folder); len(rows) != 1 {
		t.Errorf("%d rows after a segment was lost", len(rows))
	}
}

// TestStaleFrames: frames of another segment are not valid in this one.
func TestStaleFrames(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{folder, other} {
		l, _ := mustOpen(t, small(dir))
		must(t, l.Close(usageRecord(1)))
		crash(t, l)
	}
	b, err := os.ReadFile(segmentPath(other, 1))
	must(t, err)
	mine, err := os.ReadFile(segmentPath(folder, 1))
	must(t, err)
	copy(mine[4096:], b[headerSize:4096])
	must(t, os.WriteFile(segmentPath(folder, 1), mine, 0o600))
	if rows, report := mustRead(t, folder); len(rows) != 1 || report.Damaged != 0 {
		t.Errorf("%d rows, %+v", len(rows), report)
	}
}

// TestForeignCheckpoint: one that does not belong is not believed.
func TestForeignCheckpoint(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{folder, other} {
		l, _ := mustOpen(t, small(dir))
		must(t, l.Open(openRecord(1)))
		if dir == other {
			must(t, l.Close(usageRecord(1)))
		}
		must(t, l.Stop())
	}
	must(t, os.Rename(filepath.Join(other, checkpointName), filepath.Join(folder, checkpointName)))
	if _, report := mustOpen(t, small(folder)); report.Interrupted != 1 {
		t.Errorf("%+v", report)
	}
}

func TestCheckpointEncoding(t *testing.T) {
	c := checkpoint{
		seq: 7, salt: 1 << 63, off: 4096, ordinal: 9, rows: 3,
		sealed: []sealed{{seq: 5, rows: 100}, {seq: 6, rows: 200}},
		opens:  []openRef{{testID(1), 6, 200}, {testID(2), 7, 1 << 29}},
	}
	b := c.encode()
	var got checkpoint
	if !got.decode(b) || got.seq != c.seq || got.salt != c.salt || got.off != c.off || got.ordinal != c.ordinal ||
		got.rows != c.rows || !slices.Equal(got.sealed, c.sealed) || !slices.Equal(got.opens, c.opens) {
		t.Errorf("got %+v, want %+v", got, c)
	}
	for n := range b {
		if new(checkpoint).decode(b[:n]) {
			t.Errorf("a checkpoint cut to %d bytes was believed", n)
		}
		bad := slices.Clone(b)
		bad[n] ^= 4
		if new(checkpoint).decode(bad) {
			t.Errorf("a checkpoint with byte %d changed was believed", n)
		}
	}
}

func TestOpenTable(t *testing.T) {
	var table openTable
	model := map[core.ID]openRef{}
	for i := range 50_000 {
		id := testID(rand.IntN(500))
		if rand.IntN(3) == 0 {
			id[9] = byte(rand.IntN(256))
		}
		if rand.IntN(2) == 0 {
			ref := openRef{id, uint64(i), uint32(i + 1)}
			_, there := model[id]
			if table.put(ref) == there {
				t.Fatal("put did not tell whether the id was there")
			}
			if !there {
				model[id] = ref
			}
		} else {
			want, there := model[id]
			got, ok := table.take(&id)
			if ok != there || got != want {
				t.Fatalf("took %+v %v, want %+v %v", got, ok, want, there)
			}
			delete(model, id)
		}
		if table.n != len(model) || table.has(&id) != (model[id].off != 0) {
			t.Fatal("the table and the model differ")
		}
	}
	if all := table.all(); len(all) != len(model) {
		t.Errorf("all gave %d of %d", len(all), len(model))
	}
}
