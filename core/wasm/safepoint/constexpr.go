package safepoint

// readGlobals counts the globals and checks that no initializer names one
// which does not exist: such a name would become the counter's.
func (m *module) readGlobals(r *reader) {
	n := r.count("globals")
	for i := 0; i < n && !r.failed(); i++ {
		m.globalType(r)
		m.constExpr(r, nil)
		m.globals++
	}
}

// constExpr reads a constant expression and calls found, which may be nil,
// for each ref.func with the positions of its index and the index.
func (m *module) constExpr(r *reader, found func(at, next int, fn uint32)) {
	for !r.failed() {
		in := r.next()
		switch in.op {
		case opEnd:
			return
		case opI32Const, opI64Const, opF32Const, opF64Const, opRefNull:
		case opSIMD:
			if in.sub != simdConst {
				r.fail(in.at, "not a constant expression")
			}
		case opGlobalGet:
			if !r.failed() && int64(in.x) >= int64(m.globals) {
				r.fail(in.at, "global %d does not exist", in.x)
			}
		case opRefFunc:
			m.checkFunc(r, in.at, in.x)
			if found != nil && !r.failed() {
				found(in.at+1, in.next, in.x)
			}
		case opI32Add, opI32Sub, opI32Mul, opI64Add, opI64Sub, opI64Mul:
			r.refuse(in.at, featureExtConst)
		default:
			r.fail(in.at, "opcode %#02x in a constant expression", in.op)
		}
	}
}

func (m *module) checkFunc(r *reader, at int, fn uint32) {
	if !r.failed() && int64(fn) >= int64(m.funcCount()) {
		r.fail(at, "function %d does not exist", fn)
	}
}

// elements reads the element section (all eight kinds of segments) and calls
// found for each function index.
func (m *module) elements(r *reader, found func(at, next int, fn uint32)) {
	for n := r.count("element segments"); n > 0 && !r.failed(); n-- {
		at := r.pos
		flags := r.u32()
		if flags > 7 {
			r.fail(at, "element segment kind %d does not exist", flags)
			return
		}
		active, exprs := flags&1 == 0, flags&4 != 0
		if active {
			if flags&2 != 0 {
				r.u32() // table
			}
			m.constExpr(r, found)
		}
		if flags&3 != 0 {
			if exprs {
				r.refType()
			} else if at := r.pos; r.byte() != 0 {
				r.fail(at, "element kind is not funcref")
			}
		}
		for k := r.count("elements"); k > 0 && !r.failed(); k-- {
			if exprs {
				m.constExpr(r, found)
				continue
			}
			at := r.pos
			fn := r.u32()
			m.checkFunc(r, at, fn)
			if !r.failed() {
				found(at, r.pos, fn)
			}
		}
	}
	r.done()
}

// data reads the data section only for the globals which offsets name.
func (m *module) data(r *reader) {
	for n := r.count("data segments"); n > 0 && !r.failed(); n-- {
		at := r.pos
		switch flags := r.u32(); flags {
		case 0:
			m.constExpr(r, nil)
		case 1:
		case 2:
			at := r.pos
			if r.u32() != 0 {
				r.refuse(at, featureMultiMemory)
			}
			m.constExpr(r, nil)
		default:
			r.fail(at, "data segment kind %d does not exist", flags)
		}
		r.name() // the bytes
	}
}
