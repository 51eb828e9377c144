// Package edge puts an edge filter, such as a module of http-wasm, around a handler
// of fasthttp: for programs of their own, and for kits that test hosts. The gateway
// itself does not use it; its filters stand around the whole of an exchange.
//
//	filter, err := httpwasm.New(ctx, module, httpwasm.Options{})
//	…
//	defer filter.Close()
//	server := &fasthttp.Server{Handler: edge.Handler(filter, next)}
package edge

import (
	"bytes"
	"errors"
	"io"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxBody bounds bodies that filters write or that are collected for them, in
// bytes. Those of requests have the server's own bound as well.
const maxBody = 32 << 20

var (
	errRequest = errors.New("the request's body is larger than 32 MiB, or was cut off")
	errAnswer  = errors.New("the answer, which the filter wants whole, is larger than 32 MiB, or was cut off")
)

// Handler returns a handler that shows requests, and the answers that next makes, to
// the filter. What the filter makes of a request is what next finds in its context.
//
//   - A filter that fails makes the answer 500, and the server's logger gets the
//     reason. A request whose body is too large is 413.
//   - Header fields that the filter sets of the answer before next stand beside
//     those of the answer; where next sets one of the same name its values stand.
//   - Without buffer_response the body of a stream is left as it is, and the filter
//     is shown the answer's head before the stream goes out.
//   - A CONNECT whose target is a host and no path is one for "/", for next as well.
//
// The handler is safe for concurrent use; the caller closes the filter when it is
// not used any more.
func Handler(filter core.EdgeFilter, next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		m, err := message(ctx)
		if err != nil {
			ctx.Error(err.Error(), fasthttp.StatusRequestEntityTooLarge)
			return
		}
		if err := exchange(ctx, m, filter, next); err != nil {
			ctx.Logger().Printf("edge filter: %v", err)
			ctx.Error("the edge filter failed", fasthttp.StatusInternalServerError)
		}
	}
}

func exchange(ctx *fasthttp.RequestCtx, m *core.EdgeMessage, filter core.EdgeFilter, next fasthttp.RequestHandler) error {
	turn, err := filter.Request(m)
	if err != nil {
		return err
	}
	defer turn.Close()
	if !turn.Next() {
		send(ctx, m)
		return nil
	}
	if m.Changed {
		change(&ctx.Request, m)
	}
	answered := false
	defer func() {
		if !answered && turn.Waits() { // next has thrown, and there is nobody to tell of an error
			_ = turn.Answer(m, true)
		}
	}()
	if media := m.AnswerFields.Get(contentType); media != nil {
		ctx.Response.Header.SetContentTypeBytes(media) // in place of fasthttp's default
	}
	next(ctx)
	answered = true
	beside(&ctx.Response.Header, m)
	if !turn.Waits() {
		return nil
	}
	if err := learn(&ctx.Response, m); err != nil {
		return errors.Join(err, turn.Answer(m, true))
	}
	if err := turn.Answer(m, false); err != nil {
		return err
	}
	if m.Buffer {
		send(ctx, m)
	}
	return nil
}

var slash, contentType = []byte("/"), []byte("Content-Type")

// message is a request as the filter sees it. Its header is a copy: see change.
func message(ctx *fasthttp.RequestCtx) (*core.EdgeMessage, error) {
	r := &ctx.Request
	if r.IsBodyStream() {
		body, err := whole(r.BodyStream())
		if err != nil {
			return nil, errRequest
		}
		r.SetBodyRaw(body)
	}
	h := &r.Header
	m := &core.EdgeMessage{
		Protocol: string(h.Protocol()), Source: ctx.RemoteAddr(), Body: r.Body(), CanTrail: h.IsHTTP11(), MaxBody: maxBody, MaxAnswer: maxBody,
	}
	if h.IsConnect() && !bytes.HasPrefix(h.RequestURI(), slash) {
		r.SetRequestURIBytes(slash)
	}
	m.Method, m.URI = m.Keep(h.Method()), m.Keep(h.RequestURI())
	for name, value := range h.All() {
		m.Fields.Add(m.Keep(name), m.Keep(value))
	}
	trailers(h.TrailerHeader(), &m.Trailers, m)
	return m, nil
}

// whole reads a body to its end.
func whole(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errRequest
	}
	return body, err
}

// trailers adds the fields of a trailer section as fasthttp gives it.
func trailers(section []byte, f *core.EdgeFields, m *core.EdgeMessage) {
	for line := range bytes.SplitSeq(m.Keep(section), []byte("\r\n")) {
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok {
			f.Add(name, value)
		}
	}
}

// framing tells whether a field says where a message ends, which is fasthttp's to
// say.
func framing(name []byte) bool {
	for _, f := range [...]string{"Content-Length", "Transfer-Encoding", "Trailer"} {
		if bytes.EqualFold(name, []byte(f)) {
			return true
		}
	}
	return false
}

// change makes r what the filter made of it.
func change(r *fasthttp.Request, m *core.EdgeMessage) {
	h := &r.Header
	h.Reset()
	h.SetProtocol(m.Protocol)
	h.SetMethodBytes(m.Method)
	r.SetRequestURIBytes(m.URI)
	for i := range m.Fields {
		if f := &m.Fields[i]; !framing(f.Name) {
			h.AddBytesKV(f.Name, f.Value)
		}
	}
	for i := range m.Trailers {
		if f := &m.Trailers[i]; h.AddTrailerBytes(f.Name) == nil {
			h.AddBytesKV(f.Name, f.Value)
		}
	}
	if m.BodyChanged {
		r.SetBodyRaw(m.Body)
	}
	if len(m.Body) > 0 || !h.IsGet() && !h.IsHead() {
		h.SetContentLength(len(m.Body))
	}
}

// beside gives the answer the fields that the filter wants it to have beside its
// own: those of which it has none of that name.
func beside(h *fasthttp.ResponseHeader, m *core.EdgeMessage) {
	own := m.AnswerFields
	for i := range own {
		if own[:i].Has(own[i].Name) || len(h.PeekBytes(own[i].Name)) == 0 {
			h.AddBytesKV(own[i].Name, own[i].Value)
		}
	}
	trail(h, m.AnswerTrailers)
}

// trail gives an answer trailers, but for those that it has as header fields.
func trail(h *fasthttp.ResponseHeader, own core.EdgeFields) {
	for i := range own {
		name := own[i].Name
		if own[:i].Has(name) || len(h.PeekBytes(name)) == 0 && h.AddTrailerBytes(name) == nil {
			h.AddBytesKV(name, own[i].Value)
		}
	}
}

// learn makes the message's answer the one that next made.
func learn(r *fasthttp.Response, m *core.EdgeMessage) error {
	if m.Buffer && r.IsBodyStream() {
		body, err := whole(r.BodyStream())
		if err != nil {
			return errAnswer
		}
		r.SetBodyRaw(body) // which closes the stream
	}
	m.Status, m.AnswerFields, m.AnswerTrailers = r.StatusCode(), m.AnswerFields[:0], m.AnswerTrailers[:0]
	for name, value := range r.Header.All() {
		if !framing(name) {
			m.AnswerFields.Add(m.Keep(name), m.Keep(value))
		}
	}
	trailers(r.Header.TrailerHeader(), &m.AnswerTrailers, m)
	if m.Buffer {
		m.AnswerBody = m.Keep(r.Body())
	}
	return nil
}

// send makes the answer what the message says.
func send(ctx *fasthttp.RequestCtx, m *core.EdgeMessage) {
	r := &ctx.Response
	closing := r.ConnectionClose()
	r.Reset()
	if closing {
		r.SetConnectionClose()
	}
	r.SetStatusCode(m.Status)
	r.Header.SetNoDefaultContentType(len(m.AnswerBody) == 0)
	for i := range m.AnswerFields {
		if f := &m.AnswerFields[i]; !framing(f.Name) {
			r.Header.AddBytesKV(f.Name, f.Value)
		}
	}
	trail(&r.Header, m.AnswerTrailers)
	r.SetBody(m.AnswerBody)
}
