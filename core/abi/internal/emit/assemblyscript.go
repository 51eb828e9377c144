package emit

import (
	_ "embed" // the hand-written part of the AssemblyScript codec
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

//go:embed wire.ts
var asWire string

// AssemblyScript returns the guest codec for AssemblyScript. A message owns the
// objects of its fields, so that reading one again allocates nothing.
func AssemblyScript(f *schema.File) string {
	p := &printer{}
	p.f("// %s\n\n%s", note, asWire)
	for _, e := range f.Enums {
		asDoc(p, "", e.Doc)
		p.f("export const enum %s {", e.Name)
		for _, v := range e.Values {
			asDoc(p, "  ", v.Doc)
			p.f("  %s = %d,", e.Short(v), v.Number)
		}
		p.f("}\n")
	}
	for _, m := range inner(f.Messages) {
		asClass(p, m)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

func asDoc(p *printer, indent, doc string) {
	if doc != "" {
		p.f("%s/** %s */", indent, strings.ReplaceAll(doc, "\n", "\n"+indent+" * "))
	}
}

// asHas is the name of the member that tells presence, or "".
func asHas(f *schema.Field) string {
	if has(f) == "" {
		return ""
	}
	return zigCamel("has_" + f.Name)
}

func asType(f *schema.Field) string {
	switch f.Type {
	case schema.Uint32:
		return "u32"
	case schema.Uint64:
		return "u64"
	case schema.Int64:
		return "i64"
	case schema.Bool:
		return "bool"
	case schema.Double:
		return "f64"
	case schema.String, schema.Bytes:
		return "Bytes"
	default:
		return f.TypeName
	}
}

// asObject tells whether a field holds an object, which lives as long as its
// message.
func asObject(f *schema.Field) bool {
	return f.Repeated || f.Type == schema.String || f.Type == schema.Bytes || f.Type == schema.MessageType
}

func asClass(p *printer, m *schema.Message) {
	asDoc(p, "", m.Doc)
	p.f("export class %s {", m.Name)
	for _, f := range m.Fields {
		if h := asHas(f); h != "" {
			p.f("  %s: bool = false;", h)
		}
		asDoc(p, "  ", bounded(f))
		name, t := zigCamel(f.Name), asType(f)
		switch {
		case f.Packed():
			p.f("  readonly %s: Bytes = new Bytes(); // packed varints", name)
		case f.Repeated:
			p.f("  readonly %s: Items<%s> = new Items<%[2]s>();", name, t)
		case f.Type == schema.EnumType:
			p.f("  %s: %s = 0;", name, t)
		case f.Type == schema.MessageType:
			p.f("  readonly %s: %s = new %[2]s();", name, t)
		case asObject(f):
			p.f("  %s: %s = new %[2]s();", name, t)
		default:
			p.f("  %s: %s = %s;", name, t, map[bool]string{true: "false", false: "0"}[f.Type == schema.Bool])
		}
	}
	asReset(p, m)
	asDecode(p, m)
	asSize(p, m)
	asAppend(p, m)
	if m.IsReply() {
		asPut(p, m)
	}
	p.f("}\n")
}

func asReset(p *printer, m *schema.Message) {
	p.f("\n  reset(): void {")
	for _, f := range m.Fields {
		name := "this." + zigCamel(f.Name)
		if h := asHas(f); h != "" {
			p.f("    this.%s = false;", h)
		}
		switch {
		case f.Packed() || !f.Repeated && (f.Type == schema.String || f.Type == schema.Bytes):
			p.f("    %s.length = 0;", name)
		case asObject(f):
			p.f("    %s.reset();", name)
		case f.Type == schema.Bool:
			p.f("    %s = false;", name)
		default:
			p.f("    %s = 0;", name)
		}
	}
	p.f("  }\n")
}

func asRead(f *schema.Field) string {
	switch f.Type {
	case schema.Uint64:
		return "c.u64()"
	case schema.Int64:
		return "<i64>c.u64()"
	case schema.Bool:
		return "c.u64() != 0"
	case schema.Double:
		return "c.f64()"
	case schema.EnumType:
		return "<" + f.TypeName + ">c.u32()"
	default:
		return "c.u32()"
	}
}

func asDecode(p *printer, m *schema.Message) {
	p.f("  /** Reads a message, which then points into the frame. False means a bad frame. */")
	p.f("  decode(ptr: usize, length: i32): bool {\n    this.reset();\n    return this.merge(ptr, length);\n  }\n")
	p.f("  merge(ptr: usize, length: i32): bool {\n    const c = this.cursor;\n    c.start(ptr, ptr + <usize>length);\n    while (c.at < c.end) {")
	if slices.ContainsFunc(m.Fields, func(f *schema.Field) bool { return f.Repeated && !f.Packed() }) {
		p.f("      const at = c.at;")
	}
	p.f("      const tag = c.u64();\n      switch (<i32>tag) {")
	for _, f := range m.Fields {
		name := "this." + zigCamel(f.Name)
		p.f("        case 0x%x:", tag(f))
		if h := asHas(f); h != "" {
			p.f("          this.%s = true;", h)
		}
		switch {
		case f.Repeated && !f.Packed():
			p.f("          %s.note(c, tag, at);", name)
		case f.Type == schema.MessageType:
			p.f("          c.bytes(scratch);\n          if (!%s.merge(scratch.ptr, scratch.length)) return false;", name)
		case asObject(f):
			p.f("          c.bytes(%s);", name)
		default:
			p.f("          %s = %s;", name, asRead(f))
		}
		p.f("          break;")
	}
	p.f("        default:\n          c.skip(tag, 0x%x);\n      }\n    }\n    return !c.bad;\n  }\n", known(m))
	p.f("  private readonly cursor: Cursor = new Cursor();\n")
}

// asSet is the condition under which a field is written.
func asSet(f *schema.Field, v string) string {
	switch {
	case asHas(f) != "":
		return "this." + asHas(f)
	case f.Packed() || asObject(f):
		return v + ".length != 0"
	case f.Type == schema.Bool:
		return v
	case f.Type == schema.Double:
		return "reinterpret<u64>(" + v + ") != 0"
	default:
		return v + " != 0"
	}
}

func asSize(p *printer, m *schema.Message) {
	p.f("  /** Returns the number of bytes that append appends. */\n  size(): i32 {\n    let n = 0;")
	for _, f := range m.Fields {
		v := "this." + zigCamel(f.Name)
		if f.Repeated && !f.Packed() {
			p.f("    n += %s.size();", v)
			continue
		}
		size := "sizeU64(<u64>" + v + ")"
		switch {
		case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
			size = "sizeBytes(" + v + ".length)"
		case f.Type == schema.Bool:
			size = "1"
		case f.Type == schema.Double:
			size = "8"
		case f.Type == schema.MessageType:
			size = "sizeBytes(" + v + ".size())"
		}
		p.f("    if (%s) n += %d + %s;", asSet(f, v), len(tagBytes(tag(f))), size)
	}
	p.f("    return n;\n  }\n")
}

// asWrite is the statements that append a value after its tag.
func asWrite(f *schema.Field, v string) []string {
	out := []string{fmt.Sprintf("out.u64(0x%x);", tag(f))}
	switch {
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return append(out, "out.bytes("+v+");")
	case f.Type == schema.Double:
		return append(out, "out.f64("+v+");")
	case f.Type == schema.MessageType:
		return append(out, "out.u64(<u64>"+v+".size());", v+".append(out);")
	default:
		return append(out, "out.u64(<u64>"+v+");")
	}
}

func asAppend(p *printer, m *schema.Message) {
	p.f("  /** Appends the message to out. */\n  append(out: Out): void {")
	for _, f := range m.Fields {
		v := "this." + zigCamel(f.Name)
		if f.Repeated && !f.Packed() {
			p.f("    %s.append(out);", v)
			continue
		}
		p.f("    if (%s) {\n      %s\n    }", asSet(f, v), strings.Join(asWrite(f, v), "\n      "))
	}
	p.f("  }")
}

// asPut writes functions that append one field of a reply each, in any order.
func asPut(p *printer, m *schema.Message) {
	for _, f := range m.Fields {
		p.f("")
		asDoc(p, "  ", bounded(f))
		name := zigCamel("put_" + f.Name)
		if f.Packed() {
			p.f("  static %s(out: Out, v: StaticArray<u32>, length: i32): void {\n    let n = 0;", name)
			p.f("    for (let i = 0; i < length; i++) n += sizeU64(<u64>v[i]);\n    out.u64(0x%x);\n    out.u64(<u64>n);", tag(f))
			p.f("    for (let i = 0; i < length; i++) out.u64(<u64>v[i]);\n  }")
			continue
		}
		p.f("  static %s(out: Out, v: %s): void {\n    %s\n  }", name, asType(f), strings.Join(asWrite(f, "v"), "\n    "))
	}
}
