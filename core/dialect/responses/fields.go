package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/rates"
)

var _ core.Fielder = Dialect{}

// Fields sets the rate limits.
func (Dialect) Fields(ex *core.Exchange, _ *core.Error, clock core.Clock, to core.FieldSetter) {
	rates.OpenAI(ex, clock, to)
}
