package folder

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// maxNames bounds the files in a folder.
const maxNames = 4096

const (
	manifestSuffix = ".yaml"
	configSuffix   = ".config.yaml"
	casesSuffix    = ".cases.txtar"
	sigSuffix      = ".minisig"
	rejectedSuffix = ".rejected"
)

// stamp is what tells that a file was not written to, as far as the system
// tells. The zero stamp is a file that is not there.
type stamp struct {
	there                   bool
	inode                   uint64
	size, changed, modified int64 // times in Unix nanoseconds
	mode                    fs.FileMode
	uid                     int
}

// group is the stamps of a plugin file and what lies beside it.
type group struct{ main, manifest, config, cases, sig stamp }

// beside returns the names of the files beside a plugin file, in the order of
// group, and how large they may be.
func beside(name string, l *Loader) [4]struct {
	name string
	most int64
} {
	bare := strings.TrimSuffix(name, l.Suffix)
	return [...]struct {
		name string
		most int64
	}{
		{bare + manifestSuffix, maxSidecar},
		{bare + configSuffix, maxSidecar},
		{bare + casesSuffix, maxCases},
		{name + sigSuffix, maxSig},
	}
}

func (g *group) sidecars() [4]*stamp { return [...]*stamp{&g.manifest, &g.config, &g.cases, &g.sig} }

// listing is the folder as it was seen once.
type listing struct {
	f     *Folder
	root  *os.Root // nil for a folder that is not there
	names map[string]stamp
	odd   map[string]error // names that are no file of ours, and why
	// readOnly means that nobody can write there, whatever the modes say.
	readOnly bool
}

func (l *listing) close() {
	if l.root != nil {
		_ = l.root.Close() // it was only read
	}
}

// look lists the folder. One that is not there is empty. The caller closes the
// listing.
func (f *Folder) look() (*listing, error) {
	l := &listing{f: f, names: map[string]stamp{}, odd: map[string]error{}}
	root, err := os.OpenRoot(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the plugin folder %s cannot be read: %w", f.dir, err)
	}
	l.root = root
	if err := l.fill(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *listing) fill() error {
	dir, err := l.root.Open(".")
	if err != nil {
		return fmt.Errorf("the plugin folder %s cannot be read: %w", l.f.dir, err)
	}
	defer func() { _ = dir.Close() }()
	info, err := dir.Stat()
	if err != nil {
		return fmt.Errorf("the plugin folder %s cannot be read: %w", l.f.dir, err)
	}
	l.readOnly = l.f.system.readOnly(l.f.dir)
	if err := l.safe("the plugin folder "+l.f.dir, l.f.system.stamp(info)); err != nil {
		return err
	}
	l.f.events.follow(l.f.dir, l.f.system.stamp(info).inode)
	entries, err := dir.ReadDir(maxNames + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the plugin folder %s cannot be listed: %w", l.f.dir, err)
	}
	if len(entries) > maxNames {
		return fmt.Errorf("the plugin folder %s holds more than %d files: keep only plugins in it", l.f.dir, maxNames)
	}
	for _, e := range entries {
		if name := e.Name(); name[0] != '.' { // hidden, and the data of ConfigMaps
			l.add(name)
		}
	}
	return nil
}

func (l *listing) add(name string) {
	info, err := l.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := l.root.Lstat(name); err == nil {
			l.odd[name] = errors.New("it is a symbolic link to nothing")
		}
	case err != nil:
		l.odd[name] = fmt.Errorf("it cannot be read, or is a symbolic link that leaves the folder: %w", err)
	case !info.Mode().IsRegular():
		l.odd[name] = errors.New("it is not a regular file")
	default:
		l.names[name] = l.f.system.stamp(info)
	}
}

// safe refuses what others than us and root may change.
func (l *listing) safe(what string, s stamp) error {
	switch {
	case s.uid != 0 && s.uid != l.f.system.uid:
		return fmt.Errorf("%s belongs to user %d, who could change what runs here: chown it to user %d, as whom the gateway runs, or to root",
			what, s.uid, l.f.system.uid)
	case s.mode.Perm()&0o002 != 0 && !l.readOnly:
		return fmt.Errorf("%s has mode %04o, so that everyone could change what runs here: chmod o-w it", what, s.mode.Perm())
	}
	return nil
}

// group returns the stamps that belong to a plugin file.
func (l *listing) group(name string, loader *Loader) group {
	g := group{main: l.names[name]}
	for i, s := range g.sidecars() {
		*s = l.names[beside(name, loader)[i].name]
	}
	return g
}

// errMoving says that a file changed while it was read.
var errMoving = errors.New("it changed while it was read")

// read reads a plugin file with what lies beside it. What it returns is exactly
// the content that had the stamps of want, or errMoving. As those have rested,
// all of it was there at one time.
func (l *listing) read(name string, loader *Loader, want group) (*File, error) {
	file := &File{Name: name, Path: filepath.Join(l.f.dir, name)}
	var err error
	if file.Data, err = l.bytes(name, MaxFile, want.main); err != nil {
		return nil, err
	}
	file.Digest = sha256.Sum256(file.Data)
	into := [...]*[]byte{&file.Sidecar, &file.Config, &file.Cases, &file.signature}
	for i, side := range beside(name, loader) {
		if err := l.odd[side.name]; err != nil {
			return nil, fmt.Errorf("%s beside it: %w", side.name, err)
		}
		s := want.sidecars()[i]
		if !s.there {
			continue
		}
		if *into[i], err = l.bytes(side.name, side.most, *s); err != nil {
			return nil, fmt.Errorf("%s beside it: %w", side.name, err)
		}
	}
	return file, nil
}

// bytes reads one whole file.
func (l *listing) bytes(name string, most int64, want stamp) ([]byte, error) {
	if err := l.safe("it", want); err != nil {
		return nil, err
	}
	if want.size > most {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", want.size, most)
	}
	if err := l.way(name); err != nil {
		return nil, err
	}
	// What looked like a file may be a pipe by now: never wait for its other end.
	file, err := l.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, gone(err)
	}
	defer func() { _ = file.Close() }()
	if !l.still(file, want) {
		return nil, errMoving
	}
	data := make([]byte, want.size)
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, gone(err)
	}
	if !l.still(file, want) {
		return nil, errMoving
	}
	return data, nil
}

// still tells whether an open file has the stamp of want.
func (l *listing) still(file *os.File, want stamp) bool {
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular() && l.f.system.stamp(info) == want
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errMoving
	}
	return fmt.Errorf("it cannot be read: %w", err)
}

// way checks the folders that a symbolic link passes through.
func (l *listing) way(name string) error {
	info, err := l.root.Lstat(name)
	if err != nil {
		return gone(err)
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	top, err := filepath.EvalSymlinks(l.f.dir)
	if err != nil {
		return gone(err)
	}
	end, err := filepath.EvalSymlinks(filepath.Join(l.f.dir, name))
	if err != nil {
		return gone(err)
	}
	rel, err := filepath.Rel(top, end)
	if err != nil || !filepath.IsLocal(rel) {
		return errors.New("it is a symbolic link that leaves the folder")
	}
	for dir := path.Dir(filepath.ToSlash(rel)); dir != "."; dir = path.Dir(dir) {
		info, err := l.root.Lstat(dir)
		if err != nil {
			return gone(err)
		}
		if err := l.safe("the folder "+dir+", where it lies,", l.f.system.stamp(info)); err != nil {
			return err
		}
	}
	return nil
}
