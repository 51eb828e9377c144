package gemini

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// typedMemory is what reading into the middle form needs, kept over requests.
type typedMemory struct {
	top     jsonscan.Object
	objects objects
	parts   []*core.Part // spare ones; those in use are the first few
	attrs   []*core.Attr
	nParts  int
	nAttrs  int
	calls   []callSeen
}

const maxKept = 4096 // spare parts

func (m *typedMemory) forget() {
	for _, p := range m.parts[:m.nParts] {
		*p = core.Part{}
	}
	for _, a := range m.attrs[:m.nAttrs] {
		*a = core.Attr{}
	}
	if len(m.parts) > maxKept {
		m.parts, m.attrs = nil, nil
	}
	if len(m.objects) > 16 {
		m.objects = nil
	}
	for _, o := range m.objects {
		o.Reset()
	}
	clear(m.calls)
	m.nParts, m.nAttrs, m.calls = 0, 0, m.calls[:0]
}

func (m *typedMemory) part() *core.Part {
	if m.nParts == len(m.parts) {
		m.parts = append(m.parts, &core.Part{})
	}
	m.nParts++
	return m.parts[m.nParts-1]
}

func (m *typedMemory) attr() *core.Attr {
	if m.nAttrs == len(m.attrs) {
		m.attrs = append(m.attrs, &core.Attr{})
	}
	m.nAttrs++
	return m.attrs[m.nAttrs-1]
}

// callSeen is a call that a result may belong to.
type callSeen struct {
	id, name []byte
	made     bool // the id is the gateway's: the call came without
	answered bool
}

// typer reads one request into the middle form.
type typer struct {
	ex  *core.Exchange
	m   *typedMemory
	doc []byte
	r   *core.TypedRequest
	err *core.Error

	msg  int // index of the message
	role core.Role
	made int  // calls in the message, for the ids that clients leave out
	open bool // the last message may still grow
	// Where the reader stands: contents[at].parts[part]; at is -1 in the system's
	// instruction.
	at, part int
	// run is the text of the last part, where it was put together from several.
	run   []byte
	runOf *core.Part
}

// Typed reads doc, a request that Scan accepted and whose edits by hooks have
// been applied, into r. Contents that follow one another in the role "model"
// become one message, and pieces of its text one part: a client that keeps a
// stream's chunks sends each as a content. Calls without an id get one, and
// results are matched to calls by id, else by name in their order.
//
// Embeddings have no parts: r.Body is the request in the form that embeddings
// have between dialects, which is OpenAI's.
func (Dialect) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	m := memoryOf(ex)
	t := &typer{ex: ex, m: &m.typed, doc: doc, r: r, msg: -1}
	m.typed.forget()
	whole := jsonscan.Value{Span: jsonscan.Span{End: len(doc)}, Kind: jsonscan.ObjectKind}
	for whole.Start < len(doc) && doc[whole.Start] != '{' {
		whole.Start++ // blanks
	}
	if m.call.op == core.OpEmbeddings {
		return t.embeddings(whole, m.call.batch)
	}
	top := &m.typed.top
	top.Limits.Members = leaf.MaxMembers
	if err := requestKeys.scan(doc, whole, top, ""); err != nil {
		return err
	}
	if inner := requestKeys.value(top, keyWhole); m.call.op == core.OpCountTokens && inner.Kind == jsonscan.ObjectKind {
		if !leaf.Absent(requestKeys.value(top, keyContents)) {
			return leaf.Invalid("generateContentRequest", "and \"contents\" exclude each other")
		}
		for i := range top.Members { // they are not part of what is counted
			if m := &top.Members[i]; !leaf.Absent(m.Value) && requestKeys.id(m) != keyWhole && requestKeys.id(m) != keyModel {
				t.drop(string(jsonscan.AppendText(nil, doc, m.Key)), leaf.LossUnknown)
			}
		}
		if err := requestKeys.scan(doc, inner, top, "generateContentRequest"); err != nil {
			return err
		}
	}
	s := settings{ex: ex, doc: doc, p: &r.Parameters, objects: &m.typed.objects, narrows: true}
	r.Parameters.Choices = 1
	s.all(top)
	t.allow(&s)
	if s.lost > 0 {
		t.drop("tools", "too_many")
	}
	t.system(requestKeys.value(top, keySystem))
	t.contents(requestKeys.value(top, keyContents))
	leaf.DropWrongTypes(ex, r, leaf.Places{List: "contents", System: "systemInstruction", Form: configAt + ".responseSchema"})
	return t.err
}

// drop reports what has no place in the middle form.
func (t *typer) drop(field, reason string) {
	switch n := len(t.r.Dropped); {
	case n < maxDropped:
		t.r.Dropped = append(t.r.Dropped, field+"="+reason)
	case n == maxDropped:
		t.r.Dropped = append(t.r.Dropped, "more=too_many_to_name")
	}
}

// path returns where the reader stands, with more behind.
func (t *typer) path(more string) string {
	at := "systemInstruction"
	if t.at >= 0 {
		at = "contents[" + strconv.Itoa(t.at) + "]"
	}
	if t.part >= 0 {
		at += ".parts[" + strconv.Itoa(t.part) + "]"
	}
	return at + more
}

func (t *typer) fail(err *core.Error) {
	if t.err == nil {
		t.err = err
	}
}

// object reads an object within the place where the reader stands.
func (t *typer) object(k *keyset, v jsonscan.Value, level int, at string) (*jsonscan.Object, bool) {
	if v.Kind != jsonscan.ObjectKind {
		t.fail(leaf.Invalid(t.path(at), "must be an object, not %s", v.Kind))
		return nil, false
	}
	obj := t.m.objects.level(level)
	if !k.read(t.doc, v, obj) {
		t.fail(k.scan(t.doc, v, obj, t.path(at)))
		return nil, false
	}
	return obj, true
}

func (t *typer) text(v jsonscan.Value) []byte { return leaf.Text(t.ex, t.doc, v) }

// want returns the string that a member of obj is, nil where it is absent. Anything else
// is an error.
func (t *typer) want(k *keyset, obj *jsonscan.Object, id int, at string) []byte {
	v := k.value(obj, id)
	if v.Kind != jsonscan.String && !leaf.Absent(v) {
		t.fail(leaf.Invalid(t.path(at+"."+k.names[id]), "must be a string, not %s", v.Kind))
	}
	return t.text(v)
}

var messageKeys = newKeyset("parts", "role")

// system reads the system's instruction.
func (t *typer) system(v jsonscan.Value) {
	t.at, t.part, t.role = -1, -1, core.RoleSystem
	switch v.Kind {
	case jsonscan.None, jsonscan.Null:
	case jsonscan.String:
		t.add(core.PartText, t.text(v))
	default:
		if obj, ok := t.object(messageKeys, v, 0, ""); ok {
			t.unknown(obj)
			switch role := messageKeys.value(obj, contentRole); string(t.text(role)) {
			case "user", "model", "system", "function", "": // which Google passes over
				if role.Kind != jsonscan.String && !leaf.Absent(role) {
					t.drop(t.path(".role"), leaf.LossType)
				}
			default:
				t.drop(t.path(".role"), leaf.LossRole)
			}
			t.parts(messageKeys.value(obj, contentParts))
		}
	}
}

// unknown reports the members of a content that nothing is known of.
func (t *typer) unknown(obj *jsonscan.Object) {
	for i := range obj.Members {
		m := &obj.Members[i]
		if messageKeys.id(m) == jsonscan.Unknown && !leaf.Absent(m.Value) {
			t.drop(t.path("."+string(jsonscan.AppendText(nil, t.doc, m.Key))), leaf.LossUnknown)
		}
	}
}

func (t *typer) contents(v jsonscan.Value) {
	t.at, t.part, t.role, t.open = 0, -1, core.RoleUser, false
	switch v.Kind {
	case jsonscan.ArrayKind, jsonscan.ObjectKind:
	case jsonscan.None, jsonscan.Null:
		t.fail(leaf.Missing("contents", "an array with at least one content"))
		return
	default:
		t.fail(leaf.Invalid("contents", "must be an array, not %s", v.Kind))
		return
	}
	each(t.doc, v, func(i int, v jsonscan.Value) {
		if t.err == nil {
			t.content(i, v)
		}
	})
}

func (t *typer) content(i int, v jsonscan.Value) {
	t.at, t.part = i, -1
	obj, ok := t.object(messageKeys, v, 0, "")
	if !ok {
		return
	}
	role := messageKeys.value(obj, contentRole)
	if role.Kind != jsonscan.String && !leaf.Absent(role) {
		t.fail(leaf.Invalid(t.path(".role"), "must be a string, not %s", role.Kind))
		return
	}
	t.unknown(obj)
	parts := messageKeys.value(obj, contentParts)
	before := t.role
	word := t.text(role)
	t.role = roleOf(word)
	if t.role == core.RoleUser && len(word) > 0 && string(word) != "user" {
		t.drop(t.path(".role"), leaf.LossRole)
	}
	if t.role == core.RoleTool { // only results speak as tools
		t.role = core.RoleUser
	}
	if !t.open || before != core.RoleAssistant || t.role != core.RoleAssistant {
		t.msg++
		t.made = 0
	}
	t.open = true
	n := len(t.r.Parts)
	t.parts(parts)
	if n == len(t.r.Parts) && t.err == nil && !t.grew(n) {
		t.add(core.PartText, nil)
	}
}

// grew tells whether the message has a part already, the last of n.
func (t *typer) grew(n int) bool { return n > 0 && t.r.Parts[n-1].Msg == t.msg }

func (t *typer) parts(v jsonscan.Value) {
	switch v.Kind {
	case jsonscan.ArrayKind, jsonscan.ObjectKind:
	case jsonscan.None, jsonscan.Null:
		return
	default:
		t.fail(leaf.Invalid(t.path(".parts"), "must be an array, not %s", v.Kind))
		return
	}
	each(t.doc, v, func(i int, v jsonscan.Value) {
		if t.err == nil {
			t.part = i
			t.onePart(v)
		}
	})
	t.part = -1
}

// add appends a part in the role that speaks.
func (t *typer) add(kind core.PartKind, text []byte) *core.Part {
	p := t.m.part()
	*p = core.Part{ID: len(t.r.Parts), Kind: kind, Role: t.role, Msg: t.msg}
	if t.at < 0 {
		p.Msg = -1
	}
	p.SetText(text)
	t.r.Parts = append(t.r.Parts, p)
	return p
}

// with returns the attributes of p, which it makes where there are none.
func (t *typer) with(p *core.Part) *core.Attr {
	if p.Attr == nil {
		p.Attr = t.m.attr()
		*p.Attr = core.Attr{}
	}
	return p.Attr
}

// say adds text or thinking, as a part of its own or, in what the model said, to
// the one before.
func (t *typer) say(kind core.PartKind, text []byte) *core.Part {
	last := len(t.r.Parts) - 1
	if t.role != core.RoleAssistant || t.at < 0 || last < 0 {
		return t.add(kind, text)
	}
	p := t.r.Parts[last]
	if p.Kind != kind || p.Msg != t.msg || p.Attr != nil {
		return t.add(kind, text)
	}
	if t.runOf != p {
		t.run, t.runOf = append([]byte(nil), p.Original()...), p
	}
	t.run = append(t.run, text...)
	p.SetText(t.run)
	return p
}

// call adds a call of a function.
func (t *typer) call(v jsonscan.Value) *core.Part {
	const at = ".functionCall"
	obj, ok := t.object(callKeys, v, 2, at)
	if !ok {
		return nil
	}
	name := callKeys.value(obj, callName)
	if name.Kind != jsonscan.String {
		t.fail(leaf.Missing(t.path(at+".name"), "a string that names the function"))
		return nil
	}
	args := callKeys.value(obj, callArgs)
	if args.Kind != jsonscan.ObjectKind && !leaf.Absent(args) {
		t.fail(leaf.Invalid(t.path(at+".args"), "must be an object, not %s", args.Kind))
		return nil
	}
	seen := callSeen{id: t.want(callKeys, obj, callID, at), name: t.text(name)}
	if len(seen.id) == 0 {
		seen.id, seen.made = t.makeID(), true
	}
	t.made++
	t.m.calls = append(t.m.calls, seen)
	p := t.add(core.PartToolCall, nil)
	if args.Kind == jsonscan.ObjectKind {
		p.SetText(args.Of(t.doc))
	}
	p.Role, p.Name, p.Ref = core.RoleAssistant, seen.name, seen.id
	t.rest(p, obj, callKeys, callID, callName, callArgs)
	return p
}

// makeID returns the id of a call that came without: the same whenever the same
// history is sent.
func (t *typer) makeID() []byte {
	b := append(t.ex.Alloc(48)[:0], "call_"...)
	b = append(strconv.AppendInt(b, int64(max(t.msg, 0)), 10), '_')
	return strconv.AppendInt(b, int64(t.made), 10)
}

// maxBack is how many calls back the one is looked for that a result belongs to.
const maxBack = 256

// match returns the call that a result answers: that with its id, else the first
// of its name without a result, else the first without.
func (t *typer) match(id, name []byte) *callSeen {
	calls := t.m.calls[max(len(t.m.calls)-maxBack, 0):]
	var byName, any *callSeen
	for i := range calls {
		c := &calls[i]
		switch {
		case len(id) > 0 && bytes.Equal(c.id, id):
			return c
		case c.answered:
		case byName == nil && bytes.Equal(c.name, name):
			byName = c
		case any == nil:
			any = c
		}
	}
	if byName != nil || len(name) > 0 {
		return byName
	}
	return any
}
