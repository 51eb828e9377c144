package safepoint

// unreachable is the pending weight of code which no path reaches.
const unreachable = -1 << 31

// frame is an open block of the body being read.
type frame struct {
	op      byte // opBlock, opLoop, opIf, opElse; 0 for the body itself
	label   int  // label of the output which a branch to it takes
	inner   int  // pending weight where the block began (for else)
	forward int  // largest pending weight of a branch to its end
	loop    int  // number of the loop in its body
	head    int  // pending weight where a loop begins, in a light function
	sets    int  // assignments to locals within
}

// shape is what the first reading of a body finds out for the second.
type shape struct {
	weights []int // per loop: charge at its head, 0 if nothing branches to it
	exit    int   // pending weight where the body is left
	largest int   // largest pending weight anywhere
	charged bool  // has charges between entry and exit: needs the local clock
	bulk    bool  // needs the scratch local
	calls   int
	jumps   int // blocks and branch targets, see MaxJumps
	blocks  int
	carried int // locals assigned in a loop, summed over all loops
	values  int // instructions which make a value that may be spilled
	wide    bool
	// frameSize is set between the readings.
	frameSize int64
}

// instrumenter rewrites one body of a stretch after the other; its buffers are reused.
type instrumenter struct {
	code
	m    *module
	prog *program
	opts Options

	shape
	writing  bool // last reading
	light    bool // see tryLight
	tooHeavy bool // the light reading failed
	frames   []frame
	labels   int // labels open in the output
	nesting  int // loops open
	effort   effort
	reach    reach
	pending  int
	loops    int // loops seen in this body
	nloops   int // loops with a safepoint in the whole stretch
	nfuncs   int // functions that count, likewise
	// allLocals are the locals of its functions together.
	allLocals int
	locals    uint32 // of the guest, parameters included
	clock     uint32 // i64 local
	scratch   uint32 // i32 local
	wrapped   bool
	passedOn  int
}

// function leaves the new body of fn in x.out.
func (x *instrumenter) function(r *reader, fn uint32) {
	t, _ := x.m.typeOf(fn)
	x.shape = shape{weights: x.weights[:0]}
	x.writing, x.wrapped, x.light = false, false, false
	groupsAt, groupsEnd, groups := x.readLocals(r, t)
	x.reach.begin(int(x.locals))
	x.walk(r) // first reading: the output is thrown away
	r.done()
	if r.failed() {
		return
	}
	if x.effort.add(r, groupsAt, &x.shape, x.reach.far); r.failed() {
		return
	}
	for _, w := range x.weights {
		x.charged = x.charged || w > 0
	}
	if x.calls > 0 && x.charged {
		x.tryLight(r, groupsEnd)
	}
	x.frameSize = x.frameBytes()
	x.out = x.out[:0]
	x.writing = true
	r.pos = groupsEnd

	free := x.prog.facts[fn].free > 0
	x.wrapped = !free && (x.calls > 0 || x.charged)
	extra := 1
	switch {
	case free:
		extra = 0
	case x.bulk:
		extra = 2
	}
	x.out = appendU32(x.out, uint32(groups+extra))
	x.out = append(x.out, x.m.b[groupsAt:groupsEnd]...)
	if extra > 0 {
		x.raw(1, typeI64)
	}
	if extra > 1 {
		x.raw(1, typeI32)
	}
	if !free {
		x.nfuncs++
		x.entry()
	}
	if x.wrapped {
		x.raw(opBlock)
		x.out = x.plan.blockType(x.out, t)
	}
	x.walk(r)
	if x.wrapped {
		x.leave()
		x.raw(opEnd)
	}
}

// readLocals returns where the groups of locals are and how many.
func (x *instrumenter) readLocals(r *reader, t *funcType) (at, end, groups int) {
	x.locals = uint32(t.params)
	from := r.pos
	groups = r.localGroups(func(n uint32, typ byte) {
		x.locals += n
		x.wide = x.wide || typ == typeV128
	})
	if x.allLocals += int(x.locals); x.allLocals > maxAllLocals {
		r.fail(from, "more than %d locals in all functions", maxAllLocals)
	}
	if x.locals > MaxLocals {
		r.fail(from, "%d locals, more than %d", x.locals, MaxLocals)
	}
	x.clock, x.scratch = x.locals, x.locals+1
	// The count is re-encoded, the groups are copied.
	c := &reader{b: r.b, pos: from, end: r.end}
	c.u32()
	return c.pos, r.pos, groups
}

// frameBytes is an upper estimate of the engine's stack frame: every
// parameter, local and made value in a slot of its own.
func (x *instrumenter) frameBytes() int64 {
	slot := 8
	if x.wide {
		slot = 16
	}
	return int64(64 + slot*(int(x.locals)+x.values))
}

// walk reads the instructions and writes them with their charges.
func (x *instrumenter) walk(r *reader) {
	x.labels = 1
	if x.wrapped {
		x.labels = 2
	}
	x.frames = append(x.frames[:0], frame{label: x.labels - 1, forward: unreachable})
	x.pending, x.loops, x.passedOn, x.nesting = 0, 0, 0, 0
	for len(x.frames) > 0 {
		x.plainRun(r)
		if x.pending >= maxPending {
			x.chargePending()
		}
		if x.light && x.tooHeavy {
			return // what else there is was read before
		}
		if !r.more() {
			r.fail(r.pos, "the body ends before its end instruction")
			return
		}
		in := r.next()
		if r.failed() {
			return
		}
		if x.pending != unreachable {
			x.pending += cost(&in)
			x.largest = max(x.largest, x.pending)
		}
		x.instr(r, &in)
		if x.pending >= maxPending && len(x.frames) > 0 {
			x.chargePending()
		}
	}
}

// instr writes one instruction.
func (x *instrumenter) instr(r *reader, in *instr) {
	switch in.op {
	case opBlock, opIf, opLoop:
		x.open(r, in)
		return
	case opElse:
		x.reach.at++
		f := &x.frames[len(x.frames)-1]
		if f.op != opIf {
			r.fail(in.at, "else without if")
			return
		}
		f.op = opElse
		f.forward = max(f.forward, x.pending)
		x.pending = f.inner
	case opEnd:
		x.close()
		return
	case opBr, opBrIf:
		x.jumps++
		x.raw(in.op)
		x.out = appendU32(x.out, x.branch(r, in.at, in.x))
		if in.op == opBr {
			x.pending = unreachable
		}
		return
	case opBrTable:
		x.table(r, in)
		x.pending = unreachable
		return
	case opReturn:
		depth := x.branch(r, in.at, uint32(len(x.frames)-1))
		if x.wrapped {
			x.raw(opBr)
			x.out = appendU32(x.out, depth)
		} else {
			x.raw(opReturn)
		}
		x.pending = unreachable
		return
	case opUnreachable:
		x.pending = unreachable
	default:
		x.plain(r, in)
		return
	}
	x.copy(in)
}

func (x *instrumenter) copy(in *instr) { x.raw(x.m.b[in.at:in.next]...) }

// plain writes an instruction which does not move control within the body.
func (x *instrumenter) plain(r *reader, in *instr) {
	switch in.op {
	case opCall, opRefFunc:
		x.m.checkFunc(r, in.at, in.x)
		if r.failed() {
			return
		}
		if in.op == opCall {
			if x.light && x.counted(in.x) && x.pending != unreachable {
				x.pending -= callCredit
			}
			x.called(int(x.prog.facts[in.x].free))
			t, _ := x.m.typeOf(in.x)
			x.values += t.results
		}
		x.raw(in.op)
		x.out = appendU32(x.out, x.plan.function(in.x))
		return
	case opCallIndirect:
		if int64(in.x) >= int64(len(x.m.types)) {
			r.fail(in.at, "type %d does not exist", in.x)
			return
		}
		x.values += x.m.types[in.x].results
		x.called(x.prog.indirectCost - 1)
	case opLocalGet, opLocalSet, opLocalTee:
		if in.x >= x.locals {
			r.fail(in.at, "local %d does not exist", in.x)
			return
		}
		if in.op != opLocalGet {
			x.frames[len(x.frames)-1].sets++
			x.values++
		}
		x.reach.use(in.x, in.op == opLocalGet)
	case opGlobalGet, opGlobalSet:
		if in.x >= x.plan.counter {
			r.fail(in.at, "global %d does not exist", in.x)
		}
		x.values++
	case opMisc:
		if u := unit(in.sub); u >= 0 {
			x.chargeLength(u)
		}
		x.values++
	case opSIMD:
		x.wide = true
		x.values++
	case opNop, opDrop, opI32Const, opI64Const:
	default:
		x.values++
	}
	x.copy(in)
}

// called counts a call whose callee may leave free steps to this body.
func (x *instrumenter) called(free int) {
	x.calls++
	if x.pending != unreachable {
		x.pending += free
		x.largest = max(x.largest, x.pending)
	}
}

// branch notes a branch to the guest's label n and returns the label in the
// output.
func (x *instrumenter) branch(r *reader, at int, n uint32) uint32 {
	if int64(n) >= int64(len(x.frames)) {
		r.fail(at, "label %d does not exist", n)
		return 0
	}
	f := &x.frames[len(x.frames)-1-int(n)]
	if x.pending != unreachable {
		switch {
		case f.op == opLoop && x.light:
			x.tooHeavy = x.tooHeavy || x.pending > f.head
		case f.op == opLoop:
			x.weights[f.loop] = max(x.weights[f.loop], x.pending)
		default:
			f.forward = max(f.forward, x.pending)
		}
	}
	return uint32(x.labels - 1 - f.label)
}

func (x *instrumenter) table(r *reader, in *instr) {
	x.raw(opBrTable)
	c := &reader{b: r.b, pos: in.labels, end: in.next}
	n := c.u32()
	x.jumps += int(n/2) + 1 // the entries of a table share what leads to a block
	x.out = appendU32(x.out, n)
	for i := uint32(0); i <= n && !r.failed(); i++ {
		x.out = appendU32(x.out, x.branch(r, in.at, c.u32()))
	}
}

// open writes the start of a block.
func (x *instrumenter) open(r *reader, in *instr) {
	if len(x.frames) > MaxNesting {
		r.fail(in.at, "blocks are nested more than %d deep", MaxNesting)
		return
	}
	if in.x < blockTypeSingle {
		if int64(in.x) >= int64(len(x.m.types)) {
			r.fail(in.at, "block type %d does not exist", in.x)
			return
		}
		t := &x.m.types[in.x]
		if x.passedOn += t.params + t.results; x.passedOn > maxBlockVals {
			r.fail(in.at, "blocks pass on more than %d values", maxBlockVals)
			return
		}
		x.values += t.params + t.results
	} else {
		x.values++
	}
	x.blocks++
	x.reach.at++
	x.jumps++
	if in.op != opBlock { // an if has two ways, and a loop gets an if
		x.jumps++
	}
	f := frame{op: in.op, inner: x.pending, forward: unreachable}
	if in.op == opLoop {
		if x.nesting++; x.nesting > MaxLoopNesting {
			r.fail(in.at, "loops are nested more than %d deep", MaxLoopNesting)
			return
		}
		x.loopHead(in, &f)
	} else {
		x.copy(in)
		x.labels++
	}
	f.label = x.labels - 1
	x.frames = append(x.frames, f)
}

// close writes the end of a block.
func (x *instrumenter) close() {
	x.reach.at++
	f := x.frames[len(x.frames)-1]
	x.frames = x.frames[:len(x.frames)-1]
	if n := len(x.frames); n > 0 {
		x.frames[n-1].sets += f.sets
	}
	if f.op == opLoop {
		x.carried += min(f.sets, int(x.locals))
		x.nesting--
	}
	if f.op == opIf { // no else: the condition may be false
		f.forward = max(f.forward, f.inner)
	}
	if f.op != opLoop {
		x.pending = max(x.pending, f.forward)
	}
	if f.inner != unreachable {
		// Also where no path arrives: that what follows a block can be
		// reached needs no proof then.
		if x.pending == unreachable {
			x.pending = 0
		}
	}
	if f.op == 0 {
		x.exit = x.pending
	}
	x.raw(opEnd)
	x.labels--
}
