package responses

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Why something of a request has no place in the middle form.
const (
	lossUnknown   = "unknown_field"
	lossMisplaced = "nothing_to_seal"
	lossRole      = "unknown_role"
	lossTwice     = "no_place_for_both"
	lossTooMany   = "too_many"
	lossStore     = "not_kept"
	lossInclude   = "no_place_in_answer"
	lossGrammar   = "not_enforced"
	lossDerived   = "derived"
	lossGroup     = "no_place_for_namespaces"
)

// Typed reads doc into the middle form. Each object that it opens is read by the rules
// of law 2; the errors name the place. Texts without escapes alias doc, all else lies
// in the memory of ex.
//
// Msg is the index of an item of input; one that has nothing to say, such as the seal
// of the item before it or tools that it adds, has no parts. id and status of an item
// say nothing about what is asked and are left out. What tools at the provider did
// (web_search_call, mcp_call …) and items that are not known are parts of kind PartRaw.
//
// What refers to something that a provider keeps is CodeUnsupportedField, since the
// gateway has not got it: previous_response_id, conversation, background, prompt, item
// references and compacted conversations.
func (Dialect) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	m := &memoryOf(ex).typed
	m.calls, m.tools = m.calls[:0], m.tools[:0]
	m.used = true
	t := &m.typist
	*t = typist{ex: ex, m: m, doc: doc, r: r, path: t.path[:0]}
	err := t.request()
	*t = typist{path: t.path[:0]}
	return err
}

// typedMemory is what the translation of one exchange needs. It survives the pooling
// of exchanges.
type typedMemory struct {
	parts  slab[core.Part]
	attrs  slab[core.Attr]
	levels [numLevels]jsonscan.Object
	calls  []*core.Part // the tool calls so far
	tools  []declared
	spans  []jsonscan.Span
	merged jsonscan.Object // of members from two places
	used   bool            // since the last reset
	typist typist          // here, so that a request costs no allocation
}

func (m *typedMemory) reset() {
	if !m.used {
		return
	}
	m.parts.reset()
	m.attrs.reset()
	clear(m.calls)
	clear(m.tools)
	m.calls, m.tools = m.calls[:0], m.tools[:0]
	m.used = false
}

// slab hands out values that live as long as the exchange.
type slab[T any] struct {
	items []*T
	used  int
}

func (s *slab[T]) next() *T {
	if s.used == len(s.items) {
		s.items = append(s.items, new(T))
	}
	s.used++
	return s.items[s.used-1]
}

// maxSlab is how many values a slab keeps for the next exchange.
const maxSlab = 1024

func (s *slab[T]) reset() {
	if len(s.items) > maxSlab {
		s.items = nil
	}
	var zero T
	for _, p := range s.items[:min(s.used, len(s.items))] {
		*p = zero
	}
	s.used = 0
}

// The objects that are open at one time, each in its own memory.
const (
	levelTop  = iota
	levelItem // or a tool
	levelContent
	levelInner
	levelInnermost
	numLevels
)

// typist reads one request into the middle form.
type typist struct {
	ex    *core.Exchange
	m     *typedMemory
	doc   []byte
	r     *core.TypedRequest
	path  []byte // where it stands
	quiet bool   // losses are not reported

	// The item that is read.
	msg       int
	role      core.Role
	ref, name []byte // of a tool's result
}

func (t *typist) request() *core.Error {
	top, err := t.open(levelTop, t.root(), requestForm.Keys())
	if err != nil {
		return err
	}
	if err := t.kept(top); err != nil {
		return err
	}
	if err := t.parameters(top); err != nil {
		return err
	}
	t.path = t.path[:0]
	t.msg, t.role = -1, core.RoleSystem
	text, err := t.must("instructions", top.Value(keyInstructions))
	if err != nil {
		return err
	}
	if len(text) > 0 {
		t.add(core.PartText, text)
	}
	return t.input(top.Value(keyInput))
}

// kept refuses what only the provider that keeps it could use, and reports that
// nothing is kept.
func (t *typist) kept(top *jsonscan.Object) *core.Error {
	const advice = "This route's provider speaks another API and keeps nothing. "
	for _, k := range [...]struct {
		id   int
		what string
	}{
		{keyPrevious, "Send the whole input with each request, and set \"store\" to false."},
		{keyConversation, "Send the whole input with each request, and set \"store\" to false."},
		{keyPrompt, "Send the instructions and the input themselves."},
	} {
		if name := requestKeys[k.id]; !leaf.Absent(top.Value(k.id)) {
			return core.ClientErrorf(core.CodeUnsupportedField, name, "%sLeave %q out. %s", advice, name, k.what)
		}
	}
	if top.Value(keyBackground).Bool() {
		return core.ClientErrorf(core.CodeUnsupportedField, "background",
			"%sLeave \"background\" out and wait for the answer, or use a stream.", advice)
	}
	store := top.Value(keyStore)
	strict := t.ex.Route != nil && t.ex.Route.Strict
	if store.Bool() || leaf.Absent(store) && !strict {
		t.drop("store", lossStore)
	}
	return nil
}

func (t *typist) input(v jsonscan.Value) *core.Error {
	switch v.Kind {
	case jsonscan.String:
		t.msg, t.role = 0, core.RoleUser
		t.add(core.PartText, t.text(v))
		return nil
	case jsonscan.ArrayKind:
	case jsonscan.None, jsonscan.Null:
		return leaf.Missing("input", "a string, or an array of items")
	default:
		return leaf.Invalid("input", "must be a string or an array, not %s", v.Kind)
	}
	for a := jsonscan.Elements(t.doc, v); a.Next(); {
		t.path = append(t.path[:0], "input["...)
		t.path = append(strconv.AppendInt(t.path, int64(a.Index()), 10), ']')
		t.msg, t.ref, t.name = a.Index(), nil, nil
		if err := t.item(a.Value()); err != nil {
			return err
		}
	}
	return nil
}

// root returns the document as a value.
func (t *typist) root() jsonscan.Value {
	start := bytes.IndexByte(t.doc, '{')
	end := bytes.LastIndexByte(t.doc, '}')
	if start < 0 || end < start {
		return jsonscan.Value{}
	}
	return jsonscan.Value{Kind: jsonscan.ObjectKind, Span: jsonscan.Span{Start: start, End: end + 1}}
}

// open reads the object v into the memory of its level.
func (t *typist) open(level int, v jsonscan.Value, keys *jsonscan.Keys) (*jsonscan.Object, *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return nil, leaf.Invalid(string(t.path), "must be an object, not %s", v.Kind)
	}
	obj := &t.m.levels[level]
	obj.Limits.Members = leaf.MaxMembers
	if err := jsonscan.ScanObject(t.doc, v, keys, obj); err != nil {
		return nil, leaf.Refusal(err, string(t.path))
	}
	return obj, nil
}

// in steps down to a member, for the path of errors and losses; the caller goes back
// with t.path = t.path[:n].
func (t *typist) in(member string) (n int) {
	n = len(t.path)
	if n > 0 {
		t.path = append(t.path, '.')
	}
	t.path = append(t.path, member...)
	return n
}

// at is in for an element.
func (t *typist) at(i int) (n int) {
	n = len(t.path)
	t.path = append(strconv.AppendInt(append(t.path, '['), int64(i), 10), ']')
	return n
}

// drop reports that a member of where t stands is lost, or, without a name, the whole.
func (t *typist) drop(member, reason string) {
	if t.quiet {
		return
	}
	n := len(t.path)
	if member != "" {
		n = t.in(member)
	}
	t.r.Dropped = append(t.r.Dropped, string(t.path)+"="+reason)
	t.path = t.path[:n]
}

func (t *typist) text(v jsonscan.Value) []byte { return leaf.Text(t.ex, t.doc, v) }

// key returns the decoded key of a member, at most 64 bytes of it.
func (t *typist) key(m *jsonscan.Member) string {
	key := jsonscan.AppendText(nil, t.doc, m.Key)
	return string(key[:min(len(key), 64)])
}

// must returns the text of the member v, which must be a string or absent.
func (t *typist) must(member string, v jsonscan.Value) ([]byte, *core.Error) {
	if v.Kind == jsonscan.String {
		return t.text(v), nil
	}
	if leaf.Absent(v) {
		return nil, nil
	}
	n := t.in(member)
	defer func() { t.path = t.path[:n] }()
	return nil, leaf.Invalid(string(t.path), "must be a string, not %s", v.Kind)
}

// each reads the elements of an array that may be absent.
func (t *typist) each(member string, v jsonscan.Value, read func(jsonscan.Value) *core.Error) *core.Error {
	if leaf.Absent(v) {
		return nil
	}
	n := t.in(member)
	if v.Kind != jsonscan.ArrayKind {
		return leaf.Invalid(string(t.path), "must be an array, not %s", v.Kind)
	}
	for a := jsonscan.Elements(t.doc, v); a.Next(); {
		n := t.at(a.Index())
		if err := read(a.Value()); err != nil {
			return err
		}
		t.path = t.path[:n]
	}
	t.path = t.path[:n]
	return nil
}

// add appends a part of the item that is read.
func (t *typist) add(kind core.PartKind, text []byte) *core.Part {
	p := t.m.parts.next()
	*p = core.Part{ID: len(t.r.Parts), Kind: kind, Role: t.role, Msg: t.msg}
	if t.role == core.RoleTool {
		p.Ref, p.Name = t.ref, t.name
		if kind == core.PartText {
			p.Kind = core.PartToolResult
		}
	}
	p.SetText(text)
	t.r.Parts = append(t.r.Parts, p)
	return p
}

// attr returns the attributes of p, which it makes where there are none.
func (t *typist) attr(p *core.Part) *core.Attr {
	if p.Attr == nil {
		p.Attr = t.m.attrs.next()
	}
	return p.Attr
}

// raw adds a value that only providers of this dialect understand.
func (t *typist) raw(v jsonscan.Value) *core.Error {
	t.attr(t.add(core.PartRaw, nil)).JSON = v.Of(t.doc)
	return nil
}

// keep puts the members of obj that used does not name into Attr.JSON of p, beside
// what is there, as they are written. used has a bit for each key ID.
func (t *typist) keep(p *core.Part, obj *jsonscan.Object, used uint32) {
	if p.Kind == core.PartRaw { // its JSON is what it is
		t.dropRest(obj, used)
		return
	}
	var more []byte
	if p.Attr != nil {
		more = p.Attr.JSON
	}
	if rest := t.rest(obj, used, more); rest != nil {
		t.attr(p).JSON = rest
	}
}

// dropRest reports the members of obj that used does not name.
func (t *typist) dropRest(obj *jsonscan.Object, used uint32) {
	for i := range obj.Members {
		if m := &obj.Members[i]; left(m, used) {
			t.drop(t.key(m), lossUnknown)
		}
	}
}

// rest returns an object of the members of obj that used does not name, and of those
// in more, an object or nil; nil for none. Where two of them have one key, those of
// obj are dropped.
func (t *typist) rest(obj *jsonscan.Object, used uint32, more []byte) []byte {
	spans, size := t.m.spans[:0], len(more)+2
	for i := range obj.Members {
		if m := &obj.Members[i]; left(m, used) {
			s := jsonscan.Span{Start: m.Key.Start, End: m.Value.End}
			spans, size = append(spans, s), size+s.Len()+1
		}
	}
	t.m.spans = spans
	if len(spans) == 0 {
		return more
	}
	b := append(t.ex.Alloc(size)[:0], '{')
	for i, s := range spans {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, s.Of(t.doc)...)
	}
	if len(more) <= 2 {
		return append(b, '}')
	}
	b = append(append(b, ','), more[1:]...)
	if jsonscan.Scan(b, nil, &t.m.merged) == nil {
		return b
	}
	for i := range obj.Members {
		if m := &obj.Members[i]; left(m, used) {
			t.drop(t.key(m), lossTwice)
		}
	}
	return more
}

// left tells whether no ID in used names the member.
func left(m *jsonscan.Member, used uint32) bool {
	return m.Value.Kind != jsonscan.Null && (m.ID < 0 || used>>m.ID&1 == 0)
}
