package wasm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// EdgeKind is the kind of plugins that are edge filters: what stands before the
// dot of their ids.
const EdgeKind = "edge"

// Foreign is the ABI of another ecosystem, whose modules run unmodified as edge
// filters: under the limits, and with the life, of every other module. It is
// read-only.
type Foreign struct {
	Name string // for people, e.g. "http-wasm"
	// Module is the import module of Functions. A module that imports from it, or
	// has all Exports, is one of this ABI.
	Module    string
	Exports   []ForeignExport
	Functions []ForeignFunc
	// New makes what runs one guest. It is called once for each, before anything
	// of the guest runs.
	New func(g *ForeignGuest) ForeignRunner
}

// ForeignExport is a function that guests export. Where Idle is true one without
// a single instruction counts as not there, and is never called.
type ForeignExport struct {
	Name, Signature string // e.g. "handle_request", "()->i64"
	Idle            bool
}

// ForeignFunc is a function that guests may import. Call reads its parameters from
// s and leaves its result in s[0].
type ForeignFunc struct {
	Name, Signature string
	Call            func(g *ForeignGuest, s []uint64)
}

// ForeignRunner is what an ABI does with one guest. One goroutine uses it at a
// time.
type ForeignRunner interface {
	// Started tells that the guest has started.
	Started()
	// Buffers is asked after Started; see [core.EdgeFilter].
	Buffers() bool
	// Request lets the guest look at a request; waits tells that it must be asked
	// about the answer.
	Request(m *core.EdgeMessage) (next, waits bool, err error)
	Answer(m *core.EdgeMessage, failed bool) error
	// Over drops everything of the exchange, when the guest is given back.
	Over()
}

// ForeignGuest is a guest as its ABI sees it.
type ForeignGuest struct {
	guest  *guest
	runner ForeignRunner
	calls  []api.Function // by the index of Foreign.Exports; nil: idle
}

// Has tells whether the guest has the export of that index, and does something in
// it.
func (f *ForeignGuest) Has(export int) bool { return f.calls[export] != nil }

// Call calls the export of that index with at most two parameters and returns its
// result, 0 if it has none.
func (f *ForeignGuest) Call(export int, params ...uint64) (uint64, error) {
	g := f.guest
	name := g.pool.module.foreign.Exports[export].Name
	g.stack = [2]uint64{}
	copy(g.stack[:], params)
	if err := g.run(f.calls[export], name); err != nil {
		return 0, err
	}
	g.flushLine()
	return g.stack[0], nil
}

// View returns n bytes of the guest's memory at ptr, in place, and charges for
// them. It stops a guest that does not have them; what says what they are.
func (f *ForeignGuest) View(ptr, n uint64, what string) []byte {
	b, ok := f.guest.mem.view(uint32(ptr), uint32(n))
	if !ok {
		f.Trap("out of memory: %s has %d bytes at %#x", what, uint32(n), uint32(ptr))
	}
	f.guest.charge(len(b))
	return b
}

// Charge adds the cost of n bytes that the host looks at.
func (f *ForeignGuest) Charge(n int) { f.guest.charge(n) }

// Runner returns what [Foreign].New made.
func (f *ForeignGuest) Runner() ForeignRunner { return f.runner }

// Trap stops the guest for a misuse of its imports. It does not return.
func (f *ForeignGuest) Trap(format string, args ...any) {
	f.guest.misuse = fmt.Errorf(format, args...)
	f.guest.stop(FailTrap)
}

// Config returns the configuration of the guest's instance; see
// [core.InstanceConfig]. It is shared.
func (f *ForeignGuest) Config() []byte { return f.guest.pool.setup.edgeConfig }

// Granted tells whether the operator granted the capability.
func (f *ForeignGuest) Granted(capability string) bool {
	return slices.Contains(f.guest.pool.setup.grants, capability)
}

// Logs tells whether anybody reads what guests log.
func (f *ForeignGuest) Logs() bool { return f.guest.pool.module.host.opts.Log != nil }

// Log logs a line of the guest's.
func (f *ForeignGuest) Log(level abi.Level, text []byte) { f.guest.log(level, text) }

// foreignOf returns the ABI of a module, nil if it is none of the host's foreign
// ones.
func (h *Host) foreignOf(module []byte) *Foreign {
	for _, f := range h.opts.Foreign {
		if f.Recognises(module) {
			return f
		}
	}
	return nil
}

// Recognises tells whether a module is one of this ABI. It runs nothing and looks
// at imports and exports only.
func (f *Foreign) Recognises(module []byte) bool {
	o := outlineOf(module)
	if slices.Contains(o.imports, f.Module) {
		return true
	}
	return !o.native && len(o.functions) > 0 && !slices.ContainsFunc(f.Exports, func(e ForeignExport) bool {
		_, ok := o.functions[e.Name]
		return !ok
	})
}

// outline is what a module shows of itself.
type outline struct {
	imports   []string          // modules that functions are imported from
	functions map[string]uint32 // exported ones
	imported  uint32            // how many functions
	bodies    [][]byte          // of the others
	native    bool              // it is a plugin of our own ABI
}

// outlineOf reads what it can; the rewriter is who tells what is wrong.
func outlineOf(module []byte) outline {
	o := outline{functions: map[string]uint32{}}
	_ = eachSection(module, func(whole []byte, _ string, body []byte) error {
		s := &scanner{b: body}
		switch whole[0] {
		case secImport:
			o.readImports(s)
		case secExport:
			for range s.count() {
				name, kind, index := s.string(), s.byte(), s.u32()
				if s.bad {
					break
				}
				o.native = o.native || name == abi.ExportVersion
				if kind == kindFunc {
					o.functions[name] = index
				}
			}
		case secCode:
			for range s.count() {
				o.bodies = append(o.bodies, s.bytes())
			}
		}
		return nil
	})
	return o
}

func (o *outline) readImports(s *scanner) {
	for range s.count() {
		module := s.string()
		s.string()
		if kind := s.byte(); s.bad || kind != kindFunc {
			return // which is refused later
		}
		s.u32()
		o.imported++
		if !slices.Contains(o.imports, module) {
			o.imports = append(o.imports, module)
		}
	}
}

// idle tells whether an exported function has no instruction.
func (o *outline) idle(name string) bool {
	i, ok := o.functions[name]
	if !ok || i < o.imported || int(i-o.imported) >= len(o.bodies) {
		return false
	}
	b := o.bodies[i-o.imported]
	return len(b) == 2 && b[0] == 0 && b[1] == opEnd
}

// addForeign adds the functions of the foreign ABIs to those that may be imported.
func addForeign(all map[string]hostFunc, list []*Foreign) {
	for _, f := range list {
		for _, fn := range f.Functions {
			all[f.Module+"."+fn.Name] = hostFunc{sig: signature(fn.Signature), call: foreignCall(fn)}
		}
	}
}

// foreignCall wraps a function in the limits.
func foreignCall(fn ForeignFunc) api.GoModuleFunc {
	return func(ctx context.Context, _ api.Module, s []uint64) {
		g := guestOf(ctx)
		g.charge(0)
		if g.hostCalls++; g.hostCalls > g.pool.setup.limits.HostCalls {
			g.foreign.Trap("it called the host more than %d times: raise limits.host_calls", g.pool.setup.limits.HostCalls)
		}
		fn.Call(g.foreign, s)
	}
}

// checkForeign holds a module to its ABI in place of ours.
func (m *Module) checkForeign(o *outline) error {
	f, ex := m.foreign, m.facts.exports
	if ex[abi.ExportMemory].kind != kindMemory || m.facts.memories != 1 {
		return fmt.Errorf("it does not export its memory as %q, which %s wants", abi.ExportMemory, f.Name)
	}
	if m.facts.minPages > pages(&m.limits) {
		return fmt.Errorf("it needs %d pages of memory to begin with, the limit is %d: raise limits.memory or build it with less",
			m.facts.minPages, pages(&m.limits))
	}
	for _, e := range f.Exports {
		got, ok := ex[e.Name]
		if !ok || got.kind != kindFunc || got.sig != signature(e.Signature) {
			return fmt.Errorf("it does not export %s, a function of type %s, which %s wants", e.Name, e.Signature, f.Name)
		}
		m.idle = append(m.idle, e.Idle && o.idle(e.Name))
	}
	for _, name := range []string{exportInit, exportStart} {
		if e, ok := ex[name]; ok && (e.kind != kindFunc || e.sig != sigVoid) {
			return fmt.Errorf("its export %s is not a function of type %s", name, sigVoid)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ex)) {
		if strings.HasPrefix(name, ownPrefix) {
			if err := unknownExport(name); err != nil {
				return fmt.Errorf("it is a module of %s and exports %s: a plugin is one or the other", f.Name, name)
			}
		}
	}
	for _, im := range m.facts.imports {
		if im.module == abi.ImportModule {
			return fmt.Errorf("it is a module of %s and imports %s.%s: a plugin is one or the other", f.Name, im.module, im.name)
		}
	}
	return m.checkEdgeManifest()
}

// checkEdgeManifest wants the manifest of an edge filter: what is not looked at by
// the ABI of guardrails must not look like one.
func (m *Module) checkEdgeManifest() error {
	switch d := &m.manifest; {
	case d.Kind != EdgeKind:
		return fmt.Errorf("it is a module of %s, which runs as an edge filter and never as a guardrail: begin its id with %q", m.foreign.Name, EdgeKind+".")
	case len(d.Phases) == 0:
		d.Phases = []core.Phase{core.PhaseReceive}
	case !slices.Equal(d.Phases, []core.Phase{core.PhaseReceive}):
		return errors.New("an edge filter's manifest names the one hook receive: write hooks: [receive]")
	}
	return nil
}

func newForeignGuest(g *guest) *ForeignGuest {
	m := g.pool.module
	f := &ForeignGuest{guest: g, calls: make([]api.Function, len(m.foreign.Exports))}
	f.runner = m.foreign.New(f)
	return f
}

// startForeign runs what a guest of a foreign ABI begins with. A command's main
// may end with an exit in good order: the guest goes on to serve.
func (g *guest) startForeign() error {
	m, f := g.pool.module, g.foreign
	for i, e := range m.foreign.Exports {
		if !m.idle[i] {
			f.calls[i] = g.mod.ExportedFunction(e.Name)
		}
	}
	for _, name := range []string{exportInit, exportStart} {
		fn := g.mod.ExportedFunction(name)
		if fn == nil {
			continue
		}
		if err := g.run(fn, name); err != nil && !(g.stopped == FailExit && g.exitCode == 0) {
			return err
		}
		g.stopped = FailNone
		break
	}
	f.runner.Started()
	g.pool.buffers.Store(f.runner.Buffers())
	return nil
}
