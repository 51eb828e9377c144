package safepoint

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func mod(sections ...[]byte) []byte {
	return cat(append([][]byte{preamble}, sections...)...)
}

// oneFunc is a module with one function () → () of that body, without end.
func oneFunc(locals []byte, body ...byte) []byte {
	return mod(sectionOf(1, []byte{1, 0x60, 0, 0}), sectionOf(3, []byte{1, 0}),
		sectionOf(10, append(u(1), vec(cat(locals, body, []byte{opEnd}))...)))
}

func code1(body ...byte) []byte { return oneFunc([]byte{0}, body...) }

func custom(name string, body ...byte) []byte { return sectionOf(0, cat(vec([]byte(name)), body)) }

// TestRefused is the table of what is not taken, with the words for it.
func TestRefused(t *testing.T) {
	funcs := func(n uint32) []byte { return append(u(n), make([]byte, n)...) }
	tests := []struct {
		name    string
		module  []byte
		feature string
		want    string
	}{
		{"empty", nil, "", "not a WebAssembly module"},
		{"text", []byte("(module)"), "", "not a WebAssembly module"},
		{"version", []byte("\x00asm\x02\x00\x00\x00"), "", "version is not 1"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), featureComponent, "build a core wasip1 module"},
		{"too large", make([]byte, MaxModule+1), "", "larger than 32 MiB"},
		{"cut section", mod([]byte{1, 5, 0}), "", "unexpected end"},
		{"order", mod(sectionOf(3, []byte{0}), sectionOf(1, []byte{0})), "", "out of order"},
		{"twice", mod(sectionOf(1, []byte{0}), sectionOf(1, []byte{0})), "", "occurs twice"},
		{"section id", mod(sectionOf(14, nil)), "", "does not exist"},
		{"tag section", mod(sectionOf(13, []byte{0})), featureExceptions, ""},
		{"huge count", mod(sectionOf(1, u(1<<31))), "", "types in 0 bytes"},
		{"gc type", mod(sectionOf(1, []byte{1, 0x5f, 0})), featureGC, "section type"},
		{"rec type", mod(sectionOf(1, []byte{1, 0x4e, 0})), featureGC, ""},
		{"typed ref", mod(sectionOf(1, []byte{1, 0x60, 1, 0x64, 0, 0})), featureTypedRefs, ""},
		{"exnref", mod(sectionOf(1, []byte{1, 0x60, 1, 0x69, 0})), featureExceptions, ""},
		{"shared memory", mod(sectionOf(5, []byte{1, 3, 1, 1})), featureThreads, "section memory"},
		{"memory64", mod(sectionOf(5, []byte{1, 4, 1})), featureMemory64, ""},
		{"two memories", mod(sectionOf(5, []byte{2, 0, 1, 0, 1})), featureMultiMemory, ""},
		{"page size", mod(sectionOf(5, []byte{1, 8, 1, 0})), featureCustomPages, ""},
		{"big table", mod(sectionOf(4, cat([]byte{1, 0x70, 0}, u(MaxTable+1)))), "", "more than"},
		{"table initializer", mod(sectionOf(4, []byte{1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0xb})), featureTypedRefs, ""},
		{"tag import", mod(sectionOf(2, []byte{1, 1, 'a', 1, 'b', 4, 0, 0})), featureExceptions, ""},
		{"reserved import", mod(sectionOf(1, []byte{1, 0x60, 0, 0}),
			sectionOf(2, cat(u(1), vec([]byte(ImportModule)), vec([]byte("x")), []byte{0, 0}))), "", "reserved"},
		{"reserved export", mod(sectionOf(6, []byte{1, 0x7f, 0, 0x41, 0, 0xb}),
			sectionOf(7, cat(u(1), vec([]byte(CounterExport)), []byte{3, 0}))), "", "reserved"},
		{"counter export", mod(sectionOf(7, cat(u(1), vec([]byte("x")), []byte{3, 0}))), "", "global 0 does not exist"},
		{"counter initializer", mod(sectionOf(6, []byte{1, 0x7e, 0, 0x23, 0, 0xb})), "", "global 0 does not exist"},
		{"extended const", mod(sectionOf(6, []byte{1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0xb})), featureExtConst, ""},
		{"functions", mod(sectionOf(1, []byte{1, 0x60, 0, 0}), sectionOf(3, funcs(MaxFunctions+1))), "", "more than 100000"},
		{"no code", mod(sectionOf(1, []byte{1, 0x60, 0, 0}), sectionOf(3, funcs(1))), "", "different lengths"},
		{"counter get", code1(opGlobalGet, 0, opDrop), "", "global 0 does not exist"},
		{"counter set", code1(opI64Const, 0, opGlobalSet, 0), "", "function 0, offset"},
		{"clock", code1(opLocalGet, 0, opDrop), "", "local 0 does not exist"},
		{"helper call", code1(opCall, 1), "", "function 1 does not exist"},
		{"helper ref", code1(opRefFunc, 2, opDrop), "", "function 2 does not exist"},
		{"added type", code1(opBlock, 1, opEnd), "", "block type 1 does not exist"},
		{"added signature", code1(0x41, 0, opCallIndirect, 1, 0), "", "type 1 does not exist"},
		{"label", code1(opBr, 2), "", "label 2 does not exist"},
		{"no end", oneFunc([]byte{0}, opBlock, blockEmpty), "", "ends before"},
		{"bytes after end", code1(opEnd), "", "bytes too many"},
		{"else", code1(opElse), "", "else without if"},
		{"locals", oneFunc(cat([]byte{1}, u(1<<32-1), []byte{0x7f})), "", "more than 50000"},
		{"locals in groups", oneFunc(cat([]byte{2}, u(1<<31), []byte{0x7f}, u(1<<31), []byte{0x7f})), "", "more than 50000"},
		{"long integer", code1(opI32Const, 0xff, 0xff, 0xff, 0xff, 0x1f), "", "longer than 32 bits"},
		{"atomics", code1(0xfe, 3, 0), featureThreads, ""},
		{"try", code1(0x06, 0x40, opEnd), featureExceptions, ""},
		{"throw_ref", code1(0x0a), featureExceptions, ""},
		{"struct", code1(0xfb, 0, 0), featureGC, ""},
		{"return_call", code1(0x12, 0), featureTailCall, "section code, function 0"},
		{"call_ref", code1(0x14, 0), featureTypedRefs, ""},
		{"relaxed", code1(cat([]byte{0xfd}, u(0x100))...), featureRelaxedSIMD, ""},
		{"wide", code1(0xfc, 19), featureWideInteger, ""},
		{"second memory", code1(0x41, 0, 0x28, 0x42, 1, 0, opDrop), featureMultiMemory, ""},
		{"opcode", code1(0xff), "", "unknown opcode 0xff"},
		{"body", mod(sectionOf(1, []byte{1, 0x60, 0, 0}), sectionOf(3, []byte{1, 0}),
			sectionOf(10, append(u(1), vec(make([]byte, MaxBody+1))...))), "", "more than 1 MiB"},
		{"nesting", code1(cat(bytes.Repeat([]byte{opBlock, blockEmpty}, MaxNesting+1),
			bytes.Repeat([]byte{opEnd}, MaxNesting+1))...), "", "nested more than"},
		{"jumps", code1(bytes.Repeat(cat(i32c(1), []byte{opIf, blockEmpty, opEnd}), MaxJumps/2+1)...), "", "too many blocks and branches"},
		{"calls", code1(bytes.Repeat(op(opCall, 0), MaxCalls+1)...), "", "calls in one function"},
		{"loop nesting", code1(cat(bytes.Repeat([]byte{opLoop, blockEmpty}, MaxLoopNesting+1),
			bytes.Repeat([]byte{opEnd}, MaxLoopNesting+1))...), "", "loops are nested more than 256"},
		{"compile bomb", compileBomb(100, 1000), "", "loops assign too many locals"},
		{"joining locals", oneFunc(cat([]byte{1}, u(1000), []byte{0x7f}),
			joining(maxJoined/1000+1, 1000)...), "", "with 1000 locals that reach"},
		{"shared library", mod(custom("dylink.0")), featureDynLink, "link it"},
		{"object file", mod(custom("linking", 2)), featureDynLink, "link it"},
		{"segment kind", mod(sectionOf(9, []byte{1, 8})), "", "kind 8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Rewrite(test.module, Options{})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v", err)
			}
			if e.Feature != test.feature || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want feature %q and %q", err, test.feature, test.want)
			}
			if e.Section == "" {
				t.Errorf("no section: %+v", e)
			}
		})
	}
}

// compileBomb nests loops around the assignment of many locals.
func compileBomb(depth, locals int) []byte {
	body := bytes.Repeat([]byte{opLoop, blockEmpty}, depth)
	for i := range locals {
		body = cat(body, op(opLocalGet, uint32(i)), op(opLocalSet, uint32(i)))
	}
	for range depth {
		body = append(body, opI32Const, 0, opBrIf, 0, opEnd)
	}
	return oneFunc(cat(u(1), u(uint32(locals)), []byte{i32}), body...)
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Interval: 255}, {Interval: 1<<20 + 1}, {StackBytes: -1}, {StackBytes: 1<<30 + 1}} {
		if _, err := Rewrite(preamble, o); err == nil {
			t.Errorf("%+v taken", o)
		}
	}
}

// TestErrorNames: an error tells the function's name.
func TestErrorNames(t *testing.T) {
	names := custom("name", cat([]byte{1}, vec(cat(u(1), u(0), vec([]byte("parse")))))...)
	_, err := Rewrite(append(code1(0x12, 0), names...), Options{})
	want := `safepoint: section code, function 0 "parse", offset 0x17: tail calls not supported: build the module without it`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestInputUntouched: the result shares no memory with the input.
func TestInputUntouched(t *testing.T) {
	b := guest(t, "json")
	before := bytes.Clone(b)
	res := mustRewrite(t, b, Options{})
	if !bytes.Equal(b, before) {
		t.Fatal("the input was written")
	}
	out := bytes.Clone(res.Module)
	clear(b)
	if !bytes.Equal(out, res.Module) {
		t.Fatal("the result shares memory with the input")
	}
}

// TestIndexShift: start, exports, elements of every kind, global and table
// initializers, ref.func and calls all meet the same function after the import.
func TestIndexShift(t *testing.T) {
	ref := func(f byte) []byte { return []byte{opRefFunc, f, opEnd} }
	at := func(n byte) []byte { return []byte{opI32Const, n, opEnd} }
	body := func(b ...[]byte) []byte { return vec(cat(append([][]byte{{0}}, append(b, []byte{opEnd})...)...)) }
	b := mod(
		sectionOf(1, []byte{2, 0x60, 0, 1, i32, 0x60, 0, 0}),
		sectionOf(3, []byte{5, 0, 0, 0, 1, 0}),
		sectionOf(4, []byte{2, 0x70, 0, 12, 0x70, 0, 12}),
		sectionOf(6, cat([]byte{2, 0x70, 0}, ref(1), []byte{i32, 1}, at(0))),
		sectionOf(7, cat(u(2), vec([]byte("call")), []byte{0, 2}, vec([]byte("all")), []byte{0, 4})),
		sectionOf(8, []byte{3}),
		sectionOf(9, cat(u(8),
			cat(u(0), at(0), []byte{1, 0}),
			cat(u(1), []byte{0, 1, 1}),
			cat(u(2), []byte{1}, at(1), []byte{0, 1, 0}),
			cat(u(3), []byte{0, 1, 1}),
			cat(u(4), at(2), u(1), ref(1)),
			cat(u(5), []byte{0x70}, u(1), ref(0)),
			cat(u(6), []byte{1}, at(3), []byte{0x70}, u(1), ref(1)),
			cat(u(7), []byte{0x70}, u(1), ref(1)))),
		sectionOf(10, cat(u(5), body(i32c(10)), body(i32c(20)), body(op(opCall, 0), op(opCall, 1), op(0x6a)),
			body(op(opCall, 1), op(opGlobalSet, 1)),
			body( // init from the passive segments, then sum what the tables hold
				i32c(5), i32c(0), i32c(1), op(opMisc, miscTableInit, 1, 0),
				i32c(6), i32c(0), i32c(1), op(opMisc, miscTableInit, 5, 0),
				i32c(7), op(opRefFunc, 1), op(0x26, 0), // table.set
				i32c(8), op(opGlobalGet, 0), op(0x26, 0),
				i32c(0), op(opCallIndirect, 0, 0),
				i32c(1), op(opCallIndirect, 0, 1), op(0x6a),
				i32c(2), op(opCallIndirect, 0, 0), op(0x6a),
				i32c(3), op(opCallIndirect, 0, 1), op(0x6a),
				i32c(5), op(opCallIndirect, 0, 0), op(0x6a),
				i32c(6), op(opCallIndirect, 0, 0), op(0x6a),
				i32c(7), op(opCallIndirect, 0, 0), op(0x6a),
				i32c(8), op(opCallIndirect, 0, 0), op(0x6a),
				op(opGlobalGet, 1), op(0x6a)))),
	)
	res := mustRewrite(t, b, Options{})
	h := newHost(t, compiler())
	for _, m := range []api.Module{h.start(b), h.start(res.Module)} {
		for export, want := range map[string]uint64{"call": 30, "all": 10 + 10 + 20 + 20 + 20 + 10 + 20 + 20 + 20} {
			out, err := m.ExportedFunction(export).Call(context.Background())
			if err != nil || out[0] != want {
				t.Errorf("%s: %v %v, want %d", export, out, err, want)
			}
		}
	}
}

// TestNames: functions and locals keep their names, labels lose theirs, other
// custom sections stay where they are, stale ones go.
func TestNames(t *testing.T) {
	names := custom("name", cat(
		[]byte{0}, vec(vec([]byte("mod"))),
		[]byte{1}, vec(cat(u(2), u(0), vec([]byte("host")), u(1), vec([]byte("mine")))),
		[]byte{2}, vec(cat(u(1), u(1), u(1), u(0), vec([]byte("arg")))),
		[]byte{3}, vec(cat(u(1), u(1), u(1), u(0), vec([]byte("label")))),
	)...)
	b := (&asmModule{
		hosts: []asmFunc{{export: "host"}},
		funcs: []asmFunc{{export: "mine", params: []byte{i32}, body: op(opUnreachable)}},
	}).bytes()
	b = cat(b[:8], custom("first", 1, 2), b[8:], custom("sallyport.manifest", '{', '}'), custom(".debug_line", 9), names)
	res := mustRewrite(t, b, Options{})
	want := custom("name", cat(
		[]byte{0}, vec(vec([]byte("mod"))),
		[]byte{1}, vec(cat(u(5), u(0), vec([]byte("host")), u(1), vec([]byte("sallyport.safepoint.tick")),
			u(2), vec([]byte("mine")), u(3), vec([]byte("sallyport.safepoint.slow")),
			u(4), vec([]byte("sallyport.safepoint.flush")))),
		[]byte{2}, vec(cat(u(1), u(2), u(1), u(0), vec([]byte("arg")))),
	)...)
	if !bytes.HasSuffix(res.Module, cat(custom("sallyport.manifest", '{', '}'), want)) {
		t.Errorf("the module ends with %q", res.Module[len(res.Module)-200:])
	}
	if !bytes.HasPrefix(res.Module[8:], custom("first", 1, 2)) {
		t.Error("the first custom section moved")
	}
	if len(res.Dropped) != 1 || res.Dropped[0] != ".debug_line" {
		t.Errorf("dropped %q", res.Dropped)
	}
	// A malformed name section stays as it is.
	bad := custom("name", 1, 9, 1)
	res = mustRewrite(t, append(bytes.Clone(b[:len(b)-len(names)]), bad...), Options{})
	if !bytes.HasSuffix(res.Module, bad) {
		t.Error("the malformed name section was changed")
	}
}

// TestTableGrowth: a table cannot grow beyond MaxTable, and what it charges
// for a huge length does not spoil the counter.
func TestTableGrowth(t *testing.T) {
	b := mod(
		sectionOf(1, []byte{1, 0x60, 1, i32, 1, i32}),
		sectionOf(3, []byte{1, 0}),
		sectionOf(4, []byte{1, 0x70, 0, 2}),
		sectionOf(7, cat(u(1), vec([]byte("grow")), []byte{0, 0})),
		sectionOf(10, append(u(1), vec(cat([]byte{0, opRefNull, 0x70}, op(opLocalGet, 0),
			op(opMisc, miscTableGrow, 0), []byte{opEnd}))...)),
	)
	res := mustRewrite(t, b, Options{})
	h := newHost(t, compiler())
	m := h.start(res.Module)
	for _, c := range []struct {
		n    uint64
		want uint32
	}{{1, 2}, {MaxTable, 1<<32 - 1}, {1<<32 - 1, 1<<32 - 1}, {MaxTable - 3, 3}, {1, 1<<32 - 1}} {
		out, err := m.ExportedFunction("grow").Call(context.Background(), c.n)
		if err != nil || uint32(out[0]) != c.want {
			t.Errorf("table.grow %d: %v %v, want %d", c.n, out, err, c.want)
		}
	}
	steps := res.Steps(m.ExportedGlobal(CounterExport).Get()) + uint64(h.k.steps)
	if want := uint64(5*(growWeight+callCredit+4) + 2 + 2*MaxTable + 1<<27); steps < MaxTable || steps > want {
		t.Errorf("%d steps, want up to %d", steps, want)
	}
}

// FuzzRewrite: no input makes Rewrite panic, and what it returns is accepted
// by the engine if and only if the input was.
func FuzzRewrite(f *testing.F) {
	for _, name := range []string{"json", "copy", "simd", "sort", "rust_parse"} {
		f.Add(guest(f, name))
	}
	f.Add(hostileAsm())
	f.Add(guest(f, "hostile"))
	for seed := range uint64(8) {
		f.Add(generate(seed).bytes())
	}
	f.Add(append(code1(opNop), custom("name", 1, 4, 1, 0, 1, 'f')...))
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { r.Close(ctx) })
	accepts := func(b []byte) error {
		c, err := r.CompileModule(ctx, b)
		if err == nil {
			c.Close(ctx)
		}
		return err
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			t.Skip()
		}
		res, err := Rewrite(b, Options{Interval: 256, stretches: 2})
		if err != nil {
			return
		}
		plain, safe := accepts(b), accepts(res.Module)
		if (plain == nil) != (safe == nil) {
			t.Fatalf("plain %v, rewritten %v", plain, safe)
		}
	})
}

// TestDamaged changes single bytes of valid modules: the engine must take the
// rewritten module if and only if it takes the damaged one.
func TestDamaged(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	rng := rand.New(rand.NewPCG(1, 2))
	seeds := [][]byte{hostileAsm(), guest(t, "json"), guest(t, "simd"), guest(t, "copy"), guest(t, "sort")}
	for seed := range uint64(20) {
		seeds = append(seeds, generate(seed).bytes())
	}
	taken := 0
	for i := range 6000 {
		b := bytes.Clone(seeds[i%len(seeds)])
		for n := 1 + rng.IntN(2); n > 0; n-- {
			b[8+rng.IntN(len(b)-8)] = byte(rng.Uint32() >> rng.IntN(8))
		}
		res, err := Rewrite(b, Options{})
		if err != nil {
			continue
		}
		var ends [2]error
		for k, m := range [][]byte{b, res.Module} {
			c, err := r.CompileModule(ctx, m)
			if ends[k] = err; err == nil {
				c.Close(ctx)
				taken++
			}
		}
		if (ends[0] == nil) != (ends[1] == nil) {
			t.Fatalf("case %d: plain %v, rewritten %v\n%x", i, ends[0], ends[1], b)
		}
	}
	if taken < 1000 {
		t.Errorf("only %d modules taken", taken)
	}
}
