package mock

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// BlackHole returns an address of 127.0.0.1 that answers no SYN: connecting to
// it neither succeeds nor fails until the client's own timeout. It is a
// listening socket whose queue is full and that nobody accepts from. free
// gives it back.
func BlackHole() (addr string, free func(), err error) {
	var fds []int
	free = func() {
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
		fds = nil
	}
	defer func() {
		if err != nil {
			free()
			err = fmt.Errorf("mock: black hole: %w", err)
		}
	}()
	socket := func() (int, error) {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			fds = append(fds, fd)
		}
		return fd, err
	}
	l, err := socket()
	if err != nil {
		return "", free, err
	}
	if err = syscall.Bind(l, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", free, err
	}
	if err = syscall.Listen(l, 0); err != nil {
		return "", free, err
	}
	name, err := syscall.Getsockname(l)
	if err != nil {
		return "", free, err
	}
	// A queue of length 0 takes one connection (tcp(7), listen(2)); on loopback
	// it is there when connect returns. The second only makes sure.
	for range 2 {
		fd, err := socket()
		if err != nil {
			return "", free, err
		}
		if err = syscall.Connect(fd, name); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
			return "", free, err
		}
	}
	port := name.(*syscall.SockaddrInet4).Port
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), free, nil
}
