package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// OpenAI's answers cite what has a URL alone, in annotations. What a provider
// cites of a document, say, stands in a member "citations" beside them, which the
// next request may bring back.

const (
	annotationsKey = "annotations"
	citationsKey   = "citations"
)

func cites(p *core.Part) bool { return p.Attr != nil && len(p.Attr.URL) > 0 }

// citations writes the members annotations and citations, those that have
// elements. Their indices are characters of the content.
func (w *answerWriter) citations(parts []core.Part) {
	for _, key := range [...]string{annotationsKey, citationsKey} {
		var s stretch
		start := len(w.out)
		found := false
		w.list(key, parts, func(p *core.Part) bool {
			if p.Kind == core.PartText {
				s.next(p.Text())
			}
			if p.Kind != core.PartCitation || cites(p) != (key == annotationsKey) {
				return false
			}
			w.citation(p, p.Text(), s)
			found = true
			return true
		})
		if !found {
			w.out = w.out[:start]
		}
	}
}

// citation writes an element of annotations or, of a part without a URL, of
// citations.
func (w *answerWriter) citation(p *core.Part, text []byte, s stretch) {
	var rest []byte
	if p.Attr != nil {
		rest = p.Attr.JSON
	}
	at := citedAt(rest, s)
	if !cites(p) {
		w.raw(`{"text":`)
		w.quoted(text)
		w.stretch(at)
		w.rest(rest, "text", "start_index", "end_index", "start", "end")
		w.raw("}")
		return
	}
	w.raw(`{"type":"url_citation","url_citation":{"url":`)
	w.quoted(p.Attr.URL)
	w.raw(`,"title":`)
	if title := w.pageTitle(rest); len(title) > 0 {
		w.quoted(title)
	} else {
		w.quoted(text)
	}
	w.stretch(at)
	w.rest(rest, "url", "title", "text", "start_index", "end_index", "start", "end")
	w.raw("}}")
}

// What providers say of a citation beside the words that they cite.
var (
	stretchPaths = jsonscan.NewPaths("start_index", "start", "end_index", "end")
	titlePaths   = jsonscan.NewPaths("title", "document_title", "sources")
	sourcePaths  = jsonscan.NewPaths("document.title")
)

// citedAt returns the stretch of the content that a citation rests on: that which the
// provider tells, in rest, else s.
func citedAt(rest []byte, s stretch) stretch {
	var found [4]jsonscan.Value
	if len(rest) == 0 || stretchPaths.Read(rest, found[:]) != nil {
		return s
	}
	for i, to := range [...]*int{&s.start, &s.start, &s.end, &s.end} {
		if n, err := jsonscan.Int(rest, found[i]); err == nil {
			*to = int(n)
		}
	}
	return s
}

func (w *answerWriter) stretch(s stretch) {
	w.raw(`,"start_index":`)
	w.int(int64(s.start))
	w.raw(`,"end_index":`)
	w.int(int64(s.end))
}

// pageTitle returns the title of what is cited, if rest tells one: the text of a
// citation are the cited words at some providers, the title at others.
func (w *answerWriter) pageTitle(rest []byte) []byte {
	var found [3]jsonscan.Value
	if len(rest) == 0 || titlePaths.Read(rest, found[:]) != nil {
		return nil
	}
	for _, v := range found[:2] {
		if title := leaf.Text(w.ex, rest, v); len(title) > 0 {
			return title
		}
	}
	if found[2].Kind != jsonscan.ArrayKind {
		return nil
	}
	a := jsonscan.Elements(rest, found[2])
	if !a.Next() {
		return nil
	}
	first := a.Value().Of(rest)
	if sourcePaths.Read(first, found[:1]) != nil {
		return nil
	}
	return leaf.Text(w.ex, first, found[0])
}

const citedText = 0

var citedKeys = jsonscan.NewKeys("text")

// cited reads what an earlier answer cited without a URL.
func (t *typist) cited(v jsonscan.Value) *core.Error {
	return t.each(citationsKey, v, func(v jsonscan.Value) *core.Error {
		if v.Kind == jsonscan.String { // as some providers cite by URL alone
			t.Attr(t.Add(core.PartCitation, nil)).URL = t.Text(v)
			return nil
		}
		obj, err := t.Open(levelItem, v, citedKeys)
		if err != nil {
			return err
		}
		text, err := t.Must("text", obj.Value(citedText))
		if err != nil {
			return err
		}
		t.keep(t.Add(core.PartCitation, text), obj, 1<<citedText)
		return nil
	})
}
