package leaf

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Why something of a request has no place in the middle form.
const (
	LossTwice   = "no_place_for_both" // another member of the same name has it
	LossUnknown = "unknown_field"     // no other dialect has the like
	LossRole    = "unknown_role"
	LossCall    = "no_such_call"    // a result of a tool has no call
	LossName    = "not_of_its_call" // a result of a tool has another name than its call
)

// maxOpen is how many objects a [Reader] may have open at one time.
const maxOpen = 8

// Reader reads a request into the middle form, object by object, and knows at each
// moment where it stands. A dialect embeds it in what knows its own objects. The zero
// value but for the exported fields up to Mem is ready for one request.
type Reader struct {
	Ex  *core.Exchange
	Doc []byte             // the document; parts without escapes alias it
	Out *core.TypedRequest // what is made of it
	Mem *ReaderMemory

	Path  []byte // where it stands, e.g. "messages[2].content"
	Quiet bool   // losses are not reported

	// Of the message that is read: its index, who speaks, and for a tool's result
	// the call's id and the tool's name.
	Msg       int
	Role      core.Role
	Ref, Name []byte
}

// ReaderMemory is what a [Reader] needs. It survives the pooling of exchanges; its
// parts are valid until Reset.
type ReaderMemory struct {
	parts  slab[core.Part]
	attrs  slab[core.Attr]
	levels [maxOpen]jsonscan.Object
	spans  []jsonscan.Span
	merged jsonscan.Object // of members from two places
}

// Reset makes m ready for the next exchange.
func (m *ReaderMemory) Reset() {
	m.parts.reset()
	m.attrs.reset()
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

// Root returns the document as a value.
func (t *Reader) Root() jsonscan.Value {
	start := bytes.IndexByte(t.Doc, '{')
	end := bytes.LastIndexByte(t.Doc, '}')
	if start < 0 || end < start {
		return jsonscan.Value{}
	}
	return jsonscan.Value{Kind: jsonscan.ObjectKind, Span: jsonscan.Span{Start: start, End: end + 1}}
}

// Open reads the object v by the rules of law 2, into the memory of its level, 0 to 7.
// It is valid until another object of that level is opened.
func (t *Reader) Open(level int, v jsonscan.Value, keys *jsonscan.Keys) (*jsonscan.Object, *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return nil, Invalid(string(t.Path), "must be an object, not %s", v.Kind)
	}
	obj := &t.Mem.levels[level]
	obj.Limits.Members = MaxMembers
	if err := jsonscan.ScanObject(t.Doc, v, keys, obj); err != nil {
		return nil, Refusal(err, string(t.Path))
	}
	return obj, nil
}

// In steps down to a member; the caller goes back with t.Path = t.Path[:n].
func (t *Reader) In(member string) (n int) {
	n = len(t.Path)
	if n > 0 {
		t.Path = append(t.Path, '.')
	}
	t.Path = append(t.Path, member...)
	return n
}

// At is In for an element.
func (t *Reader) At(i int) (n int) {
	n = len(t.Path)
	t.Path = append(strconv.AppendInt(append(t.Path, '['), int64(i), 10), ']')
	return n
}

// Drop reports that a member of where t stands is lost or, without a name, the whole.
func (t *Reader) Drop(member, reason string) {
	if t.Quiet {
		return
	}
	n := len(t.Path)
	if member != "" {
		n = t.In(member)
	}
	t.Out.Dropped = append(t.Out.Dropped, string(t.Path)+"="+reason)
	t.Path = t.Path[:n]
}

// Text returns the decoded text of a string, nil for anything else.
func (t *Reader) Text(v jsonscan.Value) []byte { return Text(t.Ex, t.Doc, v) }

// Key returns the decoded key of a member, at most 64 bytes of it.
func (t *Reader) Key(m *jsonscan.Member) string {
	key := jsonscan.AppendText(nil, t.Doc, m.Key)
	return string(key[:min(len(key), 64)])
}

// Must returns the text of the member v, which must be a string or absent.
func (t *Reader) Must(member string, v jsonscan.Value) ([]byte, *core.Error) {
	if v.Kind == jsonscan.String {
		return t.Text(v), nil
	}
	if Absent(v) {
		return nil, nil
	}
	n := t.In(member)
	defer func() { t.Path = t.Path[:n] }()
	return nil, Invalid(string(t.Path), "must be a string, not %s", v.Kind)
}

// Add appends a part of the message that is read. A text that a tool says is a result.
func (t *Reader) Add(kind core.PartKind, text []byte) *core.Part {
	p := t.Mem.parts.next()
	*p = core.Part{ID: len(t.Out.Parts), Kind: kind, Role: t.Role, Msg: t.Msg}
	if t.Role == core.RoleTool {
		p.Ref, p.Name = t.Ref, t.Name
		if kind == core.PartText {
			p.Kind = core.PartToolResult
		}
	}
	p.SetText(text)
	t.Out.Parts = append(t.Out.Parts, p)
	return p
}

// Attr returns the attributes of p, which it makes where there are none.
func (t *Reader) Attr(p *core.Part) *core.Attr {
	if p.Attr == nil {
		p.Attr = t.Mem.attrs.next()
	}
	return p.Attr
}

// Rest returns an object of the members of obj that used does not name, and of those
// in more, an object or nil; nil for none. used has a bit for each key ID. Where two
// of them have one key, those of obj are dropped.
func (t *Reader) Rest(obj *jsonscan.Object, used uint32, more []byte) []byte {
	spans, size := t.Mem.spans[:0], len(more)+2
	for i := range obj.Members {
		if m := &obj.Members[i]; Left(m, used) {
			s := jsonscan.Span{Start: m.Key.Start, End: m.Value.End}
			spans, size = append(spans, s), size+s.Len()+1
		}
	}
	t.Mem.spans = spans
	if len(spans) == 0 {
		return more
	}
	b := append(t.Ex.Alloc(size)[:0], '{')
	for i, s := range spans {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, s.Of(t.Doc)...)
	}
	if len(more) <= 2 {
		return append(b, '}')
	}
	b = append(append(b, ','), more[1:]...)
	if jsonscan.Scan(b, nil, &t.Mem.merged) == nil {
		return b
	}
	for i := range obj.Members {
		if m := &obj.Members[i]; Left(m, used) {
			t.Drop(t.Key(m), LossTwice)
		}
	}
	return more
}

// DropRest reports the members of obj that used does not name, which nothing is known
// of.
func (t *Reader) DropRest(obj *jsonscan.Object, used uint32) {
	for i := range obj.Members {
		if m := &obj.Members[i]; Left(m, used) {
			t.Drop(t.Key(m), LossUnknown)
		}
	}
}

// Left tells whether no ID in used names the member, which is there.
func Left(m *jsonscan.Member, used uint32) bool {
	return m.Value.Kind != jsonscan.Null && (m.ID < 0 || used>>m.ID&1 == 0)
}
