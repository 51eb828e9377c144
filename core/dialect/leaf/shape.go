package leaf

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Bounds of a shape.
const (
	maxShape   = 512 // bytes around the gaps
	shapeGaps  = 3   // the text, padding and the number of the event
	maxDerived = 4
)

// shape is the event before, where it held one piece of text and nothing else to be
// noted. Those of one block differ in little else than that text, so one that is the
// same bytes but for the gaps is known without a walk: it is the same JSON but for
// strings and a number that say nothing about the rest. It is forgotten with any
// other event, so that what is remembered of the stream is what it was then.
type shape struct {
	form   *Form // nil for no shape
	pieces [maxShape]byte
	gaps   [shapeGaps]shapeGap
	n      int // gaps in use
	text   int // index of the one with the text
	end    int // of the last piece

	counted bool // metering, too, finds nothing but the text in an event like it
	part    core.Part
	derived [maxDerived]derived // of the event that was learned
	nd      int
	shifted bool // events.derived are of another event than the one that fitted
}

// shapeGap is one gap of a shape. A string's begins and ends with its quotes.
type shapeGap struct {
	piece  int // where the piece in front of it ends in pieces
	number bool
	was    jsonscan.Span // in the event that was learned
	now    jsonscan.Span // in the one that fitted last
}

// learn makes the shape of the event that w has walked through, or none.
func (s *shape) learn(w *Walk) {
	s.form = nil
	c := w.c
	if len(c.Parts) != 1 || len(c.Ends)+len(c.Unknown)+len(w.ev.seals) > 0 || c.Idle || len(w.derived) > maxDerived {
		return
	}
	p := c.Parts[0]
	if p.Flow != core.FlowOn || p.Name != nil || p.Ref != nil || len(p.Original()) == 0 || w.doc[p.Raw.Start] != '"' {
		return
	}
	switch p.Kind {
	case core.PartText, core.PartThinking, core.PartRefusal:
	default: // what is remembered of a call grows with it
		return
	}
	s.n, s.end = 0, 0
	s.add(jsonscan.Span(p.Raw), false)
	for _, d := range w.derived {
		if w.doc[d.span.Start] == '"' && s.n < shapeGaps-1 {
			s.add(d.span, false)
		}
	}
	if w.counter.Kind == jsonscan.Number {
		s.add(w.counter.Span, true)
	}
	if !s.copy(w.doc) {
		return
	}
	s.form, s.part = w.form, *p.Part
	s.counted = jsonscan.Span(p.Raw) == w.ev.counted
	s.part.SetText(nil) // it was the event's
	s.nd, s.shifted = copy(s.derived[:], w.derived), false
}

// add adds a gap, in the order of the document. The first is the text's.
func (s *shape) add(at jsonscan.Span, number bool) {
	i := s.n
	for i > 0 && s.gaps[i-1].was.Start > at.Start {
		s.gaps[i] = s.gaps[i-1]
		i--
	}
	s.gaps[i] = shapeGap{number: number, was: at, now: at}
	switch {
	case s.n == 0:
		s.text = 0
	case i <= s.text:
		s.text++
	}
	s.n++
}

// copy keeps what stands around the gaps. It returns false where that is too much.
func (s *shape) copy(doc []byte) bool {
	from := 0
	for i := range s.gaps[:s.n] {
		g := &s.gaps[i]
		if s.end+g.was.Start-from > maxShape {
			return false
		}
		s.end += copy(s.pieces[s.end:], doc[from:g.was.Start])
		g.piece = s.end
		from = g.was.End
	}
	if s.end+len(doc)-from > maxShape {
		return false
	}
	s.end += copy(s.pieces[s.end:], doc[from:])
	return true
}

// fits tells whether data, of that form, is like the shape, and returns its text.
func (s *shape) fits(f *Form, data []byte) (text jsonscan.Value, ok bool) {
	if s.form != f {
		return text, false
	}
	at, from := 0, 0
	for i := range s.gaps[:s.n] {
		g := &s.gaps[i]
		piece := s.pieces[from:g.piece]
		if len(data)-at <= len(piece) || string(data[at:at+len(piece)]) != string(piece) {
			return text, false
		}
		at += len(piece)
		v, sound := g.value(data, at)
		if !sound {
			return text, false
		}
		if i == s.text {
			text = v
		}
		g.now, at, from = v.Span, v.End, g.piece
	}
	return text, string(data[at:]) == string(s.pieces[from:s.end])
}

// value returns what stands in the gap, which begins at data[at].
func (g *shapeGap) value(data []byte, at int) (v jsonscan.Value, sound bool) {
	if g.number {
		return jsonscan.CountAt(data, at)
	}
	return jsonscan.StringAt(data, at)
}

// derivedNow returns what follows from the text of the event that fitted last.
func (s *shape) derivedNow(dst []derived) []derived {
	for _, d := range s.derived[:s.nd] {
		d.span = jsonscan.Span{Start: s.now(d.span.Start), End: s.now(d.span.End)}
		dst = append(dst, d)
	}
	return dst
}

// now returns where in the event that fitted last stands what stood at the offset was.
func (s *shape) now(was int) int {
	for i := s.n - 1; i >= 0; i-- {
		if g := &s.gaps[i]; g.was.End <= was {
			return was + g.now.End - g.was.End
		}
	}
	return was
}

// again fills c with what an event of data holds that is like the one before, and
// tells whether it is.
func (ev *events) again(f *Form, data []byte, c *core.EventContent) bool {
	s := &ev.shape
	v, ok := s.fits(f, data)
	if !ok || v.Len() == len(`""`) {
		return false
	}
	s.counted = s.counted || v.Span == ev.counted
	ev.text, ev.size = ev.text[:0], len(data)
	s.shifted = true
	s.part.Raw = core.Span(v.Span)
	s.part.SetText(ev.decode(data, v))
	c.Parts = append(c.Parts, core.StreamPart{Part: &s.part, Flow: core.FlowOn})
	return true
}

// Counted is for the Event function of dialects: it says that metering has nothing to
// note of the event that is read next but how long the string is that stands there,
// its text.
func (m *Memory) Counted(text jsonscan.Span) {
	if m.events != nil {
		m.events.counted = text
	}
}

// ReadAlike is ReadEvent for an event that is like the one before in all but its
// text, of which [Memory.Counted] was said. It returns how long the text is, as it is
// written, and the number of the event where its form has a [Spec.Counter]. ok is
// false, and nothing is done, where it is not such an event.
func (m *Memory) ReadAlike(f *Form, data []byte, c *core.EventContent) (text int, number []byte, ok bool) {
	ev := m.events
	if ev == nil || !ev.shape.counted || !ev.again(f, data, c) {
		return 0, nil, false
	}
	for i := range ev.shape.gaps[:ev.shape.n] {
		if g := &ev.shape.gaps[i]; g.number {
			number = data[g.now.Start:g.now.End]
		}
	}
	ev.counted = jsonscan.Span{}
	return ev.shape.part.Raw.Len() - len(`""`), number, true
}
