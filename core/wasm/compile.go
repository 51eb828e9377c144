package wasm

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

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
//
// Both who compiles and who runs a module reads and checks it first, on one processor
// alone: here that is done while it is done there.
func (c *codeCache) compileLarge(ctx context.Context, r wazero.Runtime, b []byte, module string) (wazero.CompiledModule, error) {
	if c.holds(module) {
		if m, err := cached(r, b); !errors.Is(err, context.Canceled) {
			return m, err
		}
	}
	wanted, cancel := context.WithCancel(ctx)
	over, use := make(chan struct{}), &later{decided: make(chan struct{})}
	var failed error
	go func() {
		defer close(over)
		failed = c.outside(wanted, c.dir, b)
		if _, crashed := errors.AsType[*CompilerError](failed); crashed || wanted.Err() != nil {
			use.decide(lookUp())
			return
		}
		use.decide(ctx) // it is there, or is compiled here if there was nobody to do it
		if failed == nil {
			c.made.Add(1)
		}
		c.sealAll(module) // which takes as long as using it
	}()
	end := func() {
		cancel()
		<-over
	}
	defer end()
	m, err := r.CompileModule(use, b)
	end()
	if _, crashed := errors.AsType[*CompilerError](failed); !crashed {
		if ctx.Err() == nil {
			return m, err
		}
		failed = fmt.Errorf("it was not compiled in time: %w", ctx.Err())
	}
	if m != nil {
		failed = errors.Join(failed, m.Close(context.WithoutCancel(ctx)))
	}
	return nil, failed
}

// cached returns a module that was compiled before, or else context.Canceled.
func cached(r wazero.Runtime, b []byte) (wazero.CompiledModule, error) {
	return r.CompileModule(lookUp(), b)
}

// lookUp returns a context that is over: on it the engine decodes, checks and looks up
// a module, but starts to compile no function of it where several would be compiled at
// once.
func lookUp() context.Context {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	return experimental.WithCompilationWorkers(over, 2)
}

// later is a context that is decided on while it is in use: whoever asks it anything
// waits for that. The engine asks nothing before it has decoded and checked a module.
type later struct {
	decided chan struct{}
	context context.Context
}

// decide says what it is, once.
func (l *later) decide(ctx context.Context) {
	l.context = ctx
	close(l.decided)
}

func (l *later) is() context.Context {
	<-l.decided
	return l.context
}

// Deadline is [context.Context.Deadline] of what it is.
func (l *later) Deadline() (time.Time, bool) { return l.is().Deadline() }

// Done is [context.Context.Done] of what it is.
func (l *later) Done() <-chan struct{} { return l.is().Done() }

// Err is [context.Context.Err] of what it is.
func (l *later) Err() error { return l.is().Err() }

// Value is [context.Context.Value] of what it is.
func (l *later) Value(key any) any { return l.is().Value(key) }
