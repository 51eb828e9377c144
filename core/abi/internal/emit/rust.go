package emit

import (
	_ "embed" // the hand-written part of the Rust codec
	"fmt"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

//go:embed wire.rs
var rustWire string

// Rust returns the guest codec for Rust: no_std with alloc, no dependencies.
func Rust(f *schema.File) string {
	p := &printer{}
	p.f("// %s\n\n%s", note, rustWire)
	for _, e := range f.Enums {
		rustEnum(p, e)
	}
	for _, m := range f.Messages {
		rustStruct(p, m)
		life, elided := "", ""
		if borrows(m) {
			life, elided = "<'a>", "<'_>"
		}
		p.f("impl%s %s%s {", life, m.Name, life)
		rustSize(p, m)
		rustAppend(p, m)
		rustDecode(p, m)
		p.f("}\n")
		if m.IsReply() {
			rustPut(p, m, elided)
		}
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// borrows tells whether the message holds slices of the frame.
func borrows(m *schema.Message) bool {
	for _, f := range m.Fields {
		if f.Type == schema.String || f.Type == schema.Bytes || f.Message != nil && borrows(f.Message) {
			return true
		}
	}
	return false
}

func rustEnum(p *printer, e *schema.Enum) {
	p.comment("///", e.Doc)
	p.f("#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]\npub struct %s(pub u32);\n\nimpl %s {", e.Name, e.Name)
	for _, v := range e.Values {
		p.comment("    ///", v.Doc)
		p.f("    pub const %s: %s = %s(%d);", e.Short(v), e.Name, e.Name, v.Number)
	}
	p.f("}\n")
}

func rustName(f *schema.Field) string {
	if f.Name == "final" || f.Name == "type" {
		return "r#" + f.Name
	}
	return f.Name
}

func rustType(f *schema.Field, life string) string {
	var t string
	switch f.Type {
	case schema.Uint32:
		t = "u32"
	case schema.Uint64:
		t = "u64"
	case schema.Int64:
		t = "i64"
	case schema.Bool:
		t = "bool"
	case schema.Double:
		t = "f64"
	case schema.String:
		t = "&" + life + " str"
	case schema.Bytes:
		t = "&" + life + " [u8]"
	case schema.EnumType:
		t = f.TypeName
	case schema.MessageType:
		t = f.TypeName
		if borrows(f.Message) {
			t += "<" + life + ">"
		}
	}
	return t
}

func rustStruct(p *printer, m *schema.Message) {
	p.comment("///", m.Doc)
	life := ""
	if borrows(m) {
		life = "<'a>"
	}
	p.f("#[derive(Clone, Debug, Default, PartialEq)]\npub struct %s%s {", m.Name, life)
	for _, f := range m.Fields {
		p.comment("    ///", bounded(f))
		t := rustType(f, "'a")
		switch {
		case f.Repeated:
			t = "Vec<" + t + ">"
		case has(f) != "":
			t = "Option<" + t + ">"
		}
		p.f("    pub %s: %s,", rustName(f), t)
	}
	p.f("}\n")
}

// rustSizeOf is the size of the value behind v, a place expression of its type.
func rustSizeOf(f *schema.Field, v string) string {
	switch f.Type {
	case schema.String, schema.Bytes:
		return "size_bytes(" + v + ".len())"
	case schema.Bool:
		return "1"
	case schema.Double:
		return "8"
	case schema.MessageType:
		return "size_bytes(" + v + ".size())"
	default:
		return "size_varint(" + rustVarint(f, v) + ")"
	}
}

func rustVarint(f *schema.Field, v string) string {
	switch f.Type {
	case schema.Uint32:
		return "u64::from(" + v + ")"
	case schema.EnumType:
		return "u64::from(" + v + ".0)"
	case schema.Uint64:
		return v
	default:
		return v + " as u64"
	}
}

// rustSet is the condition under which a singular field is written; v names the
// value inside it.
func rustSet(f *schema.Field) (cond, v string) {
	name := "self." + rustName(f)
	switch {
	case f.Type == schema.MessageType:
		return "if let Some(v) = &" + name, "v"
	case f.Optional:
		return "if let Some(v) = " + name, "v"
	case f.Type == schema.String || f.Type == schema.Bytes:
		return "if !" + name + ".is_empty()", name
	case f.Type == schema.Bool:
		return "if " + name, name
	case f.Type == schema.Double:
		return "if " + name + ".to_bits() != 0", name
	case f.Type == schema.EnumType:
		return "if " + name + ".0 != 0", name
	default:
		return "if " + name + " != 0", name
	}
}

func rustSize(p *printer, m *schema.Message) {
	p.f("    /// Returns the number of bytes that append appends.\n    pub fn size(&self) -> usize {\n        let mut n = 0;")
	for _, f := range m.Fields {
		name, t := "self."+rustName(f), len(tagBytes(tag(f)))
		switch {
		case f.Packed():
			p.f("        if !%s.is_empty() {\n            n += %d + size_bytes(size_packed(&%s));\n        }", name, t, name)
		case f.Repeated:
			p.f("        for v in &%s {\n            n += %d + %s;\n        }", name, t, rustSizeOf(f, "v"))
		default:
			cond, v := rustSet(f)
			size := rustSizeOf(f, v)
			p.f("        %s {\n            n += %d + %s;\n        }", unused(cond, size), t, size)
		}
	}
	p.f("        n\n    }\n")
}

// unused turns a binding that the size does not need into a test.
func unused(cond, size string) string {
	if strings.HasPrefix(cond, "if let") && (size == "1" || size == "8") {
		return "if " + cond[strings.Index(cond, "= ")+2:] + ".is_some()"
	}
	return cond
}

func rustPushTag(f *schema.Field) string {
	b := tagBytes(tag(f))
	if len(b) == 1 {
		return fmt.Sprintf("out.push(0x%02x);", b[0])
	}
	return fmt.Sprintf("out.extend_from_slice(&[0x%02x, 0x%02x]);", b[0], b[1])
}

// rustWrite is the statements that append tag and value.
func rustWrite(f *schema.Field, v string) []string {
	out := []string{rustPushTag(f)}
	switch f.Type {
	case schema.String:
		return append(out, "put_bytes(out, "+v+".as_bytes());")
	case schema.Bytes:
		return append(out, "put_bytes(out, "+v+");")
	case schema.Bool:
		return append(out, "out.push(u8::from("+v+"));")
	case schema.Double:
		return append(out, "out.extend_from_slice(&"+v+".to_le_bytes());")
	case schema.MessageType:
		return append(out, "put_varint(out, "+v+".size() as u64);", v+".append(out);")
	default:
		return append(out, "put_varint(out, "+rustVarint(f, v)+");")
	}
}

func rustAppend(p *printer, m *schema.Message) {
	p.f("    /// Appends the message to out.\n    pub fn append(&self, out: &mut Vec<u8>) {")
	lines := func(head string, body []string) {
		p.f("        %s {\n            %s\n        }", head, strings.Join(body, "\n            "))
	}
	for _, f := range m.Fields {
		name := "self." + rustName(f)
		switch {
		case f.Packed():
			lines("if !"+name+".is_empty()", []string{rustPushTag(f), "put_packed(out, &" + name + ");"})
		case f.Repeated:
			lines("for v in &"+name, rustWrite(f, "v"))
		default:
			cond, v := rustSet(f)
			lines(cond, rustWrite(f, v))
		}
	}
	p.f("    }\n")
}

func rustRead(f *schema.Field) string {
	call := "c.u32()"
	switch f.Type {
	case schema.Uint64:
		call = "c.u64()"
	case schema.Int64:
		call = "c.i64()"
	case schema.Bool:
		call = "c.bool()"
	case schema.Double:
		call = "c.f64()"
	case schema.String:
		call = "c.str()"
	case schema.Bytes, schema.MessageType:
		call = "c.bytes()"
	case schema.Uint32, schema.EnumType:
	}
	call += ".ok_or(bad)?"
	if f.Type == schema.EnumType {
		return f.TypeName + "(" + call + ")"
	}
	return call
}

func rustDecode(p *printer, m *schema.Message) {
	frame, self := "&[u8]", m.Name
	if borrows(m) {
		frame, self = "&'a [u8]", m.Name+"<'a>"
	}
	p.f("    /// Decodes a message, which borrows from b.\n    pub fn decode(b: %s) -> Result<%s, BadFrame> {", frame, self)
	p.f("        let mut m = %s::default();\n        m.merge(b)?;\n        Ok(m)\n    }\n", m.Name)
	p.f(`    fn merge(&mut self, b: %s) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("%s", 0))?;
            let bad = bad("%s", tag);
            match tag {`, frame, m.Name, m.Name)
	for _, f := range m.Fields {
		name, read := "self."+rustName(f), rustRead(f)
		var action string
		switch {
		case f.Packed():
			p.f("                0x%x => c.push(&mut %s).ok_or(bad)?,", f.Number<<3|f.Wire(), name)
			action = "c.packed(&mut " + name + ").ok_or(bad)?"
		case f.Repeated && f.Type == schema.MessageType:
			action = rustMerge(name+".push("+f.TypeName+"::decode(v)?)", read)
		case f.Repeated:
			action = name + ".push(" + read + ")"
		case f.Type == schema.MessageType:
			action = rustMerge("slot(&mut "+name+").merge(v)?", read)
		case f.Optional:
			action = name + " = Some(" + read + ")"
		default:
			action = name + " = " + read
		}
		if !strings.HasPrefix(action, "{") {
			action += ","
		}
		p.f("                0x%x => %s", tag(f), action)
	}
	p.f("                _ => c.skip(tag, %#x).ok_or(bad)?,\n            }\n        }\n        Ok(())\n    }", known(m))
}

// rustMerge is a block that reads the bytes of a message and then does what.
func rustMerge(what, read string) string {
	const indent = "\n                    "
	return "{" + indent + "let v = " + read + ";" + indent + what + ";\n                }"
}

// rustPut writes functions that append one field of a reply each, so that a
// reply can be written piece by piece without lists.
func rustPut(p *printer, m *schema.Message, life string) {
	p.f("/// Appends single fields; their order is free.\nimpl %s%s {", m.Name, life)
	for i, f := range m.Fields {
		if i > 0 {
			p.f("")
		}
		p.comment("    ///", bounded(f))
		t := rustType(f, "'_")
		t = strings.ReplaceAll(t, "&'_ ", "&")
		write := rustWrite(f, "v")
		switch {
		case f.Packed():
			t, write = "&[u32]", []string{rustPushTag(f), "put_packed(out, v);"}
		case f.Type == schema.MessageType:
			t = "&" + t
		}
		p.f("    pub fn put_%s(out: &mut Vec<u8>, v: %s) {\n        %s\n    }", f.Name, t, strings.Join(write, "\n        "))
	}
	p.f("}\n")
}
