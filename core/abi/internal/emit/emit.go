// Package emit writes the codecs of the ABI in each language, and its reference.
package emit

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

const note = "Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT."

// Paths of the source and of what is made from it, relative to the repository.
const (
	Proto     = "core/abi/sallyport.proto"
	wire      = "core/abi/wire.go"
	hostCodec = "core/abi/codec.go"
	goCodec   = "sdk/go/internal/abi/codec.go"
	goWire    = "sdk/go/internal/abi/wire.go"
	rustCodec = "sdk/rust/src/abi.rs"
	cCodec    = "sdk/c/sallyport_abi.h"
	watCodec  = "sdk/wat/abi.wat"
	asCodec   = "sdk/assemblyscript/abi.ts"
	zigCodec  = "sdk/zig/abi.zig"
	Docs      = "docs/abi.md"
)

// Files returns the content of every generated file by its path relative to
// the repository, which lies at root.
func Files(root string) (map[string][]byte, error) {
	read := func(name string) (string, error) {
		b, err := os.ReadFile(filepath.Join(root, name))
		return string(b), err
	}
	src, err := read(Proto)
	if err != nil {
		return nil, err
	}
	f, err := schema.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Proto, err)
	}
	out := map[string][]byte{rustCodec: []byte(Rust(f))}
	guests(f, out)
	for path, host := range map[string]bool{hostCodec: true, goCodec: false} {
		if out[path], err = format.Source([]byte(Go(f, host))); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	text, err := read(wire)
	if err != nil {
		return nil, err
	}
	out[goWire] = []byte("// Code generated from core/abi/wire.go by core/abi/gen. DO NOT EDIT.\n\n" + text)
	text, err = read(Docs)
	if err != nil {
		return nil, err
	}
	if text, err = Reference(f, text); err != nil {
		return nil, fmt.Errorf("%s: %w", Docs, err)
	}
	out[Docs] = []byte(text)
	return out, nil
}

// printer collects lines.
type printer struct{ strings.Builder }

func (p *printer) f(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format+"\n", args...) // a Builder never fails
}

// comment writes doc as comment lines.
func (p *printer) comment(mark, doc string) {
	if doc == "" {
		return
	}
	for line := range strings.SplitSeq(doc, "\n") {
		p.f("%s %s", mark, line)
	}
}

// bounded is a field's comment with its bound in words.
func bounded(f *schema.Field) string {
	if f.Max == 0 {
		return f.Doc
	}
	unit := "bytes"
	if f.Repeated {
		unit = "elements"
	}
	bound := fmt.Sprintf("at most %d %s", f.Max, unit)
	if f.Doc == "" {
		return bound
	}
	return f.Doc + "; " + bound
}

func camel(snake string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(strings.ToLower(snake), "_") {
		switch word {
		case "id", "url", "json", "ok", "sse", "ndjson":
			b.WriteString(strings.ToUpper(word))
		default:
			if word != "" {
				b.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
	}
	return b.String()
}

// tag returns the field's tag as it stands before a value.
func tag(f *schema.Field) int {
	w := f.Wire()
	if f.Packed() {
		w = 2
	}
	return f.Number<<3 | w
}

// tagBytes returns a tag's bytes on the wire; numbers up to 63 need two at most.
func tagBytes(tag int) []byte {
	if tag < 0x80 {
		return []byte{byte(tag)}
	}
	return []byte{byte(tag&0x7f | 0x80), byte(tag >> 7)}
}

// known has a bit for each field number of m.
func known(m *schema.Message) uint64 {
	var bits uint64
	for _, f := range m.Fields {
		bits |= 1 << f.Number
	}
	return bits
}
