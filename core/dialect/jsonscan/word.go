package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at together in a word, the first byte at its low end.

const (
	each = 0x0101010101010101 // times a byte: that byte in each place
	tops = 0x8080808080808080 // the top bit of each byte
)

// load returns the eight bytes of b from i on. Slicing to a capacity that is
// known spares the compiler a guard for empty slices: half of the instructions.
func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8 : i+8]) }

// load4 returns the four bytes of b from i on.
func load4(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i : i+4 : i+4]) }

// store writes the eight bytes of x to b from i on.
func store(b []byte, i int, x uint64) { binary.LittleEndian.PutUint64(b[i:i+8:i+8], x) }

// firstByte returns the index of the first byte of m that is not 0, 8 for none.
func firstByte(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

// zeros marks the first zero byte of x by its top bit. Marks above the first
// one may be wrong, because subtractions borrow.
func zeros(x uint64) uint64 { return (x - each) &^ x & tops }

// stops marks the first byte of x that is not plain within a string: '"', '\\',
// a control character or one beyond ASCII. Marks above the first one may be
// wrong, because subtractions borrow.
//
// x^2 brings '"' (0x22) down to 0x20 and keeps controls below that and all
// other ASCII above, so that one subtraction tests for both.
func stops(x uint64) uint64 {
	return (((x ^ each*2) - each*0x21) | ((x ^ each*'\\') - each) | x) & tops
}

// isPlain tells whether c is plain within a string.
func isPlain(c byte) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\'
}
