package main

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Bounds of a compiler's process.
const (
	compilerSpace = 8 << 30 // bytes of address space, beyond what the program itself reserves
	compilerCPU   = 600     // seconds, of all processors together
)

// confine bounds what this process may take from the system.
func confine() error {
	own, err := addressSpace()
	if err != nil {
		return err
	}
	for _, l := range []struct {
		which int
		most  uint64
	}{
		{unix.RLIMIT_AS, own + compilerSpace},
		{unix.RLIMIT_CPU, compilerCPU},
		{unix.RLIMIT_CORE, 0},
	} {
		var has unix.Rlimit
		if err := unix.Getrlimit(l.which, &has); err != nil {
			return err
		}
		most := min(l.most, has.Max)
		if err := unix.Setrlimit(l.which, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

// addressSpace returns how much this process has, in bytes.
func addressSpace() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	first, _, _ := bytes.Cut(b, []byte(" "))
	pages, err := strconv.ParseUint(string(first), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}
