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
	headers  requestHeaders
	spent    core.Usage // reported for answers that were of no use
	spentOn  int        // the last attempt in spent
	first    []byte     // what acceptStream read; valid until the next read
	streamed bool       // the answer's body stream owns the exchange
	scratch  []byte     // the buffer of rendered errors

	// The watcher's; under its lock.
	gen                 uint64
	prev, next          *exchange
	watched, registered bool
}

// requestHeaders gives the core access to the client's header fields.
type requestHeaders struct{ h *fasthttp.RequestHeader }

// Get returns the value of the first field of that name, or nil.
func (r *requestHeaders) Get(name string) []byte {
	if r.h == nil {
		return nil
	}
	return r.h.Peek(name)
}

func (s *Server) newExchange() *exchange {
	x := &exchange{srv: s}
	x.sse.Buffers = s.carry
	x.Request.Headers = &x.headers
	return x
}

// begin takes an exchange from the pool for the request in ctx.
func (s *Server) begin(ctx *fasthttp.RequestCtx, st *State) *exchange {
	x, ok := s.pool.Get().(*exchange)
	if !ok {
		x = s.newExchange()
	}
	h := &ctx.Request.Header
	x.ctx, x.state = ctx, st
	x.conn = baseConn(ctx.Conn())
	x.headers.h = h
	x.Request.Headers = &x.headers
	x.Request.Method = h.Method()
	x.Request.Path, x.Request.Query = target(h)
	x.Start = s.clock.Now()
	x.ID = s.newID(x.Start)
	if id := h.Peek("X-Request-Id"); len(id) > 0 {
		x.ClientID = append(x.clientID[:0], id[:min(len(id), len(x.clientID))]...)
	}
	s.flight.Add(1)
	return x
}

// end gives the exchange back to the pool. Nothing may reach it any more.
func (x *exchange) end() {
	s := x.srv
	s.watch.remove(x)
	x.state.release()
	s.flight.Add(-1)
	x.resp.Reset()
	x.sse.Reset()
	x.Exchange.Reset() //nolint:staticcheck // named: the exchange has several Resets
	x.state, x.ctx, x.conn, x.chain, x.headers.h = nil, nil, nil, nil, nil
	x.estInput, x.bytesIn, x.opened, x.accepted, x.rejected = 0, 0, false, false, false
	x.first, x.streamed = nil, false
	x.spent, x.spentOn = core.Usage{}, 0
	clear(x.reserved[:x.nReserve])
	x.nReserve = 0
	x.call = core.Call{}
	x.reply.Reset()
	s.pool.Put(x)
}

// serve takes the exchange through its phases. It returns true when the
// exchange lives on in the answer's body stream.
func (x *exchange) serve(op core.Operation) (streaming bool) {
	if err := x.admit(op); err != nil {
		x.rejected = true
		x.fail(err)
		return false
	}
	x.srv.watch.add(x)
	if err := x.state.Loop.Do(&x.Exchange, &x.resp, x, nil); err != nil {
		x.fail(err)
		return false
	}
	x.accepted = true
	if x.Request.Stream {
		x.stream()
		return true
	}
	x.whole()
	return false
}

// Accept looks at an answer with a good status before the border, where a
// failure can still be retried: it reads a whole answer to its end, and a
// stream up to its first bytes.
func (x *exchange) Accept(_ *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error {
	if x.Request.Stream {
		return x.acceptStream(resp)
	}
	err := x.acceptWhole(at, resp)
	if err != nil && at.Usage.Reported && at.Usage.Valid() {
		x.spent, x.spentOn = x.spent.Plus(at.Usage), at.Number
	}
	return err
}

// admit runs every phase before the first attempt. On error nothing has been
// called, but reservations may be held; finish releases them.
func (x *exchange) admit(op core.Operation) *core.Error {
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
	if err := x.prompt(); err != nil {
		return err
	}
	if ex.Request.Stream && x.chain.Has(core.PhaseAnswer) {
		return core.ClientErrorf(core.CodeStreamNotGuarded, "stream",
			"The route %q has a guardrail on its answers, which cannot judge a stream yet. Set stream to false.", x.Route.Name)
	}
	x.estInput = estimateInput(x.bytesIn)
	for _, l := range x.state.Limits {
		r, err := l.Reserve(ex, x.expected())
		if err != nil {
			return err
		}
		x.reserved[x.nReserve] = r
		x.nReserve++
	}
	return x.open()
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
	if enc := x.headers.Get("Content-Encoding"); len(enc) > 0 && string(enc) != "identity" {
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
	r := x.state.Snapshot.Route(name)
	if r == nil || x.Consumer != nil && !x.Consumer.MayUse(r.Name) && !x.Consumer.MayUse(string(name)) {
		return core.ClientErrorf(core.CodeUnknownModel, "model",
			"The model %q does not exist or this key may not use it. GET /v1/models lists the models of a key.", printable(name))
	}
	x.Route = r
	x.chain = x.state.Chains[r.Name]
	return x.chain.Available()
}

// prompt runs the hooks on the prompt. A route verdict counts once, and the
// guards of both routes hold.
func (x *exchange) prompt() *core.Error {
	if !x.chain.Has(core.PhasePrompt) {
		return nil
	}
	ex := &x.Exchange
	if err := ex.Request.Dialect.Parts(ex); err != nil {
		return err
	}
	out := x.run(core.PhasePrompt)
	if out.Err != nil || out.Route == "" {
		return out.Err
	}
	first := x.chain
	if err := x.pickRoute([]byte(out.Route)); err != nil {
		return err
	}
	if x.chain != nil && x.chain != first {
		return x.run(core.PhasePrompt).Err
	}
	x.chain = first
	return nil
}

func (x *exchange) run(p core.Phase) chain.Outcome {
	x.call = core.Call{Exchange: &x.Exchange, Phase: p, Parts: x.Prompt}
	return x.chain.Run(&x.call, &x.reply)
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
