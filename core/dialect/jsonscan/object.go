package jsonscan

import "strconv"

// Member is one member of an object.
type Member struct {
	Key   Span // quotes included
	Value Value
	// ID is the index of the key in the list given to [NewKeys], or
	// [Unknown].
	ID int16
	// KeyEscaped tells that the key holds escapes.
	KeyEscaped bool
}

// Unknown is the [Member.ID] of a key that is not interpreted.
const Unknown = -1

// Object holds the members of one object and the memory to find them. The zero
// value is ready; use it again and again, from one goroutine at a time. Spans in
// it belong to the document it was read from.
type Object struct {
	// Limits is set once by the owner and kept over scans.
	Limits Limits
	// Members are in the order of the document. They are valid until the next
	// scan into this Object.
	Members []Member

	byID    []int32 // index into Members plus 1, by ID
	seen    set     // the keys that are not interpreted
	scratch []byte  // decoded key
}

// retained is the most memory, in bytes, that an Object keeps over Reset.
const retained = 256 << 10

// Reset empties o for reuse and lets go of memory that an unusually large
// object made it take. Call it before putting o into a pool.
func (o *Object) Reset() {
	o.begin(nil)
	const memberSize = 48
	if cap(o.Members)*memberSize > retained {
		o.Members = nil
	}
	if cap(o.scratch) > retained {
		o.scratch = nil
	}
	o.seen.shrink(retained)
}

// Value returns the value of the interpreted key id, of kind None where the
// object does not have it.
func (o *Object) Value(id int) Value {
	if m := o.Member(id); m != nil {
		return m.Value
	}
	return Value{}
}

// Member returns the member of the interpreted key id, or nil where the object
// does not have it. It is valid until the next scan into o.
func (o *Object) Member(id int) *Member {
	if uint(id) >= uint(len(o.byID)) || o.byID[id] == 0 {
		return nil
	}
	return &o.Members[o.byID[id]-1]
}

// begin empties o and makes room for the IDs of keys.
func (o *Object) begin(keys *Keys) {
	o.Members = o.Members[:0]
	o.seen.clear()
	n := keys.len()
	if cap(o.byID) < n {
		o.byID = make([]int32, n)
		return
	}
	o.byID = o.byID[:n]
	clear(o.byID)
}

// scan records the members of the object whose '{' is at doc[i] and returns the
// offset after its '}'. depth is how many levels it may have, itself included,
// or trusted.
func (o *Object) scan(doc []byte, i int, keys *Keys, depth int) (int, fault) {
	limit := o.Limits.members()
	i = space(doc, i+1)
	if at(doc, i) == '}' {
		return i + 1, ok
	}
	for {
		if len(o.Members) == limit {
			return i, faultMembers
		}
		m, before := o.grow()
		next := keys.guess(doc, i, before)
		var f fault
		if next > 0 {
			m.Key, m.ID = Span{i, next - 1}, int16(before)
			if o.byID[before] != 0 {
				return i, faultDuplicate
			}
			o.byID[before] = int32(len(o.Members))
			next = space(doc, next)
		} else {
			var t traits
			if next, t, f = m.readKey(doc, i); f != ok {
				return next, f
			}
			if f = o.identify(doc, m, t, keys); f != ok {
				return i, f
			}
		}
		if depth == trusted {
			m.Value, f = skim(doc, next)
		} else {
			m.Value, f = value(doc, next, depth-1)
		}
		if f != ok {
			return m.Value.End, f
		}
		i = space(doc, m.Value.End)
		switch at(doc, i) {
		case ',':
			i = space(doc, i+1)
			if at(doc, i) == '}' {
				return i, faultTrailingComma
			}
		case '}':
			return i + 1, ok
		default:
			return i, faultObjectNext
		}
	}
}

// grow adds an empty member, and returns the ID of the member that was in its
// place at the scan before: what comes again and again has its keys in the same
// order, so that this is a good guess.
func (o *Object) grow() (m *Member, before int) {
	n := len(o.Members)
	if n == cap(o.Members) {
		o.Members = append(o.Members, Member{})
		return &o.Members[n], Unknown
	}
	o.Members = o.Members[:n+1]
	m = &o.Members[n]
	before = int(m.ID)
	*m = Member{}
	return m, before
}

// readKey reads the key at doc[i] and the colon after it, and returns the offset
// of the value, or that of the fault.
func (m *Member) readKey(doc []byte, i int) (int, traits, fault) {
	if at(doc, i) != '"' {
		return i, 0, faultKey
	}
	end, t, f := text(doc, i+1)
	if f != ok {
		return end, t, f
	}
	m.Key = Span{i, end + 1}
	m.KeyEscaped = t&escaped != 0
	if end = space(doc, end+1); at(doc, end) != ':' {
		return end, t, faultColon
	}
	return space(doc, end+1), t, ok
}

// identify sets the ID of m, the last of o.Members, and refuses it if its key is
// not the only one.
func (o *Object) identify(doc []byte, m *Member, t traits, keys *Keys) fault {
	name := doc[m.Key.Start+1 : m.Key.End-1]
	if m.KeyEscaped {
		o.scratch = AppendText(o.scratch[:0], doc, m.Key)
		name = o.scratch
	}
	id, exact := keys.find(name, t == 0)
	m.ID = int16(id)
	switch {
	case id == Unknown:
		if !o.isNew(doc, name, m.KeyEscaped) {
			return faultDuplicate
		}
	case !exact:
		return faultFolded
	case o.byID[id] != 0:
		return faultDuplicate
	default:
		o.byID[id] = int32(len(o.Members))
	}
	return ok
}

// fail makes the error for fault f at offset i.
func (o *Object) fail(doc []byte, i int, f fault, keys *Keys) error {
	var detail, name string
	switch f {
	case faultDepth:
		detail = strconv.Itoa(o.Limits.depth())
	case faultMembers:
		detail = strconv.Itoa(o.Limits.members())
	case faultDuplicate, faultFolded:
		end, _, _ := text(doc, i+1)
		decoded := AppendText(nil, doc, Span{i, end + 1})
		name = clip(decoded)
		if id, exact := keys.find(decoded, false); id != Unknown && !exact {
			detail = strconv.Quote(keys.names[id])
		}
	default: // the offset says it all
	}
	return newError(doc, i, f, name, detail)
}
