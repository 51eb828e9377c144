package leaf

import (
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// State is what the objects around a leaf say about it. A [Scene] sets it; after
// the object everything is as it was before.
type State struct {
	Msg, Choice int
	Role        core.Role
	// Name is the tool's name, Ref the id of the call, Media the media type of an
	// image, audio or document. Without Media that of a "data:" URL counts.
	Name, Ref, Media []byte
	// Plain tells that a document is given as the text that it is, not in base64.
	Plain bool
	// Block is the number of the block in an event of a stream, -1 for none, and
	// Flow how what stands there relates to it.
	Block int
	Flow  core.Flow
	// Kind is that of what the rows call a text.
	Kind core.PartKind
}

// Walk goes through one document, level by level, and opens each object that it
// meets by the rules of law 2. The fields of [State] are for scenes to set.
type Walk struct {
	State
	ex   *core.Exchange
	m    *Memory
	form *Form
	doc  []byte

	depth int
	steps []step // the way from the top, for errors and reports

	turns   []jsonscan.Span
	parts   []*core.Part
	derived []derived
	unknown []string // paths of unknown and opaque leaves, when wanted
	gather  bool     // their places are wanted
	request bool     // each of them may be read by the model
	report  bool
	find    int    // the offset of what is looked for, 0 for nothing
	found   string // the path of the object in which that lies
	err     *core.Error

	ev      *events            // of a walk through an event, else nil
	c       *core.EventContent // what it fills
	counter jsonscan.Value     // [Spec.Counter] of the event
}

// step is one step on the way from the top of the document: a member with its
// key, or an element with its index.
type step struct {
	key   jsonscan.Span // empty for an element
	index int
}

// derived is a value that must go when a part beside it was edited.
type derived struct {
	span        jsonscan.Span
	from        core.PartKind // PartText for all kinds
	msg, choice int
}

// Exchange returns the exchange whose document it is.
func (w *Walk) Exchange() *core.Exchange { return w.ex }

// Doc returns the document.
func (w *Walk) Doc() []byte { return w.doc }

// Fail ends the walk with err.
func (w *Walk) Fail(err *core.Error) { w.err = err }

// Text returns the decoded text of the string v, nil for anything else. It lives
// as long as the exchange or, in an event of a stream, until the next one.
func (w *Walk) Text(v jsonscan.Value) []byte {
	if w.ev != nil {
		return w.ev.decode(w.doc, v)
	}
	return Text(w.ex, w.doc, v)
}

// Path returns the JSON path of where the walk stands, e.g. "messages[2].role".
// Keys are cut to 64 bytes each.
func (w *Walk) Path() string {
	var b []byte
	for _, s := range w.steps {
		if s.key.Len() == 0 {
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		key := jsonscan.AppendText(nil, w.doc, s.key)
		b = append(b, key[:min(len(key), 64)]...)
	}
	return string(b)
}

// Index is for scenes of elements: the index of the element.
func (w *Walk) Index() int {
	if len(w.steps) == 0 {
		return 0
	}
	return w.steps[len(w.steps)-1].index
}

// object reads the members of the object v, whose form is n. It returns nil
// where the object is refused; w.err then says why.
func (w *Walk) object(v jsonscan.Value, n *node) *jsonscan.Object {
	obj := w.m.level(w.depth)
	var keys *jsonscan.Keys
	if n != nil {
		keys = n.keys
	}
	if err := jsonscan.ScanObject(w.doc, v, keys, obj); err != nil {
		w.err = Refusal(err, w.Path())
		return nil
	}
	return obj
}

// walk goes through the value v, whose form is n; nil means that nothing is
// known about it. Documents are at most [jsonscan.DefaultDepth] deep.
func (w *Walk) walk(v jsonscan.Value, n *node) {
	if w.err != nil {
		return
	}
	if n != nil && v.Kind != jsonscan.Null {
		switch n.row.Class { //nolint:exhaustive // the others are about strings
		case Derived:
			w.derive(v, n)
			return
		case Spelling:
			w.spelling(v, n)
			return
		case Value:
			w.content(v, &n.row)
			return
		case Opaque:
			if v.Kind == jsonscan.ArrayKind && n.elem == nil { // such as tokens
				w.Unseen(v, "")
				return
			}
		}
	}
	switch v.Kind {
	case jsonscan.String:
		w.leaf(v, n)
	case jsonscan.ObjectKind:
		if w.form.lone && n != nil && n.elem != nil && n.elem != n {
			n = n.elem
		}
		if obj := w.object(v, n); obj != nil {
			w.members(obj, n)
		}
	case jsonscan.ArrayKind:
		w.elements(v, n)
	default:
	}
}

// derive notes that v goes when what it follows from is edited.
func (w *Walk) derive(v jsonscan.Value, n *node) {
	msg := w.Msg
	if w.ev != nil {
		msg = w.Block
	}
	w.derived = append(w.derived, derived{v.Span, n.row.Kind, msg, w.Choice})
}

// spelling notes that v goes: where it spells anything, whatever becomes of that.
func (w *Walk) spelling(v jsonscan.Value, n *node) {
	w.derive(v, n)
	switch {
	case w.request, !spells(v.Of(w.doc)):
	case w.ev != nil:
		w.c.Unknown = append(w.c.Unknown, core.Span(v.Span))
	case w.gather:
		w.m.strange = append(w.m.strange, v.Span)
	}
}

// spells tells whether value, sound JSON, has a string or a list that is not empty.
func spells(value []byte) bool {
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '[':
			if value[i+1+firstByte(value[i+1:])] != ']' {
				return true
			}
		case '"':
			for i++; value[i] != '"'; i++ {
				if value[i] == '\\' {
					i++
				}
			}
			if rest := value[i+1:]; firstByte(rest) == len(rest) || rest[firstByte(rest)] != ':' {
				return true
			}
		}
	}
	return false
}

func (w *Walk) members(obj *jsonscan.Object, n *node) {
	if n == nil || n.scene == nil {
		w.eachMember(obj, n)
		return
	}
	before := w.State
	n.scene(w, Object{obj, n})
	w.eachMember(obj, n)
	w.State = before
}

func (w *Walk) eachMember(obj *jsonscan.Object, n *node) {
	named := w.request && n.shows()
	free := named && w.namesProperties()
	from := len(w.m.names)
	if w.find > 0 && n.gathers() {
		w.look(obj)
	}
	w.depth++
	w.steps = append(w.steps, step{})
	for i := range obj.Members {
		member := &obj.Members[i]
		w.steps[len(w.steps)-1] = step{key: member.Key}
		if named && member.ID < 0 {
			w.name(obj, member, n, free)
		}
		w.walk(member.Value, n.member(member.ID))
		if w.err != nil {
			return
		}
	}
	w.steps = w.steps[:len(w.steps)-1]
	w.depth--
	if len(w.m.names) > from && n.gathers() {
		w.sayNames(obj, n, from)
	}
}

func (w *Walk) elements(v jsonscan.Value, n *node) {
	kid := n.element()
	before := w.State
	w.depth++
	w.steps = append(w.steps, step{})
	for a := jsonscan.Elements(w.doc, v); a.Next(); {
		w.steps[len(w.steps)-1] = step{index: a.Index()}
		elem := a.Value()
		if kid != nil {
			w.count(kid, elem, a.Index())
		}
		w.walk(elem, kid)
		if w.err != nil {
			return
		}
	}
	w.Msg, w.Choice = before.Msg, before.Choice
	w.steps = w.steps[:len(w.steps)-1]
	w.depth--
}

// turnDepth is how many steps below the top the messages of a document stand: one in
// a document within the document (see [Spec].Again) lies deeper.
const turnDepth = 2

// count notes that elem is the message or choice i, if it is one.
func (w *Walk) count(kid *node, elem jsonscan.Value, i int) {
	if kid.turn {
		w.Msg = i
		if len(w.steps) == turnDepth { // others can be put beside it
			w.turns = append(w.turns, elem.Span)
		}
		if elem.Kind != jsonscan.ObjectKind {
			w.err = Invalid(w.Path(), "must be an object, not %s", elem.Kind)
		}
	}
	if kid.choice {
		w.Choice = i
	}
}

// leaf deals with the string v.
func (w *Walk) leaf(v jsonscan.Value, n *node) {
	class := Unknown
	if n != nil {
		class = n.row.Class
	}
	switch class {
	case Part:
		if !w.schemaWord(v, n) {
			w.content(v, &n.row)
		}
	case Unknown, Opaque:
		switch {
		case w.report:
			w.unknown = append(w.unknown, w.Path())
		case class == Opaque && w.request:
			w.Unseen(v, "")
		case class == Unknown && (w.request || w.judged()):
			w.unnamed(v)
			if w.namesKept() {
				w.Unseen(v, "")
			}
		case w.ev != nil:
			w.c.Unknown = append(w.c.Unknown, core.Span(v.Span))
		case w.gather:
			w.m.strange = append(w.m.strange, v.Span)
		}
	case Setting:
		if w.request {
			w.setting(v)
		}
	case Attr, Control:
		if w.request && (class == Control && n.rest == n || !isWord(w.Text(v))) {
			w.unnamed(v)
		}
	case Derived, Spelling, Value, Route, Secret:
	}
}

// longestWord is how long, in bytes, a word or id of a protocol may be. Some ids carry
// what a provider sealed.
const longestWord = 16 << 10

// isWord tells whether a text is one word of ASCII.
func isWord(text []byte) bool {
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(text) <= longestWord
}

// judged tells whether the leaf lies below a member whose unknown texts are
// judged like any other: a content of another form, say, may be read by the model
// or the client all the same.
func (w *Walk) judged() bool { return len(w.steps) > 1 && w.underJudged() }

// underJudged is judged for what lies in the object where the walk stands.
func (w *Walk) underJudged() bool {
	if len(w.steps) == 0 {
		return false
	}
	var buf [64]byte
	key := jsonscan.AppendText(buf[:0], w.doc, w.steps[0].key)
	return slices.Contains(w.form.judged, string(key))
}

// unnamed deals with a string that no row names and that is judged all the same.
func (w *Walk) unnamed(v jsonscan.Value) {
	switch {
	case w.ev != nil:
		w.unnamedEvent(v)
	case w.judged():
		w.part(v, core.PartText)
	default:
		w.setting(v)
	}
}

// setting deals with a string that is nothing that anybody said.
func (w *Walk) setting(v jsonscan.Value) {
	before := w.State
	w.Role, w.Msg = core.RoleTool, -1
	w.part(v, core.PartText)
	w.State = before
}

// content deals with a value that row calls content.
func (w *Walk) content(v jsonscan.Value, row *Row) {
	if w.ev != nil {
		w.eventPart(v, row)
	} else {
		w.part(v, row.Kind)
		w.reveal(w.parts[len(w.parts)-1], row)
		if row.Address && v.Kind == jsonscan.String && isKept(w.Text(v)) {
			w.Unseen(v, "")
		}
	}
}

// schemaWord tells whether v is the type that a JSON Schema names.
func (w *Walk) schemaWord(v jsonscan.Value, n *node) bool {
	if n.rest != n {
		return false // not below a "**"
	}
	last := w.steps[len(w.steps)-1]
	for i := len(w.steps) - 2; last.key.Len() == 0 && i >= 0; i-- {
		last = w.steps[i] // one of several types
	}
	return string(last.key.Of(w.doc)) == `"type"` && !v.Escaped && schemaType(v.Text(w.doc))
}

// part appends a part for v, which is a string or a value of another kind.
func (w *Walk) part(v jsonscan.Value, kind core.PartKind) {
	text := v.Of(w.doc)
	if v.Kind == jsonscan.String {
		text = w.Text(v)
	}
	w.add(v.Span, kind, text)
}

// add appends a part of that text, which stands at span.
func (w *Walk) add(span jsonscan.Span, kind core.PartKind, text []byte) {
	if kind == core.PartText {
		kind = w.Kind
	}
	p := w.m.newPart()
	*p = core.Part{
		ID: len(w.parts), Kind: kind, Role: w.Role, Msg: w.Msg, Choice: w.Choice,
		Raw: core.Span(span), Name: w.Name, Origin: core.OriginClient,
	}
	p.SetText(text)
	w.say(p, text)
	w.parts = append(w.parts, p)
}

// say gives p what the objects around it say.
func (w *Walk) say(p *core.Part, text []byte) {
	result := w.Role == core.RoleTool && w.Msg >= 0
	switch p.Kind { //nolint:exhaustive // the others have no more to say
	case core.PartText, core.PartToolResult:
		if result {
			p.Kind, p.Ref = core.PartToolResult, w.Ref
		}
	case core.PartToolCall:
		p.Ref = w.Ref
	case core.PartImage, core.PartAudio, core.PartDocument:
		if p.Name = w.Media; p.Name == nil {
			p.Name = DataType(text)
		}
		if result {
			p.Ref = w.Ref
		}
	}
}
