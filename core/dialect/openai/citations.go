package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
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
func (w *answerWriter) citation(p *core.Part, title []byte, s stretch) {
	var rest []byte
	if p.Attr != nil {
		rest = p.Attr.JSON
	}
	if cites(p) {
		w.raw(`{"type":"url_citation","url_citation":{"url":`)
		w.quoted(p.Attr.URL)
		w.raw(`,"title":`)
	} else {
		w.raw(`{"text":`)
	}
	w.quoted(title)
	if !hasMember(rest, "start_index") && !hasMember(rest, "end_index") {
		w.raw(`,"start_index":`)
		w.int(int64(s.start))
		w.raw(`,"end_index":`)
		w.int(int64(s.end))
	}
	w.rest(rest, "url", "title", "text")
	if cites(p) {
		w.raw("}")
	}
	w.raw("}")
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
