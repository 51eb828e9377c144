package jsonscan

import "encoding/binary"

// Cursor reads an object from front to back, each byte once, as leniently as
// [Paths] does, for callers that must choose on the way, such as a reader of
// the events of a stream:
//
//	c := jsonscan.Cursor{Doc: data}
//	for c.Enter(); c.Key(); {
//		switch string(c.Name) {
//		case "choices":
//			for c.EnterArray(); c.Element(); {
//				... // another object, array or Skip
//			}
//		default:
//			c.Skip()
//		}
//	}
//	sound := c.End()
//
// After Key or Element exactly one of Enter, EnterArray and Skip passes over
// the value, and whoever enters a value reads it until Key or Element returns
// false. Nothing is decoded or validated, and nothing is allocated.
type Cursor struct {
	Doc []byte
	Pos int // offset of the byte to read next
	// Name is what stands between the quotes of the key that Key found, escapes
	// as they are. It aliases Doc.
	Name []byte

	inside bool // an element has been read in the value that is open
	failed bool
}

// nullWord is "null" as load4 gives it.
const nullWord = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24

func load4(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }

// Peek returns the kind of the value that comes next; None where there is none.
// A word that is no JSON may show as Number.
func (c *Cursor) Peek() Kind {
	c.Pos = space(c.Doc, c.Pos)
	switch at(c.Doc, c.Pos) {
	case '"':
		return String
	case '{':
		return ObjectKind
	case '[':
		return ArrayKind
	case 't':
		return True
	case 'f':
		return False
	case 'n':
		return Null
	case 0, ',', ':', '}', ']':
		return None
	default:
		return Number
	}
}

// Enter steps into the object that comes next, for [Cursor.Key]. Where something
// else comes, the reading is over and [Cursor.End] reports false.
func (c *Cursor) Enter() { c.enter('{') }

// EnterArray steps into the array that comes next, for [Cursor.Element]. Where
// something else comes, the reading is over and [Cursor.End] reports false.
func (c *Cursor) EnterArray() { c.enter('[') }

func (c *Cursor) enter(open byte) {
	c.inside = false
	if c.Pos = space(c.Doc, c.Pos); at(c.Doc, c.Pos) != open {
		c.failed = true
		return
	}
	c.Pos++
}

// Key moves to the next member of the object that was entered and sets Name.
// It returns false after the last one.
func (c *Cursor) Key() bool {
	doc, i := c.Doc, c.Pos
	if at(doc, i) == ',' && at(doc, i+1) == '"' && c.inside && !c.failed {
		i++ // as most members begin
	} else {
		if !c.next('}') {
			return false
		}
		i = c.Pos
	}
	end := i + 1
	if end+8 <= len(doc) {
		m := zeros(load(doc, end) ^ each*'"')
		if m == 0 && end+16 <= len(doc) {
			end += 8
			m = zeros(load(doc, end) ^ each*'"')
		}
		end += firstByte(m) & 7 // most keys end within two words
	}
	if at(doc, i) != '"' || at(doc, end) != '"' || doc[end-1] == '\\' || end == i {
		var f fault
		if end, _, f = skimString(doc, i); f != ok || at(doc, i) != '"' {
			c.failed = true
			return false
		}
		end--
	}
	c.Name = doc[i+1 : end]
	if end++; at(doc, end) != ':' {
		if end = space(doc, end); at(doc, end) != ':' {
			c.failed = true
			return false
		}
	}
	c.Pos = space(doc, end+1)
	return true
}

// Element moves to the next element of the array that was entered. It returns
// false after the last one.
func (c *Cursor) Element() bool { return c.next(']') }

// next passes over what stands before a member or element, or over the end.
func (c *Cursor) next(end byte) bool {
	if c.failed {
		return false
	}
	i := space(c.Doc, c.Pos)
	switch b := at(c.Doc, i); {
	case b == end:
		c.Pos = i + 1
		c.inside = true // in the value around it
		return false
	case !c.inside:
	case b == ',':
		i = space(c.Doc, i+1)
	default:
		c.failed = true
		return false
	}
	c.Pos = i
	c.inside = true
	return true
}

// Skip passes over the value that comes next and returns it.
func (c *Cursor) Skip() Value {
	if c.failed {
		return Value{}
	}
	if i := c.Pos; at(c.Doc, i) == 'n' && i+5 <= len(c.Doc) && load4(c.Doc, i) == nullWord {
		c.Pos = i + 4 // by far the most frequent word, and followed by something
		return Value{Span: Span{i, i + 4}, Kind: Null}
	}
	v, f := skim(c.Doc, c.Pos)
	c.Pos = v.End
	if f != ok {
		c.failed = true
		return Value{}
	}
	return v
}

// Int passes over the value that comes next and returns it as [Int] does; ok is
// false where it is no whole number or out of range.
func (c *Cursor) Int() (n int64, ok bool) {
	i := c.Pos
	for d := at(c.Doc, i); digit(d) && i-c.Pos < 18; d = at(c.Doc, i) {
		n = n*10 + int64(d-'0')
		i++
	}
	if b := at(c.Doc, i); (b == ',' || b == '}') && i > c.Pos && !c.failed {
		c.Pos = i // all digits, as counters are
		return n, true
	}
	n, err := Int(c.Doc, c.Skip())
	return n, err == nil
}

// End tells whether everything read was in order and only blanks follow.
func (c *Cursor) End() bool {
	return !c.failed && space(c.Doc, c.Pos) == len(c.Doc)
}
