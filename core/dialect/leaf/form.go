package leaf

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Spec is what a dialect says about one kind of its documents.
type Spec struct {
	// Rows are the table of the string leaves, no path twice.
	Rows []Row
	// Keys are keys of the top level that come first among those of the form, so
	// that the ID of each in [Form.Keys] is its index; they may be of members
	// that are no strings or have no row.
	Keys []string
	// Turns is the path of the elements of the top level that each are one message, such as
	// "messages[]": their index is Msg of the parts below them. Choices is the
	// same for Choice, such as "choices[]". "" is for none.
	Turns, Choices string
	// Judged are keys of the top level below which a string that no row names is a
	// text all the same: the model or the client may read it.
	Judged []string
	// Again are keys of the top level whose value is read as the whole document is. No
	// message can be inserted there.
	Again []string
	// Lone says that an object may stand for a list of one, as in the JSON that Google's
	// servers take. It is no message that others can be put beside.
	Lone bool
	// Scenes are the objects that say something about the leaves below them, by
	// path, "" for the whole document. What a scene sets in the [State] of the walk ends with the object.
	Scenes map[string]Scene
	// Role is who speaks where no scene says so.
	Role core.Role
	// Msg is the index of the message outside of turns: -1 in requests.
	Msg int
	// Stretches says of the events of a stream that nothing in them tells where
	// thinking ends. Row.Block is below 32 for thinking then, and a multiple of 32
	// below 1<<16 is added to it.
	Stretches bool
	// Group is how many blocks of events belong together, so that a derived leaf
	// of one follows from parts of all of them: those with the same quotient. 0
	// means 1.
	Group int
	// Counter is the key of the top level that numbers the events of a stream, and
	// of which no scene reads the value; "" for none.
	Counter string
}

// Scene looks at an object that is about to be walked through.
type Scene func(w *Walk, o Object)

// Form is a table made ready for walking, on first use: compiling the tables of
// all dialects takes milliseconds and megabytes, and most programs that hold them
// meet one or two. It does not change otherwise, so that any number of goroutines
// may use it.
type Form struct {
	tree   func() *node
	judged []string
	start  State

	lone      bool
	stretches bool
	group     int
	counter   string // quotes included
}

// NewForm makes a form. Its first use panics where a key is not one that
// [jsonscan.NewKeys] takes, a path stands twice, or a scene, Turns or Choices
// names a place that no row lies below: tables are constants of the program.
func NewForm(s Spec) *Form {
	f := &Form{
		tree:   sync.OnceValue(func() *node { return compile(&s) }),
		judged: s.Judged, start: State{Role: s.Role, Msg: s.Msg}, lone: s.Lone, stretches: s.Stretches, group: max(s.Group, 1),
	}
	if s.Counter != "" {
		f.counter = strconv.Quote(s.Counter)
	}
	return f
}

func compile(s *Spec) *node {
	root := &node{}
	for _, key := range s.Keys {
		root.below(key)
	}
	for _, row := range s.Rows {
		n := root.reach(row.Path, true)
		if n.row.Path != "" {
			panic("leaf: " + row.Path + " stands twice")
		}
		n.row = row
	}
	for path, scene := range s.Scenes {
		root.must(path).scene = scene
	}
	if s.Turns != "" {
		root.must(s.Turns).turn = true
	}
	if s.Choices != "" {
		root.must(s.Choices).choice = true
	}
	for _, key := range s.Again {
		root.must(key)
		root.kids[slices.Index(root.names, key)] = root
	}
	root.seal()
	return root
}

// Keys are the keys of the top level: those of the spec first, then those of the
// table in its order.
func (f *Form) Keys() *jsonscan.Keys { return f.tree().keys }

// node is one place of a document's form, compiled from a table.
type node struct {
	names  []string       // of the members that rows name
	keys   *jsonscan.Keys // of the same
	kids   []*node        // by ID of keys
	elem   *node          // elements of an array
	rest   *node          // members and elements that no row names: a "**" row
	row    Row            // what a string here is
	scene  Scene
	turn   bool // an element that is a message
	choice bool // an element that is a choice
}

// steps splits "a[].b.**" into "a", "[]", "b", "**".
func steps(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
}

// reach returns the node at path. It makes what is not there, or returns nil.
func (n *node) reach(path string, create bool) *node {
	for _, step := range steps(path) {
		if !create && !n.has(step) {
			return nil
		}
		n = n.below(step)
	}
	return n
}

func (n *node) must(path string) *node {
	if path == "" {
		return n
	}
	at := n.reach(path, false)
	if at == nil {
		panic("leaf: no row lies at or below " + path)
	}
	return at
}

func (n *node) has(step string) bool {
	switch step {
	case "[]":
		return n.elem != nil
	case "**":
		return n.rest != nil
	default:
		return slices.Contains(n.names, step)
	}
}

// below returns the node one step down, which it makes where there is none.
func (n *node) below(step string) *node {
	switch step {
	case "[]":
		if n.elem == nil {
			n.elem = &node{}
		}
		return n.elem
	case "**":
		if n.rest == nil {
			n.rest = &node{}
			n.rest.rest = n.rest
			n.rest.elem = n.rest
		}
		return n.rest
	}
	if i := slices.Index(n.names, step); i >= 0 {
		return n.kids[i]
	}
	kid := &node{}
	n.names = append(n.names, step)
	n.kids = append(n.kids, kid)
	return kid
}

// seal fills what can be told only when all rows are in.
func (n *node) seal() {
	n.keys = jsonscan.NewKeys(n.names...)
	for _, kid := range n.kids {
		if kid != n {
			kid.seal()
		}
	}
	if n.elem != nil && n.elem != n {
		n.elem.seal()
	}
	if n.rest != nil && n.rest != n {
		n.rest.seal()
	}
}

// member returns the node of the member with that key ID, or nil where no row
// speaks of it.
func (n *node) member(id int16) *node {
	if n == nil {
		return nil
	}
	if id >= 0 {
		return n.kids[id]
	}
	return n.rest
}

// element returns the node of the elements, or nil.
func (n *node) element() *node {
	if n == nil {
		return nil
	}
	return n.elem
}

// Object is an object of a document that a [Scene] looks at. It is valid for that
// call.
type Object struct {
	obj *jsonscan.Object
	n   *node
}

// Value returns the value of the member of that name, of kind None where the
// object does not have it. The name must be one that a row of the table names
// there; any other has no value.
func (o Object) Value(name string) jsonscan.Value {
	return o.obj.Value(slices.Index(o.n.names, name))
}

// schemaType tells whether word is one that "type" may be in a JSON Schema or in
// Google's older form of it, which writes them in capitals. Those are no prose;
// anything else in a schema may be.
func schemaType(word []byte) bool {
	switch string(word) {
	case "object", "string", "number", "integer", "boolean", "array", "null",
		"OBJECT", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "NULL", "TYPE_UNSPECIFIED":
		return true
	}
	return false
}
