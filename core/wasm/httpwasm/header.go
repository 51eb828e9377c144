package httpwasm

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Kinds of header fields.
const (
	kindRequest = iota
	kindResponse
	kindRequestTrailers
	kindResponseTrailers
)

// credentials is the capability to see header fields that carry credentials.
const credentials = "credentials"

// fields returns the header fields of a kind. Those of trailers are none where
// nobody carries them or the guest did not ask.
func (g *guest) fields(kind uint64) *core.EdgeFields {
	m := g.message("get", "header")
	switch uint32(kind) {
	case kindRequest:
		return &m.Fields
	case kindResponse:
		return &m.AnswerFields
	case kindRequestTrailers, kindResponseTrailers:
		switch {
		case !m.CanTrail || g.features&Trailers == 0:
			return &core.EdgeFields{}
		case uint32(kind) == kindRequestTrailers:
			return &m.Trailers
		default:
			return &m.AnswerTrailers
		}
	}
	g.host.Trap("unsupported header kind: %d", int32(kind))
	return nil
}

// mutable returns the header fields of a kind for a change.
func (g *guest) mutable(op string, kind uint64) *core.EdgeFields {
	switch uint32(kind) {
	case kindRequest:
		return &g.beforeNext(op, "request header").Fields
	case kindResponse:
		return &g.answer(op, "response header").AnswerFields
	case kindRequestTrailers, kindResponseTrailers:
		if m := g.message(op, "trailer"); !m.CanTrail || g.features&Trailers == 0 {
			g.host.Trap("can't %s trailer: trailers are not enabled, or not carried", op)
		}
		if uint32(kind) == kindRequestTrailers {
			return &g.beforeNext(op, "request trailer").Trailers
		}
		return &g.answer(op, "response trailer").AnswerTrailers
	}
	g.host.Trap("unsupported header kind: %d", int32(kind))
	return nil
}

// hidden tells whether the guest is not shown a header field.
func (g *guest) hidden(name []byte) bool {
	return !g.host.Granted(credentials) && carriesCredential(name)
}

// longestCredential is the length of the longest name that
// [core.CarriesCredential] knows.
const longestCredential = len("proxy-authorization")

func carriesCredential(name []byte) bool {
	var low [longestCredential]byte
	if len(name) > len(low) {
		return false
	}
	lower(low[:], name)
	return core.CarriesCredential(string(low[:len(name)]))
}

func (g *guest) getHeaderNames(s []uint64) {
	f := *g.fields(s[0])
	g.host.Charge(len(f) * len(f)) // each is compared with those before it
	g.list = g.list[:0]
	for i := range f {
		if !g.hidden(f[i].Name) && !f[:i].Has(f[i].Name) {
			g.list = append(g.list, f[i].Name)
		}
	}
	g.putList(s, s[1:], true)
}

func (g *guest) getHeaderValues(s []uint64) {
	f, name := *g.fields(s[0]), g.name(s[1], s[2])
	g.host.Charge(len(f))
	g.list = g.list[:0]
	if !g.hidden(name) {
		for i := range f {
			if len(f[i].Name) == len(name) && bytes.EqualFold(f[i].Name, name) {
				g.list = append(g.list, f[i].Value)
			}
		}
	}
	g.putList(s, s[3:], false)
}

// putList writes g.list, each with a NUL behind it, to the buffer and limit in to,
// unless that is more than the limit, and leaves count and length in s[0].
func (g *guest) putList(s, to []uint64, low bool) {
	size := uint64(0)
	for _, v := range g.list {
		size += uint64(len(v)) + 1
	}
	if size != 0 && size <= uint64(uint32(to[1])) {
		out := g.host.View(to[0], size, "buf")
		for _, v := range g.list {
			n := copy(out, v)
			if low {
				lower(out, v)
			}
			out[n] = 0
			out = out[n+1:]
		}
	}
	s[0] = uint64(len(g.list))<<32 | size
	clear(g.list)
}

// name reads the name of a header field.
func (g *guest) name(ptr, n uint64) []byte {
	b := g.host.View(ptr, n, "name")
	if len(b) == 0 {
		g.host.Trap("HTTP header name cannot be empty")
	}
	return b
}

// change reads the name of a header field that is to be changed. ours tells that
// the change is the host's business and nothing is to be done.
func (g *guest) change(op string, kind, ptr, n uint64) (f *core.EdgeFields, name []byte, ours bool) {
	f, name = g.mutable(op, kind), g.name(ptr, n)
	switch {
	case !isToken(name):
		g.host.Trap("header name %q has a character that is not allowed there", name)
	case isTrailers(kind) && notTrailing(name):
		g.host.Trap("header %s cannot be a trailer", name)
	case (uint32(kind) == kindRequest || uint32(kind) == kindRequestTrailers) && g.hidden(name):
		g.host.Trap("can't %s header %s, which carries a credential: the operator must grant the capability %q", op, name, credentials)
	}
	g.host.Charge(len(*f))
	return f, name, framing(name)
}

// value reads the value of a header field.
func (g *guest) value(ptr, n uint64) []byte {
	v := bytes.Trim(g.host.View(ptr, n, "value"), " \t")
	for _, c := range v {
		if c < ' ' && c != '\t' || c == 0x7f {
			g.host.Trap("header value %q has a control character", v)
		}
	}
	return v
}

// changed notes a change of the request.
func (g *guest) changed(kind uint64) {
	if uint32(kind) == kindRequest || uint32(kind) == kindRequestTrailers {
		g.m.Changed = true
	}
}

func (g *guest) setHeaderValue(s []uint64) {
	f, name, ours := g.change("set", s[0], s[1], s[2])
	if v := g.value(s[3], s[4]); !ours {
		g.room(len(name) + len(v))
		f.Set(g.m.Keep(name), g.m.Keep(v))
		g.changed(s[0])
	}
}

func (g *guest) addHeaderValue(s []uint64) {
	f, name, ours := g.change("add", s[0], s[1], s[2])
	if v := g.value(s[3], s[4]); !ours {
		g.room(len(name) + len(v))
		f.Add(g.m.Keep(name), g.m.Keep(v))
		g.changed(s[0])
	}
}

func (g *guest) removeHeader(s []uint64) {
	f, name, ours := g.change("remove", s[0], s[1], s[2])
	if !ours && f.Remove(name) {
		g.changed(s[0])
	}
}

// room bounds what the guest may make of header fields in one exchange.
func (g *guest) room(n int) {
	const most = 64 << 10
	if g.added += n; g.added > most {
		g.host.Trap("it set more than %d bytes of header fields", most)
	}
}

// framing tells whether a field says where a message ends or what a connection is
// for, which is the host's business.
func framing(name []byte) bool {
	for _, n := range [...]string{"content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"} {
		if len(n) == len(name) && bytes.EqualFold(abi.View(n), name) {
			return true
		}
	}
	return false
}

func isTrailers(kind uint64) bool {
	return uint32(kind) == kindRequestTrailers || uint32(kind) == kindResponseTrailers
}

// notTrailing tells whether a field says how a message is to be routed, read or
// answered, for which it is too late behind the body (RFC 9110 §6.5.1).
func notTrailing(name []byte) bool {
	var low [len("proxy-authenticate")]byte
	if len(name) > len(low) {
		return false
	}
	lower(low[:], name)
	switch string(low[:len(name)]) {
	case "content-encoding", "content-range", "content-type", "expect", "host", "location", "max-forwards",
		"proxy-authenticate", "range", "set-cookie", "www-authenticate":
		return true
	}
	return false
}

// lower copies b to dst in lower case.
func lower(dst, b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst[i] = c
	}
}

// isToken tells whether b is a token, RFC 9110 §5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) < 0 {
			return false
		}
	}
	return len(b) > 0
}
