package anthropic

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The reasons for which something of a request has no place in the middle form.
const (
	lostMerged = "merged" // the text is there, how it was cut is not
	lostMark   = "belongs_to_no_part"
	lostText   = "text_is_plain"
)

// The levels of a document, each with its own memory of members.
const (
	levelTop = iota
	levelMessage
	levelBlock
	levelInner  // a block in a block
	levelSource // of any block
	levelItem   // a block in a source, a citation
	levelDeep   // the source of a block in a source
	numLevels
)

// maxKeptParts bounds how many parts are kept for the next request.
const maxKeptParts = 1024

// typedPart is a part with room for what it has beside its text.
type typedPart struct {
	part core.Part
	attr core.Attr
}

// typedMemory is the memory of Typed, kept for the next request.
type typedMemory struct {
	levels [numLevels]jsonscan.Object
	parts  []*typedPart
	used   int
	calls  []call
}

// call is a call of a tool that the messages so far hold.
type call struct{ id, name []byte }

func (m *typedMemory) reset() {
	if len(m.parts) > maxKeptParts {
		m.parts = nil
	}
	for _, p := range m.parts[:min(m.used, len(m.parts))] {
		*p = typedPart{}
	}
	clear(m.calls)
	m.used, m.calls = 0, m.calls[:0]
}

// reader reads one document into the middle form.
type reader struct {
	ex  *core.Exchange
	doc []byte
	m   *typedMemory
	r   *core.TypedRequest
	err *core.Error

	msg, block, inner int    // where it stands, -1 for nowhere
	within            string // the path from there on, of an image in a document
	role              core.Role
	ref, name         []byte // of the result that it stands in
	result            bool   // it stands in one
}

// Typed reads doc into the middle form. Besides the rules of [core.TypedRequest]:
//
//   - a document whose source is text, and a search result, is a PartDocument of
//     media type text/plain; where its source is a list of blocks their texts are
//     joined by blank lines, which is reported as merged;
//   - blocks that only providers of this dialect know (server tools and their
//     results, uploads …) are a PartRaw with their type as Name and this dialect as
//     Source;
//   - thinking that is switched off is ReasoningTokens 0; "thinking" is among
//     Others where it says more than a budget, as "adaptive" does.
//
// The errors are those of Scan, for all objects that it opens, and CodeMissingField
// and CodeInvalidField for messages and blocks that are none.
func (d Messages) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	m := &memoryOf(ex).typed
	m.reset()
	rd := reader{ex: ex, doc: doc, m: m, r: r, msg: -1, block: -1, inner: -1}
	for i := range m.levels {
		m.levels[i].Limits = jsonscan.Limits{Depth: d.Depth, Members: leaf.MaxMembers}
	}
	top := &m.levels[levelTop]
	if err := jsonscan.Scan(doc, requestForm.Keys(), top); err != nil {
		return leaf.Refusal(err, "")
	}
	rd.system(top.Value(keySystem))
	rd.messages(top.Value(keyMessages))
	if rd.err != nil {
		return rd.err
	}
	s := settings{ex: ex, doc: doc, p: &r.Parameters, m: m, dropped: &r.Dropped}
	if err := s.continued(top); err != nil {
		return err
	}
	s.all(top)
	leaf.DropWrongTypes(ex, r, leaf.Places{List: "messages", System: "system", Form: "output_config.format"})
	return s.err
}

// path returns the JSON path of where rd stands.
func (rd *reader) path() string {
	if rd.msg < 0 {
		if rd.block < 0 {
			return "system"
		}
		return "system[" + strconv.Itoa(rd.block) + "]"
	}
	p := "messages[" + strconv.Itoa(rd.msg) + "]"
	if rd.block >= 0 {
		p += ".content[" + strconv.Itoa(rd.block) + "]"
	}
	if rd.inner >= 0 {
		p += ".content[" + strconv.Itoa(rd.inner) + "]"
	}
	return p + rd.within
}

func (rd *reader) drop(member, reason string) {
	rd.r.Dropped = append(rd.r.Dropped, rd.path()+member+"="+reason)
}

// object reads the members of v at a level. It returns nil, and sets rd.err, where
// v is refused.
func (rd *reader) object(v jsonscan.Value, keys *jsonscan.Keys, level int, member string) *jsonscan.Object {
	if rd.err != nil {
		return nil
	}
	obj := &rd.m.levels[level]
	if v.Kind != jsonscan.ObjectKind {
		rd.err = leaf.Invalid(rd.path()+member, "must be an object, not %s", v.Kind)
		return nil
	}
	if err := jsonscan.ScanObject(rd.doc, v, keys, obj); err != nil {
		rd.err = leaf.Refusal(err, rd.path()+member)
		return nil
	}
	return obj
}

// text returns the decoded text of the string v, nil for anything else.
func (rd *reader) text(v jsonscan.Value) []byte { return leaf.Text(rd.ex, rd.doc, v) }

// part appends a part.
func (rd *reader) part(kind core.PartKind, text []byte) *typedPart {
	m := rd.m
	if m.used == len(m.parts) {
		m.parts = append(m.parts, &typedPart{})
	}
	p := m.parts[m.used]
	m.used++
	p.part = core.Part{ID: len(rd.r.Parts), Kind: kind, Role: rd.role, Msg: rd.msg, Origin: core.OriginClient}
	p.part.SetText(text)
	if rd.result {
		p.part.Role, p.part.Ref = core.RoleTool, rd.ref
		if kind == core.PartText {
			p.part.Kind = core.PartToolResult
		}
		if p.part.Kind == core.PartToolResult {
			p.part.Name = rd.name
		}
	}
	rd.r.Parts = append(rd.r.Parts, &p.part)
	return p
}

// json gives the part members that no field holds; none where there are none.
func (p *typedPart) json(object []byte) *typedPart {
	if object != nil {
		p.attr.JSON = object
		p.part.Attr = &p.attr
	}
	return p
}

// cacheMark appends the mark v, if there is one.
func (rd *reader) cacheMark(v jsonscan.Value) {
	switch v.Kind {
	case jsonscan.None, jsonscan.Null:
	case jsonscan.ObjectKind:
		rd.part(core.PartCachePoint, nil).json(v.Of(rd.doc))
	default:
		rd.err = leaf.Invalid(rd.path()+".cache_control", "must be an object, not %s", v.Kind)
	}
}

// bits is a set of IDs of members.
type bits uint32

func set(ids ...int) (b bits) {
	for _, id := range ids {
		b |= 1 << id
	}
	return b
}

// rest returns the members of obj whose IDs are not in taken, as one object, or nil
// where there are none. Members that are null say nothing and are left out.
func (rd *reader) rest(obj *jsonscan.Object, taken bits) []byte {
	return restOf(rd.ex, rd.doc, obj, taken)
}

func restOf(ex *core.Exchange, doc []byte, obj *jsonscan.Object, taken bits) []byte {
	left := func(m *jsonscan.Member) bool {
		return m.Value.Kind != jsonscan.Null && (m.ID < 0 || taken>>m.ID&1 == 0)
	}
	n := 0
	for i := range obj.Members {
		if m := &obj.Members[i]; left(m) {
			n += m.Key.Len() + m.Value.Len() + 2
		}
	}
	if n == 0 {
		return nil
	}
	out := ex.Alloc(n + 1)[:0]
	for i := range obj.Members {
		if m := &obj.Members[i]; left(m) {
			sep := byte(',')
			if len(out) == 0 {
				sep = '{'
			}
			out = append(append(out, sep), m.Key.Of(doc)...)
			out = append(append(out, ':'), m.Value.Of(doc)...)
		}
	}
	return append(out, '}')
}

// system reads the system prompt that stands outside the messages.
func (rd *reader) system(v jsonscan.Value) {
	rd.role = core.RoleSystem
	switch v.Kind {
	case jsonscan.String:
		if v.Len() > 2 {
			rd.part(core.PartText, rd.text(v))
		}
	case jsonscan.ArrayKind:
		for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
			rd.block = a.Index()
			rd.contentBlock(a.Value())
		}
		rd.block = -1
	case jsonscan.None, jsonscan.Null:
	default:
		rd.err = leaf.Invalid("system", "must be a string or an array of blocks, not %s", v.Kind)
	}
}

// The members of a message.
const (
	messageRole = iota
	messageContent
)

var messageKeys = jsonscan.NewKeys("role", "content")

func (rd *reader) messages(v jsonscan.Value) {
	for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
		rd.msg = a.Index()
		obj := rd.object(a.Value(), messageKeys, levelMessage, "")
		if obj == nil {
			return
		}
		rd.message(obj)
	}
}

func (rd *reader) message(obj *jsonscan.Object) {
	switch role := obj.Value(messageRole); {
	case role.Kind == jsonscan.None:
		rd.err = leaf.Missing(rd.path()+".role", `"user", "assistant" or "system"`)
	case string(rd.text(role)) == "user":
		rd.role = core.RoleUser
	case string(rd.text(role)) == "assistant":
		rd.role = core.RoleAssistant
	case string(rd.text(role)) == "system":
		rd.role = core.RoleSystem
	default:
		rd.err = leaf.Invalid(rd.path()+".role", `must be "user", "assistant" or "system"`)
	}
	if rd.err != nil {
		return
	}
	for i := range obj.Members {
		if m := &obj.Members[i]; m.ID < 0 && m.Value.Kind != jsonscan.Null {
			rd.drop("."+string(jsonscan.AppendText(nil, rd.doc, m.Key)), leaf.LossUnknown)
		}
	}
	before := len(rd.r.Parts)
	switch v := obj.Value(messageContent); v.Kind {
	case jsonscan.String:
		rd.part(core.PartText, rd.text(v))
	case jsonscan.ArrayKind:
		for a := jsonscan.Elements(rd.doc, v); rd.err == nil && a.Next(); {
			rd.block = a.Index()
			rd.contentBlock(a.Value())
		}
		rd.block = -1
	case jsonscan.None, jsonscan.Null:
		if rd.role != core.RoleSystem {
			rd.err = leaf.Missing(rd.path()+".content", "a string or an array of blocks")
		}
	default:
		rd.err = leaf.Invalid(rd.path()+".content", "must be a string or an array of blocks, not %s", v.Kind)
	}
	if len(rd.r.Parts) == before {
		rd.part(core.PartText, nil)
	}
}
