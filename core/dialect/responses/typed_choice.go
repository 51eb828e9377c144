package responses

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

const (
	choiceType = iota
	choiceName
	choiceNamespace
	choiceMode
	choiceTools
)

var choiceKeys = jsonscan.NewKeys("type", "name", "namespace", "mode", "tools")

// chosenTool are the members that name a tool.
const chosenTool = uint32(1<<choiceType | 1<<choiceName | 1<<choiceNamespace)

// toolChoice reads tool_choice: a word, the tool that it names, or the tools that it
// allows, which are read when all tools are known.
func (t *typist) toolChoice(v jsonscan.Value) (known bool, err *core.Error) {
	p := &t.Out.Parameters
	switch string(t.Text(v)) {
	case "auto":
		p.ToolChoice = core.ToolChoiceAuto
	case "none":
		p.ToolChoice = core.ToolChoiceNone
	case "required":
		p.ToolChoice = core.ToolChoiceAny
	}
	if v.Kind != jsonscan.ObjectKind {
		return p.ToolChoice != core.ToolChoiceUnset, nil
	}
	obj, err := t.Open(levelContent, v, choiceKeys)
	if err != nil {
		return false, err
	}
	if string(t.Text(obj.Value(choiceType))) == "allowed_tools" {
		t.choice = v
		return true, nil
	}
	name, ok := t.chosen(obj)
	if ok {
		p.ToolChoice, p.ToolName = core.ToolChoiceTool, name
	}
	return ok, nil
}

// chosen returns the name of the tool that obj names, as other providers know it; ok is
// false for the provider's own tools and for what nobody knows.
func (t *typist) chosen(obj *jsonscan.Object) (name []byte, ok bool) {
	for i := range obj.Members {
		if leaf.Left(&obj.Members[i], chosenTool) {
			return nil, false
		}
	}
	name = t.Text(obj.Value(choiceName))
	switch string(t.Text(obj.Value(choiceType))) {
	case "function", "custom":
		return t.joined(t.Text(obj.Value(choiceNamespace)), name), len(name) > 0
	}
	return nil, false
}

// allow leaves only the tools that the client allows, as no other dialect can offer a
// tool that may not be called. Where one of them must be called that says it all. A
// choice among the provider's own tools is left as it stands.
func (t *typist) allow() *core.Error {
	choice := t.choice
	if choice.Kind == jsonscan.None {
		return nil
	}
	t.Path = append(t.Path[:0], "tool_choice"...)
	obj, err := t.Open(levelContent, choice, choiceKeys)
	if err != nil {
		return err
	}
	mode, list := string(t.Text(obj.Value(choiceMode))), obj.Value(choiceTools)
	if len(obj.Members) != 3 || mode != "auto" && mode != "required" || list.Kind != jsonscan.ArrayKind {
		t.other([]byte("tool_choice"), choice.Of(t.Doc))
		return nil
	}
	var names [][]byte
	own := false
	err = t.each("tools", list, func(v jsonscan.Value) *core.Error {
		obj, err := t.Open(levelInner, v, choiceKeys)
		if err != nil {
			return err
		}
		name, ok := t.chosen(obj)
		switch {
		case !ok:
			own = true
		case !slices.ContainsFunc(t.Out.Parameters.Tools, isTool(name)):
			return leaf.Invalid(string(t.Path)+".name", "must be the name of one of the tools")
		default:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if own {
		t.other([]byte("tool_choice"), choice.Of(t.Doc))
		return nil
	}
	return t.allowOnly(names, mode == "required")
}

// allowOnly offers the tools with these names alone.
func (t *typist) allowOnly(names [][]byte, must bool) *core.Error {
	p := &t.Out.Parameters
	switch {
	case len(names) == 0 && must:
		return leaf.Invalid("tool_choice.tools", "must name a tool, as one must be called")
	case len(names) == 0:
		p.ToolChoice = core.ToolChoiceNone
		return nil
	case len(names) == 1 && must:
		p.ToolChoice, p.ToolName = core.ToolChoiceTool, names[0]
		return nil
	case must:
		p.ToolChoice = core.ToolChoiceAny
	default:
		p.ToolChoice = core.ToolChoiceAuto
	}
	kept := p.Tools[:0]
	for i, tool := range p.Tools {
		if slices.ContainsFunc(names, func(name []byte) bool { return isTool(name)(tool) }) {
			kept = append(kept, tool)
			continue
		}
		t.Path = append(t.Path[:0], t.places[i]...)
		t.Drop("", lossNotAllowed)
	}
	clear(p.Tools[len(kept):])
	p.Tools = kept
	return nil
}

// isTool returns whether a tool is one of the client's with that name.
func isTool(name []byte) func(core.Tool) bool {
	return func(tool core.Tool) bool { return tool.Raw == nil && bytes.Equal(tool.Name, name) }
}
