package ledger

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// openRef says where the open record of an exchange in flight stands. off is
// never 0, as a segment begins with its header.
type openRef struct {
	id  core.ID
	seq uint64
	off uint32
}

// openTable holds the exchanges in flight: a hash table with linear probing
// and backward-shift deletion, because a Go map cannot promise that steady
// insertion and deletion never allocate. The zero value is empty.
type openTable struct {
	slots []openRef // length 0 or a power of two, at most half full
	n     int
}

const minTable = 64

// home is the slot where the search for id starts. The low half of an id is
// random for ids of ours; the multiplication spreads those of tests too.
func (t *openTable) home(id *core.ID) int {
	h := binary.BigEndian.Uint64(id[8:]) * 0x9e3779b97f4a7c15
	return int(h>>32) & (len(t.slots) - 1)
}

// find returns the slot of id, or the free slot where it belongs.
func (t *openTable) find(id *core.ID) int {
	i := t.home(id)
	for t.slots[i].off != 0 && t.slots[i].id != *id {
		i = (i + 1) & (len(t.slots) - 1)
	}
	return i
}

// put adds ref. It reports false, and keeps the earlier one, if the id is
// already there.
func (t *openTable) put(ref openRef) bool {
	if 2*(t.n+1) > len(t.slots) {
		t.grow()
	}
	i := t.find(&ref.id)
	if t.slots[i].off != 0 {
		return false
	}
	t.slots[i] = ref
	t.n++
	return true
}

func (t *openTable) grow() {
	old := t.slots
	t.slots = make([]openRef, max(minTable, 2*len(old)))
	for i := range old {
		if old[i].off != 0 {
			t.slots[t.find(&old[i].id)] = old[i]
		}
	}
}

func (t *openTable) has(id *core.ID) bool {
	return t.n > 0 && t.slots[t.find(id)].off != 0
}

// take removes id and returns what was known of it.
func (t *openTable) take(id *core.ID) (openRef, bool) {
	if t.n == 0 {
		return openRef{}, false
	}
	i := t.find(id)
	ref := t.slots[i]
	if ref.off == 0 {
		return ref, false
	}
	t.n--
	// Close the gap: move back every later entry of the run whose home does
	// not lie after the gap.
	mask := len(t.slots) - 1
	for j := (i + 1) & mask; t.slots[j].off != 0; j = (j + 1) & mask {
		if (j-t.home(&t.slots[j].id))&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = openRef{}
	return ref, true
}

// all returns a copy of the entries in the order of their records.
func (t *openTable) all() []openRef {
	refs := make([]openRef, 0, t.n)
	for i := range t.slots {
		if t.slots[i].off != 0 {
			refs = append(refs, t.slots[i])
		}
	}
	slices.SortFunc(refs, func(a, b openRef) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.off, b.off))
	})
	return refs
}
