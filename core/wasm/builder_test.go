package wasm

import (
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// The tests' own assembler: instructions are bytes, helpers make the longer
// ones. It knows nothing of the package's decoder.

type asmFunc struct {
	params, results []byte
	locals          []byte // types
	body            []byte // without the last end
	export          string
}

type asmImport struct {
	module, name    string
	params, results []byte
}

type asmData struct {
	at    uint32
	bytes []byte
}

type asmModule struct {
	imports []asmImport
	funcs   []asmFunc // function 0 is the first import
	globals []byte    // types of mutable globals, initially zero
	pages   uint32    // memory to begin with
	table   []uint32  // functions in table 0
	data    []asmData
	start   int // function to start with, counted without imports, plus 1
	noMem   bool
	pad     int // bytes of a custom section, to make the module larger
}

const (
	i32, i64, f64 = 0x7f, 0x7e, 0x7c
	// where the standard guest has its replies, its scratch and its frames
	replyAt, scratchAt, frameAt = 64, 2048, 4096
)

func cat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func op(code byte, args ...uint32) []byte {
	b := []byte{code}
	for _, a := range args {
		b = appendLEB(b, a)
	}
	return b
}

func sleb(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func i32c(v int32) []byte { return append([]byte{0x41}, sleb(int64(v))...) }
func i64c(v int64) []byte { return append([]byte{0x42}, sleb(v)...) }

func get(n uint32) []byte  { return op(0x20, n) }
func set(n uint32) []byte  { return op(0x21, n) }
func call(n uint32) []byte { return op(0x10, n) }

func store32() []byte { return op(0x36, 2, 0) }
func load32() []byte  { return op(0x28, 2, 0) }

var (
	drop        = []byte{0x1a}
	unreachable = []byte{0x00}
	forever     = []byte{0x03, 0x40, 0x0c, 0x00, 0x0b, 0x00} // loop br 0 end unreachable
)

func section(id byte, payload []byte) []byte { return appendVec([]byte{id}, payload) }

func list(n int) []byte { return appendLEB(nil, uint32(n)) }

func (m *asmModule) bytes() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	types := list(len(m.imports) + len(m.funcs))
	for _, f := range m.imports {
		types = appendVec(appendVec(append(types, 0x60), f.params), f.results)
	}
	for _, f := range m.funcs {
		types = appendVec(appendVec(append(types, 0x60), f.params), f.results)
	}
	b = append(b, section(1, types)...)
	if len(m.imports) > 0 {
		p := list(len(m.imports))
		for i, f := range m.imports {
			p = append(appendVec(appendVec(p, []byte(f.module)), []byte(f.name)), 0)
			p = appendLEB(p, uint32(i))
		}
		b = append(b, section(2, p)...)
	}
	fs := list(len(m.funcs))
	for i := range m.funcs {
		fs = appendLEB(fs, uint32(len(m.imports)+i))
	}
	b = append(b, section(3, fs)...)
	if m.table != nil {
		b = append(b, section(4, cat(list(1), []byte{0x70, 0}, list(len(m.table))))...)
	}
	if !m.noMem {
		b = append(b, section(5, cat([]byte{1, 0}, list(int(m.pages))))...)
	}
	gs := list(len(m.globals))
	for _, t := range m.globals {
		gs = append(gs, t, 1)
		switch t {
		case i32:
			gs = append(gs, 0x41, 0)
		case i64:
			gs = append(gs, 0x42, 0)
		case f64:
			gs = append(gs, 0x44, 0, 0, 0, 0, 0, 0, 0, 0)
		}
		gs = append(gs, 0x0b)
	}
	b = append(b, section(6, gs)...)
	n, ex := 0, []byte(nil)
	if !m.noMem {
		n, ex = 1, append(appendVec(nil, []byte("memory")), 2, 0)
	}
	for i, f := range m.funcs {
		if f.export != "" {
			n++
			ex = appendLEB(append(appendVec(ex, []byte(f.export)), 0), uint32(len(m.imports)+i))
		}
	}
	b = append(b, section(7, append(list(n), ex...))...)
	if m.start > 0 {
		b = append(b, section(8, list(len(m.imports)+m.start-1))...)
	}
	if m.table != nil {
		e := cat(list(1), []byte{0}, i32c(0), []byte{0x0b}, list(len(m.table)))
		for _, f := range m.table {
			e = appendLEB(e, f)
		}
		b = append(b, section(9, e)...)
	}
	code := list(len(m.funcs))
	for _, f := range m.funcs {
		body := list(len(f.locals))
		for _, t := range f.locals {
			body = append(body, 1, t)
		}
		code = appendVec(code, cat(body, f.body, []byte{0x0b}))
	}
	b = append(b, section(10, code)...)
	if len(m.data) > 0 {
		d := list(len(m.data))
		for _, x := range m.data {
			d = appendVec(cat(d, []byte{0}, i32c(int32(x.at)), []byte{0x0b}), x.bytes)
		}
		b = append(b, section(11, d)...)
	}
	if m.pad > 0 {
		b = append(b, section(0, append(appendVec(nil, []byte("pad")), make([]byte, m.pad)...))...)
	}
	return b
}

// plain returns a guest that allows everything: two pages, frames at frameAt.
// Its functions are, after the imports: 0 version, 1 buffer, 2 configure, 3 the
// prompt hook.
func plain(imports ...asmImport) *asmModule {
	return &asmModule{
		imports: imports,
		pages:   2,
		funcs: []asmFunc{
			{export: abi.ExportVersion},
			{export: abi.ExportBuffer, params: []byte{i32}, results: []byte{i32}, body: i32c(frameAt)},
			{export: abi.ExportConfigure, params: []byte{i32, i32}, results: []byte{i32}, body: i32c(0)},
			{export: "sallyport_prompt", params: []byte{i32, i32}, results: []byte{i64}, body: i64c(0)},
		},
	}
}

// hooked returns a plain guest whose prompt hook has the given body.
func hooked(body ...[]byte) *asmModule {
	m := plain()
	m.funcs[3].body = cat(body...)
	return m
}

// replying returns a guest whose prompt hook always gives the same reply.
func replying(frame []byte) *asmModule {
	m := hooked(i64c(int64(abi.Pack(replyAt, uint32(len(frame))))))
	m.data = []asmData{{replyAt, frame}}
	return m
}
