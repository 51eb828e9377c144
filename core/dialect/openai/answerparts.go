package openai

import "github.com/sallyport-gateway/sallyport/core"

// AnswerParts appends the parts of a whole answer, in the order of the document.
// Their IDs count from len(dst). What a guard judges must not be readable in two
// ways: an answer that breaks law 2 is CodeUpstreamInvalid here, though without
// a guard it passes.
func (Chat) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	return memoryOf(ex).AnswerParts(ex, answerForm, body, dst)
}

// UnknownInAnswer is [Chat.Unknown] for a whole answer and [answerLeaves].
func (Chat) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, answerForm, body)
}

// SpliceAnswer returns body with the edits of parts applied, which must come
// from AnswerParts with the same body, and what derives from edited parts
// replaced by null. It returns nil where nothing was edited. The ranges alias
// body and the memory of ex.
func (Chat) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	return memoryOf(ex).SpliceAnswer(ex, answerForm, body, parts)
}

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}
