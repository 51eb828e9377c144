//go:build unix

package wasm

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwner refuses a folder that others may write to or that is not ours.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("wasm: cache folder: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("wasm: cache folder %s has mode %04o, but what lies there is run: chmod 700 it", dir, mode)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("wasm: cache folder %s belongs to user %d, but what lies there is run: give one of your own", dir, st.Uid)
	}
	return nil
}
