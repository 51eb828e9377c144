package e2e

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// procAttr gives a child its own process group and ties its life to ours.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// onMainThread tells whether the calling goroutine runs on the process's first
// thread.
func onMainThread() bool { return syscall.Gettid() == syscall.Getpid() }

// TestChildrenDieWithTheirThread: a child that nobody stops ends when its
// spawner does, as it would if the test were killed.
func TestChildrenDieWithTheirThread(t *testing.T) {
	spawn := runSpawner()
	p := spawn.start(t, "sleep", exec.Command("/bin/sleep", "600"))
	spawn.close()
	if err := p.wait(time.Minute); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("%v, want it killed", err)
	}
}
