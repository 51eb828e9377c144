package wasm

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/sallyport-gateway/sallyport/core"
)

// largeCode is the size of a module's code, in bytes, from which on it is worth
// a process of its own to compile it: below it takes less than a tenth of a second.
const largeCode = 128 << 10

// CompilerError says that what was to compile a module did not survive it, so that
// the module must not be compiled in this process.
type CompilerError struct {
	// Reason is how it ended and what it said last. The module may have had a hand
	// in it.
	Reason string
}

// Error names the reason.
func (e *CompilerError) Error() string {
	return "the compiler crashed on it, so it is not used; remove it and drop it again for another try: " + core.OneLine(e.Reason, 512)
}

// engineConfig is the one configuration by which modules are compiled, wherever that
// happens: the cache folder finds only what was made with the same.
func engineConfig(interpreter bool) wazero.RuntimeConfig {
	c := wazero.NewRuntimeConfigCompiler()
	if interpreter {
		c = wazero.NewRuntimeConfigInterpreter()
	}
	// The bound of memory is linearMemory's, which remembers that it was reached.
	return c.WithCoreFeatures(api.CoreFeaturesV2).WithDebugInfoEnabled(false).WithMemoryLimitPages(1 << 16)
}

// CompileInto compiles a module, as [Options].Compile gets it, into the cache folder
// dir, on all processors. It is for a process that does nothing else and has nothing
// to lose: a mistake of the compiler ends it, whoever recovers.
func CompileInto(ctx context.Context, dir string, module []byte) (err error) {
	if err := checkOwner(dir); err != nil {
		return err
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return fmt.Errorf("wasm: cache folder: %w", err)
	}
	defer func() { err = errors.Join(err, cache.Close(ctx)) }()
	r := wazero.NewRuntimeWithConfig(ctx, engineConfig(false).WithCompilationCache(cache))
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	c, err := r.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), module)
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// compileLarge is [codeCache.compile] for a module that is better compiled elsewhere
// unless it is there already. module is its SHA-256 in hex. c.mu is held.
func (c *codeCache) compileLarge(ctx context.Context, r wazero.Runtime, b []byte, module string) (wazero.CompiledModule, error) {
	if c.holds(module) {
		if m, err := cached(r, b); !errors.Is(err, context.Canceled) {
			return m, err
		}
	}
	err := c.outside(ctx, c.dir, b)
	if _, crashed := errors.AsType[*CompilerError](err); crashed {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("it was not compiled in time: %w", ctx.Err())
	}
	if err == nil {
		c.made.Add(1)
	}
	sealed := make(chan struct{})
	go func() { // reading the entry takes as long as using it
		defer close(sealed)
		c.sealAll(module)
	}()
	defer func() { <-sealed }()
	return r.CompileModule(ctx, b) // from the cache, or here if there was nobody to do it
}

// cached returns a module that was compiled before, or else context.Canceled: on a
// context that is over the engine decodes, checks and looks up a module, but starts
// to compile no function of it where several would be compiled at once.
func cached(r wazero.Runtime, b []byte) (wazero.CompiledModule, error) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	return r.CompileModule(experimental.WithCompilationWorkers(over, 2), b)
}
