package upstream

import "net"

// Socket is a TCP connection, of a client or to an upstream, whose small reads and
// writes are cheaper than those of net: the scheduler is not told of them.
//
// It is told of system calls because they may block, and then gives the caller's
// share of the processors to another thread. Those of a socket never do, as it is
// in non-blocking mode; but on a busy machine many take the few microseconds after
// which the scheduler thinks so, and that costs half of all task switches. In turn
// a garbage collection that is about to begin waits for such a call to end.
//
// At most one goroutine may read and one may write at a time. Everything else is
// as with the [net.TCPConn].
type Socket struct {
	*net.TCPConn
	direct
}

// quickBytes is up to how many bytes a transfer takes as short as no time. The
// scheduler does learn of longer ones.
const quickBytes = 16 << 10

// NewSocket returns the socket of c, which is its from now on.
func NewSocket(c *net.TCPConn) *Socket {
	s := &Socket{TCPConn: c}
	if raw, err := c.SyscallConn(); err == nil { // else transfers are plain ones
		s.init(raw)
	}
	return s
}

// Read reads what is there into p, and waits for the first byte.
func (s *Socket) Read(p []byte) (int, error) {
	if s.raw == nil || len(p) == 0 || len(p) > quickBytes {
		return s.TCPConn.Read(p)
	}
	return s.read(p)
}

// Write writes all of p.
func (s *Socket) Write(p []byte) (int, error) {
	if s.raw == nil || len(p) == 0 || len(p) > quickBytes {
		return s.TCPConn.Write(p)
	}
	return s.write(p)
}
