package wasm

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

var errMemory = errors.New("the memory of all guests together is used up; raise the bound or run fewer guests")

// budget bounds the linear memory of all guests together. room is asked to free
// some when it is used up.
type budget struct {
	max  int64
	used atomic.Int64
	room func() bool
}

// take takes n bytes or tells that there are not enough.
func (b *budget) take(n int64) bool {
	for n <= b.max {
		if b.used.Add(n) <= b.max {
			return true
		}
		b.used.Add(-n)
		if b.room == nil || !b.room() {
			return false
		}
	}
	return false
}

func (b *budget) give(n int64) { b.used.Add(-n) }

// linearMemory is one guest's memory: address space for the most it may have,
// of which pages are committed as it grows. It implements
// experimental.LinearMemory and, for one memory, experimental.MemoryAllocator.
type linearMemory struct {
	budget *budget
	limit  uint64 // bytes that it may have
	whole  []byte // the reservation
	buf    []byte // what the guest has now; wazero's own buffer is the same
	denied bool   // it asked for more than it may have
	over   bool   // and that was because of its own limit
}

// newLinearMemory takes the first bytes of the budget already, because the
// engine cannot be told that there are none.
func newLinearMemory(b *budget, first, limit uint64) (*linearMemory, error) {
	if first > limit {
		return nil, fmt.Errorf("the module needs %d pages of memory, the limit is %d", first/pageBytes, limit/pageBytes)
	}
	if !b.take(int64(first)) {
		return nil, errMemory
	}
	m := &linearMemory{budget: b, limit: limit}
	whole, err := reserve(int(max(limit, pageBytes)))
	if err == nil {
		m.whole = whole
		err = m.commit(int(first))
	}
	if err != nil {
		m.buf = m.whole[:0]
		b.give(int64(first))
		m.Free()
		return nil, fmt.Errorf("mapping memory: %w", err)
	}
	m.buf = m.whole[:first]
	return m, nil
}

func (m *linearMemory) commit(size int) error {
	if size <= len(m.buf) {
		return nil
	}
	return commit(m.whole[len(m.buf):size])
}

// Allocate implements experimental.MemoryAllocator.
func (m *linearMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory. The memory never moves; nil
// means that it cannot grow, and the guest's memory.grow returns -1.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.limit || size > uint64(len(m.whole)) {
		m.denied, m.over = true, true
		return nil
	}
	more := int64(size) - int64(len(m.buf))
	if more > 0 {
		if !m.budget.take(more) {
			m.denied = true
			return nil
		}
		if err := m.commit(int(size)); err != nil {
			m.budget.give(more)
			m.denied = true
			return nil
		}
		m.buf = m.whole[:size]
	}
	return m.buf[:size:len(m.buf)]
}

// Free implements experimental.LinearMemory.
func (m *linearMemory) Free() {
	if m.whole == nil {
		return
	}
	m.budget.give(int64(len(m.buf)))
	whole := m.whole
	m.whole, m.buf = nil, nil
	_ = unmap(whole) // it was mapped, and nobody else unmaps it
}

// view returns n bytes of the guest's memory in place, or false if they are not
// all within it. It is valid until the guest runs again or is closed.
func (m *linearMemory) view(ptr, n uint32) ([]byte, bool) {
	end := uint64(ptr) + uint64(n)
	if end > uint64(len(m.buf)) {
		return nil, false
	}
	return m.buf[ptr:end:end], true
}
