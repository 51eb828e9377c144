package responses

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// What providers say of a citation beside the words that they cite: the page or the
// document that it is from, and the stretch of the answer that rests on it.
const (
	citeTitle = iota
	citeDocument
	citeFileName
	citeFile
	citePlace
	citeStartIndex
	citeStart
	citeEndIndex
	citeEnd
	citeSources
)

var citePaths = jsonscan.NewPaths("title", "document_title", "filename", "file_id", "document_index",
	"start_index", "start", "end_index", "end", "sources")

// What they say of a source, where a citation has several; the first counts.
const (
	sourceFile = iota
	sourceTitle
)

var sourcePaths = jsonscan.NewPaths("document.id", "document.title")

// cited is a citation as this dialect has it: of a page on the web, or of a file.
type cited struct {
	url, title     []byte
	file, filename []byte
	place          int64 // of the file among those of the request
	from, to       int64 // in characters
}

// isFile tells whether it cites something that is known by an id or a name alone.
func (c *cited) isFile() bool { return len(c.file) > 0 || len(c.filename) > 0 }

// citedBy reads a citation of a text that has that many characters so far.
func (w *streamWriter) citedBy(c *outItem, chars int) cited {
	out := cited{url: c.attr.URL, title: c.text, to: int64(chars)}
	doc := c.attr.JSON
	var found [citeSources + 1]jsonscan.Value
	if len(doc) == 0 || citePaths.Read(doc, found[:]) != nil {
		return out
	}
	text := func(ids ...int) []byte {
		for _, id := range ids {
			if t := leaf.Text(w.ex, doc, found[id]); len(t) > 0 {
				return t
			}
		}
		return nil
	}
	if t := text(citeTitle, citeDocument); t != nil {
		out.title = t
	}
	out.file, out.filename = text(citeFile), text(citeFileName, citeDocument)
	out.place, _ = jsonscan.Int(doc, found[citePlace])
	for _, n := range [...]struct {
		to  *int64
		ids [2]int
	}{{&out.from, [2]int{citeStartIndex, citeStart}}, {&out.to, [2]int{citeEndIndex, citeEnd}}} {
		for _, id := range n.ids {
			if i, err := jsonscan.Int(doc, found[id]); err == nil {
				*n.to = i
				break
			}
		}
	}
	w.sourceOf(&out, doc, found[citeSources])
	return out
}

// sourceOf adds what the first of several sources tells.
func (w *streamWriter) sourceOf(c *cited, doc []byte, sources jsonscan.Value) {
	if sources.Kind != jsonscan.ArrayKind {
		return
	}
	a := jsonscan.Elements(doc, sources)
	if !a.Next() {
		return
	}
	first := a.Value().Of(doc)
	var found [sourceTitle + 1]jsonscan.Value
	if sourcePaths.Read(first, found[:]) != nil {
		return
	}
	if t := leaf.Text(w.ex, first, found[sourceTitle]); len(t) > 0 {
		c.title, c.filename = t, t
	}
	c.file = leaf.Text(w.ex, first, found[sourceFile])
}

// cite adds a citation to the text before it. The dialect has them of pages on the web
// and of files.
func (w *streamWriter) cite(item *outItem) {
	b := w.message
	if b == nil || !b.inPart || b.part != core.PartText {
		w.lost(core.PartCitation)
		return
	}
	c := w.citedBy(item, b.chars)
	if len(c.url) == 0 && !c.isFile() {
		w.lost(core.PartCitation)
		return
	}
	if b.notes > 0 {
		b.annotations = append(b.annotations, ',')
	}
	start := len(b.annotations)
	b.annotations = c.append(b.annotations)
	if !w.whole {
		w.eventOf(b, "response.output_text.annotation.added")
		w.raw(`,"annotation_index":`)
		w.int(int64(b.notes))
		w.raw(`,"annotation":`)
		w.bytes(b.annotations[start:])
		w.end()
	}
	b.notes++
}

// append appends the annotation.
func (c *cited) append(a []byte) []byte {
	if len(c.url) == 0 {
		a = append(a, `{"type":"file_citation","file_id":`...)
		a = jsonscan.AppendQuoted(a, c.file)
		a = append(a, `,"filename":`...)
		a = jsonscan.AppendQuoted(a, c.filename)
		a = append(a, `,"index":`...)
		return append(strconv.AppendInt(a, c.place, 10), '}')
	}
	a = append(a, `{"type":"url_citation","url":`...)
	a = jsonscan.AppendQuoted(a, c.url)
	a = append(a, `,"title":`...)
	a = jsonscan.AppendQuoted(a, c.title)
	a = append(a, `,"start_index":`...)
	a = strconv.AppendInt(a, c.from, 10)
	a = append(a, `,"end_index":`...)
	return append(strconv.AppendInt(a, c.to, 10), '}')
}
