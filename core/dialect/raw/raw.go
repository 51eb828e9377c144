// Package raw passes calls on to a provider's own API as they are:
//
//	/p/NAME/PATH?QUERY
//
// is PATH?QUERY below the base URL of the provider NAME, and with [Dialect].Root any
// path below that of one provider. Method, path, query and
// body stay the client's; of its header fields those go along that a
// list names. Nothing of the body is read, so whoever must judge prompts or
// answers cannot judge these.
package raw

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
)

// Name is the dialect's name, in the ledger and in [core.Service].
const Name = "raw"

// Dialect is the front half of raw calls. It is stateless and safe for concurrent
// use.
type Dialect struct {
	// Errors writes the errors of the gateway's own, and lists models.
	Errors core.Dialect
	// Root, if not "", makes it the dialect of every path, and is the route that all
	// of them lead to: "p/NAME". It is asked last.
	Root string
}

var (
	_ core.Dialect     = Dialect{}
	_ core.FieldPasser = Dialect{}
)

// Name returns "raw".
func (Dialect) Name() string { return Name }

const prefix = "/p/"

// Match returns OpRaw for every path below /p/, else OpNone. With a Root it returns
// OpRaw for all but the gateway's own pages.
func (d Dialect) Match(path []byte) core.Operation {
	if d.Root != "" {
		switch string(path) {
		case "/healthz", "/readyz", "/metrics":
			return core.OpNone
		}
		return core.OpRaw
	}
	if bytes.HasPrefix(path, []byte(prefix)) {
		return core.OpRaw
	}
	return core.OpNone
}

// split returns the name of the route, "p/NAME", and what follows it in the path:
// nothing, or something that starts with a slash.
func (d Dialect) split(path []byte) (route, rest []byte) {
	if d.Root != "" {
		return []byte(d.Root), path
	}
	end := len(path)
	if i := bytes.IndexByte(path[len(prefix):], '/'); i >= 0 {
		end = len(prefix) + i
	}
	return path[1:end], path[end:]
}

// Scan takes "p/NAME" as the name of the route. It refuses a path that could be
// read as one outside of the provider's base URL, however it is escaped, and a
// query that is none; see [checkPath]. The body is not looked at.
func (d Dialect) Scan(ex *core.Exchange) *core.Error {
	r := &ex.Request
	route, rest := d.split(r.Path)
	r.Model, r.Choices = route, 1
	reason := checkPath(rest)
	if reason == "" {
		reason = checkQuery(r.Query)
	}
	if reason != "" {
		return core.ClientErrorf(core.CodeInvalidRequest, "", "The request target cannot be passed on: %s.", reason)
	}
	return nil
}

// Forward fills at.Request: the client's method and body, its path and query
// below the provider's base URL, and those of its header fields that are passed
// on. The error is CodeInvalidRequest.
func (d Dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	r, up := &ex.Request, &at.Request
	_, rest := d.split(r.Path)
	up.Method = string(r.Method)
	up.Path = target(at.Deployment.Provider.BasePath, rest, r.Query)
	if len(r.Body) > 0 {
		up.Body = append(up.Body, r.Body)
	}
	if len(r.Trailers) > 0 {
		d.addTrailers(r, up)
	}
	return d.addFields(r.Headers, at)
}

// Parts refuses: raw bytes have no parts. Nobody should have asked.
func (Dialect) Parts(*core.Exchange) *core.Error { return noParts() }

// Answer finds nothing.
func (Dialect) Answer(*core.Exchange, *core.Attempt, []byte) *core.Error { return nil }

// AnswerParts refuses as [Dialect.Parts] does.
func (Dialect) AnswerParts(_ *core.Exchange, _ []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	return dst, noParts()
}

// SpliceAnswer refuses as [Dialect.Parts] does.
func (Dialect) SpliceAnswer(*core.Exchange, []byte, []*core.Part) ([][]byte, *core.Error) {
	return nil, noParts()
}

func noParts() *core.Error {
	return core.Errorf(core.CodeInternal, "A raw call has no parts that a plugin could see.")
}

// Event forwards.
func (Dialect) Event(*core.Exchange, *core.Attempt, []byte) core.Disposition {
	return core.EventForward
}

// EndStream calls every stream whole whose last byte came.
func (Dialect) EndStream(*core.Exchange, *core.Attempt) *core.Error { return nil }

// AppendStreamEnd appends nothing.
func (Dialect) AppendStreamEnd(dst []byte) []byte { return dst }

// RenderError appends the error as d.Errors does.
func (d Dialect) RenderError(dst []byte, e *core.Error, id core.ID) []byte {
	return d.Errors.RenderError(dst, e, id)
}

// RenderErrorEvent appends nothing: a raw stream has no form in which to tell an
// error. It is broken off instead.
func (Dialect) RenderErrorEvent(dst []byte, _ *core.Error, _ core.ID) []byte { return dst }

// RenderModels appends the list as d.Errors does.
func (d Dialect) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	return d.Errors.RenderModels(dst, models)
}
