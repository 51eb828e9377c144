package gemini

import (
	"bytes"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// call is what a path asks for.
type call struct {
	op     core.Operation
	model  []byte // as it stands in the path, without "models/"; empty for a listing
	stream bool
	batch  bool // batchEmbedContents
	verb   []byte
}

// Match tells which operation a path asks for by the verb behind its last colon:
// {version}/models/{model}:{verb}, also with tunedModels in place of models, and
// with publishers/google or a project and location in front, as Vertex AI has it.
//
// /v1beta/models and /v1beta/models/{model} without a verb are listings of models.
// Those below /v1 are OpenAI's.
func (Dialect) Match(path []byte) core.Operation { return parse(path).op }

// Claims tells whether a request is one of Google's clients: it asks for something
// of a version that no other API has, such as a verb which is not served, or names
// its key as they do, in a header field or in the query.
func (Dialect) Claims(r *core.Request) bool {
	if bytes.HasPrefix(r.Path, []byte("/v1beta/")) || bytes.HasPrefix(r.Path, []byte("/v1alpha/")) {
		return true
	}
	if h := r.Headers; h != nil && (len(h.Get("X-Goog-Api-Key")) > 0 || len(h.Get("X-Goog-Api-Client")) > 0) {
		return true
	}
	return len(queryValue(r.Query, "key")) > 0
}

// queryValue returns the first value of a field of the query as it stands there,
// nil where there is none.
func queryValue(query []byte, name string) []byte {
	for len(query) > 0 {
		var field []byte
		field, query, _ = bytes.Cut(query, []byte("&"))
		if key, value, ok := bytes.Cut(field, []byte("=")); ok && string(key) == name {
			return value
		}
	}
	return nil
}

// parse takes a path apart. Paths are compared exactly but for the colon before the
// verb, because a trailing slash or an escaped letter would reach another place at
// some upstreams.
func parse(path []byte) call {
	version, rest, ok := bytes.Cut(bytes.TrimPrefix(path, []byte("/")), []byte("/"))
	if !ok || len(path) == 0 || path[0] != '/' || !isVersion(version) {
		return call{}
	}
	rest, long := place(rest)
	if rest == nil {
		return call{}
	}
	listing := !long && string(version) != "v1"
	if listing && string(rest) == "models" {
		return call{op: core.OpModels}
	}
	model, plain := bytes.CutPrefix(rest, []byte("models/"))
	if !plain && !bytes.HasPrefix(rest, []byte("tunedModels/")) {
		return call{}
	}
	colon, verb := lastColon(model)
	if colon > 0 {
		if c := asked(model[:colon], model[verb:]); c.op != core.OpNone {
			return c
		}
	}
	if bytes.IndexByte(model, ':') < 0 && plain && listing && len(model) > 0 && bytes.IndexByte(model, '/') < 0 {
		return call{op: core.OpModels, model: model}
	}
	return call{}
}

// asked is the call that a verb names; one without an operation for another verb.
func asked(model, verb []byte) call {
	c := call{model: model, verb: verb}
	switch string(verb) {
	case "generateContent":
		c.op = core.OpChat
	case "streamGenerateContent":
		c.op, c.stream = core.OpChat, true
	case "countTokens":
		c.op = core.OpCountTokens
	case "embedContent":
		c.op = core.OpEmbeddings
	case "batchEmbedContents":
		c.op, c.batch = core.OpEmbeddings, true
	}
	return c
}

// lastColon returns where the last colon of a path stands and where what is behind
// it begins; -1 without one. Clients that build the path of one escaped segment
// write it as %3A, which says the same (RFC 3986 §2.2 and §3.3: a colon is no
// delimiter within a segment).
func lastColon(path []byte) (at, behind int) {
	for at := len(path) - 1; at >= 0; at-- {
		switch path[at] {
		case ':':
			return at, at + 1
		case '%':
			if hex := path[at+1:]; len(hex) >= 2 && hex[0] == '3' && hex[1]|0x20 == 'a' {
				return at, at + 3
			}
		}
	}
	return -1, -1
}

func isVersion(v []byte) bool {
	switch string(v) {
	case "v1", "v1beta", "v1alpha", "v1beta1":
		return true
	}
	return false
}

// place passes over what stands in front of "models/" at Vertex AI, and tells
// whether there was something. It returns nil for a path of another form.
func place(rest []byte) (after []byte, long bool) {
	if after, ok := bytes.CutPrefix(rest, []byte("projects/")); ok {
		project, after, _ := bytes.Cut(after, []byte("/"))
		after, isPlace := bytes.CutPrefix(after, []byte("locations/"))
		location, after, ok := bytes.Cut(after, []byte("/"))
		if !ok || !isPlace || len(project) == 0 || len(location) == 0 {
			return nil, true
		}
		rest, long = after, true
	}
	if after, ok := bytes.CutPrefix(rest, []byte("publishers/google/")); ok {
		return after, true
	}
	return rest, long
}

const maxModel = 256 // bytes of a model's name

// scanModel sets the model from the path. Some clients put "models/" twice.
func scanModel(ex *core.Exchange, escaped []byte) *core.Error {
	model, ok := unescape(ex, escaped)
	if !ok || !utf8.Valid(model) {
		return leaf.Invalid("model", "stands in the path with a malformed escape; write %%XX with two hexadecimal digits, and UTF-8")
	}
	model = bytes.TrimPrefix(model, []byte("models/"))
	if len(model) == 0 {
		return leaf.Invalid("model", "is empty; name the model to use in the path")
	}
	if len(model) > maxModel {
		return leaf.Invalid("model", "is longer than %d bytes", maxModel)
	}
	ex.Request.Model = model
	return nil
}

// unescape decodes %XX (RFC 3986 §2.1) into the memory of ex; without any it
// returns b itself.
func unescape(ex *core.Exchange, b []byte) ([]byte, bool) {
	if bytes.IndexByte(b, '%') < 0 {
		return b, true
	}
	out := ex.Alloc(len(b))[:0]
	for i := 0; i < len(b); i++ {
		if b[i] != '%' {
			out = append(out, b[i])
			continue
		}
		if i+2 >= len(b) {
			return nil, false
		}
		high, ok1 := hexDigit(b[i+1])
		low, ok2 := hexDigit(b[i+2])
		if !ok1 || !ok2 {
			return nil, false
		}
		out = append(out, high<<4|low)
		i += 2
	}
	return out, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
