package sallyport

import (
	"cmp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// editing are the verdicts of a hook that may change parts.
type editing struct{ blocking }

// Redact puts a placeholder such as [EMAIL] in place of the bytes [start, end)
// of a part's text. A label is of A-Z, 0-9 and "_", at most 32 bytes. Offsets
// lie between runes. Edits may come in any order; redactions that overlap
// become one, with the label of the one that begins first.
func (e *editing) Redact(p Part, start, end int, label string) {
	if e.owns(p) {
		e.redact(p.m.ID, p.m.Text, start, end, label)
	}
}

// Replace puts a text in place of the bytes [start, end) of a part's text; where
// they are equal it inserts. It must not overlap another edit.
func (e *editing) Replace(p Part, start, end int, text string) {
	if e.owns(p) {
		e.replace(p.m.ID, p.m.Text, start, end, text)
	}
}

// ReplaceAll replaces a part's whole text. Images and the arguments of tool
// calls can be changed in no other way.
func (e *editing) ReplaceAll(p Part, text string) { e.Replace(p, 0, len(p.Text()), text) }

// SetState keeps up to 16 KiB for this hook's next call in the same exchange.
func (e *editing) SetState(state []byte) { e.state(state) }

// owns tells whether p is a part of the call.
func (e *editing) owns(p Part) bool {
	for i := range e.editable.parts {
		if p.m == &e.editable.parts[i] {
			return true
		}
	}
	e.fail("an edit is for a part of another call")
	return false
}

// WindowReply is what the window hook may answer. Offsets count the bytes of
// [WindowCall.Text].
type WindowReply struct{ blocking }

// Redact puts a placeholder such as [EMAIL] in place of the bytes [start, end).
// A label is of A-Z, 0-9 and "_", at most 32 bytes. Offsets lie between runes.
// Edits may come in any order; redactions that overlap become one, with the
// label of the one that begins first.
func (r *WindowReply) Redact(start, end int, label string) {
	r.redact(0, r.editable.window, start, end, label)
}

// Replace puts a text in place of the bytes [start, end); where they are equal
// it inserts. It must not overlap another edit.
func (r *WindowReply) Replace(start, end int, text string) {
	r.replace(0, r.editable.window, start, end, text)
}

// Hold keeps the last n bytes of the text back, which could still become a
// match.
func (r *WindowReply) Hold(n int) {
	if n < 0 || n > len(r.editable.window) {
		r.fail("hold is " + strconv.Itoa(n) + ", but the window has " + strconv.Itoa(len(r.editable.window)) + " bytes")
		return
	}
	r.m.Hold = uint32(n)
}

// SetState keeps up to 16 KiB for this hook's next call for the same block.
func (r *WindowReply) SetState(state []byte) { r.state(state) }

func (v *verdicts) redact(part uint32, text []byte, start, end int, label string) {
	if len(label) == 0 || len(label) > maxLabel || !all(label, func(c byte) bool {
		return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
	}) {
		v.fail("the label " + strconv.Quote(label) + ` is not of A-Z, 0-9 and "_", 1 to 32 bytes`)
		return
	}
	v.edit(text, abi.Edit{Part: part, Label: view(label)}, start, end)
}

func (v *verdicts) replace(part uint32, text []byte, start, end int, with string) {
	v.edit(text, abi.Edit{Part: part, Text: v.word(with, maxReply, "the text of an edit")}, start, end)
}

func (v *verdicts) edit(text []byte, e abi.Edit, start, end int) {
	where := func() string {
		return "[" + strconv.Itoa(start) + ", " + strconv.Itoa(end) + ") of part " + strconv.Itoa(int(e.Part))
	}
	switch {
	case start < 0 || end < start || end > len(text):
		v.fail("an edit covers " + where() + ", whose text has " + strconv.Itoa(len(text)) + " bytes")
	case !between(text, start) || !between(text, end):
		v.fail("an edit covers " + where() + ", which cuts a rune")
	default:
		e.Start, e.End = uint32(start), uint32(end)
		v.m.Edits = append(v.m.Edits, e)
	}
}

// between tells whether at lies between two runes.
func between(text []byte, at int) bool { return at == len(text) || utf8.RuneStart(text[at]) }

// sortEdits puts the edits into the order of the ABI and joins redactions.
func (v *verdicts) sortEdits() {
	list := v.m.Edits
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b abi.Edit) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Start, b.Start), insertionFirst(&a, &b))
	})
	out := list[:1]
	for _, e := range list[1:] {
		last := &out[len(out)-1]
		switch {
		case e.Part != last.Part || e.Start >= last.End:
			out = append(out, e)
		case len(last.Label) > 0 && len(e.Label) > 0:
			last.End = max(last.End, e.End)
		default:
			v.fail("two edits of part " + strconv.Itoa(int(e.Part)) + " overlap: [" +
				strconv.Itoa(int(last.Start)) + ", " + strconv.Itoa(int(last.End)) + ") and [" +
				strconv.Itoa(int(e.Start)) + ", " + strconv.Itoa(int(e.End)) + ")")
		}
	}
	v.room(len(out)-1, maxEdits, "edits")
	v.m.Edits = out
}

func insertionFirst(a, b *abi.Edit) int {
	switch inserts, other := a.Start == a.End, b.Start == b.End; {
	case inserts == other:
		return 0
	case inserts:
		return -1
	default:
		return 1
	}
}
