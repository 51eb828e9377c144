package window

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// Judge runs the guards, which it knows by their index. Its errors end the stream:
// a guard whose fail mode is open and which failed has allowed.
type Judge interface {
	// Window runs guard i on a piece of one block. The reply is valid until the next
	// call; only its edits, which name part 0, and its hold are looked at.
	Window(i int, w *core.Window) (*core.Reply, *core.Error)
	// Whole runs guard i, of mode buffer, on the whole answer. The edits are those
	// that it applied to the parts.
	Whole(i int, parts []*core.Part) *core.Error
}

// Limits of one stream.
const (
	// context is how much released text a guard is shown, in bytes, where there is as
	// much; a rune that it would cut is whole. It is what the ABI promises: most guards
	// look through all of it at each event.
	context = 64
	// trimAt is how much that nobody needs any more is worth the copying.
	trimAt = 512
	// maxBlocks is how many blocks a stream may have.
	maxBlocks = 4096
)

// Stream is the engine of one stream. The zero value is for [Stream.Begin], after
// which one goroutine uses it until [Stream.End].
type Stream struct {
	guards  []core.StreamGuard
	judge   Judge
	most    int  // bytes that may wait
	keep    bool // the texts of blocks, for repeats
	buffer  bool // a guard of mode buffer is among them
	decided bool // it has been judged as a whole: then a buffered one may leave
	last    int  // index of the last guard that judges, -1 for none

	open    map[blockKey]*block // those that have ended, too
	recent  *block              // of open: the one that went on last
	order   []*block            // those of open that have not, in their order; where the stream is buffered, all
	touched []*block            // that have something to be judged, in the order in which it came
	sent    []*block            // of which text was released since the last Observe
	over    []*block            // that are done with, to be used again after the stream
	queue   []*Event            // in their order; those before head are gone
	head    int
	waiting int // bytes that are kept of the stream

	freeEvents []*Event
	freeBlocks []*block
	window     core.Window // that guards are shown

	// Room for the lists of most streams, so that they lie beside it in memory.
	few struct {
		order, touched, sent, blocks [2]*block
		queue, events                [4]*Event
	}
}

type blockKey struct {
	choice, block int
	kind          core.PartKind
}

// Options of one stream.
type Options struct {
	// Most is how many bytes may be kept of the stream at once, at least 1: of events
	// that wait, what they take as such included, and of the texts of which Repeats
	// speaks. Where guards of mode buffer judge it bounds the answer.
	Most int
	// Repeats says that events may repeat the text of a block, see
	// [core.FlowRepeat].
	Repeats bool
}

// Begin starts a stream that guards judge, in their order.
func (s *Stream) Begin(guards []core.StreamGuard, j Judge, o Options) {
	s.guards, s.judge, s.most, s.keep, s.buffer, s.decided, s.last = guards, j, o.Most, o.Repeats, false, false, -1
	for i := range guards {
		switch guards[i].Mode {
		case core.StreamObserve:
			continue
		case core.StreamBuffer:
			s.buffer = true
		case core.StreamNone, core.StreamWindow:
		}
		s.last = i
	}
	if s.open == nil {
		s.open = make(map[blockKey]*block)
	}
	if s.freeEvents == nil {
		f := &s.few
		s.order, s.touched, s.sent, s.freeBlocks = f.order[:0], f.touched[:0], f.sent[:0], f.blocks[:0]
		s.queue, s.freeEvents = f.queue[:0], f.events[:0]
	}
}

// Buffers tells whether nothing is released before [Stream.Finish].
func (s *Stream) Buffers() bool { return s.buffer }

// Waits tells whether an event has come that has not gone.
func (s *Stream) Waits() bool { return s.head < len(s.queue) }

// End forgets the stream. Memory for an ordinary one is kept for the next.
func (s *Stream) End() {
	for _, e := range s.queue[s.head:] {
		s.free(e)
	}
	for _, b := range s.order {
		if s.open[b.key] != b {
			s.freeBlock(b)
		}
	}
	for _, b := range s.over {
		s.freeBlock(b)
	}
	for _, b := range s.open {
		s.freeBlock(b)
	}
	if len(s.open) > maxFree {
		s.open = nil // a map does not shrink
	}
	clear(s.open)
	*s = Stream{
		open: s.open, order: emptied(s.order), touched: emptied(s.touched), sent: emptied(s.sent), over: emptied(s.over),
		queue: emptied(s.queue), freeEvents: s.freeEvents, freeBlocks: s.freeBlocks, few: s.few,
	}
}

// emptied returns an empty list, with the memory of list if that is not large.
func emptied[T any](list []*T) []*T {
	if cap(list) > maxFree {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// Event is one event on its way to the client. The caller fills what it needs to
// write it, in memory of the event; the engine does not look at it.
type Event struct {
	Data    []byte // its payload
	Name    []byte // its type, where the framing has one
	Scratch []byte // memory for a payload that is written anew
	Changed bool   // the payload must be written anew, whatever the guards say
	Extra   int    // bytes that the caller keeps for it beside Data

	texts []text
	wait  int // texts that are not released
	size  int
	few   [1]text // room for the texts of most events

	// Typed is the event of a stream that is translated, nil in others.
	Typed *core.Event
}

// text is one piece of content in an event.
type text struct {
	of      *block
	flow    core.Flow
	edited  bool
	changed []byte // what it is then
	was     []byte // what it repeats
}

// maxFree is how many events and blocks are kept for use again, and maxKept the
// largest memory of each, in bytes.
const (
	maxFree = 64
	maxKept = 16 << 10
)

// What is kept of an event takes about as much beside the bytes of its payload and
// texts, for it, for each text and for each block that begins.
const (
	eventBytes = 160
	textBytes  = 128
	blockBytes = 512
)

// New returns an event to be filled and given to [Stream.Push]. The slices in it
// have memory to append to.
func (s *Stream) New() *Event {
	n := len(s.freeEvents)
	if n == 0 {
		e := &Event{}
		e.texts = e.few[:0]
		return e
	}
	e := s.freeEvents[n-1]
	s.freeEvents = s.freeEvents[:n-1]
	return e
}

// Drop gives back an event of [Stream.New] that is not pushed.
func (s *Stream) Drop(e *Event) { s.free(e) }

func (s *Stream) free(e *Event) {
	if len(s.freeEvents) >= maxFree || cap(e.Scratch)+cap(e.Data) > maxKept {
		return
	}
	clear(e.texts)
	if e.Typed != nil {
		*e.Typed = core.Event{}
	}
	e.Data, e.Name, e.Scratch, e.texts = e.Data[:0], e.Name[:0], e.Scratch[:0], e.texts[:0]
	e.Changed, e.wait, e.size, e.Extra = false, 0, 0, 0
	s.freeEvents = append(s.freeEvents, e)
}

// Push takes an event that has come, after those before it. What c points to is
// copied. The error says that too much waits.
func (s *Stream) Push(e *Event, c *core.EventContent) *core.Error {
	for i := range c.Parts {
		if err := s.add(e, &c.Parts[i]); err != nil {
			return err
		}
	}
	for _, end := range c.Ends {
		s.end(end)
	}
	if c.Idle && len(e.texts) == 0 {
		s.pushIdle(e)
		return nil
	}
	e.size += eventBytes + len(e.Data) + e.Extra
	if s.waiting += e.size; s.waiting > s.most {
		return &core.Error{
			Code: core.CodeUpstreamTooLarge, Origin: core.OriginGateway,
			Message: "A guardrail holds more of the stream back than the gateway keeps (limits.answer_bytes).",
		}
	}
	s.queue = append(s.queue, e)
	return nil
}

// pushIdle puts e before the events that wait. Where all wait for the end nobody is
// to be shown that the stream is alive.
func (s *Stream) pushIdle(e *Event) {
	if s.buffer {
		s.free(e)
		return
	}
	at := s.head
	for at < len(s.queue) && s.queue[at].wait == 0 {
		at++
	}
	s.queue = slices.Insert(s.queue, at, e)
}

// add notes one piece of content of e.
func (s *Stream) add(e *Event, p *core.StreamPart) *core.Error {
	key := blockKey{p.Choice, p.Msg, p.Kind}
	b := s.recent // most events go on with what the one before said
	if b == nil || b.key != key {
		if b = s.open[key]; b != nil {
			s.recent = b
		}
	}
	t := text{flow: p.Flow, of: b}
	content := p.Text()
	e.size += textBytes
	switch {
	case p.Flow == core.FlowSeal:
	case p.Flow == core.FlowAlone && len(content) == 0 && p.Kind != core.PartToolCall:
		t.of = nil // there is nothing to judge
		e.texts = append(e.texts, t)
		return nil
	case p.Flow == core.FlowAlone:
		t.of = s.newBlock(key, p.Part)
		t.of.final = true
		e.size += blockBytes
		if s.buffer {
			s.order = append(s.order, t.of)
		}
	case b == nil: // also of a repeat: of what it says nothing was said before
		if len(s.open) >= maxBlocks {
			return &core.Error{
				Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
				Message: "The upstream's stream has more blocks than can be judged.",
			}
		}
		t.of = s.newBlock(key, p.Part)
		s.open[key], s.recent = t.of, t.of
		s.order = append(s.order, t.of)
		e.size += blockBytes
		if p.Flow == core.FlowRepeat {
			t.flow = core.FlowOn
		}
	case p.Flow == core.FlowRepeat:
		t.was = append(t.was, content...)
		e.size += len(content)
	default:
		if err := b.goesOn(p.Part); err != nil {
			return err
		}
	}
	e.texts = append(e.texts, t)
	if t.flow == core.FlowAlone || t.flow == core.FlowOn && !t.of.final {
		t.of.push(e, len(e.texts)-1, content)
		s.touch(t.of)
		e.size += len(content)
	}
	return nil
}

// goesOn makes sure that b can go on with p. What follows the end of a block, and a
// call that changes its name, clients join to what was judged without it.
func (b *block) goesOn(p *core.Part) *core.Error {
	renamed := p.Kind == core.PartToolCall && len(p.Name) > 0 && string(p.Name) != string(b.part.Name)
	switch {
	case b.final && (renamed || len(p.Text()) > 0):
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
			Message: "The upstream's stream goes on with what it had ended, so that it cannot be judged.",
		}
	case renamed && len(b.part.Name) > 0:
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
			Message: "The upstream's stream gives a tool call two names, so that it cannot be judged.",
		}
	case renamed:
		b.part.Name = append(b.part.Name[:0], p.Name...)
	}
	if len(p.Ref) > 0 && len(b.part.Ref) == 0 {
		b.part.Ref = append(b.part.Ref, p.Ref...)
	}
	return nil
}

// end marks the blocks as whole.
func (s *Stream) end(ref core.BlockRef) {
	for _, b := range s.order {
		if (ref.Choice == core.AllChoices || ref.Choice == b.key.choice) && (ref.Block == core.AllBlocks || ref.Block == b.key.block) {
			s.finish(b)
		}
	}
}

func (s *Stream) finish(b *block) {
	if !b.final {
		b.final = true
		s.touch(b)
	}
}

func (s *Stream) touch(b *block) {
	if !b.touched {
		b.touched = true
		s.touched = append(s.touched, b)
	}
}

// Next returns the next event that may leave, or nil. It is valid until the call
// of Next after it.
func (s *Stream) Next() *Event {
	if s.head > 0 && s.queue[s.head-1] != nil {
		s.free(s.queue[s.head-1])
		s.queue[s.head-1] = nil
	}
	if s.head == len(s.queue) {
		s.queue, s.head = s.queue[:0], 0
		return nil
	}
	e := s.queue[s.head]
	if e.wait > 0 || s.buffer && !s.decided {
		s.compact()
		return nil
	}
	s.head++
	s.waiting -= e.size
	e.size = 0
	e.settle()
	return e
}

// compact lets the queue of a stream in which something always waits not grow.
func (s *Stream) compact() {
	if s.head >= maxFree {
		n := copy(s.queue, s.queue[s.head:])
		clear(s.queue[n:])
		s.queue, s.head = s.queue[:n], 0
	}
}

// settle finds out what the texts of e that follow from others are now.
func (e *Event) settle() {
	for i := range e.texts {
		t := &e.texts[i]
		switch {
		case t.of == nil:
		case t.flow == core.FlowSeal && t.of.edited:
			t.edited = true
		case t.flow == core.FlowRepeat && len(t.was) > 0 && string(t.was) != string(t.of.whole):
			t.edited, t.changed = true, append(t.changed, t.of.whole...)
		}
	}
}

// Edited tells whether any text of e has changed.
func (e *Event) Edited() bool {
	for i := range e.texts {
		if e.texts[i].edited {
			return true
		}
	}
	return false
}

// Text returns what the i-th piece of content of e, as it was pushed, has become.
// changed is false where it is as it was; text is then nil.
func (e *Event) Text(i int) (text []byte, changed bool) {
	return e.texts[i].changed, e.texts[i].edited
}
