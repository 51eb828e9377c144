package server

import (
	"net"

	"golang.org/x/sys/unix"
)

// sendBuffer bounds what the kernel queues unsent per connection, in bytes.
const sendBuffer = 128 << 10

// limitUnsent keeps the kernel from queueing megabytes for a client that does
// not read (TCP_NOTSENT_LOWAT, tcp(7)). Failing to set it costs memory only.
func limitUnsent(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, sendBuffer)
	})
}
