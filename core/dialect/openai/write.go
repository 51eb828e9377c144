package openai

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// WriteAnswer appends a chat.completion. Thinking is written as reasoning_content
// and, where it is signed, also as thinking_blocks, which a client sends back;
// citations become annotations; a call's signature stands in extra_content. What
// the dialect has no place for is reported in ex.Dropped.
func (Chat) WriteAnswer(dst []byte, ex *core.Exchange, at *core.Attempt, a *core.Answer) []byte {
	w := answerWriter{out: dst, ex: ex, prefix: chatID, legacy: memoryOf(ex).typed.legacy}
	w.head("chat.completion", a.ID, modelOf(ex, at, a.Model))
	w.raw(`,"choices":[`)
	choices := a.Choices
	if len(choices) == 0 {
		choices = []core.Choice{{}}
	}
	for i := range choices {
		if i > 0 {
			w.raw(",")
		}
		w.choice(a.Parts, &choices[i])
	}
	w.raw("]")
	w.usage(&a.Usage)
	w.raw("}")
	return w.out
}

// answerWriter writes answers and chunks.
type answerWriter struct {
	out    []byte
	ex     *core.Exchange
	prefix string // of ids
	legacy bool   // functions, not tools
}

func (w *answerWriter) raw(s string)       { w.out = append(w.out, s...) }
func (w *answerWriter) bytes(b []byte)     { w.out = append(w.out, b...) }
func (w *answerWriter) quoted(text []byte) { w.out = jsonscan.AppendQuoted(w.out, text) }
func (w *answerWriter) int(n int64)        { w.out = strconv.AppendInt(w.out, n, 10) }

// head opens the object of an answer or a chunk.
func (w *answerWriter) head(object string, id, model []byte) {
	w.raw(`{"id":`)
	w.id(id)
	w.raw(`,"object":"`)
	w.raw(object)
	w.raw(`","created":`)
	w.int(max(w.ex.Start.Unix(), 0))
	w.raw(`,"model":`)
	w.quoted(model)
}

// What ids of this dialect begin with.
const (
	chatID       = "chatcmpl-"
	completionID = "cmpl-"
)

// id writes the provider's id, if it is one of this dialect, else ours.
func (w *answerWriter) id(id []byte) {
	if bytes.HasPrefix(id, []byte(w.prefix)) {
		w.quoted(id)
		return
	}
	w.raw(`"`)
	w.raw(w.prefix)
	w.out = w.ex.ID.Append(w.out)
	w.raw(`"`)
}

// modelOf returns the model that answered, as far as it is known.
func modelOf(ex *core.Exchange, at *core.Attempt, model []byte) []byte {
	switch {
	case len(model) > 0:
		return model
	case at.Deployment != nil && at.Deployment.Model != "":
		return []byte(at.Deployment.Model)
	default:
		return ex.Request.Model
	}
}

func (w *answerWriter) choice(parts []core.Part, c *core.Choice) {
	w.raw(`{"index":`)
	w.int(int64(c.Index))
	w.raw(`,"message":{"role":"assistant"`)
	finish := w.message(ofChoice(parts, c.Index), c.Finish)
	w.raw(`},"logprobs":null,"finish_reason":"`)
	w.raw(finish)
	w.raw(`"}`)
}

// ofChoice returns the parts of one choice, which stand together.
func ofChoice(parts []core.Part, choice int) []core.Part {
	start := 0
	for start < len(parts) && parts[start].Choice != choice {
		start++
	}
	end := start
	for end < len(parts) && parts[end].Choice == choice {
		end++
	}
	return parts[start:end]
}

// message writes the members of a message behind its role, and returns the finish
// reason that fits it.
func (w *answerWriter) message(parts []core.Part, finish core.Finish) string {
	var n [core.NumPartKinds]int
	sealed := false
	for i := range parts {
		p := &parts[i]
		if int(p.Kind) < len(n) {
			n[p.Kind]++
		}
		sealed = sealed || p.Kind == core.PartRedacted || p.Kind == core.PartThinking && hasSeal(p)
	}
	w.raw(`,"content":`)
	if n[core.PartText] > 0 || n[core.PartRefusal]+n[core.PartToolCall]+n[core.PartAudio] == 0 {
		w.joined(parts, core.PartText)
	} else {
		w.raw("null")
	}
	w.raw(`,"refusal":`)
	if n[core.PartRefusal] > 0 {
		w.joined(parts, core.PartRefusal)
	} else {
		w.raw("null")
	}
	if n[core.PartThinking] > 0 {
		w.raw(`,"reasoning_content":`)
		w.joined(parts, core.PartThinking)
	}
	if sealed {
		w.list("thinking_blocks", parts, w.block)
	}
	if n[core.PartCitation] > 0 {
		w.citations(parts)
	}
	if n[core.PartImage] > 0 {
		w.list("images", parts, w.image)
	}
	if n[core.PartAudio] > 0 {
		w.audio(parts)
	}
	w.textSeal(parts)
	if n[core.PartToolCall] > 0 {
		w.calls(parts)
	}
	w.losses(n[:])
	return finishWord(finish, n[core.PartToolCall] > 0, w.legacy)
}

// losses reports the kinds of part that an answer of this dialect cannot have.
func (w *answerWriter) losses(n []int) {
	for _, kind := range [...]core.PartKind{core.PartDocument, core.PartToolResult, core.PartCachePoint, core.PartRaw} {
		if n[kind] > 0 {
			w.lost(kind)
		}
	}
}

// lost reports one kind of part, once.
func (w *answerWriter) lost(kind core.PartKind) {
	loss := "answer." + kind.String() + "=not_supported_by_dialect"
	if !slices.Contains(w.ex.Dropped, loss) {
		w.ex.Dropped = append(w.ex.Dropped, loss)
	}
}

// finishWord returns the finish_reason of a message that calls tools or not, in the
// legacy form or not. Typed clients refuse words that they do not know, so that a reason
// that has none is "stop"; and agents run no tools after that, though some providers say
// it where they call some.
func finishWord(f core.Finish, calls, legacy bool) string {
	if calls && (f == core.FinishNone || f == core.FinishStop) {
		f = core.FinishToolCalls
	}
	switch f {
	case core.FinishToolCalls:
		if calls && legacy {
			return "function_call"
		}
		return f.String()
	case core.FinishLength, core.FinishContentFilter:
		return f.String()
	case core.FinishNone, core.FinishStop, core.FinishOther:
	}
	return "stop"
}

// joined writes the texts of one kind as one string.
func (w *answerWriter) joined(parts []core.Part, kind core.PartKind) {
	w.raw(`"`)
	for i := range parts {
		if parts[i].Kind == kind {
			w.inside(parts[i].Text())
		}
	}
	w.raw(`"`)
}

// inside writes text as the inside of a string.
func (w *answerWriter) inside(text []byte) {
	n := len(w.out)
	w.quoted(text)
	copy(w.out[n:], w.out[n+1:len(w.out)-1])
	w.out = w.out[:len(w.out)-2]
}

// list writes a member that is an array of what write makes of parts; write
// reports false where it writes nothing.
func (w *answerWriter) list(key string, parts []core.Part, write func(*core.Part) bool) {
	w.raw(`,"`)
	w.raw(key)
	w.raw(`":[`)
	start := len(w.out)
	for i := range parts {
		end := len(w.out)
		if end > start {
			w.raw(",")
		}
		if !write(&parts[i]) {
			w.out = w.out[:end]
		}
	}
	w.raw("]")
}

func hasSeal(p *core.Part) bool { return p.Attr != nil && len(p.Attr.Signature) > 0 }

// seal writes the signature of p as a string.
func (w *answerWriter) seal(p *core.Part) {
	w.raw(`"`)
	if hasSeal(p) {
		if len(p.Attr.Source) > 0 && string(p.Attr.Source) != chatName {
			w.inside(leaf.AppendSeal(nil, chatName, p.Attr))
		} else {
			w.inside(p.Attr.Signature)
		}
	}
	w.raw(`"`)
}

// block writes an element of thinking_blocks.
func (w *answerWriter) block(p *core.Part) bool {
	switch p.Kind { //nolint:exhaustive // only thinking
	case core.PartThinking:
		return w.thought(p, p.Text())
	case core.PartRedacted:
		w.raw(`{"type":"redacted_thinking","data":`)
		w.seal(p)
		w.raw("}")
		return true
	}
	return false
}

func (w *answerWriter) thought(p *core.Part, text []byte) bool {
	w.raw(`{"type":"thinking","thinking":`)
	w.quoted(text)
	if hasSeal(p) {
		w.raw(`,"signature":`)
		w.seal(p)
	}
	w.raw("}")
	return true
}

// textSeal writes the signature of a text, if one has one.
func (w *answerWriter) textSeal(parts []core.Part) {
	for i := len(parts) - 1; i >= 0; i-- {
		if p := &parts[i]; p.Kind == core.PartText && hasSeal(p) {
			w.raw(",")
			w.extra(p)
			return
		}
	}
}

// extra writes the member that Google's dialect of this API has for signatures.
func (w *answerWriter) extra(p *core.Part) {
	w.raw(`"extra_content":{"google":{"thought_signature":`)
	w.seal(p)
	w.raw("}}")
}

// calls writes tool_calls, or the legacy function_call, of which there is one.
func (w *answerWriter) calls(parts []core.Part) {
	if w.legacy {
		for i := range parts {
			if parts[i].Kind == core.PartToolCall {
				w.raw(`,"function_call":`)
				w.function(&parts[i])
				return
			}
		}
	}
	n := 0
	w.list("tool_calls", parts, func(p *core.Part) bool {
		if p.Kind != core.PartToolCall {
			return false
		}
		w.raw(`{"id":`)
		w.callID(p.Ref, p.Choice, n)
		w.called(p)
		if hasSeal(p) {
			w.raw(",")
			w.extra(p)
		}
		w.raw("}")
		n++
		return true
	})
}

// called writes what is called: a function, or a custom tool with the input that the
// function's arguments stand for.
func (w *answerWriter) called(p *core.Part) {
	if !memoryOf(w.ex).typed.custom(p.Name) {
		w.raw(`,"type":"function","function":`)
		w.function(p)
		return
	}
	w.raw(`,"type":"custom","custom":{"name":`)
	w.quoted(p.Name)
	w.raw(`,"input":`)
	w.quoted(leaf.FreeTextInput(w.ex, p.Text()))
	w.raw("}")
}

// callID writes the id of the nth call, which it makes up where there is none.
func (w *answerWriter) callID(id []byte, choice, n int) {
	if len(id) > 0 {
		w.quoted(id)
		return
	}
	w.raw(`"call_`)
	w.out = w.ex.ID.Append(w.out)
	w.raw("-")
	w.int(int64(choice))
	w.raw("-")
	w.int(int64(n))
	w.raw(`"`)
}

func (w *answerWriter) function(p *core.Part) {
	w.raw(`{"name":`)
	w.quoted(p.Name)
	w.raw(`,"arguments":`)
	if args := p.Text(); len(args) > 0 {
		w.quoted(args)
	} else {
		w.raw(`"{}"`)
	}
	w.raw("}")
}

// stretch is where the last text of a message lies, in characters.
type stretch struct{ start, end int }

// next moves s to text, which comes next.
func (s *stretch) next(text []byte) { s.start, s.end = s.end, s.end+utf8.RuneCount(text) }

// image writes an element of images, as OpenRouter's dialect of this API has them.
func (w *answerWriter) image(p *core.Part) bool {
	if p.Kind != core.PartImage || p.Attr == nil {
		return false
	}
	w.raw(`{"type":"image_url","image_url":{"url":"`)
	if len(p.Attr.Data) > 0 {
		w.raw("data:")
		w.inside(p.Name)
		w.raw(";base64,")
		w.inside(p.Attr.Data)
	} else {
		w.inside(p.Attr.URL)
	}
	w.raw(`"}}`)
	return true
}

// audio writes the one audio that a message may have.
func (w *answerWriter) audio(parts []core.Part) {
	for i := range parts {
		p := &parts[i]
		if p.Kind != core.PartAudio || p.Attr == nil {
			continue
		}
		w.raw(`,"audio":{"id":"audio_`)
		w.out = w.ex.ID.Append(w.out)
		w.raw(`","expires_at":`)
		w.int(max(w.ex.Start.Unix(), 0))
		w.raw(`,"data":`)
		w.quoted(p.Attr.Data)
		w.raw(`,"transcript":`)
		w.quoted(p.Text())
		w.raw("}")
		return
	}
}
