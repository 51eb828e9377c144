package anthropic

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// maxBuffered bounds what waits for its turn in one stream, in bytes.
const maxBuffered = 16 << 20

// streamWriter is what was written of one stream and what waits. The blocks of
// this dialect come strictly one after the other, with indices from 0: the first
// of the queue is being written, the others wait until it is whole. A text or
// thinking is ended as soon as something else begins, and goes on as a block of
// its own; the call of a tool cannot be cut, so that what comes beside it waits.
type streamWriter struct {
	started bool
	failed  bool // more waits than there is room for
	queue   []*outBlock
	spare   []*outBlock
	cut     []cutBlock
	waiting int // bytes

	blocks   // counts the blocks that were begun
	finished bool
	finish   core.Finish
	stop     []byte
	usage    core.Usage
}

// Bounds of what is kept for the next stream.
const (
	maxSpare     = 64       // blocks
	maxSpareSize = 16 << 10 // bytes of one
)

// outBlock is one block on its way to the client.
type outBlock struct {
	id     int // Event.Block
	kind   core.PartKind
	begun  bool // content_block_start was written
	closed bool // no more of it comes
	name   []byte
	ref    []byte
	text   []byte // what waits to be written
	said   bool   // some text was written
	cited  []byte // what a text cites that says nothing so far
	attr   core.Attr
	own    [5][]byte // backs attr
}

// cutBlock is one that was ended before its time.
type cutBlock struct {
	id   int
	kind core.PartKind
}

func (b *outBlock) reset(id int, p *core.Part) {
	*b = outBlock{
		id: id, kind: p.Kind, name: append(b.name[:0], p.Name...), ref: append(b.ref[:0], p.Ref...),
		text: b.text[:0], cited: b.cited[:0], own: b.own,
	}
}

// note keeps what a event says beside the text. A later word replaces an earlier.
func (b *outBlock) note(a *core.Attr) {
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

// size returns how many bytes the block keeps.
func (b *outBlock) size() int {
	n := cap(b.name) + cap(b.ref) + cap(b.text) + cap(b.cited)
	for _, own := range b.own {
		n += cap(own)
	}
	return n
}

// flows tells whether the block is written as it comes, and not when it is whole.
func (b *outBlock) flows() bool {
	switch b.kind { //nolint:exhaustive // the others do not
	case core.PartText, core.PartRefusal, core.PartThinking, core.PartToolCall:
		return true
	}
	return false
}

// cuttable tells whether the block may go on as another one.
func (b *outBlock) cuttable() bool { return b.flows() && b.kind != core.PartToolCall }

// writerOf returns the memory of the attempt's stream, empty at its start.
func writerOf(ex *core.Exchange, at *core.Attempt) *streamWriter {
	w := &memoryOf(ex).writer
	if at.Stream.Writer != w {
		spare := append(w.spare, w.queue...)
		if len(spare) > maxSpare {
			spare = nil
		}
		for _, b := range spare {
			if b.size() > maxSpareSize {
				*b = outBlock{}
			}
		}
		*w = streamWriter{spare: spare, queue: w.queue[:0], cut: w.cut[:0]}
		at.Stream.Writer = w
	}
	w.ex, w.at = ex, at
	return w
}

// WriteEvent appends the events of this dialect that ev becomes. The first one is
// message_start, whatever ev is. The arguments of a call go out as they come: where
// the model writes something else than an object, the client sees just that. What
// the dialect has no place for is left out as in [Messages.WriteAnswer].
func (d Messages) WriteEvent(dst []byte, ex *core.Exchange, at *core.Attempt, ev *core.Event) []byte {
	w := writerOf(ex, at)
	if ev.Choice != 0 || ev.Kind == core.EventError || w.failed {
		return dst // the caller writes errors
	}
	if ev.Kind == core.EventUsage {
		w.usage = ev.Usage
	}
	dst = w.start(dst, ev)
	switch ev.Kind {
	case core.EventOpen:
		dst, _ = w.open(dst, ev)
	case core.EventDelta:
		dst = w.delta(dst, ev)
	case core.EventClose:
		dst = w.close(dst, ev)
	case core.EventFinish:
		w.finished, w.finish = true, ev.Finish
		w.stop = bytes.Clone(ev.Stop)
		dst = w.endAll(dst)
	case core.EventUsage, core.EventRaw, core.EventError:
	}
	if w.waiting > maxBuffered {
		w.failed = true
		return d.RenderErrorEvent(dst, core.Errorf(core.CodeUpstreamTooLarge, "The upstream's answer interleaves more than the gateway can hold back."), ex.ID)
	}
	return dst
}

// WriteStreamEnd appends message_delta with the reason and all usage, and
// message_stop.
func (Messages) WriteStreamEnd(dst []byte, ex *core.Exchange, at *core.Attempt) []byte {
	w := writerOf(ex, at)
	if w.failed {
		return dst
	}
	dst = w.start(dst, &core.Event{})
	dst = w.endAll(dst)
	finish := w.finish
	if !w.finished {
		finish = at.Finish
	}
	dst = append(dst, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"...)
	dst = appendStop(dst, finish, w.stop, w.called, w.refused)
	dst = append(dst, `},"usage":`...)
	u := w.usage
	if !u.Reported {
		if u = at.Usage; !u.Reported {
			u.Output = max(u.Output, at.Stream.OutTokens) // our estimate is better than nothing
		}
	}
	dst = appendLastUsage(dst, &u)
	dst = append(dst, "}\n\n"...)
	return append(dst, messageStop...)
}

// start appends message_start, once.
func (w *streamWriter) start(dst []byte, ev *core.Event) []byte {
	if w.started {
		return dst
	}
	w.started = true
	dst = append(dst, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...)
	dst = appendHead(dst, w.ex, w.at, ev.ID, ev.Model)
	dst = append(dst, `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`...)
	dst = appendUsage(dst, &w.usage)
	return append(dst, "}}\n\n"...)
}

// find returns the block that an event belongs to, nil where it was ended or never
// began.
func (w *streamWriter) find(id int) *outBlock {
	for _, b := range w.queue {
		if b.id == id && !b.closed {
			return b
		}
	}
	return nil
}

// kindOf returns the kind of the block that ev belongs to, and whether that was
// cut.
func (w *streamWriter) kindOf(ev *core.Event) (kind core.PartKind, cut bool) {
	for i := range w.cut {
		if w.cut[i].id == ev.Block {
			return w.cut[i].kind, true
		}
	}
	return ev.Part.Kind, false
}

// open begins a block: at once, or when it is its turn.
func (w *streamWriter) open(dst []byte, ev *core.Event) ([]byte, *outBlock) {
	if len(w.queue) > 0 {
		head := w.queue[0]
		lingers := ev.Part.Kind == core.PartCitation && head.kind == core.PartText
		if (head.cuttable() || head.closed) && !lingers {
			if !head.closed {
				w.cut = append(w.cut, cutBlock{head.id, head.kind})
			}
			dst = w.next(dst)
		}
	}
	b := w.take()
	b.reset(ev.Block, &ev.Part)
	w.queue = append(w.queue, b)
	b.note(ev.Part.Attr)
	dst = w.add(dst, b, ev.Part.Text())
	return dst, b
}

func (w *streamWriter) take() *outBlock {
	if n := len(w.spare); n > 0 {
		b := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return b
	}
	return &outBlock{}
}

func (w *streamWriter) delta(dst []byte, ev *core.Event) []byte {
	b := w.find(ev.Block)
	if b == nil { // it was cut, or never opened
		again := *ev
		again.Part.Kind, _ = w.kindOf(ev)
		dst, _ = w.open(dst, &again)
		return dst
	}
	b.note(ev.Part.Attr)
	return w.add(dst, b, ev.Part.Text())
}

// add appends text to the block b.
func (w *streamWriter) add(dst []byte, b *outBlock, text []byte) []byte {
	if b == w.queue[0] && b.flows() {
		return w.write(dst, b, text)
	}
	b.text = append(b.text, text...)
	w.waiting += len(text)
	return dst
}

func (w *streamWriter) close(dst []byte, ev *core.Event) []byte {
	b := w.find(ev.Block)
	if b == nil {
		kind, cut := w.kindOf(ev)
		if !cut || kind != core.PartThinking || len(signature(ev.Part.Attr)) == 0 {
			return dst
		}
		again := *ev // now its signature is known
		again.Part.Kind = kind
		dst, b = w.open(dst, &again)
	} else {
		b.note(ev.Part.Attr)
		if len(ev.Part.Text()) > 0 {
			dst = w.add(dst, b, ev.Part.Text())
		}
	}
	b.closed = true
	head := w.queue[0]
	if head.kind == core.PartText && len(w.queue) > 1 && w.queue[1] == b && b.kind == core.PartCitation {
		return w.cite(dst)
	}
	if b == head && b.kind != core.PartText { // a text waits for its citations
		dst = w.next(dst)
	}
	return dst
}

// cite appends the citation that waits behind the text that is being written, which
// may come later: some providers cite first.
func (w *streamWriter) cite(dst []byte) []byte {
	text, b := w.queue[0], w.queue[1]
	if !text.said && len(text.cited) == 0 {
		text.cited = append(text.cited, textOfCitation(b.text, &b.attr)...)
		if len(text.cited) == 0 && text.closed && !text.begun {
			w.ex.Dropped = append(w.ex.Dropped, "answer.citation="+lostMark)
			return w.cited(dst)
		}
	}
	before, begun, n := len(dst), text.begun, w.n
	dst = w.begin(dst, text)
	dst = appendIndex(dst, "content_block_delta", w.n-1)
	dst = append(dst, `,"delta":{"type":"citations_delta","citation":`...)
	dst, ok := appendCitation(dst, b.text, &b.attr)
	if !ok {
		text.begun, w.n = begun, n
		loseCitation(w.ex)
		return w.cited(dst[:before])
	}
	return w.cited(append(dst, "}}\n\n"...))
}

// cited takes the citation behind the text that is being written off the queue.
func (w *streamWriter) cited(dst []byte) []byte {
	b := w.queue[1]
	w.waiting -= len(b.text)
	w.queue = append(w.queue[:1], w.queue[2:]...)
	w.spare = append(w.spare, b)
	return dst
}

// next ends the block that is being written and goes on with those that wait, up
// to one that is not whole.
func (w *streamWriter) next(dst []byte) []byte {
	for {
		b := w.queue[0]
		dst = w.end(dst, b)
		w.queue = append(w.queue[:0], w.queue[1:]...)
		w.spare = append(w.spare, b)
		if len(w.queue) == 0 {
			return dst
		}
		b = w.queue[0]
		if b.flows() {
			w.waiting -= len(b.text)
			dst = w.write(dst, b, b.text)
			b.text = b.text[:0]
		}
		for b.kind == core.PartText && len(w.queue) > 1 && w.queue[1].kind == core.PartCitation && w.queue[1].closed {
			dst = w.cite(dst)
		}
		if !b.closed {
			return dst
		}
	}
}

func (w *streamWriter) endAll(dst []byte) []byte {
	for _, b := range w.queue {
		b.closed = true
	}
	if len(w.queue) > 0 {
		dst = w.next(dst)
	}
	return dst
}

// appendIndex appends the beginning of an event up to its index.
func appendIndex(dst []byte, name string, index int) []byte {
	dst = append(dst, "event: "...)
	dst = append(dst, name...)
	dst = append(dst, "\ndata: {\"type\":\""...)
	dst = append(dst, name...)
	dst = append(dst, `","index":`...)
	return strconv.AppendInt(dst, int64(index), 10)
}

// begin appends content_block_start of a block that flows, once.
func (w *streamWriter) begin(dst []byte, b *outBlock) []byte {
	if b.begun {
		return dst
	}
	b.begun = true
	w.n++
	dst = appendIndex(dst, "content_block_start", w.n-1)
	dst = append(dst, `,"content_block":`...)
	switch b.kind {
	case core.PartToolCall:
		w.called = true
		dst = append(appendCall(dst, w.ex, b.ref, b.name, w.n), `{}}`...)
	case core.PartThinking:
		dst = append(dst, `{"type":"thinking","thinking":"","signature":""}`...)
	default:
		w.refused = w.refused || b.kind == core.PartRefusal
		dst = append(dst, `{"type":"text","text":""}`...)
	}
	return append(dst, "}\n\n"...)
}

// write appends a delta of a block that flows. A text or thinking begins with its
// first byte, so that none is empty: clients send it back, and providers refuse it.
func (w *streamWriter) write(dst []byte, b *outBlock, text []byte) []byte {
	if len(text) > 0 || b.kind == core.PartToolCall {
		dst = w.begin(dst, b)
	}
	if len(text) == 0 {
		return dst
	}
	b.said = true
	dst = appendIndex(dst, "content_block_delta", w.n-1)
	switch b.kind {
	case core.PartToolCall:
		dst = append(dst, `,"delta":{"type":"input_json_delta","partial_json":`...)
	case core.PartThinking:
		dst = append(dst, `,"delta":{"type":"thinking_delta","thinking":`...)
	default:
		dst = append(dst, `,"delta":{"type":"text_delta","text":`...)
	}
	dst = jsonscan.AppendQuoted(dst, text)
	return append(dst, "}}\n\n"...)
}

// end appends what ends the block b, or all of one that does not flow.
func (w *streamWriter) end(dst []byte, b *outBlock) []byte {
	if !b.flows() {
		w.waiting -= len(b.text)
		return w.whole(dst, b)
	}
	if b.kind == core.PartThinking && (b.begun || len(b.attr.Signature) > 0) {
		dst = w.begin(dst, b)
		dst = appendIndex(dst, "content_block_delta", w.n-1)
		dst = append(dst, `,"delta":{"type":"signature_delta","signature":`...)
		dst = appendSeal(dst, sourceOf(w.at, &b.attr), b.attr.Signature)
		dst = append(dst, "}}\n\n"...)
	}
	if b.kind == core.PartText && !b.said {
		dst = w.write(dst, b, b.cited) // no block is left empty
	}
	if !b.begun {
		return dst
	}
	dst = append(appendIndex(dst, "content_block_stop", w.n-1), "}\n\n"...)
	if b.kind == core.PartToolCall && len(b.attr.Signature) > 0 {
		w.n++
		dst = appendIndex(dst, "content_block_start", w.n-1)
		dst = append(dst, `,"content_block":`...)
		dst = appendCallSeal(dst, sourceOf(w.at, &b.attr), b.attr.Signature)
		dst = append(dst, "}\n\n"...)
		dst = append(appendIndex(dst, "content_block_stop", w.n-1), "}\n\n"...)
	}
	return dst
}

// whole appends a block that has no deltas: its start holds it all.
func (w *streamWriter) whole(dst []byte, b *outBlock) []byte {
	before := len(dst)
	dst = appendIndex(dst, "content_block_start", w.n)
	dst = append(dst, `,"content_block":`...)
	p := core.Part{Kind: b.kind, Name: b.name, Ref: b.ref, Attr: &b.attr}
	p.SetText(b.text)
	one := blocks{ex: w.ex, at: w.at}
	if dst = one.part(dst, &p, nil); one.n == 0 {
		return dst[:before]
	}
	w.n++
	dst = append(dst, "}\n\n"...)
	return append(appendIndex(dst, "content_block_stop", w.n-1), "}\n\n"...)
}
