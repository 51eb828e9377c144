//go:build !linux && !darwin

package folder

import (
	"io/fs"
	"os"
)

// stampOf cannot tell owners apart here: every file is ours.
func stampOf(info fs.FileInfo) stamp {
	return stamp{there: true, size: info.Size(), modified: info.ModTime().UnixNano(), mode: info.Mode(), uid: os.Geteuid()}
}

func readOnly(string) bool { return false }
