package ledger

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate makes size bytes of f certain without writing them, where the
// filesystem can.
func allocate(f *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
			return writeZeros(f, size)
		default:
			return err
		}
	}
}

// datasync puts f on the disk. On Linux that includes what was written through
// a mapping.
func datasync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// nextData returns a function that skips the holes of f, for scanner.data.
func nextData(f *os.File, size int64) func(int64) int64 {
	return func(off int64) int64 {
		at, err := unix.Seek(int(f.Fd()), off, unix.SEEK_DATA)
		switch {
		case errors.Is(err, unix.ENXIO):
			return size
		case err != nil:
			return off
		}
		return at
	}
}
