package jsonscan

import "strings"

// Paths is a set of places in a document to read in one pass, such as the
// counters of an answer's usage. It is made once and never changes, so that any
// number of goroutines may use it.
type Paths struct {
	root  *pathNode
	count int
}

// pathNode is one object on the way.
type pathNode struct {
	keys  *Keys
	steps []pathStep // by ID of keys
}

// pathStep is what to do with one member.
type pathStep struct {
	leaf  int       // index of the path that ends here, or -1
	below *pathNode // the object that paths go on through, or nil
	ids   []int     // the paths that end here or below
}

// NewPaths returns the set of paths: keys of nested objects with dots between
// them, e.g. "usage.prompt_tokens_details.cached_tokens". The ID of a path is
// its index: give the paths in the order of your constants. One path may go on
// where another ends. It panics on an empty or repeated path and where [NewKeys]
// would for the keys of one object: paths are constants of the program.
func NewPaths(paths ...string) *Paths {
	entries := make([]pathEntry, len(paths))
	for i, p := range paths {
		entries[i] = pathEntry{i, strings.Split(p, ".")}
	}
	return &Paths{root: newPathNode(entries), count: len(paths)}
}

type pathEntry struct {
	id   int
	keys []string
}

func newPathNode(entries []pathEntry) *pathNode {
	n := &pathNode{}
	var names []string
	below := map[string][]pathEntry{}
	index := map[string]int{}
	for _, e := range entries {
		name := e.keys[0]
		i, seen := index[name]
		if !seen {
			i = len(names)
			index[name] = i
			names = append(names, name)
			n.steps = append(n.steps, pathStep{leaf: -1})
		}
		s := &n.steps[i]
		s.ids = append(s.ids, e.id)
		if len(e.keys) > 1 {
			below[name] = append(below[name], pathEntry{e.id, e.keys[1:]})
			continue
		}
		if s.leaf >= 0 {
			panic("jsonscan: a path ending in " + name + " comes twice")
		}
		s.leaf = e.id
	}
	for name, entries := range below {
		n.steps[index[name]].below = newPathNode(entries)
	}
	n.keys = NewKeys(names...)
	return n
}

// Len returns the number of paths.
func (p *Paths) Len() int { return p.count }

// Read sets out[id] to the value at each path of the object doc; what is not
// there is of kind None. out must have p.Len() elements. Read is for answers,
// which are not ours to refuse: it does not validate, takes any letter for
// itself, and of a key that comes twice the last one counts. So Values may be of
// kind None for words that are not JSON, and strings may hold anything.
//
// The error is an [*Error] where doc is no object or has no end; out then holds
// what stood before that place.
func (p *Paths) Read(doc []byte, out []Value) error {
	i := space(doc, 0)
	if at(doc, i) != '{' {
		clear(out[:p.count])
		return notObject(doc, i, MaxDepth)
	}
	return p.ReadIn(doc, Value{Span: Span{i, len(doc)}, Kind: ObjectKind}, out)
}

// ReadIn is Read for the object v within doc, such as an element of an array.
func (p *Paths) ReadIn(doc []byte, v Value, out []Value) error {
	clear(out[:p.count])
	if v.Kind != ObjectKind || at(doc, v.Start) != '{' {
		return newError(doc, v.Start, faultNotObject, "", v.Kind.String())
	}
	if end, f := p.root.read(doc[:v.End], v.Start, out); f != ok {
		return newError(doc, end, f, "", "")
	}
	return nil
}

// read reads the object whose '{' is at doc[i] and returns the offset after it.
// It recurs as deep as the paths are long, whatever the document.
func (n *pathNode) read(doc []byte, i int, out []Value) (int, fault) {
	i = space(doc, i+1)
	if at(doc, i) == '}' {
		return i + 1, ok
	}
	for {
		if at(doc, i) != '"' {
			return i, faultKey
		}
		end, escaped, f := skimString(doc, i)
		if f != ok {
			return end, f
		}
		id := n.find(doc, Span{i, end}, escaped)
		if i = space(doc, end); at(doc, i) != ':' {
			return i, faultColon
		}
		i = space(doc, i+1)
		if i, f = n.take(doc, i, id, out); f != ok {
			return i, f
		}
		i = space(doc, i)
		switch at(doc, i) {
		case ',':
			i = space(doc, i+1)
		case '}':
			return i + 1, ok
		default:
			return i, faultObjectNext
		}
	}
}

// find returns the ID of a key, or Unknown.
func (n *pathNode) find(doc []byte, key Span, escaped bool) int {
	name := doc[key.Start+1 : key.End-1]
	if escaped {
		var buf [64]byte
		name = AppendText(buf[:0], doc, key)
	}
	if id, exact := n.keys.find(name, true); exact {
		return id
	}
	return Unknown
}

// take reads the value at doc[i] of the key id and returns the offset after it.
func (n *pathNode) take(doc []byte, i, id int, out []Value) (int, fault) {
	if id == Unknown {
		v, f := skim(doc, i)
		return v.End, f
	}
	s := &n.steps[id]
	for _, id := range s.ids {
		out[id] = Value{} // of an earlier member with this key
	}
	if s.below != nil && at(doc, i) == '{' {
		end, f := s.below.read(doc, i, out)
		if f == ok && s.leaf >= 0 {
			out[s.leaf] = Value{Span: Span{i, end}, Kind: ObjectKind}
		}
		return end, f
	}
	v, f := skim(doc, i)
	if f == ok && s.leaf >= 0 {
		out[s.leaf] = v
	}
	return v.End, f
}
