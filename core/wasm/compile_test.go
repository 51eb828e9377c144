package wasm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/sallyport-gateway/sallyport/core"
)

// largeFuncs is how many functions largeModule has more than plain.
const largeFuncs = 400

// largeModule returns a guest that allows everything, with more than largeCode
// bytes of functions.
func largeModule() []byte { return grown(plain(), largeCode) }

// grown returns a guest with functions of code bytes more.
func grown(m *asmModule, code int) []byte {
	body := bytes.Repeat(cat(i32c(1), drop), code/largeFuncs/3+1)
	for range largeFuncs {
		m.funcs = append(m.funcs, asmFunc{body: body})
	}
	return m.bytes()
}

// compiler is a fake of what compiles elsewhere.
type compiler struct {
	calls int
	do    func(ctx context.Context, dir string, module []byte) error
}

func (c *compiler) compile(ctx context.Context, j *Job) error {
	c.calls++
	module, err := j.Module(ctx)
	if err != nil {
		return err
	}
	return c.do(ctx, j.Dir, module)
}

// loads loads a module and reports how many were compiled elsewhere.
func loads(t *testing.T, dir string, c *compiler, module []byte) (outside uint64, err error) {
	t.Helper()
	h, err := NewHost(Options{CacheDir: dir, Compile: c.compile})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	m, err := h.Load(t.Context(), module, ModuleOptions{Manifest: core.Manifest{ID: "guardrail.test"}})
	if err != nil {
		return 0, err
	}
	i, err := m.NewInstance(core.InstanceConfig{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	handle(t, i, prompt(exchange("a", 1), "hello"))
	if err := errors.Join(i.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	return h.CompiledOutside(), nil
}

// TestCompiledElsewhere: a large module is compiled elsewhere, once, and the same
// configuration finds it in the folder.
func TestCompiledElsewhere(t *testing.T) {
	dir, large := filepath.Join(t.TempDir(), "cache"), largeModule()
	c := &compiler{do: CompileInto}
	if n, err := loads(t, dir, c, large); err != nil || n != 1 || c.calls != 1 {
		t.Fatalf("compiled elsewhere: %d, %d calls, %v", n, c.calls, err)
	}
	if n := len(entries(t, dir)); n != 1 {
		t.Errorf("%d entries: it was compiled twice, with two configurations", n)
	}
	if n, err := loads(t, dir, c, large); err != nil || n != 0 || c.calls != 1 {
		t.Errorf("with the folder as it was left: %d, %d calls, %v", n, c.calls, err)
	}
	if n, err := loads(t, dir, c, plain().bytes()); err != nil || n != 0 || c.calls != 1 {
		t.Errorf("a small one: %d, %d calls, %v", n, c.calls, err)
	}
}

// TestCompilerCrashes: the module is refused, and nothing else compiles it.
func TestCompilerCrashes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := &compiler{do: func(context.Context, string, []byte) error {
		return &CompilerError{Reason: "panic: index out of range\x00\n" + strings.Repeat("x", 4096)}
	}}
	_, err := loads(t, dir, c, largeModule())
	if _, ok := errors.AsType[*Refusal](err); !ok || !strings.Contains(err.Error(), "the compiler crashed on it") || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("error %v", err)
	}
	if s := err.Error(); len(s) > 1500 || strings.ContainsAny(s, "\x00\n") {
		t.Errorf("the reason is not fit for a log: %q", s)
	}
	if n := len(entries(t, dir)); n != 0 || c.calls != 1 {
		t.Errorf("%d entries after %d calls", n, c.calls)
	}
	late := &compiler{do: func(ctx context.Context, dir string, module []byte) error {
		return errors.Join(CompileInto(ctx, dir, module), &CompilerError{Reason: "killed"})
	}}
	for calls := 1; calls <= 2; calls++ {
		if _, err := loads(t, dir, late, largeModule()); err == nil || late.calls != calls || !strings.Contains(err.Error(), "killed") {
			t.Errorf("what one left that crashed in the end: %v after %d calls, want %d", err, late.calls, calls)
		}
	}
}

// TestCompilerCannotStart: then the module is compiled here.
func TestCompilerCannotStart(t *testing.T) {
	c := &compiler{do: func(context.Context, string, []byte) error { return errors.New("no processes left") }}
	if n, err := loads(t, filepath.Join(t.TempDir(), "cache"), c, largeModule()); err != nil || n != 0 || c.calls != 1 {
		t.Errorf("%d, %d calls, %v", n, c.calls, err)
	}
	lies := &compiler{do: func(context.Context, string, []byte) error { return nil }}
	if _, err := loads(t, filepath.Join(t.TempDir(), "cache"), lies, largeModule()); err != nil || lies.calls != 1 {
		t.Errorf("of one that did nothing: %d calls, %v", lies.calls, err)
	}
	if _, err := loads(t, "", c, largeModule()); err != nil || c.calls != 1 {
		t.Errorf("without a folder: %d calls, %v", c.calls, err)
	}
}

// TestCompilerIsLate: who waits no longer is not kept.
func TestCompilerIsLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &compiler{do: func(ctx context.Context, _ string, _ []byte) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	h := newTestHost(t, Options{CacheDir: filepath.Join(t.TempDir(), "cache"), Compile: c.compile})
	_, err := h.Load(ctx, largeModule(), ModuleOptions{Manifest: core.Manifest{ID: "guardrail.test"}})
	if !errors.Is(err, context.Canceled) || c.calls != 1 {
		t.Errorf("%v after %d calls", err, c.calls)
	}
}

// TestReadsWhileCompiled: a module is read here while it is compiled elsewhere, so that
// one which no engine takes is refused before that has ended, and ends it.
func TestReadsWhileCompiled(t *testing.T) {
	wrong := plain()
	body := bytes.Repeat(cat(i32c(1), drop), largeCode/2)
	wrong.funcs = append(wrong.funcs, asmFunc{body: append(body, drop...)}) // there is nothing to drop
	ended := false
	c := &compiler{do: func(ctx context.Context, _ string, _ []byte) error {
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}}
	_, err := loads(t, filepath.Join(t.TempDir(), "cache"), c, wrong.bytes())
	if _, refused := errors.AsType[*Refusal](err); !refused || errors.Is(err, context.Canceled) || !ended || c.calls != 1 {
		t.Errorf("%v; %d calls, ended %v", err, c.calls, ended)
	}
}

// TestLookUpCompilesNothing holds the engine to what [cached] relies on: on a context
// that is over it compiles no function.
func TestLookUpCompilesNothing(t *testing.T) {
	c, err := openCache(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	r := wazero.NewRuntimeWithConfig(t.Context(), engineConfig(false).WithCompilationCache(c.CompilationCache))
	defer r.Close(t.Context())
	module := largeModule()
	looked := mallocs(func() {
		if m, err := cached(r, module); !errors.Is(err, context.Canceled) || m != nil {
			t.Errorf("it is there: %v", err)
		}
	})
	if n := len(entries(t, c.dir)); n != 0 {
		t.Errorf("%d entries", n)
	}
	compiled := mallocs(func() {
		if _, err := r.CompileModule(t.Context(), module); err != nil {
			t.Fatal(err)
		}
	})
	if compiled < looked+largeFuncs {
		t.Errorf("looking allocates %d times, compiling %d times: there is too little between them for %d functions", looked, compiled, largeFuncs)
	}
	if _, err := cached(r, module); err != nil {
		t.Errorf("it is not found: %v", err)
	}
}

// mallocs counts the allocations of f.
func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// TestCompileInto: it takes no folder that others may write to, and no nonsense.
func TestCompileInto(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := CompileInto(t.Context(), dir, plain().bytes()); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a folder of everybody's: %v", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := CompileInto(t.Context(), dir, []byte("\x00asm\x01\x00\x00\x00\xff")); err == nil {
		t.Error("nonsense compiles")
	}
	if n := len(entries(t, dir)); n != 0 {
		t.Errorf("%d entries", n)
	}
}
