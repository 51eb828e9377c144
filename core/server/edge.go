package server

import (
	"bytes"
	"slices"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// edge is the part of edge filters in an exchange. It is kept for the next one.
type edge struct {
	m       core.EdgeMessage
	turns   []edgeTurn // that wait for the answer, in the order of the filters
	raw     []byte     // the header fields as filters left them
	own     bool       // the answer is a filter's
	filled  bool       // the message is this exchange's
	pending bool       // the turns are asked when the stream has ended
}

type edgeTurn struct {
	of   *chain.Edge
	turn core.EdgeTurn
}

// edgeRequest shows the request to the edge filters, before anything of it is
// parsed. It returns false when the request has been answered.
func (x *exchange) edgeRequest() bool {
	if !x.state.Receive.HasEdges() || probed(x.Request.Path) {
		return true
	}
	x.begin()
	x.Request.Dialect = x.state.speakerOf(&x.Request) // until the path says more
	err := x.busy()
	if err == nil && x.state.Snapshot.Keyless {
		err = local(&x.head) // whatever filters make of it
	}
	if err == nil {
		var answered bool
		if answered, err = x.edgeFilters(); answered {
			return false
		}
	}
	if err != nil {
		x.rejected = true
		x.fail(err)
	}
	return err == nil
}

// edgeFilters shows the request to one filter after the other.
func (x *exchange) edgeFilters() (answered bool, err *core.Error) {
	if x.edge == nil {
		x.edge = &edge{}
	}
	e := x.edge
	e.fill(x)
	edges := x.state.Receive.For(x.ID).Edges()
	for i := range edges {
		f := &edges[i]
		var before core.EdgeMessage
		if f.FailOpen {
			before = e.m
			before.Fields, before.AnswerFields = slices.Clone(e.m.Fields), slices.Clone(e.m.AnswerFields)
			before.Trailers, before.AnswerTrailers = slices.Clone(e.m.Trailers), slices.Clone(e.m.AnswerTrailers)
		}
		turn, failed, err := f.Request(&e.m)
		switch {
		case err != nil:
			return false, err
		case failed:
			e.m.Restore(&before)
			continue
		case !turn.Next():
			turn.Close()
			x.edgeRespond()
			return true, nil
		case turn.Waits():
			e.turns = append(e.turns, edgeTurn{f, turn})
		default:
			turn.Close()
		}
	}
	if e.m.Changed {
		return false, x.edgeRewrite()
	}
	return false, nil
}

// fill makes the message of a request.
func (e *edge) fill(x *exchange) {
	m, h := &e.m, &x.ctx.Request.Header
	m.Method, m.URI, m.Protocol = h.Method(), requestURI(h), "HTTP/1.0"
	if e.filled = true; h.IsHTTP11() {
		m.Protocol, m.CanTrail = "HTTP/1.1", true
	}
	m.Source, m.Body = x.ctx.RemoteAddr(), x.ctx.Request.Body()
	m.MaxBody, m.MaxAnswer = int(x.state.Snapshot.Limits.BodyBytes), int(x.state.Snapshot.Limits.AnswerBytes)
	x.head.Each(m.Fields.Add)
	trailersOf(h.TrailerHeader(), &m.Trailers, m.Keep)
}

// edgeRewrite makes the request what filters made of it. What a filter writes has
// to be a request as any other.
func (x *exchange) edgeRewrite() *core.Error {
	m := &x.edge.m
	x.Request.Method = m.Method
	x.Request.Path, x.Request.Query = m.URI, nil
	if i := bytes.IndexByte(m.URI, '?'); i >= 0 {
		x.Request.Path, x.Request.Query = m.URI[:i], m.URI[i+1:]
	}
	if m.BodyChanged {
		x.ctx.Request.SetBodyRaw(m.Body)
	}
	raw := x.edge.raw[:0]
	for i := range m.Fields {
		raw = append(append(raw, m.Fields[i].Name...), ':', ' ')
		raw = append(append(raw, m.Fields[i].Value...), '\r', '\n')
	}
	x.edge.raw = append(raw, '\r', '\n')
	if len(x.edge.raw) > headerBuffer {
		return core.ClientErrorf(core.CodeHeadersTooLarge, "",
			"The header fields are larger than %d bytes with what an edge filter added.", headerBuffer)
	}
	err := x.head.readFields(x.edge.raw)
	if err == nil && (x.head.seen[fieldHost] > 1 || x.head.seen[fieldCredential] > 1) {
		err = badHead("Host and Authorization must not be repeated")
	}
	if err != nil {
		e := core.Errorf(core.CodePluginFailed, "An edge filter made a request that is not valid. Ask the operator.")
		e.Origin, e.Cause = core.OriginPlugin, err
		return e
	}
	return nil
}

// edgeRespond sends a filter's own answer.
func (x *exchange) edgeRespond() {
	x.edge.own, x.edge.m.Buffer = true, true // those before it may still change the answer
	x.edgeSend()
	x.srv.cors(x.ctx, x.state)
	var id [36]byte
	if h := &x.ctx.Response.Header; len(h.PeekBytes(requestID)) == 0 {
		h.SetCanonical(requestID, x.ID.Append(id[:0]))
	}
}

// edgeSend makes the answer what the message says.
func (x *exchange) edgeSend() {
	m, r := &x.edge.m, &x.ctx.Response
	x.edgeForget()
	x.Status = m.Status
	r.SetStatusCode(m.Status)
	r.Header.SetNoDefaultContentType(len(m.AnswerBody) == 0)
	for i := range m.AnswerFields {
		if f := &m.AnswerFields[i]; !bytes.EqualFold(f.Name, contentLength) && !bytes.EqualFold(f.Name, trailerName) {
			r.Header.AddBytesKV(f.Name, f.Value)
		}
	}
	for i := range m.AnswerTrailers {
		if f := &m.AnswerTrailers[i]; x.trails(f.Name) {
			r.Header.AddBytesKV(f.Name, f.Value)
		}
	}
	r.SetBody(m.AnswerBody)
	if x.accepted && len(m.AnswerBody) == 0 {
		x.passLength()
	}
	x.BytesOut = int64(len(m.AnswerBody))
}

var contentLength, trailerName = []byte("Content-Length"), []byte("Trailer")

// edgeForget drops the answer that is there.
func (x *exchange) edgeForget() {
	closing := x.ctx.Response.ConnectionClose()
	x.ctx.Response.Reset()
	if closing {
		x.ctx.SetConnectionClose()
	}
}

// edgeFits refuses a route with guardrails on its answers to a filter that changes
// answers: what was judged must be what the client gets.
func (x *exchange) edgeFits() *core.Error {
	if !x.edgeHolds() || !x.chain.Has(core.PhaseAnswer) {
		return nil
	}
	return core.Errorf(core.CodePluginUnavailable,
		"The route %q has a guardrail on its answers, and an edge filter wants to change the answer to this request, which would go past it. Ask the operator to remove one of them.", x.Route.Name)
}

// edgeHolds tells whether a stream is collected, and not sent, because an edge
// filter wants to change it.
func (x *exchange) edgeHolds() bool { return x.edge != nil && x.edge.m.Buffer && len(x.edge.turns) > 0 }

// edgeAnswer shows the answer to the filters that let the request go on, the last
// one first.
func (x *exchange) edgeAnswer() {
	e := x.edge
	if e == nil {
		return
	}
	if (len(e.m.AnswerFields) > 0 || len(e.m.AnswerTrailers) > 0) && !e.own {
		e.beside(x)
	}
	if len(e.turns) == 0 {
		return
	}
	if x.streamed && e.m.Buffer {
		x.edgeCollect()
	}
	e.learn(x)
	if x.streamed {
		e.pending, e.m.Body = true, nil // which is not held for a stream's life
		return
	}
	err := x.edgeTurns()
	switch {
	case err != nil:
		x.edgeForget() // it may be what the filter was to keep back
		x.srv.cors(x.ctx, x.state)
		x.fail(err)
	case e.m.Buffer:
		x.edgeSend()
	}
}

// beside adds the fields that filters want the answer to have beside its own.
func (e *edge) beside(x *exchange) {
	h := &x.ctx.Response.Header
	own := e.m.AnswerFields
	for i := range own {
		if own[:i].Has(own[i].Name) || len(h.PeekBytes(own[i].Name)) == 0 {
			h.AddBytesKV(own[i].Name, own[i].Value)
		}
	}
	e.trailBeside(x)
}

// trailBeside does so with trailers. Those of a stream's upstream, which come later,
// take their place.
func (e *edge) trailBeside(x *exchange) {
	h, some := &x.ctx.Response.Header, false
	own := e.m.AnswerTrailers
	for i := range own {
		name := own[i].Name
		if !own[:i].Has(name) && announced(h, name) && !x.streamed || !x.trails(name) {
			continue
		}
		h.AddBytesKV(name, own[i].Value)
		some = true
	}
	if some && x.streamed {
		h.SetContentLength(-1) // trailers come behind chunks only
	}
}

// learn makes the message's answer the one that is there.
func (e *edge) learn(x *exchange) {
	m, r := &e.m, &x.ctx.Response
	m.Status = r.StatusCode()
	m.AnswerFields = m.AnswerFields[:0]
	for name, value := range r.Header.All() {
		m.AnswerFields.Add(m.Keep(name), m.Keep(value))
	}
	m.AnswerBody = nil
	if m.Buffer && !x.streamed {
		m.AnswerBody = r.Body()
	}
	e.learnTrailers(x)
}

// learnTrailers makes the message's trailers those of the answer, as far as they
// are there.
func (e *edge) learnTrailers(x *exchange) {
	e.m.AnswerTrailers = e.m.AnswerTrailers[:0]
	trailersOf(x.ctx.Response.Header.TrailerHeader(), &e.m.AnswerTrailers, e.m.Keep)
}

// edgeTurns asks the filters about the answer and ends their turns.
func (x *exchange) edgeTurns() (err *core.Error) {
	e := x.edge
	for i := len(e.turns) - 1; i >= 0; i-- {
		t := e.turns[i]
		e.turns = e.turns[:i]
		var before core.EdgeMessage
		if t.of.FailOpen {
			before = e.m
			before.AnswerFields, before.AnswerTrailers = slices.Clone(e.m.AnswerFields), slices.Clone(e.m.AnswerTrailers)
		}
		failed, fatal := t.of.Answer(t.turn, &e.m, err != nil || x.Failed && x.Status >= fasthttp.StatusInternalServerError)
		switch {
		case fatal != nil:
			err = fatal
		case failed: // and passed over
			e.m.Restore(&before)
		}
	}
	return err
}

// edgeCollect reads a stream to its end and makes it a whole answer.
func (x *exchange) edgeCollect() {
	w := &collector{x: x, most: int(x.state.Snapshot.Limits.AnswerBytes)}
	_, err := (*bodyStream)(x).WriteTo(w)
	x.streamed = false
	x.sse.Reset()
	if x.typed != nil {
		x.typed.end()
	}
	if err != nil && !x.Failed {
		x.setFailure(core.Errorf(core.CodeInternal, "The gateway failed to handle this request."))
	}
	if err != nil {
		x.fail(&core.Error{
			Code: x.ErrorCode, Origin: core.OriginUpstream,
			Message: "The stream, which an edge filter wants whole, broke off, or is larger than the gateway's limit (limits.answer_bytes).",
		})
		return
	}
	x.ctx.Response.SetBody(w.b)
}

// collector is where a stream goes that is collected.
type collector struct {
	x    *exchange
	b    []byte
	most int
}

func (c *collector) Write(p []byte) (int, error) {
	if len(c.b)+len(p) > c.most {
		err := core.Errorf(core.CodeUpstreamTooLarge, "The stream is larger than limits.answer_bytes, and an edge filter wants it whole.")
		c.x.setFailure(err)
		return 0, err
	}
	c.b = append(c.b, p...)
	return len(p), nil
}

// edgeOver ends what is left of the filters' part.
func (x *exchange) edgeOver() {
	e := x.edge
	if e == nil {
		return
	}
	if e.pending {
		x.safely(func() {
			e.learnTrailers(x)
			_ = x.edgeTurns() // whoever looks on was told; the answer is out
		})
	}
	for _, t := range e.turns {
		x.safely(t.turn.Close)
	}
	clear(e.turns[:cap(e.turns)])
	e.turns, e.pending, e.own, e.filled = e.turns[:0], false, false, false
	e.m.Reset()
	if cap(e.raw) > headerBuffer {
		e.raw = nil
	}
}
