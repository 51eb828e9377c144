package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		os.Exit(childMain(dir))
	}
	goleak.VerifyTestMain(m)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

// noon is the wall time of test records.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123456789, time.UTC)

func testID(i int) core.ID { return core.NewID(noon, uint64(i), uint64(i)) }

func openRecord(i int) *core.OpenRecord {
	return &core.OpenRecord{
		ID: testID(i), Time: noon, Consumer: "team-a", Route: "gpt-4o-mini",
		Operation: core.OpChat, Reservation: 1_000_000, EstInput: 42,
	}
}

func usageRecord(i int) *core.UsageRecord {
	return &core.UsageRecord{
		ID: testID(i), ClientID: "client-1", Time: noon, Consumer: "team-a", Tenant: "acme",
		Route: "gpt-4o-mini", Deployment: "openai/gpt-4o-mini", Provider: "openai",
		UpstreamModel: "gpt-4o-mini-2024-07-18", Dialect: "openai.chat", Operation: core.OpChat,
		Stream: true, Status: 200, End: core.EndCompleted, Attempts: 1,
		Usage: core.Usage{InputUncached: 11, CacheRead: 5, Output: 7, Reasoning: 3, Reported: true},
		Cost:  1_234_567, Priced: true, Duration: 1500 * time.Millisecond, FirstByte: 200 * time.Millisecond,
		BytesIn: 300, BytesOut: 4096,
	}
}

func mustOpen(t testing.TB, cfg Config) (*Log, RecoveryReport) {
	t.Helper()
	l, report, err := Open(cfg, wallClock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l, report
}

func mustRead(t testing.TB, folder string) ([]Row, ReadReport) {
	t.Helper()
	var rows []Row
	report, err := Read(folder, Filter{}, func(r Row) error { rows = append(rows, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return rows, report
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crash forgets a log as kill -9 would: nothing is synced or written, but the
// kernel drops lock and mappings.
func crash(t testing.TB, l *Log) {
	t.Helper()
	l.mu.Lock()
	l.stopped = true
	l.tried.Broadcast()
	l.mu.Unlock()
	close(l.stop)
	l.done.Wait()
	must(t, l.discard())
}

func TestRoundTrip(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder})
	for i := range 3 {
		must(t, l.Open(openRecord(i)))
	}
	for _, i := range []int{2, 0, 1} {
		must(t, l.Close(usageRecord(i)))
	}
	rejected := &core.UsageRecord{ID: testID(9), End: core.EndRejected, Status: 401, ErrorCode: "unauthenticated"}
	must(t, l.Close(rejected))
	rows, report := mustRead(t, folder)
	if len(rows) != 4 || report.Rows != 4 {
		t.Fatalf("got %d rows, report %+v", len(rows), report)
	}
	for i, want := range []int{2, 0, 1, 9} {
		if rows[i].RequestID != testID(want).String() {
			t.Errorf("row %d is %s, want exchange %d: rows must be in order of close", i, rows[i].RequestID, want)
		}
	}
	want := rowOf(usageRecord(2))
	got := rows[0]
	if *got.CostPicoUSD != *want.CostPicoUSD {
		t.Errorf("cost %d, want %d", *got.CostPicoUSD, *want.CostPicoUSD)
	}
	got.CostPicoUSD, want.CostPicoUSD, got.Next = nil, nil, Position{}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if rows[3].CostPicoUSD != nil || !rows[3].Time.IsZero() || rows[3].End != "rejected" {
		t.Errorf("unpriced row without a time came back as %+v", rows[3])
	}
	if s := l.Stats(); s.Opens != 3 || s.Closes != 4 || s.InFlight != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestReadFrom(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 1 << 20})
	const n = 700 // several segments
	for i := range n {
		must(t, l.Close(usageRecord(i)))
	}
	rows, _ := mustRead(t, folder)
	if len(rows) != n {
		t.Fatalf("got %d rows, want %d", len(rows), n)
	}
	if rows[n-1].Next.Segment < 2 {
		t.Fatal("the test needs several segments")
	}
	for i := range n {
		next := ""
		_, err := Read(folder, Filter{From: rows[i].Next}, func(r Row) error { next = r.RequestID; return ErrStop })
		must(t, err)
		if i+1 < n && next != rows[i+1].RequestID || i+1 == n && next != "" {
			t.Fatalf("after row %d came %q", i, next)
		}
	}
}

func TestFilter(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder})
	for i := range 4 {
		r := usageRecord(i)
		r.Time = noon.Add(time.Duration(i) * time.Hour)
		must(t, l.Close(r))
	}
	f := func(filter Filter, want string) {
		t.Helper()
		var got []string
		_, err := Read(folder, filter, func(r Row) error { got = append(got, fmt.Sprint(r.Time.Hour()-12)); return nil })
		must(t, err)
		if s := strings.Join(got, ""); s != want {
			t.Errorf("got rows %q, want %q", s, want)
		}
	}
	f(Filter{}, "0123")
	f(Filter{Since: noon.Add(time.Hour)}, "123")
	f(Filter{Until: noon.Add(time.Hour)}, "0")
	f(Filter{Since: noon.Add(time.Hour), Until: noon.Add(3 * time.Hour)}, "12")
}

func TestReadErrors(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "absent"), Filter{}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent folder: %v", err)
	}
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder})
	must(t, l.Close(usageRecord(1)))
	boom := errors.New("boom")
	if _, err := Read(folder, Filter{}, func(Row) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("fn's error came back as %v", err)
	}
}

func TestConfig(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		_, _, err := Open(cfg, wallClock{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	folder := t.TempDir()
	f(Config{}, "Folder is empty")
	f(Config{Folder: folder, SegmentBytes: 100}, "SegmentBytes")
	f(Config{Folder: folder, MaxBytes: 1 << 20, SegmentBytes: 1 << 20}, "must hold 4 segments")
	f(Config{Folder: folder, SyncInterval: -1}, "SyncInterval")
	file := filepath.Join(folder, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	f(Config{Folder: file}, "not a directory")
}

func TestLock(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder})
	_, _, err := Open(Config{Folder: folder}, wallClock{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d;", os.Getpid())) {
		t.Errorf("a second writer got %v", err)
	}
	must(t, l.Stop())
	mustOpen(t, Config{Folder: folder})
}

func TestStopped(t *testing.T) {
	l, _ := mustOpen(t, Config{Folder: t.TempDir()})
	must(t, l.Open(openRecord(1)))
	must(t, l.Stop())
	must(t, l.Stop())
	if err := l.Open(openRecord(2)); !errors.Is(err, ErrStopped) {
		t.Errorf("Open after Stop: %v", err)
	}
	if err := l.Close(usageRecord(1)); !errors.Is(err, ErrStopped) {
		t.Errorf("Close after Stop: %v", err)
	}
	must(t, l.Sync())
}

// TestHammer has many goroutines write while a reader reads.
func TestHammer(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder, SegmentBytes: 256 << 10, MaxBytes: 64 << 20, SyncInterval: time.Millisecond})
	const workers, each = 8, 2000
	var writers sync.WaitGroup
	for w := range workers {
		writers.Go(func() {
			for i := range each {
				id := w*each + i
				if err := l.Open(openRecord(id)); err != nil {
					t.Error(err)
					return
				}
				if err := l.Close(usageRecord(id)); err != nil {
					t.Error(err)
					return
				}
				if rand.IntN(500) == 0 {
					if err := l.Sync(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	finished := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		var before []Row
		for {
			rows, report := mustRead(t, folder)
			if report.Damaged != 0 || report.Unknown != 0 {
				t.Errorf("a reader beside a writer reported %+v", report)
			}
			for i := range before {
				if len(rows) < len(before) || rows[i].RequestID != before[i].RequestID {
					t.Error("what a reader saw is no prefix of what a later one saw")
					return
				}
			}
			before = rows
			select {
			case <-finished:
				return
			default:
			}
		}
	})
	writers.Wait()
	close(finished)
	reader.Wait()
	rows, report := mustRead(t, folder)
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.RequestID] = true
	}
	if len(rows) != workers*each || len(seen) != len(rows) {
		t.Errorf("%d rows, %d different, want %d; %+v", len(rows), len(seen), workers*each, report)
	}
}
