package responses

import (
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxHeld bounds what is kept of one stream for its last event, in bytes.
const maxHeld = 16 << 20

// streamWriter is what was written of one stream, and what is needed to end it. Each
// block becomes an item, but for texts and refusals in a row, which become the content
// of one message, and citations, which belong to the text before them. An item begins
// with its block, so that items may overlap where a provider's blocks do.
type streamWriter struct {
	ex    *core.Exchange
	at    *core.Attempt
	out   []byte
	whole bool // an answer is written, not a stream

	begun  bool
	failed bool // there is more than is kept
	number int64
	echo   []byte // of every response object

	blocks  []*outItem // that are open, and the message
	spare   []*outItem
	message *outItem // nil for none
	next    int      // output_index
	items   []byte   // those that are done
	done    []doneItem

	finish core.Finish
	usage  core.Usage
}

// doneItem tells where an item lies in streamWriter.items.
type doneItem struct{ index, start, end int }

// outItem is one block on its way to the client, or one message.
type outItem struct {
	kind  core.PartKind // PartText for a message
	block int           // the last one of a message
	begun bool          // output_item.added was written
	index int           // output_index
	idle  bool          // no block of the message is open
	tool  *declared
	name  []byte
	ref   []byte
	text  []byte // of the part that is open, or the arguments
	attr  core.Attr
	own   [5][]byte // backs attr

	// Of a message.
	part        core.PartKind // the part that is open
	inPart      bool
	parts       int    // that are done
	content     []byte // of these, as JSON
	annotations []byte // of the open part
	notes       int    // how many
	chars       int    // how long the open part is, in characters
}

func (b *outItem) reset(kind core.PartKind, block int) {
	own := b.own
	for i := range own {
		own[i] = own[i][:0]
	}
	*b = outItem{
		kind: kind, block: block, name: b.name[:0], ref: b.ref[:0], text: b.text[:0], own: own,
		content: b.content[:0], annotations: b.annotations[:0],
	}
}

// note keeps what an event says of its block beside the text; events live for one call
// only. A later word replaces an earlier.
func (b *outItem) note(p *core.Part) {
	if len(p.Name) > 0 && len(b.name) == 0 {
		b.name = append(b.name, p.Name...)
	}
	if len(p.Ref) > 0 && len(b.ref) == 0 {
		b.ref = append(b.ref, p.Ref...)
	}
	a := p.Attr
	if a == nil {
		return
	}
	for i, f := range [...]struct {
		to   *[]byte
		from []byte
	}{
		{&b.attr.Data, a.Data},
		{&b.attr.URL, a.URL},
		{&b.attr.Signature, a.Signature},
		{&b.attr.Source, a.Source},
		{&b.attr.JSON, a.JSON},
	} {
		if len(f.from) > 0 {
			b.own[i] = append(b.own[i][:0], f.from...)
			*f.to = b.own[i]
		}
	}
}

// maxKept is how much memory of a stream is kept for the next exchange, in bytes.
const maxKept = 64 << 10

func (w *streamWriter) forget() {
	spare := append(w.spare, w.blocks...)
	for _, b := range spare {
		if cap(b.text)+cap(b.content)+cap(b.own[0]) > maxKept {
			*b = outItem{}
		}
		b.tool = nil
	}
	clear(w.blocks)
	*w = streamWriter{spare: spare, blocks: w.blocks[:0], echo: w.echo[:0], items: w.items[:0], done: w.done[:0]}
	if cap(w.echo)+cap(w.items) > 2*maxKept {
		w.echo, w.items = nil, nil
	}
}

// writerOf returns the memory of the attempt's stream, empty at its start.
func writerOf(ex *core.Exchange, at *core.Attempt) *streamWriter {
	w := &memoryOf(ex).writer
	if at.Stream.Writer != w {
		w.forget()
		at.Stream.Writer = w
	}
	w.ex, w.at = ex, at
	return w
}

// WriteEvent appends the events of this dialect that ev becomes. The first ones are
// response.created and response.in_progress, whatever ev is; then each item has
// output_item.added, all that its content has, and output_item.done. The input of a
// custom tool comes in one piece, when the call is whole. What the dialect has no place
// for is left out as in [Dialect.WriteAnswer].
func (Dialect) WriteEvent(dst []byte, ex *core.Exchange, at *core.Attempt, ev *core.Event) []byte {
	w := writerOf(ex, at)
	if ev.Choice != 0 || ev.Kind == core.EventError || w.failed {
		return dst // the caller writes errors
	}
	w.out = dst
	w.start(ev.Model)
	switch ev.Kind {
	case core.EventOpen:
		w.open(ev)
	case core.EventDelta:
		w.grow(ev)
	case core.EventClose:
		w.close(ev)
	case core.EventUsage:
		w.usage = ev.Usage
	case core.EventFinish:
		w.finish = ev.Finish
		w.endAll()
	case core.EventRaw:
		w.lost(core.PartRaw)
	case core.EventError:
	}
	if w.held() > maxHeld {
		w.failed = true
		e := core.Errorf(core.CodeUpstreamTooLarge, "The upstream's answer is longer than the gateway can hold for the event that ends it.")
		w.out = appendFailed(w.out, e, ex.ID, w.failure())
	}
	dst, w.out = w.out, nil
	return dst
}

func (w *streamWriter) held() int {
	n := len(w.items)
	for _, b := range w.blocks {
		n += len(b.text) + len(b.content)
	}
	return n
}

// WriteStreamEnd appends response.completed or response.incomplete, with the whole
// answer and all usage.
func (Dialect) WriteStreamEnd(dst []byte, ex *core.Exchange, at *core.Attempt) []byte {
	w := writerOf(ex, at)
	if w.failed {
		return dst
	}
	w.out = dst
	w.start(nil)
	if w.finish == core.FinishNone {
		w.finish = at.Finish
	}
	w.endAll()
	if !w.usage.Reported {
		if w.usage = at.Usage; !w.usage.Reported {
			w.usage.Output = max(w.usage.Output, at.Stream.OutTokens) // our estimate is better than nothing
			w.usage.Estimated = w.usage.Output > 0
		}
	}
	status := w.status()
	w.event("response." + status)
	w.raw(`,"response":`)
	w.response(status, true)
	w.end()
	dst, w.out = w.out, nil
	return dst
}

// start writes the events that come before all others, once.
func (w *streamWriter) start(model []byte) {
	if w.begun {
		return
	}
	w.begun = true
	w.begin(model)
	for _, kind := range [...]string{"response.created", "response.in_progress"} {
		w.event(kind)
		w.raw(`,"response":`)
		w.response("in_progress", false)
		w.end()
	}
}

// event writes an event up to what is its own.
func (w *streamWriter) event(kind string) {
	w.raw("event: ")
	w.raw(kind)
	w.raw("\ndata: {\"type\":\"")
	w.raw(kind)
	w.raw(`","sequence_number":`)
	w.int(w.number)
	w.number++
}

func (w *streamWriter) end() { w.raw("}\n\n") }

// find returns the open block or message that an event belongs to, or nil.
func (w *streamWriter) find(block int) *outItem {
	for _, b := range w.blocks {
		if b.block == block && !b.idle {
			return b
		}
	}
	return nil
}

// take returns a new block, which is open.
func (w *streamWriter) take(kind core.PartKind, block int) *outItem {
	var b *outItem
	if n := len(w.spare); n > 0 {
		b, w.spare = w.spare[n-1], w.spare[:n-1]
	} else {
		b = &outItem{}
	}
	b.reset(kind, block)
	w.blocks = append(w.blocks, b)
	return b
}

// drop forgets a block that is done.
func (w *streamWriter) drop(b *outItem) {
	for i, other := range w.blocks {
		if other == b {
			w.blocks = append(w.blocks[:i], w.blocks[i+1:]...)
			break
		}
	}
	w.spare = append(w.spare, b)
}

// open begins a block.
func (w *streamWriter) open(ev *core.Event) {
	p := &ev.Part
	if w.find(ev.Block) != nil {
		return // begun twice
	}
	var b *outItem
	switch p.Kind {
	case core.PartText, core.PartRefusal:
		b = w.say(p.Kind, ev.Block)
	case core.PartCitation:
		b = w.take(p.Kind, ev.Block)
	case core.PartThinking, core.PartRedacted, core.PartToolCall, core.PartImage:
		w.endMessage(false)
		b = w.take(p.Kind, ev.Block)
	case core.PartAudio, core.PartDocument, core.PartToolResult, core.PartCachePoint, core.PartRaw:
		w.lost(p.Kind)
		b = w.take(p.Kind, ev.Block)
	}
	b.note(p)
	w.ready(b)
	w.add(b, p.Text())
}

// say returns the message for a text or refusal, with a new part of that kind.
func (w *streamWriter) say(kind core.PartKind, block int) *outItem {
	if w.message != nil && w.message.sealed() {
		w.endMessage(true)
	}
	b := w.message
	if b == nil {
		b = w.take(core.PartText, block)
		w.message = b
		w.added(b)
	}
	w.endPart(b)
	b.block, b.idle = block, false
	b.inPart, b.part, b.chars = true, kind, 0
	w.partAdded(b)
	return b
}

// ready begins the item of a block whose content flows, once enough is known of it.
func (w *streamWriter) ready(b *outItem) {
	if b.begun {
		return
	}
	switch b.kind { //nolint:exhaustive // the others begin when they are whole
	case core.PartToolCall:
		if len(b.name) == 0 {
			return
		}
		b.tool = memoryOf(w.ex).typed.toolOf(b.name)
		w.added(b)
		if args := b.text; len(args) > 0 && !b.custom() {
			w.delta(b, "response.function_call_arguments.delta", args)
		}
	case core.PartThinking:
		w.added(b)
	}
}

func (b *outItem) sealed() bool { return len(b.attr.Signature) > 0 }

func (b *outItem) custom() bool { return b.tool != nil && b.tool.custom }

// grow adds to a block. One that goes on without having begun begins.
func (w *streamWriter) grow(ev *core.Event) {
	b := w.find(ev.Block)
	if b == nil {
		w.open(ev)
		return
	}
	b.note(&ev.Part)
	w.ready(b)
	w.add(b, ev.Part.Text())
}

// add writes what is new in a block.
func (w *streamWriter) add(b *outItem, text []byte) {
	if len(text) == 0 {
		return
	}
	first := len(b.text) == 0
	b.text = append(b.text, text...)
	switch b.kind { //nolint:exhaustive // the others are written when they are whole
	case core.PartText:
		b.chars += utf8.RuneCount(text)
		if b.part == core.PartRefusal {
			w.delta(b, "response.refusal.delta", text)
		} else {
			w.delta(b, "response.output_text.delta", text)
		}
	case core.PartThinking:
		if first {
			w.summaryAdded(b)
		}
		w.delta(b, "response.reasoning_summary_text.delta", text)
	case core.PartToolCall:
		if b.begun && !b.custom() {
			w.delta(b, "response.function_call_arguments.delta", text)
		}
	}
}

// close ends a block.
func (w *streamWriter) close(ev *core.Event) {
	b := w.find(ev.Block)
	if b == nil {
		return
	}
	b.note(&ev.Part)
	w.ready(b)
	w.add(b, ev.Part.Text())
	if b != w.message {
		w.endItem(b, "completed")
		return
	}
	b.idle = true
	if w.next > b.index+1 { // something else has begun meanwhile
		w.endMessage(true)
	}
}

// endMessage ends the message unless its text goes on; sure is for the end of all.
func (w *streamWriter) endMessage(sure bool) {
	if b := w.message; b != nil && (b.idle || sure) {
		w.endItem(b, "completed")
	}
}

// endAll ends what is open, citations first, since they belong to the message.
func (w *streamWriter) endAll() {
	for len(w.blocks) > 0 {
		b := w.blocks[0]
		for _, other := range w.blocks {
			if other.kind == core.PartCitation {
				b = other
				break
			}
		}
		status := "completed"
		if !b.begun || b.index == w.next-1 {
			status = w.status() // a bound ended it
		}
		w.endItem(b, status)
	}
}
