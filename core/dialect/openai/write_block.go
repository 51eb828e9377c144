package openai

import (
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// openCall tells the client of a new call: its id and name, once.
func (w *chunkWriter) openCall(c *choiceWriter, b *blockWriter) {
	b.call = c.calls
	c.calls++
	if w.legacy {
		if b.call == 0 {
			w.begin(c)
			w.raw(`"function_call":{"name":`)
			w.quoted(b.part.Name)
			w.raw(`,"arguments":""}`)
			w.end()
		}
		return
	}
	w.beginCall(c, b)
	w.raw(`,"id":`)
	w.callID(b.part.Ref, c.index, b.call)
	b.custom = memoryOf(w.ex).typed.custom(b.part.Name)
	if b.custom {
		w.raw(`,"type":"custom","custom":{"name":`)
		w.quoted(b.part.Name)
		w.raw(`,"input":""}`)
	} else {
		w.raw(`,"type":"function","function":{"name":`)
		w.quoted(b.part.Name)
		w.raw(`,"arguments":""}`)
	}
	w.endCall(b)
}

func (w *chunkWriter) beginCall(c *choiceWriter, b *blockWriter) {
	w.begin(c)
	w.raw(`"tool_calls":[{"index":`)
	w.int(int64(b.call))
}

// endCall writes the signature of the call, once it is known, and closes it.
func (w *chunkWriter) endCall(b *blockWriter) {
	if hasSeal(&b.part) {
		w.raw(",")
		w.extra(&b.part)
		b.part.Attr.Signature = nil
	}
	w.raw("}]")
	w.end()
}

// delta writes what is new in a block.
func (w *chunkWriter) delta(c *choiceWriter, b *blockWriter, text []byte) {
	b.wrote = true
	switch b.kind {
	case core.PartText:
		c.last.end += utf8.RuneCount(text)
		w.simple(c, "content", text)
		w.run(c, b)
	case core.PartRefusal:
		w.simple(c, "refusal", text)
	case core.PartThinking:
		b.text = append(b.text, text...)
		w.simple(c, "reasoning_content", text)
	case core.PartToolCall:
		w.arguments(c, b, text)
	default:
		b.text = append(b.text, text...)
	}
}

// simple writes a delta of one string.
func (w *chunkWriter) simple(c *choiceWriter, key string, text []byte) {
	w.begin(c)
	w.raw(`"`)
	w.raw(key)
	w.raw(`":`)
	w.quoted(text)
	w.end()
}

func (w *chunkWriter) arguments(c *choiceWriter, b *blockWriter, text []byte) {
	if b.call < 0 {
		w.openCall(c, b)
	}
	if w.legacy {
		if b.call == 0 {
			w.begin(c)
			w.raw(`"function_call":{"arguments":`)
			w.quoted(text)
			w.raw("}")
			w.end()
		}
		return
	}
	if b.custom {
		b.text = append(b.text, text...) // the input is known when they are whole
		return
	}
	w.beginCall(c, b)
	w.raw(`,"function":{"arguments":`)
	w.quoted(text)
	w.raw("}")
	w.endCall(b)
}

// input writes the input of a custom tool, which the arguments stand for.
func (w *chunkWriter) input(c *choiceWriter, b *blockWriter) {
	w.beginCall(c, b)
	w.raw(`,"custom":{"input":`)
	w.quoted(leaf.FreeTextInput(w.ex, b.text))
	w.raw("}")
	w.endCall(b)
}

// close writes what comes when a block is whole.
func (w *chunkWriter) close(c *choiceWriter, b *blockWriter) {
	p := &b.part
	switch b.kind {
	case core.PartToolCall:
		if b.custom {
			w.input(c, b)
		} else if !b.wrote {
			w.arguments(c, b, []byte("{}"))
		} else if hasSeal(p) && !w.legacy {
			w.arguments(c, b, nil)
		}
	case core.PartText:
		if hasSeal(p) {
			w.begin(c)
			w.extra(p)
			w.end()
		}
	case core.PartThinking:
		if hasSeal(p) {
			w.begin(c)
			w.raw(`"thinking_blocks":[`)
			w.thought(p, b.text)
			w.raw("]")
			w.end()
		}
	case core.PartRedacted:
		p.Kind = core.PartRedacted
		w.begin(c)
		w.raw(`"thinking_blocks":[`)
		w.block(p)
		w.raw("]")
		w.end()
	case core.PartCitation:
		w.begin(c)
		key := citationsKey
		if cites(p) {
			key = annotationsKey
		}
		w.raw(`"` + key + `":[`)
		w.citation(p, b.text, c.last)
		w.raw("]")
		w.end()
	case core.PartImage:
		w.closeImage(c, p)
	case core.PartAudio:
		w.closeAudio(c, b)
	case core.PartRefusal:
	case core.PartDocument, core.PartToolResult, core.PartCachePoint, core.PartRaw:
		w.lost(b.kind)
	}
}

func (w *chunkWriter) closeImage(c *choiceWriter, p *core.Part) {
	if p.Attr == nil {
		return
	}
	p.Kind = core.PartImage
	w.begin(c)
	w.raw(`"images":[`)
	w.image(p)
	w.raw("]")
	w.end()
}

func (w *chunkWriter) closeAudio(c *choiceWriter, b *blockWriter) {
	if b.part.Attr == nil {
		return
	}
	w.begin(c)
	w.raw(`"audio":{"id":"audio_`)
	w.out = w.ex.ID.Append(w.out)
	w.raw(`","data":`)
	w.quoted(b.part.Attr.Data)
	w.raw(`,"transcript":`)
	w.quoted(b.text)
	w.raw("}")
	w.end()
}
