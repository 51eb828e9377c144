package server

import (
	"bytes"
	"io"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// rawMethods are what a provider's own API may be called with.
const rawMethods = "GET, POST, PUT, PATCH, DELETE"

func isRawMethod(method []byte) bool {
	switch string(method) {
	case "GET", "POST", "PUT", "PATCH", "DELETE":
		return true
	default:
		return false
	}
}

// takes tells whether the exchange's operation takes its method. What has no other
// place here may be asked anything; see allowsRaw.
func (x *exchange) takes(want string) bool {
	m := x.Request.Method
	if x.Request.Operation != core.OpRaw {
		return string(m) == want
	}
	return isRawMethod(m) || x.state.Snapshot.Root != "" && nameEnd(m, 0) == len(m)
}

// allowsRaw refuses a method that the provider may not be called with. TRACE, whose
// answer tells what was asked, and CONNECT, which is a request as any other here and
// never a tunnel, go only where nothing was added that is secret.
func (x *exchange) allowsRaw(r *core.Route) *core.Error {
	m := x.Request.Method
	if isRawMethod(m) {
		return nil
	}
	want := rawMethods
	if r.Name == x.state.Snapshot.Root {
		want += ", HEAD, OPTIONS"
		p := r.Deployments[0].Provider
		if string(m) != "TRACE" && !isConnect(m) || p.Signer == nil && len(p.Header) == 0 {
			return nil
		}
	}
	return x.methodNotAllowed(want)
}

func (x *exchange) methodNotAllowed(want string) *core.Error {
	x.ctx.Response.Header.Set("Allow", want)
	err := core.ClientErrorf(core.CodeMethodNotAllowed, "", "%s takes %s, not %s.",
		printable(x.Request.Path), want, printable(x.Request.Method))
	if string(x.Request.Method) == fasthttp.MethodOptions && len(x.head.Get("Access-Control-Request-Method")) > 0 {
		err.Message += " Web pages may call the gateway if cors.origins lists their origin."
	}
	return err
}

// Each calls f with each field in the order of the wire.
func (d *head) Each(f func(name, value []byte)) {
	for i := range d.fields {
		at := &d.fields[i]
		f(d.raw[at.name:int(at.name)+int(at.size)], d.raw[at.value:at.end])
	}
}

var (
	_ core.HeaderLister   = (*head)(nil)
	_ core.HeaderRepeater = (*head)(nil)
)

// speaker is the dialect in which the client is told of errors.
func (x *exchange) speaker() core.Dialect {
	if x.voice != nil {
		return x.voice
	}
	return x.Request.Dialect
}

// pickRaw finds the route "p/NAME". A provider that does not exist, one whose own
// API may not be called and one that the consumer may not call are answered alike.
func (x *exchange) pickRaw(name []byte) *core.Error {
	u := x.state.raw[string(name)]
	if u == nil || x.Consumer != nil && !x.Consumer.MayUse(u.route.Name) {
		return core.ClientErrorf(core.CodeUnknownPath, "",
			"There is no provider to call at /%s, or this key may not use it.", printable(name))
	}
	x.use, x.Route, x.chain = u, u.route, u.chain.For(x.ID)
	if err := x.allowsRaw(u.route); err != nil {
		return err
	}
	if err := x.chain.Available(); err != nil {
		return err
	}
	x.takeTrailers()
	for _, p := range [...]core.Phase{core.PhasePrompt, core.PhaseRoute, core.PhaseAnswer} {
		if u.chain.Sometimes(p) {
			return core.ClientErrorf(core.CodeForbidden, "",
				"Raw calls are refused: a plugin must judge every request of this gateway in its phase %q, and cannot judge raw ones. Call a model by one of the usual paths, such as /v1/chat/completions.", p)
		}
	}
	return nil
}

// rawWhole is the largest answer with a known length that is read to its end
// before it is passed on, in bytes.
const rawWhole = 1 << 20

// acceptRaw reads the answer to a raw call to its end, or up to its first bytes
// where it comes piece by piece or is large.
func (x *exchange) acceptRaw(at *core.Attempt, resp *upstream.Response) *core.Error {
	x.meter = x.meterOf(at, resp)
	if x.flows(resp) {
		if rawLength(resp) > x.state.Snapshot.Limits.RawBytes {
			resp.Close(false)
			return rawTooLarge()
		}
		first, err := resp.Next()
		if err == nil {
			x.first, x.Request.Stream = first, true
			return nil
		}
		if err != io.EOF { //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
			resp.Close(false)
			return asError(err)
		}
	}
	body, err := resp.ReadAll(x.ctx.Response.SwapBody(nil)[:0], int(x.state.Snapshot.Limits.AnswerBytes))
	resp.Close(err == nil && !isConnect(x.Request.Method)) // what follows a CONNECT may be a tunnel
	if err != nil {
		return err
	}
	x.ctx.Response.SwapBody(body)
	x.meter.whole(x, at, body)
	return nil
}

// flows tells whether an answer is passed on as it comes.
func (x *exchange) flows(resp *upstream.Response) bool {
	if resp.Status > 299 || !x.ctx.Request.Header.IsHTTP11() || x.asksHead() || isConnect(x.Request.Method) {
		return false
	}
	media := resp.Get("Content-Type")
	switch size := rawLength(resp); {
	case bytes.HasPrefix(media, []byte(streamType)):
		return true
	case size >= 0:
		return size > rawWhole
	default:
		return x.meter.dialect == nil || x.meter.streams || !isJSON(media)
	}
}

// asksHead tells whether the upstream was asked for a head alone.
func (x *exchange) asksHead() bool { return string(x.Request.Method) == "HEAD" }

// passLength tells a client that asked for a head alone how long the body would
// be.
func (x *exchange) passLength() {
	if n := x.resp.ContentLength(); n > 0 && x.asksHead() && x.ctx.IsHead() && x.Request.Operation == core.OpRaw {
		x.ctx.Response.Header.SetContentLength(int(n))
	}
}

// takeTrailers takes the fields behind the request's body along: those that edge
// filters left, or the client's.
func (x *exchange) takeTrailers() {
	if e := x.edge; e != nil && e.filled {
		x.Request.Trailers = e.m.Trailers
		return
	}
	trailersOf(x.ctx.Request.Header.TrailerHeader(), &x.Request.Trailers, x.Copy)
}

// rawLength returns the length of the body as the client gets it, or -1.
func rawLength(resp *upstream.Response) int64 {
	if coding := resp.Get("Content-Encoding"); len(coding) > 0 && !bytes.EqualFold(coding, []byte("identity")) {
		return -1 // that of the compressed one
	}
	return resp.ContentLength()
}

// passOn sends the answer to a raw call, or hands the exchange over to the
// answer's body stream.
func (x *exchange) passOn() {
	r := &x.ctx.Response
	x.Status = x.resp.Status
	r.SetStatusCode(x.Status)
	x.answerHead(contentType(x.resp.Get("Content-Type"), ""))
	d, ok := x.Request.Dialect.(core.FieldPasser)
	if ok {
		x.passFields(d)
	}
	if x.passedRefusal() {
		x.setFailure(&core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream})
	}
	if !x.Request.Stream {
		x.passTrailers()
		x.passLength()
		x.BytesOut = int64(len(r.Body()))
		return
	}
	if ok {
		x.announce(d)
	}
	r.Header.Set("X-Accel-Buffering", "no") // proxies must not collect what comes (nginx)
	x.sse.MaxEvent = int(x.state.Snapshot.Limits.EventBytes)
	x.pourInto(int(rawLength(&x.resp)))
}

// passedRefusal tells whether the client of a raw call gets the provider's own
// refusal. It is an end like any other refusal, and free.
func (x *exchange) passedRefusal() bool {
	return x.Request.Operation == core.OpRaw && x.accepted && x.resp.Status >= fasthttp.StatusBadRequest
}

// copyRaw passes bytes on as they come. What the answer used up is read off them
// where that is understood, else guessed from their number.
func (x *exchange) copyRaw(w io.Writer) (failure *core.Error, err error) {
	chunk, readErr := x.first, error(nil)
	x.first = nil
	most := x.state.Snapshot.Limits.RawBytes
	for {
		if readErr == io.EOF { //nolint:errorlint // Next returns it bare; the cause of a cut is an EOF too
			x.passTrailers()
			x.resp.Close(true)
			return nil, nil
		}
		if readErr != nil {
			return asError(readErr), nil
		}
		if x.BytesOut+int64(len(chunk)) > most {
			return rawTooLarge(), nil
		}
		if !x.meter.chunk(x, chunk) {
			x.Attempt.Stream.OutTokens = estimateInput(x.BytesOut + int64(len(chunk)))
		}
		if err := x.send(w, chunk); err != nil {
			return nil, err
		}
		chunk, readErr = x.resp.Next()
	}
}

func rawTooLarge() *core.Error {
	return &core.Error{
		Code: core.CodeUpstreamTooLarge, Origin: core.OriginUpstream,
		Message: "The provider's answer is larger than the gateway passes on to a raw call (limits.raw_bytes).",
	}
}

// meter reads what a raw call used up, where its path is one at which the
// provider serves a dialect that we know. The zero meter reads nothing.
type meter struct {
	dialect   core.Dialect
	operation core.Operation
	streams   bool // the path is one of streams only
}

// meterOf finds the meter of an answer.
func (x *exchange) meterOf(at *core.Attempt, resp *upstream.Response) meter {
	if at.Request.Method != "POST" || resp.Status != fasthttp.StatusOK {
		return meter{}
	}
	p := at.Deployment.Provider
	path, _, _ := strings.Cut(strings.TrimPrefix(at.Request.Path, p.BasePath), "?")
	for op := range p.Serves {
		for i := range p.Serves[op] {
			s := &p.Serves[op][i]
			streams := s.StreamPath != "" && fits(s.StreamPath, path)
			if core.Operation(op) == core.OpRaw || !streams && !fits(s.Path, path) {
				continue
			}
			for _, d := range x.state.Dialects {
				if d.Name() == s.Dialect || d.Name() == s.AnswersAs {
					return meter{d, core.Operation(op), streams && !fits(s.Path, path)}
				}
			}
		}
	}
	return meter{}
}

// fits tells whether a path is one that the template of a [core.Service] stands
// for, the query left out.
func fits(template, path string) bool {
	template, _, _ = strings.Cut(template, "?")
	literal, rest, marked := strings.Cut(template, "{")
	if !marked {
		return template == path
	}
	path, found := strings.CutPrefix(path, literal)
	_, rest, _ = strings.Cut(rest, "}")
	segment, _, _ := strings.Cut(path, "/")
	if !found || segment == "" {
		return false
	}
	if rest == "" {
		return segment == path
	}
	for i := 1; i <= len(segment); i++ {
		if i < len(path) && path[i] == rest[0] && fits(rest, path[i:]) {
			return true
		}
	}
	return false
}

// whole reads an answer that was read to its end.
func (m *meter) whole(x *exchange, at *core.Attempt, body []byte) {
	if m.dialect == nil {
		return
	}
	ok := x.safely(func() {
		x.Request.Operation = m.operation // which some dialects ask for
		defer func() { x.Request.Operation = core.OpRaw }()
		if m.dialect.Answer(&x.Exchange, at, body) != nil {
			at.Usage = core.Usage{}
		}
	})
	if !ok {
		at.Usage = core.Usage{}
	}
}

// chunk reads the whole events among bytes of a stream, and returns false where
// it cannot.
func (m *meter) chunk(x *exchange, chunk []byte) bool {
	if m.dialect == nil || !bytes.HasPrefix(x.resp.Get("Content-Type"), []byte(streamType)) {
		return false
	}
	ok := x.safely(func() {
		x.sse.Feed(chunk)
		for ev := (stream.Event{}); x.sse.Next(&ev); {
			if ev.IsMessage() {
				m.dialect.Event(&x.Exchange, x.Attempt, ev.Data)
			}
		}
	})
	if !ok || x.sse.Err() != nil {
		m.dialect = nil // the bytes go on
	}
	return m.dialect != nil
}
