//go:build unix

package script

import (
	"syscall"
	"time"
)

// processTime returns how long this process had a processor, all of its threads
// together.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
