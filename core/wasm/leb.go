package wasm

// scanner reads a module that the safepoint rewriter has passed. The first
// fault stays and every later read returns zero.
type scanner struct {
	b   []byte
	pos int
	bad bool
}

func (s *scanner) more() bool { return !s.bad && s.pos < len(s.b) }

func (s *scanner) byte() byte {
	if !s.more() {
		s.bad = true
		return 0
	}
	s.pos++
	return s.b[s.pos-1]
}

// leb reads an LEB128 number of up to 64 bits without its sign.
func (s *scanner) leb() uint64 {
	var v uint64
	for shift := 0; shift < 70; shift += 7 {
		c := s.byte()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	s.bad = true
	return 0
}

func (s *scanner) u32() uint32 { return uint32(s.leb()) }

// count reads the length of a list, none of whose elements is empty.
func (s *scanner) count() int {
	n := s.leb()
	if n > uint64(len(s.b)-s.pos) {
		s.bad = true
		return 0
	}
	return int(n)
}

func (s *scanner) skip(n int) {
	if s.bad || n < 0 || n > len(s.b)-s.pos {
		s.bad = true
		return
	}
	s.pos += n
}

// bytes reads a vector of bytes in place.
func (s *scanner) bytes() []byte {
	n := s.count()
	at := s.pos
	s.skip(n)
	if s.bad {
		return nil
	}
	return s.b[at:s.pos]
}

func (s *scanner) string() string { return string(s.bytes()) }

func appendLEB(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendVec(b, v []byte) []byte { return append(appendLEB(b, uint32(len(v))), v...) }
