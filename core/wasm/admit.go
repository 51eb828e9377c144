package wasm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

const (
	exportInit   = "_initialize"
	exportStart  = "_start"
	ownPrefix    = "sallyport"
	maxReply     = abi.MaxReply
	sigVoid      = signature("()->")
	sigBuffer    = signature("(i32)->i32")
	sigConfigure = signature("(i32,i32)->i32")
	sigHook      = signature("(i32,i32)->i64")
)

// The hooks that this package runs.
const (
	hookReceive = iota
	hookPrompt
	hookRoute
	hookAnswer
	hookWindow
	hookComplete
	hookUpstreamRequest
	hookUpstreamResponse
	hookUpstreamEvent
	numHooks
)

// hookTable gives each hook's name, export and phase.
var hookTable = [numHooks]struct {
	name, export string
	phase        core.Phase
}{
	hookReceive:  {"receive", "sallyport_receive", core.PhaseReceive},
	hookPrompt:   {"prompt", "sallyport_prompt", core.PhasePrompt},
	hookRoute:    {"route", "sallyport_route", core.PhaseRoute},
	hookAnswer:   {"answer", "sallyport_answer", core.PhaseAnswer},
	hookWindow:   {"window", "sallyport_window", core.PhaseAnswer},
	hookComplete: {"complete", "sallyport_complete", core.PhaseComplete},

	hookUpstreamRequest:  {"upstream_request", "sallyport_upstream_request", core.PhaseUpstreamRequest},
	hookUpstreamResponse: {"upstream_response", "sallyport_upstream_response", core.PhaseUpstreamResponse},
	hookUpstreamEvent:    {"upstream_event", "sallyport_upstream_event", core.PhaseUpstreamEvent},
}

// checkExports holds the module to the ABI (docs/abi.md).
func (m *Module) checkExports() error {
	ex := m.facts.exports
	if ex[abi.ExportMemory].kind != kindMemory || m.facts.memories != 1 {
		return fmt.Errorf("it does not export its memory as %q", abi.ExportMemory)
	}
	if m.facts.minPages > pages(&m.limits) {
		return fmt.Errorf("it needs %d pages of memory to begin with, the limit is %d: raise limits.memory or build it with less",
			m.facts.minPages, pages(&m.limits))
	}
	want := map[string]signature{
		abi.ExportVersion: sigVoid, abi.ExportBuffer: sigBuffer, abi.ExportConfigure: sigConfigure,
	}
	if err := checkVersion(ex); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := ex[name]; !ok {
			return fmt.Errorf("it does not export %s, a function of type %s", name, want[name])
		}
	}
	if _, ok := ex[exportInit]; ok {
		want[exportInit] = sigVoid
	} else if _, ok := ex[exportStart]; ok {
		return errors.New("it exports _start and not _initialize: it is a command; build a reactor (Go: -buildmode=c-shared)")
	}
	for k := range hookTable {
		if _, ok := ex[hookTable[k].export]; ok {
			m.hooks[k] = true
			want[hookTable[k].export] = sigHook
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ex)) {
		sig, known := want[name]
		if !known {
			if err := unknownExport(name); err != nil {
				return err
			}
			continue
		}
		if ex[name].kind != kindFunc || ex[name].sig != sig {
			return fmt.Errorf("its export %s is not a function of type %s but %s", name, sig, ex[name].sig)
		}
	}
	if m.hooks == [numHooks]bool{} {
		return fmt.Errorf("it exports no hook, such as sallyport_prompt, a function of type %s", sigHook)
	}
	return nil
}

// checkVersion wants this ABI and no other.
func checkVersion(ex map[string]exported) error {
	if _, ok := ex[abi.ExportVersion]; ok {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(ex)) {
		if strings.HasPrefix(name, "sallyport_abi_") {
			return fmt.Errorf("it is built for %s, this gateway speaks %s: rebuild it with the matching SDK", name, abi.ExportVersion)
		}
	}
	return fmt.Errorf("it does not export %s: it is not a Sallyport plugin, or built with no SDK", abi.ExportVersion)
}

// unknownExport refuses what begins with our name and is not ours: a misspelt
// hook would be a guard that never runs.
func unknownExport(name string) error {
	if !strings.HasPrefix(name, ownPrefix) || name == safepoint.CounterExport || strings.HasPrefix(name, globalExport) {
		return nil
	}
	return fmt.Errorf("it exports %s, which is no hook of %s", name, abi.ExportVersion)
}

// checkManifest holds what the module exports against what its manifest
// declares: hooks that are not declared do not count.
func (m *Module) checkManifest() error {
	for _, name := range m.manifest.Sees.Headers {
		if secretHeader(name) {
			return fmt.Errorf("its manifest asks to see the header %s, which no plugin is shown", name)
		}
	}
	if err := m.checkTranslator(); err != nil {
		return err
	}
	if len(m.manifest.Phases) == 0 {
		for k := range hookTable {
			if p := hookTable[k].phase; m.hooks[k] && !slices.Contains(m.manifest.Phases, p) {
				m.manifest.Phases = append(m.manifest.Phases, p)
			}
		}
		return nil
	}
	for _, p := range m.manifest.Phases {
		if !m.exportsHook(p) {
			return fmt.Errorf("its manifest names the hook %s, but it exports no function for it", p)
		}
	}
	for k := range hookTable {
		m.hooks[k] = m.hooks[k] && slices.Contains(m.manifest.Phases, hookTable[k].phase)
	}
	windows := m.manifest.Stream == core.StreamWindow || m.manifest.Stream == core.StreamObserve
	if windows && !m.hooks[hookWindow] {
		return fmt.Errorf("its manifest says stream mode %s, but it exports no %s", m.manifest.Stream, hookTable[hookWindow].export)
	}
	m.hooks[hookWindow] = windows
	return nil
}

func (m *Module) exportsHook(p core.Phase) bool {
	for k := range hookTable {
		if hookTable[k].phase == p && m.hooks[k] {
			return true
		}
	}
	return false
}

// hostFunc is a function that guests may import.
type hostFunc struct {
	sig        signature
	capability string
	call       api.GoModuleFunc
	refused    string // why it may not be imported, else ""
}

// checkImports wants every import to be one that the host offers, of its type.
func (m *Module) checkImports() error {
	for _, im := range m.facts.imports {
		if im.module == safepoint.ImportModule {
			continue // the rewriter's own
		}
		f, ok := m.host.imports[im.module+"."+im.name]
		switch {
		case !ok:
			return fmt.Errorf("it imports %s.%s, which no host offers", im.module, im.name)
		case f.refused != "":
			return fmt.Errorf("it imports %s.%s: %s", im.module, im.name, f.refused)
		case f.capability != "" && !slices.Contains(m.manifest.Capabilities, f.capability):
			return fmt.Errorf("it imports %s.%s, but its manifest does not ask for the capability %q", im.module, im.name, f.capability)
		case f.sig != im.sig:
			return fmt.Errorf("it imports %s.%s as %s, but it is %s", im.module, im.name, im.sig, f.sig)
		}
	}
	return nil
}

// checkGrants wants every capability that the module's imports need.
func (m *Module) checkGrants(instance string, grants []string) error {
	for _, im := range m.facts.imports {
		if f, ok := m.host.imports[im.module+"."+im.name]; ok && f.capability != "" && !slices.Contains(grants, f.capability) {
			return fmt.Errorf("wasm: %s: the module imports %s.%s, which needs the capability %q: grant it to the instance or use another module",
				instance, im.module, im.name, f.capability)
		}
	}
	return nil
}

// link instantiates the host functions that the module imports.
func (m *Module) link(ctx context.Context) error {
	builders := map[string]wazero.HostModuleBuilder{}
	done := map[imported]bool{}
	for _, im := range m.facts.imports {
		if done[im] {
			continue
		}
		done[im] = true
		b := builders[im.module]
		if b == nil {
			b = m.runtime.NewHostModuleBuilder(im.module)
			builders[im.module] = b
		}
		f := hostFunc{sig: im.sig, call: tick}
		if im.module != safepoint.ImportModule {
			f = m.host.imports[im.module+"."+im.name]
		}
		params, results := f.sig.types()
		b.NewFunctionBuilder().WithGoModuleFunction(f.call, params, results).Export(im.name)
	}
	for _, name := range slices.Sorted(maps.Keys(builders)) {
		link, err := builders[name].Instantiate(ctx)
		if err != nil {
			return err
		}
		m.links = append(m.links, link)
	}
	return nil
}

// types returns the value types of a signature of i32 and i64.
func (s signature) types() (params, results []api.ValueType) {
	list := func(text string) []api.ValueType {
		var out []api.ValueType
		for _, t := range strings.FieldsFunc(strings.Trim(text, "()"), func(r rune) bool { return r == ',' }) {
			if t == "i64" {
				out = append(out, api.ValueTypeI64)
			} else {
				out = append(out, api.ValueTypeI32)
			}
		}
		return out
	}
	before, after, _ := strings.Cut(string(s), "->")
	return list(before), list(after)
}
