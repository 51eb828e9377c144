package jsonscan

import (
	"bytes"
	"hash/maphash"
)

// small is how many unknown keys are compared one by one before hashing pays.
const small = 16

// set finds repeated keys among those that are not interpreted, in time linear
// in their number whatever the keys are: the hash is seeded at random.
type set struct {
	members []int32 // of the first few: indexes into Object.Members
	slots   []slot  // a power of two of them, at most half full; empty while few; zero beyond len
	used    int
	seed    maphash.Seed
	seeded  bool
}

// slot is the hash of a key and its index into Object.Members plus 1; 0 for
// an empty slot.
type slot struct{ hash, member uint32 }

func (s *set) clear() {
	s.members = s.members[:0]
	clear(s.slots)
	s.slots = s.slots[:0]
	s.used = 0
}

// shrink lets go of the slots if they take more than limit bytes.
func (s *set) shrink(limit int) {
	const slotSize = 8
	if cap(s.slots)*slotSize > limit {
		s.slots = nil
	}
}

// isNew notes the decoded key of the last of o.Members, and tells whether no
// earlier member has it. A key with escapes is hashed at once, so that it is not
// decoded again for each key that follows.
func (o *Object) isNew(doc, key []byte, escaped bool) bool {
	s := &o.seen
	index := len(o.Members) - 1
	if len(s.slots) == 0 && len(s.members) < small && !escaped {
		for _, i := range s.members {
			if o.hasName(doc, int(i), key) {
				return false
			}
		}
		s.members = append(s.members, int32(index))
		return true
	}
	if len(s.slots) == 0 {
		o.startHashing(doc)
	}
	if s.used*2 >= len(s.slots) {
		s.grow()
	}
	h := uint32(maphash.Bytes(s.seed, key))
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := &s.slots[i]
		if e.member == 0 {
			*e = slot{h, uint32(index + 1)}
			s.used++
			return true
		}
		if e.hash == h && o.hasName(doc, int(e.member-1), key) {
			return false
		}
	}
}

// startHashing moves the first few keys into slots.
func (o *Object) startHashing(doc []byte) {
	s := &o.seen
	if !s.seeded {
		s.seed, s.seeded = maphash.MakeSeed(), true
	}
	if s.slots = s.slots[:cap(s.slots)]; len(s.slots) == 0 {
		s.slots = make([]slot, 8*small)
	}
	for _, i := range s.members {
		key := o.Members[i].Key // without escapes
		s.put(slot{uint32(maphash.Bytes(s.seed, doc[key.Start+1:key.End-1])), uint32(i + 1)})
	}
	s.used = len(s.members)
}

// grow makes four times as many slots and moves the used ones.
func (s *set) grow() {
	old := s.slots
	s.slots = make([]slot, 4*len(old))
	for _, e := range old {
		if e.member != 0 {
			s.put(e)
		}
	}
}

func (s *set) put(e slot) {
	mask := uint32(len(s.slots) - 1)
	i := e.hash & mask
	for s.slots[i].member != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = e
}

// hasName tells whether the decoded key of member i is name.
func (o *Object) hasName(doc []byte, i int, name []byte) bool {
	m := &o.Members[i]
	if raw := doc[m.Key.Start+1 : m.Key.End-1]; !m.KeyEscaped {
		return bytes.Equal(raw, name)
	}
	var buf [64]byte
	return bytes.Equal(AppendText(buf[:0], doc, m.Key), name)
}
