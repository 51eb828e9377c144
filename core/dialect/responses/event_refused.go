package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// AppendRefused ends what is open, says the message as a refusal, in the message that
// is open or in one of its own, and ends the stream with response.incomplete. A call
// that is open is left as it is: no client runs one that is not done.
func (d Dialect) AppendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, message string) []byte {
	s := &memoryOf(ex).sent
	if s.over {
		return dst
	}
	if !s.begun {
		return d.refuse(dst, ex, at, message)
	}
	w := refuser{streamWriter: streamWriter{ex: ex, at: at, out: dst, number: s.number}, s: s}
	said := false
	for i := range s.open {
		b := &s.open[i]
		switch string(b.kind) {
		case "message":
			w.endPart(b)
			if !said {
				w.say(b, message)
				said = true
			}
			w.endItem(b)
		case "reasoning":
			w.endPart(b)
			w.endItem(b)
		}
	}
	if !said {
		b := &sentItem{index: s.next, id: ex.ID.Append([]byte("msg_")), kind: []byte("message")}
		w.added(b)
		w.say(b, message)
		w.endItem(b)
	}
	w.incomplete()
	s.over = true
	return w.out
}

// refuse writes a whole stream that holds nothing but a refusal.
func (d Dialect) refuse(dst []byte, ex *core.Exchange, at *core.Attempt, message string) []byte {
	part := core.Part{Kind: core.PartRefusal, Role: core.RoleAssistant}
	part.SetText([]byte(message))
	dst = d.WriteEvent(dst, ex, at, &core.Event{Kind: core.EventOpen, Part: part})
	dst = d.WriteEvent(dst, ex, at, &core.Event{Kind: core.EventFinish, Finish: core.FinishContentFilter})
	return d.WriteStreamEnd(dst, ex, at)
}

// refuser writes the end of a stream that somebody else began.
type refuser struct {
	streamWriter
	s *sentMemory
}

// of writes an event of an item up to what is its own.
func (w *refuser) of(b *sentItem, kind, index string) {
	w.event(kind)
	w.raw(`,"item_id":"`)
	w.bytes(b.id)
	w.raw(`","output_index":`)
	w.int(int64(b.index))
	w.raw(`,"`)
	w.raw(index)
	w.raw(`":`)
	w.int(int64(b.n))
}

// partWords are what a kind of part is called.
var partWords = [...]struct{ index, done, part, kind, key string }{
	textPart:     {"content_index", "response.output_text.done", "response.content_part.done", "output_text", "text"},
	refusalPart:  {"content_index", "response.refusal.done", "response.content_part.done", "refusal", "refusal"},
	thinkingPart: {"content_index", "response.reasoning_text.done", "response.content_part.done", "reasoning_text", "text"},
	summaryPart:  {"summary_index", "response.reasoning_summary_text.done", "response.reasoning_summary_part.done", "summary_text", "text"},
}

// endPart ends the part of an item that is open, if there is one.
func (w *refuser) endPart(b *sentItem) {
	if b.part == noPart {
		return
	}
	words := &partWords[b.part]
	if !b.ended {
		w.of(b, words.done, words.index)
		w.member(words.key, b.text)
		if b.part == textPart {
			w.raw(`,"logprobs":[]`)
		}
		w.end()
	}
	w.of(b, words.part, words.index)
	w.raw(`,"part":`)
	start := len(w.out)
	w.raw(`{"type":"` + words.kind + `"`)
	w.member(words.key, b.text)
	if b.part == textPart {
		w.raw(`,"annotations":[`)
		w.bytes(b.notes)
		w.raw(`],"logprobs":[]`)
	}
	w.raw("}")
	if len(b.parts) > 0 {
		b.parts = append(b.parts, ',')
	}
	b.parts = append(b.parts, w.out[start:]...)
	w.end()
	b.part = noPart
	b.n++
}

// member writes a member whose text is JSON already.
func (w *refuser) member(key string, inside []byte) {
	w.raw(`,"` + key + `":"`)
	w.bytes(inside)
	w.raw(`"`)
}

// say writes a part that refuses.
func (w *refuser) say(b *sentItem, message string) {
	b.open(refusalPart)
	w.of(b, "response.content_part.added", "content_index")
	w.raw(`,"part":{"type":"refusal","refusal":""}`)
	w.end()
	w.of(b, "response.refusal.delta", "content_index")
	w.raw(`,"delta":`)
	start := len(w.out) + 1
	w.quoted([]byte(message))
	b.text = append(b.text, w.out[start:len(w.out)-1]...)
	w.end()
	w.endPart(b)
}

// item writes the object of an item.
func (w *refuser) item(b *sentItem, status string) {
	w.raw(`{"id":"`)
	w.bytes(b.id)
	w.raw(`","type":"`)
	w.bytes(b.kind)
	w.raw(`","status":"` + status + `"`)
	switch {
	case string(b.kind) != "reasoning":
		w.raw(`,"role":"assistant","content":[`)
	case b.thinks:
		w.raw(`,"summary":[],"content":[`)
	default:
		w.raw(`,"summary":[`)
	}
	w.bytes(b.parts)
	w.raw("]}")
}

func (w *refuser) added(b *sentItem) {
	w.event("response.output_item.added")
	w.raw(`,"output_index":`)
	w.int(int64(b.index))
	w.raw(`,"item":`)
	w.item(b, "in_progress")
	w.end()
}

func (w *refuser) endItem(b *sentItem) {
	w.event("response.output_item.done")
	w.raw(`,"output_index":`)
	w.int(int64(b.index))
	w.raw(`,"item":`)
	start := len(w.out)
	w.item(b, "incomplete")
	w.s.items = w.s.list(w.s.items, w.out[start:])
	w.end()
}

// incomplete writes the last event: the response as it began, with what has become of
// it.
func (w *refuser) incomplete() {
	w.event("response.incomplete")
	w.raw(`,"response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[`)
	w.bytes(w.s.items)
	w.raw(`],"usage":`)
	if u := &w.at.Usage; u.Reported || u.Estimated {
		w.counters(u)
	} else {
		w.raw("null")
	}
	var top jsonscan.Object
	if jsonscan.Scan(w.s.head, nil, &top) == nil {
		for i := range top.Members {
			m := &top.Members[i]
			switch string(m.Key.Of(w.s.head)) {
			case `"status"`, `"incomplete_details"`, `"output"`, `"output_text"`, `"usage"`:
			default:
				w.raw(",")
				w.bytes(w.s.head[m.Key.Start:m.Value.End])
			}
		}
	}
	w.raw("}")
	w.end()
}
