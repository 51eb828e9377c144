package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
)

// Parts opens the levels of the request that the table of string leaves knows
// and fills ex.Prompt. Texts without escapes alias ex.Request.Body; the others
// are decoded into the memory of ex.
//
// It refuses what law 2 refuses in each object it opens, and messages that are
// no objects or do not say who speaks; the error names the place.
func (Chat) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	w := walker{ex: ex, m: m, steps: m.steps[:0], parts: ex.Prompt[:0], messages: m.messages[:0], derived: m.derived[:0]}
	w.request()
	m.steps, m.messages, m.derived = w.steps[:0], w.messages, w.derived
	ex.Prompt = w.parts
	if w.err != nil {
		ex.Prompt = ex.Prompt[:0]
	}
	return w.err
}

// Unknown returns the JSON paths of the request's string leaves that no row of
// [requestLeaves] names, or that it calls opaque: what a guard cannot judge. It
// is to be called after [Chat.Scan].
func (Chat) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	w := walker{ex: ex, m: memoryOf(ex), report: true}
	w.request()
	return w.unknown, w.err
}

// request walks over the whole request, whose top level Scan has read.
func (w *walker) request() {
	w.doc = w.ex.Request.Body
	w.msg, w.role = -1, core.RoleSystem
	w.members(&w.m.top, requestForm)
}
