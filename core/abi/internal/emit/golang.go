package emit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// Go returns the Go codec. The host's refuses enum values that it does not
// know; a guest's keeps them, since a newer host may send them.
func Go(f *schema.File, host bool) string {
	p := &printer{}
	p.f("// %s\n\npackage abi\n\nimport \"math\"\n", note)
	for _, e := range f.Enums {
		goEnum(p, e)
	}
	for _, m := range f.Messages {
		goStruct(p, m)
		goReset(p, m)
		goSize(p, m)
		goAppend(p, m)
		goDecode(p, m, host)
	}
	if host {
		goHooks(p, f)
	}
	goNames(p, f)
	return p.String()
}

func goEnum(p *printer, e *schema.Enum) {
	p.comment("//", e.Doc)
	p.f("type %s uint32\n\n// The values of %s.\nconst (", e.Name, e.Name)
	for _, v := range e.Values {
		doc := ""
		if v.Doc != "" {
			doc = " // " + v.Doc
		}
		p.f("\t%s%s %s = %d%s", e.Name, camel(e.Short(v)), e.Name, v.Number, doc)
	}
	p.f(")\n")
	names := make([]string, len(e.Values))
	for i, v := range e.Values {
		names[i] = strings.ToLower(e.Short(v))
	}
	p.f("// String returns the value's name in lower case, %q for one that is not known.", "unknown")
	p.f("func (v %s) String() string {", e.Name)
	p.f("\tif v > %d {\n\t\treturn \"unknown\"\n\t}", len(names)-1)
	p.f("\treturn [...]string{%s}[v]\n}\n", `"`+strings.Join(names, `", "`)+`"`)
}

func goType(f *schema.Field) string {
	switch f.Type {
	case schema.Double:
		return "float64"
	case schema.String, schema.Bytes:
		return "[]byte"
	default:
		return f.TypeName
	}
}

// has is the name of the field that tells presence, or "".
func has(f *schema.Field) string {
	if f.Optional || f.Type == schema.MessageType && !f.Repeated {
		return "Has" + camel(f.Name)
	}
	return ""
}

func goStruct(p *printer, m *schema.Message) {
	p.comment("//", m.Doc)
	p.f("type %s struct {", m.Name)
	for _, f := range m.Fields {
		doc := ""
		if text := bounded(f); text != "" {
			doc = " // " + text
		}
		if strings.Contains(doc, "\n") {
			p.comment("\t//", bounded(f))
			doc = ""
		}
		if h := has(f); h != "" {
			p.f("\t%s bool", h)
		}
		list := ""
		if f.Repeated {
			list = "[]"
		}
		p.f("\t%s %s%s%s", camel(f.Name), list, goType(f), doc)
	}
	p.f("}\n")
}

func goReset(p *printer, m *schema.Message) {
	p.f("// Reset empties m and keeps the memory of its lists.\nfunc (m *%s) Reset() {", m.Name)
	for _, f := range m.Fields {
		name := camel(f.Name)
		if h := has(f); h != "" {
			p.f("\tm.%s = false", h)
		}
		switch {
		case f.Repeated && f.Type == schema.MessageType:
			p.f("\tfor i := range m.%s {\n\t\tm.%s[i].Reset()\n\t}\n\tm.%s = m.%s[:0]", name, name, name, name)
		case f.Repeated && !f.Packed():
			p.f("\tclear(m.%s)\n\tm.%s = m.%s[:0]", name, name, name)
		case f.Repeated:
			p.f("\tm.%s = m.%s[:0]", name, name)
		case f.Type == schema.MessageType:
			p.f("\tm.%s.Reset()", name)
		default:
			p.f("\tm.%s = %s", name, goZero(f))
		}
	}
	p.f("}\n")
}

func goZero(f *schema.Field) string {
	switch f.Type {
	case schema.String, schema.Bytes:
		return "nil"
	case schema.Bool:
		return "false"
	default:
		return "0"
	}
}

// goSet is the condition under which a singular field is written.
func goSet(f *schema.Field) string {
	name := "m." + camel(f.Name)
	switch {
	case has(f) != "":
		return "m." + has(f)
	case f.Type == schema.String || f.Type == schema.Bytes:
		return "len(" + name + ") != 0"
	case f.Type == schema.Bool:
		return name
	case f.Type == schema.Double:
		return "math.Float64bits(" + name + ") != 0"
	default:
		return name + " != 0"
	}
}

// goSizeOf is the size of value v of field f, without tag.
func goSizeOf(f *schema.Field, v string) string {
	switch f.Type {
	case schema.String, schema.Bytes:
		return "sizeBytes(len(" + v + "))"
	case schema.Bool:
		return "1"
	case schema.Double:
		return "8"
	case schema.MessageType:
		return "sizeBytes(" + v + ".Size())"
	default:
		return "sizeVarint(uint64(" + v + "))"
	}
}

func goSize(p *printer, m *schema.Message) {
	p.f("// Size returns the number of bytes that Append appends.\nfunc (m *%s) Size() int {\n\tn := 0", m.Name)
	for _, f := range m.Fields {
		name, t := "m."+camel(f.Name), len(tagBytes(tag(f)))
		switch {
		case f.Packed():
			p.f("\tif len(%s) != 0 {\n\t\tn += %d + sizeBytes(sizePacked(%s))\n\t}", name, t, name)
		case f.Repeated:
			p.f("\tfor i := range %s {\n\t\tn += %d + %s\n\t}", name, t, goSizeOf(f, name+"[i]"))
		default:
			p.f("\tif %s {\n\t\tn += %d + %s\n\t}", goSet(f), t, goSizeOf(f, name))
		}
	}
	p.f("\treturn n\n}\n")
}

func goTag(f *schema.Field) string {
	var parts []string
	for _, b := range tagBytes(tag(f)) {
		parts = append(parts, fmt.Sprintf("0x%02x", b))
	}
	return strings.Join(parts, ", ")
}

// goAppendOf is the statement that appends value v of field f after its tag.
func goAppendOf(f *schema.Field, v string) string {
	b := "append(b, " + goTag(f) + ")"
	switch f.Type {
	case schema.String, schema.Bytes:
		return "b = appendBytes(" + b + ", " + v + ")"
	case schema.Bool:
		return "b = appendBool(" + b + ", " + v + ")"
	case schema.Double:
		return "b = appendDouble(" + b + ", " + v + ")"
	case schema.MessageType:
		return "b = appendVarint(" + b + ", uint64(" + v + ".Size()))\n\t\tb = " + v + ".Append(b)"
	default:
		return "b = appendVarint(" + b + ", uint64(" + v + "))"
	}
}

func goAppend(p *printer, m *schema.Message) {
	p.f("// Append appends m to b.\nfunc (m *%s) Append(b []byte) []byte {", m.Name)
	for _, f := range m.Fields {
		name := "m." + camel(f.Name)
		switch {
		case f.Packed():
			p.f("\tif len(%s) != 0 {\n\t\tb = appendPacked(append(b, %s), %s)\n\t}", name, goTag(f), name)
		case f.Repeated:
			p.f("\tfor i := range %s {\n\t\t%s\n\t}", name, goAppendOf(f, name+"[i]"))
		default:
			p.f("\tif %s {\n\t\t%s\n\t}", goSet(f), goAppendOf(f, name))
		}
	}
	p.f("\treturn b\n}\n")
}

func goLimit(f *schema.Field) string {
	if f.Max == 0 || f.Repeated {
		return "math.MaxUint32"
	}
	return strconv.Itoa(f.Max)
}

// goRead is the expression that reads one value of field f.
func goRead(f *schema.Field, host bool) string {
	switch f.Type {
	case schema.String:
		return "c.string(" + goLimit(f) + ")"
	case schema.Bytes:
		return "c.bytes(" + goLimit(f) + ")"
	case schema.Double:
		return "c.double()"
	case schema.Bool:
		return "c.bool()"
	case schema.Uint64:
		return "c.uint64()"
	case schema.Int64:
		return "int64(c.uint64())"
	case schema.EnumType:
		if host {
			return fmt.Sprintf("%s(c.enum(%d))", f.TypeName, len(f.Enum.Values)-1)
		}
		return f.TypeName + "(c.uint32())"
	default:
		return "c.uint32()"
	}
}

func goDecode(p *printer, m *schema.Message, host bool) {
	p.f(`// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *%s) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *%s) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {`, m.Name, m.Name)
	for _, f := range m.Fields {
		name := "m." + camel(f.Name)
		p.f("\t\tcase 0x%x:", tag(f))
		if h := has(f); h != "" {
			p.f("\t\t\tm.%s = true", h)
		}
		switch {
		case f.Packed():
			p.f("\t\t\t%s = c.packed(%s, %d)", name, name, f.Max)
			p.f("\t\tcase 0x%x:", f.Number<<3|f.Wire())
			p.f("\t\t\tif c.room(len(%s), %d) {\n\t\t\t\t%s = append(%s, %s)\n\t\t\t}", name, f.Max, name, name, goRead(f, host))
		case f.Repeated && f.Type == schema.MessageType:
			p.f("\t\t\tv := c.bytes(math.MaxUint32)")
			p.f("\t\t\tif c.fault == \"\" && c.room(len(%s), %d) {\n\t\t\t\t%s = grow(%s)", name, f.Max, name, name)
			p.f("\t\t\t\tif err := %s[len(%s)-1].Decode(v); err != nil {\n\t\t\t\t\treturn err\n\t\t\t\t}\n\t\t\t}", name, name)
		case f.Repeated:
			p.f("\t\t\tif c.room(len(%s), %d) {\n\t\t\t\t%s = append(%s, %s)\n\t\t\t}", name, f.Max, name, name, goRead(f, host))
		case f.Type == schema.MessageType:
			p.f("\t\t\tif err := %s.merge(c.bytes(math.MaxUint32)); err != nil {\n\t\t\t\treturn err\n\t\t\t}", name)
		default:
			p.f("\t\t\t%s = %s", name, goRead(f, host))
		}
	}
	p.f(`		default:
			c.skip(tag, %#x)
		}
		if c.fault != "" {
			return c.err(%q, tag)
		}
	}
	return nil
}
`, known(m), m.Name)
}

func goHooks(p *printer, f *schema.File) {
	p.f("// Hooks returns the hooks of the ABI in the order of the exchange's life.\nfunc Hooks() []Hook {\n\treturn []Hook{")
	for _, h := range f.Hooks {
		p.f("\t\t{Name: %q, Export: \"sallyport_%s\", Call: %q, Reply: %q},", schema.Snake(h.Name), schema.Snake(h.Name), h.Call.Name, h.Reply.Name)
	}
	p.f("\t}\n}\n")
}

// goNames writes the field names for error messages: position n-1 for number n.
func goNames(p *printer, f *schema.File) {
	p.f("// fieldNames returns the names of a message's fields by number, separated by blanks.\nfunc fieldNames(message string) string {\n\tswitch message {")
	for _, m := range f.Messages {
		var names []string
		for _, field := range m.Fields {
			for len(names) < field.Number-1 {
				names = append(names, "")
			}
			names = append(names, field.Name)
		}
		p.f("\tcase %q:\n\t\treturn %q", m.Name, strings.Join(names, " "))
	}
	p.f("\t}\n\treturn \"\"\n}")
}
