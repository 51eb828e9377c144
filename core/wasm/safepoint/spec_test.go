package safepoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// specDir returns the folder of the specification's tests which the engine
// carries in its own source, as `go list` finds it.
func specDir(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Skipf("the engine's source is not in the module cache: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no specification tests: %v", err)
	}
	return dir
}

type specValue struct {
	Type     string `json:"type"`
	LaneType string `json:"lane_type"`
	Value    any    `json:"value"`
}

type specCommand struct {
	Type       string `json:"type"`
	Line       int    `json:"line"`
	Name       string `json:"name"`
	As         string `json:"as"`
	Filename   string `json:"filename"`
	ModuleType string `json:"module_type"`
	Action     struct {
		Type   string      `json:"type"`
		Field  string      `json:"field"`
		Module string      `json:"module"`
		Args   []specValue `json:"args"`
	} `json:"action"`
}

// bits turns the text of a number into the engine's form; a NaN becomes one
// fixed pattern, which is enough to compare two runs.
func specBits(s, typ string) uint64 {
	wide := strings.Contains(typ, "64")
	width := map[string]int{"i8": 8, "i16": 16}[typ]
	switch {
	case strings.Contains(s, "nan") && wide:
		return 0x7ff8 << 48
	case strings.Contains(s, "nan"):
		return 0x7fc00000
	case width == 0 && wide:
		width = 64
	case width == 0:
		width = 32
	}
	if v, err := strconv.ParseInt(s, 10, 64); err == nil && v < 0 {
		return uint64(v) & (1<<width - 1)
	}
	v, _ := strconv.ParseUint(s, 10, 64)
	return v
}

func (v *specValue) words() []uint64 {
	if lanes, ok := v.Value.([]any); ok {
		var w [2]uint64
		bits := 128 / len(lanes)
		for i, l := range lanes {
			w[i*bits/64] |= specBits(l.(string), v.LaneType) << (i * bits % 64)
		}
		return w[:]
	}
	s, _ := v.Value.(string)
	switch {
	case v.Value == nil || s == "null":
		return []uint64{0}
	case v.Type == "externref":
		return []uint64{specBits(s, "i64") + 1} // 0 is null
	}
	return []uint64{specBits(s, v.Type)}
}

// world is one of the two runs of a script: plain or rewritten.
type world struct {
	*host
	ctx     context.Context
	rewrite bool
	last    api.Module
	named   map[string]api.Module
	all     []instance
}

type instance struct {
	api.Module
	idle uint64
}

func newWorld(t *testing.T, dir string, rewrite bool) *world {
	w := &world{host: newHost(t, compiler()), ctx: context.Background(), rewrite: rewrite, named: map[string]api.Module{}}
	b, err := os.ReadFile(filepath.Join(dir, "testdata", "spectest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.load(b, "spectest"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) load(b []byte, name string) (api.Module, error) {
	idle := uint64(0)
	if w.rewrite {
		res, err := Rewrite(b, Options{Interval: 256})
		if err != nil {
			return nil, err
		}
		b, idle = res.Module, res.Idle
	}
	m, err := w.r.InstantiateWithConfig(w.ctx, b, wazero.NewModuleConfig().WithName(name))
	if err == nil {
		w.all = append(w.all, instance{m, idle})
	}
	return m, err
}

// rest makes the instances usable after a trap, as a host which kept them
// would have to.
func (w *world) rest() {
	for _, m := range w.all {
		if g, ok := m.ExportedGlobal(CounterExport).(api.MutableGlobal); ok {
			g.Set(m.idle)
		}
	}
}

func (w *world) module(name string) api.Module {
	if name == "" {
		return w.last
	}
	return w.named[name]
}

// act runs an action and tells all that can be seen of its end.
func (w *world) act(c *specCommand) string {
	m := w.module(c.Action.Module)
	if m == nil {
		return "no module"
	}
	if c.Action.Type == "get" {
		return fmt.Sprint(m.ExportedGlobal(c.Action.Field).Get())
	}
	var args []uint64
	for i := range c.Action.Args {
		args = append(args, c.Action.Args[i].words()...)
	}
	f := m.ExportedFunction(c.Action.Field)
	out, err := f.Call(w.ctx, args...)
	if err != nil {
		w.rest()
		return failure(err)
	}
	for i, typ := range f.Definition().ResultTypes() {
		if typ != api.ValueTypeI32 && typ != api.ValueTypeI64 && typ != api.ValueTypeF32 && typ != api.ValueTypeF64 &&
			typ != api.ValueTypeExternref && i < len(out) && len(out) == len(f.Definition().ResultTypes()) && out[i] != 0 && typ != 0x7b {
			out[i] = 1 // a function reference is an address
		}
	}
	return fmt.Sprintf("%#x", out)
}

func hash(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// failure names a trap. Running out of stack is one failure, whoever noticed.
func failure(err error) string {
	if errors.Is(err, errStack) || strings.Contains(err.Error(), "stack overflow") {
		return "stack"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// seen is a hash of the memory and the globals of all instances.
func (w *world) seen() string {
	var out []string
	for _, m := range w.all {
		h := fnv.New64a()
		if mem := m.Memory(); mem != nil && !reflect.ValueOf(mem).IsNil() {
			b, _ := mem.Read(0, mem.Size())
			h.Write(b)
			fmt.Fprint(h, mem.Size())
		}
		if im, ok := m.Module.(experimental.InternalModule); ok {
			n := im.NumGlobal()
			if w.rewrite {
				n-- // the counter
			}
			for i := range n {
				g := im.Global(i)
				if typ := g.Type(); typ == api.ValueTypeI32 || typ == api.ValueTypeI64 || typ == api.ValueTypeF32 || typ == api.ValueTypeF64 {
					fmt.Fprintf(h, "%d=%d;", i, g.Get())
				}
			}
		}
		out = append(out, fmt.Sprintf("%x", h.Sum64()))
	}
	return strings.Join(out, " ")
}

// TestSpec runs the scripts of the specification on plain and on rewritten
// modules and compares every result, trap, memory and global.
func TestSpec(t *testing.T) {
	dir := specDir(t)
	total := 0
	versions, least := []string{"v1", "v2"}, 60_000
	if testing.Short() {
		versions, least = versions[1:], 40_000
	}
	for _, version := range versions {
		scripts, _ := filepath.Glob(filepath.Join(dir, version, "testdata", "*.json"))
		if len(scripts) < 50 {
			t.Fatalf("%s: only %d scripts", version, len(scripts))
		}
		for _, path := range scripts {
			t.Run(version+"/"+strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
				total += compareScript(t, dir, path)
			})
		}
	}
	t.Logf("%d actions compared", total)
	if total < least {
		t.Errorf("only %d actions compared", total)
	}
}

func compareScript(t *testing.T, dir, path string) (actions int) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var script struct{ Commands []specCommand }
	if err := json.Unmarshal(raw, &script); err != nil {
		t.Fatal(err)
	}
	plain, safe := newWorld(t, dir, false), newWorld(t, dir, true)
	for i := range script.Commands {
		c := &script.Commands[i]
		switch c.Type {
		case "module":
			as := ""
			if i+1 < len(script.Commands) && script.Commands[i+1].Type == "register" {
				as = script.Commands[i+1].As
			}
			b := specFile(t, path, c.Filename)
			for _, w := range []*world{plain, safe} {
				if w.last, err = w.load(b, as); err != nil {
					t.Fatalf("line %d: %v", c.Line, err)
				}
				if c.Name != "" {
					w.named[c.Name] = w.last
				}
			}
		case "assert_return", "action", "assert_trap", "assert_exhaustion":
			actions++
			if a, b := plain.act(c), safe.act(c); a != b {
				t.Errorf("line %d: plain %s, rewritten %s", c.Line, a, b)
			}
		case "assert_malformed", "assert_invalid", "assert_unlinkable", "assert_uninstantiable":
			if c.ModuleType == "text" || c.Filename == "" {
				continue
			}
			b := specFile(t, path, c.Filename)
			_, err1 := plain.load(b, "")
			_, err2 := safe.load(b, "")
			if (err1 == nil) != (err2 == nil) {
				t.Errorf("line %d: plain %v, rewritten %v", c.Line, err1, err2)
			}
		}
	}
	if a, b := plain.seen(), safe.seen(); a != b {
		t.Errorf("memory or globals differ: %s and %s", a, b)
	}
	return actions
}

func specFile(t *testing.T, script, name string) []byte {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(script), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSpecLaterFeatures finds that valid modules of later proposals are
// refused by name, unless they use nothing of the proposal.
func TestSpecLaterFeatures(t *testing.T) {
	dir := specDir(t)
	want := map[string][]string{
		"threads":                   {featureThreads},
		"exception-handling":        {featureExceptions, featureTailCall, featureTypedRefs},
		"tail-call":                 {featureTailCall},
		"extended-const":            {featureExtConst},
		"typed-function-references": {featureTypedRefs},
	}
	for proposal, features := range want {
		files, _ := filepath.Glob(filepath.Join(dir, proposal, "testdata", "*.json"))
		refused := map[string]int{}
		for _, path := range files {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var script struct{ Commands []specCommand }
			if err := json.Unmarshal(raw, &script); err != nil {
				t.Fatal(err)
			}
			for _, c := range script.Commands {
				if c.Type != "module" {
					continue
				}
				b := specFile(t, path, c.Filename)
				_, err := Rewrite(b, Options{})
				if e, ok := errors.AsType[*Error](err); ok {
					if e.Feature == "" {
						t.Errorf("%s:%d (%s): refused without a feature: %v", filepath.Base(path), c.Line, c.Filename, err)
					}
					refused[e.Feature]++
				}
			}
		}
		if refused[features[0]] == 0 {
			t.Errorf("%s: no module refused for %s: %v", proposal, features[0], refused)
		}
		t.Logf("%s: %v", proposal, refused)
	}
}
