package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const lockName = "lock"

// writeZeros makes size bytes of f certain by writing them.
func writeZeros(f *os.File, size int64) error {
	zeros := make([]byte, min(size, 1<<20))
	for off := int64(0); off < size; off += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-off)], off); err != nil {
			return err
		}
	}
	return nil
}

// clearTail writes zeros over everything from off on that is not zero.
func clearTail(f *os.File, off, size int64) error {
	data := nextData(f, size)
	buf := make([]byte, 64<<10)
	zeros := make([]byte, len(buf))
	for off < size {
		if data != nil {
			off = max(off, data(off))
		}
		n, err := f.ReadAt(buf[:min(int64(len(buf)), max(size-off, 0))], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			return nil
		}
		if string(buf[:n]) != string(zeros[:n]) {
			if _, err := f.WriteAt(zeros[:n], off); err != nil {
				return err
			}
		}
		off += int64(n)
	}
	return nil
}

// lockFolder makes this process the folder's only writer until the returned
// file is closed. The kernel drops the lock with the process.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close() //nolint:errcheck // nothing was written
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("ledger: locking %s: %w", f.Name(), err)
		}
		b, _ := io.ReadAll(io.LimitReader(f, 32))
		pid := strings.TrimSpace(string(b))
		if pid == "" {
			pid = "unknown"
		}
		return nil, fmt.Errorf("%w: folder %s is in use by process %s; stop it, or give this gateway a folder of its own", ErrLocked, folder, pid)
	}
	_ = f.Truncate(0)
	if _, err := fmt.Fprintf(f, "%d\n", os.Getpid()); err != nil && !errors.Is(err, unix.ENOSPC) {
		_ = f.Close()
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return f, nil
}

// syncFolder puts the names in a folder on the disk.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
