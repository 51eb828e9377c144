package openai

import (
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// derived is a value that must go when a part beside it was edited.
type derived struct {
	span        jsonscan.Span
	from        core.PartKind // PartThinking, or any other for all kinds
	msg, choice int
}

// walker goes through the form of a document, level by level, and opens each
// object that it meets by the rules of law 2.
type walker struct {
	ex  *core.Exchange
	m   *memory
	doc []byte

	depth int
	steps []step // the way from the top, for errors and reports

	// What the objects around a leaf say about it.
	msg, choice int
	role        core.Role
	name, ref   []byte
	media       []byte

	messages []jsonscan.Span
	parts    []*core.Part
	derived  []derived
	unknown  []string // paths of unknown and opaque leaves, when wanted
	report   bool
	err      *core.Error
}

// step is one step on the way from the top of the document: a member with its
// key, or an element with its index.
type step struct {
	key   jsonscan.Span // empty for an element
	index int
}

// object reads the members of the object v, whose form is n. It returns nil
// where the object is refused; w.err then says why.
func (w *walker) object(v jsonscan.Value, n *node) *jsonscan.Object {
	obj := w.m.level(w.depth)
	var keys *jsonscan.Keys
	if n != nil {
		keys = n.keys
	}
	if err := jsonscan.ScanObject(w.doc, v, keys, obj); err != nil {
		w.err = refusal(err, w.path())
		return nil
	}
	return obj
}

// walk goes through the value v, whose form is n; nil means that nothing is
// known about it. Documents are at most [jsonscan.DefaultDepth] deep.
func (w *walker) walk(v jsonscan.Value, n *node) {
	if w.err != nil {
		return
	}
	if n != nil && n.leaf.class == classDerived && v.Kind != jsonscan.Null {
		w.derived = append(w.derived, derived{v.Span, n.leaf.kind, w.msg, w.choice})
		return
	}
	switch v.Kind {
	case jsonscan.String:
		w.leaf(v, n)
	case jsonscan.ObjectKind:
		if obj := w.object(v, n); obj != nil {
			w.members(obj, n)
		}
	case jsonscan.ArrayKind:
		w.elements(v, n)
	default:
	}
}

func (w *walker) members(obj *jsonscan.Object, n *node) {
	name, ref, media := w.name, w.ref, w.media
	if n != nil && n.scene != sceneNone {
		w.enter(obj, n)
	}
	w.depth++
	w.steps = append(w.steps, step{})
	for i := range obj.Members {
		member := &obj.Members[i]
		w.steps[len(w.steps)-1] = step{key: member.Key}
		w.walk(member.Value, n.member(member.ID))
		if w.err != nil {
			return
		}
	}
	w.steps = w.steps[:len(w.steps)-1]
	w.depth--
	w.name, w.ref, w.media = name, ref, media
}

func (w *walker) elements(v jsonscan.Value, n *node) {
	kid := n.element()
	messages := kid != nil && kid.scene == sceneMessage
	w.depth++
	w.steps = append(w.steps, step{})
	for a := jsonscan.Elements(w.doc, v); a.Next(); {
		w.steps[len(w.steps)-1] = step{index: a.Index()}
		elem := a.Value()
		if messages {
			w.msg = a.Index()
			w.messages = append(w.messages, elem.Span)
			if elem.Kind != jsonscan.ObjectKind {
				w.err = invalid(w.path(), "must be an object, not %s", elem.Kind)
			}
		}
		w.walk(elem, kid)
		if w.err != nil {
			return
		}
	}
	if messages {
		w.msg, w.role = -1, core.RoleSystem
	}
	if kid != nil && kid.scene == sceneChoice {
		w.choice = 0
	}
	w.steps = w.steps[:len(w.steps)-1]
	w.depth--
}

// enter notes what the object obj says about the leaves below it.
func (w *walker) enter(obj *jsonscan.Object, n *node) {
	switch n.scene {
	case sceneMessage:
		role := n.value(obj, "role")
		switch role.Kind {
		case jsonscan.String:
			w.role = roleOf(w.text(role))
		case jsonscan.None:
			path := w.path() + ".role"
			w.err = core.ClientErrorf(core.CodeMissingField, path, "%q is missing. It must be a string that names who speaks.", path)
			return
		default:
			w.err = invalid(w.path()+".role", "must be a string, not %s", role.Kind)
			return
		}
		w.ref = w.text(n.value(obj, "tool_call_id"))
	case sceneCall:
		w.ref = w.text(n.value(obj, "id"))
	case sceneFunction, sceneDefinition:
		w.name = w.text(n.value(obj, "name"))
	case sceneAudio:
		w.media = append(append(w.ex.Alloc(32)[:0], "audio/"...), w.text(n.value(obj, "format"))...)
	case sceneChoice:
		w.choice = w.steps[len(w.steps)-1].index
	case sceneAnswer:
		w.role = core.RoleAssistant
	case sceneNone:
	}
}

// roleOf maps the dialect's roles. Whoever is not known speaks as the user,
// whom nobody trusts.
func roleOf(name []byte) core.Role {
	switch string(name) {
	case "system", "developer":
		return core.RoleSystem
	case "assistant":
		return core.RoleAssistant
	case "tool", "function":
		return core.RoleTool
	default:
		return core.RoleUser
	}
}

// leaf deals with the string v.
func (w *walker) leaf(v jsonscan.Value, n *node) {
	class := classUnknown
	if n != nil {
		class = n.leaf.class
	}
	switch class {
	case classPart:
		if !w.schemaWord(v, n) {
			w.part(v, n.leaf.kind)
		}
	case classUnknown, classOpaque:
		switch {
		case w.report:
			w.unknown = append(w.unknown, w.path())
		case class == classUnknown && w.inTurn():
			w.part(v, core.PartText)
		}
	case classAttr, classControl, classDerived:
	}
}

// inTurn tells whether the leaf belongs to a message or a choice. A text that
// stands where the table knows none, such as a content of another form, may be
// read by the model or the client all the same, and is judged like any other.
func (w *walker) inTurn() bool {
	path := w.path()
	return strings.HasPrefix(path, "messages[") || strings.HasPrefix(path, "choices[")
}

// schemaWord tells whether v is the type that a JSON Schema names.
func (w *walker) schemaWord(v jsonscan.Value, n *node) bool {
	if n.rest != n {
		return false // not below a "**"
	}
	last := w.steps[len(w.steps)-1]
	for i := len(w.steps) - 2; last.key.Len() == 0 && i >= 0; i-- {
		last = w.steps[i] // one of several types
	}
	return string(last.key.Of(w.doc)) == `"type"` && !v.Escaped && schemaType(v.Text(w.doc))
}

// part appends a part for the string v.
func (w *walker) part(v jsonscan.Value, kind core.PartKind) {
	p := w.m.newPart()
	*p = core.Part{
		ID: len(w.parts), Kind: kind, Role: w.role, Msg: w.msg, Choice: w.choice,
		Raw: core.Span(v.Span), Name: w.name, Origin: core.OriginClient,
	}
	text := w.text(v)
	p.SetText(text)
	switch kind { //nolint:exhaustive // the others have no more to say
	case core.PartText:
		if w.role == core.RoleTool && w.msg >= 0 {
			p.Kind, p.Ref = core.PartToolResult, w.ref
		}
	case core.PartToolCall:
		p.Ref = w.ref
	case core.PartAudio:
		p.Name = w.media
	case core.PartImage, core.PartDocument:
		p.Name = dataType(text)
	}
	w.parts = append(w.parts, p)
}

// text returns the decoded text of the string v, nil for anything else.
func (w *walker) text(v jsonscan.Value) []byte {
	if v.Kind != jsonscan.String || !v.Escaped {
		return v.Text(w.doc)
	}
	return decoded(w.ex, w.doc, v)
}

// dataType returns the media type of a "data:" URL (RFC 2397), or nil.
func dataType(url []byte) []byte {
	const scheme = "data:"
	if len(url) < len(scheme) || string(url[:len(scheme)]) != scheme {
		return nil
	}
	rest := url[len(scheme):]
	for i, c := range rest[:min(len(rest), 128)] {
		if c == ';' || c == ',' {
			return rest[:i]
		}
	}
	return nil
}

// path returns the JSON path of where w stands, e.g. "messages[2].role". Keys
// are cut to 64 bytes each.
func (w *walker) path() string {
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

// dropDerived adds splices that take out what follows from p.
func (m *memory) dropDerived(list []derived, p *core.Part) {
	for i := range list {
		d := &list[i]
		if d.msg == p.Msg && d.choice == p.Choice && (d.from != core.PartThinking || p.Kind == core.PartThinking) {
			m.replace(d.span, jsonNull)
		}
	}
}
