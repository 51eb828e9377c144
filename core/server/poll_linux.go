package server

import "golang.org/x/sys/unix"

// epoll asks for EPOLLRDHUP, which unlike a peek at the socket is seen behind
// unread pipelined bytes.
type epoll struct {
	fd     int
	events []unix.EpollEvent
}

func newPoller() (poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &epoll{fd: fd, events: make([]unix.EpollEvent, 64)}, nil
}

func (p *epoll) add(x *exchange) bool { return p.control(x, unix.EPOLL_CTL_ADD) }
func (p *epoll) del(x *exchange)      { p.control(x, unix.EPOLL_CTL_DEL) }
func (p *epoll) close()               { _ = unix.Close(p.fd) }

// control registers or forgets x's socket, which is pinned meanwhile, so that
// its descriptor cannot become another connection's.
func (p *epoll) control(x *exchange, op int) bool {
	raw, err := x.conn.SyscallConn()
	if err != nil {
		return false
	}
	ev := unix.EpollEvent{
		Events: unix.EPOLLRDHUP | unix.EPOLLONESHOT,
		Fd:     int32(uint32(x.gen)),
		Pad:    int32(uint32(x.gen >> 32)),
	}
	ok := false
	_ = raw.Control(func(fd uintptr) { ok = unix.EpollCtl(p.fd, op, int(fd), &ev) == nil })
	return ok
}

func (p *epoll) wait(gone func(gen uint64)) {
	for {
		n, err := unix.EpollWait(p.fd, p.events, 0)
		if err != nil || n == 0 {
			return
		}
		for _, ev := range p.events[:n] {
			gone(uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32)
		}
		if n < len(p.events) {
			return
		}
	}
}
