package server

import (
	"slices"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// corsExposed are the answer's fields that a page may read (Fetch standard,
// "CORS-exposed response-header name"): all, such as the rate limits in each
// dialect's form and a provider's own, which the wildcard may say since no
// credentials of the browser's are asked for; and those for browsers without it.
const corsExposed = "*, X-Request-Id, Request-Id, Retry-After, Retry-After-Ms, X-Sallyport-Dropped, X-Sallyport-Chain" +
	", X-Ratelimit-Limit-Requests, X-Ratelimit-Remaining-Requests, X-Ratelimit-Reset-Requests" +
	", X-Ratelimit-Limit-Tokens, X-Ratelimit-Remaining-Tokens, X-Ratelimit-Reset-Tokens"

// corsMaxAge is how long browsers remember a permission, in seconds.
const corsMaxAge = "600"

// cors lets web pages of the configured origins read the answer
// (https://fetch.spec.whatwg.org/#http-cors-protocol). It returns true when the
// request was a preflight, which is answered. Credentials of the browser's own,
// such as cookies, are never asked for: pages send the virtual key themselves.
func (s *Server) cors(ctx *fasthttp.RequestCtx, st *State) (answered bool) {
	origins := st.Snapshot.Origins
	if len(origins) == 0 {
		return false
	}
	origin := ctx.Request.Header.Peek("Origin")
	if len(origin) == 0 || !slices.Contains(origins, "*") && !slices.Contains(origins, string(origin)) {
		return false
	}
	h := &ctx.Response.Header
	h.SetBytesV("Access-Control-Allow-Origin", origin)
	h.Set("Vary", "Origin")
	asked := ctx.Request.Header.Peek("Access-Control-Request-Method")
	if !ctx.IsOptions() || len(asked) == 0 {
		h.Set("Access-Control-Expose-Headers", corsExposed)
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	path, _ := target(&ctx.Request.Header)
	if slices.ContainsFunc(st.Dialects, func(d core.Dialect) bool { return d.Match(path) == core.OpRaw }) {
		h.Set("Access-Control-Allow-Methods", rawMethods)
	}
	h.Set("Access-Control-Max-Age", corsMaxAge)
	if fields := ctx.Request.Header.Peek("Access-Control-Request-Headers"); len(fields) > 0 {
		h.SetBytesV("Access-Control-Allow-Headers", fields)
	}
	ctx.Response.SetStatusCode(fasthttp.StatusNoContent)
	return true
}
