package openai

import "github.com/sallyport-gateway/sallyport/core"

// Parts opens the levels of the request that the table of string leaves knows
// and fills ex.Prompt. Texts without escapes alias ex.Request.Body; the others
// are decoded into the memory of ex.
//
// It refuses what law 2 refuses in each object it opens, and messages that are
// no objects or do not say who speaks; the error names the place.
func (Chat) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	return m.Prompt(ex, requestForm, &m.top)
}

// Unknown returns the JSON paths of the request's string leaves that no row of
// [requestLeaves] names, or that it calls opaque: what a guard cannot judge. It
// is to be called after [Chat.Scan].
func (Chat) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, requestForm, &m.top)
}
