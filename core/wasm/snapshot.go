package wasm

import "bytes"

// block is the grain in which a reset compares and copies. It is a page of the
// processor, so that memory the guest never touched stays untouched.
const block = 4096

var zeros [block]byte

// snapshot is a guest's state after its configuration. Blocks of zeros are nil,
// and blocks that equal those of the snapshot before it are shared.
type snapshot struct {
	blocks  []*[block]byte
	globals []uint64
	ptr     uint32 // the guest's frame buffer
	room    uint32
}

// takeSnapshot copies g's state; like is a snapshot of the same pool to share
// blocks with, or nil.
func takeSnapshot(g *guest, like *snapshot) *snapshot {
	s := &snapshot{ptr: g.framePtr, room: g.frameRoom, globals: make([]uint64, len(g.globals))}
	for i, v := range g.globals {
		s.globals[i] = v.Get()
	}
	mem := g.mem.buf
	s.blocks = make([]*[block]byte, len(mem)/block)
	for i := range s.blocks {
		now := mem[i*block : (i+1)*block]
		switch {
		case bytes.Equal(now, zeros[:]):
		case like != nil && i < len(like.blocks) && like.blocks[i] != nil && bytes.Equal(now, like.blocks[i][:]):
			s.blocks[i] = like.blocks[i]
		default:
			s.blocks[i] = (*[block]byte)(bytes.Clone(now))
		}
	}
	return s
}

// restorable tells whether the guest can be taken back: memory does not shrink.
func (g *guest) restorable() bool {
	return g.snapshot != nil && len(g.mem.buf) == len(g.snapshot.blocks)*block
}

// restore takes g, which must be restorable, back to s.
//
// Comparing first costs less than copying all: most blocks are as they were,
// and those which no guest ever touched keep taking no memory.
func (s *snapshot) restore(g *guest) {
	mem := g.mem.buf
	for i, was := range s.blocks {
		if was == nil {
			was = &zeros
		}
		now := mem[i*block : (i+1)*block]
		if !bytes.Equal(now, was[:]) {
			copy(now, was[:])
		}
	}
	for i, v := range g.globals {
		v.Set(s.globals[i])
	}
	g.framePtr, g.frameRoom = s.ptr, s.room
	g.line = g.line[:0]
}
