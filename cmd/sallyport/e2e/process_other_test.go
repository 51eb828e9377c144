//go:build !linux

package e2e

import "syscall"

// procAttr gives a child its own process group.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
