package safepoint

// callCredit is what each call of a counted function costs beyond what the
// function does, so that it also pays for as many steps of its caller.
const callCredit = 16

// counted tells whether a call of fn adds callCredit to the counter.
func (x *instrumenter) counted(fn uint32) bool {
	return int(fn) >= x.m.importFuncs && x.prog.facts[fn].free == 0
}

// tryLight reads a body that calls and has charges once more and finds out
// whether it can do without a clock: it can if what it does between its calls is
// little enough for callCredit to pay for, on each way round each of its loops
// and, but for less than maxPending steps that its entry pays, from its start to
// its end. Then a function which does little but call costs half as much.
//
// In this reading a weight is what a path cost since the function's entry, less
// the credit of the calls on it. A loop is passed on with the weight with which
// it was reached, and no way round it may raise that.
func (x *instrumenter) tryLight(r *reader, at int) {
	before := x.shape
	x.shape = shape{weights: x.weights, calls: x.calls}
	x.light, x.tooHeavy = true, false
	r.pos = at
	x.walk(r)
	if r.failed() {
		return
	}
	if x.tooHeavy {
		x.light, x.shape = false, before
		return
	}
	largest := x.largest
	x.shape = before
	x.largest, x.charged = largest, false
}
