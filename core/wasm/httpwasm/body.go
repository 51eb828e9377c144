package httpwasm

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// Kinds of bodies.
const (
	bodyRequest = iota
	bodyResponse
)

const eof = 1 << 32

// readBody gives what is left of a body, as much as there is room for, and tells
// when that was the last of it.
func (g *guest) readBody(s []uint64) {
	var body []byte
	kind := uint32(s[0])
	switch kind {
	case bodyRequest:
		body = g.beforeNextOr(BufferRequest, "buffer_request", "read", "request body").Body
	case bodyResponse:
		body = g.answer("read", "response body").AnswerBody
	default:
		g.host.Trap("unsupported body kind: %d", int32(kind))
	}
	if uint32(s[2]) == 0 {
		g.host.Trap("buf_limit==0 reading body")
	}
	out := g.host.View(s[1], s[2], "body")
	n := copy(out, body[min(g.read[kind], len(body)):])
	g.read[kind] += n
	s[0] = uint64(n)
	if g.read[kind] >= len(body) {
		s[0] |= eof
	}
}

// writeBody replaces a body with its first call in handle_request or
// handle_response, and adds to it with the next ones.
func (g *guest) writeBody(s []uint64) {
	var m *core.EdgeMessage
	var body *[]byte
	most := 0
	kind := uint32(s[0])
	switch kind {
	case bodyRequest:
		m = g.beforeNext("write", "request body")
		body, most = &m.Body, m.MaxBody
	case bodyResponse:
		m = g.answer("write", "response body")
		body, most = &m.AnswerBody, m.MaxAnswer
	default:
		g.host.Trap("unsupported body kind: %d", int32(kind))
	}
	b := g.host.View(s[1], s[2], "body")
	if !g.wrote[kind] {
		g.wrote[kind], g.read[kind] = true, 0
		*body = nil
	}
	if most > 0 && len(*body)+len(b) > most {
		g.host.Trap("the body that it writes is larger than %d bytes", most)
	}
	*body = append(*body, b...)
	if kind == bodyRequest {
		m.Changed, m.BodyChanged = true, true
		resize(m, &m.Fields, len(m.Body))
	} else if m.AnswerFields.Has(lengthName) {
		resize(m, &m.AnswerFields, len(m.AnswerBody))
	}
}

var lengthName = []byte("Content-Length")

// resize makes Content-Length say how long a body is.
func resize(m *core.EdgeMessage, f *core.EdgeFields, n int) {
	var digits [20]byte
	v := strconv.AppendInt(digits[:0], int64(n), 10)
	if !bytes.Equal(f.Get(lengthName), v) {
		f.Remove([]byte("Transfer-Encoding"))
		f.Set(lengthName, m.Keep(v))
	}
}
