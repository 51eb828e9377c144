package anthropic

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// WriteAnswer appends a whole answer: a message, or {"input_tokens"} for the
// counting of tokens.
//
// The arguments of a call must be an object in this dialect. Where the model wrote
// something else (an answer cut short, as a rule) they are given as the one member
// "_invalid_arguments", a string of what it wrote: the tool refuses them, the model
// sees why, and nothing is taken for a call without arguments. An object that is
// written as a string, as some models do, is taken for the object.
//
// A citation that stands behind no text has what it cites for one, since clients send
// texts back and the provider refuses empty ones.
//
// An image that lies elsewhere is a link in a text. Other images, documents and
// sounds, which the dialect has no place for, are left out, with a text that says
// so; they and what else is lost are added to ex.Dropped.
func (Messages) WriteAnswer(dst []byte, ex *core.Exchange, at *core.Attempt, a *core.Answer) []byte {
	if ex.Request.Operation == core.OpCountTokens {
		dst = append(dst, `{"input_tokens":`...)
		return append(strconv.AppendInt(dst, a.Usage.Input(), 10), '}')
	}
	dst = appendHead(dst, ex, at, a.ID, a.Model)
	dst = append(dst, `,"content":[`...)
	w := blocks{ex: ex, at: at}
	dst = w.all(dst, a.Parts)
	dst = append(dst, `],"stop_reason":`...)
	var end core.Choice
	for _, c := range a.Choices {
		if c.Index == 0 {
			end = c
		}
	}
	dst = appendStop(dst, end.Finish, end.Stop, w.called, w.refused)
	dst = append(dst, `,"usage":`...)
	dst = appendUsage(dst, &a.Usage)
	return append(dst, '}')
}

// appendHead appends the beginning of a message.
func appendHead(dst []byte, ex *core.Exchange, at *core.Attempt, id, model []byte) []byte {
	dst = append(dst, `{"id":`...)
	if len(id) > 0 {
		dst = jsonscan.AppendQuoted(dst, id)
	} else {
		dst = append(dst, `"msg_`...)
		dst = hex.AppendEncode(dst, ex.ID[:])
		dst = append(dst, '"')
	}
	dst = append(dst, `,"type":"message","role":"assistant","model":`...)
	switch {
	case len(model) > 0:
	case len(at.Model) > 0:
		model = at.Model
	case at.Deployment != nil && at.Deployment.Model != "":
		return jsonscan.AppendQuoted(dst, []byte(at.Deployment.Model))
	default:
		model = ex.Request.Model
	}
	return jsonscan.AppendQuoted(dst, model)
}

// appendStop appends the reason and then the member stop_sequence. A reason that nobody
// knows is told as the end of a turn: clients take null for an answer that is not over.
func appendStop(dst []byte, f core.Finish, stop []byte, called, refused bool) []byte {
	word := ""
	switch f {
	case core.FinishStop, core.FinishNone, core.FinishOther:
		switch {
		case refused:
			word = "refusal"
		case called: // some providers do not say so
			word = "tool_use"
		case stop != nil:
			word = "stop_sequence"
		default:
			word = "end_turn"
		}
	case core.FinishLength:
		word = "max_tokens"
	case core.FinishToolCalls:
		word = "tool_use"
	case core.FinishContentFilter:
		word = "refusal"
	}
	dst = append(append(append(dst, '"'), word...), `","stop_sequence":`...)
	if word == "stop_sequence" {
		return jsonscan.AppendQuoted(dst, stop)
	}
	return append(dst, "null"...)
}

// appendUsage appends the usage object of a message. What was written to the cache
// is told apart by how long it is kept, as the provider itself does.
func appendUsage(dst []byte, u *core.Usage) []byte { return appendCounts(dst, u, true) }

// appendLastUsage appends the usage object of message_delta, in which the provider
// does not tell that apart. Since message_start comes before a translated answer's
// counts are known, it is told here, where there is something to tell.
func appendLastUsage(dst []byte, u *core.Usage) []byte { return appendCounts(dst, u, u.CacheWrite > 0) }

func appendCounts(dst []byte, u *core.Usage, breakdown bool) []byte {
	dst = append(dst, `{"input_tokens":`...)
	dst = strconv.AppendInt(dst, u.InputUncached, 10)
	dst = append(dst, `,"cache_creation_input_tokens":`...)
	dst = strconv.AppendInt(dst, u.CacheWrite, 10)
	dst = append(dst, `,"cache_read_input_tokens":`...)
	dst = strconv.AppendInt(dst, u.CacheRead, 10)
	if breakdown {
		dst = append(dst, `,"cache_creation":{"ephemeral_5m_input_tokens":`...)
		dst = strconv.AppendInt(dst, u.CacheWrite-u.CacheWriteHour, 10)
		dst = append(dst, `,"ephemeral_1h_input_tokens":`...)
		dst = append(strconv.AppendInt(dst, u.CacheWriteHour, 10), '}')
	}
	dst = append(dst, `,"output_tokens":`...)
	dst = strconv.AppendInt(dst, u.Output, 10)
	if u.Reasoning > 0 {
		dst = append(dst, `,"output_tokens_details":{"thinking_tokens":`...)
		dst = append(strconv.AppendInt(dst, u.Reasoning, 10), '}')
	}
	return append(dst, '}')
}

// blocks writes the blocks of one message.
type blocks struct {
	ex              *core.Exchange
	at              *core.Attempt
	n               int  // blocks so far
	called, refused bool // a call of a tool, a refusal is among them
}

// all appends what becomes of the parts of the first choice.
func (w *blocks) all(dst []byte, parts []core.Part) []byte {
	for i := 0; i < len(parts); i++ {
		p := &parts[i]
		if p.Choice != 0 {
			continue
		}
		cited := i + 1
		if p.Kind == core.PartText || p.Kind == core.PartCitation {
			for cited < len(parts) && parts[cited].Kind == core.PartCitation && parts[cited].Choice == 0 {
				cited++
			}
		}
		dst = w.part(dst, p, parts[i+1:cited])
		i = cited - 1
	}
	return dst
}

// begin appends what stands between two blocks.
func (w *blocks) begin(dst []byte) []byte {
	if w.n++; w.n > 1 {
		dst = append(dst, ',')
	}
	return dst
}

// part appends the block of p and of the citations that belong to it.
func (w *blocks) part(dst []byte, p *core.Part, citations []core.Part) []byte {
	switch p.Kind {
	case core.PartText, core.PartRefusal:
		w.refused = w.refused || p.Kind == core.PartRefusal
		if len(p.Text()) == 0 { // clients send it back, and the provider refuses it
			if len(citations) == 0 {
				return dst
			}
			return w.part(dst, &citations[0], citations[1:])
		}
		dst = append(w.begin(dst), `{"type":"text","text":`...)
		dst = jsonscan.AppendQuoted(dst, p.Text())
		return append(w.citations(dst, citations), '}')
	case core.PartCitation: // one that stands alone
		text := textOfCitation(p.Text(), p.Attr)
		if len(text) == 0 {
			w.ex.Dropped = append(w.ex.Dropped, "answer.citation="+lostMark)
			return dst
		}
		dst = jsonscan.AppendQuoted(append(w.begin(dst), `{"type":"text","text":`...), text)
		return append(w.citations(dst, append([]core.Part{*p}, citations...)), '}')
	case core.PartThinking:
		dst = append(w.begin(dst), `{"type":"thinking","thinking":`...)
		dst = jsonscan.AppendQuoted(dst, p.Text())
		dst = append(dst, `,"signature":`...)
		return append(appendSeal(dst, sourceOf(w.at, p.Attr), signature(p.Attr)), '}')
	case core.PartRedacted:
		return appendRedacted(w.begin(dst), sourceOf(w.at, p.Attr), signature(p.Attr))
	case core.PartToolCall:
		w.called = true
		dst = appendCall(w.begin(dst), w.ex, p.Ref, p.Name, w.n)
		dst = append(appendInput(dst, p.Text()), '}')
		if seal := signature(p.Attr); len(seal) > 0 {
			dst = appendCallSeal(w.begin(dst), sourceOf(w.at, p.Attr), seal)
		}
		return dst
	case core.PartImage, core.PartDocument, core.PartAudio, core.PartRaw, core.PartToolResult, core.PartCachePoint:
		return w.other(dst, p)
	}
	return dst
}

// other appends a part of a kind that answers of this dialect do not have.
func (w *blocks) other(dst []byte, p *core.Part) []byte {
	switch {
	case p.Kind == core.PartCachePoint:
		return dst
	case p.Kind == core.PartRaw && p.Attr != nil && !foreign(p.Attr.Source):
		if v, err := jsonscan.Validate(p.Attr.JSON, 0); err == nil && v.Kind == jsonscan.ObjectKind {
			return appendLine(w.begin(dst), p.Attr.JSON)
		}
	case p.Kind == core.PartAudio && len(p.Text()) > 0:
		dst = append(w.begin(dst), `{"type":"text","text":`...)
		return append(jsonscan.AppendQuoted(dst, p.Text()), '}')
	case p.Kind == core.PartImage && p.Attr != nil && len(p.Attr.URL) > 0:
		text := append(append([]byte("![image]("), p.Attr.URL...), ')')
		dst = append(w.begin(dst), `{"type":"text","text":`...)
		return append(jsonscan.AppendQuoted(dst, text), '}')
	}
	w.ex.Dropped = append(w.ex.Dropped, "answer."+p.Kind.String()+"=not_supported_by_dialect")
	if p.Attr == nil || len(p.Attr.Data) == 0 {
		return dst
	}
	// Said in the answer too: in a stream there is no other place left.
	text := fmt.Sprintf("[%s of %d bytes left out: answers of the Messages API hold none]", p.Kind, base64.StdEncoding.DecodedLen(len(p.Attr.Data)))
	dst = append(w.begin(dst), `{"type":"text","text":`...)
	return append(jsonscan.AppendQuoted(dst, []byte(text)), '}')
}

// textOfCitation is a text for a citation that stands behind none: what it cites, or
// what it is called, or where it lies. It may be empty.
func textOfCitation(text []byte, a *core.Attr) []byte {
	if len(text) > 0 || a == nil {
		return text
	}
	var found [4]jsonscan.Value
	if v, err := jsonscan.Validate(a.JSON, 0); err == nil && attrPaths.ReadIn(a.JSON, v, found[:]) == nil {
		for _, id := range [...]int{attrText, attrTitle, attrURL} {
			if v := found[id]; v.Kind == jsonscan.String && v.Len() > 2 {
				return jsonscan.AppendText(nil, a.JSON, v.Span)
			}
		}
	}
	return a.URL
}

func signature(a *core.Attr) []byte {
	if a == nil {
		return nil
	}
	return a.Signature
}

// appendCall appends the beginning of a tool_use block, up to its input. A call
// without an id gets one that is its own in this answer.
func appendCall(dst []byte, ex *core.Exchange, id, name []byte, n int) []byte {
	dst = append(dst, `{"type":"tool_use","id":`...)
	if len(id) > 0 {
		dst = jsonscan.AppendQuoted(dst, id)
	} else {
		dst = append(dst, `"toolu_`...)
		dst = hex.AppendEncode(dst, ex.ID[:])
		dst = append(dst, '_')
		dst = append(strconv.AppendInt(dst, int64(n), 10), '"')
	}
	dst = append(dst, `,"name":`...)
	dst = jsonscan.AppendQuoted(dst, name)
	return append(dst, `,"input":`...)
}

// appendInput appends the arguments of a call, see [Messages.WriteAnswer].
func appendInput(dst, text []byte) []byte {
	if len(text) == 0 {
		return append(dst, "{}"...)
	}
	v, err := jsonscan.Validate(text, 0)
	if err == nil && v.Kind == jsonscan.String {
		inner := jsonscan.AppendText(nil, text, v.Span)
		if u, err := jsonscan.Validate(inner, 0); err == nil && u.Kind == jsonscan.ObjectKind {
			return append(dst, u.Of(inner)...)
		}
	}
	if err == nil && v.Kind == jsonscan.ObjectKind {
		return append(dst, v.Of(text)...)
	}
	if err == nil && v.Kind == jsonscan.Null {
		return append(dst, "{}"...)
	}
	dst = append(dst, `{"_invalid_arguments":`...)
	return append(jsonscan.AppendQuoted(dst, text), '}')
}

// citations appends the member of that name, where there are any that it can hold.
func (w *blocks) citations(dst []byte, list []core.Part) []byte {
	const name = `,"citations":[`
	before := len(dst)
	dst = append(dst, name...)
	for i := range list {
		from := len(dst)
		if from > before+len(name) {
			dst = append(dst, ',')
		}
		var ok bool
		if dst, ok = appendCitation(dst, list[i].Text(), list[i].Attr); !ok {
			dst = dst[:from]
			loseCitation(w.ex)
		}
	}
	if len(dst) == before+len(name) {
		return dst[:before]
	}
	return append(dst, ']')
}

// loseCitation reports, once, citations of what has no URL and is no document of the
// client's, which this dialect cannot name.
func loseCitation(ex *core.Exchange) {
	const lost = "answer.citation=not_supported_by_dialect"
	if !slices.Contains(ex.Dropped, lost) {
		ex.Dropped = append(ex.Dropped, lost)
	}
}

// The members of a citation's JSON that say of what form it is.
const (
	attrType = iota
	attrTitle
	attrText
	attrURL
)

var attrPaths = jsonscan.NewPaths("type", "title", "cited_text", "url")

// appendCitation appends a citation: one of this dialect as it was, any other as
// the result of a search. It returns false for one without a URL, which is none.
func appendCitation(dst, text []byte, a *core.Attr) ([]byte, bool) {
	var found [4]jsonscan.Value
	var url, json []byte
	if a != nil {
		url = a.URL
		if v, err := jsonscan.Validate(a.JSON, 0); err == nil && attrPaths.ReadIn(a.JSON, v, found[:]) == nil {
			json = v.Of(a.JSON)
		}
	}
	if json != nil && isCitation(found[attrType].Text(a.JSON)) {
		dst = appendLine(dst, json[:len(json)-1])
		if found[attrText].Kind == jsonscan.None {
			dst = append(dst, `,"cited_text":`...)
			dst = jsonscan.AppendQuoted(dst, text)
		}
		if found[attrURL].Kind == jsonscan.None && len(url) > 0 {
			dst = append(dst, `,"url":`...)
			dst = jsonscan.AppendQuoted(dst, url)
		}
		return append(dst, '}'), true
	}
	if len(url) == 0 {
		return dst, false
	}
	dst = append(dst, `{"type":"web_search_result_location","cited_text":`...)
	dst = jsonscan.AppendQuoted(dst, text)
	dst = append(dst, `,"url":`...)
	dst = jsonscan.AppendQuoted(dst, url)
	dst = append(dst, `,"title":`...)
	if t := found[attrTitle]; t.Kind == jsonscan.String {
		dst = append(dst, t.Of(a.JSON)...)
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, `,"encrypted_index":""}`...), true
}

// isCitation tells whether kind is one of this dialect's.
func isCitation(kind []byte) bool {
	switch string(kind) {
	case "char_location", "page_location", "content_block_location", "web_search_result_location", "search_result_location":
		return true
	}
	return false
}

// appendLine appends JSON as one line, so that it may stand in an event.
func appendLine(dst, json []byte) []byte {
	for _, c := range json {
		if c == '\n' || c == '\r' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}
