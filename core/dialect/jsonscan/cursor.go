package jsonscan

// Cursor reads an object from front to back, each byte once, as leniently as
// [Paths] does, for callers that must choose on the way, such as a reader of
// the events of a stream:
//
//	c := jsonscan.Cursor{Doc: data}
//	for id := c.Enter(keys); id != jsonscan.NoMember; id = c.Member(keys, id) {
//		switch id {
//		case keyChoices:
//			for more := c.EnterArray(); more; more = c.Element() {
//				... // another object, array or Skip
//			}
//		default:
//			c.Skip()
//		}
//	}
//	sound := c.End()
//
// Where one of these four finds something, exactly one of Enter, EnterArray, Int
// and Skip passes over the value, and whoever enters a value reads it until
// there is no more. Keys with escapes are not decoded and so Unknown, values are
// not validated, and nothing is allocated. Once something is broken, nothing
// more is found.
type Cursor struct {
	Doc []byte

	pos    int // of the byte to read next
	failed bool
}

// fail ends the reading: behind the end there is nothing to be found.
func (c *Cursor) fail() {
	c.failed = true
	c.pos = len(c.Doc)
}

// Peek returns the kind of the value that comes next; None where there is none.
// A word that is no JSON may show as Number.
func (c *Cursor) Peek() Kind {
	c.pos = space(c.Doc, c.pos)
	switch at(c.Doc, c.pos) {
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

// AtObject tells what Peek() == ObjectKind does, where a key or element has just
// been found.
func (c *Cursor) AtObject() bool { return at(c.Doc, c.pos) == '{' }

// AtArray tells what Peek() == ArrayKind does, where a key or element has just
// been found.
func (c *Cursor) AtArray() bool { return at(c.Doc, c.pos) == '[' }

// NoMember is what [Cursor.Enter] and [Cursor.Member] return where there is no
// more member.
const NoMember = -2

// Enter steps into the object that comes next, and to its first member as
// [Cursor.Member] does. Where something else comes, the reading is over and
// [Cursor.End] reports false.
func (c *Cursor) Enter(keys *Keys) (id int) { return c.member('{', keys, 0) }

// Member moves to the next member of the object that was entered and returns the
// ID of its key in keys, Unknown for any other, or NoMember after the last one.
// last is the ID of the member before: an object whose members come in the order
// of keys is read in half the time.
func (c *Cursor) Member(keys *Keys, last int) (id int) { return c.member(',', keys, last+1) }

// member passes over the character before, which a member comes after, and over
// its key, which may well be that with the ID guess.
func (c *Cursor) member(before byte, keys *Keys, guess int) (id int) {
	// This is keys.guess, written out: a call for each key would cost as much again.
	doc, i := c.Doc, c.pos
	if keys != nil && len(doc)-i > 1+plainKey && uint(guess) < uint(len(keys.plain)) {
		s := &keys.plain[guess]
		w := doc[i : i+1+plainKey : i+1+plainKey]
		if w[0] == before && !s.head.differs(w[1:17]) && !s.tail.differs(w[17:]) {
			if i += 1 + s.size; at(doc, i) > ' ' {
				c.pos = i
				return guess
			}
		}
	}
	return c.anyMember(before, keys)
}

// anyMember is member for all that may come.
func (c *Cursor) anyMember(before byte, keys *Keys) (id int) {
	doc := c.Doc
	i := space(doc, c.pos)
	found := at(doc, i) == before
	if found {
		i = space(doc, i+1)
	}
	switch b := at(doc, i); {
	case b == '}' && found == (before == '{'): // an empty object, or after the last member
		c.pos = i + 1
		return NoMember
	case b != '"' || !found:
		c.fail()
		return NoMember
	}
	end := stringEnd(doc, i+1)
	colon := space(doc, end)
	if at(doc, colon) != ':' {
		c.fail()
		return NoMember
	}
	c.pos = space(doc, colon+1)
	if id, exact := keys.find(doc[i+1:end-1], true); exact {
		return id
	}
	return Unknown
}

// EnterArray steps into the array that comes next, and to its first element as
// Element does. Where something else comes, the reading is over and [Cursor.End]
// reports false.
func (c *Cursor) EnterArray() (more bool) { return c.element('[') }

// Element moves to the next element of the array that was entered. After the
// last one more is false.
func (c *Cursor) Element() (more bool) { return c.element(',') }

// element passes over the character before, which an element comes after.
func (c *Cursor) element(before byte) (more bool) {
	doc := c.Doc
	i := space(doc, c.pos)
	found := at(doc, i) == before
	if found {
		i = space(doc, i+1)
	}
	c.pos = i
	switch last := at(doc, i) == ']'; {
	case last && found == (before == '['): // an empty array, or after the last element
		c.pos = i + 1
		return false
	case last || !found:
		c.fail()
		return false
	}
	return true
}

// Offset returns where in Doc the value begins that comes next, where a key or
// element has just been found.
func (c *Cursor) Offset() int { return c.pos }

// Skip passes over the value that comes next and returns it.
func (c *Cursor) Skip() Value {
	v, f := skim(c.Doc, c.pos)
	if f != ok {
		c.fail()
		return Value{}
	}
	c.pos = v.End
	return v
}

// Int passes over the value that comes next and returns it as [Int] does; ok is
// false where it is no whole number or out of range.
func (c *Cursor) Int() (n int64, ok bool) {
	doc := c.Doc
	n, i := wholeNumber(doc, c.pos)
	if b := at(doc, i); (b == ',' || b == '}') && i > c.pos {
		c.pos = i // all digits, as counters are
		return n, true
	}
	n, err := Int(doc, c.Skip())
	return n, err == nil
}

// End tells whether everything read was in order and only blanks follow.
func (c *Cursor) End() bool {
	return !c.failed && space(c.Doc, c.pos) == len(c.Doc)
}
