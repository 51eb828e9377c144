package window

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// Judge shows the guards what has come since the last call: one window for each
// block that went on. After an error, which is what the client is to be told, not one
// more event may leave.
func (s *Stream) Judge() *core.Error {
	if s.buffer {
		return nil
	}
	for i, b := range s.touched {
		b.touched = false
		s.touched[i] = nil
		if err := s.judgeBlock(b); err != nil {
			return err
		}
	}
	s.touched = s.touched[:0]
	return nil
}

// Finish is called behind the last event: nothing more comes in any block. It shows
// the guards what is left, and those of mode buffer the whole.
func (s *Stream) Finish() *core.Error {
	for _, b := range s.order {
		s.finish(b)
	}
	if !s.buffer {
		return s.Judge()
	}
	for i := range s.guards {
		var err *core.Error
		switch s.guards[i].Mode {
		case core.StreamObserve:
		case core.StreamBuffer:
			err = s.whole(i)
		case core.StreamNone, core.StreamWindow:
			for _, b := range s.order {
				if err == nil {
					err = s.pass(i, b)
				}
			}
		}
		if err != nil {
			return err
		}
	}
	for _, b := range s.order {
		s.release(b)
	}
	s.decided = true
	return nil
}

// Cut is called in place of [Stream.Finish] where the stream has broken off: calls
// that are not whole stay behind, and all that followed them, for nobody can judge
// half a call.
func (s *Stream) Cut() *core.Error {
	for _, b := range s.order {
		if b.key.kind != core.PartToolCall || !s.judged(b) {
			s.finish(b)
		}
	}
	return s.Judge()
}

// whole shows guard i all of the answer.
func (s *Stream) whole(i int) *core.Error {
	parts := make([]*core.Part, len(s.order))
	for j, b := range s.order {
		p := b.part
		p.ID = j
		p.SetText(b.cur)
		parts[j] = &p
	}
	if err := s.judge.Whole(i, parts); err != nil {
		return err
	}
	for j, b := range s.order {
		if parts[j].Edited() {
			if err := s.apply(i, b, 0, editsOf(parts[j])); err != nil {
				return err
			}
		}
		b.done[i] = len(b.cur)
	}
	return nil
}

// editsOf returns what was done to the text of p.
func editsOf(p *core.Part) (edits []core.Edit) {
	at := 0
	var with []byte
	for _, piece := range p.Pieces().List() {
		if piece.New != nil {
			with = append(with, piece.New...)
			continue
		}
		if piece.Start > at || with != nil {
			edits, with = append(edits, core.Edit{Start: at, End: piece.Start, Bytes: with}), nil
		}
		at = piece.End
	}
	if n := len(p.Original()); n > at || with != nil {
		edits = append(edits, core.Edit{Start: at, End: n, Bytes: with})
	}
	return edits
}

// judgeBlock takes a block through all guards as far as they let it.
func (s *Stream) judgeBlock(b *block) *core.Error {
	if b.key.kind == core.PartToolCall && !b.final && s.judged(b) {
		return nil // it is judged whole
	}
	for i := range s.guards {
		if s.guards[i].Mode != core.StreamObserve {
			if err := s.pass(i, b); err != nil {
				return err
			}
		}
	}
	s.release(b)
	return nil
}

// judged tells whether any guard judges what b says.
func (s *Stream) judged(b *block) bool {
	for i := range s.guards {
		if g := &s.guards[i]; g.Mode != core.StreamObserve && g.Shown(&b.part) {
			return true
		}
	}
	return false
}

// pass shows guard i what those before it have let through.
func (s *Stream) pass(i int, b *block) *core.Error {
	g := &s.guards[i]
	from, to := b.done[i], b.limit(s.guards, i)
	if from == to && !b.bare() {
		return nil
	}
	if !g.Shown(&b.part) {
		b.done[i] = to
		return nil
	}
	final := b.final && to == len(b.cur)
	reply, err := s.show(i, b, from, to, final)
	if err != nil {
		return err
	}
	end := to - reply.Hold // of what is let through
	if final {
		end = to
	}
	grown := 0
	if n := len(reply.Edits); n > 0 {
		end = max(end, from+reply.Edits[n-1].End) // what was changed has been judged
		for j := range reply.Edits {
			grown += len(reply.Edits[j].Bytes) - (reply.Edits[j].End - reply.Edits[j].Start)
		}
		if err := s.apply(i, b, from, reply.Edits); err != nil {
			return err
		}
	}
	end += grown
	for end > from && end < len(b.cur) && !utf8.RuneStart(b.cur[end]) {
		end--
	}
	b.done[i] = max(end, from)
	return nil
}

// bare tells whether b is a call without arguments, of which guards judge the name.
func (b *block) bare() bool {
	return b.key.kind == core.PartToolCall && b.final && len(b.cur) == 0 && len(b.runs) > 0
}

// show calls guard i with the text [from, to) of b.
func (s *Stream) show(i int, b *block, from, to int, final bool) (*core.Reply, *core.Error) {
	s.window = core.Window{
		Choice: b.key.choice, Block: b.key.block, Kind: b.key.kind, Name: b.part.Name, Ref: b.part.Ref,
		Context: b.before(from), Text: b.cur[from:to:to], Final: final, Released: b.gone + from,
	}
	return s.judge.Window(i, &s.window)
}

// apply applies the edits of guard i to b, whose window began at the offset at.
func (s *Stream) apply(i int, b *block, at int, edits []core.Edit) *core.Error {
	call := b.key.kind == core.PartToolCall && json.Valid(b.cur)
	b.edit(s.guards, i, at, edits)
	if call && !json.Valid(b.cur) {
		return core.Errorf(core.CodePluginFailed, "A plugin edited the arguments of a tool call so that they are no longer JSON.")
	}
	return nil
}

// release lets go what has passed the last guard.
func (s *Stream) release(b *block) {
	to := len(b.cur)
	if s.last >= 0 {
		to = b.done[s.last]
	}
	kept := len(b.whole)
	if (b.release(to, s.keep) || b.final) && !b.released {
		b.released = true
		s.sent = append(s.sent, b)
	}
	s.waiting += len(b.whole) - kept
}

// Observe shows the guards of mode observe what was released since the last call.
// It is called when that has been sent. Whatever they say, the stream goes on.
func (s *Stream) Observe() {
	for n, b := range s.sent {
		for i := range s.guards {
			if g := &s.guards[i]; g.Mode == core.StreamObserve {
				if from := b.done[i]; from < b.base && g.Shown(&b.part) {
					_, _ = s.show(i, b, from, b.base, b.final && len(b.runs) == 0)
				}
				b.done[i] = b.base
			}
		}
		b.released = false
		b.trim(s.guards)
		s.sent[n] = nil
		s.forget(b)
	}
	s.sent = s.sent[:0]
}

// forget lets go of a block that nothing follows.
func (s *Stream) forget(b *block) {
	if !b.final || len(b.runs) > 0 || s.keep || s.buffer {
		return
	}
	for i, o := range s.order {
		if o == b {
			s.order = append(s.order[:i], s.order[i+1:]...)
			break
		}
	}
	switch {
	case s.open[b.key] == b: // where it is known that it has ended, and whether it was edited
		if len(s.open) > maxFree || cap(b.cur) > maxKept {
			b.cur, b.runs = nil, nil
		}
	case len(s.over) < maxFree:
		s.over = append(s.over, b)
	}
}
