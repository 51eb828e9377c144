package server

import (
	"bytes"
	"slices"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// trailersOf appends the fields of a trailer section (RFC 9110 §6.5), as fasthttp
// gives it, to f, in memory that keep gives.
func trailersOf(section []byte, f *core.EdgeFields, keep func([]byte) []byte) {
	if len(section) <= len("\r\n") {
		return
	}
	for line := range bytes.SplitSeq(keep(section), []byte("\r\n")) {
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok {
			f.Add(name, value)
		}
	}
}

// trails makes a trailer field of that name possible in the answer and tells
// whether it is. It is not for an HTTP/1.0 client, where the head has a field of
// that name, and for names that no trailer may have (RFC 9110 §6.5.1).
func (x *exchange) trails(name []byte) bool {
	h := &x.ctx.Response.Header
	if !x.ctx.Request.Header.IsHTTP11() {
		return false
	}
	if announced(h, name) {
		return true
	}
	return len(h.PeekBytes(name)) == 0 && h.AddTrailerBytes(name) == nil
}

func announced(h *fasthttp.ResponseHeader, name []byte) bool {
	for n := range h.Trailers() {
		if bytes.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// announce tells the client of a stream which trailers its upstream promises.
func (x *exchange) announce(d core.FieldPasser) {
	for name := range bytes.SplitSeq(x.resp.Get("Trailer"), []byte(",")) {
		if n := d.AnswerField(bytes.TrimSpace(name)); n != "" {
			x.trails([]byte(n))
		}
	}
}

// passTrailers makes the trailers of the upstream's answer, which was read to its
// end, those of the client's.
func (x *exchange) passTrailers() {
	d, ok := x.Request.Dialect.(core.FieldPasser)
	if !ok {
		return
	}
	h := &x.ctx.Response.Header
	var seen []string
	x.resp.Trailers(func(name, value []byte) {
		n := d.AnswerField(name)
		if n == "" || !x.trails([]byte(n)) {
			return
		}
		if slices.Contains(seen, n) {
			h.AddBytesV(n, value)
			return
		}
		h.SetBytesV(n, value) // in place of a filter's
		seen = append(seen, n)
	})
}

// passFields passes the header fields of the upstream's answer on. Those of the
// gateway's own give way, and several of one name stay several.
func (x *exchange) passFields(d core.FieldPasser) {
	h := &x.ctx.Response.Header
	for i := range x.resp.Len() {
		name, value := x.resp.Field(i)
		n := d.AnswerField(name)
		switch {
		case n == "":
		case x.passedBefore(i, name):
			h.AddBytesV(n, value)
		default:
			h.SetBytesV(n, value)
		}
	}
}

// passedBefore tells whether one of the first n fields of the upstream's answer
// has that name.
func (x *exchange) passedBefore(n int, name []byte) bool {
	for i := range n {
		if other, _ := x.resp.Field(i); bytes.EqualFold(other, name) {
			return true
		}
	}
	return false
}
