package responses

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Why something of a request has no place in the middle form.
const (
	lossMisplaced = "nothing_to_seal"
	lossTooMany   = "too_many"
	lossStore     = "not_kept"
	lossInclude   = "no_place_in_answer"
	lossGrammar   = "not_enforced"
	lossDerived   = "derived"
	lossGroup     = "no_place_for_namespaces"

	lossNotAllowed = "not_allowed" // by the client's own tool_choice
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
	*t = typist{m: m, Reader: leaf.Reader{Ex: ex, Doc: doc, Out: r, Mem: &m.reader, Path: t.Path[:0]}}
	err := t.request()
	*t = typist{Reader: leaf.Reader{Path: t.Path[:0]}}
	return err
}

// typedMemory is what the translation of one exchange needs. It survives the pooling
// of exchanges.
type typedMemory struct {
	reader leaf.ReaderMemory
	calls  []*core.Part // the tool calls so far
	tools  []declared
	used   bool   // since the last reset
	typist typist // here, so that a request costs no allocation
}

func (m *typedMemory) reset() {
	if !m.used {
		return
	}
	m.reader.Reset()
	clear(m.calls)
	clear(m.tools)
	m.calls, m.tools = m.calls[:0], m.tools[:0]
	m.used = false
}

// The objects that are open at one time, each in its own memory.
const (
	levelTop  = iota
	levelItem // or a tool
	levelContent
	levelInner
	levelInnermost
)

// typist reads one request into the middle form.
type typist struct {
	leaf.Reader
	m      *typedMemory
	choice jsonscan.Value // a tool_choice that allows some of the tools
	places [][]byte       // of the tools, where such a choice may come; else nil
}

func (t *typist) request() *core.Error {
	top, err := t.Open(levelTop, t.Root(), requestForm.Keys())
	if err != nil {
		return err
	}
	if err := t.kept(top); err != nil {
		return err
	}
	if err := t.parameters(top); err != nil {
		return err
	}
	t.Path = t.Path[:0]
	t.Msg, t.Role = -1, core.RoleSystem
	text, err := t.Must("instructions", top.Value(keyInstructions))
	if err != nil {
		return err
	}
	if len(text) > 0 {
		t.Add(core.PartText, text)
	}
	if err := t.input(top.Value(keyInput)); err != nil {
		return err
	}
	if err := t.allow(); err != nil { // which may name tools that the input adds
		return err
	}
	leaf.DropWrongTypes(t.Ex, t.Out, leaf.Places{List: "input", System: "instructions", Form: "text.format"})
	return nil
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
	if t.Ex.Request.Operation == core.OpCountTokens {
		return nil // of which nobody keeps anything
	}
	store := top.Value(keyStore)
	if !store.IsBool() && !leaf.Absent(store) {
		t.Drop("store", leaf.LossType)
		return nil
	}
	strict := t.Ex.Route != nil && t.Ex.Route.Strict
	if store.Bool() || leaf.Absent(store) && !strict {
		t.Drop("store", lossStore)
	}
	return nil
}

func (t *typist) input(v jsonscan.Value) *core.Error {
	switch v.Kind {
	case jsonscan.String:
		t.Msg, t.Role = 0, core.RoleUser
		t.Add(core.PartText, t.Text(v))
		return nil
	case jsonscan.ArrayKind:
	case jsonscan.None, jsonscan.Null:
		if t.Ex.Request.Operation == core.OpCountTokens {
			return nil // the instructions alone, or the tools
		}
		return leaf.Missing("input", "a string, or an array of items")
	default:
		return leaf.Invalid("input", "must be a string or an array, not %s", v.Kind)
	}
	for a := jsonscan.Elements(t.Doc, v); a.Next(); {
		t.Path = append(t.Path[:0], "input["...)
		t.Path = append(strconv.AppendInt(t.Path, int64(a.Index()), 10), ']')
		t.Msg, t.Ref, t.Name = a.Index(), nil, nil
		if err := t.item(a.Value()); err != nil {
			return err
		}
	}
	return nil
}

// each reads the elements of an array that may be absent.
func (t *typist) each(member string, v jsonscan.Value, read func(jsonscan.Value) *core.Error) *core.Error {
	if leaf.Absent(v) {
		return nil
	}
	n := t.In(member)
	if v.Kind != jsonscan.ArrayKind {
		return leaf.Invalid(string(t.Path), "must be an array, not %s", v.Kind)
	}
	for a := jsonscan.Elements(t.Doc, v); a.Next(); {
		n := t.At(a.Index())
		if err := read(a.Value()); err != nil {
			return err
		}
		t.Path = t.Path[:n]
	}
	t.Path = t.Path[:n]
	return nil
}

// raw adds a value that only providers of this dialect understand.
func (t *typist) raw(v jsonscan.Value) *core.Error {
	t.Attr(t.Add(core.PartRaw, nil)).JSON = v.Of(t.Doc)
	return nil
}

// keep puts the members of obj that used does not name into Attr.JSON of p, beside
// what is there, as they are written. used has a bit for each key ID.
func (t *typist) keep(p *core.Part, obj *jsonscan.Object, used uint32) {
	if p.Kind == core.PartRaw { // its JSON is what it is
		t.DropRest(obj, used)
		return
	}
	var more []byte
	if p.Attr != nil {
		more = p.Attr.JSON
	}
	if rest := t.Rest(obj, used, more); rest != nil {
		t.Attr(p).JSON = rest
	}
}
