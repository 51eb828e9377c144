package openai

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// custom tells whether the client declared the tool of that name as one whose input
// is free text.
func (m *typedMemory) custom(name []byte) bool {
	return slices.ContainsFunc(m.customs, func(c []byte) bool { return bytes.Equal(c, name) })
}

const (
	customName = iota
	customDescription
	customFormat
)

var customKeys = jsonscan.NewKeys("name", "description", "format")

// customTool reads a tool whose input is free text: other providers know it as a
// function with one argument. around is the tool that v stands in.
func (t *typist) customTool(v jsonscan.Value, around *jsonscan.Object) *core.Error {
	outer := t.In("custom")
	obj, err := t.Open(levelItem, v, customKeys)
	if err != nil {
		return err
	}
	var tool core.Tool
	if tool.Name, err = t.Must("name", obj.Value(customName)); err != nil {
		return err
	}
	if tool.Description, err = t.Must("description", obj.Value(customDescription)); err != nil {
		return err
	}
	if tool.Arguments, err = t.freeText(obj.Value(customFormat)); err != nil {
		return err
	}
	tool.Attr = t.Rest(obj, 1<<customName|1<<customDescription|1<<customFormat, nil)
	t.Path = t.Path[:outer]
	tool.Attr = t.Rest(around, 1<<toolType|1<<toolCustom, tool.Attr)
	t.m.customs = append(t.m.customs, tool.Name)
	t.Out.Parameters.Tools = append(t.Out.Parameters.Tools, tool)
	return nil
}

var (
	formatOfCustomKeys = jsonscan.NewKeys("type", "grammar")
	grammarKeys        = jsonscan.NewKeys("syntax", "definition")
)

// freeText returns the JSON Schema of the arguments that stand for free text, and
// reports a grammar, which is no more than told.
func (t *typist) freeText(format jsonscan.Value) ([]byte, *core.Error) {
	var syntax, definition []byte
	if !leaf.Absent(format) {
		n := t.In("format")
		obj, err := t.Open(levelInner, format, formatOfCustomKeys)
		if err != nil {
			return nil, err
		}
		known := len(obj.Members) == 1 && string(t.Text(obj.Value(0))) == "text"
		if g := obj.Value(1); g.Kind == jsonscan.ObjectKind {
			t.In("grammar")
			if obj, err = t.Open(levelInnermost, g, grammarKeys); err != nil {
				return nil, err
			}
			syntax, definition = t.Text(obj.Value(0)), t.Text(obj.Value(1))
		}
		t.Path = t.Path[:n]
		if !known {
			t.Drop("format", lossGrammar)
		}
	}
	b := t.Ex.Alloc(len(definition) + len(definition)/4 + len(syntax) + 256)[:0]
	return leaf.AppendFreeTextShape(b, syntax, definition), nil
}

// wrapped returns the arguments that stand for the input of a custom tool.
func (t *typist) wrapped(input []byte) []byte {
	return leaf.AppendFreeTextArguments(t.Ex.Alloc(len(input) + len(input)/8 + 32)[:0], input)
}
