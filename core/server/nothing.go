package server

import (
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// nothingHere answers a request that is no dialect's: with what a dialect knows of the
// path, with the path that was most likely meant, or with where everything is.
func (x *exchange) nothingHere() {
	err := core.ClientErrorf(core.CodeUnknownPath, "",
		"There is nothing at %s. Chat is at /v1/chat/completions, the list of models at /v1/models, and what else a provider has below /p/NAME/, where NAME is that of a provider with \"raw: true\".",
		printable(x.Request.Path))
	x.Request.Headers = &x.head
	d := x.state.speakerOf(&x.Request)
	if known, advice := x.state.advice(x.Request.Path); known != nil {
		d, err.Message = known, advice
	} else if near, op, path := x.state.near(x.Request.Path, x.ctx.IsPost()); near != nil {
		if op != core.OpModels { // which dialects share
			d = near
		}
		err.Message = "There is nothing at " + printable(x.Request.Path) + ". If you mean " + printable(path) + ", correct the base URL of your client."
	}
	if missing := x.state.Receive.Available(); missing != nil {
		err = missing // it might have known the path
	}
	if !x.begun {
		x.srv.refuse(x.ctx, x.state, d, err)
		return
	}
	x.Request.Dialect, x.rejected = d, true
	x.fail(err)
}

// advice returns the first dialect with an advice on path, and the advice.
func (s *State) advice(path []byte) (core.Dialect, string) {
	for _, d := range s.Dialects {
		if adviser, ok := d.(core.Adviser); ok {
			if advice := adviser.Advice(path); advice != "" {
				return d, advice
			}
		}
	}
	return nil, ""
}

// mostNear bounds the paths for which a likely one is looked for, in bytes.
const mostNear = 256

// near returns the path that a client with a wrong base URL asks for, with its dialect and
// operation; nil where none is likely. SDKs differ in whether the version belongs to the base URL,
// so that it comes twice or not at all, people give the whole URL of an operation, and
// a slash too many is soon written.
func (s *State) near(path []byte, post bool) (d core.Dialect, op core.Operation, meant []byte) {
	if len(path) > mostNear {
		return nil, core.OpNone, nil
	}
	clean := tidied(path)
	for at := range clean {
		if clean[at] != '/' {
			continue
		}
		if d, op := s.serves(clean[at:], post); d != nil {
			return d, op, clean[at:]
		}
		if before, _ := s.serves(clean[:at], true); at > 0 && before == nil {
			continue // /v1/threads/t1/messages is not /v1/messages
		}
		versioned := append([]byte("/v1"), clean[at:]...)
		if d, op := s.serves(versioned, post); d != nil {
			return d, op, versioned
		}
	}
	return nil, core.OpNone, nil
}

// serves returns the dialect that serves a path by more than passing it on, and the
// operation; nil without one.
func (s *State) serves(path []byte, post bool) (core.Dialect, core.Operation) {
	d, op := s.dialectOf(path, post)
	if op == core.OpRaw {
		return nil, core.OpNone
	}
	return d, op
}

// tidied returns a path with single slashes and none at the end.
func tidied(path []byte) []byte {
	clean := make([]byte, 0, len(path))
	for i, b := range path {
		if b != '/' || i+1 < len(path) && path[i+1] != '/' {
			clean = append(clean, b)
		}
	}
	return clean
}

// unknownModel tells a client that it may not use what it named, if there is such a
// model at all, and which one it most likely means.
func (x *exchange) unknownModel(name []byte) *core.Error {
	meant := ""
	if like := x.likeModel(string(name)); like != "" {
		meant = " Did you mean \"" + like + "\"?"
	}
	return core.ClientErrorf(core.CodeUnknownModel, "model",
		"The model %q does not exist or this key may not use it.%s GET /v1/models lists the models of a key.", printable(name), meant)
}

// likeModel returns the first model that the client may use whose name is written
// otherwise than that or differs by what other gateways and SDKs put in front, such as
// openai/ or models/; "" without one.
func (x *exchange) likeModel(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	for _, m := range x.state.Snapshot.Models {
		if name != "" && strings.EqualFold(name, m.Name[strings.LastIndexByte(m.Name, '/')+1:]) && (x.Consumer == nil || x.Consumer.MayUse(m.Name)) {
			return m.Name
		}
	}
	return ""
}
