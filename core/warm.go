package core

import "unsafe"

// cacheLine is the size of a line of most processors' caches, in bytes.
const cacheLine = 64

// Warm reads a byte of each cache line of what p points to, and returns their sum,
// which means nothing but keeps the compiler from leaving the reads out. A nil p is
// none.
//
// When the next event of a stream comes, a thousand other streams have passed, and
// what it needs is in no cache. Where one place is read after the other, as the code
// comes to need them, each costs a round trip to memory. Reads that do not depend on
// one another the processor waits for together.
func Warm[T any](p *T) (sum byte) {
	if p == nil {
		return 0
	}
	for at := uintptr(0); at < unsafe.Sizeof(*p); at += cacheLine {
		sum += *(*byte)(unsafe.Add(unsafe.Pointer(p), at)) //nolint:gosec // within *p
	}
	return sum
}

// WarmBytes is [Warm] for the first byte of the memory that b has, in use or not.
func WarmBytes(b []byte) byte {
	if cap(b) == 0 {
		return 0
	}
	return b[:1][0]
}
