package folder

import (
	"io"
	"os"
	"strings"
)

// rejectedHead begins the files that tell why a plugin was rejected. Only files
// that begin so are ever written over or removed.
const rejectedHead = "sallyport: rejected\n"

func (e *entry) rejectedText() string {
	if e.State.State != Rejected {
		return ""
	}
	text := rejectedHead + "file:   " + e.File + "\n"
	if e.Digest != "" {
		text += "sha256: " + e.Digest + "\n"
	}
	return text + "reason: " + e.Reason + "\n" +
		"The version before it, if any, serves on. The gateway removes this file when the plugin is accepted or goes.\n"
}

// tidy keeps the .rejected files as they should be. Where the folder cannot be
// written to, the state of the file has to do.
func (f *Folder) tidy(l *listing) {
	if l.root == nil || l.readOnly {
		return
	}
	for _, e := range f.byName() {
		text := e.rejectedText()
		if text == e.written || text == "" {
			continue
		}
		e.written = text // also where it fails: once is enough
		name := e.File + rejectedSuffix
		if remove(l.root, name) {
			write(l.root, name, text)
		}
	}
	for name := range l.names {
		plugin, ok := strings.CutSuffix(name, rejectedSuffix)
		if !ok || f.loader(plugin) == nil {
			continue
		}
		e := f.files[plugin]
		if e == nil || e.State.State != Rejected && e.State.State != Loading {
			remove(l.root, name)
			if e != nil {
				e.written = ""
			}
		}
	}
}

// remove removes a file of ours and tells whether the name is free now.
func remove(root *os.Root, name string) bool {
	info, err := root.Lstat(name)
	if err != nil {
		return os.IsNotExist(err)
	}
	if !info.Mode().IsRegular() {
		return false
	}
	file, err := root.Open(name)
	if err != nil {
		return false
	}
	head := make([]byte, len(rejectedHead))
	_, err = io.ReadFull(file, head)
	_ = file.Close()
	if err != nil || string(head) != rejectedHead {
		return false
	}
	return root.Remove(name) == nil
}

func write(root *os.Root, name, text string) {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return
	}
	_, err = file.WriteString(text)
	if file.Close() != nil || err != nil {
		_ = root.Remove(name) // better none than half of one
	}
}
