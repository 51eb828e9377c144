package safepoint

import "fmt"

// reader decodes a module in place. The first fault is kept and every later
// read returns zero, so that callers check once per item instead of once per
// byte; pos stays at the fault.
type reader struct {
	b   []byte // the whole module: positions are offsets in it
	pos int
	end int // no read goes beyond
	err *Error
}

func (r *reader) failed() bool { return r.err != nil }

func (r *reader) more() bool { return r.err == nil && r.pos < r.end }

func (r *reader) fail(at int, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Func: -1, Offset: at, Reason: fmt.Sprintf(format, args...)}
	}
}

func (r *reader) refuse(at int, feature string) {
	if r.err == nil {
		r.err = &Error{Func: -1, Offset: at, Feature: feature, Reason: adviceBuildWithout}
	}
}

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	if r.pos >= r.end {
		r.fail(r.pos, "unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *reader) skip(n uint64) {
	if r.err != nil {
		return
	}
	if n > uint64(r.end-r.pos) {
		r.fail(r.pos, "unexpected end: %d bytes wanted, %d left", n, r.end-r.pos)
		return
	}
	r.pos += int(n)
}

// u32 reads an unsigned LEB128 of at most 32 bits.
func (r *reader) u32() uint32 {
	if r.err == nil && r.pos < r.end && r.b[r.pos] < 0x80 {
		r.pos++
		return uint32(r.b[r.pos-1])
	}
	at := r.pos
	var v uint32
	for shift := 0; ; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if shift == 28 && c > 0x0f {
			r.fail(at, "integer is longer than 32 bits")
			return 0
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

// signed reads a signed LEB128 of at most the given bits: 32, 33 or 64.
func (r *reader) signed(bits int) int64 {
	at := r.pos
	var v int64
	for shift := 0; ; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		v |= int64(c&0x7f) << shift
		if left := bits - shift; left < 7 {
			// The unused bits of the last byte must repeat the sign.
			top := int8(c<<1) >> left
			if c >= 0x80 || (top != 0 && top != -1) {
				r.fail(at, "integer is longer than %d bits", bits)
				return 0
			}
		}
		if c < 0x80 {
			if n := shift + 7; n < 64 {
				v = v << (64 - n) >> (64 - n)
			}
			return v
		}
	}
}

// count reads the length of a vector. Every element takes at least one byte,
// so a count above the bytes left is refused before anything is allocated.
func (r *reader) count(what string) int {
	at := r.pos
	n := r.u32()
	if r.err == nil && uint64(n) > uint64(r.end-r.pos) {
		r.fail(at, "%d %s in %d bytes", n, what, r.end-r.pos)
		return 0
	}
	return int(n)
}

// name reads a length-prefixed string; the result points into the module.
func (r *reader) name() []byte {
	n := r.u32()
	at := r.pos
	r.skip(uint64(n))
	if r.err != nil {
		return nil
	}
	return r.b[at:r.pos]
}

// done fails if bytes are left before end.
func (r *reader) done() {
	if r.err == nil && r.pos != r.end {
		r.fail(r.pos, "%d bytes too many", r.end-r.pos)
	}
}

// appendU32 appends v as unsigned LEB128.
func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendS64 appends v as signed LEB128.
func appendS64(b []byte, v int64) []byte {
	for v < -64 || v > 63 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v)&0x7f)
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}
