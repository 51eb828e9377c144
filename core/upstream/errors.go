package upstream

import (
	"errors"

	"github.com/sallyport-gateway/sallyport/core"
)

// fail makes an error of the upstream's doing. The format takes the provider's
// name; err goes to the log only.
func (h *Host) fail(code core.Code, err error, format string) *core.Error {
	e := core.Errorf(code, format, h.name)
	e.Origin, e.Cause = core.OriginUpstream, err
	return e
}

func (h *Host) overloaded() *core.Error {
	return core.Errorf(core.CodeOverloaded, "all %d connections to provider %q are in use and too many requests wait for one", h.opt.MaxConns, h.name)
}

func (h *Host) late() *core.Error {
	return core.Errorf(core.CodeDeadline, "the time for the whole request ran out while provider %q was working on it", h.name)
}

// cancelled makes the error of a cancelled exchange.
func (h *Host) cancelled(ex *core.Exchange) *core.Error {
	return ex.Cause().Failure("answer", h.late().Message)
}

var (
	errCut        = errors.New("the connection ended before the answer did")
	errStatusOnly = errors.New("the connection ended before an answer came")
	errEncoding   = errors.New("unknown Content-Encoding")
)
