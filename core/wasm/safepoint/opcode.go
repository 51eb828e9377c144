package safepoint

// Opcodes which the rewriter looks at or writes.
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelectT      = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableSet     = 0x26
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI64LtS       = 0x53
	opI64GtU       = 0x56
	opI64GeU       = 0x5a
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI32Mul       = 0x6c
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64Mul       = 0x7e
	opI64And       = 0x83
	opI64Shl       = 0x86
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	opMisc         = 0xfc
	opSIMD         = 0xfd

	miscMemoryInit = 8
	miscDataDrop   = 9
	miscMemoryCopy = 10
	miscMemoryFill = 11
	miscTableInit  = 12
	miscElemDrop   = 13
	miscTableCopy  = 14
	miscTableGrow  = 15
	miscTableFill  = 17

	simdConst   = 12
	simdShuffle = 13

	blockEmpty = 0x40
	typeFunc   = 0x60
	typeI32    = 0x7f
	typeI64    = 0x7e
	typeV128   = 0x7b
)

// Shapes of what follows an opcode.
const (
	immUnknown = iota
	immNone
	immBlock
	immLabel
	immBrTable
	immCall
	immCallIndirect
	immSelect
	immLocal
	immGlobal
	immIndex
	immMemarg
	immMemory
	immI32
	immI64
	immF32
	immF64
	immRefType
	immRefFunc
	immMisc
	immSIMD
)

// immediateOf returns the shape for a one-byte opcode, immUnknown if Core 2.0
// has no such opcode.
func immediateOf(op byte) int {
	switch {
	case op <= opNop || op == opElse || op == opEnd || op == opReturn || op == opDrop || op == 0x1b:
		return immNone
	case op <= opIf:
		return immBlock
	case op == opBr || op == opBrIf:
		return immLabel
	case op >= opLocalGet && op <= opLocalTee:
		return immLocal
	case op == opGlobalGet || op == opGlobalSet:
		return immGlobal
	case op == 0x25 || op == 0x26:
		return immIndex
	case op >= 0x28 && op <= 0x3e:
		return immMemarg
	case op == 0x3f || op == opMemoryGrow:
		return immMemory
	case op >= 0x45 && op <= 0xc4 || op == 0xd1:
		return immNone
	}
	switch op {
	case opBrTable:
		return immBrTable
	case opCall:
		return immCall
	case opCallIndirect:
		return immCallIndirect
	case opSelectT:
		return immSelect
	case opI32Const:
		return immI32
	case opI64Const:
		return immI64
	case opF32Const:
		return immF32
	case opF64Const:
		return immF64
	case opRefNull:
		return immRefType
	case opRefFunc:
		return immRefFunc
	case opMisc:
		return immMisc
	case opSIMD:
		return immSIMD
	}
	return immUnknown
}

// featureOf names the proposal which an opcode outside Core 2.0 belongs to.
func featureOf(op byte) string {
	switch op {
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f:
		return featureExceptions
	case 0x12, 0x13:
		return featureTailCall
	case 0x14, 0x15, 0xd4, 0xd5, 0xd6:
		return featureTypedRefs
	case 0xd3, 0xfb:
		return featureGC
	case 0xfe:
		return featureThreads
	}
	return ""
}

// instr is one decoded instruction. Its bytes are module[at:next].
type instr struct {
	at   int
	next int
	op   byte
	sub  uint32 // second opcode after opMisc and opSIMD
	// x is the first immediate index: label, function, type, local, global
	// or the block's type as a number (see blockType).
	x uint32
	// labels is where the label vector of br_table starts (its count).
	labels int
}

// Values of instr.x for blocks whose type is not an index.
const (
	blockTypeEmpty  = 1<<32 - 1
	blockTypeSingle = 1<<32 - 2
)

// next decodes one instruction. It checks the shape only: indices are
// checked by the walker, types by the engine which compiles the module.
func (r *reader) next() (in instr) {
	in.at = r.pos
	in.op = r.byte()
	switch immediateOf(in.op) {
	case immNone:
	case immBlock:
		in.x = r.blockType()
	case immLabel, immLocal, immGlobal, immCall, immRefFunc, immIndex:
		in.x = r.u32()
	case immBrTable:
		in.labels = r.pos
		for n := r.count("br_table labels"); n >= 0 && !r.failed(); n-- {
			r.u32()
		}
	case immCallIndirect:
		in.x = r.u32()
		r.u32()
	case immSelect:
		for n := r.count("select types"); n > 0 && !r.failed(); n-- {
			r.valueType()
		}
	case immMemarg:
		r.memarg()
	case immMemory:
		r.memoryIndex()
	case immI32:
		r.signed(32)
	case immI64:
		r.signed(64)
	case immF32:
		r.skip(4)
	case immF64:
		r.skip(8)
	case immRefType:
		r.refType()
	case immMisc:
		r.misc(&in)
	case immSIMD:
		r.simd(&in)
	default:
		if f := featureOf(in.op); f != "" {
			r.refuse(in.at, f)
		}
		r.fail(in.at, "unknown opcode %#02x", in.op)
	}
	in.next = r.pos
	return in
}

func (r *reader) blockType() uint32 {
	at := r.pos
	if r.more() && r.b[r.pos]&0xc0 == 0x40 { // one byte, negative
		if r.b[r.pos] == blockEmpty {
			r.pos++
			return blockTypeEmpty
		}
		r.valueType()
		return blockTypeSingle
	}
	v := r.signed(33)
	if v < 0 || v >= blockTypeSingle {
		r.fail(at, "block type %d does not exist", v)
		return blockTypeEmpty
	}
	return uint32(v)
}

func (r *reader) valueType() {
	at := r.pos
	switch c := r.byte(); {
	case r.failed():
	case c >= 0x7b && c <= 0x7f, c == 0x70, c == 0x6f:
	case c == 0x69 || c == 0x74:
		r.refuse(at, featureExceptions)
	case c == 0x63 || c == 0x64:
		r.refuse(at, featureTypedRefs)
	case c >= 0x6a && c <= 0x73:
		r.refuse(at, featureGC)
	default:
		r.fail(at, "unknown value type %#02x", c)
	}
}

func (r *reader) refType() {
	at := r.pos
	if r.valueType(); !r.failed() && r.b[at] != 0x70 && r.b[at] != 0x6f {
		r.fail(at, "%#02x is not a reference type", r.b[at])
	}
}

func (r *reader) memarg() {
	at := r.pos
	if align := r.u32(); align >= 64 {
		r.refuse(at, featureMultiMemory)
	}
	r.u32()
}

func (r *reader) memoryIndex() {
	at := r.pos
	if r.byte() != 0 {
		r.refuse(at, featureMultiMemory)
	}
}

func (r *reader) misc(in *instr) {
	in.sub = r.u32()
	switch in.sub {
	case 0, 1, 2, 3, 4, 5, 6, 7:
	case miscMemoryInit:
		r.u32()
		r.memoryIndex()
	case miscMemoryCopy:
		r.memoryIndex()
		r.memoryIndex()
	case miscMemoryFill:
		r.memoryIndex()
	case miscTableInit, miscTableCopy:
		r.u32()
		r.u32()
	case miscDataDrop, miscElemDrop, miscTableGrow, 16, miscTableFill:
		r.u32()
	case 18:
		r.refuse(in.at, "memory discard")
	case 19, 20, 21, 22:
		r.refuse(in.at, featureWideInteger)
	default:
		r.fail(in.at, "unknown opcode 0xfc %d", in.sub)
	}
}

func (r *reader) simd(in *instr) {
	in.sub = r.u32()
	switch s := in.sub; {
	case s <= 11 || s == 92 || s == 93:
		r.memarg()
	case s == simdConst || s == simdShuffle:
		r.skip(16)
	case s >= 21 && s <= 34:
		r.byte()
	case s >= 84 && s <= 91:
		r.memarg()
		r.byte()
	case s >= 0x100:
		r.refuse(in.at, featureRelaxedSIMD)
	}
}
