package safepoint

// layout says where things of the rewritten module are.
//
// Types and globals are added at the end of their spaces. Functions: the
// import comes after the guest's imports, so that its defined functions move
// up by one; the helpers come last.
type layout struct {
	funcs    uint32 // guest's functions
	imported uint32 // of these imported; also the index of tick

	tick, slow, flush uint32 // function indices
	counter           uint32 // global index

	types   uint32            // guest's types
	results map[string]uint32 // block types by their result types
	order   []string          // keys of results, by index

	interval int64
	stack    int64 // limit
	idle     int64 // the counter when no step is pending and no call active
}

// Types which the rewriter adds, relative to layout.types.
const (
	typeTick = iota // (i64) → (), also flush
	typeSlow        // () → ()
	typesAdded
)

// The counter holds steps in its upper half, below 2³¹ by what is left of the
// interval, so that it is negative when tick is due; and the bytes of active
// frames in its lower half.
const (
	stepsShift = 32
	stackMask  = 1<<stepsShift - 1
)

func newLayout(m *module, o Options) *layout {
	p := &layout{
		funcs:    uint32(m.funcCount()),
		imported: uint32(m.importFuncs),
		counter:  uint32(m.globals),
		types:    uint32(len(m.types)),
		results:  map[string]uint32{},
		interval: int64(o.Interval),
		stack:    int64(o.StackBytes),
		idle:     (1<<31 - int64(o.Interval)) << stepsShift,
	}
	p.tick = p.imported
	p.slow = p.funcs + 1
	p.flush = p.funcs + 2
	return p
}

// function maps a guest's function index to its new one.
func (p *layout) function(fn uint32) uint32 {
	if fn >= p.imported {
		return fn + 1
	}
	return fn
}

func (p *layout) addedNames() []addedName {
	return []addedName{
		{p.tick, ImportModule + "." + ImportName},
		{p.slow, ImportModule + ".slow"},
		{p.flush, ImportModule + ".flush"},
	}
}

// declare adds the types that blockType needs for the functions of a module.
func (p *layout) declare(m *module) {
	for _, i := range m.funcs {
		t := &m.types[i]
		if t.results < 2 {
			continue
		}
		if _, ok := p.results[string(t.resultTypes)]; !ok {
			key := string(t.resultTypes)
			p.results[key] = p.types + typesAdded + uint32(len(p.order))
			p.order = append(p.order, key)
		}
	}
}

// blockType appends the type of a block without parameters which leaves
// those results.
func (p *layout) blockType(b []byte, t *funcType) []byte {
	switch t.results {
	case 0:
		return append(b, blockEmpty)
	case 1:
		return append(b, t.resultTypes[1]) // after the count
	}
	return appendS64(b, int64(p.results[string(t.resultTypes)]))
}

// helpers returns the bodies of slow and flush.
//
//	slow:  if counter & stackMask > limit { tick(-1); unreachable }
//	       n := (counter - idle) >> 32; counter -= n << 32; tick(n)
//	flush: counter += parameter << 32; if counter < 0 { slow() }
//
// The counter's subtraction is modulo 2⁶⁴ and the shift unsigned, which gives n
// also for a negative counter.
func (p *layout) helpers() []byte {
	c := &code{plan: p}
	c.raw(0) // no locals
	c.counterGet()
	c.i64(stackMask)
	c.raw(opI64And)
	c.i64(p.stack)
	c.raw(opI64GtU, opIf, blockEmpty)
	c.i64(StackExhausted)
	c.call(p.tick)
	c.raw(opUnreachable, opEnd)
	c.counterGet() // the argument of tick
	c.i64(p.idle)
	c.raw(opI64Sub)
	c.i64(stepsShift)
	c.raw(opI64ShrU)
	c.counterGet()
	c.i64(stackMask)
	c.raw(opI64And)
	c.i64(p.idle)
	c.raw(opI64Add)
	c.counterSet()
	c.call(p.tick)
	c.raw(opEnd)
	b := append(appendU32(nil, uint32(len(c.out))), c.out...)

	c.out = append(c.out[:0], 0)
	c.counterGet()
	c.raw(opLocalGet, 0)
	c.i64(stepsShift)
	c.raw(opI64Shl, opI64Add)
	c.counterSet()
	c.counterGet()
	c.slowIfNegative()
	c.raw(opEnd)
	return append(appendU32(b, uint32(len(c.out))), c.out...)
}

// code appends instructions.
type code struct {
	plan *layout
	out  []byte
}

func (c *code) raw(b ...byte) { c.out = append(c.out, b...) }

func (c *code) i64(v int64) { c.out = appendS64(append(c.out, opI64Const), v) }

func (c *code) call(fn uint32) { c.out = appendU32(append(c.out, opCall), fn) }

func (c *code) counterGet() { c.out = appendU32(append(c.out, opGlobalGet), c.plan.counter) }

func (c *code) counterSet() { c.out = appendU32(append(c.out, opGlobalSet), c.plan.counter) }

func (c *code) local(op byte, i uint32) { c.out = appendU32(append(c.out, op), i) }

// slowIfNegative takes the slow path if the number on the stack says so.
func (c *code) slowIfNegative() {
	c.i64(0)
	c.raw(opI64LtS, opIf, blockEmpty)
	c.call(c.plan.slow)
	c.raw(opEnd)
}
