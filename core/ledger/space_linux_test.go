package ledger

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDiskFullForReal is F48 on a small tmpfs.
func TestDiskFullForReal(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a tmpfs needs rights that this process lacks: %v", err)
	}
	defer func() { must(t, unix.Unmount(folder, 0)) }()
	var clock testClock
	l, _, err := Open(Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 16 << 20}, &clock)
	must(t, err)
	n := 0
	for ; ; n++ {
		if err = l.Open(openRecord(n)); err != nil {
			break
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Open on a full tmpfs: %v", err)
	}
	for i := range n {
		must(t, l.Close(longest(i)))
	}
	rows, _ := mustRead(t, folder)
	if len(rows) != n {
		t.Errorf("%d rows, want %d", len(rows), n)
	}
	must(t, unix.Mount("tmpfs", folder, "tmpfs", unix.MS_REMOUNT, "size=4m"))
	clock.advance(retryAfter)
	must(t, l.Open(openRecord(n)))
	must(t, l.Close(longest(n)))
	must(t, l.Stop())
}
