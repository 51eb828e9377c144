package server

import (
	"bytes"
	"io"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// acceptTranslated reads the whole answer of a provider of another dialect and
// writes it in the client's.
func (x *exchange) acceptTranslated(at *core.Attempt, resp *upstream.Response) *core.Error {
	tr := at.Translation
	body, err := resp.ReadAll(x.scratch[:0], int(x.state.Snapshot.Limits.AnswerBytes))
	resp.Close(err == nil)
	if err != nil {
		return err
	}
	if cap(body) <= maxScratch {
		x.scratch = body
	}
	answer := core.UpstreamResponse{Status: resp.Status, Headers: resp, Body: body}
	err = tr.Translator.Response(&x.Exchange, at, &answer, &tr.Answer)
	a := &tr.Answer
	at.Usage, at.Model = a.Usage, a.Model // what was served is billed, of use or not
	if x.Request.Operation == core.OpCountTokens {
		at.Usage = core.Usage{Reported: true} // that is the answer, and costs nothing
	}
	if err != nil {
		return err
	}
	for _, c := range a.Choices {
		at.Finish = c.Finish
	}
	out := x.ctx.Response.SwapBody(nil)[:0]
	if d, ok := x.Request.Dialect.(core.TypedDialect); ok {
		out = d.WriteAnswer(out, &x.Exchange, at, a)
	} else {
		out = append(out, a.Body...)
	}
	x.ctx.Response.SwapBody(out)
	x.media = jsonType
	return nil
}

// maxScratch is the largest buffer that an exchange keeps for the next.
const maxScratch = 64 << 10

// typedStream is a provider's stream of another dialect on its way to the
// client's.
type typedStream struct {
	framing core.Framing
	dialect core.TypedDialect // the client's
	out     []byte            // what is to be written, of the desk
	lines   stream.NDJSON
	binary  stream.EventStream
	waits   time.Time // since when the client gets nothing of what comes
}

// desk is the memory that events are translated in. A stream has one while it has
// something to translate: so many streams share a few, which are in the caches.
type desk struct {
	events  []core.Event
	scratch []byte // of the events
	out     []byte // of the client's stream
}

func (x *exchange) takeDesk() *desk {
	d, _ := x.srv.desks.Get().(*desk)
	if d == nil {
		d = &desk{}
	}
	tr := x.Attempt.Translation
	tr.Events, tr.Scratch, x.typed.out = d.events, d.scratch, d.out
	return d
}

func (x *exchange) giveDesk(d *desk) {
	tr := x.Attempt.Translation
	d.events, d.scratch, d.out = tr.Events[:0], tr.Scratch[:0], x.typed.out[:0]
	tr.Events, tr.Scratch, x.typed.out = nil, nil, nil
	if cap(d.events) <= maxDesk && cap(d.scratch) <= maxScratch && cap(d.out) <= maxScratch {
		x.srv.desks.Put(d)
	}
}

// maxDesk is how many events a desk has room for that is used again.
const maxDesk = 64

// begin chooses the framing; FramingAuto goes by the content type. It returns false for
// an answer that is no stream.
func (t *typedStream) begin(x *exchange, framing core.Framing, contentType []byte) bool {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	media = bytes.TrimSpace(media)
	switch {
	case bytes.EqualFold(media, []byte("text/html")):
		return false // a page of somebody on the way
	case framing != core.FramingAuto:
	case isStream(media):
		framing = core.FramingSSE
	default:
		switch string(media) {
		case "application/vnd.amazon.eventstream":
			framing = core.FramingEventStream
		case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/stream+json":
			framing = core.FramingNDJSON
		default:
			return false
		}
	}
	limit := int(x.state.Snapshot.Limits.EventBytes)
	*t = typedStream{framing: framing}
	t.dialect, _ = x.Request.Dialect.(core.TypedDialect) // the carrier saw to it
	t.lines.MaxEvent, t.lines.Buffers = limit, x.srv.carry
	t.binary.MaxEvent, t.binary.Buffers = limit, x.srv.carry
	return true
}

// end gives back what the stream held.
func (t *typedStream) end() {
	t.lines.Reset()
	t.binary.Reset()
}

// copyTyped is copyEvents for a provider of another dialect.
func (x *exchange) copyTyped(w io.Writer) (failure *core.Error, err error) {
	chunk, readErr := x.first, error(nil)
	x.first = nil
	for {
		over, failure, err := x.passTyped(w, chunk, readErr)
		if over {
			return failure, err
		}
		chunk, readErr = x.resp.Next()
	}
}

// passTyped passes on what one read brought, and tells whether the stream is over.
func (x *exchange) passTyped(w io.Writer, chunk []byte, readErr error) (over bool, failure *core.Error, err error) {
	d := x.takeDesk()
	defer x.giveDesk(d)
	if readErr == io.EOF { //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
		failure, err = x.endOfTyped(w)
		return true, failure, err
	}
	if readErr != nil {
		return true, asError(readErr), nil
	}
	failure = x.translate(chunk)
	x.typed.alive(x)
	if err := x.flushTyped(w); err != nil {
		return true, nil, err
	}
	switch {
	case failure != nil:
		return true, failure, nil
	case x.Attempt.Stream.Finished:
		x.drainTail()
		return true, nil, x.finishTyped(w)
	}
	return false, nil, nil
}

// alive appends a sign of life where the provider sends some, such as pings and
// comments, or what the client gets later, and the client has waited for one.
func (t *typedStream) alive(x *exchange) {
	if len(t.out) > 0 {
		t.waits = time.Time{}
		return
	}
	if x.BytesOut == 0 || x.guards() || x.Attempt.Stream.Finished {
		return // nothing has begun, or somebody else sees to it
	}
	now := x.srv.clock.Now()
	switch r := x.eventReader(); {
	case t.waits.IsZero():
		t.waits = now
	case r != nil && now.Sub(t.waits) >= aliveEvery:
		t.out, t.waits = r.AppendIdle(t.out), now
	}
}

// translate turns the whole events among what was read into the client's.
func (x *exchange) translate(chunk []byte) *core.Error {
	t := x.typed
	var err error
	switch t.framing {
	case core.FramingNDJSON:
		t.lines.Feed(chunk)
		for ln := (stream.Line{}); t.lines.Next(&ln); {
			if len(ln.Data) > 0 {
				if failure := x.typedEvent(nil, ln.Data, false); failure != nil {
					return failure
				}
			}
		}
		err = t.lines.Err()
	case core.FramingEventStream:
		t.binary.Feed(chunk)
		for m := (stream.Message{}); t.binary.Next(&m); {
			if failure := x.typedEvent(m.Name, m.Data, false); failure != nil {
				return failure
			}
		}
		err = t.binary.Err()
	default:
		x.sse.Feed(chunk)
		for ev := (stream.Event{}); x.sse.Next(&ev); {
			if ev.IsMessage() {
				if failure := x.typedEvent(ev.Name, ev.Data, false); failure != nil {
					return failure
				}
			}
		}
		err = x.sse.Err()
	}
	if err != nil {
		return x.badEvent(err)
	}
	return nil
}

// typedEvent translates one event of the provider. The error is one that the
// provider sent, or that it is not understood.
func (x *exchange) typedEvent(name, data []byte, final bool) *core.Error {
	ex, at := &x.Exchange, x.Attempt
	if at.Stream.Finished {
		return nil // nothing of the answer can follow
	}
	events, err := at.Translation.Translator.Event(ex, at, name, data, final)
	if err != nil {
		return err
	}
	finished := false
	for i := range events {
		ev := &events[i]
		switch ev.Kind {
		case core.EventError:
			return ev.Err
		case core.EventUsage:
			at.Usage = ev.Usage
		case core.EventFinish:
			at.Finish, finished = ev.Finish, true
		case core.EventDelta:
			at.Stream.Events++
			at.Stream.OutTokens += estimateInput(int64(len(ev.Part.Text())))
		case core.EventOpen, core.EventClose, core.EventRaw:
		}
		if len(ev.Model) > 0 && at.Model == nil {
			at.Model = ex.Copy(ev.Model)
		}
		if !x.guards() {
			x.typed.out = x.typed.dialect.WriteEvent(x.typed.out, ex, at, ev)
		} else if err := x.guard.pushTyped(ev); err != nil {
			return err
		}
	}
	at.Stream.Finished = finished
	return nil
}

// flushTyped writes what was translated since the last time.
func (x *exchange) flushTyped(w io.Writer) error {
	err := x.write(w, x.typed.out)
	x.typed.out = x.typed.out[:0]
	return err
}

// endOfTyped ends the stream when the provider has sent its last byte.
func (x *exchange) endOfTyped(w io.Writer) (failure *core.Error, err error) {
	failure = x.tailOfTyped()
	if err := x.flushTyped(w); err != nil {
		return nil, err
	}
	if failure != nil {
		return failure, nil
	}
	return nil, x.finishTyped(w)
}

// tailOfTyped decides what the provider's last byte means. Only a finish makes
// the stream whole; it may come with an event whose end is missing.
func (x *exchange) tailOfTyped() (failure *core.Error) {
	t := x.typed
	var tail []byte
	var name []byte
	switch t.framing {
	case core.FramingNDJSON:
		var ln stream.Line
		t.lines.Finish(&ln)
		tail = ln.Data
	case core.FramingEventStream:
		if t.binary.Finish() != stream.TailNone {
			return cutStream()
		}
	default:
		var ev stream.Event
		x.sse.Finish(&ev)
		name, tail = ev.Name, ev.Data
	}
	if len(tail) > 0 {
		failure = x.typedEvent(name, tail, false)
	}
	if failure == nil {
		failure = x.typedEvent(nil, nil, true)
	}
	switch {
	case failure != nil:
		return failure
	case !x.Attempt.Stream.Finished:
		return cutStream()
	}
	x.resp.Close(true)
	return nil
}

// finishTyped ends a whole stream in the client's dialect.
func (x *exchange) finishTyped(w io.Writer) error {
	x.typed.out = x.typed.dialect.WriteStreamEnd(x.typed.out, &x.Exchange, x.Attempt)
	return x.flushTyped(w)
}

func cutStream() *core.Error {
	return &core.Error{
		Code: core.CodeUpstreamCut, Origin: core.OriginUpstream,
		Message: "The upstream ended the stream before the answer was whole.",
	}
}
