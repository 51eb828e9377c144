package gemini

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// sentMemory is what the dialect remembers of the chunks that a client has got.
type sentMemory struct {
	id, model []byte
	finished  uint64 // candidates, bit by index
}

// maxSentName bounds what is kept of names, in bytes each.
const maxSentName = 1 << 10

func (s *sentMemory) forget() { *s = sentMemory{id: s.id[:0], model: s.model[:0]} }

// SentEvent notes which candidates have finished, and what the answer is called.
func (Dialect) SentEvent(ex *core.Exchange, data []byte) {
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		return
	}
	s := &memoryOf(ex).sent
	for id := c.Enter(answerKeys); id != jsonscan.NoMember; id = c.Member(answerKeys, id) {
		switch id {
		case answerCandidates:
			s.candidates(&c)
		case answerModel:
			s.model = keep(s.model, data, c.Skip())
		case answerID:
			s.id = keep(s.id, data, c.Skip())
		default:
			c.Skip()
		}
	}
}

// keep returns the first text that there is.
func keep(kept, data []byte, v jsonscan.Value) []byte {
	if len(kept) > 0 || v.Kind != jsonscan.String || v.Len() > maxSentName {
		return kept
	}
	return jsonscan.AppendText(kept, data, v.Span)
}

func (s *sentMemory) candidates(c *jsonscan.Cursor) {
	if !c.AtArray() {
		c.Skip()
		return
	}
	place := int64(0)
	for more := c.EnterArray(); more; more = c.Element() {
		index, finished := place, false
		place++
		if !c.AtObject() {
			c.Skip()
			continue
		}
		for id := c.Enter(candidateKeys); id != jsonscan.NoMember; id = c.Member(candidateKeys, id) {
			switch id {
			case candidateIndex:
				if n, ok := c.Int(); ok {
					index = n
				}
			case candidateFinish:
				v := c.Skip()
				finished = v.Kind == jsonscan.String && v.Len() > 2
			default:
				c.Skip()
			}
		}
		if finished && uint64(index) < maxChoices {
			s.finished |= 1 << index
		}
	}
}

// AppendRefused appends one chunk in which each candidate that has not finished does
// so with the reason SAFETY, and says why in its finishMessage.
func (Dialect) AppendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, message string) []byte {
	s := &memoryOf(ex).sent
	start := len(dst)
	dst = append(dst, `data: {"candidates":[`...)
	first := true
	for i := range min(max(int(ex.Request.Choices), 1), maxChoices) {
		if s.finished>>i&1 != 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, `{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"SAFETY","finishMessage":`...)
		dst = append(jsonscan.AppendQuoted(dst, []byte(message)), `,"index":`...)
		dst = append(strconv.AppendInt(dst, int64(i), 10), '}')
	}
	if first {
		return dst[:start] // it is over
	}
	dst = append(dst, ']')
	if u := &at.Usage; u.Reported || u.Estimated {
		dst = appendUsage(append(dst, ','), u)
	}
	w := &writer{}
	w.name(ex, at, s.id, s.model)
	return append(w.appendNames(dst), "}\n\n"...)
}
