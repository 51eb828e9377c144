package wasm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

// TestRefused: what is wrong with a module is said by name before it is compiled.
func TestRefused(t *testing.T) {
	with := func(change func(m *asmModule)) []byte {
		m := plain()
		change(m)
		return m.bytes()
	}
	importing := func(module, name string, params, results []byte) []byte {
		m := plain(asmImport{module, name, params, results})
		return m.bytes()
	}
	two := []byte{i32, i32}
	four := []byte{i32, i32, i32, i32}
	for name, c := range map[string]struct {
		wasm []byte
		want string
	}{
		"empty":            {nil, "safepoint"},
		"no magic":         {[]byte("MZ\x90\x00aaaaaaaa"), "safepoint"},
		"component":        {[]byte("\x00asm\x0d\x00\x01\x00"), "this is a component"},
		"cut off":          {plain().bytes()[:40], "safepoint"},
		"too large":        {append(plain().bytes(), make([]byte, safepoint.MaxModule)...), "larger than 32 MiB"},
		"no ABI":           {with(func(m *asmModule) { m.funcs[0].export = "" }), "does not export sallyport_abi_1"},
		"other ABI":        {with(func(m *asmModule) { m.funcs[0].export = "sallyport_abi_2" }), "built for sallyport_abi_2"},
		"no buffer":        {with(func(m *asmModule) { m.funcs[1].export = "" }), "sallyport_buffer"},
		"no configure":     {with(func(m *asmModule) { m.funcs[2].export = "" }), "sallyport_configure"},
		"no hook":          {with(func(m *asmModule) { m.funcs[3].export = "" }), "no hook"},
		"misspelt hook":    {with(func(m *asmModule) { m.funcs[3].export = "sallyport_promt" }), "sallyport_promt"},
		"extra export":     {with(func(m *asmModule) { m.funcs = append(m.funcs, asmFunc{export: "sallyport_extra"}) }), "sallyport_extra"},
		"translator":       {with(func(m *asmModule) { m.funcs[3].export = "sallyport_upstream_event" }), "names no dialect"},
		"hook's type":      {with(func(m *asmModule) { m.funcs[3].results, m.funcs[3].body = []byte{i32}, i32c(0) }), "(i32,i32)->i64"},
		"version's type":   {with(func(m *asmModule) { m.funcs[0].results, m.funcs[0].body = []byte{i32}, i32c(1) }), "sallyport_abi_1"},
		"buffer's type":    {with(func(m *asmModule) { m.funcs[1].params = two }), "sallyport_buffer"},
		"command":          {with(func(m *asmModule) { m.funcs = append(m.funcs, asmFunc{export: "_start"}) }), "reactor"},
		"no memory":        {with(func(m *asmModule) { m.noMem = true }), "memory"},
		"memory above cap": {with(func(m *asmModule) { m.pages = 257 }), "257 pages"},
		"unknown module":   {importing("env", "abort", nil, nil), "env.abort"},
		"unknown import":   {importing("sallyport", "read_file", two, nil), "sallyport.read_file"},
		"reserved import":  {importing("sallyport", "http_call", four, []byte{i32}), "sallyport.http_call"},
		"import's type":    {importing("sallyport", "now", nil, []byte{i32}), "()->i64"},
		"sockets":          {importing("wasi_snapshot_preview1", "sock_accept", []byte{i32, i32, i32}, []byte{i32}), "sock_accept"},
		"own import":       {importing(safepoint.ImportModule, safepoint.ImportName, []byte{i64}, nil), safepoint.ImportModule},
		"invalid code":     {with(func(m *asmModule) { m.funcs[3].body = i32c(0) }), ""}, // the engine judges types
		"data outside":     {with(func(m *asmModule) { m.data = []asmData{{1 << 20, []byte("x")}} }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			m, err := h.Load(context.Background(), c.wasm, ModuleOptions{Manifest: core.Manifest{ID: "guardrail.bad"}})
			if err == nil {
				m.Close()
				t.Fatal("the module was admitted")
			}
			var r *Refusal
			if !errors.As(err, &r) || r.Plugin != "guardrail.bad" {
				t.Errorf("error %T %v, want a refusal", err, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestManifestPhases(t *testing.T) {
	h := newTestHost(t, Options{})
	_, err := h.Load(context.Background(), plain().bytes(), ModuleOptions{
		Manifest: core.Manifest{ID: "x", Phases: []core.Phase{core.PhasePrompt, core.PhaseAnswer}},
	})
	if err == nil || !strings.Contains(err.Error(), "answer") {
		t.Errorf("error %v, want one that names the phase without a hook", err)
	}
	m := load(t, h, plain().bytes(), core.Limits{})
	if p := m.Manifest().Phases; len(p) != 1 || p[0] != core.PhasePrompt {
		t.Errorf("phases %v", p)
	}
}

// TestGrants: an import that needs a capability links only for an instance that
// has it.
func TestGrants(t *testing.T) {
	m := load(t, newTestHost(t, Options{}),
		plain(asmImport{abi.ImportModule, "kv_get", []byte{i32, i32, i32, i32}, []byte{i32}}).bytes(), core.Limits{})
	if got := m.Imports(); len(got) != 2 || got[0] != "sallyport.kv_get" {
		t.Errorf("imports %v", got)
	}
	_, err := m.NewInstance(core.InstanceConfig{Name: "a"})
	if err == nil || !strings.Contains(err.Error(), `"kv"`) || !strings.Contains(err.Error(), "kv_get") {
		t.Errorf("error %v, want one that names import and capability", err)
	}
	instance(t, m, core.InstanceConfig{Name: "a", Grants: []string{"kv"}})
}

func TestBadInstances(t *testing.T) {
	m := load(t, newTestHost(t, Options{}), plain().bytes(), core.Limits{})
	for name, c := range map[string]core.InstanceConfig{
		"no name":        {},
		"isolation":      {Name: "x", Isolation: 9},
		"negative limit": {Name: "x", Limits: core.Limits{Steps: -1}},
		"more memory":    {Name: "x", Limits: core.Limits{Memory: 300 << 16}},
		"no memory":      {Name: "x", Limits: core.Limits{Memory: 1 << 16}},
		"no JSON":        {Name: "x", Config: map[string]any{"f": func() {}}},
		"larger reply":   {Name: "x", Limits: core.Limits{Reply: abi.MaxReply + 1}},
	} {
		if i, err := m.NewInstance(c); err == nil {
			i.Close()
			t.Errorf("%s: an instance was made", name)
		}
	}
}

// TestFixed: only guests whose whole state is memory and globals may be reset.
func TestFixed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *asmModule)
		want   bool
	}{
		"plain":     {func(*asmModule) {}, true},
		"table":     {func(m *asmModule) { m.table = []uint32{0} }, true},
		"table.set": {func(m *asmModule) { m.table = []uint32{0}; m.funcs[0].body = cat(i32c(0), op(0xd2, 0), op(0x26, 0)) }, false},
		"table.grow": {func(m *asmModule) {
			m.table = []uint32{0}
			m.funcs[0].body = cat(op(0xd2, 0), i32c(1), op(0xfc, 15, 0), drop)
		}, false},
		"elem.drop":  {func(m *asmModule) { m.table = []uint32{0}; m.funcs[0].body = op(0xfc, 13, 0) }, false},
		"table.init": {func(m *asmModule) { m.funcs[0].body = cat(i32c(0), i32c(0), i32c(0), op(0xfc, 12, 0, 0)) }, false},
		"table.copy": {func(m *asmModule) { m.funcs[0].body = cat(i32c(0), i32c(0), i32c(0), op(0xfc, 14, 0, 0)) }, false},
		"table.fill": {func(m *asmModule) { m.funcs[0].body = cat(i32c(0), op(0xd2, 0), i32c(0), op(0xfc, 17, 0)) }, false},
		"data.drop":  {func(m *asmModule) { m.funcs[0].body = op(0xfc, 9, 0) }, false},
		"memory.fill": {func(m *asmModule) {
			m.funcs[0].body = cat(i32c(0), i32c(0), i32c(0), op(0xfc, 11, 0))
		}, true},
		"constants like table.set": {func(m *asmModule) {
			m.funcs[0].body = cat(i32c(0x26), drop, i64c(0x26262626), drop, []byte{0x44, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26}, drop)
		}, true},
	} {
		m := plain()
		c.change(m)
		r, err := safepoint.Rewrite(m.bytes(), safepoint.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, _, err := learn(&r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.fixed != c.want {
			t.Errorf("%s: fixed is %v", name, f.fixed)
		}
	}
}

// FuzzLearn: no module that the rewriter passes breaks the reader.
func FuzzLearn(f *testing.F) {
	f.Add(plain().bytes())
	f.Add(echoing().bytes())
	for _, c := range hostile() {
		f.Add(c.m.bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := safepoint.Rewrite(b, safepoint.Options{})
		if err != nil {
			return
		}
		facts, out, err := learn(&r)
		if err != nil {
			return
		}
		r.Module = out
		again, _, err := learn(&r)
		if err != nil {
			t.Fatalf("what learn wrote cannot be read: %v", err)
		}
		if len(again.exports) < len(facts.exports) || again.fixed != facts.fixed || len(again.imports) != len(facts.imports) {
			t.Fatalf("the module changed:\n%+v\n%+v", facts, again)
		}
	})
}

func TestManifestOfAComponent(t *testing.T) {
	if _, err := ManifestText([]byte("\x00asm\x0d\x00\x01\x00")); err == nil || !strings.Contains(err.Error(), "this is a component") {
		t.Errorf("error %v, want the advice for components", err)
	}
}
