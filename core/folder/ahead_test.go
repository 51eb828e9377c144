package folder

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sallyport-gateway/sallyport/core"
)

// half is what was prepared of a content.
type half struct {
	of     *halves
	data   string
	closed bool
}

func (h *half) Close() error {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	if h.closed {
		h.of.t.Errorf("what was prepared of %q was closed twice", h.data)
	}
	h.closed = true
	h.of.open--
	return nil
}

// halves counts what is prepared in a lab, and what becomes of it.
type halves struct {
	t  *testing.T
	do func(ctx context.Context, f *File) error // nil takes no time

	mu        sync.Mutex
	busy      int
	open      int
	begun     []string // first lines
	used      []string
	withNone  int // loads that got nothing
	cancelled int
}

// preparing lets the lab's loader prepare what it loads.
func (l *lab) preparing() *halves {
	h := &halves{t: l.t}
	load := l.o.Loaders[0].Load
	l.o.Loaders[0].Load = func(ctx context.Context, f *File) (core.Artifact, error) {
		h.take(f)
		return load(ctx, f)
	}
	l.o.Loaders[0].Prepare = h.prepare
	l.t.Cleanup(func() {
		if h.open != 0 || h.busy != 0 {
			l.t.Errorf("%d preparations are open, %d under way", h.open, h.busy)
		}
	})
	return h
}

func firstLine(f *File) string { return strings.Split(string(f.Data), "\n")[1] }

func (h *halves) prepare(ctx context.Context, f *File) (io.Closer, error) {
	h.mu.Lock()
	h.begun = append(h.begun, firstLine(f))
	if h.busy++; h.busy > 1 {
		h.t.Error("two are prepared at a time")
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.busy--
	}()
	var err error
	if h.do != nil {
		err = h.do(ctx, f)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if ctx.Err() != nil {
			h.cancelled++
		}
		return nil, err
	}
	h.open++
	return &half{of: h, data: string(f.Data)}, nil
}

func (h *halves) take(f *File) {
	got, ok := f.Prepared.(*half)
	if !ok {
		h.withNone++
		return
	}
	if got.data != string(f.Data) || got.closed {
		h.t.Errorf("the load of %q got what was prepared of %q, closed: %t", f.Data, got.data, got.closed)
	}
	h.used = append(h.used, firstLine(f))
	_ = got.Close()
}

func (h *halves) want(begun, used string, withNone int) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if b, u := strings.Join(h.begun, " "), strings.Join(h.used, " "); b != begun || u != used || h.withNone != withNone {
		h.t.Errorf("prepared %q, used %q, %d loads had nothing; want %q, %q, %d", b, u, h.withNone, begun, used, withNone)
	}
}

// TestPrepared: what a file holds is prepared while it rests, and the load gets it
// then and not before.
func TestPrepared(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		pause(quiet + settle/2)
		h.want("one", "", 0)
		l.want("")
		l.rest()
		h.want("one", "one", 0)
		l.want("guardrail.a=one")
		l.write("a.wasm", plugin("guardrail.a", "one")) // the same again
		l.rest()
		h.want("one", "one", 0)
	})
}

// TestPreparedSlowly: the load waits for what takes longer than the rest.
func TestPreparedSlowly(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		ready := make(chan struct{})
		h.do = func(context.Context, *File) error {
			<-ready
			return nil
		}
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		l.want("")
		close(ready)
		synctest.Wait()
		h.want("one", "one", 0)
		l.want("guardrail.a=one")
	})
}

// TestPreparedInVain: a content that did not stay is not used, nor is one that was
// only touched meanwhile taken for refused.
func TestPreparedInVain(t *testing.T) {
	for name, second := range map[string]string{"changed": "two", "touched": "one"} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lab) {
				h := l.preparing()
				release := make(chan struct{})
				h.do = func(ctx context.Context, f *File) error {
					<-ctx.Done()
					<-release // it does not end at once
					return ctx.Err()
				}
				l.start()
				l.write("a.wasm", plugin("guardrail.a", "one"))
				pause(quiet + settle/2)
				l.must(os.Remove(filepath.Join(l.dir, "a.wasm")))
				l.write("a.wasm", plugin("guardrail.a", second))
				l.rest()
				h.want("one", "", 1)
				l.want("guardrail.a=" + second)
				close(release)
				synctest.Wait()
				h.do = nil
				l.write("a.wasm", plugin("guardrail.a", "three"))
				l.rest()
				h.want("one three", "three", 1)
				if h.cancelled != 1 {
					t.Errorf("%d were cancelled", h.cancelled)
				}
			})
		})
	}
}

// TestPreparedAndDone: what was ready when its content went is closed.
func TestPreparedAndDone(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		pause(quiet + settle/2)
		l.remove("a.wasm")
		l.rest()
		h.want("one", "", 0)
		l.want("")
		if h.open != 0 {
			t.Error("it is still open")
		}
	})
}

// TestPreparingFails: the content is refused for the reason, and not loaded.
func TestPreparingFails(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		h.do = func(_ context.Context, f *File) error {
			if firstLine(f) == "panic" {
				panic("a bug")
			}
			return errors.New("the compiler crashed on it")
		}
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		l.state("a.wasm", Rejected, "the compiler crashed on it")
		l.write("a.wasm", plugin("guardrail.a", "panic"))
		l.rest()
		l.state("a.wasm", Rejected, "the loader panicked: a bug")
		h.want("one panic", "", 0)
	})
}

// TestNotPrepared: nothing is done for what would not be loaded.
func TestNotPrepared(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		l.o.Admit = func(f *File) (string, error) {
			if f.Manifest.Capabilities != nil {
				return "grant it", nil
			}
			return "", nil
		}
		l.o.Pins = func(id, _ string) []string {
			if id == "guardrail.pinned" {
				return []string{"sha256:" + strings.Repeat("0", 64)}
			}
			return nil
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		h.want("one", "one", 0)
		l.write("cut.wasm", "FAKE\none\n")
		l.write("pending.wasm", plugin("guardrail.b", "one", "wants http"))
		l.write("pinned.wasm", plugin("guardrail.pinned", "one"))
		l.write("second.wasm", plugin("guardrail.a", "two")) // of an id that a file holds
		l.rest()
		h.want("one", "one", 0)
	})
}

// TestPeeks: a file that keeps growing is read a few times only, and prepared when
// it is dropped anew.
func TestPeeks(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		l.start()
		text := "FAKE\n"
		for range 10 {
			text += "more\n"
			l.write("a.wasm", text)
			pause(2 * quiet)
		}
		if l.reads != maxPeeks {
			t.Errorf("it was read %d times", l.reads)
		}
		l.rest()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		h.want("one", "one", 0)
	})
}

// TestCloseWhilePreparing ends what is under way.
func TestCloseWhilePreparing(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		h := l.preparing()
		h.do = func(ctx context.Context, _ *File) error {
			<-ctx.Done()
			return ctx.Err()
		}
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		pause(quiet + settle/2)
		l.must(l.Close())
		h.want("one", "", 0)
	})
}
