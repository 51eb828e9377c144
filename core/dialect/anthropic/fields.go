package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
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
// its clients do.
func (Messages) Claims(r *core.Request) bool {
	return r.Headers != nil && len(r.Headers.Get("Anthropic-Version")) > 0
}

// Fields sets request-id, where Anthropic's SDKs look for the id, and
// x-should-retry: false where a retry cannot help though the status suggests it.
func (Messages) Fields(ex *core.Exchange, e *core.Error, set func(name, value string)) {
	set("Request-Id", ex.ID.String())
	if e != nil && e.Code == core.CodeBudgetExceeded {
		set("X-Should-Retry", "false")
	}
}
