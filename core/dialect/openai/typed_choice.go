package openai

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

const (
	choiceType = iota
	choiceFunction
	choiceCustom
	choiceAllowed
)

var toolChoiceKeys = jsonscan.NewKeys("type", "function", "custom", "allowed_tools")

// toolChoice reads tool_choice: a word, the tool that it names, or the tools that it
// allows, which are read when all tools are known.
func (t *typist) toolChoice(s *settings, v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return s.toolChoice(v), nil
	}
	obj, err := t.Open(levelMessage, v, toolChoiceKeys)
	if err != nil {
		return false, err
	}
	if len(obj.Members) != 2 {
		return false, nil
	}
	word := string(t.Text(obj.Value(choiceType)))
	for id, key := range [...]string{choiceFunction: "function", choiceCustom: "custom"} {
		if of := obj.Value(id); of.Kind == jsonscan.ObjectKind && word == key {
			t.In(key)
			return t.chosen(s, of)
		}
	}
	if of := obj.Value(choiceAllowed); of.Kind == jsonscan.ObjectKind && word == "allowed_tools" {
		t.m.choice, t.m.allowed = v, of
		return true, nil
	}
	return false, nil
}

var allowedKeys = jsonscan.NewKeys("mode", "tools")

// allow leaves only the tools that the client allows, as no other dialect can offer
// a tool that may not be called. Where one of them must be called that says it all.
func (t *typist) allow() *core.Error {
	choice := t.m.choice
	if choice.Kind == jsonscan.None {
		return nil
	}
	t.Path = append(t.Path[:0], "tool_choice.allowed_tools"...)
	obj, err := t.Open(levelMessage, t.m.allowed, allowedKeys)
	if err != nil {
		return err
	}
	must := string(t.Text(obj.Value(0))) == "required"
	list := obj.Value(1)
	if len(obj.Members) != 2 || !must && string(t.Text(obj.Value(0))) != "auto" || list.Kind != jsonscan.ArrayKind {
		t.other([]byte("tool_choice"), choice.Of(t.Doc))
		return nil
	}
	t.m.names = t.m.names[:0]
	if err := t.each("tools", list, t.allowedTool); err != nil {
		return err
	}
	p := &t.Out.Parameters
	names := t.m.names
	switch {
	case len(names) == 0:
		p.ToolChoice = core.ToolChoiceNone
		if must {
			return leaf.Invalid(string(t.Path)+".tools", "must name a tool, as one must be called")
		}
		return nil
	case must && len(names) == 1:
		p.ToolChoice, p.ToolName = core.ToolChoiceTool, names[0]
		return nil
	case must:
		p.ToolChoice = core.ToolChoiceAny
	default:
		p.ToolChoice = core.ToolChoiceAuto
	}
	t.offer(names)
	return nil
}

// allowedTool adds the name of one tool to the memory's names, once.
func (t *typist) allowedTool(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelItem, v, toolChoiceKeys)
	if err != nil {
		return err
	}
	word, id := "function", choiceFunction
	if string(t.Text(obj.Value(choiceType))) == "custom" {
		word, id = "custom", choiceCustom
	}
	t.DropRest(obj, 1<<choiceType|1<<id)
	t.In(word)
	in, err := t.Open(levelInner, obj.Value(id), chosenKeys)
	if err != nil {
		return err
	}
	t.DropRest(in, 1<<0)
	name := t.Text(in.Value(0))
	is := func(other []byte) bool { return bytes.Equal(other, name) }
	if !slices.ContainsFunc(t.Out.Parameters.Tools, func(tool core.Tool) bool { return tool.Raw == nil && is(tool.Name) }) {
		return leaf.Invalid(string(t.Path)+".name", "must be the name of one of the tools")
	}
	if !slices.ContainsFunc(t.m.names, is) {
		t.m.names = append(t.m.names, name)
	}
	return nil
}

// offer takes the tools out that are not among names, and reports them.
func (t *typist) offer(names [][]byte) {
	p := &t.Out.Parameters
	kept := p.Tools[:0]
	for i, tool := range p.Tools {
		if slices.ContainsFunc(names, func(name []byte) bool { return tool.Raw == nil && bytes.Equal(name, tool.Name) }) {
			kept = append(kept, tool)
			continue
		}
		t.Path = append(strconv.AppendInt(append(t.Path[:0], "tools["...), int64(i), 10), ']')
		t.Drop("", lossNotAllowed)
	}
	clear(p.Tools[len(kept):])
	p.Tools = kept
}
