package openai

import (
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// chatWriter is what the dialect remembers of a stream that it writes.
type chatWriter struct {
	head    []byte // of every chunk, up to its choices
	run     textRun
	choices []choiceWriter
	usage   core.Usage
}

// textRun is the block of text that an answer is in, so that its next piece, which
// most events are, needs nothing but this: with many streams at once the rest is in
// no cache.
type textRun struct {
	head          []byte // of its chunks, up to the text; empty: there is no run
	choice, block int
	runes         int // written since its choice was told
}

// choiceWriter is the same of one choice.
type choiceWriter struct {
	index  int
	calls  int // tool calls begun
	blocks []blockWriter
	last   stretch
}

// blockWriter is one open block of a choice.
type blockWriter struct {
	block  int
	kind   core.PartKind
	call   int    // index of the tool call
	custom bool   // it is of a tool whose input is free text
	wrote  bool   // something of its content
	text   []byte // kept where it is written, or written again, at the end
	part   core.Part
}

// maxKeptText is how much text of open blocks is kept for the next exchange.
const maxKeptText = 64 << 10

func (s *chatWriter) forget() {
	kept := 0
	for i := range s.choices[:cap(s.choices)] {
		c := &s.choices[:cap(s.choices)][i]
		for j := range c.blocks[:cap(c.blocks)] {
			b := &c.blocks[:cap(c.blocks)][j]
			kept += cap(b.text)
			b.part = core.Part{}
		}
	}
	if kept > maxKeptText {
		s.choices = nil
	}
	s.head, s.choices, s.usage = s.head[:0], s.choices[:0], core.Usage{}
	s.run.head = s.run.head[:0]
}

// writerOf returns the memory of the attempt's stream, empty at its start.
func writerOf(ex *core.Exchange, at *core.Attempt) *chatWriter {
	if s, ok := at.Stream.Writer.(*chatWriter); ok {
		return s
	}
	m := &memoryOf(ex).typed
	m.used = true
	s := &m.writer
	s.forget()
	at.Stream.Writer = s
	return s
}

// begin makes the head of all chunks at the first event.
func (s *chatWriter) begin(ex *core.Exchange, at *core.Attempt, ev *core.Event, object, prefix string) {
	if len(s.head) > 0 {
		return
	}
	h := answerWriter{out: append(s.head, "data: "...), ex: ex, prefix: prefix}
	h.head(object, ev.ID, modelOf(ex, at, ev.Model))
	s.head = append(h.out, `,"choices":[`...)
}

// WriteEvent appends the chunks that one event becomes: of a block its text as it
// comes, a tool call's name and id once and then its arguments; signed thinking as
// a whole block when it closes; citations, images and audio likewise.
func (Chat) WriteEvent(dst []byte, ex *core.Exchange, at *core.Attempt, ev *core.Event) []byte {
	s := writerOf(ex, at)
	w := chunkWriter{answerWriter{out: dst, ex: ex}, s}
	if w.runs(ev) {
		return w.out
	}
	w.legacy = memoryOf(ex).typed.legacy
	s.begin(ex, at, ev, "chat.completion.chunk", chatID)
	switch ev.Kind {
	case core.EventOpen, core.EventDelta, core.EventClose:
		w.content(w.choiceOf(ev.Choice), ev)
	case core.EventUsage:
		s.usage = ev.Usage
	case core.EventFinish:
		c := w.choiceOf(ev.Choice)
		for i := range c.blocks {
			w.close(c, &c.blocks[i])
		}
		c.blocks = c.blocks[:0]
		w.begin(c)
		w.raw(`},"logprobs":null,"finish_reason":"`)
		w.raw(finishWord(ev.Finish, c.calls > 0, w.legacy))
		w.raw(`"}]`)
		w.endChunk()
	case core.EventRaw:
		w.lost(core.PartRaw)
	case core.EventError: // the gateway renders it
	}
	return w.out
}

// WriteStreamEnd appends the usage, if the client asked for it and it is known,
// and [DONE].
func (c Chat) WriteStreamEnd(dst []byte, ex *core.Exchange, at *core.Attempt) []byte {
	s := writerOf(ex, at)
	u := &s.usage
	if !u.Reported {
		u = &at.Usage
	}
	if ex.Request.UsageAsked && len(s.head) > 0 && (u.Reported || u.Estimated) {
		w := answerWriter{out: append(dst, s.head...), ex: ex}
		w.raw("]")
		w.usage(u)
		w.raw("}\n\n")
		dst = w.out
	}
	return c.AppendStreamEnd(dst)
}

// chunkWriter writes the chunks of one event.
type chunkWriter struct {
	answerWriter
	s *chatWriter
}

// choiceOf returns the memory of a choice. At its start the client is told who
// speaks.
func (w *chunkWriter) choiceOf(index int) *choiceWriter {
	s := w.s
	for i := range s.choices {
		if s.choices[i].index == index {
			return &s.choices[i]
		}
	}
	if len(s.choices) < cap(s.choices) {
		s.choices = s.choices[:len(s.choices)+1]
	} else {
		s.choices = append(s.choices, choiceWriter{})
	}
	c := &s.choices[len(s.choices)-1]
	*c = choiceWriter{index: index, blocks: c.blocks[:0]}
	w.begin(c)
	w.raw(`"role":"assistant","content":""`)
	w.end()
	return c
}

// begin opens a chunk of a choice, up to the inside of its delta.
func (w *chunkWriter) begin(c *choiceWriter) {
	w.bytes(w.s.head)
	w.raw(`{"index":`)
	w.int(int64(c.index))
	w.raw(`,"delta":{`)
}

// end closes it.
func (w *chunkWriter) end() {
	w.raw(`},"logprobs":null,"finish_reason":null}]`)
	w.endChunk()
}

func (w *chunkWriter) endChunk() {
	if w.ex.Request.UsageAsked {
		w.raw(`,"usage":null`)
	}
	w.raw("}\n\n")
}

// runs writes an event that goes on with the run, or ends the run.
func (w *chunkWriter) runs(ev *core.Event) bool {
	r := &w.s.run
	if len(r.head) == 0 {
		return false
	}
	p := &ev.Part
	if ev.Kind == core.EventDelta && ev.Block == r.block && ev.Choice == r.choice && p.Attr == nil && len(p.Name)+len(p.Ref) == 0 {
		if text := p.Text(); len(text) > 0 {
			r.runes += utf8.RuneCount(text)
			w.bytes(r.head)
			w.quoted(text)
			w.end()
		}
		return true
	}
	w.choiceOf(r.choice).last.end += r.runes
	r.head = r.head[:0]
	return false
}

// run begins a run with a block whose text goes on.
func (w *chunkWriter) run(c *choiceWriter, b *blockWriter) {
	r := &w.s.run
	head := chunkWriter{answerWriter{out: r.head[:0]}, w.s}
	head.begin(c)
	head.raw(`"content":`)
	*r = textRun{head: head.out, choice: c.index, block: b.block}
}

// content writes what an event of a block becomes.
func (w *chunkWriter) content(c *choiceWriter, ev *core.Event) {
	b := c.open(ev)
	if b == nil {
		return // a close of what is not open
	}
	b.note(w.ex, &ev.Part)
	if ev.Kind == core.EventClose {
		w.close(c, b)
		c.drop(b)
		return
	}
	if ev.Kind == core.EventOpen && b.kind == core.PartToolCall {
		w.openCall(c, b)
	}
	if text := ev.Part.Text(); len(text) > 0 {
		w.delta(c, b, text)
	}
}

// open returns the open block that an event belongs to. A block that goes on
// without having begun begins.
func (c *choiceWriter) open(ev *core.Event) *blockWriter {
	for i := range c.blocks {
		if c.blocks[i].block == ev.Block {
			if ev.Kind != core.EventOpen {
				return &c.blocks[i]
			}
			return nil // begun twice
		}
	}
	if ev.Kind == core.EventClose {
		return nil
	}
	if len(c.blocks) < cap(c.blocks) {
		c.blocks = c.blocks[:len(c.blocks)+1]
	} else {
		c.blocks = append(c.blocks, blockWriter{})
	}
	b := &c.blocks[len(c.blocks)-1]
	*b = blockWriter{block: ev.Block, kind: ev.Part.Kind, call: -1, text: b.text[:0]}
	if b.kind == core.PartText {
		c.last.start = c.last.end
	}
	return b
}

// drop forgets a block that was closed.
func (c *choiceWriter) drop(b *blockWriter) {
	last := len(c.blocks) - 1
	*b, c.blocks[last] = c.blocks[last], *b
	c.blocks = c.blocks[:last]
}

// note keeps what an event says of its block beside its text; events live for one
// call only.
func (b *blockWriter) note(ex *core.Exchange, p *core.Part) {
	if len(p.Name) > 0 && b.part.Name == nil {
		b.part.Name = ex.Copy(p.Name)
	}
	if len(p.Ref) > 0 && b.part.Ref == nil {
		b.part.Ref = ex.Copy(p.Ref)
	}
	if p.Attr == nil {
		return
	}
	if b.part.Attr == nil {
		b.part.Attr = &core.Attr{}
	}
	for _, f := range [...]struct{ to, from *[]byte }{
		{&b.part.Attr.Data, &p.Attr.Data},
		{&b.part.Attr.URL, &p.Attr.URL},
		{&b.part.Attr.Signature, &p.Attr.Signature},
		{&b.part.Attr.Source, &p.Attr.Source},
		{&b.part.Attr.JSON, &p.Attr.JSON},
	} {
		if len(*f.from) > 0 {
			*f.to = ex.Copy(*f.from)
		}
	}
}
