package server

import (
	"math"
	"runtime/debug"
	"strconv"
	"time"

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
	x.setFailure(e)
	x.resp.Close(false)
	x.Status = e.HTTPStatus()
	if e.Code == core.CodeClientGone {
		x.ctx.SetConnectionClose()
	}
	x.scratch = x.Request.Dialect.RenderError(x.scratch[:0], e, x.ID)
	x.ctx.Response.ResetBody()
	x.ctx.Response.SetStatusCode(x.Status)
	x.ctx.Response.SetBody(x.scratch)
	x.head("application/json")
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

// finish closes the books of the exchange: attempt loop, reservations, ledger,
// metrics and the complete hooks, exactly once and whatever happened.
func (x *exchange) finish() {
	s := x.srv
	var failure *core.Error
	if x.Failed {
		failure = &core.Error{Code: x.ErrorCode}
	}
	if x.accepted {
		x.safely(func() { x.state.Loop.Done(&x.Exchange, failure) })
	}
	usage := x.usage()
	for _, r := range x.reserved[:x.nReserve] {
		x.safely(func() { settle(r, usage) })
	}
	now := s.clock.Now()
	if !x.streamed && !x.Failed {
		x.FirstByte = now // a whole answer goes out in one piece, next
		if x.conn != nil {
			x.conn.recent = now
		}
	}
	rec := &x.usageRec
	x.record(rec, usage, now)
	if x.opened || x.Consumer != nil && x.Request.Operation != core.OpModels {
		x.safely(func() { x.book(rec) })
	}
	if m := x.state.metrics[x.Route]; m != nil {
		m.Observe(rec)
	} else if x.Failed {
		s.metrics.Refused(x.ErrorCode)
	}
	if ev := s.log.Debug(); ev.Enabled() {
		ev.Str("request_id", x.ID.String()).Str("route", rec.Route).Str("deployment", rec.Deployment).
			Int("status", rec.Status).Str("end", rec.End.String()).Str("error", rec.ErrorCode).
			Dur("took", rec.Duration).Int64("output", usage.Output).Msg("exchange")
	}
	if x.chain.Has(core.PhaseComplete) {
		x.call = core.Call{Exchange: &x.Exchange, Phase: core.PhaseComplete}
		x.chain.Run(&x.call, &x.reply)
	}
}

func settle(r core.Reservation, usage core.Usage) {
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

func (x *exchange) record(rec *core.UsageRecord, usage core.Usage, now time.Time) {
	*rec = core.UsageRecord{
		ID: x.ID, ClientID: string(x.ClientID), Time: x.Start, Operation: x.Request.Operation,
		Stream: x.Request.Stream, Status: x.Status, End: x.End, Attempts: x.Attempts, Usage: usage,
		Duration: x.since(now), BytesIn: x.bytesIn, BytesOut: x.BytesOut, ChainHash: x.chain.Hash(),
		Dialect: x.Request.Dialect.Name(),
	}
	if x.Failed {
		rec.ErrorCode = x.ErrorCode.String()
	}
	if !x.FirstByte.IsZero() {
		rec.FirstByte = x.since(x.FirstByte)
	}
	if x.Consumer != nil {
		rec.Consumer, rec.Tenant = x.Consumer.Name, x.Consumer.Tenant
	}
	if x.Route != nil {
		rec.Route = x.Route.Name
	}
	if x.Attempt != nil && x.Attempt.Deployment != nil {
		d := x.Attempt.Deployment
		rec.Deployment, rec.Provider, rec.UpstreamModel = d.Name, d.Provider.Name, d.Model
	}
}

// usage returns what the attempts used up, those included whose answer was of no
// use but had a count.
func (x *exchange) usage() core.Usage {
	if x.spentOn != 0 && x.spentOn == x.Attempt.Number {
		return x.spent
	}
	return x.spent.Plus(x.lastUsage())
}

// lastUsage returns what the provider of the last attempt reported, or what we
// must assume: a call that was broken off has cost its prompt and what was seen
// of its answer. Only what failed before the upstream did anything, or with an
// error of the upstream's own, is free.
func (x *exchange) lastUsage() core.Usage {
	at := x.Attempt
	if at == nil {
		return core.Usage{}
	}
	if u := at.Usage; u.Reported && u.Valid() {
		if s := &at.Stream; x.Request.Stream && !s.Done && !s.Finished && u.Output < s.OutTokens {
			u.Output, u.Estimated = s.OutTokens, true // reported early, and cut later
		}
		return u
	}
	if !x.accepted && !(at.Sent && x.mayHaveCost()) {
		return core.Usage{}
	}
	u := core.Usage{InputUncached: x.estInput, Output: at.Stream.OutTokens, Estimated: true}
	if x.accepted && !x.Request.Stream {
		u.Output = estimateInput(x.BytesOut)
	}
	return u
}

// mayHaveCost tells whether an exchange that got no answer may have been billed.
func (x *exchange) mayHaveCost() bool {
	switch x.End { //nolint:exhaustive // the other ends are decided below
	case core.EndClientGone, core.EndUpstreamTimeout, core.EndUpstreamCut, core.EndUpstreamIdle,
		core.EndDeadline, core.EndDrained:
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
