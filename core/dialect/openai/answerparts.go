package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// AnswerParts appends the parts of a whole answer, in the order of the document.
// Their IDs count from len(dst). What a guard judges must not be readable in two
// ways: an answer that breaks law 2 is CodeUpstreamInvalid here, though without
// a guard it passes.
func (Chat) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	w := walker{ex: ex, m: memoryOf(ex), doc: body, parts: dst, role: core.RoleAssistant}
	w.answer()
	if w.err != nil {
		return dst, w.err
	}
	for _, p := range w.parts[len(dst):] {
		p.Origin = core.OriginUpstream
	}
	return w.parts, nil
}

// UnknownInAnswer is [Chat.Unknown] for a whole answer and [answerLeaves].
func (Chat) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	w := walker{ex: ex, m: memoryOf(ex), doc: body, role: core.RoleAssistant, report: true}
	w.answer()
	return w.unknown, w.err
}

// answer walks over a whole answer.
func (w *walker) answer() {
	v, err := jsonscan.Validate(w.doc, 0)
	if err == nil {
		w.walk(v, answerForm)
		if w.err == nil {
			return
		}
		err = w.err
	}
	w.err = notOurs("The upstream's answer cannot be judged: it is broken or can be read in two ways.")
	w.err.Cause = err
}

// SpliceAnswer returns body with the edits of parts applied, which must come
// from AnswerParts with the same body, and what derives from edited parts
// replaced by null. It returns nil where nothing was edited. The ranges alias
// body and the memory of ex.
func (Chat) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	m := memoryOf(ex)
	clear(m.splices)
	m.splices = m.splices[:0]
	var list []derived
	for _, p := range parts {
		if !p.Edited() || p.Raw.Len() == 0 {
			continue
		}
		if err := checkEdit(p); err != nil {
			return nil, err
		}
		if list == nil {
			w := walker{ex: ex, m: m, doc: body}
			w.answer()
			if w.err != nil {
				return nil, w.err
			}
			list = append(w.derived, derived{choice: -1}) // not nil from here on
		}
		m.edit(p)
		m.dropDerived(list, p)
	}
	if len(m.splices) == 0 {
		return nil, nil
	}
	return m.render(ex, nil, body), nil
}

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}
