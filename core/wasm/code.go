package wasm

// onlyMemory tells whether no function body writes a table or drops a segment.
// Then memory and globals are all that a guest can leave behind. It says no
// where it does not know an instruction.
func onlyMemory(s *scanner) bool {
	for range s.count() {
		n := s.count()
		end := s.pos + n
		for range s.count() { // locals
			s.leb()
			s.byte()
		}
		for s.more() && s.pos < end {
			if !passInstruction(s) {
				return false
			}
		}
		if s.bad || s.pos != end {
			return false
		}
	}
	return !s.bad
}

// passInstruction passes over one instruction and tells whether it leaves
// tables and segments alone.
func passInstruction(s *scanner) bool {
	op := s.byte()
	switch {
	case op >= 0x02 && op <= 0x04, // block, loop, if
		op == 0x0c || op == 0x0d, // br, br_if
		op == 0x10,               // call
		op >= 0x20 && op <= 0x25, // locals, globals, table.get
		op == opI32Const || op == opI64Const,
		op == opRefNull || op == opRefFunc:
		s.leb()
	case op == 0x0e: // br_table
		for range s.count() {
			s.leb()
		}
		s.leb()
	case op == 0x11, op >= 0x28 && op <= 0x3e: // call_indirect, loads and stores
		s.leb()
		s.leb()
	case op == 0x1c: // select with types
		s.bytes()
	case op == 0x3f || op == 0x40: // memory.size, memory.grow
		s.byte()
	case op == opF32Const:
		s.skip(4)
	case op == opF64Const:
		s.skip(8)
	case op == opPrefixMisc:
		return passMisc(s)
	case op == opPrefixVector:
		passVector(s)
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a || op == 0x1b,
		op >= 0x45 && op <= 0xc4, op == 0xd1:
	default: // table.set, and what is not known
		return false
	}
	return true
}

func passMisc(s *scanner) bool {
	switch s.leb() {
	case 0, 1, 2, 3, 4, 5, 6, 7: // saturating conversions
	case 8, 10: // memory.init, memory.copy
		s.leb()
		s.leb()
	case 11, 16: // memory.fill, table.size
		s.leb()
	default: // data.drop, elem.drop, table.init, .copy, .grow, .fill
		return false
	}
	return true
}

func passVector(s *scanner) {
	switch op := s.leb(); {
	case op <= 11, op == 92, op == 93: // loads and stores
		s.leb()
		s.leb()
	case op == opVectorConst128, op == 13: // constant, shuffle
		s.skip(16)
	case op >= 21 && op <= 34: // lanes
		s.byte()
	case op >= 84 && op <= 91: // loads and stores of lanes
		s.leb()
		s.leb()
		s.byte()
	}
}
