package server

import (
	"errors"
	"io"
	"runtime/debug"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// acceptStream waits for the first bytes of a stream, so that an upstream that
// opens one and dies can still be replaced by another.
func (x *exchange) acceptStream(at *core.Attempt, resp *upstream.Response) *core.Error {
	ct := resp.Get("Content-Type")
	var first []byte
	var err error
	switch {
	case x.unpacks(at, resp, ct):
		ct = []byte(streamType)
	case !isStream(ct) && untold(ct):
		if first, err = beginning(resp); looksStreamed(first) {
			ct = []byte(streamType)
		}
	}
	ok := isStream(ct)
	if at.Translation != nil {
		if x.typed == nil {
			x.typed = &typedStream{}
		}
		ok = x.typed.begin(x, at.Translation.Framing, ct)
	}
	if !ok && err == nil {
		return x.notStreamed(at, resp, first)
	}
	if err == nil {
		first, err = x.firstEvents(at, resp, first)
	}
	if err == nil {
		if err := x.firstFails(at, first); err != nil {
			resp.Close(false)
			return err
		}
		x.first = first
		if x.guards() {
			return x.acceptGuarded(at)
		}
		return nil
	}
	resp.Close(false)
	if err == io.EOF { //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
		return &core.Error{
			Code: core.CodeUpstreamCut, Origin: core.OriginUpstream,
			Message: "The upstream ended the stream before its first event.",
		}
	}
	return asError(err)
}

// acceptGuarded makes a stream ready to be judged. One that is judged whole is read
// to its end here, before the border.
func (x *exchange) acceptGuarded(at *core.Attempt) *core.Error {
	x.guardStream(at)
	if !x.guard.engine.Buffers() {
		return nil
	}
	first := x.first
	x.first = nil
	return x.guard.readWhole(first)
}

// asError turns any error into one that a client may see.
func asError(err error) *core.Error {
	var e *core.Error
	if errors.As(err, &e) {
		return e
	}
	e = core.Errorf(core.CodeInternal, "The gateway failed to handle this request.")
	e.Cause = err
	return e
}

// stream hands the exchange over to the answer's body stream, which fasthttp
// writes and closes after the handler returned.
func (x *exchange) stream() {
	if x.guards() && x.guard.whole && !x.guard.judgeWhole() {
		return
	}
	x.Status = x.resp.Status
	x.sse.MaxEvent = int(x.state.Snapshot.Limits.EventBytes)
	x.ctx.Response.SetStatusCode(x.resp.Status)
	media := streamType
	if s := x.Attempt.Service; x.Attempt.Translation == nil && (s == nil || !s.Carried) && isStream(x.resp.Get("Content-Type")) && !x.guards() {
		media = contentType(x.resp.Get("Content-Type"), streamType)
	}
	if d, ok := x.Request.Dialect.(core.StreamShaper); ok {
		if x.shape = d.ShapeStream(&x.Exchange); x.shape != nil {
			media = x.shape.ContentType()
		}
	}
	x.answerHead(media)
	h := &x.ctx.Response.Header
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // proxies must not collect events (nginx)
	x.pourInto(-1)
}

// pourInto makes the exchange the answer's body stream, of size bytes or, where
// that is not known, -1.
func (x *exchange) pourInto(size int) {
	if !x.chain.Has(core.PhaseComplete) {
		// Nobody needs the prompt any more: do not hold it for the stream's life.
		x.ctx.Request.SwapBody(nil)
		x.Request.Body, x.Request.Model = nil, x.Copy(x.Request.Model)
		clear(x.Attempt.Request.Body)
	}
	if x.streamed = true; !x.edgeHolds() {
		x.ctx.Response.SetBodyStream((*bodyStream)(x), size)
	}
}

// bodyStream is an exchange as the body that fasthttp writes. It writes whole
// events only, all those of one upstream read at once.
type bodyStream exchange

// SupportsBodyWriteTo lets fasthttp call WriteTo, which frames and flushes each
// write as a chunk, without a buffer in between.
func (b *bodyStream) SupportsBodyWriteTo() bool { return true }

// Read exists because fasthttp asks for an io.Reader; it is never called.
func (b *bodyStream) Read([]byte) (int, error) {
	return 0, errors.New("server: a body stream is written with WriteTo")
}

// WriteTo writes the stream to its end. An error means that the client left;
// everything else that goes wrong becomes an explicit last event.
func (b *bodyStream) WriteTo(w io.Writer) (n int64, err error) {
	x := (*exchange)(b)
	defer func() {
		if v := recover(); v != nil {
			x.panicked(v, debug.Stack())
			err = io.ErrClosedPipe // unless the client can be told
			x.safely(func() {
				_, err = x.endWith(w, core.Errorf(core.CodeInternal, "The gateway failed in the middle of this stream."))
			})
		}
	}()
	err = x.pour(w)
	if err == nil && x.shape != nil {
		err = x.send(w, x.shape.AppendEnd(nil))
	}
	return x.BytesOut, err
}

// pour writes all of the stream but what its shape ends with.
func (x *exchange) pour(w io.Writer) error {
	forward := (*exchange).copyEvents
	switch {
	case x.guards():
		forward = (*exchange).copyGuarded
	case x.Attempt.Translation != nil:
		forward = (*exchange).copyTyped
	case x.Request.Operation == core.OpRaw:
		forward = (*exchange).copyRaw
	}
	failure, err := forward(x, w)
	if err != nil {
		x.setFailure(core.Errorf(core.CodeClientGone, "The client left."))
		return err
	}
	if failure != nil {
		_, err = x.endWith(w, failure)
	}
	return err
}

// copyEvents forwards events until the upstream's stream is over. failure is
// what the client must be told, err that it cannot be told anything.
func (x *exchange) copyEvents(w io.Writer) (failure *core.Error, err error) {
	chunk, readErr := x.first, error(nil)
	x.first = nil
	for {
		if readErr == io.EOF { //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
			return x.endOfStream(w)
		}
		if readErr != nil {
			return asError(readErr), nil
		}
		last, err := x.forward(w, chunk)
		if err != nil {
			return nil, err
		}
		if last {
			if err := x.passTail(w); err != nil {
				return nil, err
			}
			return x.Request.Dialect.EndStream(&x.Exchange, x.Attempt), nil
		}
		if err := x.sse.Err(); err != nil {
			return x.badEvent(err), nil
		}
		chunk, readErr = x.resp.Next()
	}
}

// forward writes the whole events among what was read, adjacent ones in one
// piece. last is true after the event that nothing may follow.
func (x *exchange) forward(w io.Writer, chunk []byte) (last bool, err error) {
	return x.forwardAfter(w, chunk, false)
}

// forwardAfter is forward where the last event may have been before.
func (x *exchange) forwardAfter(w io.Writer, chunk []byte, last bool) (_ bool, err error) {
	var ev stream.Event
	from, to := 0, 0 // what is to be written of chunk
	x.sse.Feed(chunk)
	for x.sse.Next(&ev) {
		what := core.EventForward
		switch {
		case last && !x.trailing(&ev):
			return true, x.write(w, chunk[from:to])
		case !last && ev.IsMessage():
			what = x.event(ev.Name, ev.Data)
			if last = what == core.EventLast || what == core.EventFail; last {
				x.remember()
			}
		}
		switch {
		case what == core.EventDrop:
			err = x.write(w, chunk[from:to])
			from, to = ev.End, ev.End
		case ev.Carried:
			err = x.write(w, ev.Raw)
			from, to = ev.End, ev.End
		default:
			to = ev.End
		}
		if err != nil {
			return false, err
		}
	}
	return last, x.write(w, chunk[from:to])
}

// event looks at a message of the upstream's. One that is called an error ends the stream,
// whatever it holds; where the dialect knows no error in it, few clients would either, and
// endWith tells them.
func (x *exchange) event(name, data []byte) core.Disposition {
	what := x.Request.Dialect.Event(&x.Exchange, x.Attempt, data)
	if string(name) == "error" && (what == core.EventForward || what == core.EventDrop) {
		x.Attempt.Stream.Failed, x.untold = true, true
		return core.EventFail
	}
	return what
}

// remember notes what the provider keeps of a stream, before the client has its last
// event and asks on.
func (x *exchange) remember() {
	if len(x.Attempt.Kept) > 0 {
		x.state.Loop.Remember(&x.Exchange)
	}
}

// trailing tells whether an event that comes behind the last one is passed on as well: a
// comment, or the word that ends a stream of chats, which some send in every dialect.
func (x *exchange) trailing(ev *stream.Event) bool {
	return x.shape == nil && !x.Attempt.Stream.Failed && (!ev.IsMessage() || string(ev.Data) == "[DONE]")
}

// write writes whole events.
func (x *exchange) write(w io.Writer, p []byte) error {
	if x.shape != nil && len(p) > 0 {
		p = x.shape.Append(nil, p)
	}
	return x.send(w, p)
}

func (x *exchange) send(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if x.FirstByte.IsZero() {
		x.FirstByte = x.srv.clock.Now()
	}
	n, err := w.Write(p)
	x.BytesOut += int64(n)
	return err
}

// endOfStream decides what the upstream's last byte means when no terminal
// event came before it. An event that lacks its end is never forwarded and makes
// the stream a cut one, but for the terminal one, which some upstreams send
// without its blank line and some not at all: it is then ours.
func (x *exchange) endOfStream(w io.Writer) (*core.Error, error) {
	dialect := x.Request.Dialect
	var ev stream.Event
	if x.sse.Finish(&ev) != stream.TailNone && ev.IsMessage() &&
		dialect.Event(&x.Exchange, x.Attempt, ev.Data) != core.EventLast {
		return cutInEvent(), nil
	}
	x.resp.Close(true)
	if err := dialect.EndStream(&x.Exchange, x.Attempt); err != nil {
		return err, nil
	}
	x.scratch = dialect.AppendStreamEnd(x.scratch[:0])
	return nil, x.write(w, x.scratch)
}

func cutInEvent() *core.Error {
	return &core.Error{
		Code: core.CodeUpstreamCut, Origin: core.OriginUpstream,
		Message: "The upstream ended the stream in the middle of an event.",
	}
}

// passTail passes on what belongs to a stream behind its last event, and ends it.
func (x *exchange) passTail(w io.Writer) error {
	x.resp.Hurry(tailWait)
	chunk, err := x.resp.Next()
	var failed error
	if err == nil {
		_, failed = x.forwardAfter(w, chunk, true)
	}
	x.drainTail()
	return failed
}

// drainTail reads what follows the last event, which is nothing but framing,
// so that the upstream's connection can be used again. The client, which has all
// of its answer, does not wait for long.
func (x *exchange) drainTail() {
	x.resp.Hurry(tailWait)
	chunk, err := x.resp.Next()
	x.resp.Close(len(chunk) == 0 && err == io.EOF) //nolint:errorlint // as above
}

const tailWait = 100 * time.Millisecond

func (x *exchange) badEvent(err error) *core.Error {
	e := &core.Error{
		Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
		Message: "The upstream sent a stream that is not valid.",
	}
	if errors.Is(err, stream.ErrEventTooLarge) {
		e.Code = core.CodeUpstreamTooLarge
		e.Message = "The upstream sent an event that is larger than the gateway's limit (limits.event_bytes)."
	}
	return e
}

// endWith sends the error as the last event. An error that the upstream itself
// sent has been forwarded already.
func (x *exchange) endWith(w io.Writer, failure *core.Error) (int64, error) {
	x.setFailure(failure)
	x.resp.Close(false)
	if failure.Code == core.CodeClientGone || x.Request.Operation == core.OpRaw {
		// The client of a raw call may be reading anything. That its connection
		// ends too early is what it understands in any case.
		return x.BytesOut, io.ErrClosedPipe
	}
	kept := x.guard != nil && x.guard.engine.Waits() // that event, too
	if x.Attempt != nil && x.Attempt.Stream.Failed && failure.Origin == core.OriginUpstream && !kept && !x.untold {
		return x.BytesOut, nil
	}
	failure = x.judgedFailure(failure)
	x.scratch = x.appendFailure(x.scratch[:0], failure)
	return x.BytesOut, x.write(w, x.scratch)
}

// Close is called by fasthttp once, after the last write or a failed one.
func (b *bodyStream) Close() error {
	x := (*exchange)(b)
	x.srv.close(x)
	return nil
}
