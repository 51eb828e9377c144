package folder

import (
	"io/fs"
	"syscall"
)

func stampOf(info fs.FileInfo) stamp {
	s := stamp{there: true, size: info.Size(), modified: info.ModTime().UnixNano(), mode: info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.uid, s.inode, s.changed = int(st.Uid), st.Ino, st.Ctimespec.Nano()
	}
	return s
}

// readOnly tells whether dir is on a read-only mount.
func readOnly(dir string) bool {
	const flagReadOnly = 1 // MNT_RDONLY of statfs(2)
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && st.Flags&flagReadOnly != 0
}
