package emit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// The reference stands in docs/abi.md between these lines.
const (
	refBegin = "<!-- reference: generated from core/abi/sallyport.proto -->"
	refEnd   = "<!-- end of reference -->"
)

// Reference returns text with the reference in it made anew.
func Reference(f *schema.File, text string) (string, error) {
	head, rest, ok := strings.Cut(text, refBegin)
	_, tail, ok2 := strings.Cut(rest, refEnd)
	if !ok || !ok2 {
		return "", errors.New("the lines that enclose the reference are missing")
	}
	p := &printer{}
	p.f("%s\n\n### Hooks\n\n| export | call | reply | |\n|---|---|---|---|", refBegin)
	for _, h := range f.Hooks {
		p.f("| `sallyport_%s` | `%s` | `%s` | %s |", schema.Snake(h.Name), h.Call.Name, h.Reply.Name, line(h.Doc))
	}
	p.f("\n### Messages\n")
	for _, m := range f.Messages {
		p.f("#### %s\n\n%s\n\n| no. | field | type | |\n|---|---|---|---|", m.Name, line(m.Doc))
		for _, field := range m.Fields {
			t := field.TypeName
			if field.Repeated {
				t = "repeated " + t
			} else if field.Optional {
				t = "optional " + t
			}
			p.f("| %d | `%s` | %s | %s |", field.Number, field.Name, t, line(bounded(field)))
		}
		p.f("")
	}
	p.f("### Enums\n")
	for _, e := range f.Enums {
		p.f("#### %s\n\n%s\n\n| value | name | |\n|---|---|---|", e.Name, line(e.Doc))
		for _, v := range e.Values {
			p.f("| %d | `%s` | %s |", v.Number, v.Name, line(v.Doc))
		}
		p.f("")
	}
	return head + p.String() + refEnd + tail, nil
}

func line(doc string) string {
	return strings.ReplaceAll(strings.ReplaceAll(doc, "\n", " "), "|", "\\|")
}

// Dump returns the frame b, a message m, with a comment on each field: the
// worked bytes of docs/abi.md.
func Dump(m *schema.Message, b []byte) string {
	p := &printer{}
	dump(p, m, b, 0)
	return p.String()
}

func dump(p *printer, m *schema.Message, b []byte, depth int) {
	for len(b) > 0 {
		tag, n := varint(b)
		f := m.Fields[0]
		for _, f = range m.Fields {
			if f.Number == int(tag>>3) {
				break
			}
		}
		head := b[:n]
		var value []byte
		switch tag & 7 {
		case 0:
			_, size := varint(b[n:])
			value, b = b[n:n+size], b[n+size:]
		case 1:
			value, b = b[n:n+8], b[n+8:]
		default:
			length, size := varint(b[n:])
			head = b[:n+size]
			value, b = b[n+size:n+size+int(length)], b[n+size+int(length):]
		}
		if f.Type == schema.MessageType {
			row(p, depth, head, fmt.Sprintf("%s: %s, %d bytes", f.Name, f.TypeName, len(value)))
			dump(p, f.Message, value, depth+1)
			continue
		}
		row(p, depth, append(head[:len(head):len(head)], value...), f.Name+": "+meaning(f, value))
	}
}

// row writes bytes, 12 to a line, and what they mean.
func row(p *printer, depth int, b []byte, what string) {
	const perLine = 12
	for first := true; first || len(b) > 0; first = false {
		n := min(perLine, len(b))
		p.f("%s", strings.TrimRight(fmt.Sprintf("%-*s  %s%s", 3*perLine, fmt.Sprintf("% x", b[:n]), strings.Repeat("  ", depth), what), " "))
		b, what = b[n:], ""
	}
}

func meaning(f *schema.Field, value []byte) string {
	switch f.Type {
	case schema.String, schema.Bytes:
		return fmt.Sprintf("%q", value)
	case schema.Double:
		return "double, little-endian"
	case schema.EnumType:
		v, _ := varint(value)
		return f.Enum.Values[v].Name
	case schema.Bool:
		return strconv.FormatBool(value[0] != 0)
	default:
		if f.Packed() {
			return fmt.Sprintf("packed, %d bytes", len(value))
		}
		v, _ := varint(value)
		return strconv.FormatUint(v, 10)
	}
}

func varint(b []byte) (v uint64, n int) {
	for n < len(b) {
		v |= uint64(b[n]&0x7f) << (7 * n)
		n++
		if b[n-1] < 0x80 {
			break
		}
	}
	return v, n
}
