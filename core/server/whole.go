package server

import (
	"bytes"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// acceptWhole reads the answer into the buffer that fasthttp will send it from.
func (x *exchange) acceptWhole(at *core.Attempt, resp *upstream.Response) *core.Error {
	limit := int(x.state.Snapshot.Limits.AnswerBytes)
	body, err := resp.ReadAll(x.ctx.Response.SwapBody(nil)[:0], limit)
	resp.Close(err == nil)
	if err != nil {
		return err // and forget body, which may be large
	}
	x.ctx.Response.SwapBody(body)
	// Usage is read first: what was served is billed, of use or not.
	if err := x.Request.Dialect.Answer(&x.Exchange, at, body); err != nil {
		return err
	}
	media := resp.Get("Content-Type")
	x.media = contentType(media, jsonType)
	switch {
	case x.media == jsonType:
	case untold(media), isJSON(media) && x.guards():
		x.media = jsonType // which the dialect has just read; parameters may say anything
	case !isJSON(media):
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
			Message: "The upstream answered with a content type that is not JSON.",
		}
	}
	return nil
}

// isJSON tells whether a content type is that of a JSON document. An upstream
// that names none is taken at the word of its body.
func isJSON(contentType []byte) bool {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	media = bytes.TrimSpace(media)
	return len(media) == 0 || bytes.EqualFold(media, []byte("application/json")) || bytes.HasSuffix(media, []byte("+json"))
}

// whole judges and sends an answer that was read to its end.
func (x *exchange) whole() {
	body := x.ctx.Response.Body()
	if x.chain.Has(core.PhaseAnswer) {
		if !x.judge(body) {
			return
		}
		body = x.ctx.Response.Body()
	}
	if d, ok := x.Request.Dialect.(core.Reshaper); ok && x.Attempt.Translation == nil {
		body = d.Reshape(&x.Exchange, body)
		x.ctx.Response.SwapBody(body)
	}
	x.Status = x.resp.Status
	x.ctx.Response.SetStatusCode(x.resp.Status)
	x.answerHead(x.media)
	x.BytesOut = int64(len(body))
}

// judge runs the answer's hooks. It returns false when the exchange has been
// answered otherwise.
func (x *exchange) judge(body []byte) bool {
	ex := &x.Exchange
	parts, err := ex.Request.Dialect.AnswerParts(ex, body, nil)
	if err != nil {
		x.fail(err)
		return false
	}
	x.call = core.Call{Parts: parts, Answer: body}
	out := x.run(x.chain, core.PhaseAnswer)
	if out.Err == nil && out.Respond == nil {
		out.Err = x.again(out.Retry)
	}
	switch {
	case out.Err != nil && x.refuses(out.Err):
		return x.refuseWhole(out.Err)
	case out.Err != nil:
		x.fail(out.Err)
		return false
	case out.Respond != nil:
		x.respond(out.Respond)
		return false
	case out.Retry != "":
		x.retry(out.Retry)
		return false
	}
	spliced, err := ex.Request.Dialect.SpliceAnswer(ex, body, parts)
	if err != nil {
		x.fail(err)
		return false
	}
	if spliced != nil {
		if !slices.ContainsFunc(parts, (*core.Part).Edited) {
			x.warnUnknown()
		}
		var whole []byte
		for _, b := range spliced {
			whole = append(whole, b...)
		}
		x.ctx.Response.SwapBody(whole)
	}
	return true
}

// respond sends a plugin's own answer.
func (x *exchange) respond(r *core.Respond) {
	x.answered = true
	x.Status = r.Status
	x.ctx.Response.SetStatusCode(r.Status)
	x.ctx.Response.SetBody(r.Body)
	x.answerHead(r.ContentType)
	x.BytesOut = int64(len(r.Body))
}

// answerHead sets the header fields that every answer of an exchange has.
func (x *exchange) answerHead(contentType string) {
	h := &x.ctx.Response.Header
	h.SetContentType(contentType)
	var id [36]byte
	h.SetCanonical(requestID, x.ID.Append(id[:0]))
	for _, d := range x.Dropped {
		h.Add("X-Sallyport-Dropped", d)
	}
	if f, ok := x.speaker().(core.Fielder); ok {
		f.Fields(&x.Exchange, x.failure, x.srv.clock, h)
	}
	if hash := x.chain.Hash(); hash != "" {
		h.Set("X-Sallyport-Chain", hash)
	}
}

const (
	jsonType   = "application/json"
	streamType = "text/event-stream"
)

// requestID is in the form that fasthttp keeps, to save it the work.
var requestID = []byte("X-Request-Id")

// contentType returns the upstream's content type, or fallback where it gave
// none. The usual ones cost no allocation.
func contentType(upstream []byte, fallback string) string {
	switch string(upstream) {
	case "":
		return fallback
	case jsonType:
		return jsonType
	case streamType:
		return streamType
	case streamType + "; charset=utf-8":
		return streamType + "; charset=utf-8"
	default:
		return string(upstream)
	}
}

// since returns the time from the exchange's start to t, at least one
// microsecond, so that "there was one" and "there was none" differ.
func (x *exchange) since(t time.Time) time.Duration {
	return max(t.Sub(x.Start), time.Microsecond)
}
