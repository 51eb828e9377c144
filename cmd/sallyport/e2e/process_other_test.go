//go:build !linux

package e2e

import "syscall"

// procAttr gives a child its own process group.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// onMainThread does not matter where children are not tied to a thread.
func onMainThread() bool { return false }
