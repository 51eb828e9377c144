package safepoint

// facts are what other functions must know about one.
type facts struct {
	// free is the weight of a leaf so small that its callers count it: it
	// has no loop, no call and no instruction of unbounded time. 0 means
	// that the function counts itself.
	free uint32
	// taken says that call_indirect may reach the function.
	taken bool
	// outer says that the host may call it: no caller counts it then.
	outer bool
}

// program is what one pass over all code and elements finds.
type program struct {
	facts        []facts // by guest function index
	indirectCost int     // weight of call_indirect
	tableGrows   bool
	lasting      bool // writes a table or drops a segment
}

// survey reads every body once, refuses what cannot be decoded, and finds
// the free leaves.
func (m *module) survey(o Options) (*program, *Error) {
	prog := &program{facts: make([]facts, m.funcCount()), indirectCost: 1}
	if s := m.find(secElement); s != nil {
		r := m.reader(s)
		m.elements(r, func(at, _ int, fn uint32) { prog.facts[fn].taken = true })
		if r.failed() {
			return nil, m.located(r.err, s)
		}
	}
	if s := m.find(secExport); s != nil {
		r := m.reader(s)
		m.readExports(r, func(_, _ int, kind byte, i uint32) {
			if kind == 0 {
				prog.facts[i].outer = true
			}
		})
		if r.failed() {
			return nil, m.located(r.err, s)
		}
	}
	all := o.split(m)
	found := make([]finds, len(all))
	beside(len(all), func(i int) { found[i].survey(m, prog, all[i]) })
	for i := range found {
		f := &found[i]
		if f.err != nil {
			return nil, m.located(f.err, m.find(secCode))
		}
		for _, fn := range f.taken {
			prog.facts[fn].taken = true
		}
		prog.tableGrows = prog.tableGrows || f.tableGrows
		prog.lasting = prog.lasting || f.lasting
	}
	for i := range prog.facts {
		if f := &prog.facts[i]; f.taken {
			prog.indirectCost = max(prog.indirectCost, 1+int(f.free))
		}
	}
	return prog, nil
}

// finds is what one stretch of bodies says about other functions and the whole.
type finds struct {
	taken               []uint32 // functions
	tableGrows, lasting bool
	err                 *Error
}

// survey reads a stretch, up to the first error.
func (f *finds) survey(m *module, prog *program, st stretch) {
	for i, bd := range m.bodies[st.from:st.to] {
		fn := m.importFuncs + st.from + i
		r := &reader{b: m.b, pos: bd.start, end: bd.end}
		if f.body(m, r, &prog.facts[fn]); r.failed() {
			r.err.Func = fn
			f.err = r.err
			return
		}
	}
}

// body reads one body, whose function's facts are own.
func (f *finds) body(m *module, r *reader, own *facts) {
	r.localGroups(nil)
	weight, bounded := 1, true
	for {
		weight += r.skipPlain()
		if !r.more() {
			break
		}
		in := r.next()
		weight += cost(&in)
		switch in.op {
		case opLoop, opCall, opCallIndirect, opMemoryGrow:
			bounded = false
		case opMisc:
			if unit(in.sub) >= 0 {
				bounded = false
			}
			switch in.sub {
			case miscTableGrow:
				f.tableGrows, f.lasting = true, true
			case miscDataDrop, miscTableInit, miscElemDrop, miscTableCopy, miscTableFill:
				f.lasting = true
			}
		case opTableSet:
			f.lasting = true
		case opRefFunc:
			m.checkFunc(r, in.at, in.x)
			if !r.failed() {
				f.taken = append(f.taken, in.x)
			}
		}
	}
	if bounded && weight <= maxFree && !own.outer {
		own.free = uint32(weight)
	}
}

// localGroups reads the declarations of locals, checks their number, and
// calls f, which may be nil, for each group. It returns the number of groups.
func (r *reader) localGroups(f func(n uint32, typ byte)) int {
	groups := r.count("groups of locals")
	total := uint64(0)
	for i := 0; i < groups && !r.failed(); i++ {
		at := r.pos
		n := r.u32()
		if total += uint64(n); total > MaxLocals {
			r.fail(at, "%d locals, more than %d", total, MaxLocals)
		}
		typ := r.pos
		r.valueType()
		if f != nil && !r.failed() {
			f(n, r.b[typ])
		}
	}
	return groups
}

const (
	// maxFree is the largest weight of a leaf which its callers count.
	maxFree = 32
	// maxPending is the weight after which a path is charged in between.
	maxPending = 256
	// frameStep is the bytes of frame for which a call costs a step. It
	// bounds how far the stack can go beyond its limit until it is looked
	// at: by Interval × frameStep.
	frameStep = 64
	// growWeight is what memory.grow and table.grow cost: each leaves the
	// guest and may copy.
	growWeight = 2048
)

// cost is the number of steps of one instruction, what a call does excepted.
// Instructions which no engine makes code for cost nothing.
func cost(in *instr) int {
	switch in.op {
	case opNop, opBlock, opLoop, opElse, opEnd, opDrop:
		return 0
	case opMemoryGrow:
		return growWeight
	case opMisc:
		if in.sub == miscTableGrow {
			return growWeight
		}
	}
	return 1
}

// unit returns, for an instruction whose time depends on its last operand,
// how far to shift that operand right to get steps; -1 for any other
// instruction after opMisc. Memory counts 8 bytes as a step, a table one
// element.
func unit(sub uint32) int {
	switch sub {
	case miscMemoryInit, miscMemoryCopy, miscMemoryFill:
		return 3
	case miscTableInit, miscTableCopy, miscTableFill, miscTableGrow:
		return 0
	}
	return -1
}
