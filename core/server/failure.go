package server

import "github.com/sallyport-gateway/sallyport/core"

// appendFailure appends the event that ends a stream which failed.
func (x *exchange) appendFailure(dst []byte, failure *core.Error) []byte {
	if d, ok := x.Request.Dialect.(core.StreamFailer); ok {
		return d.AppendStreamFailure(dst, &x.Exchange, x.Attempt, failure)
	}
	return x.Request.Dialect.RenderErrorEvent(dst, failure, x.ID)
}
