package server

import (
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// maxLimits is how many limiters can hold a reservation of one exchange.
const maxLimits = 8

// exchange is a core.Exchange with what only the server needs.
type exchange struct {
	core.Exchange

	srv   *Server
	state *State
	ctx   *fasthttp.RequestCtx
	conn  *conn // the client's connection; nil in tests without one
	chain *chain.Chain
	resp  upstream.Response
	sse   stream.SSE

	clientID [128]byte // backing of ClientID, which outlives the request head
	estInput int64
	opened   bool // the ledger has an open record
	accepted bool // the attempt loop waits for Done
	bytesIn  int64
	rejected bool // refused before any upstream was called
	reserved [maxLimits]core.Reservation
	nReserve int
	openRec  core.OpenRecord  // here and not on the stack, because the
	usageRec core.UsageRecord // ledger is an interface and they would escape
	call     core.Call
	reply    core.Reply
	head     head       // of the request
	use      *use       // what the state has for the route; nil without one
	begun    bool       // it is one: see begin
	spent    core.Usage // reported for answers that were of no use
	spentOn  int        // the last attempt in spent
	settled  core.Usage // the part of spent for which no reservation stands any more

	spentCost     int64 // of spent, in 10⁻¹² USD
	spentUnpriced bool  // a part of spent has no known price

	first    []byte           // what acceptStream read; valid until the next read
	shape    core.StreamShape // the form that the client wants a stream in; nil: events
	voice    core.Dialect     // in which the client is told of errors; nil: the request's
	meter    meter            // of a raw call
	failure  *core.Error      // that the client is told
	streamed bool             // the answer's body stream owns the exchange
	typed    *typedStream     // of a provider of another dialect; made when one is needed, then kept
	edge     *edge            // made when there is an edge filter, then kept
	beside   *chain.Beside    // judges that run beside the attempts
	guard    *guarded         // judges a stream; made when one is needed, then kept
	carried  *carried         // unpacks a carried stream; made when one is needed, then kept
	scratch  []byte           // the buffer of rendered errors
	media    string           // the content type of an answer that was read whole
	closing  int              // the next step of closing the books
	recorded bool             // usageRec is this exchange's
	parsed   bool             // the prompt's parts have been read
	answered bool             // by a plugin, before any attempt
	retried  bool             // a guard had the model try again
	untold   bool             // the upstream's error event is none that clients know
	order    []int            // of the route's deployments, as plugins want it; nil: by weight

	// The watcher's; under its lock.
	gen                 uint64
	prev, next          *exchange
	watched, registered bool
}

func (s *Server) newExchange() *exchange {
	x := &exchange{srv: s}
	x.sse.Buffers = s.carry
	x.head.fields = make([]field, 0, 16)
	return x
}

// take takes an exchange from the pool for the request in ctx. With it goes a
// reference to st. Only begin makes the request one; up to then it is what we know
// of the request.
func (s *Server) take(ctx *fasthttp.RequestCtx, st *State, c *conn) *exchange {
	x, ok := s.pool.Get().(*exchange)
	if !ok {
		x = s.newExchange()
	}
	x.ctx, x.state, x.conn = ctx, st, c
	return x
}

// begin makes an exchange of the request, whose head has been read.
func (x *exchange) begin() {
	s := x.srv
	x.Request.Headers = &x.head
	x.Request.Method = x.ctx.Request.Header.Method()
	x.Start = s.clock.Now()
	x.ID = s.newID(x.Start)
	if id := x.head.Get("X-Request-Id"); len(id) > 0 {
		x.ClientID = append(x.clientID[:0], id[:min(len(id), len(x.clientID))]...)
	}
	s.flight.Add(1)
	x.begun = true
}

// end gives the exchange back to the pool. Nothing may reach it any more.
func (x *exchange) end() {
	s := x.srv
	x.leave()
	if x.begun {
		x.forget()
	}
	x.head.reset()
	x.ctx, x.conn = nil, nil
	s.pool.Put(x)
}

// leave takes the exchange off all lists.
func (x *exchange) leave() {
	x.edgeOver()
	if x.begun {
		x.srv.watch.remove(x)
		x.srv.flight.Add(-1)
	}
	x.state.release()
	x.state = nil
}

// forget makes x as good as new.
func (x *exchange) forget() {
	x.resp.Reset()
	if x.carried != nil {
		x.carried.binary.Reset()
		x.carried.forget()
	}
	if x.streamed || x.guard != nil { // which reads before the border, too
		x.sse.Reset()
		if x.typed != nil {
			x.typed.end()
		}
	}
	if x.guard != nil {
		x.guard.end()
	}
	x.beside = nil
	x.Exchange.Reset() //nolint:staticcheck // named: the exchange has several Resets
	if x.call.Exchange != nil {
		x.call = core.Call{}
		x.reply.Reset()
	}
	if x.spentOn != 0 {
		x.spent, x.spentOn, x.spentCost, x.spentUnpriced = core.Usage{}, 0, 0, false
		x.settled = core.Usage{}
	}
	x.usageRec.Usage = core.Usage{}
	x.chain, x.use, x.first, x.media, x.order, x.failure, x.shape = nil, nil, nil, "", nil, nil, nil
	x.estInput, x.bytesIn, x.closing = 0, 0, 0
	x.voice, x.meter = nil, meter{}
	x.opened, x.accepted, x.rejected, x.begun, x.streamed, x.recorded, x.parsed, x.answered, x.retried = false, false, false, false, false, false, false, false, false
	x.untold = false
}

// serve takes the exchange through its phases. A streamed one lives on in the
// answer's body stream.
func (x *exchange) serve() {
	if err := x.admit(); err != nil {
		x.rejected = true
		x.fail(err)
		return
	}
	if x.answered {
		return
	}
	x.srv.watch.add(x)
	x.attempt()
}

// attempt calls upstreams until one has answered, and answers the client.
func (x *exchange) attempt() {
	err := x.state.Loop.Do(&x.Exchange, &x.resp, x, x.order)
	x.accepted = err == nil
	if blocked := x.beside.Wait(&x.Exchange); blocked != nil && (err == nil || x.Cause() == core.CauseBlocked) {
		err = blocked
	}
	if err != nil {
		x.fail(err)
		return
	}
	switch {
	case x.Request.Operation == core.OpRaw:
		x.passOn()
	case x.Request.Stream:
		x.stream()
	default:
		x.whole()
	}
}

// Accept looks at an answer with a good status before the border, where a
// failure can still be retried: it reads a whole answer to its end, and a
// stream up to its first bytes.
func (x *exchange) Accept(_ *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error {
	var err *core.Error
	switch {
	case x.Request.Stream:
		err = x.acceptStream(at, resp)
	case x.Request.Operation == core.OpRaw:
		err = x.acceptRaw(at, resp)
	case at.Translation != nil:
		err = x.acceptTranslated(at, resp)
	default:
		err = x.acceptWhole(at, resp)
	}
	if err != nil && (at.Usage.Reported && at.Usage.Valid() || at.Stream.OutTokens > 0) {
		x.spend(at)
	}
	return err
}

// admit runs every phase before the first attempt. On error nothing has been
// called, but reservations may be held; finish releases them.
func (x *exchange) admit() *core.Error {
	ex := &x.Exchange
	if err := x.readBody(); err != nil {
		return err
	}
	if err := ex.Request.Dialect.Scan(ex); err != nil {
		return err
	}
	if ex.Request.Stream && !x.ctx.Request.Header.IsHTTP11() {
		return core.ClientErrorf(core.CodeInvalidRequest, "stream",
			"A stream cannot be carried by HTTP/1.0. Use HTTP/1.1 (behind nginx: proxy_http_version 1.1) or set stream to false.")
	}
	if err := x.pickRoute(ex.Request.Model); err != nil {
		return err
	}
	if err := x.judgePrompt(); err != nil || x.answered {
		return err
	}
	ex.Judged, ex.Mandate = x.chain.JudgesPrompts(), x.chain.Mandate()
	if err := x.guardable(); err != nil {
		return err
	}
	if x.chain.HasBeside() {
		if err := x.parts(); err != nil {
			return err
		}
	}
	x.estInput = estimateInput(x.bytesIn)
	if err := x.reserve(); err != nil {
		return err
	}
	if err := x.open(); err != nil {
		return err
	}
	if x.chain.HasBeside() { // else the function would cost an allocation for nothing
		x.beside = x.chain.Beside(&x.Exchange, func() { x.Cancel(core.CauseBlocked) })
	}
	return nil
}

// reserve sets aside what the next attempt may use up. What was set aside when it
// fails stays so until it is settled.
func (x *exchange) reserve() *core.Error {
	for _, l := range x.state.Limits {
		r, err := l.Reserve(&x.Exchange, x.expected())
		if err != nil {
			return err
		}
		x.reserved[x.nReserve] = r
		x.nReserve++
	}
	return nil
}

// expected is the most that the exchange may use up, as far as the client
// bounded it. Both factors are bounded by the dialect and cannot overflow.
func (x *exchange) expected() core.Usage {
	r := &x.Request
	return core.Usage{InputUncached: x.estInput, Output: r.MaxOutput * max(r.Choices, 1), Estimated: true}
}

// estimateInput guesses a prompt's tokens from its bytes, for records whose
// provider reports nothing: four bytes a token, as English text has.
func estimateInput(bytes int64) int64 { return (bytes + 3) / 4 }

func (x *exchange) readBody() *core.Error {
	if enc := x.head.Get("Content-Encoding"); len(enc) > 0 && string(enc) != "identity" && x.Request.Operation != core.OpRaw {
		return core.ClientErrorf(core.CodeInvalidRequest, "",
			"The request body has Content-Encoding %q; send it without content encoding.", printable(enc))
	}
	body := x.ctx.Request.Body()
	x.Request.Body = body
	x.bytesIn = int64(len(body))
	return nil
}

// pickRoute finds the route of that name. A route that does not exist and one
// that the consumer may not use are answered alike, so that names cannot be
// probed.
func (x *exchange) pickRoute(name []byte) *core.Error {
	if x.Request.Operation == core.OpRaw {
		return x.pickRaw(name)
	}
	u := x.state.use(name)
	if u == nil || x.Consumer != nil && !x.Consumer.MayUse(u.route.Name) && !x.Consumer.MayUse(string(name)) {
		return x.unknownModel(name)
	}
	x.use, x.Route, x.chain = u, u.route, u.chain.For(x.ID)
	if err := x.edgeFits(); err != nil {
		return err
	}
	return x.chain.Available()
}

// open writes the ledger's open record. From here on every end is recorded.
func (x *exchange) open() *core.Error {
	x.openRec = core.OpenRecord{
		ID: x.ID, Time: x.Start, Route: x.Route.Name, Operation: x.Request.Operation, EstInput: x.estInput,
	}
	if x.Consumer != nil {
		x.openRec.Consumer = x.Consumer.Name
	}
	if err := x.srv.ledger.Open(&x.openRec); err != nil {
		x.srv.metrics.LedgerErrors.Inc()
		e := core.Errorf(core.CodeLedgerUnavailable, "The gateway cannot record this call at the moment and so does not make it. Try again later.")
		e.Cause, e.RetryAfter = err, time.Second
		return e
	}
	x.opened = true
	return nil
}

// printable makes bytes of a client safe to quote in an error: cut to 128
// bytes, control characters and invalid UTF-8 replaced.
func printable(b []byte) string {
	const limit = 128
	if len(b) > limit {
		b = b[:limit]
	}
	out := make([]rune, 0, len(b))
	for _, r := range string(b) {
		if r < 0x20 || r == 0x7f {
			r = '�'
		}
		out = append(out, r)
	}
	return string(out)
}
