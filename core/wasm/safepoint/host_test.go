package safepoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

var (
	errSteps = errors.New("step limit reached")
	errStack = errors.New("stack exhausted")
)

// ticker is the host side: it owns the total and stops the guest at a limit.
type ticker struct {
	steps int64 // given to tick so far
	ticks int
	limit int64 // 0: none
	then  func()
}

func (k *ticker) tick(_ context.Context, stack []uint64) {
	n := int64(stack[0])
	if n == StackExhausted {
		panic(errStack)
	}
	if n < 0 {
		panic("tick with a negative number of steps")
	}
	k.ticks++
	k.steps += n
	if k.then != nil {
		k.then()
	}
	if k.limit > 0 && k.steps >= k.limit {
		panic(errSteps)
	}
}

// host is one runtime with tick and WASI.
type host struct {
	t testing.TB
	r wazero.Runtime
	k *ticker
}

func compiler() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(1024)
}

func newHost(t testing.TB, c wazero.RuntimeConfig) *host {
	t.Helper()
	ctx := context.Background()
	h := &host{t: t, r: wazero.NewRuntimeWithConfig(ctx, c), k: &ticker{}}
	t.Cleanup(func() { h.r.Close(ctx) })
	_, err := h.r.NewHostModuleBuilder(ImportModule).NewFunctionBuilder().
		WithGoFunction(api.GoFunc(h.k.tick), []api.ValueType{api.ValueTypeI64}, nil).
		Export(ImportName).Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// withWASI adds what the Go guest imports.
func (h *host) withWASI() *host {
	wasi_snapshot_preview1.MustInstantiate(context.Background(), h.r)
	return h
}

func (h *host) start(b []byte) api.Module {
	h.t.Helper()
	return h.instances(b, 1)[0]
}

// instances compiles a module once and starts it n times.
func (h *host) instances(b []byte, n int) []api.Module {
	h.t.Helper()
	ctx := context.Background()
	c, err := h.r.CompileModule(ctx, b)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []api.Module
	for range n {
		m, err := h.r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func mustRewrite(t testing.TB, b []byte, o Options) Result {
	t.Helper()
	res, err := Rewrite(b, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// guest reads a module from testdata.
func guest(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
