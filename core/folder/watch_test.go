package folder

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// openReal opens the folder with the system's own events and clock, and returns
// what serves after each change. Each set goes to each, if that is not nil.
func openReal(t *testing.T, each func(*Set), before ...func(*lab)) (*lab, <-chan string) {
	t.Helper()
	l := newLab(t)
	l.sys = ours()
	l.sys.poll = time.Hour // events alone
	served := make(chan string, 1000)
	put := l.o.OnChange
	l.o.OnChange = func(s *Set) error {
		if each != nil {
			each(s)
		}
		served <- text(s)
		return put(s)
	}
	for _, f := range before {
		f(l)
	}
	return l.start(), served
}

// until waits for a set.
func until(t *testing.T, served <-chan string, want string) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for got := ""; ; {
		select {
		case got = <-served:
			if got == want {
				return
			}
		case <-limit:
			t.Fatalf("serves %q, want %q", got, want)
		}
	}
}

func TestSystemEvents(t *testing.T) {
	l, served := openReal(t, nil)
	until(t, served, "")
	l.write("a.wasm", plugin("guardrail.a", "one"))
	until(t, served, "guardrail.a=one")
	l.write("a.wasm~", plugin("guardrail.a", "two"))
	l.rename("a.wasm~", "a.wasm")
	until(t, served, "guardrail.a=two")
	l.remove("a.wasm")
	until(t, served, "")
	away := l.dir + ".away"
	l.must(os.Rename(l.dir, away)) // another folder in its place is followed, too
	l.must(os.Mkdir(l.dir, 0o755))
	l.Recheck() // as a poll would, it finds the new folder
	l.write("b.wasm", plugin("guardrail.b", "one"))
	until(t, served, "guardrail.b=one")
	l.write("b.wasm", plugin("guardrail.b", "two"))
	until(t, served, "guardrail.b=two")
	l.configMap("..1", map[string]string{"c.wasm": plugin("guardrail.c", "one")})
	until(t, served, "guardrail.b=two guardrail.c=one")
	l.configMap("..2", map[string]string{"c.wasm": plugin("guardrail.c", "two")})
	until(t, served, "guardrail.b=two guardrail.c=two")
	l.must(os.RemoveAll(l.dir))
	until(t, served, "")
}

// TestFolderLink: the folder may be a link that is moved from one to another.
func TestFolderLink(t *testing.T) {
	l, served := openReal(t, nil, func(l *lab) {
		l.must(os.Rename(l.dir, l.dir+".1"))
		l.must(os.Mkdir(l.dir+".2", 0o755))
		l.must(os.Symlink(l.dir+".1", l.dir))
	})
	l.write("a.wasm", plugin("guardrail.a", "one"))
	until(t, served, "guardrail.a=one")
	l.must(os.Symlink(l.dir+".2", l.dir+".new"))
	l.must(os.Rename(l.dir+".new", l.dir))
	l.Recheck() // as a poll would
	until(t, served, "")
	l.write("a.wasm", plugin("guardrail.a", "two"))
	until(t, served, "guardrail.a=two")
	l.write("a.wasm", plugin("guardrail.a", "three"))
	until(t, served, "guardrail.a=three")
}

// TestFlat: neither files nor artifacts pile up over many versions.
func TestFlat(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.start()
		files := func() int {
			entries, err := os.ReadDir("/proc/self/fd")
			if err != nil {
				t.Skip("open files cannot be counted here: ", err)
			}
			return len(entries)
		}
		before := files()
		for i := range 500 {
			l.write("a.wasm", plugin("guardrail.a", strconv.Itoa(i)))
			if i%5 == 0 {
				l.write("b"+strconv.Itoa(i)+".wasm", "")
			}
			l.rest()
			if i%5 == 0 {
				l.remove("b" + strconv.Itoa(i) + ".wasm")
			}
		}
		pause(2 * pollEvery)
		if n := files(); n > before {
			t.Errorf("%d files open, %d before", n, before)
		}
		if f := l.Folder; len(l.open) > 2 || len(f.files) != 1 || len(f.open) != 1 {
			t.Errorf("%d artifacts, %d entries, open %v", len(l.open), len(f.files), f.open)
		}
		left, err := filepath.Glob(l.path("*" + rejectedSuffix))
		if err != nil || len(left) > 0 {
			t.Error(left, err)
		}
		l.want("guardrail.a=499")
	})
}

// TestReportsDuringSwaps has calls reported while versions come and go.
func TestReportsDuringSwaps(t *testing.T) {
	const versions = 5
	done := make(chan struct{})
	sets := make(chan *Set, 1)
	l, served := openReal(t, func(s *Set) {
		if strings.Contains(text(s), "=v") {
			s.Retain()
			sets <- s
		}
	})
	go func() { // a request path, as it were
		defer close(done)
		var s *Set
		let := func() {
			if s != nil {
				if err := s.Release(); err != nil {
					t.Error(err)
				}
			}
		}
		for seen := 0; seen < versions; {
			select {
			case next := <-sets:
				let()
				s = next
				seen++
			default:
				if s != nil {
					s.Plugins[0].Live.Report(false)
				}
				l.List()
			}
		}
		let()
	}()
	for i := range versions {
		l.write("a.wasm", plugin("guardrail.a", "v"+strconv.Itoa(i)))
		l.Recheck()
		until(t, served, "guardrail.a=v"+strconv.Itoa(i))
	}
	<-done
}

func TestReportDoesNotAllocate(t *testing.T) {
	v := &Version{about: &Folder{kicked: make(chan struct{}, 1)}}
	v.watched.Store(true)
	if n := testing.AllocsPerRun(100, func() { v.Report(true) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkReport(b *testing.B) {
	v := &Version{about: &Folder{kicked: make(chan struct{}, 1)}}
	for _, watched := range []bool{false, true} {
		b.Run("watched="+strconv.FormatBool(watched), func(b *testing.B) {
			v.watched.Store(watched)
			for b.Loop() {
				v.Report(false)
			}
		})
	}
}
