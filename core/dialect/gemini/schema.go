package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of a Schema, Google's subset of OpenAPI 3.0
// (https://ai.google.dev/api/caching#Schema), that JSON Schema writes otherwise.
const (
	schemaType = iota
	schemaNullable
	schemaFormat
	schemaOrdering
	schemaExample
	schemaProperties
	schemaDefs
	schemaItems
	schemaAdditional
	schemaAnyOf
	schemaOneOf
	schemaAllOf
	schemaPrefix
	schemaMinItems
	schemaMaxItems
	schemaMinProperties
	schemaMaxProperties
	schemaMinLength
	schemaMaxLength
	schemaEnum
)

var schemaKeys = newKeyset("type", "nullable", "format", "propertyOrdering", "example", "properties", "$defs", "items",
	"additionalProperties", "anyOf", "oneOf", "allOf", "prefixItems", "minItems", "maxItems", "minProperties",
	"maxProperties", "minLength", "maxLength", "enum")

// schema returns the Schema v, which stands at a path, as JSON Schema in the memory
// of the exchange: types in lower case, null as a type, counts without quotes, keys
// in their first spelling, properties in the order that is named, and without a
// format that JSON Schema has not. What it does not know stays as it is. level is
// where s.objects is free from.
func (s *settings) schema(v jsonscan.Value, at string, level int) []byte {
	s.schemaAt = at
	return s.appendSchema(s.ex.Alloc(v.Len() + v.Len()/8 + 64)[:0], v, level)
}

func (s *settings) appendSchema(out []byte, v jsonscan.Value, level int) []byte {
	obj, ok := s.object(schemaKeys, v, level)
	if !ok {
		return append(out, v.Of(s.doc)...)
	}
	nullable := schemaKeys.value(obj, schemaNullable).Bool()
	ordering := schemaKeys.member(obj, schemaOrdering)
	out = append(out, '{')
	for i := range obj.Members {
		m := &obj.Members[i]
		id := schemaKeys.id(m)
		switch id {
		case schemaNullable:
			if m.Value.IsBool() || leaf.Absent(m.Value) {
				continue
			}
		case schemaOrdering:
			if schemaKeys.member(obj, schemaProperties) == nil {
				s.unordered(ordering)
			}
			continue
		case schemaProperties:
			out = append(comma(out), `"properties":`...)
			out = s.appendProperties(out, m.Value, ordering, level+1)
			continue
		case schemaType:
			out = s.appendType(out, m, nullable)
			continue
		case schemaFormat:
			if string(s.text(m.Value)) == "enum" {
				continue
			}
		case schemaExample:
			out = append(comma(out), `"examples":[`...)
			out = append(append(out, m.Value.Of(s.doc)...), ']')
			continue
		}
		if out = comma(out); id == jsonscan.Unknown {
			out = append(out, m.Key.Of(s.doc)...)
		} else {
			out = append(append(append(out, '"'), schemaKeys.names[id]...), '"')
		}
		out = s.appendBelow(append(out, ':'), id, m.Value, level+1, nullable)
	}
	return append(out, '}')
}

// appendBelow appends the value of a member of a schema.
func (s *settings) appendBelow(out []byte, id int, v jsonscan.Value, level int, nullable bool) []byte {
	switch id {
	case schemaDefs:
		return s.appendProperties(out, v, nil, level)
	case schemaEnum:
		if last := v.End - 1; nullable && v.Kind == jsonscan.ArrayKind {
			out = append(out, s.doc[v.Start:last]...)
			if len(bytes.TrimSpace(s.doc[v.Start+1:last])) > 0 {
				out = append(out, ',')
			}
			return append(out, "null]"...)
		}
	case schemaItems, schemaAdditional:
		return s.appendSchema(out, v, level)
	case schemaAnyOf, schemaOneOf, schemaAllOf, schemaPrefix:
		if v.Kind != jsonscan.ArrayKind {
			break
		}
		out = append(out, '[')
		for a := jsonscan.Elements(s.doc, v); a.Next(); {
			if a.Index() > 0 {
				out = append(out, ',')
			}
			out = s.appendSchema(out, a.Value(), level)
		}
		if nullable && id == schemaAnyOf && out[len(out)-1] != '[' {
			out = append(out, `,{"type":"null"}`...)
		}
		return append(out, ']')
	case schemaMinItems, schemaMaxItems, schemaMinProperties, schemaMaxProperties, schemaMinLength, schemaMaxLength:
		if n := bare(v); n.Kind == jsonscan.Number {
			if _, err := jsonscan.Int(s.doc, n); err == nil {
				return append(out, n.Of(s.doc)...)
			}
		}
	}
	return append(out, v.Of(s.doc)...)
}

// appendType appends the member type.
func (s *settings) appendType(out []byte, m *jsonscan.Member, nullable bool) []byte {
	if m.Value.Kind != jsonscan.String { // a list, as JSON Schema itself has it
		return appendMember(out, s.doc, m)
	}
	word := bytes.ToLower(s.text(m.Value))
	if string(word) == "type_unspecified" {
		return out
	}
	out = append(comma(out), `"type":`...)
	if !nullable {
		return jsonscan.AppendQuoted(out, word)
	}
	return append(jsonscan.AppendQuoted(append(out, '['), word), `,"null"]`...)
}

// comma appends what stands between two members of an object, if one is there.
func comma(out []byte) []byte {
	if out[len(out)-1] == '{' {
		return out
	}
	return append(out, ',')
}
