package httpwasm

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// stage is what a guest is called for.
type stage uint8

const (
	starting stage = iota
	request        // handle_request
	response       // handle_response
)

// guest is one guest and the exchange that it serves.
type guest struct {
	host    *wasm.ForeignGuest
	initial uint32 // the features that it enabled when it started

	m        *core.EdgeMessage // nil while starting
	stage    stage
	features uint32 // of this exchange
	ctx      uint32 // what handle_request gave for handle_response
	read     [2]int // bytes that read_body gave of each body
	wrote    [2]bool
	added    int      // bytes of header fields that it set
	list     [][]byte // scratch
}

// Started implements [wasm.ForeignRunner].
func (g *guest) Started() {}

// Buffers implements [wasm.ForeignRunner].
func (g *guest) Buffers() bool { return g.collects(g.initial) }

// collects tells whether a guest with these features can change answers.
func (g *guest) collects(features uint32) bool {
	return features&BufferResponse != 0 && g.host.Has(exportResponse)
}

// Request implements [wasm.ForeignRunner].
func (g *guest) Request(m *core.EdgeMessage) (next, waits bool, err error) {
	g.m, g.stage, g.features = m, request, g.initial
	g.read, g.wrote, g.added = [2]int{}, [2]bool{}, 0
	if g.collects(g.features) {
		m.Buffer = true
	}
	packed, err := g.host.Call(exportRequest)
	if err != nil {
		return false, false, err
	}
	if uint32(packed) == 0 {
		if m.Status == 0 {
			m.Status = 200
		}
		return false, false, nil
	}
	g.ctx = uint32(packed >> 32)
	return true, g.host.Has(exportResponse), nil
}

// Answer implements [wasm.ForeignRunner].
func (g *guest) Answer(m *core.EdgeMessage, failed bool) error {
	g.m, g.stage = m, response
	g.read[bodyResponse], g.wrote[bodyResponse] = 0, false
	isError := uint64(0)
	if failed {
		isError = 1
	}
	_, err := g.host.Call(exportResponse, uint64(g.ctx), isError)
	return err
}

// Over implements [wasm.ForeignRunner].
func (g *guest) Over() { g.m, g.stage = nil, starting }

// message returns the exchange's message, and stops a guest that has no exchange.
func (g *guest) message(op, what string) *core.EdgeMessage {
	if g.m == nil {
		g.host.Trap("can't %s %s outside of a request", op, what)
	}
	return g.m
}

// beforeNext stops a guest that wants to do something to a request which went on.
func (g *guest) beforeNext(op, what string) *core.EdgeMessage {
	m := g.message(op, what)
	if g.stage == response {
		g.host.Trap("can't %s %s after next handler", op, what)
	}
	return m
}

// beforeNextOr does so unless a feature allows it.
func (g *guest) beforeNextOr(feature uint32, name, op, what string) *core.EdgeMessage {
	m := g.message(op, what)
	if g.stage == response && g.features&feature == 0 {
		g.host.Trap("can't %s %s after next handler unless %s is enabled", op, what, name)
	}
	return m
}

// answer returns the message for something that is done to its answer.
func (g *guest) answer(op, what string) *core.EdgeMessage {
	return g.beforeNextOr(BufferResponse, "buffer_response", op, what)
}

// enableFeatures: what a guest enables while it starts holds for all exchanges,
// what it enables in handle_request for that one, and later nothing is.
func (g *guest) enableFeatures(s []uint64) {
	known := uint32(s[0]) & (BufferRequest | BufferResponse | Trailers)
	switch g.stage {
	case starting:
		g.initial |= known
		s[0] = uint64(g.initial)
		return
	case request:
		g.features |= known
		if g.collects(g.features) {
			g.m.Buffer = true
		}
	case response:
	}
	enabled := g.features
	if !g.m.CanTrail {
		enabled &^= Trailers
	}
	s[0] = uint64(enabled)
}

func (g *guest) getConfig(s []uint64) { g.put(s, g.host.Config()) }

// levels are the ABI's levels from -1, debug, on.
var levels = [...]abi.Level{abi.LevelDebug, abi.LevelInfo, abi.LevelWarn, abi.LevelError}

func (g *guest) log(s []uint64) {
	level := int64(int32(s[0])) + 1
	if level < 0 || level >= int64(len(levels)) {
		return // none, and what there is not
	}
	g.host.Log(levels[level], g.host.View(s[1], s[2], "message"))
}

func (g *guest) logEnabled(s []uint64) {
	level := int32(s[0])
	s[0] = 0
	if g.host.Logs() && level >= -1 && level < int32(len(levels))-1 {
		s[0] = 1
	}
}

// put writes v to the buffer and limit in s, unless it is larger than that, and
// returns its length.
func (g *guest) put(s []uint64, v []byte) {
	if n := uint64(len(v)); n != 0 && n <= uint64(uint32(s[1])) {
		copy(g.host.View(s[0], n, "buf"), v)
	}
	s[0] = uint64(len(v))
}

func (g *guest) getMethod(s []uint64) { g.put(s, g.message("get", "method").Method) }

func (g *guest) setMethod(s []uint64) {
	m := g.beforeNext("set", "method")
	v := g.host.View(s[0], s[1], "method")
	switch {
	case len(v) == 0:
		g.host.Trap("HTTP method cannot be empty")
	case !isToken(v):
		g.host.Trap("HTTP method %q has a character that is not allowed there", v)
	}
	m.Method, m.Changed = m.Keep(v), true
}

func (g *guest) getURI(s []uint64) {
	uri := g.message("get", "uri").URI
	if len(uri) == 0 {
		uri = []byte("/")
	}
	g.put(s, uri)
}

func (g *guest) setURI(s []uint64) {
	m := g.beforeNext("set", "uri")
	v := g.host.View(s[0], s[1], "uri")
	if len(v) == 0 {
		v = []byte("/")
	}
	if v[0] != '/' {
		g.host.Trap("uri %q does not begin with /", v)
	}
	for _, c := range v {
		if c <= ' ' || c >= 0x7f || c == '#' {
			g.host.Trap("uri %q is not encoded", v)
		}
	}
	m.URI, m.Changed = m.Keep(v), true
}

func (g *guest) getProtocolVersion(s []uint64) {
	g.put(s, abi.View(g.message("get", "protocol version").Protocol))
}

func (g *guest) getSourceAddr(s []uint64) {
	source := ""
	if a := g.message("get", "source address").Source; a != nil {
		source = a.String()
	}
	g.put(s, abi.View(source))
}

func (g *guest) getStatusCode(s []uint64) {
	m := g.answer("get", "status code")
	s[0] = 200
	if m.Status != 0 {
		s[0] = uint64(m.Status)
	}
}

func (g *guest) setStatusCode(s []uint64) {
	m := g.answer("set", "status code")
	code := uint32(s[0])
	if code < 200 || code > 599 {
		g.host.Trap("status code %d is none of 200 to 599", int32(code))
	}
	m.Status = int(code)
}
