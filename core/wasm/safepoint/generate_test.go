package safepoint

import (
	"math/rand/v2"
	"slices"
)

// generator writes valid modules at random. All loops are bounded by counters
// of their own and calls go to functions of lower index, so that every
// program ends; some trap.
//
// Every statement adds 1 to global 0: the oracle for the steps, as each takes
// at least four instructions.
type generator struct {
	*rand.Rand
	m      *asmModule
	fn     int // index of the function being written, hosts included
	f      *asmFunc
	labels []label
	budget int // nodes left
	loops  int // depth of loops open
	guards []uint32
}

type label struct {
	loop  bool
	types []byte // what a branch must leave
}

const generatedHosts = 1

func generate(seed uint64) *asmModule {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), m: &asmModule{memory: true, globals: []byte{i64, i32, i64, f64}}}
	g.m.hosts = []asmFunc{{params: []byte{i32}, results: []byte{i32}, export: "host"}}
	g.m.types = []asmFunc{
		{params: []byte{i32}, results: []byte{i32}},
		{params: []byte{i64, i32}, results: []byte{i32, i64}},
		{results: []byte{i64, i32}},
		{params: []byte{i32}},
	}
	for range 2 + g.IntN(5) {
		g.function()
	}
	for i := range g.m.funcs {
		g.m.table = append(g.m.table, uint32(generatedHosts+i))
	}
	last := &g.m.funcs[len(g.m.funcs)-1]
	last.export = "run"
	return g.m
}

func (g *generator) typ() byte { return [...]byte{i32, i32, i64, i64, f64}[g.IntN(5)] }

func (g *generator) typeList(n int) (b []byte) {
	for range n {
		b = append(b, g.typ())
	}
	return b
}

func (g *generator) function() {
	g.m.funcs = append(g.m.funcs, asmFunc{})
	g.fn = generatedHosts + len(g.m.funcs) - 1
	g.f = &g.m.funcs[len(g.m.funcs)-1]
	g.f.params, g.f.results = g.typeList(g.IntN(4)), g.typeList(g.IntN(4))
	g.f.locals = g.typeList(g.IntN(6))
	g.budget, g.loops, g.guards = 20+g.IntN(400), 0, nil
	g.labels = []label{{types: g.f.results}}
	if g.IntN(4) == 0 {
		g.budget = g.IntN(8) // a small leaf
	}
	b := g.statements()
	for _, t := range g.f.results {
		b = append(b, g.expr(t, 2)...)
	}
	g.f.body = b
}

// local returns a local of the type, adding one if there is none. Guards of
// loops are never chosen.
func (g *generator) local(t byte) uint32 {
	var found []uint32
	all := cat(g.f.params, g.f.locals)
next:
	for i, lt := range all {
		for _, guard := range g.guards {
			if guard == uint32(i) {
				continue next
			}
		}
		if lt == t {
			found = append(found, uint32(i))
		}
	}
	if len(found) > 0 {
		return found[g.IntN(len(found))]
	}
	g.f.locals = append(g.f.locals, t)
	return uint32(len(all))
}

func (g *generator) statements() (b []byte) {
	for n := 1 + g.IntN(6); n > 0 && g.budget > 0; n-- {
		g.budget--
		b = cat(b, op(opGlobalGet, 0), i64c(1), op(0x7c), op(opGlobalSet, 0), g.statement())
	}
	return b
}

func (g *generator) block(opcode byte, l label, typ []byte, body func() []byte) []byte {
	g.labels = append(g.labels, l)
	b := cat([]byte{opcode}, typ, body(), op(opEnd))
	g.labels = g.labels[:len(g.labels)-1]
	return b
}

func (g *generator) statement() []byte {
	t := g.typ()
	switch g.IntN(17) {
	case 0, 1, 2:
		l := g.local(t)
		return cat(g.expr(t, 3), op(opLocalSet, l))
	case 3:
		if t == i32 {
			return cat(g.expr(i32, 3), op(opGlobalSet, 1))
		}
		return cat(g.expr(i64, 3), op(opGlobalSet, 2))
	case 4:
		return cat(g.address(), g.expr(i64, 3), op(0x37, 0, uint32(g.IntN(64))))
	case 5, 6:
		b := cat(g.expr(i32, 2), g.block(opIf, label{}, []byte{blockEmpty}, func() []byte {
			b := g.statements()
			if g.IntN(2) == 0 {
				b = cat(b, op(opElse), g.statements())
			}
			return b
		}))
		return b
	case 7, 8, 9:
		return g.loop()
	case 10:
		return g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
			return cat(g.statements(), g.expr(i32, 2), op(opBrIf, 0), g.statements())
		})
	case 11:
		return g.jump()
	case 12:
		return g.call()
	case 13:
		return g.bulk()
	case 14:
		return g.multi()
	case 15:
		return g.switchOf()
	}
	return cat(g.expr(i32, 1), i32c(int32(g.IntN(2))), op(opMemoryGrow, 0), op(opDrop), op(opDrop))
}

// loop counts a guard of its own down. The back edge stands at the end or in
// the middle, plain, as br_table or out of an inner block.
func (g *generator) loop() []byte {
	if g.loops >= 3 {
		return op(opNop)
	}
	g.loops++
	guard := uint32(len(g.f.params) + len(g.f.locals))
	g.f.locals = append(g.f.locals, i32)
	g.guards = append(g.guards, guard)
	set := cat(i32c(int32(1+g.IntN(12))), op(opLocalSet, guard))
	down := cat(op(opLocalGet, guard), i32c(1), op(0x6b), op(opLocalTee, guard), i32c(0), op(0x4a)) // > 0
	kind := g.IntN(4)
	body := g.block(opLoop, label{loop: true}, []byte{blockEmpty}, func() []byte {
		switch kind {
		case 0:
			return cat(g.statements(), down, op(opBrIf, 0))
		case 1:
			return cat(g.statements(), g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
				return cat(g.statements(), down, op(opBrIf, 1), g.statements())
			}))
		case 2:
			return cat(g.statements(), g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
				return cat(down, op(opBrTable, 1, 0, 1))
			}), g.statements())
		}
		return cat(down, []byte{opIf, blockEmpty}, op(opBr, 1), op(opElse), op(opEnd), g.statements())
	})
	if kind == 3 { // nothing of the body runs but in the last round: fine
		g.budget--
	}
	g.loops--
	return cat(set, body)
}

// jump leaves to any open label that is no loop, or returns.
func (g *generator) jump() []byte {
	n := g.IntN(len(g.labels))
	l := g.labels[len(g.labels)-1-n]
	if l.loop {
		return op(opNop)
	}
	var values []byte
	for _, t := range l.types {
		values = append(values, g.expr(t, 1)...)
	}
	out := cat(values, op(opBr, uint32(n)))
	if n == len(g.labels)-1 && g.IntN(2) == 0 {
		out = cat(values, op(opReturn))
	}
	// Mostly conditional, else all that follows would be dead.
	if g.IntN(8) == 0 {
		return out
	}
	if n == len(g.labels)-1 {
		out = cat(values, op(opReturn))
	} else {
		out = cat(values, op(opBr, uint32(n+1)))
	}
	return cat(g.expr(i32, 2), []byte{opIf, blockEmpty}, out, op(opEnd))
}

func (g *generator) call() []byte {
	if g.fn == generatedHosts || g.loops > 1 {
		return cat(g.expr(i32, 2), op(opCall, 0), op(opGlobalSet, 1))
	}
	callee := generatedHosts + g.IntN(g.fn-generatedHosts)
	f := &g.m.funcs[callee-generatedHosts]
	var b []byte
	for _, t := range f.params {
		b = append(b, g.expr(t, 1)...)
	}
	if g.IntN(2) == 0 {
		b = cat(b, op(opCall, uint32(callee)))
	} else {
		b = cat(b, i32c(int32(callee-generatedHosts)), op(opCallIndirect, uint32(len(g.m.types)+callee), 0))
	}
	for _, t := range slices.Backward(f.results) {
		b = cat(b, op(opLocalSet, g.local(t)))
	}
	return b
}

func (g *generator) bulk() []byte {
	n := int32(g.IntN(3000))
	if g.IntN(2) == 0 {
		return cat(g.address(), g.expr(i32, 1), i32c(n), op(opMisc, miscMemoryFill, 0))
	}
	return cat(g.address(), g.address(), i32c(n), op(opMisc, miscMemoryCopy, 0, 0))
}

// multi uses blocks and loops with parameters and several results.
func (g *generator) multi() []byte {
	in := cat(g.expr(i64, 2), g.expr(i32, 2))
	a, b := g.local(i64), g.local(i32)
	body := g.block(opBlock, label{types: []byte{i32, i64}}, u(1), func() []byte {
		return cat(op(opLocalSet, b), op(opLocalSet, a), g.statements(), op(opLocalGet, b), op(opLocalGet, a),
			g.expr(i32, 1), op(opBrIf, 0))
	})
	return cat(in, body, op(opLocalSet, a), op(opLocalSet, b))
}

func (g *generator) switchOf() []byte {
	inner := func() []byte {
		return g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
			return cat(g.expr(i32, 2), i32c(3), op(0x71), op(opBrTable, 2, 0, 1, 2))
		})
	}
	return g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
		return cat(g.block(opBlock, label{}, []byte{blockEmpty}, func() []byte {
			return cat(inner(), g.statements(), op(opBr, 1))
		}), g.statements())
	})
}

// address is mostly within the two pages.
func (g *generator) address() []byte {
	if g.IntN(40) == 0 {
		return g.expr(i32, 1)
	}
	return cat(g.expr(i32, 1), i32c(0x7fff), op(0x71))
}

func (g *generator) expr(t byte, depth int) []byte {
	g.budget--
	if depth <= 0 || g.budget <= 0 || g.IntN(4) == 0 {
		if g.IntN(2) == 0 {
			return op(opLocalGet, g.local(t))
		}
		switch t {
		case i32:
			return i32c(int32(g.Uint32()) >> g.IntN(32))
		case i64:
			return i64c(int64(g.Uint64()) >> g.IntN(64))
		}
		return cat(i32c(int32(g.IntN(1000))), op(0xb7)) // f64.convert_i32_s
	}
	if g.IntN(8) == 0 { // a choice with a block of its own
		return cat(g.expr(i32, depth-1), g.block(opIf, label{types: []byte{t}}, []byte{t}, func() []byte {
			return cat(g.expr(t, depth-1), op(opElse), g.expr(t, depth-1), g.expr(i32, 1), op(opBrIf, 0))
		}))
	}
	x := func(t byte) []byte { return g.expr(t, depth-1) }
	switch t {
	case i32:
		switch g.IntN(6) {
		case 0:
			return cat(g.address(), op(0x28, 0, uint32(g.IntN(64))))
		case 1:
			return cat(x(i64), op(0xa7))
		case 2:
			return cat(x(f64), op(opMisc, 2)) // trunc_sat
		case 3:
			return cat(x(i64), x(i64), op(0x53))
		}
		code := byte(0x6a + g.IntN(15)) // add … rotr
		right := x(i32)
		if code >= 0x6d && code <= 0x70 && g.IntN(20) > 0 { // a division, mostly not by zero
			right = cat(right, i32c(1), op(0x72))
		}
		return cat(x(i32), right, op(code))
	case i64:
		switch g.IntN(5) {
		case 0:
			return cat(g.address(), op(0x29, 0, 0))
		case 1:
			return cat(x(i32), op(0xac))
		case 2:
			return op(opGlobalGet, 2)
		}
		return cat(x(i64), x(i64), op([]byte{0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x86, 0x88}[g.IntN(8)]))
	}
	if g.IntN(3) == 0 {
		return cat(x(i64), op(0xb9))
	}
	return cat(x(f64), x(f64), op(byte(0xa0+g.IntN(2))))
}
