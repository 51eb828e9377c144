package jsonscan

import "slices"

// Pattern is what documents of one kind have in common: all but the insides of
// the strings and the digits of the whole numbers that are values. A document
// that matches the pattern of one that was read needs no reading: its values
// stand in the same gaps. Whether they mean the same is for the caller to judge,
// because keys, brackets, other words and blanks are equal byte by byte.
//
// The zero value matches nothing. Once it has learned, any number of goroutines may
// match documents with it.
type Pattern struct {
	// Fixed are the keys of members whose values are usually the same: there are
	// no gaps for them. It is set once by the owner.
	Fixed *Keys

	text  []byte // the pieces around the gaps, one after the other
	holes []hole
	last  []byte // the piece behind the last gap
}

// hole is a gap of a pattern, without what stands there in a document.
type hole struct {
	piece []byte // what stands before, behind the gap before it; aliases Pattern.text
	kind  Kind   // String or Number
}

// Gap is one place of a document where those of its [Pattern] differ.
type Gap struct {
	Value Value // of kind String or Number
	// Int is the value of a number.
	Int int64
}

// Bounds of what a document can make a [Pattern] keep in memory.
const (
	maxPattern = 2 << 10 // bytes of all pieces
	maxGaps    = 64
	maxDigits  = 18 // that always fit into an int64
)

// Learn makes p the pattern of doc, which a reader must have found sound, and
// returns the gaps in the order of doc. There are none, and p matches nothing,
// where doc has no values, too many or too much around them. Nobody else may use p
// meanwhile.
func (p *Pattern) Learn(doc []byte) (gaps []Gap) {
	p.text, p.holes = slices.Grow(p.text[:0], min(len(doc), maxPattern)), p.holes[:0]
	from := 0  // of the piece
	fixed := 0 // where the value of a fixed member begins
	for i := 0; i < len(doc); {
		v, n := gapAt(doc, i)
		i = max(v.End, i+1)
		if v.Kind == None && doc[v.Start] == '"' && v.End <= len(doc) && p.isFixed(doc[v.Start+1:v.End-1]) {
			fixed = space(doc, space(doc, i)+1) // behind the colon
		}
		if v.Kind == None || v.Start == fixed {
			continue
		}
		if len(gaps) == maxGaps || !p.add(doc[from:v.Start]) {
			return p.forget()
		}
		p.holes = append(p.holes, hole{p.last, v.Kind})
		gaps = append(gaps, Gap{v, n})
		from = i
	}
	if !p.add(doc[from:]) {
		return p.forget()
	}
	return gaps
}

// isFixed tells whether key is one of Fixed.
func (p *Pattern) isFixed(key []byte) bool {
	_, exact := p.Fixed.find(key, true)
	return exact
}

// add makes piece the last one, if there is room for it.
func (p *Pattern) add(piece []byte) bool {
	n := len(p.text)
	if n+len(piece) > maxPattern {
		return false
	}
	p.text = append(p.text, piece...)
	p.last = p.text[n:]
	return true
}

func (p *Pattern) forget() []Gap {
	p.holes = p.holes[:0]
	return nil
}

// gapAt returns the value at doc[i] that a gap stands for, and its number. Where
// there is none the value is of kind None, but ends where to go on.
func gapAt(doc []byte, i int) (Value, int64) {
	v := Value{Span: Span{i, i}}
	switch c := doc[i]; {
	case c == '"':
		v.End = stringEnd(doc, i+1)
		if v.End <= len(doc) && at(doc, space(doc, v.End)) != ':' {
			v.Kind = String
		}
		return v, 0
	case !wordByte[c]:
		return v, 0
	}
	n, end := wholeNumber(doc, i)
	if end > i && (end == len(doc) || !wordByte[doc[end]]) {
		v.Kind, v.End = Number, end
		return v, n
	}
	for v.End < len(doc) && wordByte[doc[v.End]] {
		v.End++
	}
	return v, 0
}

// wholeNumber reads the digits at doc[i] and returns the offset after them, or i
// where there are none or too many for an int64.
func wholeNumber(doc []byte, i int) (n int64, end int) {
	end = i
	for uint(end) < uint(len(doc)) {
		d := doc[end] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int64(d)
		end++
	}
	if end-i > maxDigits {
		return 0, i
	}
	return n, end
}

// Match tells whether doc has the pattern, and what stands in the gaps, which are
// those of Learn in the same order. [Value.Escaped] is not set in them. They lie in
// the memory of dst, if that has room; where doc does not match they mean nothing.
func (p *Pattern) Match(dst []Gap, doc []byte) (gaps []Gap, matches bool) {
	gaps = slices.Grow(dst[:0], len(p.holes))[:len(p.holes)]
	end := 0 // of the gap before
	for i := range gaps {
		h, g := &p.holes[i], &gaps[i]
		start := end + len(h.piece)
		if start >= len(doc) || string(doc[end:start]) != string(h.piece) {
			return gaps, false
		}
		switch {
		case h.kind == Number:
			if g.Int, end = wholeNumber(doc, start); end == start {
				return gaps, false
			}
		case doc[start] != '"':
			return gaps, false
		default:
			if end = stringEnd(doc, start+1); end > len(doc) {
				return gaps, false
			}
		}
		g.Value = Value{Span: Span{start, end}, Kind: h.kind}
	}
	return gaps, len(gaps) > 0 && string(doc[end:]) == string(p.last)
}
