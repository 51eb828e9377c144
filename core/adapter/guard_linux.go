package adapter

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Self returns the command that runs this program with args, also when its file
// was replaced meanwhile: what [Options.Guard] needs where this program calls
// [Guard] for these args.
func Self(args ...string) ([]string, error) { return append([]string{"/proc/self/exe"}, args...), nil }

// adoptOrphans makes this process the parent of its descendants' orphans.
func adoptOrphans() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// diesWithThread has a child killed when the thread that started it ends.
func diesWithThread() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// killChildren kills the children of this process. Theirs become ours then.
func killChildren() {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		_ = syscall.Kill(0, syscall.SIGKILL) // the group, and this process with it
	}
	self := os.Getpid()
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && parentOf(pid) == self {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// parentOf returns a process's parent, or 0.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// pid (name) state parent …, and the name may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// awaitExit returns when the process has ended and leaves it to be waited for,
// so that its id is still its own.
func awaitExit(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		continue
	}
}
