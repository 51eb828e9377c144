package server

import (
	"bytes"
	"net/url"
	"slices"

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
// is one: /v1/models/m%3AgenerateContent. Anything else that is asked for below a
// listing is the name of a model, with colons as Ollama's or slashes: some SDKs
// escape neither. Where a provider gets what has no place here, that of a listed model
// alone: GET /v1beta/models/m/operations/o and DELETE /v1/models/ft:m are the provider's.
func (s *State) dialectOf(path []byte, post bool) (found core.Dialect, op core.Operation) {
	if found, op = s.matched(path, post); post || found != nil && op != core.OpRaw {
		return found, op
	}
	if reader, name := s.reader(path); name != nil && (found == nil || s.lists(name)) {
		return reader, core.OpModels
	}
	return found, op
}

// lists tells whether there is a model of a name that stands in a path.
func (s *State) lists(name []byte) bool {
	plain, err := url.PathUnescape(string(name))
	return err == nil && slices.ContainsFunc(s.Snapshot.Models, func(m core.ModelInfo) bool { return m.Name == plain })
}

// matched is dialectOf by what the dialects say of the path alone.
func (s *State) matched(path []byte, post bool) (found core.Dialect, op core.Operation) {
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

// reader returns the first dialect that finds the name of a model in a path, and the
// name as it stands there; nil without one.
func (s *State) reader(path []byte) (d core.Dialect, name []byte) {
	if bytes.Contains(path, []byte("..")) { // no way out of the listing is a name
		return nil, nil
	}
	for _, d := range s.Dialects {
		if r, ok := d.(core.ModelReader); ok {
			if name := r.ModelOf(path); name != nil {
				return d, name
			}
		}
	}
	return nil, nil
}

// modelOf returns the name of the model that a path asks for, or nil where it asks for
// all. Dialects share the paths of their listings, so that the one which writes the
// answer need not be the one that has the path.
func (s *State) modelOf(path []byte) []byte {
	_, name := s.reader(path)
	return name
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
