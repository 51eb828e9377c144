package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of an item.
const (
	itemType = iota
	itemRole
	itemID
	itemStatus
	itemContent
	itemCallID
	itemName
	itemNamespace
	itemArguments
	itemInput
	itemOutput
	itemSummary
	itemSealed
	itemTools
)

var itemKeys = jsonscan.NewKeys("type", "role", "id", "status", "content", "call_id", "name", "namespace",
	"arguments", "input", "output", "summary", "encrypted_content", "tools")

// bookkeeping are the members that say nothing about what is asked.
const bookkeeping = uint32(1<<itemType | 1<<itemID | 1<<itemStatus)

// item reads one item of the input.
func (t *typist) item(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelItem, v, itemKeys)
	if err != nil {
		return err
	}
	kind, err := t.Must("type", obj.Value(itemType))
	if err != nil {
		return err
	}
	role, err := t.Must("role", obj.Value(itemRole))
	if err != nil {
		return err
	}
	if len(kind) == 0 && leaf.Absent(obj.Value(itemRole)) && leaf.Absent(obj.Value(itemContent)) {
		kind = []byte("item_reference")
	}
	t.Role = roleOfItem(kind, role)
	switch string(kind) {
	case "", "message":
		return t.message(obj, role)
	case "reasoning":
		return t.reasoning(obj)
	case "function_call":
		return t.call(obj, itemArguments)
	case "custom_tool_call":
		return t.call(obj, itemInput)
	case "function_call_output", "custom_tool_call_output":
		return t.result(obj)
	case "additional_tools":
		t.DropRest(obj, bookkeeping|1<<itemRole|1<<itemTools)
		return t.each("tools", obj.Value(itemTools), t.tool)
	case "item_reference":
		return t.unreadable("refers to an item that the provider which made it keeps, and this route's provider cannot read. " +
			"Have the client send items themselves: set \"store\" to false (AI SDK: providerOptions.openai.store), and \"include\" to " +
			"[\"reasoning.encrypted_content\"] where models reason.")
	case "compaction":
		return t.unreadable("is a conversation that only the provider which compacted it can read. Send the conversation itself.")
	}
	if t.Role == core.RoleTool {
		t.Ref = t.Text(obj.Value(itemCallID))
	}
	return t.raw(v)
}

// unreadable refuses an item that this route's provider cannot know.
func (t *typist) unreadable(why string) *core.Error {
	path := string(t.Path)
	return core.ClientErrorf(core.CodeUnsupportedField, path, "%q %s", path, why)
}

func (t *typist) message(obj *jsonscan.Object, role []byte) *core.Error {
	if leaf.Absent(obj.Value(itemRole)) {
		return leaf.Missing(string(t.Path)+".role", "a string that names who speaks")
	}
	switch string(role) {
	case "user", "assistant", "system", "developer":
	default:
		t.Drop("role", leaf.LossRole)
	}
	first := len(t.Out.Parts)
	if err := t.content("content", obj.Value(itemContent)); err != nil {
		return err
	}
	if len(t.Out.Parts) == first {
		t.Add(core.PartText, nil)
	}
	t.keep(t.Out.Parts[first], obj, bookkeeping|1<<itemRole|1<<itemContent)
	return nil
}

// maxTies bounds how far back the call of a result is looked for.
const maxTies = 256

// result reads what a tool returned.
func (t *typist) result(obj *jsonscan.Object) (err *core.Error) {
	t.Role = core.RoleTool
	if t.Ref, err = t.Must("call_id", obj.Value(itemCallID)); err != nil {
		return err
	}
	calls := t.m.calls
	for i := len(calls) - 1; i >= max(0, len(calls)-maxTies); i-- {
		if bytes.Equal(calls[i].Ref, t.Ref) {
			t.Name = calls[i].Name
			break
		}
	}
	first := len(t.Out.Parts)
	if err := t.content("output", obj.Value(itemOutput)); err != nil {
		return err
	}
	if len(t.Out.Parts) == first {
		t.Add(core.PartText, nil)
	}
	t.keep(t.Out.Parts[first], obj, bookkeeping|1<<itemCallID|1<<itemOutput)
	return nil
}

// call reads the call of a function, or of a custom tool, whose input is free text
// and becomes the one argument of a function.
func (t *typist) call(obj *jsonscan.Object, input int) (err *core.Error) {
	t.Role = core.RoleAssistant
	p := t.Add(core.PartToolCall, nil)
	if p.Ref, err = t.Must("call_id", obj.Value(itemCallID)); err != nil {
		return err
	}
	namespace, err := t.Must("namespace", obj.Value(itemNamespace))
	if err != nil {
		return err
	}
	if p.Name, err = t.Must("name", obj.Value(itemName)); err != nil {
		return err
	}
	p.Name = t.joined(namespace, p.Name)
	switch v := obj.Value(input); {
	case input == itemInput:
		text, err := t.Must("input", v)
		if err != nil {
			return err
		}
		p.SetText(t.wrapped(text))
	case v.Kind == jsonscan.String:
		p.SetText(t.Text(v))
	case !leaf.Absent(v): // some clients send it as JSON
		p.SetText(v.Of(t.Doc))
	}
	t.m.calls = append(t.m.calls, p)
	t.keep(p, obj, bookkeeping|1<<itemCallID|1<<itemNamespace|1<<itemName|1<<input)
	return nil
}

// wrapped returns the arguments that stand for the input of a custom tool.
func (t *typist) wrapped(text []byte) []byte {
	return leaf.AppendFreeTextArguments(t.Ex.Alloc(len(text) + len(text)/8 + 32)[:0], text)
}

const (
	thoughtType = iota
	thoughtText
)

var thoughtKeys = jsonscan.NewKeys("type", "text")

// reasoning reads an item of reasoning: its texts, and what seals them.
func (t *typist) reasoning(obj *jsonscan.Object) *core.Error {
	t.Role = core.RoleAssistant
	sealed, err := t.Must("encrypted_content", obj.Value(itemSealed))
	if err != nil {
		return err
	}
	tag, source, seal := splitSeal(sealed)
	first := len(t.Out.Parts)
	if tag == tagBefore {
		t.sealBefore(source, seal)
	}
	for _, member := range [...]struct {
		name string
		id   int
	}{{"content", itemContent}, {"summary", itemSummary}} {
		if err := t.each(member.name, obj.Value(member.id), t.thought); err != nil {
			return err
		}
	}
	silent := len(t.Out.Parts) == first
	switch {
	case silent && tag == tagBefore:
		t.DropRest(obj, bookkeeping|1<<itemSealed|1<<itemContent|1<<itemSummary)
		return nil
	case silent && (tag == tagRedacted || tag == "" && len(seal) > 0):
		t.Add(core.PartRedacted, nil)
	case silent:
		t.Add(core.PartThinking, nil)
	}
	p := t.Out.Parts[first]
	if tag != tagBefore && len(sealed) > 0 {
		a := t.Attr(p)
		a.Source, a.Signature = source, seal
	}
	t.keep(p, obj, bookkeeping|1<<itemSealed|1<<itemContent|1<<itemSummary)
	return nil
}

// sealBefore gives the last text or call the seal that stands behind it.
func (t *typist) sealBefore(source, seal []byte) {
	last := len(t.Out.Parts) - 1
	for last >= 0 && t.Out.Parts[last].Kind == core.PartCitation {
		last--
	}
	if last < 0 || !sealable(t.Out.Parts[last]) {
		t.Drop("encrypted_content", lossMisplaced)
		return
	}
	a := t.Attr(t.Out.Parts[last])
	a.Source, a.Signature = source, seal
}

// sealable tells whether p may have a seal that stands behind it.
func sealable(p *core.Part) bool {
	return p.Role == core.RoleAssistant && (p.Kind == core.PartText || p.Kind == core.PartToolCall) &&
		(p.Attr == nil || len(p.Attr.Signature) == 0)
}

// thought reads one text of reasoning.
func (t *typist) thought(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelContent, v, thoughtKeys)
	if err != nil {
		return err
	}
	text, err := t.Must("text", obj.Value(thoughtText))
	if err != nil {
		return err
	}
	used := uint32(1 << thoughtText)
	switch string(t.Text(obj.Value(thoughtType))) {
	case "summary_text", "reasoning_text", "text":
		used |= 1 << thoughtType
	}
	t.keep(t.Add(core.PartThinking, text), obj, used)
	return nil
}
