//go:build unix && !linux

package adapter

import (
	"os"
	"syscall"
)

// Self returns the command that runs this program with args: what
// [Options.Guard] needs where this program calls [Guard] for these args.
func Self(args ...string) ([]string, error) {
	exe, err := os.Executable()
	return append([]string{exe}, args...), err
}

// Where processes cannot adopt orphans, the adapter's group stands for all that
// it started.

func adoptOrphans() error { return nil }

func diesWithThread() *syscall.SysProcAttr { return nil }

func killChildren() { _ = syscall.Kill(0, syscall.SIGKILL) }

func awaitExit(int) {}
