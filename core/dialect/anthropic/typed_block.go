package anthropic

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of a block of content.
const (
	blockType = iota
	blockText
	blockCitations
	blockCache
	blockSource
	blockTitle
	blockContext
	blockID
	blockName
	blockInput
	blockToolID
	blockContent
	blockIsError
	blockThinking
	blockSignature
	blockData
)

var blockKeys = jsonscan.NewKeys("type", "text", "citations", "cache_control", "source", "title", "context",
	"id", "name", "input", "tool_use_id", "content", "is_error", "thinking", "signature", "data")

// The members of the source of an image or document.
const (
	sourceType = iota
	sourceMedia
	sourceData
	sourceURL
	sourceFile
	sourceContent
)

var sourceKeys = jsonscan.NewKeys("type", "media_type", "data", "url", "file_id", "content")

// The members of a citation.
const (
	citedText = iota
	citedURL
)

var citationKeys = jsonscan.NewKeys("cited_text", "url")

// want returns the string that a member of a block is, nil where it is absent.
// Anything else is an error.
func (rd *reader) want(obj *jsonscan.Object, id int) []byte {
	v := obj.Value(id)
	if v.Kind != jsonscan.String && !leaf.Absent(v) && rd.err == nil {
		rd.err = leaf.Invalid(rd.path()+"."+blockKeys.Name(id), "must be a string, not %s", v.Kind)
	}
	return rd.text(v)
}

// contentBlock reads the block v of a message or of the system prompt.
func (rd *reader) contentBlock(v jsonscan.Value) {
	if v.Kind == jsonscan.String { // some runtimes take bare strings
		rd.part(core.PartText, rd.text(v))
		return
	}
	obj := rd.object(v, blockKeys, levelBlock, "")
	if obj == nil {
		return
	}
	if kind := obj.Value(blockType); kind.Kind != jsonscan.String {
		rd.err = leaf.Missing(rd.path()+".type", "a string that names the kind of the block")
		return
	}
	switch string(rd.text(obj.Value(blockType))) {
	case "tool_use":
		rd.toolUse(obj)
	case "tool_result":
		rd.toolResult(obj)
	case "thinking":
		p := rd.part(core.PartThinking, rd.want(obj, blockThinking))
		p.seal(rd.want(obj, blockSignature))
		p.json(rd.rest(obj, set(blockType, blockThinking, blockSignature, blockCache)))
	case "redacted_thinking":
		rd.redacted(obj)
	case "compaction":
		rd.compaction(v, obj)
		return
	default:
		rd.common(v, obj, levelSource)
		return // its cache mark is read
	}
	if rd.err == nil {
		rd.cacheMark(obj.Value(blockCache))
	}
}

// compaction reads what the provider made of the messages before: a text, if it is
// not encrypted.
func (rd *reader) compaction(v jsonscan.Value, obj *jsonscan.Object) {
	if text := obj.Value(blockContent); text.Kind == jsonscan.String {
		rd.part(core.PartText, rd.text(text)).json(rd.rest(obj, set(blockContent, blockCache)))
		rd.cacheMark(obj.Value(blockCache))
		return
	}
	rd.raw(v, obj)
}

// raw keeps a block as it is, for providers of this dialect.
func (rd *reader) raw(v jsonscan.Value, obj *jsonscan.Object) {
	p := rd.part(core.PartRaw, nil).json(v.Of(rd.doc))
	p.part.Name, p.attr.Source = rd.text(obj.Value(blockType)), []byte(dialectName)
}

// common reads a block that may stand in a message and in the result of a tool,
// cache mark included. source is the level for what lies in it.
func (rd *reader) common(v jsonscan.Value, obj *jsonscan.Object, source int) {
	switch string(rd.text(obj.Value(blockType))) {
	case "text":
		rd.part(core.PartText, rd.want(obj, blockText)).json(rd.rest(obj, set(blockType, blockText, blockCitations, blockCache)))
		if v := obj.Value(blockCitations); v.Kind == jsonscan.ArrayKind {
			rd.citations(v, source)
		} else if !leaf.Absent(v) {
			rd.drop(".citations", leaf.LossType)
		}
	case "image":
		rd.media(obj, core.PartImage, rd.rest(obj, set(blockType, blockSource, blockCache)), source)
	case "document":
		rd.media(obj, core.PartDocument, rd.rest(obj, set(blockType, blockSource, blockCache)|rd.citing(obj, source)), source)
	case "search_result":
		rd.textDocument(obj.Value(blockContent), ".content", rd.rest(obj, set(blockContent, blockCache)|rd.citing(obj, source)), source)
	default:
		rd.raw(v, obj)
		return // the mark is in the value
	}
	if rd.err == nil {
		rd.cacheMark(obj.Value(blockCache))
	}
}

// seal gives the part the signature s.
func (p *typedPart) seal(s []byte) {
	source, seal := leaf.SplitSeal(dialectName, s)
	p.attr.Source = source
	if len(seal) > 0 {
		p.attr.Signature = seal
	}
	p.part.Attr = &p.attr
}

// redacted reads thinking that is encrypted, or the seal of the call before it.
func (rd *reader) redacted(obj *jsonscan.Object) {
	data := rd.want(obj, blockData)
	source, seal, ok := splitCall(data)
	if !ok {
		p := rd.part(core.PartRedacted, nil)
		p.seal(data)
		p.json(rd.rest(obj, set(blockType, blockData, blockCache)))
		return
	}
	for i := rd.m.used - 1; i >= 0 && rd.m.parts[i].part.Msg == rd.msg; i-- {
		if p := rd.m.parts[i]; p.part.Kind == core.PartToolCall {
			p.attr.Source, p.attr.Signature = source, seal
			p.part.Attr = &p.attr
			return
		}
	}
	rd.drop(".data", lostMark)
}

func (rd *reader) toolUse(obj *jsonscan.Object) {
	var input []byte
	if v := obj.Value(blockInput); !leaf.Absent(v) {
		input = v.Of(rd.doc)
	}
	p := rd.part(core.PartToolCall, input)
	p.part.Name, p.part.Ref = rd.want(obj, blockName), rd.want(obj, blockID)
	p.json(rd.rest(obj, set(blockType, blockID, blockName, blockInput, blockCache)))
	if len(p.part.Name) == 0 && rd.err == nil {
		rd.err = leaf.Missing(rd.path()+".name", "a string that names the tool")
		return
	}
	rd.m.calls = append(rd.m.calls, call{p.part.Ref, p.part.Name})
}

// callName returns the name of the tool that was called with that id, or nil.
func (rd *reader) callName(id []byte) []byte {
	for i := len(rd.m.calls) - 1; i >= 0; i-- { // results follow soon on calls
		if bytes.Equal(rd.m.calls[i].id, id) {
			return rd.m.calls[i].name
		}
	}
	return nil
}

// toolResult reads what a tool gave. There is always a PartToolResult, the first
// part of the result, which carries what is said of the whole.
func (rd *reader) toolResult(obj *jsonscan.Object) {
	id := obj.Value(blockToolID)
	if id.Kind != jsonscan.String {
		rd.err = leaf.Missing(rd.path()+".tool_use_id", "a string, the id of the call")
		return
	}
	rd.result, rd.ref = true, rd.text(id)
	rd.name = rd.callName(rd.ref)
	taken := set(blockType, blockToolID, blockContent, blockCache)
	if obj.Value(blockIsError).Kind == jsonscan.False {
		taken |= set(blockIsError) // false goes without saying
	}
	json := rd.rest(obj, taken)
	switch v := obj.Value(blockContent); v.Kind {
	case jsonscan.String:
		rd.part(core.PartText, rd.text(v)).json(json)
	case jsonscan.ArrayKind:
		rd.resultBlocks(v, json)
	case jsonscan.None, jsonscan.Null:
		rd.part(core.PartText, nil).json(json)
	default:
		rd.err = leaf.Invalid(rd.path()+".content", "must be a string or an array of blocks, not %s", v.Kind)
	}
	rd.result, rd.ref, rd.name = false, nil, nil
}

func (rd *reader) resultBlocks(v jsonscan.Value, json []byte) {
	first := len(rd.r.Parts)
	for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
		rd.inner = a.Index()
		elem := a.Value()
		if elem.Kind == jsonscan.String {
			rd.part(core.PartText, rd.text(elem))
			continue
		}
		obj := rd.object(elem, blockKeys, levelInner, "")
		if obj == nil {
			return
		}
		if first == len(rd.r.Parts) && (json != nil || string(rd.text(obj.Value(blockType))) != "text") {
			rd.part(core.PartText, nil).json(json)
		}
		rd.common(elem, obj, levelSource)
	}
	rd.inner = -1
	if first == len(rd.r.Parts) {
		rd.part(core.PartText, nil).json(json)
	}
}

// citations appends what a text cites.
func (rd *reader) citations(v jsonscan.Value, level int) {
	for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
		obj := rd.object(a.Value(), citationKeys, level, element(".citations", a.Index()))
		if obj == nil {
			return
		}
		p := rd.part(core.PartCitation, rd.text(obj.Value(citedText)))
		taken := bits(0)
		for _, id := range [...]int{citedText, citedURL} {
			if obj.Value(id).Kind == jsonscan.String {
				taken |= set(id)
			}
		}
		p.json(rd.rest(obj, taken))
		p.attr.URL = rd.text(obj.Value(citedURL))
		p.part.Attr = &p.attr
	}
}

var citingKeys = jsonscan.NewKeys("enabled")

// citing checks what a document says of citations. Where that is not whether there are
// to be some, it is reported, and what cannot be told is among those that are taken.
func (rd *reader) citing(obj *jsonscan.Object, level int) (taken bits) {
	v := obj.Value(blockCitations)
	if leaf.Absent(v) {
		return 0
	}
	if v.Kind != jsonscan.ObjectKind {
		rd.drop(".citations", leaf.LossType)
		return set(blockCitations)
	}
	in := rd.object(v, citingKeys, level, ".citations")
	if in == nil {
		return 0
	}
	rd.lost(in, ".citations", set(0))
	if on := in.Value(0); !on.IsBool() && !leaf.Absent(on) {
		rd.drop(".citations.enabled", leaf.LossType)
		return set(blockCitations)
	}
	return 0
}

// media reads an image or a document.
func (rd *reader) media(obj *jsonscan.Object, kind core.PartKind, json []byte, level int) {
	src := rd.object(obj.Value(blockSource), sourceKeys, level, ".source")
	if src == nil {
		return
	}
	switch string(rd.text(src.Value(sourceType))) {
	case "base64", "url":
		rd.mediaType(src)
		p := rd.part(kind, nil).json(json)
		p.part.Name = bytes.ToLower(rd.text(src.Value(sourceMedia)))
		p.attr.Data, p.attr.URL = rd.text(src.Value(sourceData)), rd.text(src.Value(sourceURL))
		if p.attr.URL != nil && kind == core.PartDocument && len(p.part.Name) == 0 {
			p.part.Name = []byte("application/pdf") // the only kind that may lie elsewhere
		}
		p.part.Attr = &p.attr
		rd.lost(src, ".source", set(sourceType, sourceMedia, sourceData, sourceURL))
	case "file":
		file := rd.rest(src, set(sourceType))
		rd.part(kind, nil).json(merged(rd.ex, file, json))
	case "text":
		if rd.mediaType(src); string(rd.text(src.Value(sourceMedia))) != plainText && !leaf.Absent(src.Value(sourceMedia)) {
			rd.drop(".source.media_type", lostText)
		}
		rd.plain(rd.text(src.Value(sourceData)), json)
		rd.lost(src, ".source", set(sourceType, sourceMedia, sourceData))
	case "content":
		if kind != core.PartDocument {
			rd.err = leaf.Invalid(rd.path()+".source.type", "is for documents alone")
			return
		}
		rd.lost(src, ".source", set(sourceType, sourceContent))
		rd.textDocument(src.Value(sourceContent), ".source.content", json, level+1)
	default:
		rd.err = leaf.Invalid(rd.path()+".source.type", "is none that is known: base64, url, file, text, content")
	}
}

// mediaType refuses the source of an image or document whose media type is no string.
func (rd *reader) mediaType(src *jsonscan.Object) {
	if v := src.Value(sourceMedia); v.Kind != jsonscan.String && !leaf.Absent(v) && rd.err == nil {
		rd.err = leaf.Invalid(rd.path()+".source.media_type", "must be a string, not %s", v.Kind)
	}
}

const plainText = "text/plain"

// lost reports the members of obj that are not in taken.
func (rd *reader) lost(obj *jsonscan.Object, member string, taken bits) {
	for i := range obj.Members {
		if m := &obj.Members[i]; m.Value.Kind != jsonscan.Null && (m.ID < 0 || taken>>m.ID&1 == 0) {
			rd.drop(member+"."+string(jsonscan.AppendText(nil, rd.doc, m.Key)), leaf.LossUnknown)
		}
	}
}

// plain appends a document that is a text.
func (rd *reader) plain(text, json []byte) {
	p := rd.part(core.PartDocument, nil).json(json)
	p.part.Name = []byte(plainText)
	p.attr.Data = rd.ex.Alloc(base64.StdEncoding.EncodedLen(len(text)))
	base64.StdEncoding.Encode(p.attr.Data, text)
	p.part.Attr = &p.attr
}

// textDocument appends a document whose content is v, a text or a list of texts
// and images. Images stand behind it.
func (rd *reader) textDocument(v jsonscan.Value, member string, json []byte, level int) {
	if v.Kind == jsonscan.String {
		rd.plain(rd.text(v), json)
		return
	}
	if v.Kind != jsonscan.ArrayKind {
		rd.err = leaf.Invalid(rd.path()+member, "must be a string or an array of blocks, not %s", v.Kind)
		return
	}
	all := rd.ex.Alloc(v.Len())[:0] // enough: each text has quotes, a key and more around it
	n := 0
	for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
		at := element(member, a.Index())
		obj := rd.object(a.Value(), blockKeys, level, at)
		if obj == nil {
			return
		}
		if string(rd.text(obj.Value(blockType))) == "text" {
			if n++; n > 1 {
				all = append(all, "\n\n"...)
			}
			all = append(all, rd.want(obj, blockText)...)
			rd.lost(obj, at, set(blockType, blockText))
		}
	}
	if n > 1 {
		rd.drop(member, lostMerged)
	}
	rd.plain(all, json)
	for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
		at := element(member, a.Index())
		obj := rd.object(a.Value(), blockKeys, level, at)
		if obj == nil {
			return
		}
		switch string(rd.text(obj.Value(blockType))) {
		case "text":
		case "image":
			rd.within = at
			rd.media(obj, core.PartImage, rd.rest(obj, set(blockType, blockSource)), level+1)
			rd.within = ""
		default:
			rd.drop(at, leaf.LossUnknown)
		}
	}
}

func element(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }

// merged returns one object of the members of both, which may be nil.
func merged(ex *core.Exchange, a, b []byte) []byte {
	if a == nil || b == nil {
		return append(a, b...) // one of them is nil
	}
	out := append(ex.Alloc(len(a) + len(b))[:0], a[:len(a)-1]...)
	out = append(out, ',')
	return append(out, b[1:]...)
}
