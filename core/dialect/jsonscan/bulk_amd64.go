//go:build amd64 && !purego

package jsonscan

// hasBulk tells whether bulk may be called.
var hasBulk = hasAVX2()

// hasAVX2 asks the processor for AVX2 and the operating system for keeping its
// registers.
func hasAVX2() bool {
	const (
		osxsave = 1 << 27 // leaf 1, ECX
		avx     = 1 << 28
		avx2    = 1 << 5 // leaf 7, EBX
		states  = 6      // XCR0: XMM and YMM
	)
	if _, c := cpuid(1, 0); c&osxsave == 0 || c&avx == 0 || xgetbv()&states != states {
		return false
	}
	b, _ := cpuid(7, 0)
	return b&avx2 != 0
}

// bulk passes over what is sound in the string that goes on at doc[i], 64 bytes
// at a time: plain characters, simple escapes and valid UTF-8. It stops at the
// quote, at what is wrong and at what needs more than a look, at the beginning
// of that character or escape, and where fewer than 64 bytes of doc are left. It
// must not start within a character or escape.
func bulk(doc []byte, i int) (int, traits) {
	if len(doc)-i < 64 {
		return i, 0
	}
	next, t := bulkAVX2(&doc[0], i, len(doc))
	if t&stopped == 0 {
		next = wholeRune(doc, i, next)
	}
	return next, t &^ stopped
}

// stopped is set by bulkAVX2 where it found a character to stop at.
const stopped traits = 4

// bulkAVX2 is bulk for n bytes at doc, but for ending within characters.
//
//go:noescape
func bulkAVX2(doc *byte, i, n int) (next int, t traits)

// cpuid returns EBX and ECX of the processor's description of itself.
func cpuid(leaf, subleaf uint32) (b, c uint32)

// xgetbv returns the low half of XCR0.
func xgetbv() uint32
