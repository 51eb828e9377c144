package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/rates"
)

var _ core.Fielder = Chat{} // and with it all that are made of it

// Fields sets the rate limits.
func (Chat) Fields(ex *core.Exchange, _ *core.Error, clock core.Clock, to core.FieldSetter) {
	rates.OpenAI(ex, clock, to)
}
