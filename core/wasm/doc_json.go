package wasm

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Of the documents that the json imports know, this host has the instance's
// configuration. The others are StatusUnavailable.

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
			i, err := strconv.ParseUint(name, 10, 31)
			if err != nil || int(i) >= len(v) || len(name) > 1 && name[0] == '0' {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
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
	writeJSON(g, s, s[2:], v)
}

func writeJSON(g *guest, s, to []uint64, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		fail(s, abi.StatusInternal)
		return
	}
	g.charge(len(b))
	g.out(s, to, b)
}

// document finds the value at a path of a document, or fails the call.
func document(g *guest, s []uint64) (any, bool) {
	path, ok := g.in(s[1:])
	switch {
	case !ok:
		fail(s, abi.StatusInvalid)
	case abi.Document(uint32(s[0])) != abi.DocumentConfig:
		fail(s, abi.StatusUnavailable)
	default:
		v, ok := find(g.pool.setup.config, string(path))
		if !ok {
			fail(s, abi.StatusNotFound)
		}
		return v, ok
	}
	return nil, false
}

func jsonGet(g *guest, s []uint64) {
	if v, ok := document(g, s); ok {
		writeJSON(g, s, s[3:], v)
	}
}

// jsonLen returns the number of elements of an array or members of an object,
// else of bytes of the value.
func jsonLen(g *guest, s []uint64) {
	v, ok := document(g, s)
	if !ok {
		return
	}
	switch v := v.(type) {
	case []any:
		s[0] = uint64(uint32(len(v)))
	case map[string]any:
		s[0] = uint64(uint32(len(v)))
	default:
		b, err := json.Marshal(v)
		if err != nil {
			fail(s, abi.StatusInternal)
			return
		}
		s[0] = uint64(uint32(len(b)))
	}
}

// jsonSet is for documents that may be changed; the configuration is none.
func jsonSet(_ *guest, s []uint64) {
	if abi.Document(uint32(s[0])) == abi.DocumentConfig {
		fail(s, abi.StatusDenied)
		return
	}
	fail(s, abi.StatusUnavailable)
}
