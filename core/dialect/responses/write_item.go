package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// prefix returns what the id of the item begins with.
func (b *outItem) prefix() string {
	switch b.kind {
	case core.PartText:
		return "msg_"
	case core.PartToolCall:
		if b.custom() {
			return "ctc_"
		}
		return "fc_"
	case core.PartImage:
		return "ig_"
	default:
		return "rs_"
	}
}

// id writes the id of the item, without quotes.
func (w *streamWriter) id(b *outItem) {
	w.raw(b.prefix())
	w.out = w.ex.ID.Append(w.out)
	w.raw("-")
	w.int(int64(b.index))
}

// added gives the item its place and writes output_item.added.
func (w *streamWriter) added(b *outItem) {
	b.begun, b.index = true, w.next
	w.next++
	if w.whole {
		return
	}
	w.event("response.output_item.added")
	w.raw(`,"output_index":`)
	w.int(int64(b.index))
	w.raw(`,"item":`)
	w.item(b, "in_progress", false)
	w.end()
}

// item writes the object of an item: as it begins, or as it is when it is done.
func (w *streamWriter) item(b *outItem, status string, full bool) {
	w.raw(`{"id":"`)
	w.id(b)
	w.raw(`","type":"`)
	switch b.kind {
	case core.PartText:
		w.raw("message")
		w.statusOf(status)
		w.raw(`,"role":"assistant","content":[`)
		if full {
			w.bytes(b.content)
		}
		w.raw("]")
	case core.PartToolCall:
		w.call(b, status, full)
	case core.PartImage:
		w.raw("image_generation_call")
		w.statusOf(status)
		w.raw(`,"result":`)
		if full {
			w.quoted(b.attr.Data)
		} else {
			w.raw("null")
		}
	default:
		w.reasoning(b, full)
	}
	w.raw("}")
}

// statusOf ends the member type and writes the status.
func (w *streamWriter) statusOf(status string) {
	w.raw(`","status":"`)
	w.raw(status)
	w.raw(`"`)
}

func (w *streamWriter) call(b *outItem, status string, full bool) {
	name, key := b.name, "arguments"
	if b.tool != nil {
		name = b.tool.name
	}
	if b.custom() {
		w.raw("custom_tool_call")
		key = "input"
	} else {
		w.raw("function_call")
	}
	w.statusOf(status)
	w.raw(`,"call_id":`)
	if len(b.ref) > 0 {
		w.quoted(b.ref)
	} else {
		w.raw(`"call_`)
		w.out = w.ex.ID.Append(w.out)
		w.raw("-")
		w.int(int64(b.index))
		w.raw(`"`)
	}
	if b.tool != nil && len(b.tool.namespace) > 0 {
		w.raw(`,"namespace":`)
		w.quoted(b.tool.namespace)
	}
	w.raw(`,"name":`)
	w.quoted(name)
	w.raw(`,"`)
	w.raw(key)
	w.raw(`":`)
	if full {
		w.quoted(b.text)
	} else {
		w.raw(`""`)
	}
}

func (w *streamWriter) reasoning(b *outItem, full bool) {
	w.raw(`reasoning","summary":[`)
	if full && b.kind == core.PartThinking && len(b.text) > 0 {
		w.summary(b.text)
	}
	w.raw(`],"encrypted_content":`)
	if !full {
		w.raw("null")
		return
	}
	tag := tagBefore
	switch b.kind { //nolint:exhaustive // seals of what stands before
	case core.PartThinking:
		tag = tagSeal
	case core.PartRedacted:
		tag = tagRedacted
	}
	w.out = appendSeal(w.out, tag, sourceOf(w.at, &b.attr), b.attr.Signature)
}

func (w *streamWriter) summary(text []byte) {
	w.raw(`{"type":"summary_text","text":`)
	w.quoted(text)
	w.raw("}")
}

// endItem writes what ends an item and forgets it.
func (w *streamWriter) endItem(b *outItem, status string) {
	sealed := false
	switch b.kind {
	case core.PartText:
		w.endPart(b)
		w.message = nil
		sealed = b.sealed()
	case core.PartCitation:
		w.cite(b)
		w.drop(b)
		return
	case core.PartToolCall:
		w.endCall(b)
		sealed = b.sealed()
	case core.PartThinking:
		w.ready(b)
		if len(b.text) > 0 {
			w.textDone(b, "response.reasoning_summary_text.done", "text")
			w.summaryDone(b)
		}
	case core.PartRedacted:
		w.added(b)
	case core.PartImage:
		if len(b.attr.Data) == 0 {
			w.lost(core.PartImage) // it has no place for a URL
			w.drop(b)
			return
		}
		w.added(b)
	default:
		w.drop(b)
		return
	}
	w.itemDone(b, status)
	w.drop(b)
	switch {
	case !sealed:
	case w.next == b.index+1:
		w.seal(b)
	default: // it must stand behind what it seals
		w.loss("answer.signature")
	}
}

// seal writes an item of reasoning that holds the seal of b, which is done.
func (w *streamWriter) seal(b *outItem) {
	s := outItem{kind: core.PartRaw, attr: b.attr}
	w.added(&s)
	w.itemDone(&s, "completed")
}

// itemDone notes the item for the last event, and writes output_item.done.
func (w *streamWriter) itemDone(b *outItem, status string) {
	out := w.out
	w.out = w.items
	start := len(w.out)
	w.item(b, status, true)
	w.items, w.out = w.out, out
	w.done = append(w.done, doneItem{b.index, start, len(w.items)})
	if w.whole {
		return
	}
	w.event("response.output_item.done")
	w.raw(`,"output_index":`)
	w.int(int64(b.index))
	w.raw(`,"item":`)
	w.bytes(w.items[start:])
	w.end()
}

// endCall writes that the arguments of a call, or the input of a custom tool, are whole.
func (w *streamWriter) endCall(b *outItem) {
	if !b.begun { // one that nobody named
		w.added(b)
		if len(b.text) > 0 {
			w.delta(b, "response.function_call_arguments.delta", b.text)
		}
	}
	if b.custom() {
		if input := leaf.FreeTextInput(w.ex, b.text); len(input) != len(b.text) {
			b.text = append(b.text[:0], input...)
		}
		if len(b.text) > 0 {
			w.delta(b, "response.custom_tool_call_input.delta", b.text)
		}
		w.textDone(b, "response.custom_tool_call_input.done", "input")
		return
	}
	if len(b.text) == 0 {
		b.text = append(b.text, "{}"...)
		w.delta(b, "response.function_call_arguments.delta", b.text)
	}
	w.textDone(b, "response.function_call_arguments.done", "arguments")
}

// eventOf writes an event of an item up to what is its own.
func (w *streamWriter) eventOf(b *outItem, kind string) {
	w.event(kind)
	w.raw(`,"item_id":"`)
	w.id(b)
	w.raw(`","output_index":`)
	w.int(int64(b.index))
	switch b.kind { //nolint:exhaustive // the others have no parts
	case core.PartText:
		w.raw(`,"content_index":`)
		w.int(int64(b.parts))
	case core.PartThinking:
		w.raw(`,"summary_index":0`)
	}
}

// delta writes an event with what is new.
func (w *streamWriter) delta(b *outItem, kind string, text []byte) {
	if w.whole {
		return
	}
	w.eventOf(b, kind)
	w.raw(`,"delta":`)
	w.quoted(text)
	if b.kind == core.PartText && b.part == core.PartText {
		w.raw(`,"logprobs":[]`)
	}
	w.end()
}

// textDone writes the event that repeats all of a text.
func (w *streamWriter) textDone(b *outItem, kind, key string) {
	if w.whole {
		return
	}
	w.eventOf(b, kind)
	if key == "arguments" {
		w.raw(`,"name":`)
		if b.tool != nil {
			w.quoted(b.tool.name)
		} else {
			w.quoted(b.name)
		}
	}
	w.raw(`,"`)
	w.raw(key)
	w.raw(`":`)
	w.quoted(b.text)
	if b.kind == core.PartText && b.part == core.PartText {
		w.raw(`,"logprobs":[]`)
	}
	w.end()
}

func (w *streamWriter) summaryAdded(b *outItem) {
	if w.whole {
		return
	}
	w.eventOf(b, "response.reasoning_summary_part.added")
	w.raw(`,"part":`)
	w.summary(nil)
	w.end()
}

func (w *streamWriter) summaryDone(b *outItem) {
	if w.whole {
		return
	}
	w.eventOf(b, "response.reasoning_summary_part.done")
	w.raw(`,"part":`)
	w.summary(b.text)
	w.end()
}

// partAdded writes that a part of a message begins.
func (w *streamWriter) partAdded(b *outItem) {
	if w.whole {
		return
	}
	w.eventOf(b, "response.content_part.added")
	w.raw(`,"part":`)
	w.part(b)
	w.end()
}

// part writes the open part of a message.
func (w *streamWriter) part(b *outItem) {
	if b.part == core.PartRefusal {
		w.raw(`{"type":"refusal","refusal":`)
		w.quoted(b.text)
		w.raw("}")
		return
	}
	w.raw(`{"type":"output_text","text":`)
	w.quoted(b.text)
	w.raw(`,"annotations":[`)
	w.bytes(b.annotations)
	w.raw(`],"logprobs":[]}`)
}

// endPart ends the open part of a message, if there is one.
func (w *streamWriter) endPart(b *outItem) {
	if !b.inPart {
		return
	}
	if b.part == core.PartRefusal {
		w.textDone(b, "response.refusal.done", "refusal")
	} else {
		w.textDone(b, "response.output_text.done", "text")
	}
	if b.parts > 0 {
		b.content = append(b.content, ',')
	}
	out, start := w.out, len(b.content)
	w.out = b.content
	w.part(b)
	b.content, w.out = w.out, out
	if !w.whole {
		w.eventOf(b, "response.content_part.done")
		w.raw(`,"part":`)
		w.bytes(b.content[start:])
		w.end()
	}
	b.parts++
	b.inPart, b.notes = false, 0
	b.text, b.annotations = b.text[:0], b.annotations[:0]
}
