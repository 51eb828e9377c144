package gemini

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// WriteAnswer appends a whole answer: a GenerateContentResponse, a count of
// tokens or embeddings. a.Body is what an embeddings provider answered in the form
// that embeddings have between dialects, which is OpenAI's.
//
// A call whose arguments are no JSON object cannot be written. It becomes what
// Gemini itself makes of it: the finish reason MALFORMED_FUNCTION_CALL and a
// message that quotes it. Thoughts that were not asked for are left out, unless
// they are signed: then the provider wants them back.
func (Dialect) WriteAnswer(dst []byte, ex *core.Exchange, at *core.Attempt, a *core.Answer) []byte {
	switch ex.Request.Operation { //nolint:exhaustive // all others are chat
	case core.OpCountTokens:
		return append(strconv.AppendInt(append(dst, `{"totalTokens":`...), a.Usage.Input(), 10), '}')
	case core.OpEmbeddings:
		return appendEmbeddings(dst, a, memoryOf(ex).call.batch)
	}
	w := &memoryOf(ex).writer
	w.reset()
	w.thoughts = memoryOf(ex).thoughts
	w.name(ex, at, a.ID, a.Model)
	for i := range a.Parts {
		dropAnswered(ex, a.Parts[i].Kind)
	}
	dst = append(dst, `{"candidates":[`...)
	for i, n := 0, candidates(a); i < n; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.appendCandidate(dst, a, i)
	}
	dst = append(dst, ']')
	if a.Usage.Reported || a.Usage.Estimated {
		dst = appendUsage(append(dst, ','), &a.Usage)
	}
	return append(w.appendNames(dst), '}')
}

// dropAnswered reports a part of an answer that the dialect has no place for.
func dropAnswered(ex *core.Exchange, kind core.PartKind) {
	if kind == core.PartRaw || kind == core.PartToolResult {
		drop(ex, "answer."+kind.String()+"=not_supported_by_dialect")
	}
}

// candidates returns how many candidates a has, whatever it tells of them.
func candidates(a *core.Answer) int {
	n := len(a.Choices)
	for i := range a.Parts {
		n = max(n, a.Parts[i].Choice+1)
	}
	return min(n, maxChoices)
}

// appendCandidate appends the candidate of choice i.
func (w *writer) appendCandidate(dst []byte, a *core.Answer, i int) []byte {
	finish := core.FinishNone
	for _, c := range a.Choices {
		if c.Index == i {
			finish = c.Finish
		}
	}
	c := w.choice(i)
	dst = append(dst, `{"content":{"parts":[`...)
	start := len(dst)
	for j := range a.Parts {
		if p := &a.Parts[j]; p.Choice == i {
			dst = w.appendPart(dst, c, p, start)
		}
	}
	if len(dst) == start && finish != core.FinishContentFilter {
		dst = append(dst, `{"text":""}`...)
	}
	dst = append(dst, `],"role":"model"}`...)
	c.finish = finish
	dst = append(c.appendFinish(dst), `,"index":`...)
	return append(strconv.AppendInt(dst, int64(i), 10), '}')
}

// appendPart appends a part, with a comma where one begins before it. start is
// where the first of the array stands.
func (w *writer) appendPart(dst []byte, c *choice, p *core.Part, start int) []byte {
	n := len(dst)
	if n > start {
		dst = append(dst, ',')
	}
	var ok bool
	switch p.Kind {
	case core.PartText, core.PartRefusal:
		dst, ok = appendText(dst, p.Text(), p.Attr, false), true
	case core.PartThinking, core.PartRedacted:
		if signed := p.Attr != nil && len(p.Attr.Signature) > 0; w.thoughts || signed {
			dst, ok = appendThought(dst, p.Kind, p.Text(), p.Attr), true
		}
	case core.PartToolCall:
		dst, ok = c.appendCall(dst, p.Name, p.Ref, p.Text(), p.Attr)
	case core.PartImage, core.PartAudio, core.PartDocument:
		dst, ok = appendBlob(dst, p)
	case core.PartCitation:
		c.cite(p.Text(), p.Attr)
	case core.PartToolResult, core.PartCachePoint, core.PartRaw:
	}
	if !ok {
		return dst[:n]
	}
	return dst
}

// appendText appends a part of text.
func appendText(dst, text []byte, a *core.Attr, thinking bool) []byte {
	dst = jsonscan.AppendQuoted(append(dst, `{"text":`...), text)
	if thinking {
		dst = append(dst, `,"thought":true`...)
	}
	return append(appendSigned(dst, a, false), '}')
}

// appendThought appends thinking, of which nothing is to be read where it was
// encrypted.
func appendThought(dst []byte, kind core.PartKind, text []byte, a *core.Attr) []byte {
	if kind == core.PartThinking {
		return appendText(dst, text, a, true)
	}
	dst = append(dst, `{"text":"","thought":true`...)
	return append(appendSigned(dst, a, true), '}')
}

// appendSigned appends the signature as a further member, if there is one.
func appendSigned(dst []byte, a *core.Attr, redacted bool) []byte {
	if a == nil || len(a.Signature) == 0 {
		return dst
	}
	return appendSignature(append(dst, `,"thoughtSignature":`...), a, redacted)
}

// appendCall appends a call, or notes that it is malformed.
func (c *choice) appendCall(dst, name, id, args []byte, a *core.Attr) ([]byte, bool) {
	if len(args) == 0 {
		args = []byte("{}")
	}
	if v, err := jsonscan.Validate(args, 0); err != nil || v.Kind != jsonscan.ObjectKind {
		c.malformed(name, args)
		return dst, false
	}
	dst = append(dst, `{"functionCall":{`...)
	if len(id) > 0 {
		dst = append(jsonscan.AppendQuoted(append(dst, `"id":`...), id), ',')
	}
	dst = jsonscan.AppendQuoted(append(dst, `"name":`...), name)
	dst = append(append(append(dst, `,"args":`...), args...), '}')
	return append(appendSigned(dst, a, false), '}'), true
}

// appendBlob appends data or the place of a file.
func appendBlob(dst []byte, p *core.Part) ([]byte, bool) {
	a := p.Attr
	if a == nil || len(a.Data)+len(a.URL) == 0 {
		return dst, false
	}
	if len(a.Data) > 0 {
		dst = jsonscan.AppendQuoted(append(dst, `{"inlineData":{"mimeType":`...), p.Name)
		dst = jsonscan.AppendQuoted(append(dst, `,"data":`...), a.Data)
	} else {
		dst = jsonscan.AppendQuoted(append(dst, `{"fileData":{"mimeType":`...), p.Name)
		dst = jsonscan.AppendQuoted(append(dst, `,"fileUri":`...), a.URL)
	}
	return append(appendSigned(append(dst, '}'), a, false), '}'), true
}

// What providers say of a source beside the words that they cite: the page's title,
// or that of the document which the client sent.
var titlePaths = jsonscan.NewPaths("title", "document_title")

// titleOf returns the title of a source as a string of JSON, nil where the provider
// told of none.
func titleOf(a *core.Attr) []byte {
	var found [2]jsonscan.Value
	if a == nil || len(a.JSON) == 0 || titlePaths.Read(a.JSON, found[:]) != nil {
		return nil
	}
	for _, v := range found {
		if v.Kind == jsonscan.String && v.Len() > len(`""`) {
			return a.JSON[v.Start:v.End]
		}
	}
	return nil
}

// cite notes a source, for the metadata of its candidate. Providers that say which
// words they cite have the title beside them; the text of the others is the title.
func (c *choice) cite(text []byte, a *core.Attr) {
	if len(c.sources) > 0 {
		c.sources = append(c.sources, ',')
	}
	title := titleOf(a)
	if a == nil || len(a.URL) == 0 {
		c.sources = append(c.sources, `{"retrievedContext":{"text":`...)
		c.sources = jsonscan.AppendQuoted(c.sources, text)
		if title != nil {
			c.sources = append(append(c.sources, `,"title":`...), title...)
		}
		c.sources = append(c.sources, `}}`...)
		return
	}
	c.sources = jsonscan.AppendQuoted(append(c.sources, `{"web":{"uri":`...), a.URL)
	c.sources = append(c.sources, `,"title":`...)
	if title != nil {
		c.sources = append(c.sources, title...)
	} else {
		c.sources = jsonscan.AppendQuoted(c.sources, text)
	}
	c.sources = append(c.sources, `}}`...)
}

// maxQuoted bounds how much of a malformed call the client is told, in bytes.
const maxQuoted = 1024

func (c *choice) malformed(name, args []byte) {
	if c.message != nil {
		return
	}
	c.message = append(c.message, "Malformed function call: "...)
	c.message = append(append(append(c.message, name...), '('), args[:min(len(args), maxQuoted)]...)
	c.message = append(c.message, ')')
}

// appendFinish appends the members that say how a candidate ended.
func (c *choice) appendFinish(dst []byte) []byte {
	word := reasonOf(c.finish)
	if c.message != nil {
		word = "MALFORMED_FUNCTION_CALL"
	}
	if word != "" {
		dst = append(append(append(dst, `,"finishReason":"`...), word...), '"')
	}
	if c.message != nil {
		dst = jsonscan.AppendQuoted(append(dst, `,"finishMessage":`...), c.message)
	}
	if len(c.sources) > 0 {
		dst = append(append(append(dst, `,"groundingMetadata":{"groundingChunks":[`...), c.sources...), "]}"...)
	}
	return dst
}

// reasonOf is the inverse of [finishOf], but that providers of other dialects say of
// an unknown reason only that it is one.
func reasonOf(f core.Finish) string {
	switch f {
	case core.FinishNone:
		return ""
	case core.FinishStop, core.FinishToolCalls:
		return "STOP"
	case core.FinishLength:
		return "MAX_TOKENS"
	case core.FinishContentFilter:
		return "SAFETY"
	default:
		return "OTHER"
	}
}

// appendUsage appends the member usageMetadata. What was written to a cache has
// no place but the prompt's size.
func appendUsage(dst []byte, u *core.Usage) []byte {
	dst = strconv.AppendInt(append(dst, `"usageMetadata":{"promptTokenCount":`...), u.Input(), 10)
	dst = strconv.AppendInt(append(dst, `,"candidatesTokenCount":`...), max(u.Output-u.Reasoning, 0), 10)
	dst = strconv.AppendInt(append(dst, `,"totalTokenCount":`...), u.Total(), 10)
	if u.CacheRead > 0 {
		dst = strconv.AppendInt(append(dst, `,"cachedContentTokenCount":`...), u.CacheRead, 10)
	}
	if u.Reasoning > 0 {
		dst = strconv.AppendInt(append(dst, `,"thoughtsTokenCount":`...), u.Reasoning, 10)
	}
	return append(dst, '}')
}
