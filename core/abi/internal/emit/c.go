package emit

import (
	_ "embed" // the hand-written part of the C codec
	"fmt"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

//go:embed wire.h
var cWire string

// C returns the guest codec for C: one header of static functions, so that a
// plugin holds only what it calls.
func C(f *schema.File) string {
	p := &printer{}
	p.f("// %s\n%s", note, cWire)
	for _, e := range f.Enums {
		cEnum(p, e)
	}
	for _, m := range inner(f.Messages) {
		cStruct(p, m)
		cDecode(p, m)
		cSize(p, m)
		cAppend(p, m)
		if m.IsReply() {
			cPut(p, m)
		}
	}
	for _, h := range f.Hooks {
		cHook(p, h)
	}
	p.f("#endif")
	return p.String()
}

// inner returns the messages with those that a message contains before it.
func inner(all []*schema.Message) []*schema.Message {
	var out []*schema.Message
	seen := map[*schema.Message]bool{}
	var add func(m *schema.Message)
	add = func(m *schema.Message) {
		if seen[m] {
			return
		}
		seen[m] = true
		for _, f := range m.Fields {
			if f.Message != nil {
				add(f.Message)
			}
		}
		out = append(out, m)
	}
	for _, m := range all {
		add(m)
	}
	return out
}

func cName(m *schema.Message) string { return "sp_" + schema.Snake(m.Name) }

func cEnum(p *printer, e *schema.Enum) {
	p.comment("//", e.Doc)
	p.f("enum {")
	for _, v := range e.Values {
		doc := ""
		if v.Doc != "" {
			doc = " // " + v.Doc
		}
		p.f("  SP_%s = %d,%s", v.Name, v.Number, doc)
	}
	p.f("};\n")
}

func cType(f *schema.Field) string {
	switch f.Type {
	case schema.Uint64:
		return "uint64_t"
	case schema.Int64:
		return "int64_t"
	case schema.Bool:
		return "bool"
	case schema.Double:
		return "double"
	case schema.String, schema.Bytes:
		return "sp_bytes"
	case schema.MessageType:
		return cName(f.Message)
	default:
		return "uint32_t"
	}
}

// guestHas is the name of the member that tells presence, or "".
func guestHas(f *schema.Field) string {
	if has(f) == "" {
		return ""
	}
	return "has_" + f.Name
}

// kindOf is a note on what a guest's field holds where its type does not say so.
func kindOf(f *schema.Field) string {
	switch {
	case f.Packed():
		return "packed varints"
	case f.Repeated:
		return "of " + f.TypeName
	case f.Type == schema.EnumType:
		return f.TypeName
	default:
		return ""
	}
}

// remark is the comment of a guest's field: what it holds, and what the
// declaration says.
func remark(f *schema.Field) string {
	var parts []string
	for _, s := range []string{kindOf(f), line(bounded(f))} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

func cStruct(p *printer, m *schema.Message) {
	p.comment("//", m.Doc)
	p.f("typedef struct {")
	for _, f := range m.Fields {
		if h := guestHas(f); h != "" {
			p.f("  bool %s;", h)
		}
		t := cType(f)
		switch {
		case f.Packed():
			t = "sp_bytes"
		case f.Repeated:
			t = "sp_list"
		}
		doc := ""
		if text := remark(f); text != "" {
			doc = " // " + text
		}
		p.f("  %s %s;%s", t, f.Name, doc)
	}
	p.f("} %s;\n", cName(m))
}

func cRead(f *schema.Field) string {
	switch f.Type {
	case schema.Uint64:
		return "sp_read_u64(&c)"
	case schema.Int64:
		return "(int64_t)sp_read_u64(&c)"
	case schema.Bool:
		return "sp_read_u64(&c) != 0"
	case schema.Double:
		return "sp_read_double(&c)"
	case schema.String, schema.Bytes:
		return "sp_read_bytes(&c)"
	default:
		return "sp_read_u32(&c)"
	}
}

func cDecode(p *printer, m *schema.Message) {
	name := cName(m)
	p.f("SP_ONCE bool %s_merge(%s *m, sp_bytes b) {\n  sp_cursor c = {b.p, b.p + b.n, false};\n  while (c.p < c.end) {", name, name)
	p.f("    const uint8_t *at = c.p;\n    uint64_t tag = sp_read_u64(&c);\n    (void)at;\n    switch (tag) {")
	for _, f := range m.Fields {
		switch {
		case f.Packed():
			p.f("    case 0x%x: m->%s = sp_read_bytes(&c); break;", tag(f), f.Name)
		case f.Repeated:
			p.f("    case 0x%x: sp_read_element(&c, &m->%s, tag, at); break;", tag(f), f.Name)
		case f.Type == schema.MessageType:
			p.f("    case 0x%x: m->%s = true; if (!%s_merge(&m->%s, sp_read_bytes(&c))) return false; break;", tag(f), guestHas(f), cName(f.Message), f.Name)
		case f.Optional:
			p.f("    case 0x%x: m->%s = true; m->%s = %s; break;", tag(f), guestHas(f), f.Name, cRead(f))
		default:
			p.f("    case 0x%x: m->%s = %s; break;", tag(f), f.Name, cRead(f))
		}
	}
	p.f("    default: sp_skip(&c, tag, 0x%xull);\n    }\n  }\n  return !c.bad;\n}\n", known(m))
	p.f("// %s_decode reads a message, which then points into b. False means a bad frame.", name)
	p.f("static inline bool %s_decode(%s *m, sp_bytes b) {\n  __builtin_memset(m, 0, sizeof *m);\n  return %[1]s_merge(m, b);\n}\n", name, name)
	if !m.IsCall() && !m.IsReply() {
		p.f("// %s_next gives the next element of a list, false after the last.", name)
		p.f("static inline bool %s_next(sp_list *l, %s *m) {\n  sp_bytes b;\n  if (!sp_bytes_next(l, &b)) return false;", name, name)
		p.f("  if (!%s_decode(m, b)) __builtin_trap();\n  return true;\n}\n", name)
	}
}

// cSet is the condition under which a field is written.
func cSet(f *schema.Field, v string) string {
	switch {
	case guestHas(f) != "":
		return "m->" + guestHas(f)
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return v + ".n"
	case f.Type == schema.Double:
		return "sp_double_bits(" + v + ")"
	default:
		return v
	}
}

func cSizeOf(f *schema.Field, v string) string {
	switch {
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return "sp_size_bytes(" + v + ".n)"
	case f.Type == schema.Bool:
		return "1"
	case f.Type == schema.Double:
		return "8"
	case f.Type == schema.MessageType:
		return fmt.Sprintf("sp_size_bytes(%s_size(&%s))", cName(f.Message), v)
	default:
		return "sp_size_u64((uint64_t)" + v + ")"
	}
}

func cSize(p *printer, m *schema.Message) {
	p.f("static inline uint32_t %s_size(const %s *m) {\n  uint32_t n = 0;", cName(m), cName(m))
	for _, f := range m.Fields {
		v := "m->" + f.Name
		if f.Repeated && !f.Packed() {
			p.f("  n += sp_size_list(%s);", v)
			continue
		}
		p.f("  if (%s) n += %d + %s;", cSet(f, v), len(tagBytes(tag(f))), cSizeOf(f, v))
	}
	p.f("  return n;\n}\n")
}

// cWrite is the statements that append a value after its tag.
func cWrite(f *schema.Field, v string) string {
	head := fmt.Sprintf("sp_put_u64(o, 0x%x); ", tag(f))
	switch {
	case f.Packed() || f.Type == schema.String || f.Type == schema.Bytes:
		return head + "sp_put_bytes(o, " + v + ");"
	case f.Type == schema.Double:
		return head + "sp_put_double(o, " + v + ");"
	case f.Type == schema.MessageType:
		name := cName(f.Message)
		return head + fmt.Sprintf("sp_put_u64(o, %s_size(&%s)); %s_append(o, &%s);", name, v, name, v)
	default:
		return head + "sp_put_u64(o, (uint64_t)" + v + ");"
	}
}

func cAppend(p *printer, m *schema.Message) {
	p.f("static inline void %s_append(sp_out *o, const %s *m) {", cName(m), cName(m))
	for _, f := range m.Fields {
		v := "m->" + f.Name
		if f.Repeated && !f.Packed() {
			p.f("  sp_put_list(o, %s);", v)
			continue
		}
		p.f("  if (%s) { %s }", cSet(f, v), cWrite(f, v))
	}
	p.f("}\n")
}

// cPut writes functions that append one field of a reply each, in any order.
func cPut(p *printer, m *schema.Message) {
	for _, f := range m.Fields {
		p.comment("//", bounded(f))
		name := cName(m) + "_put_" + f.Name
		switch {
		case f.Packed():
			p.f("static inline void %s(sp_out *o, const uint32_t *v, uint32_t n) {\n  uint32_t size = 0;", name)
			p.f("  for (uint32_t i = 0; i < n; i++) size += sp_size_u64(v[i]);\n  sp_put_u64(o, 0x%x);\n  sp_put_u64(o, size);", tag(f))
			p.f("  for (uint32_t i = 0; i < n; i++) sp_put_u64(o, v[i]);\n}\n")
		case f.Type == schema.MessageType:
			p.f("static inline void %s(sp_out *o, const %s *v) { %s }\n", name, cType(f), cWrite(f, "(*v)"))
		default:
			p.f("static inline void %s(sp_out *o, %s v) { %s }\n", name, cType(f), cWrite(f, "v"))
		}
	}
}

// cHook writes the macro that defines and exports a hook.
func cHook(p *printer, h *schema.Hook) {
	hook, call := schema.Snake(h.Name), cName(h.Call)
	p.comment("//", h.Doc)
	p.f("//\n//   SP_%s(call, reply) { … }", strings.ToUpper(hook))
	p.f("#define SP_%s(call, reply) \\\n  static void sp_on_%s(const %s *, sp_out *); \\", strings.ToUpper(hook), hook, call)
	p.f("  __attribute__((export_name(\"sallyport_%s\"))) uint64_t sp_run_%s(const uint8_t *p, uint32_t n) { \\", hook, hook)
	p.f("    static %s c; \\\n    sp_out *out = sp_begin(); \\", call)
	p.f("    if (!%s_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \\\n    sp_on_%s(&c, out); \\\n    return sp_end(out); \\\n  } \\", call, hook)
	p.f("  static void sp_on_%s(const %s *call, sp_out *reply)\n", hook, call)
}
