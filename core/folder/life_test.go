package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestOpenInAHurry: what there was no time for comes later, and is not blamed.
func TestOpenInAHurry(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		load := l.o.Loaders[0].Load
		l.o.Loaders[0].Load = func(ctx context.Context, f *File) (core.Artifact, error) {
			if f.Name == "b.wasm" && l.loads == 1 {
				<-ctx.Done() // a slow one
				l.loads++
				return nil, ctx.Err()
			}
			return load(ctx, f)
		}
		for _, n := range []string{"a", "b", "c"} {
			l.write(n+".wasm", plugin("guardrail."+n, "one"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f, err := open(ctx, l.o, l.sys)
		l.must(err)
		l.Folder = f
		t.Cleanup(l.stop)
		l.want("guardrail.a=one")
		l.rest()
		l.want("guardrail.a=one guardrail.b=one guardrail.c=one")
		for _, s := range l.states {
			if s.State == Rejected {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestCloseWhileLoading ends a load under way and blames nobody.
func TestCloseWhileLoading(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		loading := make(chan struct{})
		l.o.Loaders[0].Load = func(ctx context.Context, _ *File) (core.Artifact, error) {
			close(loading)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		<-loading
		l.must(l.Close())
		if l.rejected("a.wasm") != "" {
			t.Error("it was called rejected")
		}
	})
}

// TestOpenDoesNotWait where nothing changed lately.
func TestOpenDoesNotWait(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		ask := l.sys.stamp
		l.sys.stamp = func(i fs.FileInfo) stamp {
			s := ask(i)
			s.modified = time.Now().Add(-time.Hour).UnixNano() // the bubble's clock is long ago
			s.changed = s.modified
			return s
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		began := time.Now()
		l.start()
		l.want("guardrail.a=one")
		if d := time.Since(began); d > 0 {
			t.Errorf("it waited for %v", d)
		}
	})
}

// TestPanics: whatever panics, the watching goes on.
func TestPanics(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		where := ""
		boom := func(at string) {
			if where == at {
				panic("boom")
			}
		}
		l.o.Admit = func(*File) (string, error) { boom("Admit"); return "", nil }
		l.o.SelfTest = func(context.Context, *File, core.Artifact) error { boom("SelfTest"); return nil }
		l.o.Rollout = func(string) Rollout { boom("Rollout"); return Rollout{} }
		l.o.Pins = func(string, string) []string { boom("Pins"); return nil }
		read := l.o.Loaders[0].Manifest
		l.o.Loaders[0].Manifest = func(f *File) (core.Manifest, error) { boom("Manifest"); return read(f) }
		l.refuse = func(*Set) error { boom("OnChange"); return nil }
		l.write("a.wasm", plugin("guardrail.a", "0"))
		l.start()
		for i, at := range []string{"Admit", "SelfTest", "Manifest", "OnChange", "Rollout", "Pins"} {
			where = at
			l.write("a.wasm", plugin("guardrail.a", at))
			l.rest()
			l.want(fmt.Sprint("guardrail.a=", max(i-1, 0)))
			l.state("a.wasm", Rejected, "panicked: boom")
			where = ""
			l.write("a.wasm", plugin("guardrail.a", fmt.Sprint(i)))
			l.rest()
			l.want(fmt.Sprint("guardrail.a=", i))
		}
	})
}

// TestRemovalIsNotHeldUp: a file that is written for ever does not keep another
// one in service.
func TestRemovalIsNotHeldUp(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.remove("a.wasm")
		for i := range 30 {
			l.write("b.wasm", strings.Repeat("x", i))
			pause(100 * time.Millisecond)
		}
		l.want("")
	})
}

// TestDraining bounds what is open for exchanges in flight over all files.
func TestDraining(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.hold = true
		l.start()
		for i := range maxDraining + 10 {
			name := fmt.Sprint("p", i, ".wasm")
			l.write(name, plugin(fmt.Sprint("guardrail.p", i), "x"))
			l.rest()
			l.remove(name)
			l.rest()
		}
		if l.most > maxDraining {
			t.Errorf("%d artifacts were open at once", l.most)
		}
		l.write("last.wasm", plugin("guardrail.last", "x"))
		l.rest()
		l.state("last.wasm", Loading, "still in use by exchanges in flight")
		l.releaseAll(1)
		l.rest()
		l.want("guardrail.last=x")
	})
}

// TestCloseErrors reaches whoever closes, and whoever asked to be told.
func TestCloseErrors(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		load := l.o.Loaders[0].Load
		l.o.Loaders[0].Load = func(ctx context.Context, f *File) (core.Artifact, error) {
			a, err := load(ctx, f)
			return stuck{a}, err
		}
		l.o.OnChange = func(s *Set) error { return s.Release() }
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.remove("a.wasm")
		l.rest()
		if len(l.errs) != 1 || !strings.Contains(l.errs[0].Error(), "stuck") {
			t.Error(l.errs)
		}
		l.errs = nil
	})
}

type stuck struct{ core.Artifact }

func (s stuck) Close() error { return errors.Join(s.Artifact.Close(), errors.New("stuck")) }

// TestUnwritable: where nothing can be written, nothing else suffers.
func TestUnwritable(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.must(os.Mkdir(l.path("a.wasm"+rejectedSuffix), 0o755))
		l.write("a.wasm", "")
		l.start()
		l.state("a.wasm", Rejected, "does not begin")
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		l.want("guardrail.a=one")
		synctest.Wait()
	})
}
