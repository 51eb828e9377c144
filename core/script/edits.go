package script

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// edits reads the list of edits. Offsets are in the units of a JavaScript
// string, UTF-16; the gateway counts bytes of UTF-8. Edits may come in any
// order, and one without start and end replaces the whole text.
func (r *reader) edits(path string, v goja.Value) error {
	list := r.call.Reply.Edits
	if err := r.each(path, v, maxEdits, func(path string, v goja.Value) error {
		e, err := r.edit(path, v)
		list = append(list, e)
		return err
	}); err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b core.Edit) int {
		return cmp.Or(a.Part-b.Part, a.Start-b.Start, a.End-b.End)
	})
	for i := 1; i < len(list); i++ {
		if a, b := &list[i-1], &list[i]; a.Part == b.Part && b.Start < a.End {
			return bad(path, "hold two edits of part %d that overlap", a.Part)
		}
	}
	r.call.Reply.Edits = list
	return nil
}

func (r *reader) edit(path string, v goja.Value) (core.Edit, error) {
	id, start, end := -1, 0, -1
	if r.call.Window != nil {
		id = 0 // there is no other
	}
	text, label := "", ""
	err := r.members(path, v, map[string]func(string, goja.Value) error{
		"part": r.whole(&id, 0, 1<<31-1), "start": r.whole(&start, 0, 1<<31-1), "end": r.whole(&end, 0, 1<<31-1),
		"text": r.word(&text, maxBytes), "label": r.word(&label, 32),
	})
	if err != nil {
		return core.Edit{}, err
	}
	was, ok := r.textOf(id)
	if !ok {
		return core.Edit{}, bad(path+".part", "is %d, which is no part that the hook was given", id)
	}
	if label != "" {
		if text != "" || !isLabel(label) {
			return core.Edit{}, bad(path+".label", "is %q; a label is of A-Z, 0-9 and _ and stands in place of text", label)
		}
		text = "[" + label + "]"
	}
	e := core.Edit{Part: id, Bytes: []byte(text)}
	var okEnd bool
	e.Start, ok = byteOffset(was, start)
	if e.End, okEnd = len(was), true; end >= 0 {
		e.End, okEnd = byteOffset(was, end)
	}
	if !ok || !okEnd || e.End < e.Start {
		return e, bad(path, "covers [%d, %d), which is not within the text of part %d or cuts a character", start, end, id)
	}
	return e, nil
}

// textOf returns the text that edits of a part count in: that of the window, or of a
// part that the hook was given.
func (r *reader) textOf(id int) (text []byte, ok bool) {
	if w := r.call.Window; w != nil {
		return w.Text, id == 0
	}
	at := slices.IndexFunc(r.call.Parts, func(p *core.Part) bool { return p.ID == id && r.sees.Part(p) })
	if at < 0 {
		return nil, false
	}
	return r.call.Parts[at].Text(), true
}

// hold reads how much of the end of a window waits, in the units of its text.
func (r *reader) hold(path string, v goja.Value) error {
	w := r.call.Window
	if w == nil {
		return bad(path, "holds text back, which the hook %s alone can do", windowHook)
	}
	n, err := r.number(path, v, 0, 1<<31-1)
	if err != nil {
		return err
	}
	at, units := len(w.Text), n
	for units > 0 && at > 0 {
		c, size := utf8.DecodeLastRune(w.Text[:at])
		at -= size
		units--
		if c > 0xffff {
			units--
		}
	}
	if units != 0 {
		return bad(path, "is %d, which is more than the text has or cuts a character", n)
	}
	r.call.Reply.Hold = len(w.Text) - at
	return nil
}

func isLabel(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// byteOffset returns where the UTF-16 unit n of text begins, in bytes. ok is
// false beyond the end and in the middle of a character.
func byteOffset(text []byte, n int) (at int, ok bool) {
	for n > 0 && at < len(text) {
		c, size := utf8.DecodeRune(text[at:])
		at += size
		n--
		if c > 0xffff {
			n--
		}
	}
	return at, n == 0
}
