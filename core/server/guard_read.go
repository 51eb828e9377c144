package server

import (
	"bytes"
	"io"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// readWhole reads a stream that is judged whole, before its first byte is sent. Its
// errors are the attempt's, which may be tried again.
func (g *guarded) readWhole(chunk []byte) *core.Error {
	g.whole = true
	for err := error(nil); !g.over; {
		if g.read(chunk, err); !g.over {
			chunk, err = g.x.resp.Next()
		}
	}
	if g.failure != nil {
		g.x.resp.Close(false)
		return g.failure
	}
	g.finishRead()
	return nil
}

// finishRead ends the upstream's side of a stream that is whole.
func (g *guarded) finishRead() {
	if g.drain {
		g.drain = false
		g.x.drainTail()
	}
}

// read takes what was read of the stream, or err where nothing more can be.
func (g *guarded) read(chunk []byte, err error) {
	g.warm()
	typed := g.reader == nil
	switch {
	case err != nil && err != io.EOF: //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
		g.over, g.failure = true, asError(err)
	case err != nil && typed:
		g.over, g.failure = true, g.x.tailOfTyped()
	case err != nil:
		g.tail()
	case typed:
		g.failure = g.x.translate(chunk)
		g.over = g.failure != nil || g.x.Attempt.Stream.Finished
		g.drain = g.over && g.failure == nil
	default:
		g.events(chunk)
	}
}

// events takes the whole events among what was read. What is no message is dropped:
// comments may say anything.
func (g *guarded) events(chunk []byte) {
	x := g.x
	x.sse.Feed(chunk)
	for ev := (stream.Event{}); !g.over && x.sse.Next(&ev); {
		if ev.IsMessage() {
			g.event(&ev)
		}
	}
	if err := x.sse.Err(); err != nil && !g.over {
		g.over, g.failure = true, x.badEvent(err)
	}
}

// event takes one event.
func (g *guarded) event(ev *stream.Event) {
	x := g.x
	e := g.engine.New()
	e.Name = append(e.Name, ev.Name...)
	e.Data = append(e.Data, g.mender.Mend(ev.Data)...)
	g.content.Reset()
	what := core.EventForward
	if string(ev.Name) == "error" || !g.reader.ReadAlike(&x.Exchange, x.Attempt, e.Data, &g.content) {
		what = x.event(ev.Name, e.Data)
		if what == core.EventDrop {
			g.engine.Drop(e)
			return
		}
		g.failure = g.reader.ReadEvent(&x.Exchange, e.Data, &g.content)
	}
	if g.failure == nil {
		g.failure = g.push(e)
	}
	switch {
	case g.failure != nil:
		g.over = true
	case what == core.EventLast || what == core.EventFail:
		g.over, g.drain = true, true
		x.remember()
		g.failure = x.Request.Dialect.EndStream(&x.Exchange, x.Attempt)
	}
}

// push gives an event that has been read to the engine.
func (g *guarded) push(e *window.Event) *core.Error {
	if e.Changed = len(g.content.Unknown) > 0; e.Changed && !g.unknown {
		g.unknown = true
		g.x.warnUnknown()
	}
	return g.engine.Push(e, &g.content)
}

// warnUnknown tells the operator that a guarded answer has lost something (law 3).
func (x *exchange) warnUnknown() {
	x.srv.log.Warn().Str("request_id", x.ID.String()).Str("dialect", x.Request.Dialect.Name()).
		Msg("a guarded answer held strings that no guard can judge; they were replaced by null")
}

// tail decides what the upstream's last byte means when no terminal event came
// before it, as endOfStream does for streams that nobody judges.
func (g *guarded) tail() {
	x, d := g.x, g.x.Request.Dialect
	g.over = true
	var ev stream.Event
	if x.sse.Finish(&ev) != stream.TailNone && ev.IsMessage() && d.Event(&x.Exchange, x.Attempt, ev.Data) != core.EventLast {
		g.failure = cutInEvent()
		return
	}
	x.resp.Close(true)
	if g.failure = d.EndStream(&x.Exchange, x.Attempt); g.failure == nil {
		g.last = d.AppendStreamEnd(g.last)
	}
}

// What a typed event says that guards may judge, by index among the contents of its
// [core.EventContent].
const (
	typedText = iota // of its part
	typedSeal        // the part's signature
	typedURL         // of a citation
	typedJSON        // what else is known of a citation
	typedTexts
)

// pushTyped gives an event of a stream that is translated to the engine.
func (g *guarded) pushTyped(ev *core.Event) *core.Error {
	e := g.engine.New()
	if e.Typed == nil {
		e.Typed = &core.Event{}
	}
	*e.Typed = *ev
	g.content.Reset()
	switch ev.Kind {
	case core.EventOpen, core.EventDelta, core.EventClose:
		g.readTyped(e, ev)
	case core.EventFinish:
		g.content.Ends = append(g.content.Ends, core.BlockRef{Choice: ev.Choice, Block: core.AllBlocks})
	case core.EventRaw:
		return nil // nobody knows what it says
	case core.EventUsage, core.EventError:
	}
	e.Typed.Raw, e.Typed.Stop = nil, bytes.Clone(ev.Stop)
	e.Typed.ID, e.Typed.Model = bytes.Clone(ev.ID), bytes.Clone(ev.Model)
	e.Extra = typedBytes(e.Typed)
	return g.engine.Push(e, &g.content)
}

// typedBytes is about what an event of a stream that is translated takes beside the
// text of its part.
func typedBytes(ev *core.Event) int {
	n := int(unsafe.Sizeof(*ev))
	if a := ev.Part.Attr; a != nil {
		n += int(unsafe.Sizeof(*a)) + len(a.Data) + len(a.URL) + len(a.JSON) + len(a.Signature) + len(a.Source)
	}
	return n
}

// readTyped fills g.content with what ev says, and makes e's part one that lasts.
func (g *guarded) readTyped(e *window.Event, ev *core.Event) {
	p := &ev.Part
	e.Data = append(e.Data, p.Text()...)
	e.Typed.Part = core.Part{
		Kind: p.Kind, Role: core.RoleAssistant, Origin: core.OriginUpstream, Name: bytes.Clone(p.Name), Ref: bytes.Clone(p.Ref),
	}
	e.Typed.Part.SetText(e.Data)
	flow := core.FlowAlone
	switch p.Kind { //nolint:exhaustive // the others come in one piece
	case core.PartText, core.PartThinking, core.PartRefusal, core.PartToolCall:
		flow = core.FlowOn
	}
	texts := [typedTexts][]byte{typedText: e.Data}
	if a := p.Attr; a != nil {
		e.Typed.Part.Attr = &core.Attr{
			Data: bytes.Clone(a.Data), URL: bytes.Clone(a.URL), JSON: plainJSON(bytes.Clone(a.JSON)),
			Signature: bytes.Clone(a.Signature), Source: bytes.Clone(a.Source),
		}
		if p.Kind == core.PartCitation {
			texts[typedURL], texts[typedJSON] = e.Typed.Part.Attr.URL, e.Typed.Part.Attr.JSON
		}
	}
	n := typedSeal + 1
	if p.Kind == core.PartCitation {
		n = typedTexts
	}
	for i, text := range texts[:n] {
		part := &g.parts[i]
		*part = e.Typed.Part
		part.ID, part.Msg, part.Choice, part.Attr = i, ev.Block, ev.Choice, nil
		part.SetText(text)
		g.content.Parts = append(g.content.Parts, core.StreamPart{Part: part, Flow: [typedTexts]core.Flow{flow, core.FlowSeal, core.FlowAlone, core.FlowAlone}[i]})
	}
	if ev.Kind == core.EventClose {
		g.content.Ends = append(g.content.Ends, core.BlockRef{Choice: ev.Choice, Block: ev.Block})
	}
}
