//go:build unix

package upstream

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// prober finds out whether anything arrived on an idle connection. It is made
// once per connection, so that asking costs one system call and no memory.
type prober struct {
	sys  syscall.RawConn
	look func(fd uintptr)
	fds  [1]unix.PollFd
	any  bool
}

func (p *prober) init(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		p.sys, _ = t.SyscallConn()
	}
	p.look = func(fd uintptr) {
		p.fds[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		n, err := unix.Poll(p.fds[:], 0)
		p.any = n != 0 || err != nil && err != unix.EINTR
	}
}

// quiet tells whether nothing arrived: no byte, no end, no error.
func (p *prober) quiet() bool {
	if p.sys == nil {
		return true
	}
	// Control and not Read: the latter fails while an old deadline stands.
	return p.sys.Control(p.look) == nil && !p.any
}
