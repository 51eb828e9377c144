package ledger

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkAppend measures one open and one close record, that is one exchange.
func BenchmarkAppend(b *testing.B) {
	l, _ := mustOpen(b, Config{Folder: b.TempDir()})
	o, u := openRecord(0), usageRecord(0)
	b.ReportAllocs()
	cpu := cpuTime(b)
	for i := 0; b.Loop(); i++ {
		o.ID = testID(i)
		u.ID = o.ID
		if l.Open(o) != nil || l.Close(u) != nil {
			b.Fatal("append failed")
		}
	}
	reportRecords(b, cpu)
}

// cpuTime is what the process has used, in ns: on a busy machine, and for a
// gateway, it says more than the time that went by.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var u unix.Rusage
	must(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}

func reportRecords(b *testing.B, cpu int64) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/record")
	b.ReportMetric(float64(cpuTime(b)-cpu)/float64(2*b.N), "cpu-ns/record")
}

func BenchmarkAppendParallel(b *testing.B) {
	l, _ := mustOpen(b, Config{Folder: b.TempDir()})
	var next atomic.Int64
	b.ReportAllocs()
	cpu := cpuTime(b)
	b.RunParallel(func(pb *testing.PB) {
		o, u := openRecord(0), usageRecord(0)
		for pb.Next() {
			o.ID = testID(int(next.Add(1)))
			u.ID = o.ID
			if l.Open(o) != nil || l.Close(u) != nil {
				b.Error("append failed")
				return
			}
		}
	})
	reportRecords(b, cpu)
}

// BenchmarkCopy is what of an append is the record itself: no new pages, no
// sync.
func BenchmarkCopy(b *testing.B) {
	s := &segment{data: make([]byte, 2*headerSize+maxFrame), off: headerSize}
	u := usageRecord(0)
	b.ReportAllocs()
	for b.Loop() {
		s.off = headerSize
		if _, err := s.append(nil, u); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecovery opens a ledger of 256 MiB: after a crash with its
// checkpoint, and without one, when every byte is read.
func BenchmarkRecovery(b *testing.B) {
	cfg := Config{Folder: b.TempDir(), SyncInterval: time.Hour}
	l, _, err := Open(cfg, wallClock{})
	must(b, err)
	for i := 0; l.Stats().Bytes < 256<<20; i++ {
		must(b, l.Open(openRecord(i)))
		must(b, l.Close(usageRecord(i)))
	}
	must(b, l.Sync())
	crash(b, l)
	point := filepath.Join(cfg.Folder, checkpointName)
	open := func(b *testing.B) {
		var scanned int64
		for b.Loop() {
			l, report, err := Open(cfg, wallClock{})
			must(b, err)
			scanned += report.Scanned
			b.StopTimer()
			crash(b, l)
			b.StartTimer()
		}
		b.SetBytes(scanned / int64(b.N))
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/open")
	}
	b.Run("checkpoint", open)
	must(b, os.Remove(point))
	b.Run("everything", open)
}

// BenchmarkRead reads rows, per row.
func BenchmarkRead(b *testing.B) {
	folder := b.TempDir()
	l, _ := mustOpen(b, Config{Folder: folder})
	const n = 100_000
	for i := range n {
		must(b, l.Open(openRecord(i)))
		must(b, l.Close(usageRecord(i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Summarise(folder, Filter{}, ByConsumer, ByRoute, ByDay); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}
