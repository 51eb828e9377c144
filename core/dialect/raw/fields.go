package raw

import (
	"bytes"
	"net/textproto"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// passed are the client's header fields that providers get, passedPrefix what the
// names of others begin with. All others stay here: credentials, cookies, what
// proxies say of the client's address, what rules one connection only, what SDKs
// tell of the client's machine (X-Stainless-*), and what chooses whom the
// provider bills.
var (
	passed = []string{
		"Accept", "Accept-Language", "Content-Encoding", "Content-Language", "Content-Type",
		"If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "Prefer", "Range",
	}
	passedPrefix = []string{"Anthropic-", "Openai-", "X-Amzn-Bedrock-"}
	kept         = []string{"Openai-Organization", "Openai-Project", "Anthropic-Organization-Id", "Anthropic-Workspace-Id"}
	// secretive are words in the names of fields that hold credentials.
	secretive = []string{"Auth", "Cookie", "Credential", "Key", "Password", "Secret", "Token"}
)

// stays are the fields, in canonical form, that a message loses on its way whatever
// passes: they frame it, belong to one connection or say who is on it.
var stays = []string{
	"Accept-Encoding", "Alt-Svc", "Connection", "Content-Length", "Date", "Expect", "Forwarded", "Host", "Keep-Alive", "Proxy-Connection",
	"Server", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip",
}

// crosses tells whether a field of that canonical name is passed on by a dialect
// with a root, in either direction.
func crosses(name string) bool {
	return !slices.Contains(stays, name) && !slices.Contains(kept, name) && !strings.HasPrefix(name, "X-Stainless-") &&
		!core.CarriesCredential(strings.ToLower(name)) && !secret(name)
}

// secret tells whether a name is that of a field which holds a credential.
func secret(name string) bool {
	return slices.ContainsFunc(secretive, func(s string) bool { return strings.Contains(name, s) })
}

// passes tells whether a client's field of that canonical name is passed on.
func (d Dialect) passes(name string) bool {
	if d.Root != "" {
		return crosses(name)
	}
	if slices.Contains(passed, name) {
		return true
	}
	return slices.ContainsFunc(passedPrefix, func(p string) bool { return strings.HasPrefix(name, p) }) &&
		!slices.Contains(kept, name) && !secret(name)
}

// addFields adds the client's fields to those that every attempt has. They
// replace defaults, and the operator's own for the provider win over them.
func (d Dialect) addFields(h core.Headers, at *core.Attempt) *core.Error {
	up, ours := &at.Request, at.Deployment.Provider.Header
	fixed := func(name string) bool {
		return slices.ContainsFunc(ours, func(f core.Header) bool { return f.Name == name })
	}
	var add []core.Header
	bad := ""
	if list, ok := h.(core.HeaderLister); ok {
		connection := h.Get("Connection")
		list.Each(func(name, value []byte) {
			n := textproto.CanonicalMIMEHeaderKey(string(name))
			switch {
			case len(value) == 0 && d.Root == "" || !d.passes(n) || fixed(n) || listed(connection, n):
			case !isText(value):
				bad = n
			default:
				add = append(add, core.Header{Name: n, Value: string(value)})
			}
		})
	}
	if bad != "" {
		return core.ClientErrorf(core.CodeInvalidRequest, "", "The header field %s has a control character.", bad)
	}
	if !slices.ContainsFunc(add, func(f core.Header) bool { return f.Name == "Accept" }) && !fixed("Accept") {
		add = append(add, core.Header{Name: "Accept", Value: "*/*"})
	}
	up.Header = slices.DeleteFunc(up.Header, func(f core.Header) bool {
		return f.Name == "Content-Type" && !fixed(f.Name) || // said by the client or by nobody
			slices.ContainsFunc(add, func(a core.Header) bool { return a.Name == f.Name })
	})
	up.Header = append(up.Header, add...)
	return nil
}

// ofBody are fields that say how a body is to be read, for which it is too late
// behind it.
var ofBody = []string{"Content-Encoding", "Content-Range", "Content-Type"}

// addTrailers adds those of the client's trailers that would cross as header
// fields.
func (d Dialect) addTrailers(r *core.Request, up *core.UpstreamRequest) {
	connection := r.Headers.Get("Connection")
	for _, f := range r.Trailers {
		n := textproto.CanonicalMIMEHeaderKey(string(f.Name))
		if d.passes(n) && !slices.Contains(ofBody, n) && !listed(connection, n) && isText(f.Value) {
			up.Trailers = append(up.Trailers, core.Header{Name: n, Value: string(f.Value)})
		}
	}
}

// listed tells whether a Connection field names the field, which then belongs to
// that one connection.
func listed(connection []byte, name string) bool {
	for item := range bytes.SplitSeq(connection, []byte(",")) {
		if strings.EqualFold(string(bytes.TrimSpace(item)), name) {
			return true
		}
	}
	return false
}

// isText tells whether a value can stand in a header field, RFC 9110 §5.5.
func isText(v []byte) bool {
	return bytes.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) < 0
}

// answered are the provider's header fields that clients get, answeredPrefix what
// the names of others begin with. Among those that stay are cookies, where a
// redirect leads, and what names the operator's organisation.
var (
	answered = []string{
		"Accept-Ranges", "Apim-Request-Id", "Cache-Control", "Content-Disposition", "Content-Language", "Content-Range",
		"Etag", "Expires", "Last-Modified", "Openai-Model", "Openai-Processing-Ms", "Openai-Version", "Ratelimit",
		"Request-Id", "Retry-After", "Retry-After-Ms", "X-Amzn-Requestid", "X-Should-Retry",
	}
	answeredPrefix = []string{"Anthropic-Ratelimit-", "Ratelimit-", "X-Amzn-Bedrock-", "X-Ratelimit-"}
)

// requestID is what the provider's X-Request-Id is called for clients, for whom
// that is the gateway's.
const requestID = "X-Provider-Request-Id"

// AnswerField returns the name under which the provider's header field name (any
// case) is passed on to the client, or "" where it is not.
func (d Dialect) AnswerField(name []byte) string {
	n := textproto.CanonicalMIMEHeaderKey(string(name))
	switch {
	case n == "X-Request-Id":
		return requestID
	case d.Root != "" && n != "Location" && n != "Content-Encoding" && n != "Content-Type" && crosses(n):
		return n // but for where a redirect leads, which may name a key
	case slices.Contains(answered, n), slices.ContainsFunc(answeredPrefix, func(p string) bool { return strings.HasPrefix(n, p) }):
		return n
	}
	return ""
}
