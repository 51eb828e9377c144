package rerank

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/rates"
)

var _ core.Fielder = Dialect{}

// Fields sets the rate limits, in OpenAI's names, which those who serve this dialect
// use as well.
func (Dialect) Fields(ex *core.Exchange, _ *core.Error, clock core.Clock, to core.FieldSetter) {
	rates.OpenAI(ex, clock, to)
}
