//go:build !linux

package server

import (
	"sync"

	"golang.org/x/sys/unix"
)

// peeker looks at each watched socket without taking bytes from it. It misses a
// peer that left behind unread pipelined bytes.
type peeker struct {
	mu      sync.Mutex
	watched map[uint64]*exchange
}

func newPoller() (poller, error) { return &peeker{watched: map[uint64]*exchange{}}, nil }

func (p *peeker) add(x *exchange) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched[x.gen] = x
	return true
}

func (p *peeker) del(x *exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.watched, x.gen)
}

func (p *peeker) close() {}

func (p *peeker) wait(gone func(gen uint64)) {
	for _, gen := range p.left() {
		gone(gen)
	}
}

func (p *peeker) left() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []uint64
	var one [1]byte
	for gen, x := range p.watched {
		raw, err := x.conn.SyscallConn()
		if err != nil {
			left = append(left, gen)
			continue
		}
		_ = raw.Control(func(fd uintptr) {
			n, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
			if n == 0 && err == nil {
				left = append(left, gen)
			}
		})
	}
	return left
}
