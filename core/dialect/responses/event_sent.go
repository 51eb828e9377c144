package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Bounds of what is remembered of what a client has got.
const (
	maxSentBytes = 1 << 20 // of items and texts
	maxSentOpen  = 64      // items at one time
)

// sentMemory is what the dialect remembers of the events that a client has got: the
// event that ends a stream repeats them.
type sentMemory struct {
	begun, over bool
	full        bool // there is more than is kept
	number      int64
	head        []byte // the response as it began
	next        int    // output_index
	items       []byte // those that are done, with commas between them
	open        []sentItem
}

// sentItem is an item that has begun and not ended.
type sentItem struct {
	index    int
	id, kind []byte
	parts    []byte // of its content or summary that are done, with commas between them
	n        int    // how many
	part     partKind
	thinks   bool   // a part of its content has been thinking
	ended    bool   // the text of the open part is known to be whole
	text     []byte // of the open part, as it stands in JSON between quotes
	notes    []byte // its annotations, with commas between them
}

// partKind is the kind of the part of an item that is open.
type partKind uint8

const (
	noPart partKind = iota
	textPart
	refusalPart
	thinkingPart
	summaryPart
)

func (s *sentMemory) forget() {
	kept := cap(s.head) + cap(s.items)
	for _, b := range s.open[:cap(s.open)] {
		kept += cap(b.parts) + cap(b.text) + cap(b.notes)
	}
	if kept > maxKept {
		*s = sentMemory{}
	}
	*s = sentMemory{head: s.head[:0], items: s.items[:0], open: s.open[:0]}
}

// The members of an event that are looked at.
const (
	sentType = iota
	sentNumber
	sentOutput
	sentDelta
	sentItemValue
	sentPart
	sentAnnotation
	sentResponse
)

var sentKeys = jsonscan.NewKeys("type", "sequence_number", "output_index", "delta", "item", "part", "annotation", "response")

// sentEvent is an event as far as [Dialect.SentEvent] reads it.
type sentEvent struct {
	kind                                    []byte
	output                                  int64
	delta, item, part, annotation, response jsonscan.Value
}

// SentEvent notes what was begun, what was said and what was ended.
func (Dialect) SentEvent(ex *core.Exchange, data []byte) {
	s := &memoryOf(ex).sent
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		return
	}
	var e sentEvent
	for id := c.Enter(sentKeys); id != jsonscan.NoMember; id = c.Member(sentKeys, id) {
		switch id {
		case sentType:
			e.kind = c.Skip().Text(data)
		case sentNumber:
			if n, ok := c.Int(); ok {
				s.number = n + 1
			}
		case sentOutput:
			e.output, _ = c.Int()
		case sentDelta:
			e.delta = c.Skip()
		case sentItemValue:
			e.item = c.Skip()
		case sentPart:
			e.part = c.Skip()
		case sentAnnotation:
			e.annotation = c.Skip()
		case sentResponse:
			e.response = c.Skip()
		default:
			c.Skip()
		}
	}
	s.note(data, &e)
}

func (s *sentMemory) note(data []byte, e *sentEvent) {
	switch string(e.kind) {
	case "response.created", "response.queued", "response.in_progress":
		s.begun = true
		if len(s.head) == 0 && e.response.Kind == jsonscan.ObjectKind && e.response.Len() <= maxSentBytes {
			s.head = append(s.head, e.response.Of(data)...)
		}
		return
	case "response.completed", "response.incomplete", "response.failed", "error":
		s.over = true
		return
	case "response.output_item.added":
		s.begin(data, e)
		return
	case "response.output_item.done":
		s.end(data, e)
		return
	}
	if b := s.find(e.output); b != nil {
		s.grow(b, data, e)
	}
}

// fits tells whether n more bytes may be kept beside those of dst.
func (s *sentMemory) fits(dst []byte, n int) bool {
	s.full = s.full || len(s.items)+len(dst)+n > maxSentBytes
	return !s.full
}

// keep appends to what is kept, within the bound.
func (s *sentMemory) keep(dst, more []byte) []byte {
	if !s.fits(dst, len(more)) {
		return dst
	}
	return append(dst, more...)
}

// list appends an element to what stands between brackets, within the bound.
func (s *sentMemory) list(dst, elem []byte) []byte {
	if !s.fits(dst, len(elem)+1) {
		return dst
	}
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	return append(dst, elem...)
}

func (s *sentMemory) find(index int64) *sentItem {
	for i := range s.open {
		if int64(s.open[i].index) == index {
			return &s.open[i]
		}
	}
	return nil
}

var sentItemPaths = jsonscan.NewPaths("id", "type")

func (s *sentMemory) begin(data []byte, e *sentEvent) {
	if e.output < 0 || e.output >= maxItem || s.find(e.output) != nil || len(s.open) == maxSentOpen {
		return
	}
	s.next = max(s.next, int(e.output)+1)
	n := len(s.open)
	if n < cap(s.open) {
		s.open = s.open[:n+1]
	} else {
		s.open = append(s.open, sentItem{})
	}
	b := &s.open[n]
	*b = sentItem{index: int(e.output), id: b.id[:0], kind: b.kind[:0], parts: b.parts[:0], text: b.text[:0], notes: b.notes[:0]}
	var found [2]jsonscan.Value
	if sentItemPaths.ReadIn(data, e.item, found[:]) == nil && found[0].Len() <= maxID && found[1].Len() <= maxID {
		b.id = append(b.id, found[0].Text(data)...)
		b.kind = append(b.kind, found[1].Text(data)...)
	}
}

// end keeps an item that is done.
func (s *sentMemory) end(data []byte, e *sentEvent) {
	s.next = max(s.next, min(int(e.output), maxItem)+1)
	if e.item.Kind == jsonscan.ObjectKind {
		s.items = s.list(s.items, e.item.Of(data))
	}
	for i := range s.open {
		if last := len(s.open) - 1; int64(s.open[i].index) == e.output {
			s.open[i], s.open[last] = s.open[last], s.open[i]
			s.open = s.open[:last]
			return
		}
	}
}

// grow notes an event of the item b.
func (s *sentMemory) grow(b *sentItem, data []byte, e *sentEvent) {
	kind, what := partOf(e.kind)
	switch string(what) {
	case "added":
		b.open(kindOfPart(data, e.part, kind))
	case "delta":
		if b.part == noPart {
			b.open(kind)
		}
		b.text = s.keep(b.text, e.delta.Text(data))
	case "done":
		if e.part.Kind != jsonscan.ObjectKind {
			b.ended = true
			return
		}
		b.parts = s.list(b.parts, e.part.Of(data))
		b.part = noPart
		b.n++
	case "annotation":
		b.notes = s.list(b.notes, e.annotation.Of(data))
	}
}

func (b *sentItem) open(kind partKind) {
	b.part, b.ended, b.text, b.notes = kind, false, b.text[:0], b.notes[:0]
	b.thinks = b.thinks || kind == thinkingPart
}

// partOf returns which part of an item an event speaks of, and what it says. what is
// nil where it says nothing of a part.
func partOf(event []byte) (kind partKind, what []byte) {
	name, ok := bytes.CutPrefix(event, []byte("response."))
	dot := bytes.LastIndexByte(name, '.')
	if !ok || dot < 0 {
		return noPart, nil
	}
	name, what = name[:dot], name[dot+1:]
	switch string(name) {
	case "output_text", "content_part":
		return textPart, what
	case "output_text.annotation":
		return textPart, []byte("annotation")
	case "refusal":
		return refusalPart, what
	case "reasoning_text", "reasoning_part", "reasoning":
		return thinkingPart, what
	case "reasoning_summary_text", "reasoning_summary_part", "reasoning_summary":
		return summaryPart, what
	}
	return noPart, nil
}

// kindOfPart returns the kind of a part that begins, which is otherwise where it does
// not say.
func kindOfPart(data []byte, part jsonscan.Value, otherwise partKind) partKind {
	var found [2]jsonscan.Value
	if sentItemPaths.ReadIn(data, part, found[:]) != nil {
		return otherwise
	}
	switch string(found[1].Text(data)) {
	case "refusal":
		return refusalPart
	case "reasoning_text":
		return thinkingPart
	}
	return otherwise
}
