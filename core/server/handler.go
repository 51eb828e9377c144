package server

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime/debug"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// handle serves one request of the main listener.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	c := baseConn(ctx.Conn())
	if c != nil {
		c.keepFlushing(ctx)
	}
	x := s.take(ctx, s.acquire(), c)
	defer x.fence()
	st, h := x.state, &ctx.Request.Header
	if err := x.head.read(h); err != nil {
		ctx.SetConnectionClose()
		lingering(ctx.Conn())
		s.refuse(ctx, st, st.speakerFor(h), err)
		return
	}
	x.Request.Path, x.Request.Query = target(h)
	if isConnect(h.Method()) {
		ctx.SetConnectionClose() // its client may take what comes next for a tunnel
	}
	if s.cors(ctx, st) {
		return
	}
	if x.edgeRequest() {
		x.dispatch()
	}
	x.edgeAnswer()
}

// dispatch finds out what a request is, and serves it.
func (x *exchange) dispatch() {
	s, st := x.srv, x.state
	if st.Receive.Sometimes(core.PhaseReceive) && !probed(x.Request.Path) && !x.receive() {
		return
	}
	if d, op := st.dialectOf(x.Request.Path, x.ctx.IsPost()); d != nil {
		x.Request.Dialect, x.Request.Operation = d, op
		switch op { //nolint:exhaustive // the path says all of the others
		case core.OpModels:
			x.Request.Headers = &x.head
			x.Request.Dialect = st.claimed(&x.Request, d)
		case core.OpRaw:
			x.Request.Headers = &x.head
			x.voice = st.claimed(&x.Request, d)
		}
		x.exchange()
		return
	}
	if path := x.Request.Path; string(path) == "/metrics" {
		s.metricsPage(x)
	} else if !s.probe(x.ctx, st, path) {
		x.nothingHere()
	}
}

// fence is the last that happens to a request, unless its answer is a stream: it
// answers when something panicked, and closes the books.
func (x *exchange) fence() {
	s, booked := x.srv, x.begun && x.Request.Dialect != nil
	switch v := recover(); {
	case v == nil:
	case booked:
		x.panicked(v, debug.Stack())
		if !x.safely(func() { x.fail(core.Errorf(core.CodeInternal, "The gateway failed to handle this request.")) }) {
			lastWord(x.ctx, x.ID)
		}
	default:
		s.panicked(x.ctx, x.state, v)
	}
	switch {
	case x.streamed:
		// The body stream closes the books.
	case booked:
		s.close(x)
	default:
		x.end()
	}
}

// panicked answers a request during which v was thrown outside of any exchange.
func (s *Server) panicked(ctx *fasthttp.RequestCtx, st *State, v any) {
	s.metrics.Panics.Inc()
	s.log.Error().Interface("panic", v).Bytes("stack", debug.Stack()).Msg("a panic was caught; this request failed, the gateway goes on")
	defer func() {
		if recover() != nil {
			lastWord(ctx, s.newID(s.clock.Now()))
		}
	}()
	s.refuse(ctx, st, st.speakerAnyhow(&ctx.Request.Header), core.Errorf(core.CodeInternal, "The gateway failed to handle this request."))
}

// lastWord answers when even the error cannot be rendered.
func lastWord(ctx *fasthttp.RequestCtx, id core.ID) {
	ctx.SetConnectionClose()
	ctx.Response.Header.Set("X-Request-Id", id.String())
	plain(ctx, fasthttp.StatusInternalServerError, "internal error\n")
}

// exchange serves a request that belongs to a dialect.
func (x *exchange) exchange() {
	if !x.begun {
		x.begin()
	}
	if err := x.enter(); err != nil {
		x.rejected = true
		x.fail(err)
		return
	}
	if x.Request.Operation == core.OpModels {
		x.models()
		return
	}
	x.serve()
}

// close ends an exchange and closes its books. A panic meanwhile costs what
// panicked, not the gateway and nothing that others wait for.
func (s *Server) close(x *exchange) {
	if x.finish() {
		x.end()
		return
	}
	x.leave() // and is not used again
}

// enter runs what comes before the body is looked at: method, drain, load and
// credential.
func (x *exchange) enter() *core.Error {
	want := "POST"
	switch x.Request.Operation { //nolint:exhaustive // the others are asked for with a document
	case core.OpModels:
		want = "GET"
	case core.OpRaw:
		want = rawMethods
	}
	if !x.takes(want) {
		return x.methodNotAllowed(want)
	}
	if err := x.busy(); err != nil {
		return err
	}
	return x.srv.authenticate(x)
}

func (s *Server) authenticate(x *exchange) *core.Error {
	if x.state.Snapshot.Keyless {
		return local(&x.head)
	}
	c, err := x.state.Auth.Authenticate(&x.Exchange)
	if err != nil {
		return err
	}
	x.Consumer = c
	return nil
}

// local guards a listener without credentials: only programs on this machine
// that mean it may use it, no web page in a browser and no name that was
// rebound to a local address.
func local(h *head) *core.Error {
	if len(h.Get("Origin")) > 0 {
		return core.ClientErrorf(core.CodeForbidden, "",
			"This gateway runs without keys and so refuses requests from web pages (Origin). Configure keys to allow them.")
	}
	host := h.Get("Host")
	if i := bytes.LastIndexByte(host, ':'); i >= 0 && bytes.IndexByte(host[i:], ']') < 0 {
		host = host[:i]
	}
	name := bytes.Trim(host, "[]")
	if string(name) == "localhost" {
		return nil
	}
	if ip := net.ParseIP(string(name)); ip != nil && ip.IsLoopback() {
		return nil
	}
	return core.ClientErrorf(core.CodeForbidden, "",
		"This gateway runs without keys and so answers to the hosts localhost, 127.0.0.1 and [::1] only. Configure keys to allow others.")
}

// models lists the routes that the consumer may use, or tells of one.
func (x *exchange) models() {
	var one []byte
	reader, ok := x.Request.Dialect.(core.ModelReader)
	if ok {
		one = x.state.modelOf(x.Request.Path)
		if name, err := url.PathUnescape(string(one)); err == nil && one != nil {
			one = []byte(name) // SDKs escape the slashes in it
		}
	}
	list := make([]core.ModelInfo, 0, len(x.state.Snapshot.Models))
	for _, m := range x.state.Snapshot.Models {
		if (one == nil || string(one) == m.Name) && (x.Consumer == nil || x.Consumer.MayUse(m.Name)) {
			list = append(list, m)
		}
	}
	switch {
	case one == nil:
		x.ctx.Response.SetBody(x.Request.Dialect.RenderModels(nil, list))
	case len(list) == 0:
		x.rejected = true
		x.fail(x.unknownModel(one))
		return
	default:
		x.ctx.Response.SetBody(reader.RenderModel(nil, &list[0]))
	}
	x.Status = fasthttp.StatusOK
	x.answerHead(jsonType)
}

// refuse answers a request that is no exchange with an error.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, st *State, d core.Dialect, e *core.Error) {
	s.metrics.Refused(e.Code)
	id := s.newID(s.clock.Now())
	closing := ctx.Response.ConnectionClose() // which a reset forgets
	ctx.Response.Reset()
	if closing {
		ctx.SetConnectionClose()
	}
	s.cors(ctx, st)
	ctx.Response.SetStatusCode(e.HTTPStatus())
	ctx.Response.Header.SetContentType("application/json")
	ctx.Response.Header.Set("X-Request-Id", id.String())
	errorFields(&ctx.Response.Header, e)
	ctx.Response.SetBody(d.RenderError(nil, e, id))
}

// handleParseError answers what fasthttp's parser refused. The connection is
// closed after it.
func (s *Server) handleParseError(ctx *fasthttp.RequestCtx, err error) {
	st := s.acquire()
	defer func() {
		if v := recover(); v != nil {
			s.panicked(ctx, st, v)
		}
		st.release()
	}()
	var small *fasthttp.ErrSmallBuffer
	var timeout interface{ Timeout() bool }
	e := badHead("it cannot be parsed")
	switch {
	case errors.As(err, &small):
		e = core.ClientErrorf(core.CodeHeadersTooLarge, "",
			"The request line and header fields are larger than %d bytes.", headerBuffer)
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		e = bodyTooLarge(st)
		if h := &ctx.Request.Header; len(h.RawHeaders()) == 0 { // forgotten in the middle of a chunked body
			e.Message += fmt.Sprintf(" Without a valid key %d are allowed.", strangerBody)
		} else if err := s.stranger(st, h); err != nil {
			e = err
		}
	case errors.As(err, &timeout) && timeout.Timeout():
		e = core.ClientErrorf(core.CodeRequestTimeout, "", "The request did not arrive in time.")
	}
	e.Cause = err
	if e.Code != core.CodeRequestTimeout {
		lingering(ctx.Conn())
	}
	s.refuse(ctx, st, st.speakerFor(&ctx.Request.Header), e)
}

// strangerBody is how large a body may be whose sender has no valid credential, in
// bytes. fasthttp makes room for all that a head announces, before a byte of it
// came and anyone looked at the head.
const strangerBody = 64 << 10

// bodyLimit returns how large the body of a request with that head may be.
func (s *Server) bodyLimit(h *fasthttp.RequestHeader) int64 {
	limit := s.state.Load().Snapshot.Limits.BodyBytes
	if n := h.ContentLength(); n >= 0 && n <= strangerBody || limit <= strangerBody {
		return limit
	}
	st := s.acquire()
	defer st.release()
	if s.stranger(st, h) != nil {
		return strangerBody
	}
	return limit
}

// stranger returns why a request has no valid credential, or nil if it has. Its
// body is not here yet.
func (s *Server) stranger(st *State, h *fasthttp.RequestHeader) (err *core.Error) {
	x := s.take(nil, st, nil)
	defer func() {
		if v := recover(); v != nil {
			s.metrics.Panics.Inc()
			err = core.Errorf(core.CodeInternal, "The gateway failed to handle this request.")
			return // and do not use x again
		}
		x.state = nil
		x.Exchange.Reset() //nolint:staticcheck // named: the exchange has several Resets
		x.head.reset()
		s.pool.Put(x)
	}()
	if err := x.head.read(h); err != nil {
		return err
	}
	x.Request.Headers, x.Start = &x.head, s.clock.Now()
	x.Request.Path, x.Request.Query = target(h)
	return s.authenticate(x)
}

func bodyTooLarge(st *State) *core.Error {
	return core.ClientErrorf(core.CodeBodyTooLarge, "",
		"The request body is larger than %d bytes (limits.body_bytes).", st.Snapshot.Limits.BodyBytes)
}

// expect answers "Expect: 100-continue" before the body is sent: a body that is
// too large is refused unread.
func (s *Server) expect(ctx *fasthttp.RequestCtx) (status int) {
	st := s.acquire()
	defer func() {
		if v := recover(); v != nil {
			s.panicked(ctx, st, v)
			status = fasthttp.StatusInternalServerError
		}
		st.release()
	}()
	n := int64(ctx.Request.Header.ContentLength())
	if n <= min(strangerBody, st.Snapshot.Limits.BodyBytes) {
		return fasthttp.StatusContinue
	}
	e := s.stranger(st, &ctx.Request.Header)
	switch {
	case e != nil:
	case n <= st.Snapshot.Limits.BodyBytes:
		return fasthttp.StatusContinue
	default:
		e = bodyTooLarge(st)
	}
	lingering(ctx.Conn())
	s.refuse(ctx, st, st.speakerFor(&ctx.Request.Header), e)
	return e.HTTPStatus()
}
