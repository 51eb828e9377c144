package openai

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.TypedDialect = Chat{}

// chatName is the dialect's name, and so who sealed a signature without an origin.
const chatName = "openai.chat"

// Why something of a request has no place in the middle form.
const (
	lossUnknown    = "unknown_field"
	lossRole       = "unknown_role"
	lossWrongRole  = "wrong_role"
	lossSuperseded = "superseded"
	lossBound      = "provider_bound_id"
	lossTwice      = "no_place_for_both"
	lossTooMany    = "too_many"
)

// Typed reads doc into the middle form. Each object that it opens is read by the
// rules of law 2; the errors name the place. Texts without escapes alias doc, all
// else lies in the memory of ex.
//
// The speaker's name of a message is in Attr.JSON of its first part, and so are
// unknown members of an item of content in that of its part. Where a message has
// its thinking in several forms, the richest counts. The results of legacy
// function calls are tied to their calls by ids that are made up.
func (Chat) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	return readTyped(ex, doc, r, (*typist).request)
}

// readTyped reads doc with read.
func readTyped(ex *core.Exchange, doc []byte, r *core.TypedRequest, read func(*typist) *core.Error) *core.Error {
	m := &memoryOf(ex).typed
	m.calls, m.legacy, m.used = m.calls[:0], false, true
	t := &m.typist
	*t = typist{ex: ex, m: m, doc: doc, r: r, path: t.path[:0]}
	err := read(t)
	*t = typist{path: t.path[:0]}
	return err
}

// typedMemory is what the translation of one exchange needs. It survives the
// pooling of exchanges.
type typedMemory struct {
	parts  slab[core.Part]
	attrs  slab[core.Attr]
	levels [numLevels]jsonscan.Object
	calls  []*core.Part // the tool calls so far
	spans  []jsonscan.Span
	merged jsonscan.Object // of members from two places
	legacy bool            // the client speaks of functions, not of tools
	used   bool            // since the last reset
	writer chatWriter
	typist typist // here, so that a request costs no allocation
}

func (m *typedMemory) reset() {
	m.parts.reset()
	m.attrs.reset()
	clear(m.calls)
	m.calls = m.calls[:0]
	m.writer.forget()
	m.legacy, m.used = false, false
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
	levelTop     = iota
	levelMessage // or a tool
	levelItem    // of its content, or a call
	levelInner
	levelInnermost
	numLevels
)

// typist reads one request into the middle form.
type typist struct {
	ex   *core.Exchange
	m    *typedMemory
	doc  []byte
	r    *core.TypedRequest
	path []byte // where it stands

	// The message that is read.
	msg       int
	role      core.Role
	ref, name []byte // of a tool's result
}

func (t *typist) request() *core.Error {
	top, err := t.open(levelTop, t.root(), requestForm.Keys())
	if err != nil {
		return err
	}
	messages := top.Value(keyMessages)
	if err := t.parameters(top, "messages"); err != nil {
		return err
	}
	if messages.Kind != jsonscan.ArrayKind {
		return leaf.Invalid("messages", "must be an array, not %s", messages.Kind)
	}
	for a := jsonscan.Elements(t.doc, messages); a.Next(); {
		t.path = append(t.path[:0], "messages["...)
		t.path = append(strconv.AppendInt(t.path, int64(a.Index()), 10), ']')
		t.msg = a.Index()
		if err := t.message(a.Value()); err != nil {
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

// in steps down to a member, for the path of errors and losses; the caller goes
// back with t.path = t.path[:n].
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

// drop reports that a member of where t stands is lost.
func (t *typist) drop(member, reason string) {
	n := t.in(member)
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

// add appends a part of the message that is read.
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

// seal gives p the signature that a client sent back.
func (t *typist) seal(p *core.Part, seal []byte) {
	if len(seal) > 0 {
		a := t.attr(p)
		a.Source, a.Signature = leaf.SplitSeal(chatName, seal)
	}
}

// point adds the mark that what stands before it is to be cached.
func (t *typist) point(v jsonscan.Value) {
	if !leaf.Absent(v) {
		t.attr(t.add(core.PartCachePoint, nil)).JSON = v.Of(t.doc)
	}
}

// keep puts the members of obj that used does not name into Attr.JSON of p,
// beside what is there, as they are written. used has a bit for each key ID.
func (t *typist) keep(p *core.Part, obj *jsonscan.Object, used uint32) {
	var more []byte
	if p.Attr != nil {
		more = p.Attr.JSON
	}
	if rest := t.rest(obj, used, more); rest != nil {
		t.attr(p).JSON = rest
	}
}

// rest returns an object of the members of obj that used does not name, and of
// those in more, an object or nil; nil for none. Where two of them have one key,
// those of obj are dropped.
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
