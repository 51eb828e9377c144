package safepoint

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// unguarded looks at a rewritten module and returns the loops which can be
// gone round without a safepoint, and the functions which can call without
// being counted. It judges the written bytes alone and shares only the
// instruction decoder with the rewriter.
func unguarded(t testing.TB, res *Result) (bad []string) {
	t.Helper()
	m, derr := decodeRewritten(res.Module)
	if derr != nil {
		t.Fatal(derr)
	}
	tick := uint32(m.importFuncs - 1)
	slow, flush := uint32(m.funcCount()-2), uint32(m.funcCount()-1)
	var all [][]instr
	counted := map[uint32]bool{} // functions that write the counter
	for i, bd := range m.bodies[:len(m.bodies)-2] {
		r := &reader{b: m.b, pos: bd.start, end: bd.end}
		r.localGroups(nil)
		var code []instr
		for r.more() {
			in := r.next()
			code = append(code, in)
			if in.op == opGlobalSet && in.x == uint32(m.globals-1) {
				counted[uint32(m.importFuncs+i)] = true
			}
		}
		all = append(all, code)
	}
	for i, code := range all {
		fn := uint32(m.importFuncs + i)
		bad = append(bad, badLoops(m, fn, code, flush, counted)...)
		bad = append(bad, badCalls(fn, code, uint32(m.globals-1), tick, slow, flush)...)
	}
	return bad
}

// decodeRewritten decodes a module which has the reserved names.
func decodeRewritten(b []byte) (*module, error) {
	m := &module{b: b}
	if err := m.split(); err != nil {
		return nil, err
	}
	for i := range m.sections {
		s := &m.sections[i]
		r := m.reader(s)
		switch s.id {
		case secType:
			m.readTypes(r)
		case secImport:
			n := r.count("imports")
			for ; n > 0 && !r.failed(); n-- {
				r.name()
				r.name()
				switch r.byte() {
				case 0:
					m.importTypes = append(m.importTypes, r.u32())
					m.importFuncs++
				case 1:
					m.table(r)
				case 2:
					m.memory(r)
				case 3:
					m.globalType(r)
					m.globals++
				}
			}
		case secFunction:
			m.readFunctions(r)
		case secGlobal:
			m.readGlobals(r)
		case secCode:
			m.readBodies(r)
		}
		if r.failed() {
			return nil, r.err
		}
	}
	return m, nil
}

// badLoops lists loops with a branch back whose head is not
// get, const > 0, add, tee, const, ge_u, if, get, call flush, const 0, set, end
// and which can be gone round without a call of a counted function. In a function
// with a clock, which its end shows, such a call does not do: the clock would run
// over.
func badLoops(m *module, fn uint32, code []instr, flush uint32, counted map[uint32]bool) (bad []string) {
	head := []byte{
		opLocalGet, opI64Const, opI64Add, opLocalTee, opI64Const, opI64GeU, opIf, opLocalGet, opCall,
		opI64Const, opLocalSet, opEnd,
	}
	var open []int // instruction that opened each block
	back := map[int]bool{}
	note := func(label uint32) {
		if n := len(open) - 1 - int(label); n >= 0 && code[open[n]].op == opLoop {
			back[open[n]] = true
		}
	}
	dead := 0 // depth of blocks within code that is never reached, +1
	for i, in := range code {
		switch in.op {
		case opBlock, opIf, opLoop:
			open = append(open, i)
			if dead > 0 {
				dead++
			}
		case opElse:
			if dead == 1 {
				dead = 0
			}
		case opEnd:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
			if dead > 0 {
				dead--
			}
		case opBr, opBrIf:
			if dead == 0 {
				note(in.x)
			}
		case opBrTable:
			if dead == 0 {
				c := &reader{b: m.b, pos: in.labels, end: in.next}
				for n := c.u32(); ; n-- {
					note(c.u32())
					if n == 0 {
						break
					}
				}
			}
		}
		if dead == 0 && (in.op == opBr || in.op == opBrTable || in.op == opReturn || in.op == opUnreachable) {
			dead = 1
		}
	}
	light := len(code) > 2 && code[len(code)-2].op == opGlobalSet
	for i := range code {
		if !back[i] {
			continue
		}
		ok := i+len(head) < len(code)
		for k := 0; ok && k < len(head); k++ {
			ok = code[i+1+k].op == head[k]
		}
		if ok {
			c := &reader{b: m.b, pos: code[i+2].at + 1, end: code[i+2].next}
			ok = c.signed(64) > 0 && code[i+9].x == flush && code[i+1].x == code[i+4].x
		}
		if !ok && !(light && callsEachTime(m, code[i:], counted)) {
			bad = append(bad, fmt.Sprintf("function %d: loop at %#x", fn, code[i].at))
		}
	}
	return bad
}

// callsEachTime tells whether every way round the loop with which code begins
// passes a call of a counted function.
func callsEachTime(m *module, code []instr, counted map[uint32]bool) bool {
	const dead, no, yes = 2, 0, 1 // has one been called on every way to here?
	type block struct{ op, before, joined int }
	state := no
	open := []block{{op: opLoop, joined: dead}}
	back := true
	branch := func(label uint32) {
		if state == dead || int(label) >= len(open) { // out of the loop
			return
		}
		switch b := &open[len(open)-1-int(label)]; {
		case int(label) == len(open)-1:
			back = back && state == yes
		case b.op != opLoop:
			b.joined = min(b.joined, state)
		}
	}
	for _, in := range code[1:] {
		switch in.op {
		case opBlock, opLoop, opIf:
			b := block{int(in.op), state, dead}
			if in.op == opIf {
				b.joined = state // the condition may be false
			}
			open = append(open, b)
		case opElse:
			b := &open[len(open)-1]
			b.joined, state = state, b.before
		case opEnd:
			b := open[len(open)-1]
			if open = open[:len(open)-1]; len(open) == 0 {
				return back
			}
			state = min(state, b.joined)
		case opCall:
			if counted[in.x] && state == no {
				state = yes
			}
		case opBr, opBrIf:
			if branch(in.x); in.op == opBr {
				state = dead
			}
		case opBrTable:
			c := &reader{b: m.b, pos: in.labels, end: in.next}
			for n := c.u32(); ; n-- {
				branch(c.u32())
				if n == 0 {
					break
				}
			}
			state = dead
		case opReturn, opUnreachable:
			state = dead
		}
	}
	return false
}

// badCalls lists functions which call others but do not start with the entry
// sequence of the package comment, and those which reach what is reserved.
func badCalls(fn uint32, code []instr, counter, tick, slow, flush uint32) []string {
	calls := false
	for _, in := range code {
		calls = calls || in.op == opCallIndirect || in.op == opCall && in.x != slow && in.x != flush && in.x != tick
		if in.op == opCall && in.x == tick || (in.op == opGlobalGet || in.op == opGlobalSet) && in.x > counter {
			return []string{fmt.Sprintf("function %d reaches what is reserved", fn)}
		}
	}
	head := []byte{
		opGlobalGet, opI64Const, opI64Add, opLocalTee, opGlobalSet, opLocalGet, opI64Const, opI64LtS,
		opIf, opCall,
	}
	ok := len(code) >= len(head) && code[0].x == counter && code[4].x == counter && code[9].x == slow &&
		code[3].x == code[5].x
	for k := 0; ok && k < len(head); k++ {
		ok = code[k].op == head[k]
	}
	if calls && !ok {
		return []string{fmt.Sprintf("function %d calls and is not counted", fn)}
	}
	return nil
}

// TestMutants leaves out one safepoint at a time: the checker must find every
// such mutant, and nothing wrong with the true rewriter.
func TestMutants(t *testing.T) {
	modules := map[string][]byte{"hostile": guest(t, "hostile"), "asm": hostileAsm(), "rust": guest(t, "rust_hostile")}
	for _, s := range samples {
		if !s.isGo() { // too many loops to leave out one by one
			modules[s.name] = guest(t, s.name)
		}
	}
	for seed := range uint64(60) {
		modules[fmt.Sprint("generated ", seed)] = generate(seed).bytes()
	}
	killed := 0
	for name, b := range modules {
		res := mustRewrite(t, b, Options{})
		if bad := unguarded(t, &res); bad != nil {
			t.Errorf("%s: %v", name, bad)
		}
		for n := 1; n <= res.Loops; n++ {
			mutant := mustRewrite(t, b, Options{skipLoop: n})
			if bad := unguarded(t, &mutant); len(bad) != 1 {
				t.Errorf("%s: the mutant without safepoint %d was not noticed: %v", name, n, bad)
			}
			killed++
		}
	}
	t.Logf("%d mutants killed", killed)
	if killed < 200 {
		t.Errorf("only %d mutants", killed)
	}
}

// TestGoGuestGuarded checks a module of thousands of functions.
func TestGoGuestGuarded(t *testing.T) {
	res := mustRewrite(t, builtGo(t), Options{})
	if bad := unguarded(t, &res); bad != nil {
		t.Errorf("%d places, the first: %s", len(bad), bad[0])
	}
	if res.Loops < 500 || res.Functions < 500 {
		t.Errorf("%d loops, %d functions", res.Loops, res.Functions)
	}
}

// TestMutantRuns shows what a missing safepoint means: long loops of every
// shape are stopped, and one without its safepoint runs to its end.
func TestMutantRuns(t *testing.T) {
	get, tee := op(opLocalGet, 0), op(opLocalTee, 0)
	down := cat(get, i32c(1), op(0x6b), tee) // n-1
	shapes := map[string][]byte{
		"br_if":    cat([]byte{opLoop, blockEmpty}, down, op(opBrIf, 0), op(opEnd)),
		"br":       cat([]byte{opLoop, blockEmpty}, down, []byte{opIf, blockEmpty}, op(opBr, 1), op(opEnd), op(opEnd)),
		"br_table": cat([]byte{opBlock, blockEmpty, opLoop, blockEmpty}, down, op(opBrTable, 1, 1, 0), op(opEnd), op(opEnd)),
		"inner":    cat([]byte{opLoop, blockEmpty, opBlock, blockEmpty}, down, op(opBrIf, 1), op(opEnd), op(opEnd)),
		"value":    cat([]byte{opLoop, i32}, down, op(opBrIf, 0), i32c(0), op(opEnd), op(opDrop)),
		"param":    cat(get, op(opLoop, 0), op(opDrop), down, down, op(opBrIf, 0), op(opEnd), op(opDrop)),
	}
	for name, body := range shapes {
		t.Run(name, func(t *testing.T) {
			m := &asmModule{
				types: []asmFunc{{params: []byte{i32}, results: []byte{i32}}},
				funcs: []asmFunc{{params: []byte{i32}, export: "run", body: body}},
			}
			for _, skip := range []int{0, 1} {
				h := newHost(t, compiler())
				h.k.limit = 100_000
				inst := h.start(mustRewrite(t, m.bytes(), Options{skipLoop: skip}).Module)
				_, err := inst.ExportedFunction("run").Call(context.Background(), 1_000_000)
				if stopped := errors.Is(err, errSteps); stopped != (skip == 0) {
					t.Errorf("skip %d: stopped %v: %v", skip, stopped, err)
				}
			}
		})
	}
}
