package wasm

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/sallyport-gateway/sallyport/core"
)

// largeCode is the size of a module's code, in bytes, from which on it is worth
// a process of its own to compile it: below it takes less than a tenth of a second.
const largeCode = 128 << 10

// hugeCode is from where on it is worth starting that process before it is known
// whether anything is left to compile: rewriting the module takes longer.
const hugeCode = 1 << 20

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

// codeSize returns the bytes of a module's code, 0 for what is no module.
func codeSize(module []byte) (n int) {
	_ = eachSection(module, func(whole []byte, _ string, body []byte) error {
		if whole[0] == secCode {
			n = len(body)
		}
		return nil
	})
	return n
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

// Job is one module that is compiled elsewhere, see [Options].Compile. It is begun
// before there is the module, as beginning takes a while as well.
type Job struct {
	// Dir is the cache folder, an absolute path or one below the working directory.
	Dir string

	module chan []byte // holds one
	done   chan struct{}
	once   sync.Once
}

// Module waits for the module, or until ctx ends, whose error it returns then. It may
// be called once. The module's bytes are only read.
func (j *Job) Module(ctx context.Context) ([]byte, error) {
	select {
	case b := <-j.module:
		return b, nil
	default:
	}
	select {
	case b := <-j.module:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Done says that what was compiled is whole in the folder: whoever waits for it goes
// on. It may be called more than once. Whatever happens from then on is no failure.
func (j *Job) Done() { j.once.Do(func() { close(j.done) }) }

// job is a Job under way.
type job struct {
	*Job
	ctx  context.Context //nolint:containedctx // ends when it is not wanted any more
	stop context.CancelFunc
	over chan struct{}
	err  error // why it failed, once it is over
}

// begin has somebody else begin with a module, which give hands over. The caller
// ends it.
func (c *codeCache) begin(ctx context.Context) *job {
	j := &job{
		Job:  &Job{Dir: c.dir, module: make(chan []byte, 1), done: make(chan struct{})},
		over: make(chan struct{}),
	}
	j.ctx, j.stop = context.WithCancel(ctx)
	go func() {
		defer close(j.over)
		if err := c.outside(j.ctx, j.Job); err != nil && !j.isDone() {
			j.err = err
			return
		}
		j.Done()
	}()
	return j
}

// give hands the module over, once.
func (j *job) give(module []byte) { j.module <- module }

func (j *job) isDone() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// wait returns when it is done or over, and tells which.
func (j *job) wait() (done bool) {
	select {
	case <-j.done:
	case <-j.over:
	}
	return j.isDone()
}

// crashed returns the [*CompilerError] of a job that is over, or nil.
func (j *job) crashed() error {
	if e, ok := errors.AsType[*CompilerError](j.err); ok {
		return e
	}
	return nil
}

// end ends it, if it is not over yet, and returns when it is.
func (j *job) end() {
	j.stop()
	<-j.over
}

// compileLarge is [codeCache.compile] for a module that is better compiled elsewhere
// unless it is there already. module is its SHA-256 in hex, j the job that it was
// given to, nil for none yet. c.mu is held.
//
// Both who compiles and who runs a module reads and checks it first, on one processor
// alone: here that is done while it is done there.
func (c *codeCache) compileLarge(ctx context.Context, r wazero.Runtime, b []byte, module string, j *job) (wazero.CompiledModule, error) {
	if c.holds(module) {
		if m, err := cached(r, b); !errors.Is(err, context.Canceled) {
			return m, err
		}
	}
	if j == nil {
		j = c.begin(ctx)
		j.give(b)
	}
	use := &later{decided: make(chan struct{})}
	go func() {
		done := j.wait()
		if !done && (j.crashed() != nil || j.ctx.Err() != nil) {
			use.decide(lookUp())
			return
		}
		if done {
			c.made.Add(1)
		}
		use.decide(ctx) // it is there, or is compiled here if there was nobody to do it
	}()
	defer j.end()
	m, err := r.CompileModule(use, b)
	j.end()
	<-use.decided
	failed := j.crashed()
	if failed == nil {
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
