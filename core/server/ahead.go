package server

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// fasthttp waits for a request on a connection that holds no buffer by reading a
// single byte (ReduceMemoryUsage). ahead makes one system call of that byte and
// what came with it: the buffer is taken when there is something to read, and
// given back when it is empty, so that an idle connection costs its goroutine
// and little else.
type ahead struct {
	raw   syscall.RawConn
	spare *sync.Pool // of *[headerBuffer]byte
	fill  func(fd uintptr) bool

	buf  *[headerBuffer]byte // nil when empty
	r, w int
	err  error // of the last fill
}

func (a *ahead) init(c *net.TCPConn, spare *sync.Pool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // then reads are plain ones
	}
	a.raw, a.spare, a.fill = raw, spare, a.tryFill
}

// tryFill reads what is there and returns false when that is nothing yet.
func (a *ahead) tryFill(fd uintptr) bool {
	buf, ok := a.spare.Get().(*[headerBuffer]byte)
	if !ok {
		buf = new([headerBuffer]byte)
	}
	n, err := syscall.Read(int(fd), buf[:])
	for err == syscall.EINTR { // a bare number: this is done for each request
		n, err = syscall.Read(int(fd), buf[:])
	}
	if n > 0 {
		a.buf, a.r, a.w, a.err = buf, 0, n, nil
		return true
	}
	a.spare.Put(buf)
	if err == syscall.EAGAIN {
		return false
	}
	if a.err = os.NewSyscallError("read", err); err == nil {
		a.err = io.EOF
	}
	return true
}

// take moves bytes that were read ahead to p.
func (a *ahead) take(p []byte) int {
	n := copy(p, a.buf[a.r:a.w])
	if a.r += n; a.r == a.w {
		a.spare.Put(a.buf)
		a.buf = nil
	}
	return n
}

// Read reads into p what there is.
func (c *conn) Read(p []byte) (int, error) {
	if c.ahead.buf != nil {
		n := c.ahead.take(p)
		c.delivered += n
		return n, nil
	}
	if c.busy {
		return c.readBusy(p)
	}
	if err := c.arm(); err != nil {
		return 0, err
	}
	if len(p) != 1 || c.ahead.raw == nil {
		return c.Socket.Read(p)
	}
	if err := c.ahead.raw.Read(c.ahead.fill); err != nil {
		return 0, err
	}
	if c.ahead.err != nil {
		return 0, c.ahead.err
	}
	if c.moves() {
		return 0, errMoved
	}
	return c.ahead.take(p), nil
}
