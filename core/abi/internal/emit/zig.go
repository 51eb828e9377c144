package emit

import (
	_ "embed" // the hand-written part of the Zig codec
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

//go:embed wire.zig
var zigWire string

// Zig returns the guest codec for Zig. It imports nothing.
func Zig(f *schema.File) string {
	p := &printer{}
	p.f("// %s\n%s", note, strings.TrimRight(zigWire, "\n")+"\n")
	for _, e := range f.Enums {
		zigEnum(p, e)
	}
	for _, m := range f.Messages {
		zigStruct(p, m)
		zigDecode(p, m)
		zigSize(p, m)
		zigAppend(p, m)
		if m.IsReply() {
			zigPut(p, m)
		}
		p.f("};\n")
	}
	p.f("/// The hooks: name, export and what the function is given.\npub const hooks = .{")
	for _, h := range f.Hooks {
		name := schema.Snake(h.Name)
		p.f("    .{ .name = %q, .@\"export\" = \"sallyport_%s\", .Call = %s },", zigCamel(name), name, h.Call.Name)
	}
	p.f("};")
	return p.String()
}

var zigKeywords = []string{"error", "test", "type", "export", "async", "resume", "suspend", "align", "and", "or", "var", "const"}

func zigName(name string) string {
	if slices.Contains(zigKeywords, name) {
		return `@"` + name + `"`
	}
	return name
}

func zigCamel(snake string) string {
	words := strings.Split(snake, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

func zigEnum(p *printer, e *schema.Enum) {
	p.comment("///", e.Doc)
	p.f("pub const %s = enum(u32) {", e.Name)
	for _, v := range e.Values {
		p.comment("    ///", v.Doc)
		p.f("    %s = %d,", zigName(strings.ToLower(e.Short(v))), v.Number)
	}
	p.f("    _,\n};\n")
}

func zigType(f *schema.Field) string {
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
		return "[]const u8"
	default:
		return f.TypeName
	}
}

func zigDefault(f *schema.Field) string {
	switch f.Type {
	case schema.String, schema.Bytes:
		return `""`
	case schema.Bool:
		return "false"
	case schema.EnumType:
		return "@enumFromInt(0)"
	default:
		return "0"
	}
}

func zigStruct(p *printer, m *schema.Message) {
	p.comment("///", m.Doc)
	p.f("pub const %s = struct {", m.Name)
	for _, f := range m.Fields {
		p.comment("    ///", bounded(f))
		t, zero := zigType(f), zigDefault(f)
		switch {
		case f.Packed():
			p.f("    /// Packed varints.")
			t, zero = "[]const u8", `""`
		case f.Repeated:
			t, zero = "List("+t+")", ".{}"
		case has(f) != "":
			t, zero = "?"+t, "null"
		}
		p.f("    %s: %s = %s,", zigName(f.Name), t, zero)
	}
	p.f("")
}

func zigRead(f *schema.Field) string {
	switch f.Type {
	case schema.Uint64:
		return "try c.int()"
	case schema.Int64:
		return "@bitCast(try c.int())"
	case schema.Bool:
		return "try c.int() != 0"
	case schema.Double:
		return "try c.double()"
	case schema.String, schema.Bytes:
		return "try c.bytes()"
	case schema.EnumType:
		return "@enumFromInt(try c.small())"
	default:
		return "try c.small()"
	}
}

func zigDecode(p *printer, m *schema.Message) {
	p.f("    /// Reads a message, whose slices point into b.\n    pub fn decode(b: []const u8) BadFrame!%s {", m.Name)
	p.f("        var m = %s{};\n        try m.merge(b);\n        return m;\n    }\n", m.Name)
	p.f("    fn merge(m: *%s, b: []const u8) BadFrame!void {\n        var c = Cursor{ .b = b };\n        while (c.b.len > 0) {", m.Name)
	at := "            "
	if slices.ContainsFunc(m.Fields, func(f *schema.Field) bool { return f.Repeated && !f.Packed() }) {
		p.f("%sconst at = c.b;", at)
	}
	p.f("%sconst tag = try c.int();\n%sswitch (tag) {", at, at)
	for _, f := range m.Fields {
		name := "m." + zigName(f.Name)
		switch {
		case f.Packed():
			p.f("                0x%x => %s = try c.bytes(),", tag(f), name)
		case f.Repeated:
			p.f("                0x%x => try %s.note(&c, tag, at),", tag(f), name)
		case f.Type == schema.MessageType:
			p.f("                0x%x => {\n                    if (%s == null) %s = .{};\n                    try %s.?.merge(try c.bytes());\n                },", tag(f), name, name, name)
		default:
			p.f("                0x%x => %s = %s,", tag(f), name, zigRead(f))
		}
	}
	p.f("                else => try c.skip(tag, 0x%x),\n            }\n        }\n    }\n", known(m))
}

// zigSet is the condition under which a field is written, and the value then.
func zigSet(f *schema.Field) (cond, v string) {
	name := "m." + zigName(f.Name)
	switch {
	case f.Type == schema.MessageType:
		return "if (" + name + ") |*v|", "v"
	case f.Optional:
		return "if (" + name + ") |v|", "v"
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return "if (" + name + ".len != 0)", name
	case f.Type == schema.Bool:
		return "if (" + name + ")", name
	case f.Type == schema.Double:
		return "if (@as(u64, @bitCast(" + name + ")) != 0)", name
	case f.Type == schema.EnumType:
		return "if (@intFromEnum(" + name + ") != 0)", name
	default:
		return "if (" + name + " != 0)", name
	}
}

func zigInt(f *schema.Field, v string) string {
	switch f.Type {
	case schema.Int64:
		return "@bitCast(" + v + ")"
	case schema.EnumType:
		return "@intFromEnum(" + v + ")"
	default:
		return v
	}
}

func zigSize(p *printer, m *schema.Message) {
	p.f("    /// The number of bytes that append appends.\n    pub fn size(m: *const %s) usize {\n        var n: usize = 0;", m.Name)
	for _, f := range m.Fields {
		if f.Repeated && !f.Packed() {
			p.f("        n += m.%s.size();", zigName(f.Name))
			continue
		}
		cond, v := zigSet(f)
		t := len(tagBytes(tag(f)))
		var size string
		switch {
		case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
			size = "sizeBytes(" + v + ".len)"
		case f.Type == schema.Bool, f.Type == schema.Double:
			size = "1"
			if f.Type == schema.Double {
				size = "8"
			}
			if f.Optional {
				cond = "if (m." + zigName(f.Name) + " != null)"
			}
		case f.Type == schema.MessageType:
			size = "sizeBytes(v.size())"
		default:
			size = "sizeInt(" + zigInt(f, v) + ")"
		}
		p.f("        %s n += %d + %s;", cond, t, size)
	}
	p.f("        return n;\n    }\n")
}

// zigWrite is the statements that append a value after its tag.
func zigWrite(f *schema.Field, v string) []string {
	out := []string{fmt.Sprintf("out.int(0x%x);", tag(f))}
	switch {
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return append(out, "out.bytes("+v+");")
	case f.Type == schema.Bool:
		return append(out, "out.int(@intFromBool("+v+"));")
	case f.Type == schema.Double:
		return append(out, "out.double("+v+");")
	case f.Type == schema.MessageType:
		return append(out, "out.int("+v+".size());", v+".append(out);")
	default:
		return append(out, "out.int("+zigInt(f, v)+");")
	}
}

func zigAppend(p *printer, m *schema.Message) {
	p.f("    /// Appends the message to out.\n    pub fn append(m: *const %s, out: *Out) void {", m.Name)
	for _, f := range m.Fields {
		if f.Repeated && !f.Packed() {
			p.f("        m.%s.append(out);", zigName(f.Name))
			continue
		}
		cond, v := zigSet(f)
		p.f("        %s {\n            %s\n        }", cond, strings.Join(zigWrite(f, v), "\n            "))
	}
	p.f("    }")
}

// zigPut writes functions that append one field of a reply each, in any order.
func zigPut(p *printer, m *schema.Message) {
	for _, f := range m.Fields {
		p.f("")
		p.comment("    ///", bounded(f))
		name := zigCamel("put_" + f.Name)
		t := zigType(f)
		if f.Packed() {
			p.f("    pub fn %s(out: *Out, v: []const u32) void {\n        var n: usize = 0;\n        for (v) |x| n += sizeInt(x);", name)
			p.f("        out.int(0x%x);\n        out.int(n);\n        for (v) |x| out.int(x);\n    }", tag(f))
			continue
		}
		if f.Type == schema.MessageType {
			t = "*const " + t
		}
		p.f("    pub fn %s(out: *Out, v: %s) void {\n        %s\n    }", name, t, strings.Join(zigWrite(f, "v"), "\n        "))
	}
}
