package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

// ModuleOptions say what a module is loaded as.
type ModuleOptions struct {
	// Manifest is what the plugin declares, the limits of its instances among it.
	// The module must export a hook for each phase that it names; a manifest
	// without any stands for every hook that the module exports.
	Manifest core.Manifest
	// Safepoints are the rewriter's options; the zero value is good.
	Safepoints safepoint.Options
}

// Module is one generation of a plugin: its compiled code in a runtime of its
// own. It is safe for concurrent use and implements [core.Plugin].
type Module struct {
	host     *Host
	manifest core.Manifest
	limits   core.Limits
	digest   [32]byte
	facts    *facts
	result   safepoint.Result
	hooks    [numHooks]bool
	foreign  *Foreign // the ABI of another ecosystem that it is built for, else nil
	idle     []bool   // which of that ABI's exports do nothing

	runtime  wazero.Runtime
	links    []interface{ Close(context.Context) error } // host modules
	compiled wazero.CompiledModule
	own      *codeCache // where the host's cache could not be used, else nil

	mu     sync.Mutex
	pools  map[[32]byte]*pool
	closed bool
}

var _ core.Artifact = (*Module)(nil)

// Load admits a module: it is rewritten, its exports and imports are checked, it
// is compiled, and one guest is started and thrown away, all under limits. An
// error is a [*Refusal]. The caller keeps wasm and closes the module.
func (h *Host) Load(ctx context.Context, wasm []byte, o ModuleOptions) (*Module, error) {
	p, err := h.Prepare(ctx, wasm, o)
	if err != nil {
		return nil, err
	}
	return p.Load(ctx)
}

// Prepared is a module that was admitted as far as nothing of it runs.
type Prepared struct{ m *Module }

// Prepare does what [Host.Load] does but for the guest. The caller keeps wasm, and
// either loads or closes what it gets.
func (h *Host) Prepare(ctx context.Context, wasm []byte, o ModuleOptions) (*Prepared, error) {
	j := h.cache.ahead(ctx, codeSize(wasm))
	if j != nil {
		defer j.end()
	}
	m := &Module{host: h, manifest: o.Manifest, limits: o.Manifest.Limits, digest: sha256.Sum256(wasm), pools: map[[32]byte]*pool{}}
	limits := core.Limits{
		Steps: defaultSteps, Deadline: defaultDeadline, Memory: defaultGuestMemory,
		Reply: maxReply, HostCalls: defaultHostCalls, Guests: 2 * runtime.GOMAXPROCS(0),
	}
	if m.foreign = h.foreignOf(wasm); m.foreign != nil {
		limits.HostCalls, limits.Guests, limits.Deadline = edgeHostCalls, edgeGuests, edgeDeadline
	}
	if err := fill(&m.limits, limits); err != nil {
		return nil, m.refuse(err)
	}
	rewritten, err := m.inspect(wasm, o.Safepoints)
	if err != nil {
		return nil, m.refuse(err)
	}
	if err := h.enter(); err != nil {
		return nil, m.refuse(err)
	}
	if err := m.build(ctx, rewritten, j); err != nil {
		return nil, m.refuse(errors.Join(err, m.Close()))
	}
	return &Prepared{m}, nil
}

// Load starts one guest and throws it away; then the module is the caller's, who
// closes it. An error is a [*Refusal]. Either way there is nothing left to close
// of p, which must not be used again.
func (p *Prepared) Load(ctx context.Context) (*Module, error) {
	if p.m.foreign != nil {
		return p.m, nil // which may well need its configuration to start
	}
	if err := p.m.tryStart(ctx); err != nil {
		return nil, p.m.refuse(errors.Join(err, p.m.Close()))
	}
	return p.m, nil
}

// Close frees what is not loaded.
func (p *Prepared) Close() error { return p.m.Close() }

// refuse makes an error a refusal of the module.
func (m *Module) refuse(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Plugin: m.manifest.ID, Cause: err}
}

func (h *Host) enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errors.New("the host is closed")
	}
	h.modules++
	return nil
}

func (h *Host) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.modules--
}

// inspect does what needs no engine and returns the module to compile.
func (m *Module) inspect(wasm []byte, o safepoint.Options) ([]byte, error) {
	result, err := safepoint.Rewrite(wasm, o)
	if err != nil {
		return nil, err
	}
	f, rewritten, err := learn(&result)
	if err != nil {
		return nil, err
	}
	result.Module = nil
	m.result, m.facts = result, f
	if m.foreign != nil {
		o := outlineOf(wasm)
		if err := m.checkForeign(&o); err != nil {
			return nil, err
		}
		return rewritten, m.checkImports()
	}
	if err := m.checkExports(); err != nil {
		return nil, err
	}
	if err := m.checkManifest(); err != nil {
		return nil, err
	}
	return rewritten, m.checkImports()
}

// build makes the runtime with the host's functions and compiles. Whatever is
// wrong with the cache folder costs time, not the module; what was wrong with the
// compiler would be so again, here.
func (m *Module) build(ctx context.Context, rewritten []byte, j *job) error {
	err := m.buildWith(ctx, m.host.cache, rewritten, j)
	_, crashed := errors.AsType[*CompilerError](err)
	if err == nil || crashed || ctx.Err() != nil || m.host.cache.dir == "" {
		return err
	}
	if j != nil {
		j.end()
	}
	if err := m.unbuild(); err != nil {
		return err
	}
	if m.own, err = openCache(""); err != nil {
		return err
	}
	return m.buildWith(ctx, m.own, rewritten, nil)
}

func (m *Module) buildWith(ctx context.Context, cache *codeCache, rewritten []byte, j *job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the engine panicked: %v", v)
		}
	}()
	m.runtime = wazero.NewRuntimeWithConfig(ctx, engineConfig(m.host.opts.Interpreter).WithCompilationCache(cache.CompilationCache))
	if err := m.link(ctx); err != nil {
		return err
	}
	m.compiled, err = cache.compile(ctx, m.runtime, rewritten, m.facts.code, j)
	return err
}

// unbuild closes compiled code, host functions and runtime, in this order:
// closing the runtime alone leaks the compiled code.
func (m *Module) unbuild() error {
	var errs []error
	ctx := context.Background()
	if m.compiled != nil {
		errs = append(errs, m.compiled.Close(ctx))
	}
	for _, l := range m.links {
		errs = append(errs, l.Close(ctx))
	}
	if m.runtime != nil {
		errs = append(errs, m.runtime.Close(ctx))
	}
	if m.own != nil {
		errs = append(errs, m.own.close())
	}
	m.compiled, m.links, m.runtime, m.own = nil, nil, nil, nil
	return errors.Join(errs...)
}

// tryStart runs the start section and _initialize of one guest.
func (m *Module) tryStart(ctx context.Context) error {
	p := newPool(m, &setup{name: m.manifest.ID, limits: m.limits, isolation: core.IsolateShared})
	g, err := p.newGuest(ctx)
	if err != nil {
		return err
	}
	return g.close()
}

// Manifest returns what the plugin declares, with the phases of the hooks that
// count.
func (m *Module) Manifest() core.Manifest { return m.manifest }

// Digest returns the SHA-256 of the module as it was given to [Host.Load].
func (m *Module) Digest() [32]byte { return m.digest }

// Imports returns the host functions which the module imports, as
// "module.name", in the order of the module.
func (m *Module) Imports() []string {
	out := make([]string, len(m.facts.imports))
	for i, im := range m.facts.imports {
		out[i] = im.module + "." + im.name
	}
	return out
}

// Close closes what is left of the module's pools, then compiled code, host
// functions and runtime. It waits for hooks under way, which limits bound.
func (m *Module) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	pools := m.pools
	m.pools = nil
	m.mu.Unlock()
	var errs []error
	for _, p := range pools {
		errs = append(errs, p.close())
	}
	errs = append(errs, m.unbuild())
	m.host.leave()
	return errors.Join(errs...)
}
