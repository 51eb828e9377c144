package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of an element of content.
const (
	contentType = iota
	contentText
	contentRefusal
	contentImage
	contentFileData
	contentFileURL
	contentAudio
	contentAnnotations
	contentLogprobs
)

var contentKeys = jsonscan.NewKeys("type", "text", "refusal", "image_url", "file_data", "file_url", "input_audio",
	"annotations", "logprobs")

// content reads the content of a message or what a tool returned: a string, or a list.
func (t *typist) content(member string, v jsonscan.Value) *core.Error {
	switch {
	case v.Kind == jsonscan.String:
		if text := t.Text(v); len(text) > 0 {
			t.Add(core.PartText, text)
		}
		return nil
	case v.Kind == jsonscan.ArrayKind, leaf.Absent(v):
		return t.each(member, v, t.element)
	}
	return leaf.Invalid(string(t.Path)+"."+member, "must be a string or an array, not %s", v.Kind)
}

// element reads one element of content.
func (t *typist) element(v jsonscan.Value) *core.Error {
	if v.Kind == jsonscan.String {
		t.Add(core.PartText, t.Text(v))
		return nil
	}
	obj, err := t.Open(levelContent, v, contentKeys)
	if err != nil {
		return err
	}
	switch string(t.Text(obj.Value(contentType))) {
	case "input_text", "output_text", "text":
		return t.plain(core.PartText, obj, contentText)
	case "refusal":
		if leaf.Absent(obj.Value(contentRefusal)) && !leaf.Absent(obj.Value(contentText)) {
			return t.plain(core.PartRefusal, obj, contentText) // as some clients repeat it
		}
		return t.plain(core.PartRefusal, obj, contentRefusal)
	case "input_image":
		return t.image(obj)
	case "input_file":
		return t.file(obj)
	case "input_audio":
		if obj.Value(contentAudio).Kind == jsonscan.ObjectKind {
			return t.audio(obj)
		}
	}
	return t.raw(v)
}

// plain reads an element that is a text.
func (t *typist) plain(kind core.PartKind, obj *jsonscan.Object, id int) *core.Error {
	text, err := t.Must(contentKeys.Name(id), obj.Value(id))
	if err != nil {
		return err
	}
	p := t.Add(kind, text)
	used := uint32(1<<contentType | 1<<id | 1<<contentAnnotations | 1<<contentLogprobs)
	if kind == core.PartRefusal { // which has nothing beside it anywhere
		t.DropRest(obj, used)
	} else {
		t.keep(p, obj, used)
	}
	if v := obj.Value(contentLogprobs); v.Kind == jsonscan.ArrayKind && v.Len() > len("[]") {
		t.Drop("logprobs", lossDerived)
	}
	return t.each("annotations", obj.Value(contentAnnotations), t.annotation)
}

const (
	annotationType = iota
	annotationURL
	annotationTitle
)

var annotationKeys = jsonscan.NewKeys("type", "url", "title")

// annotation reads what an earlier answer cited.
func (t *typist) annotation(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelInner, v, annotationKeys)
	if err != nil {
		return err
	}
	p := t.Add(core.PartCitation, nil)
	if string(t.Text(obj.Value(annotationType))) != "url_citation" {
		t.Attr(p).JSON = v.Of(t.Doc)
		return nil
	}
	if t.Attr(p).URL, err = t.Must("url", obj.Value(annotationURL)); err != nil {
		return err
	}
	title, err := t.Must("title", obj.Value(annotationTitle))
	if err != nil {
		return err
	}
	p.SetText(title)
	t.keep(p, obj, 1<<annotationType|1<<annotationURL|1<<annotationTitle)
	return nil
}

const linkURL = 0

var linkKeys = jsonscan.NewKeys("url")

// image reads an image: by URL, in a data URL, or by an id of the provider's, which
// stays in Attr.JSON.
func (t *typist) image(obj *jsonscan.Object) *core.Error {
	p := t.Add(core.PartImage, nil)
	p.Name = nil
	v := obj.Value(contentImage)
	if v.Kind == jsonscan.ObjectKind { // as chat completions have it
		n := t.In("image_url")
		in, err := t.Open(levelInner, v, linkKeys)
		if err != nil {
			return err
		}
		v = in.Value(linkURL)
		t.keep(p, in, 1<<linkURL)
		t.Path = t.Path[:n]
	}
	url, err := t.Must("image_url", v)
	if err != nil {
		return err
	}
	if url != nil {
		t.source(p, url)
	}
	t.keep(p, obj, 1<<contentType|1<<contentImage)
	return nil
}

// file reads a file: in a data URL, in bare base64, by URL, or by an id of the
// provider's, which stays in Attr.JSON beside the name.
func (t *typist) file(obj *jsonscan.Object) *core.Error {
	data, err := t.Must("file_data", obj.Value(contentFileData))
	if err != nil {
		return err
	}
	url, err := t.Must("file_url", obj.Value(contentFileURL))
	if err != nil {
		return err
	}
	p := t.Add(core.PartDocument, nil)
	p.Name = nil
	used := uint32(1<<contentType | 1<<contentFileData)
	switch {
	case bytes.HasPrefix(data, []byte("data:")):
		t.source(p, data)
	case data != nil:
		t.Attr(p).Data = t.base64(data)
	case url != nil:
		t.source(p, url)
		used |= 1 << contentFileURL
	}
	t.keep(p, obj, used)
	switch {
	case bytes.HasPrefix(p.Name, []byte("image/")):
		p.Kind = core.PartImage
	case bytes.HasPrefix(p.Name, []byte("audio/")):
		p.Kind = core.PartAudio
	case len(p.Name) == 0 && p.Attr != nil && bytes.HasSuffix(bytes.ToLower(t.fileName(p.Attr.JSON)), []byte(".pdf")):
		p.Name = []byte("application/pdf")
	}
	return nil
}

var fileNames = jsonscan.NewPaths("filename")

// fileName returns the member of that name of an object, as it is written.
func (t *typist) fileName(object []byte) []byte {
	var found [1]jsonscan.Value
	if len(object) == 0 || fileNames.Read(object, found[:]) != nil {
		return nil
	}
	return found[0].Text(object)
}

const (
	audioData = iota
	audioFormat
)

var audioKeys = jsonscan.NewKeys("data", "format")

func (t *typist) audio(outer *jsonscan.Object) *core.Error {
	n := t.In("input_audio")
	obj, err := t.Open(levelInner, outer.Value(contentAudio), audioKeys)
	if err != nil {
		return err
	}
	data, err := t.Must("data", obj.Value(audioData))
	if err != nil {
		return err
	}
	format, err := t.Must("format", obj.Value(audioFormat))
	if err != nil {
		return err
	}
	p := t.Add(core.PartAudio, nil)
	t.Attr(p).Data = t.base64(data)
	switch string(format) {
	case "":
		p.Name = nil
	case "mp3":
		p.Name = []byte("audio/mpeg")
	default:
		p.Name = append(append(t.Ex.Alloc(len(format) + 6)[:0], "audio/"...), t.lower(format)...)
	}
	t.keep(p, obj, 1<<audioData|1<<audioFormat)
	t.Path = t.Path[:n]
	t.keep(p, outer, 1<<contentType|1<<contentAudio)
	return nil
}

// source notes where the content of p lies: in a data URL, or elsewhere.
func (t *typist) source(p *core.Part, url []byte) {
	a := t.Attr(p)
	media := leaf.DataType(url)
	head, data, found := bytes.Cut(url, []byte(","))
	if media == nil || !found || !bytes.HasSuffix(head, []byte(";base64")) {
		a.URL = url
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

// base64 returns data in the standard alphabet and padded, as all providers take it.
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
