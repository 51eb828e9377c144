// Package keys authenticates requests by virtual keys.
//
// A key is looked up by its digest, so that neither this package nor its source
// holds a secret, and the work is the same for a known key and an unknown one.
package keys

import (
	"bytes"
	"crypto/sha256"
	"net/url"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxKey bounds a credential in bytes: the fields come from strangers.
const maxKey = 512

// Authenticator finds the consumer of a virtual key in a [core.KeySource].
type Authenticator struct{ source core.KeySource }

// New returns an authenticator over source, which must be safe for concurrent
// use.
func New(source core.KeySource) *Authenticator { return &Authenticator{source: source} }

// Authenticate takes the key from "Authorization: Bearer", or else from
// x-api-key, api-key, x-goog-api-key or the query parameter key, whichever SDK
// sent it. Every refusal has the same text.
func (a *Authenticator) Authenticate(ex *core.Exchange) (*core.Consumer, *core.Error) {
	key := credential(ex.Request.Headers)
	if key == nil {
		key = fromQuery(ex.Request.Query)
	}
	if len(key) == 0 || len(key) > maxKey {
		return nil, refused()
	}
	c, ok := a.source.Lookup(sha256.Sum256(key))
	if !ok {
		return nil, refused()
	}
	return c, nil
}

func refused() *core.Error {
	return core.ClientErrorf(core.CodeUnauthenticated, "",
		"The virtual key is missing or not valid. Send it as \"Authorization: Bearer <key>\".")
}

func credential(h core.Headers) []byte {
	if v := h.Get("Authorization"); len(v) > 0 {
		const scheme = "Bearer "
		if len(v) <= len(scheme) || string(v[:len(scheme)]) != scheme && !bytes.EqualFold(v[:len(scheme)], []byte(scheme)) {
			return nil
		}
		return trim(v[len(scheme):])
	}
	for _, name := range [...]string{"X-Api-Key", "Api-Key", "X-Goog-Api-Key"} {
		if v := h.Get(name); len(v) > 0 {
			return trim(v)
		}
	}
	return nil
}

// fromQuery returns the key of Google's clients, which some put into the query:
// "key=KEY", escaped.
func fromQuery(query []byte) []byte {
	for len(query) > 0 {
		pair, rest, _ := bytes.Cut(query, []byte("&"))
		if v, ok := bytes.CutPrefix(pair, []byte("key=")); ok {
			if bytes.IndexByte(v, '%') < 0 && bytes.IndexByte(v, '+') < 0 {
				return v
			}
			plain, err := url.QueryUnescape(string(v))
			if err != nil {
				return nil
			}
			return []byte(plain)
		}
		query = rest
	}
	return nil
}

// trim returns key without the white space around it, of which there mostly is
// none.
func trim(key []byte) []byte {
	if len(key) > 0 && key[0] > ' ' && key[len(key)-1] > ' ' && key[0]|key[len(key)-1] < 0x80 {
		return key
	}
	return bytes.TrimSpace(key)
}

var _ core.Authenticator = (*Authenticator)(nil)
