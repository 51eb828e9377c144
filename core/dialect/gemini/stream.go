package gemini

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// writer is what is remembered of an answer while it is written.
type writer struct {
	id, model []byte
	thoughts  bool // the client asked for them
	usage     core.Usage
	choices   []choice
	blocks    []block // those that are open, or were
}

// choice is what is remembered of one candidate.
type choice struct {
	finish   core.Finish
	finished bool
	message  []byte // of a malformed call, else nil
	sources  []byte // elements of groundingChunks
}

// block is one whose text is held until it is whole: a call, or thinking that is
// written only if it turns out to be signed.
type block struct {
	choice, index int
	kind          core.PartKind
	name, ref     []byte
	text          []byte
	attr          core.Attr
	open          bool
}

// maxHeld is the most memory of one block that is kept for the next answer, in
// bytes, and maxBlocks the number of blocks.
const (
	maxHeld   = 16 << 10
	maxBlocks = 32
)

func (w *writer) reset() {
	if len(w.blocks) > maxBlocks {
		w.blocks = nil
	}
	for i := range w.blocks {
		b := &w.blocks[i]
		if b.open, b.attr = false, (core.Attr{}); cap(b.text) > maxHeld {
			b.text = nil
		}
	}
	clear(w.choices)
	*w = writer{
		id: w.id[:0], model: w.model[:0],
		choices: w.choices[:0], blocks: w.blocks,
	}
}

// choice returns the memory of choice i, below maxChoices.
func (w *writer) choice(i int) *choice {
	for len(w.choices) <= i {
		w.choices = append(w.choices, choice{})
	}
	return &w.choices[i]
}

// name notes what the answer is called: the first id and model that are known,
// else the gateway's own.
func (w *writer) name(ex *core.Exchange, at *core.Attempt, id, model []byte) {
	if w.id = append(w.id[:0], id...); len(id) == 0 {
		w.id = ex.ID.Append(w.id)
	}
	switch {
	case len(model) > 0:
		w.model = append(w.model[:0], model...)
	case len(at.Model) > 0:
		w.model = append(w.model[:0], at.Model...)
	case at.Deployment != nil && at.Deployment.Model != "":
		w.model = append(w.model[:0], at.Deployment.Model...)
	default:
		w.model = append(w.model[:0], ex.Request.Model...)
	}
}

// appendNames appends the members that every document of an answer has.
func (w *writer) appendNames(dst []byte) []byte {
	if len(w.model) > 0 {
		dst = jsonscan.AppendQuoted(append(dst, `,"modelVersion":`...), w.model)
	}
	return jsonscan.AppendQuoted(append(dst, `,"responseId":`...), w.id)
}

// writerOf returns the memory of the stream that at writes, empty at its start.
func writerOf(ex *core.Exchange, at *core.Attempt) *writer {
	if w, ok := at.Stream.Writer.(*writer); ok {
		return w
	}
	w := &memoryOf(ex).writer
	w.reset()
	w.thoughts = memoryOf(ex).thoughts
	w.name(ex, at, nil, nil)
	at.Stream.Writer = w
	return w
}

// WriteEvent appends what one event becomes: a chunk for each delta of text; one
// for each call when it is whole, as clients of this dialect expect; what belongs
// to the end comes with [Dialect.WriteStreamEnd]. An event that reports an error
// becomes nothing: whoever ends the stream says so with
// [Dialect.RenderErrorEvent].
func (Dialect) WriteEvent(dst []byte, ex *core.Exchange, at *core.Attempt, ev *core.Event) []byte {
	w := writerOf(ex, at)
	if len(ev.ID) > 0 {
		w.id = append(w.id[:0], ev.ID...)
	}
	if len(ev.Model) > 0 {
		w.model = append(w.model[:0], ev.Model...)
	}
	if ev.Choice < 0 || ev.Choice >= maxChoices {
		return dst
	}
	switch ev.Kind {
	case core.EventOpen:
		dropAnswered(ex, ev.Part.Kind)
		if w.holds(ev.Part.Kind) {
			w.hold(ev)
			return dst
		}
		return w.appendDelta(dst, ev)
	case core.EventDelta, core.EventClose:
		b := w.held(ev)
		switch {
		case b != nil:
			b.add(&ev.Part)
		case w.holds(ev.Part.Kind) && ev.Kind == core.EventDelta:
			w.hold(ev) // nobody opened it
		default:
			return w.appendDelta(dst, ev)
		}
		if b != nil && ev.Kind == core.EventClose {
			return w.appendHeld(dst, b)
		}
	case core.EventUsage:
		w.usage = ev.Usage
	case core.EventFinish:
		c := w.choice(ev.Choice)
		c.finish, c.finished = ev.Finish, true
	case core.EventError, core.EventRaw:
	}
	return dst
}

// holds tells whether blocks of that kind are written only when they are whole.
func (w *writer) holds(kind core.PartKind) bool {
	switch kind { //nolint:exhaustive // all others are not
	case core.PartToolCall, core.PartImage, core.PartAudio, core.PartDocument, core.PartCitation, core.PartRedacted:
		return true
	case core.PartThinking:
		return !w.thoughts
	}
	return false
}

// hold begins a block that is held.
func (w *writer) hold(ev *core.Event) {
	p := &ev.Part
	var b *block
	for i := range w.blocks {
		if !w.blocks[i].open {
			b = &w.blocks[i]
			break
		}
	}
	if b == nil {
		w.blocks = append(w.blocks, block{})
		b = &w.blocks[len(w.blocks)-1]
	}
	*b = block{
		choice: ev.Choice, index: ev.Block, kind: p.Kind, open: true,
		name: append(b.name[:0], p.Name...), ref: append(b.ref[:0], p.Ref...), text: b.text[:0],
	}
	b.add(p)
}

// held returns the block that ev belongs to, if it is one that is held.
func (w *writer) held(ev *core.Event) *block {
	for i := range w.blocks {
		if b := &w.blocks[i]; b.open && b.choice == ev.Choice && b.index == ev.Block {
			return b
		}
	}
	return nil
}

// add takes what an event adds to the block. It copies: events live for a call.
func (b *block) add(p *core.Part) {
	b.text = append(b.text, p.Text()...)
	if len(b.name) == 0 {
		b.name = append(b.name, p.Name...)
	}
	if len(b.ref) == 0 {
		b.ref = append(b.ref, p.Ref...)
	}
	a := p.Attr
	if a == nil {
		return
	}
	b.attr.Data = append(b.attr.Data, a.Data...)
	if len(a.URL) > 0 {
		b.attr.URL = append([]byte(nil), a.URL...)
	}
	if len(a.JSON) > 0 {
		b.attr.JSON = append([]byte(nil), a.JSON...)
	}
	if len(a.Signature) > 0 {
		b.attr.Signature = append([]byte(nil), a.Signature...)
		b.attr.Source = append([]byte(nil), a.Source...)
	}
}

// appendHeld appends the chunk of a block that is whole.
func (w *writer) appendHeld(dst []byte, b *block) []byte {
	b.open = false
	p := core.Part{Kind: b.kind, Name: b.name, Ref: b.ref, Attr: &b.attr}
	p.SetText(b.text)
	return w.appendChunk(dst, b.choice, &p)
}

// appendDelta appends the chunk of text that is written as it comes.
func (w *writer) appendDelta(dst []byte, ev *core.Event) []byte {
	p := &ev.Part
	signed := p.Attr != nil && len(p.Attr.Signature) > 0
	if len(p.Text()) == 0 && !signed {
		return dst
	}
	switch p.Kind { //nolint:exhaustive // the others are held, and so were opened
	case core.PartText, core.PartRefusal, core.PartThinking:
		return w.appendChunk(dst, ev.Choice, p)
	}
	return dst
}

// appendChunk appends one event with one part.
func (w *writer) appendChunk(dst []byte, index int, p *core.Part) []byte {
	n := len(dst)
	dst = append(dst, `data: {"candidates":[{"content":{"parts":[`...)
	start := len(dst)
	if dst = w.appendPart(dst, w.choice(index), p, start); len(dst) == start {
		return dst[:n]
	}
	dst = strconv.AppendInt(append(dst, `],"role":"model"},"index":`...), int64(index), 10)
	return append(w.appendNames(append(dst, "}]"...)), "}\n\n"...)
}

// WriteStreamEnd appends the last chunk, which has the finish reasons and the
// usage.
func (Dialect) WriteStreamEnd(dst []byte, ex *core.Exchange, at *core.Attempt) []byte {
	w := writerOf(ex, at)
	for i := range w.blocks {
		if b := &w.blocks[i]; b.open {
			dst = w.appendHeld(dst, b)
		}
	}
	dst = append(dst, `data: {"candidates":[`...)
	more := false
	for i := range w.choices {
		c := &w.choices[i]
		if !c.finished {
			continue
		}
		if more {
			dst = append(dst, ',')
		}
		more = true
		dst = append(dst, `{"content":{"parts":[{"text":""}],"role":"model"}`...)
		dst = append(c.appendFinish(dst), `,"index":`...)
		dst = append(strconv.AppendInt(dst, int64(i), 10), '}')
	}
	dst = append(dst, ']')
	u := w.usage
	if !u.Reported && !u.Estimated {
		u = at.Usage
	}
	if u.Reported || u.Estimated {
		dst = appendUsage(append(dst, ','), &u)
	}
	return append(w.appendNames(dst), "}\n\n"...)
}
