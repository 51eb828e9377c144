package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"unsafe"

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

// compilerPipe is how much of the module standard input is to hold, in bytes.
const compilerPipe = 1 << 20

// hasten spares this process waits. Where the system does not let it, they cost
// time and no more.
//
// The engine has every entry of its cache written to the disk before it goes on. An
// entry that a failing machine cuts off is not used, as its sum is not right, so
// that fsync need not do anything here.
func hasten() {
	_, _ = unix.FcntlInt(os.Stdin.Fd(), unix.F_SETPIPE_SZ, compilerPipe)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_FSYNC},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO}, // none: it went well
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == nil {
		_, _, _ = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))) //nolint:gosec // the call takes an address
	}
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
