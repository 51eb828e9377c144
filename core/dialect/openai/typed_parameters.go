package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// parameters reads the settings. What no field holds, or is not as it should be,
// goes to Others as it stands.
func (t *typist) parameters(top *jsonscan.Object, content string) *core.Error {
	p := &t.Out.Parameters
	p.Choices = max(t.Ex.Request.Choices, 1)
	s := settings{ex: t.Ex, body: t.Doc, p: p, content: content}
	for i := range top.Members {
		m := &top.Members[i]
		if leaf.Absent(m.Value) {
			continue
		}
		key := m.Key.Of(t.Doc)[1 : m.Key.Len()-1]
		if m.KeyEscaped {
			key = jsonscan.AppendText(t.Ex.Alloc(m.Key.Len() + 8)[:0], t.Doc, m.Key)
		}
		if err := t.parameter(&s, key, m.Value); err != nil {
			return err
		}
	}
	return t.allow()
}

func (t *typist) parameter(s *settings, key []byte, v jsonscan.Value) *core.Error {
	t.Path = append(t.Path[:0], key...)
	known := false
	var err *core.Error
	switch string(key) {
	case "tools":
		t.Path = t.Path[:0]
		err, known = t.each("tools", v, t.tool), true
	case "functions":
		t.Path = t.Path[:0]
		t.m.legacy = true
		err, known = t.each("functions", v, func(v jsonscan.Value) *core.Error {
			return t.definition(v, nil, 0)
		}), true
	case "tool_choice", "function_call":
		if t.Out.Parameters.ToolChoice != core.ToolChoiceUnset || t.m.choice.Kind != jsonscan.None {
			break // the first one counts
		}
		if string(key) == "tool_choice" {
			known, err = t.toolChoice(s, v)
		} else {
			known, err = t.chosen(s, v)
		}
	case "response_format":
		known, err = t.format(v)
	case "reasoning":
		known, err = t.reasoning(v)
	case "thinking":
		known, err = t.budget(v)
	case "stream_options":
		known, err = true, t.streamOptions(v)
	case "reasoning_effort":
		known = t.Out.Parameters.ReasoningEffort == nil && s.setting(key, v)
	default:
		known = s.setting(key, v)
	}
	if err != nil || known {
		return err
	}
	t.other(key, v.Of(t.Doc))
	return nil
}

var streamKeys = jsonscan.NewKeys("include_usage", "include_obfuscation")

// streamOptions reports what it does not know of how the answer is to be framed, which
// is the gateway's to do.
func (t *typist) streamOptions(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelMessage, v, streamKeys)
	if err != nil {
		return err
	}
	t.DropRest(obj, 1<<0|1<<1)
	return nil
}

func (t *typist) other(key, value []byte) {
	p := &t.Out.Parameters
	if len(p.Others) == maxParameters {
		t.Out.Dropped = append(t.Out.Dropped, string(key[:min(len(key), 64)])+"="+lossTooMany)
		return
	}
	p.Others = append(p.Others, core.Parameter{Name: key, JSON: value})
}

const (
	toolType = iota
	toolFunction
	toolCustom
)

var typedToolKeys = jsonscan.NewKeys("type", "function", "custom")

// tool reads a tool. One of the provider's own is kept as it stands.
func (t *typist) tool(v jsonscan.Value) *core.Error {
	if len(t.Out.Parameters.Tools) == maxTools {
		return leaf.Invalid(string(t.Path), "is one tool too many; %d are the most", maxTools)
	}
	obj, err := t.Open(levelMessage, v, typedToolKeys)
	if err != nil {
		return err
	}
	word, f := obj.Value(toolType), obj.Value(toolFunction)
	if c := obj.Value(toolCustom); c.Kind == jsonscan.ObjectKind && f.Kind == jsonscan.None && string(t.Text(word)) == "custom" {
		return t.customTool(c, obj)
	}
	if f.Kind != jsonscan.ObjectKind || !leaf.Absent(word) && string(t.Text(word)) != "function" {
		t.Out.Parameters.Tools = append(t.Out.Parameters.Tools, core.Tool{Raw: v.Of(t.Doc)})
		return nil
	}
	return t.definition(f, obj, t.In("function"))
}

const (
	definitionName = iota
	definitionDescription
	definitionParameters
)

var definitionKeys = jsonscan.NewKeys("name", "description", "parameters")

// definition reads a function that the model may call. around, if not nil, is the
// tool whose function it is, and outer the length of its path; what of both has no
// field goes to Attr.
func (t *typist) definition(v jsonscan.Value, around *jsonscan.Object, outer int) *core.Error {
	obj, err := t.Open(levelItem, v, definitionKeys)
	if err != nil {
		return err
	}
	var tool core.Tool
	if tool.Name, err = t.Must("name", obj.Value(definitionName)); err != nil {
		return err
	}
	if tool.Description, err = t.Must("description", obj.Value(definitionDescription)); err != nil {
		return err
	}
	used := uint32(1<<definitionName | 1<<definitionDescription)
	if p := obj.Value(definitionParameters); p.Kind == jsonscan.ObjectKind {
		tool.Arguments = p.Of(t.Doc)
		used |= 1 << definitionParameters
	}
	tool.Attr = t.Rest(obj, used, nil)
	if around != nil {
		t.Path = t.Path[:outer]
		tool.Attr = t.Rest(around, 1<<toolType|1<<toolFunction, tool.Attr)
	}
	if len(t.Out.Parameters.Tools) == maxTools {
		return leaf.Invalid(string(t.Path), "is one tool too many; %d are the most", maxTools)
	}
	t.Out.Parameters.Tools = append(t.Out.Parameters.Tools, tool)
	return nil
}

var chosenKeys = jsonscan.NewKeys("name")

// chosen reads an object that names a function and nothing else, or a word.
func (t *typist) chosen(s *settings, v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return s.toolChoice(v), nil
	}
	obj, err := t.Open(levelItem, v, chosenKeys)
	if err != nil {
		return false, err
	}
	name := t.Text(obj.Value(0))
	if len(obj.Members) != 1 || name == nil {
		return false, nil
	}
	t.Out.Parameters.ToolChoice, t.Out.Parameters.ToolName = core.ToolChoiceTool, name
	return true, nil
}

var (
	typedFormatKeys = jsonscan.NewKeys("type", "json_schema")
	shapeKeys       = jsonscan.NewKeys("schema")
)

// format reads response_format, if it is one of those that everybody knows.
func (t *typist) format(v jsonscan.Value) (known bool, err *core.Error) {
	p := &t.Out.Parameters
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelMessage, v, typedFormatKeys)
	if err != nil {
		return false, err
	}
	shape := obj.Value(1)
	switch alone := len(obj.Members) == 1; {
	case alone && string(t.Text(obj.Value(0))) == "text":
		p.OutputFormat = core.OutputText
		return true, nil
	case alone && string(t.Text(obj.Value(0))) == "json_object":
		p.OutputFormat = core.OutputJSON
		return true, nil
	case len(obj.Members) != 2 || string(t.Text(obj.Value(0))) != "json_schema" || shape.Kind != jsonscan.ObjectKind:
		return false, nil
	}
	t.In("json_schema")
	if obj, err = t.Open(levelItem, shape, shapeKeys); err != nil {
		return false, err
	}
	if obj.Value(0).Kind != jsonscan.ObjectKind {
		return false, nil
	}
	p.OutputFormat, p.OutputShape = core.OutputShaped, obj.Value(0).Of(t.Doc)
	p.OutputAttr = t.Rest(obj, 1, nil)
	return true, nil
}

var reasoningKeys = jsonscan.NewKeys("effort", "max_tokens")

// reasoning reads OpenRouter's object of that name.
func (t *typist) reasoning(v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelMessage, v, reasoningKeys)
	if err != nil {
		return false, err
	}
	p, used := &t.Out.Parameters, uint32(0)
	if effort := t.Text(obj.Value(0)); effort != nil && p.ReasoningEffort == nil {
		p.ReasoningEffort = effort
		used |= 1
	}
	if n, err := jsonscan.Int(t.Doc, obj.Value(1)); err == nil && n >= 0 && !p.ReasoningTokens.Set {
		p.ReasoningTokens = core.Some(n)
		used |= 2
	}
	if rest := t.Rest(obj, used, nil); rest != nil {
		t.other([]byte("reasoning"), rest)
	}
	return true, nil
}

var budgetKeys = jsonscan.NewKeys("type", "budget_tokens")

// budget reads the object "thinking" that several providers took over from
// Anthropic.
func (t *typist) budget(v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelMessage, v, budgetKeys)
	if err != nil {
		return false, err
	}
	n, bad := jsonscan.Int(t.Doc, obj.Value(1))
	p := &t.Out.Parameters
	if bad != nil || n < 0 || len(obj.Members) != 2 || string(t.Text(obj.Value(0))) != "enabled" || p.ReasoningTokens.Set {
		return false, nil
	}
	p.ReasoningTokens = core.Some(n)
	return true, nil
}
