package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of an item of content.
const (
	itemType = iota
	itemText
	itemImage
	itemAudio
	itemFile
	itemRefusal
	itemDocument // Mistral
	itemThinking // likewise
	itemSeal
	itemCacheControl
)

var itemKeys = jsonscan.NewKeys("type", "text", "image_url", "input_audio", "file", "refusal", "document_url",
	"thinking", "signature", "cache_control")

func (t *typist) content(v jsonscan.Value) *core.Error {
	switch {
	case v.Kind == jsonscan.String:
		if text := t.Text(v); len(text) > 0 {
			t.Add(core.PartText, text)
		}
		return nil
	case v.Kind == jsonscan.ArrayKind, leaf.Absent(v):
		return t.each("content", v, t.item)
	}
	return leaf.Invalid(string(t.Path)+".content", "must be a string or an array, not %s", v.Kind)
}

// item reads one item of content. What it is goes by its type, and without one by
// what it has.
func (t *typist) item(v jsonscan.Value) *core.Error {
	if v.Kind == jsonscan.String { // some runtimes take bare strings
		t.Add(core.PartText, t.Text(v))
		return nil
	}
	obj, err := t.Open(levelItem, v, itemKeys)
	if err != nil {
		return err
	}
	id := itemOf(t.Text(obj.Value(itemType)))
	for i := itemText; id == itemType && i <= itemThinking && obj.Value(itemType).Kind == jsonscan.None; i++ {
		if obj.Value(i).Kind != jsonscan.None {
			id = i
		}
	}
	if id == itemType || leaf.Absent(obj.Value(id)) {
		t.Attr(t.Add(core.PartRaw, nil)).JSON = v.Of(t.Doc)
		return nil
	}
	if id == itemThinking {
		return t.itemThought(obj)
	}
	p, err := t.itemPart(id, obj.Value(id))
	if err != nil {
		return err
	}
	used := uint32(1<<itemType | 1<<id | 1<<itemCacheControl)
	if id == itemRefusal { // which has nothing beside it anywhere
		t.DropRest(obj, used)
	} else {
		t.keep(p, obj, used)
	}
	t.point(obj.Value(itemCacheControl))
	return nil
}

// itemOf returns which member has the content of an item of that type, itemType
// for none that is known.
func itemOf(word []byte) int {
	switch string(word) {
	case "text", "input_text", "output_text":
		return itemText
	case "image_url":
		return itemImage
	case "input_audio":
		return itemAudio
	case "file":
		return itemFile
	case "refusal":
		return itemRefusal
	case "document_url":
		return itemDocument
	case "thinking":
		return itemThinking
	default:
		return itemType
	}
}

func (t *typist) itemPart(id int, v jsonscan.Value) (*core.Part, *core.Error) {
	n := t.In(itemKeys.Name(id))
	defer func() { t.Path = t.Path[:n] }()
	switch id {
	case itemImage:
		return t.link(core.PartImage, v)
	case itemDocument:
		return t.link(core.PartDocument, v)
	case itemAudio:
		return t.audio(v)
	case itemFile:
		return t.file(v)
	}
	if v.Kind != jsonscan.String {
		return nil, leaf.Invalid(string(t.Path), "must be a string, not %s", v.Kind)
	}
	kind := core.PartText
	if id == itemRefusal {
		kind = core.PartRefusal
	}
	return t.Add(kind, t.Text(v)), nil
}

const linkURL = 0

var linkKeys = jsonscan.NewKeys("url")

// link reads an image or document by URL: a string, or an object that has one.
func (t *typist) link(kind core.PartKind, v jsonscan.Value) (*core.Part, *core.Error) {
	if v.Kind == jsonscan.String {
		p := t.Add(kind, nil)
		t.source(p, t.Text(v))
		return p, nil
	}
	obj, err := t.Open(levelInner, v, linkKeys)
	if err != nil {
		return nil, err
	}
	url, err := t.Must("url", obj.Value(linkURL))
	if err != nil {
		return nil, err
	}
	p := t.Add(kind, nil)
	t.source(p, url)
	t.keep(p, obj, 1<<linkURL)
	return p, nil
}

// source notes where the content of p lies: in a data URL, or elsewhere.
func (t *typist) source(p *core.Part, url []byte) {
	a := t.Attr(p)
	media := leaf.DataType(url)
	head, data, found := bytes.Cut(url, []byte(","))
	if media == nil || !found || !bytes.HasSuffix(head, []byte(";base64")) {
		a.URL, p.Name = url, nil
		return
	}
	p.Name, a.Data = t.lower(media), t.base64(data)
}

// lower returns b, which is short, in lower case.
func (t *typist) lower(b []byte) []byte {
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			return bytes.ToLower(b)
		}
	}
	return b
}

// base64 returns data in the standard alphabet and padded, as all providers take
// it.
func (t *typist) base64(data []byte) []byte {
	if len(data)%4 == 0 && bytes.IndexByte(data, '-') < 0 && bytes.IndexByte(data, '_') < 0 {
		return data
	}
	b := append(t.Ex.Alloc(len(data) + 3)[:0], data...)
	for i, c := range b {
		switch c {
		case '-':
			b[i] = '+'
		case '_':
			b[i] = '/'
		}
	}
	for len(b)%4 != 0 && len(b)%4 != 1 {
		b = append(b, '=')
	}
	return b
}

const (
	audioData = iota
	audioFormat
)

var audioKeys = jsonscan.NewKeys("data", "format")

func (t *typist) audio(v jsonscan.Value) (*core.Part, *core.Error) {
	obj, err := t.Open(levelInner, v, audioKeys)
	if err != nil {
		return nil, err
	}
	data, err := t.Must("data", obj.Value(audioData))
	if err != nil {
		return nil, err
	}
	format, err := t.Must("format", obj.Value(audioFormat))
	if err != nil {
		return nil, err
	}
	p := t.Add(core.PartAudio, nil)
	t.Attr(p).Data = t.base64(data)
	switch string(format) {
	case "":
	case "mp3":
		p.Name = []byte("audio/mpeg")
	default:
		p.Name = append(append(t.Ex.Alloc(len(format) + 6)[:0], "audio/"...), t.lower(format)...)
	}
	t.keep(p, obj, 1<<audioData|1<<audioFormat)
	return p, nil
}

const fileData = 0

var (
	fileKeys  = jsonscan.NewKeys("file_data")
	fileNames = jsonscan.NewPaths("filename")
)

// file reads a file: in a data URL, in bare base64, or by an id of the provider's,
// which stays in Attr.JSON beside the name.
func (t *typist) file(v jsonscan.Value) (*core.Part, *core.Error) {
	obj, err := t.Open(levelInner, v, fileKeys)
	if err != nil {
		return nil, err
	}
	data, err := t.Must("file_data", obj.Value(fileData))
	if err != nil {
		return nil, err
	}
	p := t.Add(core.PartDocument, nil)
	if bytes.HasPrefix(data, []byte("data:")) || bytes.Contains(data[:min(len(data), 12)], []byte("://")) {
		t.source(p, data)
	} else {
		p.Name = nil
		t.Attr(p).Data = t.base64(data)
	}
	t.keep(p, obj, 1<<fileData)
	switch {
	case bytes.HasPrefix(p.Name, []byte("image/")):
		p.Kind = core.PartImage
	case bytes.HasPrefix(p.Name, []byte("audio/")):
		p.Kind = core.PartAudio
	case len(p.Name) == 0 && len(p.Attr.Data) > 0:
		var found [1]jsonscan.Value
		_ = fileNames.ReadIn(t.Doc, v, found[:])
		if bytes.HasSuffix(bytes.ToLower(t.Text(found[0])), []byte(".pdf")) {
			p.Name = []byte("application/pdf")
		}
	}
	return p, nil
}

// What Mistral's thinking is known by, which nobody else has a list for, and its seal
// where it has none; the translator for Mistral gives its answers the same.
const (
	mistralName = "mistral.chat"
	mistralSeal = "thinking"
)

// itemThought reads thinking in the content: a string, or Mistral's list of items with
// text.
func (t *typist) itemThought(obj *jsonscan.Object) *core.Error {
	v := obj.Value(itemThinking)
	first, owner := len(t.Out.Parts), chatName
	if v.Kind == jsonscan.ArrayKind {
		owner = mistralName
		if err := t.each("thinking", v, t.innerThought); err != nil {
			return err
		}
	} else {
		text, err := t.Must("thinking", v)
		if err != nil {
			return err
		}
		t.Add(core.PartThinking, text)
	}
	if len(t.Out.Parts) == first {
		t.Add(core.PartThinking, nil)
	}
	p := t.Out.Parts[len(t.Out.Parts)-1]
	seal, err := t.Must("signature", obj.Value(itemSeal))
	if err != nil {
		return err
	}
	for _, p := range t.Out.Parts[first : len(t.Out.Parts)-1] {
		if owner == mistralName {
			t.seal(p, owner, []byte(mistralSeal))
		}
	}
	if len(seal) == 0 && owner == mistralName {
		seal = []byte(mistralSeal)
	}
	t.seal(p, owner, seal)
	t.keep(p, obj, 1<<itemType|1<<itemThinking|1<<itemSeal|1<<itemCacheControl)
	t.point(obj.Value(itemCacheControl))
	return nil
}

func (t *typist) innerThought(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelInner, v, itemKeys)
	if err != nil {
		return err
	}
	text, err := t.Must("text", obj.Value(itemText))
	if err != nil {
		return err
	}
	used := uint32(1 << itemText)
	if itemOf(t.Text(obj.Value(itemType))) == itemText {
		used |= 1 << itemType
	}
	t.keep(t.Add(core.PartThinking, text), obj, used)
	return nil
}

const annotationURL = 0 // of a url_citation

var (
	annotationKeys = jsonscan.NewKeys("type", "url_citation")
	citationKeys   = jsonscan.NewKeys("url", "title")
)

// annotations reads what an earlier answer cited.
func (t *typist) annotations(v jsonscan.Value) *core.Error {
	return t.each("annotations", v, func(v jsonscan.Value) *core.Error {
		obj, err := t.Open(levelItem, v, annotationKeys)
		if err != nil {
			return err
		}
		cited := obj.Value(1)
		if cited.Kind != jsonscan.ObjectKind || string(t.Text(obj.Value(0))) != "url_citation" {
			t.Attr(t.Add(core.PartCitation, nil)).JSON = v.Of(t.Doc)
			return nil
		}
		n := t.In("url_citation")
		in, err := t.Open(levelInner, cited, citationKeys)
		if err != nil {
			return err
		}
		p := t.Add(core.PartCitation, nil)
		if t.Attr(p).URL, err = t.Must("url", in.Value(annotationURL)); err != nil {
			return err
		}
		title, err := t.Must("title", in.Value(1))
		if err != nil {
			return err
		}
		p.SetText(title)
		t.keep(p, in, 3)
		t.Path = t.Path[:n]
		t.keep(p, obj, 3)
		return nil
	})
}
