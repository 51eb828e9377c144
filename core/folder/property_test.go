package folder

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnyOrder does random things to a folder. Whatever they were and however
// they fell in time: once it is quiet, what serves is what a start would find,
// and besides only what a file that is refused now had served before.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			steps := make([]byte, 20+r.IntN(80))
			for i := range steps {
				steps[i] = byte(r.Uint32())
			}
			synctest.Test(t, func(t *testing.T) { anyOrder(t, steps) })
		})
	}
}

func FuzzAnyOrder(f *testing.F) {
	f.Add([]byte("a few steps to begin with"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		synctest.Test(t, func(t *testing.T) { anyOrder(t, steps[:min(len(steps), 100)]) })
	})
}

func anyOrder(t *testing.T, steps []byte) {
	l := newLab(t)
	var log []string
	do := func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }
	started := false
	for i, step := range steps {
		if i == len(steps)/10 {
			l.start()
			started = true
		}
		l.step(int(step), i, do)
		l.say()
	}
	if !started {
		l.start()
	}
	pause(3 * pollEvery)
	fresh := newLab(t)
	l.copyTo(fresh.dir)
	fresh.start()
	if err := agree(l, fresh); err != nil {
		t.Errorf("%v\n%s\nserves %s\nfresh  %s\n%v\n%v", err, strings.Join(log, "\n"), l.serves(), fresh.serves(), l.List(), fresh.List())
	}
}

// step does one thing that people and programs do to files.
func (l *lab) step(n, i int, do func(string, ...any)) {
	name := string(rune('a'+n%3)) + ".wasm"
	id := "guardrail." + string(rune('x'+n/3%3))
	good := plugin(id, "v"+strconv.Itoa(i))
	put := func(name, text string) {
		do("%s := %q", name, text)
		_ = os.WriteFile(l.path(name), []byte(text), 0o644)
	}
	switch n / 9 % 14 {
	case 0, 1, 2:
		put(name, good)
	case 3:
		put(name, plugin(id, "v"+strconv.Itoa(i), "broken"))
	case 4:
		put(name, good[:len(good)*2/3])
	case 5:
		do("rm %s", name)
		_ = os.Remove(l.path(name))
	case 6:
		to := string(rune('a'+n/9%3)) + ".wasm"
		do("mv %s %s", name, to)
		_ = os.Rename(l.path(name), l.path(to))
	case 7:
		put(strings.TrimSuffix(name, ".wasm")+configSuffix, "c"+strconv.Itoa(n))
	case 8:
		do("rm config of %s", name)
		_ = os.Remove(l.path(strings.TrimSuffix(name, ".wasm") + configSuffix))
	case 9:
		do("chmod %s", name)
		_ = os.Chmod(l.path(name), 0o644|os.FileMode(n%2*0o22))
	case 10:
		do("a b change places")
		_ = os.Rename(l.path("a.wasm"), l.path("t"))
		_ = os.Rename(l.path("b.wasm"), l.path("a.wasm"))
		_ = os.Rename(l.path("t"), l.path("b.wasm"))
	case 11:
		do("the folder goes for a while")
		_ = os.Rename(l.dir, l.dir+".away")
		pause(time.Duration(n) * 10 * time.Millisecond)
		_ = os.Rename(l.dir+".away", l.dir)
	case 12:
		do("wait")
		pause(time.Duration(n) * 5 * time.Millisecond)
	case 13:
		do("wait long")
		pause(time.Second)
	}
}

func (l *lab) copyTo(dir string) {
	entries, err := os.ReadDir(l.dir)
	l.must(err)
	for _, e := range entries {
		data, err := os.ReadFile(l.path(e.Name()))
		l.must(err)
		info, err := e.Info()
		l.must(err)
		to := filepath.Join(dir, e.Name())
		l.must(os.WriteFile(to, data, 0o600))
		l.must(os.Chmod(to, info.Mode()))
	}
}

// agree compares what serves with what a start finds.
func agree(l, fresh *lab) error {
	now, then := l.sets[len(l.sets)-1], fresh.sets[len(fresh.sets)-1]
	rows := map[string]State{}
	for _, s := range l.List() {
		rows[s.File] = s
	}
	for _, s := range fresh.List() {
		r := rows[s.File]
		delete(rows, s.File)
		twice := strings.Contains(r.Reason, "which came first") || strings.Contains(s.Reason, "which came first")
		if r.Digest != s.Digest || r.State != s.State && !twice {
			return fmt.Errorf("%s is %s (%s), a start finds %s (%s)", s.File, r.State, r.Reason, s.State, s.Reason)
		}
	}
	for file := range rows {
		return fmt.Errorf("%s is listed, but gone", file)
	}
	for _, p := range then.Plugins {
		q := now.Plugin(p.ID)
		switch {
		case q == nil:
			return fmt.Errorf("%s does not serve", p.ID)
		case q.File == p.File && line(q.Live) != line(p.Live):
			return fmt.Errorf("%s serves %s, a start finds %s", p.ID, line(q.Live), line(p.Live))
		case q.File != p.File && !strings.Contains(stateOf(l, p.File).Reason, "that of "+q.File+", which came first"):
			return fmt.Errorf("%s serves from %s and not %s, which does not say so", p.ID, q.File, p.File)
		}
	}
	for _, q := range now.Plugins {
		if then.Plugin(q.ID) == nil && stateOf(l, q.File).State != Rejected {
			return fmt.Errorf("%s serves, a start does not find it", q.ID)
		}
	}
	return nil
}

func stateOf(l *lab, file string) State {
	for _, s := range l.List() {
		if s.File == file {
			return s
		}
	}
	return State{}
}
