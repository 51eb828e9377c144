package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// sentMemory is what the dialect remembers of the chunks that a client has got.
type sentMemory struct {
	head     []byte // of every chunk, framing included, up to its choices
	begun    [maxChoices / 64]uint64
	finished [maxChoices / 64]uint64
	usage    bool
	done     bool
}

func (s *sentMemory) forget() { *s = sentMemory{head: s.head[:0]} }

// headMembers are the members of a chunk that the next one of the stream repeats.
var headKeys = jsonscan.NewKeys("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier")

const (
	headChoices = 4
	headUsage   = 5
)

// SentEvent notes which choices have begun and finished.
func (Chat) SentEvent(ex *core.Exchange, data []byte) {
	s := &memoryOf(ex).sent
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		s.done = s.done || len(data) > 0 && isDone(data)
		return
	}
	keep := len(s.head) == 0
	if keep {
		s.head = append(s.head, "data: {"...)
	}
	n := 0
	for id := c.Enter(headKeys); id != jsonscan.NoMember; id = c.Member(headKeys, id) {
		switch id {
		case headChoices:
			n = s.choices(&c)
		case headUsage:
			s.usage = c.AtObject()
			c.Skip()
		default:
			v := c.Skip()
			if keep && id != jsonscan.Unknown && v.Len() > 0 && v.Len() <= maxHeadValue {
				s.head = append(append(append(s.head, '"'), headKeys.Name(id)...), `":`...)
				s.head = append(append(s.head, v.Of(data)...), ',')
			}
		}
	}
	switch {
	case !keep:
	case n == 0: // some providers say something else before, without an id
		s.head = s.head[:0]
	default:
		s.head = append(s.head, `"choices":[`...)
	}
}

// maxHeadValue bounds what is repeated of a chunk, in bytes each.
const maxHeadValue = 1 << 10

// choices notes the choices of a chunk and returns their number.
func (s *sentMemory) choices(c *jsonscan.Cursor) (n int) {
	if !c.AtArray() {
		c.Skip()
		return 0
	}
	for more := c.EnterArray(); more; more = c.Element() {
		index, finished := int64(n), false
		n++
		if !c.AtObject() {
			c.Skip()
			continue
		}
		for id := c.Enter(choiceKeys); id != jsonscan.NoMember; id = c.Member(choiceKeys, id) {
			switch id {
			case choiceIndex:
				if n, ok := c.Int(); ok {
					index = n
				}
			case choiceFinish:
				v := c.Skip()
				finished = v.Kind == jsonscan.String && v.Len() > 2
			default:
				c.Skip()
			}
		}
		if uint64(index) < maxChoices {
			s.begun[index/64] |= 1 << (index % 64)
			if finished {
				s.finished[index/64] |= 1 << (index % 64)
			}
		}
	}
	return n
}

// AppendRefused ends each choice that has not finished with a refusal, and the
// stream with the usage, if the client asked for it, and [DONE].
func (Chat) AppendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, message string) []byte {
	return appendRefused(dst, ex, at, "chat.completion.chunk", chatID, func(w *answerWriter, begun bool) {
		w.raw(`"delta":{`)
		if !begun {
			w.raw(`"role":"assistant","content":null,`)
		}
		w.raw(`"refusal":`)
		w.quoted([]byte(message))
		w.raw(`}`)
	}, `"delta":{}`)
}

// AppendRefused is [Chat.AppendRefused] for this dialect, which has no refusals: the
// message is not said.
func (Completions) AppendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, _ string) []byte {
	return appendRefused(dst, ex, at, "text_completion", completionID, nil, `"text":""`)
}

// appendRefused writes for each open choice a chunk of what say says, if it is not
// nil, and one of what is empty with the finish reason.
func appendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, object, prefix string, say func(w *answerWriter, begun bool), empty string) []byte {
	s := &memoryOf(ex).sent
	if s.done {
		return dst
	}
	if len(s.head) == 0 {
		h := answerWriter{out: append(s.head, "data: "...), ex: ex, prefix: prefix}
		h.head(object, nil, modelOf(ex, at, nil))
		s.head = append(h.out, `,"choices":[`...)
	}
	w := chunkWriter{answerWriter: answerWriter{out: dst, ex: ex}}
	for i := range max(int(ex.Request.Choices), 1) {
		if i >= maxChoices || s.finished[i/64]>>(i%64)&1 != 0 {
			continue
		}
		if say != nil {
			w.refusedChoice(s, i)
			say(&w.answerWriter, s.begun[i/64]>>(i%64)&1 != 0)
			w.raw(`,"logprobs":null,"finish_reason":null}]`)
			w.endChunk()
		}
		w.refusedChoice(s, i)
		w.raw(empty)
		w.raw(`,"logprobs":null,"finish_reason":"content_filter"}]`)
		w.endChunk()
	}
	if u := &at.Usage; ex.Request.UsageAsked && !s.usage && (u.Reported || u.Estimated) {
		w.bytes(s.head)
		w.raw("]")
		w.usage(u)
		w.raw("}\n\n")
	}
	return Chat{}.AppendStreamEnd(w.out)
}

func (w *chunkWriter) refusedChoice(s *sentMemory, index int) {
	w.bytes(s.head)
	w.raw(`{"index":`)
	w.int(int64(index))
	w.raw(",")
}
