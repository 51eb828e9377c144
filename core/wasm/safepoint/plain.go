package safepoint

// Kinds of plain instructions: those that cost a step at most, are copied as they
// are, and do not move control. Nearly all code is made of them, so that the two
// readers below take whole runs of them; what is rare among them, or wrong, they
// leave to [reader.next].
const (
	notPlain   = iota
	plainFree  // drop and nop: no step, no value
	plainValue // nothing follows the opcode
	plainConst // of an integer
	plainLocal
	plainMemarg
)

// plainKinds gives the kind of each opcode.
var plainKinds = func() (k [256]byte) {
	for op := 0x28; op <= 0x3e; op++ {
		k[op] = plainMemarg
	}
	for op := 0x45; op <= 0xc4; op++ {
		k[op] = plainValue
	}
	k[0x1b], k[0xd1] = plainValue, plainValue // select, ref.is_null
	k[opNop], k[opDrop] = plainFree, plainFree
	k[opI32Const], k[opI64Const] = plainConst, plainConst
	k[opLocalGet], k[opLocalSet], k[opLocalTee] = plainLocal, plainLocal, plainLocal
	return k
}()

// shortLEB is how many bytes of an integer are surely within every length that an
// instruction allows: the fifth byte of 32 bits may be too large.
const shortLEB = 4

// short returns where the integer at pos ends, or 0 for one that is long or cut.
func short(b []byte, pos int) int {
	for n := 1; n <= shortLEB && pos < len(b); n++ {
		if pos++; b[pos-1] < 0x80 {
			return pos
		}
	}
	return 0
}

// after returns where a plain instruction ends, whose kind is neither plainFree nor
// plainValue, or 0 where [reader.next] must judge it.
func after(kind byte, b []byte, pos int) int {
	pos++
	if kind == plainMemarg {
		if pos >= len(b) || b[pos] >= 64 { // its alignment, and in it other proposals
			return 0
		}
		pos++
	}
	return short(b, pos)
}

// skipPlain passes over plain instructions and returns the steps that they cost.
func (r *reader) skipPlain() (steps int) {
	b, pos := r.b[:r.end], r.pos
	for pos < len(b) {
		kind := plainKinds[b[pos]]
		next := pos + 1
		switch kind {
		case notPlain:
			next = 0
		case plainFree:
			steps--
		case plainValue:
		default:
			next = after(kind, b, pos)
		}
		if next == 0 {
			break
		}
		steps++
		pos = next
	}
	r.pos = pos
	return steps
}

// plainRun takes the plain instructions that come next, until the path has to be
// charged for.
func (x *instrumenter) plainRun(r *reader) {
	b, pos := r.b[:r.end], r.pos
	left := maxPending - x.pending // more than there is where no path arrives
	steps, values, sets := 0, 0, 0
	for pos < len(b) && steps < left {
		op := b[pos]
		kind := plainKinds[op]
		next := pos + 1
		switch kind {
		case notPlain:
			next = 0
		case plainFree:
			steps--
		case plainValue:
			values++
		default:
			if next = after(kind, b, pos); next == 0 {
				break
			}
			if kind == plainMemarg {
				values++
			}
			if kind != plainLocal {
				break
			}
			if next != pos+2 || uint32(b[pos+1]) >= x.locals {
				next = 0
				break
			}
			x.reach.use(uint32(b[pos+1]), op == opLocalGet)
			if op != opLocalGet {
				sets++
				values++
			}
		}
		if next == 0 {
			break
		}
		steps++
		pos = next
	}
	x.values += values
	x.frames[len(x.frames)-1].sets += sets
	if x.pending != unreachable {
		x.pending += steps
		x.largest = max(x.largest, x.pending)
	}
	if x.writing {
		x.raw(b[r.pos:pos]...)
	}
	r.pos = pos
}
