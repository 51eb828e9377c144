// Package jsonscan reads JSON where it lies: it checks a whole document in one
// pass, notes where the members of the objects that a caller asks about begin
// and end, and decodes nothing until it is asked to.
//
// A document of a client is read strictly, so that nobody downstream can read
// it differently (RFC 8259, RFC 3629, and I-JSON, RFC 7493, for keys):
//
//   - [Scan] validates every byte and records the members of the top object;
//   - [ScanObject] and [Elements] read further levels of a document that Scan
//     accepted;
//   - a key that comes twice, or that differs from an interpreted key only in
//     letter case, is refused in every object that is read.
//
// An answer of an upstream is read leniently with [Paths] or [Cursor]: the last
// value of a repeated key counts, as in most readers. With a [Pattern] one that
// is like an earlier one need not be read.
//
// No function keeps a reference to a document. Nothing here allocates once the
// caller's [Object] has grown, except to make an [*Error].
package jsonscan

import "strconv"

// Span is a half-open range [Start, End) of byte offsets into a document.
type Span struct{ Start, End int }

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Of returns the bytes of doc that s covers; they alias doc.
func (s Span) Of(doc []byte) []byte { return doc[s.Start:s.End] }

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds. None is the kind of a value that is not there.
const (
	None Kind = iota
	String
	Number
	ObjectKind
	ArrayKind
	True
	False
	Null
)

// String returns the kind as people call it, e.g. "a string".
func (k Kind) String() string {
	switch k {
	case String:
		return "a string"
	case Number:
		return "a number"
	case ObjectKind:
		return "an object"
	case ArrayKind:
		return "an array"
	case True:
		return "true"
	case False:
		return "false"
	case Null:
		return "null"
	default:
		return "nothing"
	}
}

// Value is one JSON value inside a document.
type Value struct {
	Span      // quotes and brackets included, blanks around it not
	Kind Kind // None for a value that is not there
	// Escaped tells that a string holds escapes. One without is its own
	// decoded text: see [Value.Text].
	Escaped bool
}

// Text returns what stands between the quotes of the string v: its decoded text
// unless v.Escaped, for which there is [AppendText]. The bytes alias doc. Of a
// value that is no string it returns nil.
func (v Value) Text(doc []byte) []byte {
	if v.Kind != String || v.Len() < 2 {
		return nil
	}
	return doc[v.Start+1 : v.End-1]
}

// Bool tells whether v is true.
func (v Value) Bool() bool { return v.Kind == True }

// IsBool tells whether v is true or false.
func (v Value) IsBool() bool { return v.Kind == True || v.Kind == False }

// Limits bound what a document may hold. The zero value means the defaults.
type Limits struct {
	// Depth is how deep objects and arrays may nest, 1 to [MaxDepth]; the
	// document's own object counts 1. 0 means [DefaultDepth].
	Depth int
	// Members is how many members one recorded object may have. 0 means
	// [DefaultMembers]. Objects that are only passed over are not counted.
	Members int
}

// The bounds of [Limits] and their defaults.
const (
	DefaultDepth   = 256
	MaxDepth       = 1024
	DefaultMembers = 1 << 14
)

func (l Limits) depth() int {
	if l.Depth <= 0 {
		return DefaultDepth
	}
	return min(l.Depth, MaxDepth)
}

func (l Limits) members() int {
	if l.Members <= 0 {
		return DefaultMembers
	}
	return l.Members
}

// Scan validates doc, which must be one JSON object with nothing but blanks
// around it, and records the object's members in obj, whose former content is
// dropped. keys are the interpreted keys; nil means none.
//
// The error is an [*Error] that names the place. After an error obj is empty.
func Scan(doc []byte, keys *Keys, obj *Object) error {
	obj.begin(keys)
	depth := obj.Limits.depth()
	i := space(doc, 0)
	if at(doc, i) != '{' {
		obj.begin(nil)
		return notObject(doc, i, depth)
	}
	end, f := obj.scan(doc, i, keys, depth)
	if f == ok {
		end = space(doc, end)
		if end == len(doc) {
			return nil
		}
		f = faultTrailing
	}
	err := obj.fail(doc, end, f, keys)
	obj.begin(nil)
	return err
}

// ScanObject records the members of the object v in obj, whose former content
// is dropped. v must come from a document that [Scan] or [Validate] accepted:
// what was checked is not checked again. Anything else gives an error or
// useless spans, never a panic, as long as v lies within doc.
//
// The error is an [*Error]: v is no object, has too many members, or breaks the
// rule of keys. After an error obj is empty.
func ScanObject(doc []byte, v Value, keys *Keys, obj *Object) error {
	obj.begin(keys)
	if v.Kind != ObjectKind {
		return newError(doc, v.Start, faultNotObject, "", v.Kind.String())
	}
	end, f := obj.scan(doc[:v.End], v.Start, keys, trusted)
	if f == ok {
		return nil
	}
	err := obj.fail(doc, end, f, keys)
	obj.begin(nil)
	return err
}

// Validate checks that doc is one JSON value with nothing but blanks around it,
// by the same rules as [Scan], and returns its kind and place. depth is that of
// [Limits]; 0 means [DefaultDepth].
//
// The error is an [*Error].
func Validate(doc []byte, depth int) (Value, error) {
	depth = Limits{Depth: depth}.depth()
	i := space(doc, 0)
	v, f := value(doc, i, depth)
	i = v.End
	if f == ok {
		i = space(doc, i)
		if i == len(doc) {
			return v, nil
		}
		f = faultTrailing
	}
	return Value{}, newError(doc, i, f, "", strconv.Itoa(depth))
}

// notObject says why doc, whose first character at i opens no object, is
// refused: it may be broken, or be sound JSON of another kind.
func notObject(doc []byte, i, depth int) error {
	v, err := Validate(doc, depth)
	if err != nil {
		return err
	}
	return newError(doc, i, faultNotObject, "", v.Kind.String())
}
