package safepoint

// The tests' own assembler: instructions are bytes, helpers make the longer
// ones. It knows nothing of the package's decoder.

type asmFunc struct {
	params, results []byte
	locals          []byte // types
	body            []byte // without the last end
	export          string
}

type asmModule struct {
	hosts   []asmFunc // imported from "env", by export name
	funcs   []asmFunc
	types   []asmFunc // further types, for blocks
	globals []byte    // types of mutable globals, initially zero
	memory  bool
	table   []uint32 // functions in table 0
}

const (
	i32 = 0x7f
	i64 = 0x7e
	f64 = 0x7c
)

func u(v uint32) []byte { return appendU32(nil, v) }

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
		b = appendU32(b, a)
	}
	return b
}

func i32c(v int32) []byte { return appendS64([]byte{0x41}, int64(v)) }
func i64c(v int64) []byte { return appendS64([]byte{0x42}, v) }

func vec(b []byte) []byte { return append(u(uint32(len(b))), b...) }

func sectionOf(id byte, payload []byte) []byte { return append([]byte{id}, vec(payload)...) }

// Types come in the order types, hosts, funcs; each function has its own.
func (m *asmModule) bytes() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	all := append(append(append([]asmFunc{}, m.types...), m.hosts...), m.funcs...)
	first := len(m.types)
	types := u(uint32(len(all)))
	for _, f := range all {
		types = cat(types, []byte{0x60}, vec(f.params), vec(f.results))
	}
	b = append(b, sectionOf(1, types)...)
	if len(m.hosts) > 0 {
		p := u(uint32(len(m.hosts)))
		for i, f := range m.hosts {
			p = cat(p, vec([]byte("env")), vec([]byte(f.export)), []byte{0}, u(uint32(first+i)))
		}
		b = append(b, sectionOf(2, p)...)
	}
	fs := u(uint32(len(m.funcs)))
	for i := range m.funcs {
		fs = append(fs, u(uint32(first+len(m.hosts)+i))...)
	}
	b = append(b, sectionOf(3, fs)...)
	if m.table != nil {
		b = append(b, sectionOf(4, cat(u(1), []byte{0x70, 0}, u(uint32(len(m.table)))))...)
	}
	if m.memory {
		b = append(b, sectionOf(5, []byte{1, 1, 1, 2})...)
	}
	gs := u(uint32(len(m.globals)))
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
	b = append(b, sectionOf(6, gs)...)
	n, ex := uint32(0), []byte(nil)
	for i, f := range m.funcs {
		if f.export != "" {
			n++
			ex = cat(ex, vec([]byte(f.export)), []byte{0}, u(uint32(len(m.hosts)+i)))
		}
	}
	b = append(b, sectionOf(7, append(u(n), ex...))...)
	if m.table != nil {
		e := cat(u(1), u(0), i32c(0), []byte{0x0b}, u(uint32(len(m.table))))
		for _, f := range m.table {
			e = append(e, u(f)...)
		}
		b = append(b, sectionOf(9, e)...)
	}
	code := u(uint32(len(m.funcs)))
	for _, f := range m.funcs {
		body := u(uint32(len(f.locals)))
		for _, t := range f.locals {
			body = append(body, 1, t)
		}
		code = append(code, vec(cat(body, f.body, []byte{0x0b}))...)
	}
	b = append(b, sectionOf(10, code)...)
	return b
}
