// Package bound finds in requests what one provider keeps: ids of conversations,
// files and caches, and thinking that only its author can open.
//
// It goes through a document by the names of members alone, wherever they stand. A
// member of that name that means something else does little harm: it decides where a
// request goes, not whether.
package bound

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Finder finds them in the requests of one dialect. It is immutable.
type Finder struct {
	keys        *jsonscan.Keys
	names       []string
	quoted      [][]byte // names[:sealed+…], as they stand in a document
	sealed, end int      // names from sealed on are of what is sealed, from end on of what is skipped
	inner       *jsonscan.Keys
}

// New returns the finder of what stands under the names in ids. Its value is a
// string, an object whose member "id" is one or "file_ids" has one, or an array whose
// first element is one. sealed are the names of what is sealed, skip those of members in which there is
// nothing of the dialect's, such as the arguments of a tool.
func New(ids, sealed, skip []string) *Finder {
	f := &Finder{sealed: len(ids), end: len(ids) + len(sealed), inner: jsonscan.NewKeys("id", "file_ids")}
	f.names = append(append(append(f.names, ids...), sealed...), skip...)
	f.keys = jsonscan.NewKeys(f.names...)
	for _, name := range f.names[:f.end] {
		f.quoted = append(f.quoted, []byte(`"`+name+`"`))
	}
	return f
}

// Find returns the first of them in doc, what is sealed only where there is nothing
// else. doc was found to be sound. It does not allocate.
func (f *Finder) Find(doc []byte) (b core.Bond, found bool) {
	any := false
	for _, q := range f.quoted {
		any = any || bytes.Contains(doc, q)
	}
	if !any {
		return b, false
	}
	w := walk{Finder: f, c: jsonscan.Cursor{Doc: doc}}
	w.value()
	return w.found, len(w.found.ID) > 0
}

// walk goes through one document.
type walk struct {
	*Finder
	c     jsonscan.Cursor
	found core.Bond
}

// value reads the value that comes next. It recurs as deep as the document, whose
// depth was checked.
func (w *walk) value() {
	switch w.c.Peek() {
	case jsonscan.ObjectKind:
		for id := w.c.Enter(w.keys); id != jsonscan.NoMember; id = w.c.Member(w.keys, id) {
			switch {
			case id < 0:
				w.value()
			case id < w.end:
				w.name(id)
			default:
				w.c.Skip()
			}
		}
	case jsonscan.ArrayKind:
		for more := w.c.EnterArray(); more; more = w.c.Element() {
			w.value()
		}
	default:
		w.c.Skip()
	}
}

// name reads the value under one of the names.
func (w *walk) name(id int) {
	sealed := id >= w.sealed
	text := w.text()
	if len(text) == 0 || len(w.found.ID) > 0 && (sealed || !w.found.Sealed) {
		return
	}
	w.found = core.Bond{Field: w.names[id], ID: text, Sealed: sealed}
}

// text reads the value that comes next and returns the id in it.
func (w *walk) text() (text []byte) {
	switch w.c.Peek() {
	case jsonscan.ObjectKind:
		for id := w.c.Enter(w.inner); id != jsonscan.NoMember; id = w.c.Member(w.inner, id) {
			if id < 0 {
				w.c.Skip()
			} else if found := w.first(); text == nil || id == 0 && found != nil {
				text = found
			}
		}
		return text
	default:
		return w.first()
	}
}

// first reads the value that comes next: a string, or an array of which the first one
// counts.
func (w *walk) first() (text []byte) {
	if w.c.Peek() != jsonscan.ArrayKind {
		if v := w.c.Skip(); v.Kind == jsonscan.String {
			text = v.Text(w.c.Doc)
		}
		return text
	}
	for more := w.c.EnterArray(); more; more = w.c.Element() {
		if v := w.c.Skip(); text == nil && v.Kind == jsonscan.String {
			text = v.Text(w.c.Doc)
		}
	}
	return text
}

// Member returns the string that a member of obj has whose key is name, nil where
// there is none.
func Member(doc []byte, obj *jsonscan.Object, name string) []byte {
	for i := range obj.Members {
		m := &obj.Members[i]
		if k := m.Key; k.Len() == len(name)+2 && string(doc[k.Start+1:k.End-1]) == name && m.Value.Kind == jsonscan.String {
			return m.Value.Text(doc)
		}
	}
	return nil
}
