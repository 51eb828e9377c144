package server

import (
	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// speakerOf returns the dialect in which the sender of a request is told of errors
// as long as the request is no exchange of one: that of its path, of what else
// clients are known by, or the first.
func (s *State) speakerOf(r *core.Request) core.Dialect {
	for _, d := range s.Dialects {
		switch d.Match(r.Path) {
		case core.OpNone, core.OpModels, core.OpRaw:
		default:
			return d
		}
	}
	return s.claimed(r, s.Dialects[0])
}

// dialectOf returns the first dialect with an operation on path, and that operation;
// nil without one. Nothing is posted to a listing of models, so that a post to what
// looks like the name of a model in one is the operation of a later dialect if there
// is one: /v1/models/m%3AgenerateContent.
func (s *State) dialectOf(path []byte, post bool) (found core.Dialect, op core.Operation) {
	for _, d := range s.Dialects {
		switch o := d.Match(path); {
		case o == core.OpNone || o == core.OpModels && found != nil:
		case o == core.OpModels && post:
			found, op = d, o
		case found == nil || o != core.OpRaw:
			return d, o
		}
	}
	return found, op
}

// speakerFor is speakerOf for a request of which there is a head, or the beginning
// of one.
func (s *State) speakerFor(h *fasthttp.RequestHeader) core.Dialect {
	r := core.Request{Headers: peeked{h}}
	r.Path, r.Query = target(h)
	return s.speakerOf(&r)
}

// speakerAnyhow is speakerFor for a request that made something panic, which may have
// been what tells dialects apart.
func (s *State) speakerAnyhow(h *fasthttp.RequestHeader) (d core.Dialect) {
	defer func() {
		if recover() != nil {
			d = s.Dialects[0]
		}
	}()
	return s.speakerFor(h)
}

// peeked reads the fields of a head that is not an exchange's.
type peeked struct{ h *fasthttp.RequestHeader }

// Get returns the value of the first field of that name, or nil.
func (p peeked) Get(name string) []byte { return p.h.Peek(name) }
