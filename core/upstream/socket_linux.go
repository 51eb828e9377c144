//go:build linux && (amd64 || arm64) && !race

package upstream

import (
	"io"
	"os"
	"syscall"
	"unsafe"
)

// direct transfers without telling the scheduler.
type direct struct {
	raw               syscall.RawConn // nil: it cannot
	in, out           transfer
	tryRead, tryWrite func(fd uintptr) (done bool)
}

// transfer is a read or a write under way.
type transfer struct {
	rest []byte
	n    int // bytes transferred
	err  syscall.Errno
}

func (d *direct) init(raw syscall.RawConn) {
	d.raw, d.tryRead, d.tryWrite = raw, d.in.read, d.out.write
}

func (d *direct) read(p []byte) (int, error) {
	d.in = transfer{rest: p}
	err := d.raw.Read(d.tryRead)
	n, errno := d.in.end()
	switch {
	case err != nil:
		return 0, err
	case errno != 0:
		return 0, os.NewSyscallError("read", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (d *direct) write(p []byte) (int, error) {
	d.out = transfer{rest: p}
	err := d.raw.Write(d.tryWrite)
	n, errno := d.out.end()
	if err == nil && errno != 0 {
		err = os.NewSyscallError("write", errno)
	}
	return n, err
}

// end forgets the bytes, which are the caller's.
func (t *transfer) end() (int, syscall.Errno) {
	t.rest = nil
	return t.n, t.err
}

// read reads once. It returns false when nothing is there yet.
func (t *transfer) read(fd uintptr) bool {
	return t.call(syscall.SYS_RECVFROM, fd, 0)
}

// write writes until nothing is left. It returns false when there is no room now.
func (t *transfer) write(fd uintptr) bool {
	for len(t.rest) > 0 && t.err == 0 {
		if !t.call(syscall.SYS_SENDTO, fd, syscall.MSG_NOSIGNAL) {
			return false
		}
	}
	return true
}

// call makes one system call of a socket's own, of which it returns false when it
// would block. Those for files of any kind, read and write, do the same by a longer
// way: 40 ns for a read and 50 ns for a write of 1 KiB.
func (t *transfer) call(trap, fd, flags uintptr) bool {
	for {
		p := unsafe.SliceData(t.rest)                                                                               //nolint:gosec // as package syscall does it
		n, _, errno := syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(p)), uintptr(len(t.rest)), flags, 0, 0) //nolint:gosec // as package syscall does it
		switch errno {
		case 0:
			t.n += int(n) // at most len(t.rest)
			t.rest = t.rest[n:]
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			t.err = errno
			return true
		}
	}
}
