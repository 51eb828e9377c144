package wasm

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// The json imports know three documents. The instance's configuration is
// decoded, once; the request and the answer are walked as they came, each time,
// since a tree of them would take many times their size.

func isText(b []byte) bool { return utf8.Valid(b) }

// unescape undoes the escapes of a JSON pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// find follows a JSON pointer (RFC 6901), e.g. "/lists/0/words". The empty one
// is the whole document.
func find(doc any, pointer string) (any, bool) {
	if pointer == "" {
		return doc, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for name := range strings.SplitSeq(pointer[1:], "/") {
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[unescape.Replace(name)]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, ok := arrayIndex(name)
			if !ok || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// arrayIndex reads a step of a pointer into an array.
func arrayIndex(name string) (int, bool) {
	i, err := strconv.ParseUint(name, 10, 31)
	return int(i), err == nil && (len(name) == 1 || name[0] != '0')
}

// configGet writes the value at a path: a string as it is, anything else as JSON.
func configGet(g *guest, s []uint64) {
	path, ok := g.in(s)
	if !ok {
		fail(s, abi.StatusInvalid)
		return
	}
	v, ok := find(g.pool.setup.config, string(path))
	if !ok {
		fail(s, abi.StatusNotFound)
		return
	}
	if text, ok := v.(string); ok {
		g.out(s, s[2:], abi.View(text))
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		fail(s, abi.StatusInternal)
		return
	}
	g.charge(len(b))
	g.out(s, s[2:], b)
}

// document finds the value at a path of a document, as JSON, or fails the call.
// The path stands at s[1] and s[2].
func document(g *guest, s []uint64) ([]byte, bool) {
	path, ok := g.in(s[1:])
	if !ok {
		fail(s, abi.StatusInvalid)
		return nil, false
	}
	if abi.Document(uint32(s[0])) == abi.DocumentConfig {
		v, ok := find(g.pool.setup.config, string(path))
		if !ok {
			fail(s, abi.StatusNotFound)
			return nil, false
		}
		b, err := json.Marshal(v)
		if err != nil {
			fail(s, abi.StatusInternal)
			return nil, false
		}
		g.charge(len(b))
		return b, true
	}
	doc := g.document(abi.Document(uint32(s[0])))
	if doc == nil {
		fail(s, abi.StatusUnavailable)
		return nil, false
	}
	g.charge(len(doc)) // before the work, which grows with it
	w := walker{doc: doc}
	switch value, found := w.find(path); {
	case w.bad:
		fail(s, abi.StatusInvalid)
	case !found:
		fail(s, abi.StatusNotFound)
	default:
		return value, true
	}
	return nil, false
}

// document returns the document of the exchange, nil where there is none in this
// phase or the manifest does not ask for it.
func (g *guest) document(d abi.Document) []byte {
	if g.call == nil {
		return nil
	}
	sees := &g.pool.module.manifest.Sees
	switch ex := g.call.Exchange; {
	case d == abi.DocumentRequest && sees.Request && g.call.Phase != core.PhaseReceive: // there it has not been scanned
		return ex.Request.Body
	case d == abi.DocumentAnswer && sees.Answer:
		return g.call.Answer
	default:
		return nil
	}
}

func jsonGet(g *guest, s []uint64) {
	if v, ok := document(g, s); ok {
		g.out(s, s[3:], v)
	}
}

// jsonLen returns the number of elements of an array or members of an object,
// else of bytes of the value.
func jsonLen(g *guest, s []uint64) {
	v, ok := document(g, s)
	if !ok {
		return
	}
	w := walker{doc: v}
	n := w.len()
	if w.bad {
		fail(s, abi.StatusInvalid)
		return
	}
	s[0] = uint64(uint32(n))
}

// jsonSet is refused: what a plugin changes it changes by its reply, whose edits
// the host checks and the next hook sees.
func jsonSet(_ *guest, s []uint64) { fail(s, abi.StatusDenied) }
