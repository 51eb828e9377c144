package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// declared is a tool that other providers know in another form than the client.
type declared struct {
	wire            []byte // the name there
	namespace, name []byte
	custom          bool // its input is free text
}

// toolOf returns how the client declared the tool with that name, or nil where it is
// a function like others.
func (m *typedMemory) toolOf(wire []byte) *declared {
	for i := range m.tools {
		if bytes.Equal(m.tools[i].wire, wire) {
			return &m.tools[i]
		}
	}
	return nil
}

// joined returns the name of a function in a namespace, for providers that have none.
func (t *typist) joined(namespace, name []byte) []byte {
	if len(namespace) == 0 {
		return name
	}
	b := append(t.Ex.Alloc(len(namespace) + len(name) + 2)[:0], namespace...)
	if b[len(b)-1] != '_' {
		b = append(b, "__"...)
	}
	return append(b, name...)
}

// The members of a tool.
const (
	toolType = iota
	toolName
	toolDescription
	toolParameters
	toolFormat
	toolTools
)

var toolKeys = jsonscan.NewKeys("type", "name", "description", "parameters", "format", "tools")

// tool reads a tool. One of the provider's own is kept as it stands.
func (t *typist) tool(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelContent, v, toolKeys)
	if err != nil {
		return err
	}
	switch string(t.Text(obj.Value(toolType))) {
	case "function", "custom":
		return t.definition(obj, nil)
	case "namespace":
		return t.group(obj)
	}
	if err := t.room(); err != nil {
		return err
	}
	t.add(core.Tool{Raw: v.Of(t.Doc)})
	return nil
}

// add offers a tool that stands here.
func (t *typist) add(tool core.Tool) {
	t.Out.Parameters.Tools = append(t.Out.Parameters.Tools, tool)
	if t.places != nil {
		t.places = append(t.places, append(t.Ex.Alloc(len(t.Path))[:0], t.Path...))
	}
}

func (t *typist) room() *core.Error {
	if len(t.Out.Parameters.Tools) < maxTools {
		return nil
	}
	return leaf.Invalid(string(t.Path), "is one tool too many; %d are the most", maxTools)
}

// group reads the tools in a namespace.
func (t *typist) group(obj *jsonscan.Object) *core.Error {
	namespace, err := t.Must("name", obj.Value(toolName))
	if err != nil {
		return err
	}
	for i := range obj.Members {
		if m := &obj.Members[i]; leaf.Left(m, 1<<toolType|1<<toolName|1<<toolTools) {
			t.Drop(t.Key(m), lossGroup)
		}
	}
	before := len(t.Out.Parameters.Tools)
	err = t.each("tools", obj.Value(toolTools), func(v jsonscan.Value) *core.Error {
		in, err := t.Open(levelInner, v, toolKeys)
		if err != nil {
			return err
		}
		return t.definition(in, namespace)
	})
	if len(t.Out.Parameters.Tools) == before && len(namespace) > 0 {
		t.Drop("name", lossGroup) // no tool bears it
	}
	return err
}

// definition reads a function or a custom tool. What of it has no field goes to Attr.
func (t *typist) definition(obj *jsonscan.Object, namespace []byte) *core.Error {
	if err := t.room(); err != nil {
		return err
	}
	name, err := t.Must("name", obj.Value(toolName))
	if err != nil {
		return err
	}
	tool := core.Tool{Name: t.joined(namespace, name)}
	if tool.Description, err = t.Must("description", obj.Value(toolDescription)); err != nil {
		return err
	}
	kind := t.Text(obj.Value(toolType))
	custom := string(kind) == "custom"
	used := uint32(1<<toolName | 1<<toolDescription)
	if custom || string(kind) == "function" {
		used |= 1 << toolType
	}
	if p := obj.Value(toolParameters); !custom && p.Kind == jsonscan.ObjectKind {
		tool.Arguments = p.Of(t.Doc)
		used |= 1 << toolParameters
	}
	if custom {
		if tool.Arguments, err = t.freeText(obj.Value(toolFormat)); err != nil {
			return err
		}
		used |= 1 << toolFormat
	}
	tool.Attr = t.Rest(obj, used, nil)
	for i := range t.Out.Parameters.Tools {
		if other := &t.Out.Parameters.Tools[i]; other.Raw == nil && bytes.Equal(other.Name, tool.Name) {
			if !bytes.Equal(other.Arguments, tool.Arguments) || !bytes.Equal(other.Description, tool.Description) ||
				!bytes.Equal(other.Attr, tool.Attr) {
				t.Drop("", "repeated") // items that add tools may just repeat one
			}
			return nil
		}
	}
	if custom || len(namespace) > 0 {
		t.m.tools = append(t.m.tools, declared{wire: tool.Name, namespace: namespace, name: name, custom: custom})
	}
	t.add(tool)
	return nil
}

const (
	grammarType = iota
	grammarSyntax
	grammarDefinition
)

var grammarKeys = jsonscan.NewKeys("type", "syntax", "definition")

// freeText returns the JSON Schema of the arguments that stand for the input of a
// custom tool. A grammar is told to the model; nobody makes it keep to it.
func (t *typist) freeText(format jsonscan.Value) ([]byte, *core.Error) {
	b := t.Ex.Alloc(format.Len() + format.Len()/4 + 256)[:0]
	if format.Kind != jsonscan.ObjectKind {
		if !leaf.Absent(format) {
			t.Drop("format", leaf.LossType)
		}
		return leaf.AppendFreeTextShape(b, nil, nil), nil
	}
	n := t.In("format")
	obj, err := t.Open(levelInnermost, format, grammarKeys)
	if err != nil {
		return nil, err
	}
	known := string(t.Text(obj.Value(grammarType))) == "text" && len(obj.Members) == 1
	t.Path = t.Path[:n]
	if !known {
		t.Drop("format", lossGrammar)
	}
	return leaf.AppendFreeTextShape(b, t.Text(obj.Value(grammarSyntax)), t.Text(obj.Value(grammarDefinition))), nil
}
