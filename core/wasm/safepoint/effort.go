package safepoint

// effort adds up what makes the engine's compiler slow over all functions.
type effort struct{ carried, jumps, joined int }

// add refuses a function, whose shape and number of far locals are given, that
// the compiler would take too long for, or that is one too many of its kind.
func (e *effort) add(r *reader, at int, s *shape, far int) {
	joined := s.blocks * far
	e.carried += s.carried * s.carried
	e.jumps += s.jumps * s.jumps
	e.joined += joined
	switch {
	case s.carried > maxCarried || e.carried > maxCarriedSquares:
		r.fail(at, "the loops assign too many locals: %d; split the function", s.carried)
	case s.jumps > MaxJumps || e.jumps > maxJumpSquares:
		r.fail(at, "too many blocks and branches: %d; split the function", s.jumps)
	case s.calls > MaxCalls:
		r.fail(at, "%d calls in one function, more than %d; split the function", s.calls, MaxCalls)
	case joined > maxJoined || e.joined > maxAllJoined:
		r.fail(at, "%d blocks with %d locals that reach over blocks are too many; split the function", s.blocks, far)
	}
}

// within tells whether the sums over all functions are within their limits.
func (e *effort) within() bool {
	return e.carried <= maxCarriedSquares && e.jumps <= maxJumpSquares && e.joined <= maxAllJoined
}

// reach counts the locals of a function that are read in another block than the
// one that last wrote or read them: what the compiler must look for elsewhere.
// Those of a build without optimization are many and near.
type reach struct {
	at  int   // number of the block
	far int   // such locals
	met []int // per local: where it was used last; -1 once it is far
}

// begin starts a function. Its parameters are known in the first block.
func (x *reach) begin(locals int) {
	if cap(x.met) < locals {
		x.met = make([]int, locals)
	}
	x.met = x.met[:locals]
	clear(x.met)
	x.at, x.far = 0, 0
}

// use notes a reading or writing of a local.
func (x *reach) use(local uint32, read bool) {
	switch was := x.met[local]; {
	case was < 0:
	case read && was != x.at:
		x.met[local] = -1
		x.far++
	default:
		x.met[local] = x.at
	}
}
