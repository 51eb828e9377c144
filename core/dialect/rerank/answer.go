package rerank

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of an answer that are looked at.
const (
	answerResults = iota
	answerModel
	answerError
	answerSearches
	answerTokens // the first of the places where counts of tokens stand, the best first
)

var answerPaths = jsonscan.NewPaths("results", "model", "error",
	"meta.billed_units.search_units",
	"usage.prompt_tokens", "usage.total_tokens", // Jina, vLLM, Together
	"meta.billed_units.input_tokens", "meta.tokens.input_tokens", "tokens.input_tokens") // Cohere, SiliconFlow

// maxKeptError bounds how much of an upstream's error answer is kept, in bytes.
const maxKeptError = 64 << 10

// Answer reads usage and model off a whole answer. One without results is
// CodeUpstreamInvalid; one that holds an error in spite of its status is
// CodeUpstreamStatus and carries the answer. Only the form is checked, not every
// byte.
//
// Tokens are the prompt's. A provider that bills searches (Cohere) may report no
// tokens beside them: they are then estimated from the size of the request.
func (Dialect) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	var found [9]jsonscan.Value
	if err := answerPaths.Read(body, found[:]); err != nil {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	if k := found[answerError].Kind; k == jsonscan.ObjectKind || k == jsonscan.String {
		e := &core.Error{
			Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
			Message: "The upstream answered with status 200 but reported an error.",
		}
		if len(body) <= maxKeptError {
			e.Upstream = &core.UpstreamAnswer{Status: 200, ContentType: "application/json", Body: ex.Copy(body)}
		}
		return e
	}
	if found[answerResults].Kind != jsonscan.ArrayKind {
		return notOurs("The upstream's answer has no \"results\" and so ranks nothing.")
	}
	if at.Model == nil && found[answerModel].Kind == jsonscan.String {
		at.Model = ex.Copy(found[answerModel].Text(body))
	}
	setUsage(&at.Usage, body, found[:], memoryOf(ex).body)
	return nil
}

// setUsage sets u to what an answer reports, if it reports anything. size is that
// of the request in bytes.
func setUsage(u *core.Usage, body []byte, found []jsonscan.Value, size int) {
	searches := count(body, found[answerSearches])
	for _, v := range found[answerTokens:] {
		if n := count(body, v); n > 0 {
			*u = core.Usage{InputUncached: n, Searches: searches, Reported: true}
			return
		}
	}
	if searches > 0 {
		const bytesPerToken = 4 // of English text
		tokens := int64(size+bytesPerToken-1) / bytesPerToken
		*u = core.Usage{InputUncached: tokens, Searches: searches, Reported: true, Estimated: true}
	}
}

// count returns a count in [1, core.MaxTokens], else 0. Cohere writes whole
// numbers with a fraction of zero.
func count(body []byte, v jsonscan.Value) int64 {
	if v.Kind != jsonscan.Number {
		return 0
	}
	if n, err := jsonscan.Int(body, v); err == nil {
		if n < 0 || n > core.MaxTokens {
			return 0
		}
		return n
	}
	f, err := jsonscan.Float(body, v)
	if n := int64(f); err == nil && f >= 0 && f <= core.MaxTokens && float64(n) == f {
		return n
	}
	return 0
}

// AnswerParts appends the parts of a whole answer: the documents that it returns.
// See [leaf.Memory.AnswerParts].
func (Dialect) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	return memoryOf(ex).AnswerParts(ex, answerForm, body, dst)
}

// UnknownInAnswer is [Dialect.Unknown] for a whole answer.
func (Dialect) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, answerForm, body)
}

// SpliceAnswer returns body with the edits of parts applied, nil where nothing was
// edited. See [leaf.Memory.SpliceAnswer].
func (Dialect) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	return memoryOf(ex).SpliceAnswer(ex, answerForm, body, parts)
}
