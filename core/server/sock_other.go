//go:build !linux

package server

import "net"

// limitUnsent does nothing where the kernel has no such bound.
func limitUnsent(*net.TCPConn) {}
