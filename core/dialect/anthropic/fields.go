package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/rates"
)

var (
	_ core.Claimer     = Messages{}
	_ core.Fielder     = Messages{}
	_ core.ModelReader = Messages{}
)

// ModelOf returns the name behind /v1/models/.
func (Messages) ModelOf(path []byte) []byte {
	name, ok := bytes.CutPrefix(path, []byte("/v1/models/"))
	if !ok || len(name) == 0 {
		return nil
	}
	return name
}

// RenderModel appends one entry of the listing.
func (Messages) RenderModel(dst []byte, m *core.ModelInfo) []byte { return appendModel(dst, m) }

// Claims tells whether the request names a version of Anthropic's API, which all
// its clients do, or asks for something below /v1/messages.
func (Messages) Claims(r *core.Request) bool {
	return bytes.HasPrefix(r.Path, below) || r.Headers != nil && len(r.Headers.Get("Anthropic-Version")) > 0
}

var below = []byte("/v1/messages/")

// Fields sets request-id, where Anthropic's SDKs look for the id, the rate limits,
// and x-should-retry: false where a retry cannot help though the status suggests it.
func (Messages) Fields(ex *core.Exchange, e *core.Error, clock core.Clock, to core.FieldSetter) {
	to.SetCanonical(requestID, ex.ID.Append(ex.Alloc(36)[:0]))
	rates.Anthropic(ex, clock, to)
	if e != nil && e.Code == core.CodeBudgetExceeded {
		to.SetCanonical(shouldRetry, no)
	}
}

var (
	requestID   = []byte("Request-Id")
	shouldRetry = []byte("X-Should-Retry")
	no          = []byte("false")
)
