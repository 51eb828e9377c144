package jsonscan

// Array walks over the elements of an array:
//
//	for a := jsonscan.Elements(doc, v); a.Next(); {
//		err := a.Object(keys, &obj) // or a.Value()
//	}
//
// Each element is passed over once, by whichever method is asked first.
type Array struct {
	doc   []byte
	pos   int // where to go on: the element, or what follows it
	start int // of the element
	index int
	value Value // of kind None until it is known
	after bool  // pos is behind the element
}

// Elements returns an iterator over the elements of the array v, which must come
// from a document that [Scan] or [Validate] accepted. Over a value of another
// kind, or one that is not there, it finds none; what is broken all the same
// ends the iteration. The iterator keeps a reference to doc.
func Elements(doc []byte, v Value) Array {
	if v.Kind != ArrayKind {
		return Array{index: -1, after: true}
	}
	return Array{doc: doc[:v.End], pos: v.Start, index: -1, after: true}
}

// Next moves to the next element and tells whether there is one.
func (a *Array) Next() bool {
	if !a.after {
		a.Value()
	}
	i := a.pos
	if a.index >= 0 {
		i = space(a.doc, i)
	}
	// Before the first element stands the bracket, before the others a comma.
	if c := at(a.doc, i); c != ',' && (a.index >= 0 || c != '[') {
		return false
	}
	i = space(a.doc, i+1)
	if c := at(a.doc, i); c == ']' || c == 0 {
		return false
	}
	a.pos, a.start, a.after = i, i, false
	a.value = Value{}
	a.index++
	return true
}

// Index returns the index of the element that Next moved to, from 0.
func (a *Array) Index() int { return a.index }

// Value returns the element that Next moved to.
func (a *Array) Value() Value {
	if a.after {
		return a.value
	}
	v, f := skim(a.doc, a.start)
	a.finish(v.End, f)
	a.value = v
	return v
}

// Object records the members of the element in obj, as [ScanObject] does.
func (a *Array) Object(keys *Keys, obj *Object) error {
	if a.after || at(a.doc, a.start) != '{' {
		return ScanObject(a.doc, a.Value(), keys, obj)
	}
	obj.begin(keys)
	end, f := obj.scan(a.doc, a.start, keys, trusted)
	if f != ok {
		err := obj.fail(a.doc, end, f, keys)
		obj.begin(nil)
		return err
	}
	a.value = Value{Span: Span{a.start, end}, Kind: ObjectKind}
	a.finish(end, ok)
	return nil
}

// finish notes that the element ends at end, or that there is no telling where.
func (a *Array) finish(end int, f fault) {
	a.after = true
	a.pos = end
	if f != ok {
		a.pos = len(a.doc)
	}
}
