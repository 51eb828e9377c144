package openai

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// splice replaces the bytes [start, end) of a document with new, or, where part
// is set, with the edited text of that part, between whose quotes they lie.
type splice struct {
	start, end int
	new        []byte
	part       *core.Part
}

func (m *memory) replace(s jsonscan.Span, new []byte) {
	m.splices = append(m.splices, splice{start: s.Start, end: s.End, new: new})
}

func (m *memory) insert(at int, new []byte) {
	m.splices = append(m.splices, splice{start: at, end: at, new: new})
}

// edit adds the edits of a part that has a place in the document.
func (m *memory) edit(p *core.Part) {
	m.splices = append(m.splices, splice{start: p.Raw.Start + 1, end: p.Raw.End - 1, part: p})
}

// render appends doc with all splices applied, as ranges of doc and new bytes
// in the memory of ex. Those at one place keep the order in which they were
// added; one that lies within another is dropped.
func (m *memory) render(ex *core.Exchange, dst [][]byte, doc []byte) [][]byte {
	if len(m.splices) > 1 {
		slices.SortStableFunc(m.splices, func(a, b splice) int { return a.start - b.start })
	}
	at := 0
	for i := range m.splices {
		s := &m.splices[i]
		if s.start < at {
			continue
		}
		dst = appendRange(dst, doc[at:s.start])
		if s.part != nil {
			dst = appendPieces(ex, dst, doc[s.start:s.end], s.part)
		} else {
			dst = appendRange(dst, s.new)
		}
		at = s.end
	}
	return appendRange(dst, doc[at:])
}

func appendRange(dst [][]byte, b []byte) [][]byte {
	if len(b) == 0 {
		return dst
	}
	return append(dst, b)
}

// appendPieces appends the edited text of p as the inside of a JSON string. raw
// is the inside of the original string: what was not edited is taken from it
// with its escapes as they are.
func appendPieces(ex *core.Exchange, dst [][]byte, raw []byte, p *core.Part) [][]byte {
	pos := position{raw: raw}
	for _, piece := range p.Pieces().List() {
		if piece.New == nil {
			from := pos.of(piece.Start)
			dst = appendRange(dst, raw[from:pos.of(piece.End)])
			continue
		}
		q := quoted(ex, piece.New)
		dst = appendRange(dst, q[1:len(q)-1])
	}
	return dst
}

// quoted returns text as a JSON string in the memory of ex.
func quoted(ex *core.Exchange, text []byte) []byte {
	return jsonscan.AppendQuoted(ex.Alloc(len(text) + len(text)/8 + 16)[:0], text)
}

// position maps offsets into the decoded text of a JSON string to offsets into
// its raw bytes. Offsets must be asked for in rising order, so that a string is
// walked once.
type position struct {
	raw     []byte // without quotes
	at      int    // into raw
	decoded int    // what at corresponds to
}

func (p *position) of(offset int) int {
	for p.decoded < offset && p.at < len(p.raw) {
		run := bytes.IndexByte(p.raw[p.at:], '\\')
		if run < 0 || run > offset-p.decoded {
			run = offset - p.decoded
		}
		p.at += run
		if p.decoded += run; p.decoded < offset {
			raw, decoded := escape(p.raw[p.at:])
			p.at += raw
			p.decoded += decoded
		}
	}
	return min(p.at, len(p.raw))
}

// escape returns how many bytes the escape at the start of raw takes, both
// halves of a surrogate pair included, and how many those of its character.
func escape(raw []byte) (n, decoded int) {
	if len(raw) < 6 || raw[1] != 'u' {
		return min(2, len(raw)), 1
	}
	r := hex4(raw[2:])
	if utf16.IsSurrogate(r) && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' &&
		utf16.DecodeRune(r, hex4(raw[8:])) != utf8.RuneError {
		return 12, 4
	}
	if utf16.IsSurrogate(r) {
		r = utf8.RuneError
	}
	return 6, utf8.RuneLen(r)
}

// hex4 reads four hexadecimal digits that are known to be some.
func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		d := rune(c & 15)
		if c > '9' {
			d += 9
		}
		r = r<<4 | d
	}
	return r
}
