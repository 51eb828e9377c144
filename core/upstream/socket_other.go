//go:build !linux || !(amd64 || arm64) || race

package upstream

import (
	"errors"
	"syscall"
)

// direct transfers nothing: only on Linux the way to the kernel is known to be free
// of the scheduler, and the race detector follows net's transfers only.
type direct struct{ raw syscall.RawConn }

func (*direct) init(syscall.RawConn) {}

func (*direct) read([]byte) (int, error)  { return 0, errors.ErrUnsupported }
func (*direct) write([]byte) (int, error) { return 0, errors.ErrUnsupported }
