package emit

import (
	_ "embed" // the hand-written part of the codec for WebAssembly text
	"fmt"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

//go:embed wire.wat
var watWire string

// WAT returns the guest codec in WebAssembly's text format: constants, a reader
// of fields and a writer for each field. What a plugin does not use is left out
// when it is built.
func WAT(f *schema.File) string {
	p := &printer{}
	p.f(";; %s\n\n%s", note, watWire)
	for _, e := range f.Enums {
		p.comment(";;", e.Doc)
		for _, v := range e.Values {
			p.f("%s", strings.TrimRight(fmt.Sprintf("(global $%s i32 (i32.const %d))%s", v.Name, v.Number, watNote(v.Doc)), " "))
		}
		p.f("")
	}
	for _, m := range f.Messages {
		p.comment(";;", m.Doc)
		for _, field := range m.Fields {
			p.f("(global $%s.%s i32 (i32.const 0x%x))%s", m.Name, field.Name, tag(field), watNote(watType(field)+watDoc(field)))
		}
		for _, field := range m.Fields {
			p.f("%s", watPut(m, field))
		}
		p.f("")
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

func watNote(doc string) string {
	if doc == "" {
		return ""
	}
	return " ;; " + line(doc)
}

func watType(f *schema.Field) string {
	if f.Repeated {
		return "repeated " + f.TypeName
	}
	return f.TypeName
}

func watDoc(f *schema.Field) string {
	if text := bounded(f); text != "" {
		return ": " + text
	}
	return ""
}

// watPut is the function that appends a field, or that begins one.
func watPut(m *schema.Message, f *schema.Field) string {
	name, number := m.Name+".put_"+f.Name, fmt.Sprintf("(i32.const 0x%x)", tag(f))
	switch {
	case f.Packed() || f.Type == schema.MessageType:
		return fmt.Sprintf("(func $%s.open_%s (result i32) (call $sp.open %s))", m.Name, f.Name, number)
	case f.Type == schema.String || f.Type == schema.Bytes:
		return fmt.Sprintf("(func $%s (param $p i32) (param $n i32) (call $sp.put_bytes %s (local.get $p) (local.get $n)))", name, number)
	case f.Type == schema.Double:
		return fmt.Sprintf("(func $%s (param $v f64) (call $sp.put_double %s (local.get $v)))", name, number)
	case f.Type == schema.Uint64 || f.Type == schema.Int64:
		return fmt.Sprintf("(func $%s (param $v i64) (call $sp.put_number %s (local.get $v)))", name, number)
	default:
		return fmt.Sprintf("(func $%s (param $v i32) (call $sp.put_number %s (i64.extend_i32_u (local.get $v))))", name, number)
	}
}
