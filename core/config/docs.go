package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

//go:generate env UPDATE_GOLDEN=1 go test -count=1 -run DocsAreFresh$ .

// Docs returns docs/config.md, the reference of every field in Markdown.
func Docs() []byte {
	var b bytes.Buffer
	b.WriteString(`# Configuration

<!-- Made from the declarations in core/config/config.go by go generate; do not edit. -->

One YAML file, ` + "`sallyport serve --config FILE`" + `; ` + "`sallyport check --config FILE`" + ` reports everything that is wrong with it at once, with line and column. ` + "`sallyport check --schema`" + ` prints a JSON Schema for editors.

- An unknown field is an error. A field without a value is as if it were left out.
- Secrets stand in the file only by reference: ` + "`${env:NAME}`" + ` for an environment variable, ` + "`${file:/path}`" + ` for a file, whose last line end is dropped. They are never shown.
- Durations are written like ` + "`250ms`, `10s`, `5m`" + `; sizes like ` + "`512KiB`, `16MiB`" + ` or in bytes.
- Relative paths start at the folder of the configuration file.
- The file and the secret and certificate files it names are watched. A change is read, checked and built as a whole before it replaces the running one; whatever is wrong with it, the last good one serves on.
- YAML anchors, aliases and ` + "`<<`" + ` work; tags, directives and a second document do not.

`)
	writeSection(&b, "The file", "", reflect.TypeFor[Config]())
	return b.Bytes()
}

// ManifestDocs returns docs/plugins/manifest.md, the reference of a plugin's
// manifest in Markdown.
func ManifestDocs() []byte {
	var b bytes.Buffer
	b.WriteString(`# The manifest of a plugin

<!-- Made from the declarations in core/config/manifest.go by go generate; do not edit. -->

What a plugin declares about itself, in YAML: in the custom section ` + "`sallyport.manifest`" + ` of a module, where ` + "`sallyport plugin build`" + ` puts it, or in a file ` + "`NAME.yaml`" + ` beside ` + "`NAME.wasm`" + `. A file with neither is never loaded.

- An unknown field is an error. A field without a value is as if it were left out.
- Durations are written like ` + "`250ms`, `10s`" + `; sizes like ` + "`512B`, `4KiB`" + ` or in bytes.
- What a plugin is not shown it cannot ask for later: a guest sees only what ` + "`sees`" + ` names.

`)
	writeSection(&b, "The file", "", reflect.TypeFor[manifestFile]())
	return b.Bytes()
}

// writeSection writes the table of one struct and then of those in it.
func writeSection(b *bytes.Buffer, title, path string, t reflect.Type) {
	fmt.Fprintf(b, "## %s\n\n| field | type | default | meaning |\n|---|---|---|---|\n", title)
	fields := fieldsOf(t)
	for i := range fields {
		f := &fields[i]
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, typeName(f), defaultText(f), meaning(f))
	}
	b.WriteString("\n")
	for i := range fields {
		f := &fields[i]
		sub := elem(f.typ)
		if sub == nil {
			continue
		}
		at := join(path, f.name)
		if sub == reflect.TypeFor[Plugin]() && path != "" && strings.HasPrefix(path, "routes") {
			continue // described under plugins.mandatory already
		}
		if f.typ.Kind() == reflect.Slice {
			at += "[]"
		}
		writeSection(b, "`"+at+"`", at, sub)
	}
}

func typeName(f *field) string {
	t := f.typ
	list := ""
	if t.Kind() == reflect.Slice {
		list, t = "list of ", t.Elem()
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == durationType:
		return list + "duration"
	case t == sizeType:
		return list + "size"
	case t == rateType:
		return list + "price"
	case t == secretType:
		return list + "secret"
	case t == prefixType:
		return list + "networks"
	case t.Kind() == reflect.Struct:
		if f.short != "" {
			return list + "texts or mappings"
		}
		return strings.TrimSuffix(list+"mappings", map[bool]string{true: "", false: "s"}[list != ""])
	case t.Kind() == reflect.Map:
		return "mapping"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "number"
	case f.single:
		return "text or list of texts"
	case list != "":
		return list + "texts"
	default:
		return "text"
	}
}

func defaultText(f *field) string {
	switch {
	case f.required:
		return "required"
	case f.hasDefault:
		return "`" + f.def + "`"
	default:
		return ""
	}
}

func meaning(f *field) string {
	text := strings.ReplaceAll(f.doc, "|", "\\|")
	if len(f.enum) > 0 {
		text += " One of `" + strings.Join(f.enum, "`, `") + "`."
	}
	if f.min != "" {
		text += fmt.Sprintf(" From `%s` to `%s`.", f.min, f.max)
	}
	return text
}

// Schema returns a JSON Schema (draft 2020-12) of the file, for editors. It
// accepts what [Parse] accepts as far as a schema can tell.
func Schema() []byte {
	root := structSchema(reflect.TypeFor[Config]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Sallyport configuration"
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil // maps of texts and numbers always marshal
	}
	return append(out, '\n')
}

type object = map[string]any

func structSchema(t reflect.Type) object {
	properties := object{}
	required := []string{}
	for _, f := range fieldsOf(t) {
		properties[f.name] = fieldSchema(&f)
		if f.required {
			required = append(required, f.name)
		}
	}
	out := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func fieldSchema(f *field) object {
	var out object
	if f.typ.Kind() == reflect.Slice {
		item := *f
		item.typ, item.doc, item.required = f.typ.Elem(), "", false
		items := fieldSchema(&item)
		if f.short != "" {
			items = object{"anyOf": []any{object{"type": "string"}, items}}
		}
		out = object{"type": []string{"array", "null"}, "items": items}
		if f.required {
			out["type"], out["minItems"] = "array", 1
		}
		if f.single {
			out["minItems"] = 1
			out = object{"anyOf": []any{items, out}}
		}
	} else {
		out = scalarSchema(f)
	}
	if f.doc != "" {
		out["description"] = f.doc
	}
	return out
}

func scalarSchema(f *field) object {
	t := f.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var out object
	switch {
	case t == secretType:
		return object{"type": "string", "pattern": `^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)\}$`}
	case t == durationType:
		out = object{"type": "string", "pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
	case t == sizeType:
		out = object{"type": []string{"string", "integer"}, "pattern": `^[0-9]+ *([KMGT]iB|[kKMGT]?B)?$`}
	case t == rateType:
		out = object{"type": []string{"string", "number"}, "pattern": `^[0-9]+(\.[0-9]{1,6})?$`}
	case t == prefixType:
		return object{"type": "string"}
	case t.Kind() == reflect.Struct:
		return structSchema(t)
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	case t.Kind() == reflect.Map:
		return object{"type": "object"}
	case t.Kind() == reflect.Bool:
		out = object{"type": "boolean"}
	case t.Kind() == reflect.Int:
		out = object{"type": "integer"}
		if low, ok := f.bound(f.min); ok {
			out["minimum"] = low
		}
		if high, ok := f.bound(f.max); ok {
			out["maximum"] = high
		}
	default:
		out = object{"type": "string"}
		if len(f.enum) > 0 {
			out["enum"] = f.enum
		}
	}
	if f.hasDefault {
		out["default"] = schemaDefault(t, f.def)
	}
	return out
}

func schemaDefault(t reflect.Type, text string) any {
	if t == durationType || t == sizeType {
		return text
	}
	if v, err := parseScalar(t, text); err == nil {
		return v
	}
	return text
}
