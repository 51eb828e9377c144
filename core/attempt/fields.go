package attempt

import (
	"bytes"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
)

// clientFields are the header fields of a client that go upstream. All others
// stay here: credentials, cookies, what proxies say about the client's address,
// and what rules one connection only. Adding to them is [Config.Forward].
var clientFields = []string{"Idempotency-Key"}

// never lists fields that no configuration can pass on.
var never = []string{
	"Authorization", "Proxy-Authorization", "Proxy-Authenticate", "Cookie", "Set-Cookie",
	"Host", "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Content-Length", "Expect", "Accept-Encoding", "Content-Encoding", "Forwarded", "Via",
	"X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Real-Ip",
}

// checkForward returns the canonical names of the fields to pass on.
func checkForward(names []string) ([]string, error) {
	out := slices.Clone(clientFields)
	for _, name := range names {
		n := textproto.CanonicalMIMEHeaderKey(name)
		if slices.Contains(never, n) || strings.HasPrefix(n, "X-Forwarded-") || strings.ContainsRune(n, '_') {
			return nil, fmt.Errorf("attempt: the header field %q of a client is never passed on", name)
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// addFields fills the header of the attempt: ours, the client's allowed ones,
// then the provider's fixed ones, which win.
func (l *Loop) addFields(ex *core.Exchange, at *core.Attempt) {
	r := &at.Request
	accept := "application/json"
	if ex.Request.Stream {
		accept = "text/event-stream"
	}
	r.Header = append(r.Header,
		core.Header{Name: "User-Agent", Value: l.agent},
		core.Header{Name: "Accept", Value: accept},
		core.Header{Name: "Accept-Encoding", Value: "identity"},
		core.Header{Name: "Content-Type", Value: contentType(ex)},
		core.Header{Name: "X-Request-Id", Value: borrowed(ex.ID.Append(ex.Alloc(36)[:0]))},
	)
	p := at.Deployment.Provider
	if h := ex.Request.Headers; h != nil {
		passOn(r, h, l.forward)
		passOn(r, h, p.Forward)
	}
	for _, f := range p.Header {
		r.Set(f.Name, f.Value)
	}
	for _, f := range p.Defaults {
		if !slices.ContainsFunc(r.Header, func(h core.Header) bool { return h.Name == f.Name }) {
			r.Header = append(r.Header, f)
		}
	}
}

// passOn adds those of the client's fields that are named, each as often as it is
// there: a list may stand on several lines (RFC 9110 §5.3), such as anthropic-beta.
func passOn(r *core.UpstreamRequest, h core.Headers, names []string) {
	more, _ := h.(core.HeaderRepeater)
	for _, name := range names {
		v := h.Get(name)
		if len(v) == 0 || listed(h.Get("Connection"), name) {
			continue
		}
		for n := 1; len(v) > 0; n++ {
			r.Header = append(r.Header, core.Header{Name: name, Value: borrowed(v)})
			if v = nil; more != nil {
				v = more.GetAt(name, n)
			}
		}
	}
}

// contentType returns the type of the body. That of a raw call is the client's own,
// which may hold the boundary of a form. All else was read as JSON, and must be read as
// such again: a charset or another type would make another document of it (law 2).
func contentType(ex *core.Exchange) string {
	if h := ex.Request.Headers; h != nil && ex.Request.Operation == core.OpRaw {
		if v := h.Get("Content-Type"); len(v) > 0 {
			return borrowed(v)
		}
	}
	return "application/json"
}

// listed tells whether a Connection field names the field, which then belongs
// to that one connection.
func listed(connection []byte, name string) bool {
	for len(connection) > 0 {
		item, rest, _ := bytes.Cut(connection, []byte(","))
		if strings.EqualFold(borrowed(bytes.TrimSpace(item)), name) {
			return true
		}
		connection = rest
	}
	return false
}

// borrowed returns b as a string without a copy. b belongs to the exchange,
// which does not change it and outlives the attempt that the string is for.
func borrowed(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the contract is above
}
