package safepoint

// loopHead writes a loop instruction and its safepoint.
//
//	clock += pending - weight   (if positive: what the way to the loop cost
//	loop bt                      and its first passage does not pay)
//	  clock += weight
//	  if clock >= interval { flush(clock); clock = 0 }
func (x *instrumenter) loopHead(in *instr, f *frame) {
	f.loop = x.loops
	x.loops++
	if !x.writing {
		x.weights = append(x.weights, 0)
	}
	if x.light {
		f.head = x.pending
		x.copy(in)
		x.labels++
		return
	}
	weight := x.weights[f.loop]
	if x.pending > weight {
		x.charge(x.pending - weight)
	}
	x.copy(in)
	x.labels++
	if x.pending != unreachable {
		x.pending = 0
	}
	if !x.writing || weight == 0 {
		return
	}
	x.charged = true
	x.nloops++
	if x.nloops == x.opts.skipLoop {
		return
	}
	x.local(opLocalGet, x.clock)
	x.i64(int64(weight))
	x.raw(opI64Add)
	x.local(opLocalTee, x.clock)
	x.check()
}

// chargePending adds what is pending to the clock.
func (x *instrumenter) chargePending() {
	if x.light {
		x.tooHeavy = true
		return
	}
	x.charge(x.pending)
	if x.pending >= growWeight { // slow: bodies of nothing else exist
		x.local(opLocalGet, x.clock)
		x.check()
	}
	x.pending = 0
}

// check flushes the clock, whose value is on the stack, if it is due.
func (x *instrumenter) check() {
	x.i64(x.plan.interval)
	x.raw(opI64GeU, opIf, blockEmpty)
	x.local(opLocalGet, x.clock)
	x.call(x.plan.flush)
	x.i64(0)
	x.local(opLocalSet, x.clock)
	x.raw(opEnd)
}

// charge adds a weight to the clock.
func (x *instrumenter) charge(weight int) {
	x.charged = true
	x.local(opLocalGet, x.clock)
	x.i64(int64(weight))
	x.raw(opI64Add)
	x.local(opLocalSet, x.clock)
}

// chargeLength charges for an instruction whose last operand, on the stack,
// is a length; shift turns it into steps. A length beyond the mask is beyond
// every table: the instruction then fails at once.
func (x *instrumenter) chargeLength(shift int) {
	if x.pending == unreachable {
		return
	}
	x.tooHeavy = true
	x.charged, x.bulk = true, true
	x.local(opLocalTee, x.scratch)
	x.local(opLocalGet, x.scratch)
	x.raw(opI64ExtendU)
	if shift > 0 {
		x.i64(int64(shift))
		x.raw(opI64ShrU)
	} else {
		x.i64(1<<27 - 1)
		x.raw(opI64And)
	}
	x.local(opLocalGet, x.clock)
	x.raw(opI64Add)
	x.local(opLocalTee, x.clock)
	x.check()
}

// entry writes what a counted function does first. A leaf with a clock does
// nothing: it is counted when it is left.
func (x *instrumenter) entry() {
	if x.calls == 0 && x.charged {
		return
	}
	weight := 1
	if !x.charged {
		weight = max(x.largest, 1)
	}
	if x.calls > 0 {
		weight = max(weight, int((x.frameSize+frameStep-1)/frameStep))
	}
	weight += callCredit
	x.counterGet()
	x.i64(int64(weight)<<stepsShift + x.nested())
	x.raw(opI64Add)
	x.store()
	if x.charged {
		x.i64(0)
		x.local(opLocalSet, x.clock)
	}
}

// nested is what the stack half of the counter grows by in this function. A
// function without calls is nested no further and does not count.
func (x *instrumenter) nested() int64 {
	if x.calls > 0 {
		return x.frameSize
	}
	return 0
}

// store sets the counter to the value on the stack and takes the slow path if
// it says so.
func (x *instrumenter) store() {
	x.local(opLocalTee, x.clock)
	x.counterSet()
	x.local(opLocalGet, x.clock)
	x.slowIfNegative()
}

// leave writes what a wrapped function does last.
func (x *instrumenter) leave() {
	if !x.charged {
		x.counterGet()
		x.i64(-x.nested())
		x.raw(opI64Add)
		x.counterSet()
		return
	}
	// The counter comes last: what waits for it is a single addition.
	x.local(opLocalGet, x.clock)
	x.i64(stepsShift)
	x.raw(opI64Shl)
	exit := x.exit
	if x.calls == 0 { // it was not counted at its entry
		exit += callCredit
	}
	if delta := int64(exit)<<stepsShift - x.nested(); delta != 0 {
		x.i64(delta)
		x.raw(opI64Add)
	}
	x.counterGet()
	x.raw(opI64Add)
	x.store()
}
