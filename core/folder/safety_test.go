package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func (l *lab) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestSwapAfterCheck is scenario S29: what is checked is what is loaded, also
// when the file is exchanged in between.
func TestSwapAfterCheck(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		swapped := false
		read := l.o.Loaders[0].Manifest
		l.o.Loaders[0].Manifest = func(f *File) (m core.Manifest, err error) {
			if m, err = read(f); !swapped && err == nil {
				swapped = true
				l.write("a.wasm", plugin("guardrail.a", "evil"))
			}
			return m, err
		}
		l.refuse = func(s *Set) error {
			for _, p := range s.Plugins {
				if f := p.Live.Artifact.(*fake); p.Live.Digest != f.Digest() {
					t.Error("the digest is of other bytes")
				}
			}
			return nil
		}
		l.write("a.wasm", plugin("guardrail.a", "good"))
		l.o.Pins = func(string, string) []string { return []string{digestOf(plugin("guardrail.a", "good"))} }
		l.start()
		l.want("guardrail.a=good")
		l.rest()
		l.want("guardrail.a=good")
		l.state("a.wasm", Rejected, "is not the one that is pinned")
	})
}

// TestChangedWhileRead: a content that changes under the reading is not taken.
func TestChangedWhileRead(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		stampNow := l.sys.stamp
		looks := 0
		l.sys.stamp = func(i fs.FileInfo) stamp {
			if i.Name() == "a.wasm" {
				if looks++; looks == 3 { // listed twice, now it is open
					l.must(os.WriteFile(l.path("a.wasm"), []byte("FAK"), 0o644))
				}
			}
			return stampNow(i)
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.want("")
		if looks < 3 {
			t.Fatal("the file was never read")
		}
		if s := l.state("a.wasm", Loading, ""); s.Counters.Rejections > 0 {
			t.Error("a file that was being written was rejected")
		}
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=two")
	})
}

// TestPipeInstead: a file that becomes a pipe is not waited for.
func TestPipeInstead(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		ask := l.sys.stamp
		looks := 0
		l.sys.stamp = func(i fs.FileInfo) stamp {
			s := ask(i)
			if i.Name() == "a.wasm" {
				if looks++; looks == 2 { // listed, not yet opened
					l.must(os.Remove(l.path("a.wasm")))
					l.must(syscall.Mkfifo(l.path("a.wasm"), 0o644))
				}
			}
			return s
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.rest()
		l.state("a.wasm", Rejected, "not a regular file")
	})
}

// TestCoarseClock: a second content of the same size within one tick of the
// file system's clock is found by reading once more.
func TestCoarseClock(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		ask := l.sys.stamp
		l.sys.stamp = func(i fs.FileInfo) stamp {
			s := ask(i)
			s.modified, s.changed = 1, 1
			return s
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.want("guardrail.a=one")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		pause(2 * pollEvery)
		l.want("guardrail.a=two")
	})
}

func TestOddFiles(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		outside := filepath.Join(filepath.Dir(l.dir), "outside")
		l.must(os.WriteFile(outside, []byte(plugin("guardrail.out")), 0o644))
		l.must(os.Symlink(outside, l.path("abs.wasm")))
		l.must(os.Symlink("../outside", l.path("rel.wasm")))
		l.must(os.Symlink("nothing", l.path("dangling.wasm")))
		l.must(os.Symlink("loop.wasm", l.path("loop.wasm")))
		l.must(os.Mkdir(l.path("dir.wasm"), 0o755))
		l.must(syscall.Mkfifo(l.path("pipe.wasm"), 0o644))
		l.write("side.wasm", plugin("guardrail.side"))
		l.must(os.Symlink("../outside", l.path("side.config.yaml")))
		l.write("open.wasm", plugin("guardrail.open", "x"))
		l.must(os.Chmod(l.path("open.wasm"), 0o666))
		l.must(os.Mkdir(l.path("open"), 0o755))
		l.must(os.Chmod(l.path("open"), 0o777))
		l.must(os.WriteFile(l.path("open", "in.wasm"), []byte(plugin("guardrail.in", "x")), 0o644))
		l.must(os.Symlink("open/in.wasm", l.path("way.wasm")))
		l.write("ok.wasm", plugin("guardrail.ok", "ok"))
		l.start()
		l.want("guardrail.ok=ok")
		for file, reason := range map[string]string{
			"abs.wasm": "leaves the folder", "rel.wasm": "leaves the folder", "dangling.wasm": "link to nothing",
			"loop.wasm": "cannot be read", "dir.wasm": "not a regular file", "pipe.wasm": "not a regular file",
			"side.wasm": "side.config.yaml beside it: it cannot be read, or is a symbolic link that leaves",
			"open.wasm": "it has mode 0666, so that everyone could change what runs here: chmod o-w it",
			"way.wasm":  "the folder open, where it lies, has mode 0777",
		} {
			l.state(file, Rejected, reason)
		}
		l.must(os.Chmod(l.path("open.wasm"), 0o644)) // mending the mode is enough
		l.must(os.Chmod(l.path("open"), 0o755))
		l.Recheck()
		pause(pollEvery + settle)
		l.want("guardrail.in=x guardrail.ok=ok guardrail.open=x")
	})
}

func TestFolderOfOthers(t *testing.T) {
	foreign := func(l *lab, name string) {
		ask := l.sys.stamp
		l.sys.stamp = func(i fs.FileInfo) stamp {
			s := ask(i)
			if i.Name() == name {
				s.uid = 4242
			}
			return s
		}
		l.sys.uid = 1000
	}
	in(t, func(t *testing.T, l *lab) { // root's and ours are good, others' are not
		foreign(l, "a.wasm")
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.write("b.wasm", plugin("guardrail.b", "one"))
		ask := l.sys.stamp
		l.sys.stamp = func(i fs.FileInfo) stamp {
			s := ask(i)
			if i.Name() == "b.wasm" {
				s.uid = 1000
			} else if s.uid != 4242 {
				s.uid = 0
			}
			return s
		}
		l.start()
		l.want("guardrail.b=one")
		l.state("a.wasm", Rejected, "it belongs to user 4242, who could change what runs here: chown it to user 1000")
	})
	in(t, func(t *testing.T, l *lab) {
		foreign(l, ".")
		_, err := open(t.Context(), l.o, l.sys)
		if err == nil || !strings.Contains(err.Error(), "belongs to user 4242") {
			t.Error(err)
		}
	})
	in(t, func(t *testing.T, l *lab) {
		l.must(os.Chmod(l.dir, 0o777))
		_, err := open(t.Context(), l.o, l.sys)
		if err == nil || !strings.Contains(err.Error(), "chmod o-w it") {
			t.Error(err)
		}
	})
	in(t, func(t *testing.T, l *lab) { // it becomes so later: what serves stays
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.must(os.Chmod(l.dir, 0o777))
		l.write("a.wasm", plugin("guardrail.a", "evil"))
		pause(2 * pollEvery)
		l.want("guardrail.a=one")
		l.state(".", Rejected, "has mode 0777")
		l.must(os.Chmod(l.dir, 0o755))
		pause(2 * pollEvery)
		l.want("guardrail.a=evil") // the operator says that it is good
		l.state(".", "", "")
	})
	in(t, func(t *testing.T, l *lab) { // orders hold all the same
		var pins []string
		l.o.Pins = func(string, string) []string { return pins }
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.must(os.Chmod(l.dir, 0o777))
		pins = []string{digestOf(plugin("guardrail.a", "two"))}
		l.Recheck()
		pause(2 * pollEvery)
		l.want("")
		l.must(os.Chmod(l.dir, 0o755))
		pause(2 * pollEvery)
		l.state("a.wasm", Rejected, "is not the one that is pinned")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=two")
	})
}

// TestReadOnlyMount: nobody can write there, so modes do not matter and nothing
// is written.
func TestReadOnlyMount(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.sys.readOnly = func(string) bool { return true }
		l.must(os.Chmod(l.dir, 0o777))
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.write("b.wasm", "")
		l.start()
		l.want("guardrail.a=one")
		l.state("b.wasm", Rejected, "does not begin")
		if l.rejected("b.wasm") != "" {
			t.Error("something was written")
		}
	})
}

// TestRejectedFileOfOthers: only what the folder wrote is written over.
func TestRejectedFileOfOthers(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", "")
		l.write("a.wasm.rejected", "mine")
		l.write("b.wasm", "")
		l.must(os.Symlink("keep", l.path("b.wasm.rejected")))
		l.write("keep", "mine")
		l.write("c.wasm.rejected", "mine")
		l.write("d.wasm.rejected", rejectedHead+"left by a former run\n")
		l.start()
		l.remove("a.wasm")
		pause(2 * pollEvery)
		for _, name := range []string{"a.wasm.rejected", "keep", "c.wasm.rejected"} {
			if data, err := os.ReadFile(l.path(name)); string(data) != "mine" {
				t.Errorf("%s: %q %v", name, data, err)
			}
		}
		if l.rejected("d.wasm") != "" {
			t.Error("a stale one was left")
		}
	})
}

// configMap puts a new content behind the links, as Kubernetes does.
func (l *lab) configMap(name string, files map[string]string) {
	l.t.Helper()
	l.must(os.Mkdir(l.path(name), 0o755))
	for file, text := range files {
		l.must(os.WriteFile(l.path(name, file), []byte(text), 0o644))
		if _, err := os.Lstat(l.path(file)); err != nil {
			l.must(os.Symlink("..data/"+file, l.path(file)))
		}
	}
	former, _ := os.Readlink(l.path("..data"))
	l.must(os.Symlink(name, l.path("..data_tmp")))
	l.must(os.Rename(l.path("..data_tmp"), l.path("..data")))
	if former != "" {
		l.must(os.RemoveAll(l.path(former)))
	}
	l.say()
}

func TestConfigMap(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.configMap("..1", map[string]string{"a.wasm": "FAKE\none\n", "a.yaml": "id guardrail.a\n"})
		l.start()
		l.want("guardrail.a=one")
		l.configMap("..2", map[string]string{"a.wasm": "FAKE\ntwo\n", "a.yaml": "id guardrail.b\n", "c.wasm": plugin("guardrail.c", "x")})
		l.rest()
		l.want("guardrail.b=two guardrail.c=x")
		for _, s := range l.states {
			if s.State == Rejected {
				t.Errorf("a half of the change was seen: %+v", s)
			}
		}
	})
}

func TestFolderVanishes(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.must(os.Remove(l.dir))
		l.start() // it need not be there
		l.want("")
		l.must(os.Mkdir(l.dir, 0o755))
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		l.want("guardrail.a=one")
		away := l.dir + ".away"
		l.must(os.Rename(l.dir, away))
		pause(2 * pollEvery)
		l.want("")
		if rows := l.List(); len(rows) != 0 {
			t.Error(rows)
		}
		l.must(os.Rename(away, l.dir))
		pause(2 * pollEvery)
		l.want("guardrail.a=one")
	})
}

// TestTooManyFiles: a folder that is no plugin folder is not worked through.
func TestTooManyFiles(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		for i := range maxNames {
			l.must(os.Link(l.path("a.wasm"), l.path(time.Duration(i).String())))
		}
		pause(2 * pollEvery)
		l.want("guardrail.a=one")
		l.state(".", Rejected, "holds more than 4096 files")
	})
}
