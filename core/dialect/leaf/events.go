package leaf

import (
	"hash/maphash"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Bounds of what an upstream can make a stream keep in memory.
const (
	maxEventParts = 512      // spare parts
	maxEventText  = 64 << 10 // decoded text, bytes
	maxCalls      = 256      // tool calls that are remembered
	maxCallName   = 512      // their names and ids, bytes each
	maxUnnamed    = 256      // places that no row names
	unnamedBlock  = 1 << 24  // block of the first of them
	maxStretches  = 1 << 10  // of thinking in one choice
	stretchBlocks = 32       // numbers that a stretch may use
	maxChoices    = 128      // in which stretches are told apart
)

// events is what the engine keeps of a stream: what the event read last holds, and
// the little that must be known of those before.
type events struct {
	parts   []*core.Part // spare parts; those in use are the first few
	used    int
	text    []byte            // decoded texts of the event
	derived []derived         // of the event
	seals   []core.StreamPart // of the event
	encoded []encoded         // of the event: parts whose texts were decoded
	size    int               // of the event
	group   int               // [Spec.Group] of its form
	counted jsonscan.Span     // what [Memory.Counted] said of the event that is read next
	shape   shape

	calls   []call
	unnamed []uint64 // hashes of the places of strings that no row names
	seed    maphash.Seed
	seeded  bool
	choices []stretches
}

// call is what the first event of a block says, and the others no more.
type call struct {
	at        core.BlockRef
	name, ref []byte
	said      bool // some of its arguments
	ended     bool
}

// stretches counts the stretches of thinking in one choice.
type stretches struct {
	choice, n int
	open      uint64 // fields of the stretch that is under way
	// Of the event that is read: fields that think, and whether anything else speaks.
	thinks uint64
	speaks bool
}

// BeginEvents forgets the stream before.
func (m *Memory) BeginEvents() {
	if m.events == nil {
		m.events = &events{}
	}
	m.events.begin()
}

func (ev *events) begin() {
	ev.next(0)
	ev.shape.form, ev.counted = nil, jsonscan.Span{}
	ev.calls, ev.unnamed, ev.choices = ev.calls[:0], ev.unnamed[:0], ev.choices[:0]
}

// next makes ev ready for an event of n bytes.
func (ev *events) next(n int) {
	for _, p := range ev.parts[:ev.used] {
		*p = core.Part{}
	}
	if len(ev.parts) > maxEventParts {
		ev.parts = nil
	}
	if cap(ev.text) > maxEventText {
		ev.text = nil
	}
	clear(ev.seals)
	clear(ev.encoded)
	ev.encoded = ev.encoded[:0]
	ev.used, ev.text, ev.derived, ev.seals, ev.size = 0, ev.text[:0], ev.derived[:0], ev.seals[:0], n
}

// decode is [Text] into memory that is used again for the next event.
func (ev *events) decode(doc []byte, v jsonscan.Value) []byte {
	if v.Kind != jsonscan.String || !v.Escaped {
		return v.Text(doc)
	}
	from := len(ev.text) // where it grows, what was decoded before stays where it is
	ev.text = jsonscan.AppendText(ev.text, doc, v.Span)
	return ev.text[from:len(ev.text):len(ev.text)]
}

func (ev *events) newPart() *core.Part {
	if ev.used == len(ev.parts) {
		ev.parts = append(ev.parts, &core.Part{})
	}
	ev.used++
	return ev.parts[ev.used-1]
}

// ReadEvent fills c with what an event of a stream holds, whose form is f. Parts,
// and texts that were decoded, live until the next event is read. It refuses, with
// CodeUpstreamInvalid, what law 2 refuses in each object it opens, and what is no
// JSON.
//
// Strings below judged members that no row names are runs of text, by their place;
// an upstream that has more such places than are worth watching has the others
// among Unknown.
func (m *Memory) ReadEvent(ex *core.Exchange, f *Form, data []byte, c *core.EventContent) *core.Error {
	if m.events == nil {
		m.BeginEvents()
	}
	ev := m.events
	if !c.Again && ev.again(f, data, c) {
		ev.counted = jsonscan.Span{}
		return nil
	}
	ev.next(len(data))
	ev.group, ev.shape.shifted = f.group, false
	w := m.start(ex, f, data)
	defer m.end()
	w.ev, w.c, w.derived, w.Block, w.Choice = ev, c, ev.derived, -1, -1
	err := w.event()
	ev.derived = w.derived
	if err != nil {
		ev.shape.form, ev.counted = nil, jsonscan.Span{}
		c.Reset()
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
			Message: "An event of the upstream's stream cannot be judged: it is broken or can be read in two ways.",
		}
	}
	w.endStretches()
	for _, p := range ev.seals {
		ev.sealed(p.Part)
		p.ID = len(c.Parts)
		c.Parts = append(c.Parts, p)
	}
	if !c.Again {
		ev.shape.learn(w)
		ev.counted = jsonscan.Span{}
	}
	return nil
}

// counterOf returns the number of the event whose top level is obj, if its form has one
// that says nothing else.
func (w *Walk) counterOf(obj *jsonscan.Object) jsonscan.Value {
	if w.form.counter != "" {
		for i := range obj.Members {
			if m := &obj.Members[i]; string(m.Key.Of(w.doc)) == w.form.counter {
				return m.Value
			}
		}
	}
	return jsonscan.Value{}
}

// event walks over the whole event.
func (w *Walk) event() error {
	root := w.form.tree()
	obj := w.m.level(0)
	if i := firstByte(w.doc); i < len(w.doc) && w.doc[i] == '{' {
		if err := jsonscan.Scan(w.doc, root.keys, obj); err != nil {
			return err
		}
		w.counter = w.counterOf(obj)
		w.members(obj, root)
	} else {
		v, err := jsonscan.Validate(w.doc, 0)
		if err != nil {
			return err
		}
		w.walk(v, nil)
	}
	if w.err != nil {
		return w.err
	}
	return nil
}

// firstByte returns the offset of the first byte of doc that is no blank.
func firstByte(doc []byte) int {
	i := 0
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\n' || doc[i] == '\r') {
		i++
	}
	return i
}

// eventPart adds a part for v, whose row is row. An empty text says nothing, but
// for a call: it may have no arguments, and its name comes with it. A value of
// another kind is whole, but for an empty object where arguments follow.
func (w *Walk) eventPart(v jsonscan.Value, row *Row) {
	kind, flow, text := row.Kind, row.Flow, v.Of(w.doc)
	if kind == core.PartText {
		kind = w.Kind
	}
	switch {
	case v.Kind == jsonscan.String:
		if text = w.Text(v); len(text) == 0 && kind != core.PartToolCall {
			return
		}
	case flow == core.FlowOn && isEmpty(text):
		text = nil
	case flow == core.FlowOn:
		flow = core.FlowAlone
	}
	if flow == core.FlowOn {
		flow = w.Flow
	}
	block := max(w.Block, 0) + row.Block
	if kind == core.PartToolCall && len(text) > 0 {
		flow = w.ev.arguments(core.BlockRef{Choice: max(w.Choice, 0), Block: block}, flow)
	}
	p := w.ev.newPart()
	*p = core.Part{
		ID: len(w.c.Parts), Kind: kind, Role: w.Role, Msg: block, Choice: max(w.Choice, 0),
		Raw: core.Span(v.Span), Name: w.Name, Origin: core.OriginUpstream,
	}
	p.SetText(text)
	w.say(p, text)
	if w.reveal(p, row) {
		flow = core.FlowAlone
	}
	if flow == core.FlowSeal {
		w.ev.seals = append(w.ev.seals, core.StreamPart{Part: p, Flow: flow})
		return
	}
	w.note(p, flow)
	w.c.Parts = append(w.c.Parts, core.StreamPart{Part: p, Flow: flow})
}

// arguments notes that some of the arguments of a call are said, and returns how: what
// repeats the arguments of a call that has begun without any is the first to say them.
func (ev *events) arguments(at core.BlockRef, flow core.Flow) core.Flow {
	c := ev.callAt(at, false)
	if c == nil {
		return flow
	}
	if flow == core.FlowRepeat && !c.said {
		flow = core.FlowOn
	}
	c.said = c.said || flow == core.FlowOn
	return flow
}

// isEmpty tells whether value, sound JSON, is an object without members.
func isEmpty(value []byte) bool {
	return value[0] == '{' && firstByte(value[1:]) == len(value)-2
}

// unnamedEvent deals with a string of an event that no row names and that is
// judged all the same.
func (w *Walk) unnamedEvent(v jsonscan.Value) {
	block := w.BlockOf(nil)
	if block < 0 {
		w.c.Unknown = append(w.c.Unknown, core.Span(v.Span))
		return
	}
	row := Row{Block: block - max(w.Block, 0)}
	if w.Flow == core.FlowRepeat {
		row.Flow = core.FlowAlone // several strings may share the place
	}
	w.eventPart(v, &row)
}

// BlockOf returns the number of the block of the place where w stands, together with
// key, or -1 where there are too many of that sort. Elements of an array are one place.
func (w *Walk) BlockOf(key []byte) int {
	ev := w.ev
	if ev == nil {
		return -1
	}
	if !ev.seeded {
		ev.seed, ev.seeded = maphash.MakeSeed(), true
	}
	var h maphash.Hash
	h.SetSeed(ev.seed)
	for _, s := range w.steps {
		h.Write(s.key.Of(w.doc))
		h.WriteByte(0)
	}
	h.Write(key)
	sum := h.Sum64() ^ uint64(w.Choice+1)<<32 ^ uint64(w.Block+1)
	for i, known := range ev.unnamed {
		if known == sum {
			return unnamedBlock + i
		}
	}
	if len(ev.unnamed) == maxUnnamed {
		return -1
	}
	ev.unnamed = append(ev.unnamed, sum)
	return unnamedBlock + len(ev.unnamed) - 1
}

// Again tells scenes of events that the event has been read before, so that nothing is
// to be counted.
func (w *Walk) Again() bool { return w.c != nil && w.c.Again }

// End is for scenes of events: the block of the choice where w stands has ended, or
// with core.AllBlocks all of them.
func (w *Walk) End(block int) {
	if w.c != nil {
		w.c.Ends = append(w.c.Ends, core.BlockRef{Choice: max(w.Choice, 0), Block: block})
	}
}

// EndChoices is for scenes of events: every block of every choice has ended.
func (w *Walk) EndChoices() {
	if w.c != nil {
		w.c.Ends = append(w.c.Ends, core.BlockRef{Choice: core.AllChoices, Block: core.AllBlocks})
	}
}

// Idle is for scenes of events that say nothing but that the stream is alive.
func (w *Walk) Idle() {
	if w.c != nil {
		w.c.Idle = true
	}
}

// Recall is for scenes of events. The name and the id of a call stand in its first
// event alone: those that w has are kept for the block where it stands, and those
// that it lacks come from there. Of an event that is read again nothing is kept: others
// have been read since, and its block may be one of theirs.
func (w *Walk) Recall() {
	if w.ev == nil {
		return
	}
	at := core.BlockRef{Choice: max(w.Choice, 0), Block: w.Block}
	first := !w.c.Again
	c := w.ev.callAt(at, first && len(w.Name)+len(w.Ref) > 0)
	if c == nil {
		return
	}
	recall(&c.name, &w.Name, first)
	recall(&c.ref, &w.Ref, first)
}

func recall(kept, now *[]byte, keep bool) {
	switch n := len(*now); {
	case n == 0:
		*now = *kept
	case keep && n <= maxCallName:
		*kept = append((*kept)[:0], *now...)
	}
}

// callAt returns what is known of the call at that place, which it makes where create
// says so, or nil where there is none or are too many.
func (ev *events) callAt(at core.BlockRef, create bool) *call {
	for i := len(ev.calls) - 1; i >= 0; i-- {
		if ev.calls[i].at == at {
			return &ev.calls[i]
		}
	}
	n := len(ev.calls)
	if n == maxCalls || !create {
		return nil
	}
	if n < cap(ev.calls) {
		ev.calls = ev.calls[:n+1]
	} else {
		ev.calls = append(ev.calls, call{})
	}
	c := &ev.calls[n]
	*c = call{at: at, name: c.name[:0], ref: c.ref[:0]}
	return c
}

// EndCalls is for scenes of events: the calls that [Walk.Recall] knows of the choice
// where w stands and whose blocks are in [from, to) have ended.
func (w *Walk) EndCalls(from, to int) {
	if w.ev == nil || w.c.Again {
		return
	}
	for i := range w.ev.calls {
		c := &w.ev.calls[i]
		if c.at.Choice == max(w.Choice, 0) && c.at.Block >= from && c.at.Block < to && !c.ended {
			c.ended = true
			w.c.Ends = append(w.c.Ends, c.at)
		}
	}
}
