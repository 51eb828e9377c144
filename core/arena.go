package core

// maxPooled is the largest block that an arena keeps for the next exchange, in
// bytes. Larger ones would let one big request pin memory for ever.
const maxPooled = 256 << 10

// Arena hands out memory that lives as long as its exchange. It is not safe
// for concurrent use. The zero value is ready.
type Arena struct {
	block []byte
	used  int
}

// Alloc returns n bytes with capacity n. They are not cleared.
func (a *Arena) Alloc(n int) []byte {
	if n > cap(a.block)-a.used {
		size := max(2*cap(a.block), 1<<10)
		if n > maxPooled/4 {
			return make([]byte, n) // a large piece stands alone and is freed alone
		}
		for size < n {
			size *= 2
		}
		a.block, a.used = make([]byte, size), 0
	}
	b := a.block[a.used : a.used+n : a.used+n]
	a.used += n
	return b
}

// Reset forgets everything that was handed out.
func (a *Arena) Reset() {
	a.used = 0
	if cap(a.block) > maxPooled {
		a.block = nil
	}
}
