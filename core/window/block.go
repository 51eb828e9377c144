package window

import (
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// block is one run of text: what was released last, and what is on its way through
// the guards. Each of them sees what those before it have released.
//
//	cur: [ context | held by the last guard | … | held by the first | new ]
//	                ▲ done[last]             ▲ done[0]
type block struct {
	key blockKey

	cur      []byte
	done     []int // by guard: up to where of cur it has released, or been shown what was
	runs     []run // of events, from the offset base of cur on; before it all is released
	base     int
	gone     int // bytes that were cut off at the front of cur
	final    bool
	touched  bool
	released bool // among those to be observed
	edited   bool
	whole    []byte // all that was released, where it is kept

	part core.Part // without text: what Sees looks at

	// Room for the lists of most blocks, so that they lie beside it in memory.
	fewDone [2]int
	fewRuns [2]run
}

// run is what an event says of a block's text.
type run struct {
	event  *Event
	text   int // index in event.texts
	n      int // bytes of cur that are its, after edits
	edited bool
}

func (s *Stream) newBlock(key blockKey, p *core.Part) *block {
	var b *block
	if n := len(s.freeBlocks); n > 0 {
		b = s.freeBlocks[n-1]
		s.freeBlocks = s.freeBlocks[:n-1]
	} else {
		b = &block{}
		b.done, b.runs = b.fewDone[:0], b.fewRuns[:0]
	}
	b.key = key
	b.part = core.Part{
		Kind: p.Kind, Role: p.Role, Msg: p.Msg, Choice: p.Choice, Origin: core.OriginUpstream,
		Name: append(b.part.Name[:0], p.Name...), Ref: append(b.part.Ref[:0], p.Ref...),
	}
	for range s.guards {
		b.done = append(b.done, 0)
	}
	return b
}

func (s *Stream) freeBlock(b *block) {
	if len(s.freeBlocks) >= maxFree || cap(b.cur)+cap(b.whole) > maxKept {
		return
	}
	clear(b.runs)
	*b = block{
		part: core.Part{Name: b.part.Name[:0], Ref: b.part.Ref[:0]},
		cur:  b.cur[:0], done: b.done[:0], runs: b.runs[:0], whole: b.whole[:0],
	}
	s.freeBlocks = append(s.freeBlocks, b)
}

// push appends text that the i-th content of e says.
func (b *block) push(e *Event, i int, text []byte) {
	if len(text) == 0 && b.key.kind != core.PartToolCall {
		return // it waits for nothing; of a call even the name does
	}
	b.cur = append(b.cur, text...)
	b.runs = append(b.runs, run{event: e, text: i, n: len(text)})
	e.wait++
}

// limit returns up to where of cur guard i may see.
func (b *block) limit(guards []core.StreamGuard, i int) int {
	for i--; i >= 0; i-- {
		if guards[i].Mode != core.StreamObserve {
			return b.done[i]
		}
	}
	return len(b.cur)
}

// before returns the text in front of the offset at that guards are shown.
func (b *block) before(at int) []byte {
	from := max(at-context, 0)
	for from > 0 && !utf8.RuneStart(b.cur[from]) {
		from--
	}
	return b.cur[from:at]
}

// edit applies the edits of guard i, whose window began at the offset at of cur.
// They are sorted, disjoint and within the window.
func (b *block) edit(guards []core.StreamGuard, i, at int, edits []core.Edit) {
	if len(edits) == 0 {
		return
	}
	b.edited = true
	for n := len(edits) - 1; n >= 0; n-- { // from the last, so that offsets hold
		e := &edits[n]
		b.splice(at+e.Start, at+e.End, e.Bytes)
	}
	delta := 0
	for n := range edits {
		delta += len(edits[n].Bytes) - (edits[n].End - edits[n].Start)
	}
	for j := range i {
		if guards[j].Mode != core.StreamObserve {
			b.done[j] += delta // it was at the window's end or beyond
		}
	}
}

// splice replaces cur[from:to] and takes it from the runs that it belonged to. What
// is new belongs to the first of them.
func (b *block) splice(from, to int, with []byte) {
	start, given := b.base, false
	for i := range b.runs {
		r := &b.runs[i]
		end := start + r.n
		last := i == len(b.runs)-1
		lo, hi := max(from, start), min(to, end)
		if lo < hi {
			r.n -= hi - lo
			r.edited = true
		}
		if !given && from >= start && (from < end || last) {
			r.n += len(with)
			r.edited, given = true, true
		}
		if start = end; start >= to && given {
			break
		}
	}
	tail := len(b.cur) - to
	if grow := len(with) - (to - from); grow > 0 {
		b.cur = append(b.cur, make([]byte, grow)...)
		copy(b.cur[from+len(with):], b.cur[to:to+tail])
	} else {
		copy(b.cur[from+len(with):], b.cur[to:])
		b.cur = b.cur[:from+len(with)+tail]
	}
	copy(b.cur[from:], with)
}

// release gives the events what of their text has passed every guard.
func (b *block) release(to int, keep bool) (released bool) {
	n := 0
	for n < len(b.runs) && b.base+b.runs[n].n <= to {
		r := &b.runs[n]
		said := b.cur[b.base : b.base+r.n]
		if t := &r.event.texts[r.text]; r.edited {
			t.edited, t.changed = true, append(t.changed, said...)
		}
		if keep {
			b.whole = append(b.whole, said...)
		}
		r.event.wait--
		b.base += r.n
		n++
	}
	if n > 0 {
		rest := copy(b.runs, b.runs[n:])
		clear(b.runs[rest:])
		b.runs = b.runs[:rest]
	}
	return n > 0
}

// trim drops context that nobody needs any more.
func (b *block) trim(guards []core.StreamGuard) {
	cut := b.base
	for i := range guards {
		cut = min(cut, b.done[i])
	}
	if cut -= context; cut < trimAt {
		return
	}
	for !utf8.RuneStart(b.cur[cut]) {
		cut--
	}
	b.cur = b.cur[:copy(b.cur, b.cur[cut:])]
	b.base -= cut
	b.gone += cut
	for i := range b.done {
		b.done[i] -= cut
	}
}
