package server

import (
	"math"
	"runtime/debug"
	"strconv"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
)

// setFailure notes how the exchange failed, for its record. The first failure
// counts.
func (x *exchange) setFailure(e *core.Error) {
	if x.Failed {
		return
	}
	x.Failed, x.ErrorCode, x.End = true, e.Code, x.endOf(e)
	if e.Code == core.CodeInternal || e.Cause != nil {
		ev := x.srv.log.Debug()
		if e.Code == core.CodeInternal {
			ev = x.srv.log.Error()
		}
		ev.Str("request_id", x.ID.String()).Str("code", e.Code.String()).AnErr("cause", e.Cause).Msg(e.Message)
	}
}

// endOf maps an error to the end that the record names.
func (x *exchange) endOf(e *core.Error) core.End {
	switch e.Code { //nolint:exhaustive // the rest is decided below
	case core.CodeClientGone:
		return core.EndClientGone
	case core.CodeDeadline:
		return core.EndDeadline
	case core.CodeBlocked:
		return core.EndBlocked
	case core.CodeInternal, core.CodePluginFailed:
		return core.EndInternal
	case core.CodeUpstreamTimeout:
		return core.EndUpstreamTimeout
	case core.CodeUpstreamIdle:
		return core.EndUpstreamIdle
	case core.CodeUpstreamCut:
		return core.EndUpstreamCut
	}
	switch {
	case x.rejected:
		return core.EndRejected
	case e.Code == core.CodeDraining:
		return core.EndDrained
	default:
		return core.EndUpstreamError
	}
}

// fail answers the exchange with an error in the client's dialect.
func (x *exchange) fail(e *core.Error) {
	e = x.judgedFailure(e)
	x.setFailure(e)
	x.failure = e
	x.resp.Close(false)
	x.Status = e.HTTPStatus()
	if e.Code == core.CodeClientGone {
		x.ctx.SetConnectionClose()
	}
	x.scratch = x.speaker().RenderError(x.scratch[:0], e, x.ID)
	x.ctx.Response.ResetBody()
	x.ctx.Response.SetStatusCode(x.Status)
	x.ctx.Response.SetBody(x.scratch)
	x.answerHead(jsonType)
	errorFields(&x.ctx.Response.Header, e)
	x.BytesOut = int64(len(x.scratch))
}

type headerSetter interface{ Set(key, value string) }

// errorFields sets the header fields that go with an error.
func errorFields(h headerSetter, e *core.Error) {
	if e.RetryAfter > 0 {
		seconds := int64(math.Ceil(e.RetryAfter.Seconds()))
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
		h.Set("Retry-After-Ms", strconv.FormatInt(e.RetryAfter.Milliseconds(), 10))
	}
	if e.Code == core.CodeUnauthenticated {
		h.Set("Www-Authenticate", "Bearer")
	}
}

// The steps of closing the books of an exchange.
const (
	closeLoop = iota
	closeRecord
	closeReservations
	closeLedger
	closeMetrics
	closeHooks
	closeUpstream
	closed
)

// finish closes the books of the exchange, exactly once and whatever happened. It
// returns false when something panicked; all else was done.
func (x *exchange) finish() bool {
	ok := x.safely(x.closeBooks)
	for x.closing < closed {
		x.safely(x.closeBooks)
	}
	return ok
}

// closeBooks takes the steps that have not been taken. One that panics is not
// taken again.
func (x *exchange) closeBooks() {
	rec := &x.usageRec
	for x.closing < closed {
		x.closing++
		switch x.closing - 1 {
		case closeLoop:
			x.closeLoop()
		case closeRecord:
			x.record(rec)
			x.recorded = true
		case closeReservations:
			if x.nReserve > 0 {
				x.closing = closeReservations // each is a step
				x.settleOne(rec.Usage.Minus(x.settled))
			}
		case closeLedger:
			if x.recorded && (x.opened || x.Consumer != nil && x.Request.Operation != core.OpModels) {
				x.book(rec)
			}
		case closeMetrics:
			x.observe(rec)
		case closeHooks:
			x.complete()
		case closeUpstream:
			x.resp.Close(false)
		}
	}
}

// closeLoop tells the attempt loop how the answer that it chose ended.
func (x *exchange) closeLoop() {
	_ = x.beside.Wait(&x.Exchange) // it may be running still where something panicked
	if !x.accepted {
		return
	}
	var failure *core.Error
	if x.Failed {
		failure = &core.Error{Code: x.ErrorCode}
	}
	x.state.Loop.Done(&x.Exchange, failure)
}

// settleOne ends one of the reservations.
func (x *exchange) settleOne(usage core.Usage) {
	x.nReserve--
	r := x.reserved[x.nReserve]
	x.reserved[x.nReserve] = nil
	if usage.Total() > 0 {
		r.Settle(usage)
	} else {
		r.Release()
	}
}

func (x *exchange) book(rec *core.UsageRecord) {
	if err := x.srv.ledger.Close(rec); err != nil {
		x.srv.metrics.LedgerErrors.Inc()
		x.srv.log.Error().Err(err).Str("request_id", x.ID.String()).Msg("the ledger refused a usage record")
	}
}

// observe counts and logs the exchange.
func (x *exchange) observe(rec *core.UsageRecord) {
	s := x.srv
	switch {
	case x.use != nil && x.recorded:
		x.use.metrics.Observe(rec)
	case x.Failed:
		s.metrics.Refused(x.ErrorCode)
	}
	if s.debug {
		s.log.Debug().Str("request_id", x.ID.String()).Str("route", rec.Route).Str("deployment", rec.Deployment).
			Int("status", rec.Status).Str("end", rec.End.String()).Str("error", rec.ErrorCode).
			Dur("took", rec.Duration).Int64("output", rec.Usage.Output).Msg("exchange")
	}
}

// record fills rec, which has seen exchanges before: every field is set, one by
// one, because a literal would be built elsewhere and copied.
func (x *exchange) record(rec *core.UsageRecord) {
	now := x.srv.clock.Now()
	x.usage(rec)
	rec.ID, rec.Time, rec.Duration = x.ID, x.Start, x.since(now)
	switch {
	case !x.streamed && !x.Failed: // a whole answer goes out in one piece, next
		x.FirstByte, rec.FirstByte = now, rec.Duration
		if x.conn != nil {
			x.conn.recent = now
		}
	case x.FirstByte.IsZero():
		rec.FirstByte = 0
	default:
		rec.FirstByte = x.since(x.FirstByte)
	}
	rec.ClientID = borrowed(x.ClientID)
	rec.Dialect, rec.Operation, rec.Stream = x.Request.Dialect.Name(), x.Request.Operation, x.Request.Stream
	rec.Status, rec.End, rec.ErrorCode, rec.Attempts = x.Status, x.End, "", x.Attempts
	if x.Failed {
		rec.ErrorCode = x.ErrorCode.String()
	}
	rec.BytesIn, rec.BytesOut, rec.ChainHash = x.bytesIn, x.BytesOut, x.chain.Hash()
	rec.Consumer, rec.Tenant = "", ""
	if c := x.Consumer; c != nil {
		rec.Consumer, rec.Tenant = c.Name, c.Tenant
	}
	rec.Route = ""
	if x.Route != nil {
		rec.Route = x.Route.Name
	}
	rec.Deployment, rec.Provider, rec.UpstreamModel = "", "", ""
	if x.Attempt != nil && x.Attempt.Deployment != nil {
		d := x.Attempt.Deployment
		rec.Deployment, rec.Provider, rec.UpstreamModel = d.Name, d.Provider.Name, d.Model
	}
}

// borrowed returns b as a string without a copy, for a ledger, which copies.
func borrowed(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the contract is above
}

// spend notes what an attempt used up whose answer was of no use: what the provider
// said, else what was seen of it.
func (x *exchange) spend(at *core.Attempt) {
	u := at.Usage
	if s := &at.Stream; !u.Reported || !u.Valid() {
		u = core.Usage{InputUncached: x.estInput, Output: s.OutTokens, Estimated: true}
	} else if x.Request.Stream && !s.Done && !s.Finished && u.Output < s.OutTokens {
		u.Output, u.Estimated = s.OutTokens, true // reported early, and cut later
	}
	cost, known := x.cost(at, &u)
	x.spentCost, x.spentUnpriced = addCost(x.spentCost, cost), x.spentUnpriced || !known
	x.spent, x.spentOn = x.spent.Plus(u), at.Number
}

// usage sets what the attempts used up and what that costs, those included whose
// answer was of no use but had a count.
func (x *exchange) usage(rec *core.UsageRecord) {
	rec.Cost, rec.Priced = x.spentCost, !x.spentUnpriced
	if x.spentOn != 0 && x.spentOn == x.Attempt.Number {
		rec.Usage = x.spent
		return
	}
	x.lastUsage(&rec.Usage)
	cost, known := x.cost(x.Attempt, &rec.Usage)
	rec.Cost, rec.Priced = addCost(rec.Cost, cost), rec.Priced && known
	if x.spentOn != 0 {
		rec.Usage = x.spent.Plus(rec.Usage)
	}
	if !rec.Priced {
		rec.Cost = 0
	}
}

// cost returns what one attempt's usage costs in 10⁻¹² USD, and whether that is
// known. What was not used costs nothing, whatever its price; but an answer
// without a count may be priced by something that is no token.
func (x *exchange) cost(at *core.Attempt, u *core.Usage) (cost int64, known bool) {
	free, model := x.Request.Operation == core.OpModels || x.Request.Operation == core.OpCountTokens, x.Request.Model
	if x.Request.Operation == core.OpRaw && at != nil {
		free, model = x.passedRefusal() || x.meter.operation == core.OpCountTokens, at.Model
	}
	switch {
	case at == nil, free, u.Total() == 0 && !x.accepted:
		return 0, true
	case u.Total() == 0 || at.Deployment == nil:
		return 0, false
	}
	facts := at.Deployment.FactsOf(model)
	if facts == nil {
		return 0, false
	}
	return facts.Price.Cost(u, x.Start)
}

// addCost adds without wrapping around.
func addCost(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// lastUsage sets u to what the provider of the last attempt reported, or what we
// must assume: a call that was broken off has cost its prompt and what was seen
// of its answer. Only what failed before the upstream did anything, or with an
// error of the upstream's own, is free.
func (x *exchange) lastUsage(u *core.Usage) {
	at := x.Attempt
	switch {
	case at == nil, x.passedRefusal():
		*u = core.Usage{}
	case at.Usage.Reported && at.Usage.Valid():
		*u = at.Usage
		if s := &at.Stream; x.Request.Stream && !s.Done && !s.Finished && u.Output < s.OutTokens {
			u.Output, u.Estimated = s.OutTokens, true // reported early, and cut later
		}
	case !x.accepted && !(at.Sent && x.mayHaveCost()):
		*u = core.Usage{}
	default:
		*u = core.Usage{InputUncached: x.estInput, Output: at.Stream.OutTokens, Estimated: true}
		if x.accepted && !x.Request.Stream {
			u.Output = estimateInput(x.BytesOut)
		}
	}
}

// mayHaveCost tells whether an exchange that got no answer may have been billed.
func (x *exchange) mayHaveCost() bool {
	switch x.End { //nolint:exhaustive // the other ends are decided below
	case core.EndClientGone, core.EndUpstreamTimeout, core.EndUpstreamCut, core.EndUpstreamIdle,
		core.EndDeadline, core.EndDrained, core.EndBlocked:
		return true
	}
	// There was an answer, if a useless one.
	return x.ErrorCode == core.CodeUpstreamInvalid || x.ErrorCode == core.CodeUpstreamTooLarge
}

// safely runs f and returns false when it panicked.
func (x *exchange) safely(f func()) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			x.panicked(v, debug.Stack())
		}
	}()
	f()
	return true
}

func (x *exchange) panicked(v any, stack []byte) {
	x.srv.metrics.Panics.Inc()
	x.srv.log.Error().Str("request_id", x.ID.String()).Interface("panic", v).Bytes("stack", stack).
		Msg("a panic was caught; this request failed, the gateway goes on")
}
