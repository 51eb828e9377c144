package core

import (
	"fmt"
	"unicode/utf8"
)

// Edit replaces the bytes [Start, End) of the UTF-8 text that a hook saw with
// Bytes. Start == End inserts.
type Edit struct {
	Part       int // [Part.ID]
	Start, End int
	Bytes      []byte
}

// Piece is a run of a text: a range of the original text, or new bytes.
type Piece struct {
	Start, End int    // range of the original text when New is nil
	New        []byte // the new bytes, else nil; never empty
}

// Len returns the number of bytes the piece contributes.
func (p *Piece) Len() int {
	if p.New != nil {
		return len(p.New)
	}
	return p.End - p.Start
}

// Pieces is a piece table: the text as an ordered list of ranges of the
// original and runs of new bytes. Edits of several hooks rebase to the original
// through it, so that a writer can splice the original bytes unchanged.
//
// The zero value describes an empty, unedited text.
type Pieces struct {
	n      int // length of the original
	edited bool
	list   []Piece // meaningful when edited
}

// Reset describes an unedited text of n bytes.
func (t *Pieces) Reset(n int) {
	t.n, t.edited, t.list = n, false, t.list[:0]
}

func (t *Pieces) clone() Pieces {
	return Pieces{n: t.n, edited: t.edited, list: append([]Piece(nil), t.list...)}
}

// Edited tells whether any edit was applied.
func (t *Pieces) Edited() bool { return t.edited }

// List returns the pieces in order. The slice is valid until the next Apply.
func (t *Pieces) List() []Piece {
	if !t.edited {
		if t.n == 0 {
			return nil
		}
		return []Piece{{End: t.n}}
	}
	return t.list
}

// AppendText appends the text as edited; original is the text given to Reset.
func (t *Pieces) AppendText(dst, original []byte) []byte {
	for _, p := range t.List() {
		if p.New != nil {
			dst = append(dst, p.New...)
		} else {
			dst = append(dst, original[p.Start:p.End]...)
		}
	}
	return dst
}

// Apply applies edits to the current text, whose bytes are text. On error
// nothing has changed.
func (t *Pieces) Apply(text []byte, edits []Edit) error {
	if len(edits) == 0 {
		return nil
	}
	if err := CheckEdits(text, edits); err != nil {
		return err
	}
	old := t.List()
	list := make([]Piece, 0, len(old)+2*len(edits))
	at := 0 // offset in the current text up to which list is complete
	for i := range edits {
		e := &edits[i]
		list = appendRange(list, old, at, e.Start)
		if len(e.Bytes) > 0 {
			list = append(list, Piece{New: append([]byte(nil), e.Bytes...)})
		}
		at = e.End
	}
	t.list = appendRange(list, old, at, len(text))
	t.edited = true
	return nil
}

// appendRange appends the pieces that cover [from, to) of the text described
// by old.
func appendRange(dst, old []Piece, from, to int) []Piece {
	pos := 0
	for i := range old {
		n := old[i].Len()
		lo, hi := max(from-pos, 0), min(to-pos, n)
		if lo < hi {
			if old[i].New != nil {
				dst = append(dst, Piece{New: old[i].New[lo:hi]})
			} else {
				dst = append(dst, Piece{Start: old[i].Start + lo, End: old[i].Start + hi})
			}
		}
		if pos += n; pos >= to {
			break
		}
	}
	return dst
}

// CheckEdits returns an error that says which of the edits of text is wrong: they
// must be sorted, disjoint, in range and on rune boundaries, and their new bytes
// UTF-8.
func CheckEdits(text []byte, edits []Edit) error {
	at := 0
	for i := range edits {
		e := &edits[i]
		switch {
		case e.Start < at:
			return fmt.Errorf("core: edit %d starts at %d, before the end %d of the one before it: edits must be sorted and disjoint", i, e.Start, at)
		case e.End < e.Start:
			return fmt.Errorf("core: edit %d ends at %d, before its start %d", i, e.End, e.Start)
		case e.End > len(text):
			return fmt.Errorf("core: edit %d ends at %d, but the text has %d bytes", i, e.End, len(text))
		case !onRune(text, e.Start) || !onRune(text, e.End):
			return fmt.Errorf("core: edit %d [%d, %d) cuts a rune", i, e.Start, e.End)
		case !utf8.Valid(e.Bytes):
			return fmt.Errorf("core: edit %d puts in bytes that are not UTF-8", i)
		}
		at = e.End
	}
	return nil
}

func onRune(text []byte, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }
