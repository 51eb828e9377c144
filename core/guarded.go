package core

// Flow says how a piece of content in an event of a stream relates to its block.
type Flow uint8

// The flows.
const (
	// FlowOn: the block goes on with it. Its text follows that of the events before.
	FlowOn Flow = iota
	// FlowAlone: it is whole in itself, such as a citation or the arguments of a
	// call that come in one event.
	FlowAlone
	// FlowRepeat: it says again what the block's events before have said, all of it
	// or, while the block is open, nothing.
	FlowRepeat
	// FlowSeal: it seals what the block's events before have said, such as a
	// provider's signature on thinking, and is worth nothing once that was edited.
	// No guard sees it; its text becomes empty then.
	FlowSeal
)

// StreamPart is one piece of content in an event of a stream.
type StreamPart struct {
	// Part has its place in the event's payload as Raw. Its ID is its index in the
	// event, Msg that of the block within the choice: any number ≥ 0 that no other
	// block of the choice has. Texts of a kind with FlowOn in one block are one run.
	*Part
	Flow Flow
}

// BlockRef names blocks of a stream. AllBlocks and AllChoices stand for every one.
type BlockRef struct{ Choice, Block int }

// What stands for every block of a choice, and for every choice.
const (
	AllBlocks  = -1
	AllChoices = -1
)

// EventContent is what one event of a stream holds. Its owner passes it again for
// the next event; what it points to lives until then.
type EventContent struct {
	Parts []StreamPart
	// Unknown are the places of strings in the payload of which nobody can say what
	// they are: no row of the dialect's table names them, or it calls them opaque.
	// Parts does not have them.
	Unknown []Span
	// Ends are the blocks in which no FlowOn follows this event.
	Ends []BlockRef
	// Idle is true of an event that says nothing but that the stream is alive. It
	// need not wait for those before it.
	Idle bool
	// Again is set by the owner who reads an event once more, to append it, after
	// others have been read. The places in it count then; the numbers of blocks and
	// Ends may be others, and what is remembered of the stream stays as it was.
	Again bool
}

// Reset makes c ready for the next event.
func (c *EventContent) Reset() {
	clear(c.Parts)
	*c = EventContent{Parts: c.Parts[:0], Unknown: c.Unknown[:0], Ends: c.Ends[:0]}
}

// EventReader is a [Dialect] whose streams guards can judge though they pass in
// the dialect that they came in: it finds the content in single events, and
// changes it. What it must remember of a stream lives in Request.Scanned.
type EventReader interface {
	Dialect
	// Repeats tells whether events of the dialect say FlowRepeat, so that the text
	// of each block must be kept to the end.
	Repeats() bool
	// BeginEvents forgets the stream before. It is called before the first event.
	BeginEvents(ex *Exchange)
	// ReadAlike does in one what Event and ReadEvent do, where the event is like the one
	// before in all but its text. Where it returns false it has done nothing.
	ReadAlike(ex *Exchange, at *Attempt, data []byte, c *EventContent) bool
	// ReadEvent fills c, which is empty, with what the payload of an event holds.
	// An empty one and a terminal event that is no JSON hold nothing. An event that
	// can be read in two ways (law 2), or not at all, is CodeUpstreamInvalid.
	// What it takes from ex.Alloc lives until the caller has done with c.
	ReadEvent(ex *Exchange, data []byte, c *EventContent) *Error
	// AppendEvent appends the payload with what was changed in it: the edits of
	// c.Parts, which ReadEvent has just filled from the same data, the removal of
	// all that is Unknown, and of what derives from an edited part.
	AppendEvent(dst []byte, ex *Exchange, data []byte, c *EventContent) ([]byte, *Error)
	// SentEvent notes the payload of an event that the client has got, for
	// AppendRefused. It is called, in order, only where that may be called.
	SentEvent(ex *Exchange, data []byte)
	// AppendRefused appends, framing included, what ends a stream as one that the
	// model refused, before its first event or in its midst: what the client has
	// got is closed, the message is said as a refusal where the dialect has such a
	// thing, and the finish reason is that of a content filter. Usage is at's.
	AppendRefused(dst []byte, ex *Exchange, at *Attempt, message string) []byte
	// AppendIdle appends, framing included, what clients of the dialect skip, to
	// show them that the stream is alive; nothing where there is no such thing.
	AppendIdle(dst []byte) []byte
}

// StreamGuard is what the engine that holds streams back must know of one hook of
// the answer phase.
type StreamGuard struct {
	Mode StreamMode
	// Most is how many bytes the guard may hold back of one block, with StreamWindow.
	Most int
	Sees *Sees // which parts it is shown; nil means texts
}

// Shown tells whether the guard is shown what p says.
func (g *StreamGuard) Shown(p *Part) bool {
	if g.Sees == nil {
		return p.Kind == PartText
	}
	return g.Sees.Part(p)
}
