package wasm

import (
	"fmt"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

// globalExport is the prefix of the exports that give the host the guest's
// mutable globals. The guest's code cannot name an export.
const globalExport = "sallyport.global."

// The binary format's section and export kinds that the host looks at.
const (
	secType, secImport, secFunction, secMemory   = 1, 2, 3, 5
	secGlobal, secExport, secCode                = 6, 7, 10
	kindFunc, kindMemory, kindGlobal             = 0, 2, 3
	typeI32, typeI64, typeF32, typeF64           = 0x7f, 0x7e, 0x7d, 0x7c
	opEnd, opGlobalGet, opI32Const, opI64Const   = 0x0b, 0x23, 0x41, 0x42
	opF32Const, opF64Const, opRefNull, opRefFunc = 0x43, 0x44, 0xd0, 0xd2
	opPrefixVector, opVectorConst128             = 0xfd, 0x0c
)

// signature is a function type as text, e.g. "(i32,i32)->i64".
type signature string

type imported struct {
	module, name string
	sig          signature
}

type exported struct {
	kind byte
	sig  signature // of a function
}

// facts is what the host must know of a module to admit and to reset it.
type facts struct {
	imports  []imported
	exports  map[string]exported
	memories int
	minPages uint32
	code     int      // bytes of its functions
	globals  []string // names of the exports that were added, one per mutable global
	// fixed means that a guest's whole state is its memory and its globals, so
	// that the host can take it back.
	fixed bool
}

// learn reads the facts of a rewritten module and returns the module with its
// mutable globals exported.
func learn(r *safepoint.Result) (*facts, []byte, error) {
	b := r.Module
	f := &facts{exports: map[string]exported{}, fixed: r.OnlyMemory}
	var (
		types   []signature
		funcs   []uint32 // type of each function, imports first
		mutable []int    // index of each mutable global
		exports [2]int   // the export section's payload
		start   int      // where that section begins
	)
	s := &scanner{b: b}
	s.skip(8)
	for s.more() {
		at := s.pos
		id := s.byte()
		n := s.count()
		end := s.pos + n
		if s.bad {
			break
		}
		switch id {
		case secType:
			for range s.count() {
				types = append(types, readType(s))
			}
		case secImport:
			if err := f.readImports(s, types, &funcs); err != nil {
				return nil, nil, err
			}
		case secFunction:
			for range s.count() {
				funcs = append(funcs, s.u32())
			}
		case secMemory:
			f.memories = s.count()
			if f.memories > 0 {
				s.byte()
				f.minPages = s.u32()
			}
		case secGlobal:
			mutable = f.readGlobals(s)
		case secExport:
			start, exports = at, [2]int{s.pos, end}
			f.readExports(s, types, funcs)
		case secCode:
			f.code = n
		}
		s.pos = end
	}
	if s.bad || exports[1] == 0 {
		return nil, nil, fmt.Errorf("the module cannot be read at offset %#x", s.pos)
	}
	return f, f.withGlobals(b, start, exports, mutable), nil
}

func readType(s *scanner) signature {
	s.byte() // func
	text := func(list []byte) string {
		out := ""
		for i, t := range list {
			if i > 0 {
				out += ","
			}
			out += typeName(t)
		}
		return out
	}
	params, results := text(s.bytes()), s.bytes()
	return signature("(" + params + ")->" + text(results))
}

func typeName(t byte) string {
	switch t {
	case typeI32:
		return "i32"
	case typeI64:
		return "i64"
	case typeF32:
		return "f32"
	case typeF64:
		return "f64"
	default:
		return fmt.Sprintf("%#x", t)
	}
}

func sigOf(types []signature, i uint32) signature {
	if int(i) < len(types) {
		return types[i]
	}
	return "?"
}

func (f *facts) readImports(s *scanner, types []signature, funcs *[]uint32) error {
	for range s.count() {
		im := imported{module: s.string(), name: s.string()}
		if kind := s.byte(); kind != kindFunc {
			return fmt.Errorf("it imports %s.%s, which is no function: build it with a memory, tables and globals of its own",
				im.module, im.name)
		}
		t := s.u32()
		im.sig = sigOf(types, t)
		*funcs = append(*funcs, t)
		f.imports = append(f.imports, im)
	}
	return nil
}

func (f *facts) readGlobals(s *scanner) []int {
	var mutable []int
	for i := range s.count() {
		t, mut := s.byte(), s.byte()
		constExpr(s)
		if mut == 0 {
			continue
		}
		mutable = append(mutable, i) // no global is imported
		if t != typeI32 && t != typeI64 && t != typeF32 && t != typeF64 {
			f.fixed = false // the engine's API cannot set it
		}
	}
	return mutable
}

// constExpr passes over the value that a global begins with.
func constExpr(s *scanner) {
	for s.more() {
		switch s.byte() {
		case opEnd:
			return
		case opI32Const, opI64Const, opGlobalGet, opRefNull, opRefFunc:
			s.leb()
		case opF32Const:
			s.skip(4)
		case opF64Const:
			s.skip(8)
		case opPrefixVector:
			if s.leb() != opVectorConst128 {
				s.bad = true
			}
			s.skip(16)
		default:
			s.bad = true
		}
	}
}

func (f *facts) readExports(s *scanner, types []signature, funcs []uint32) {
	for range s.count() {
		name := s.string()
		e := exported{kind: s.byte()}
		index := s.u32()
		if e.kind == kindFunc && int(index) < len(funcs) {
			e.sig = sigOf(types, funcs[index])
		}
		f.exports[name] = e
	}
}

// withGlobals returns the module with one more export per mutable global. The
// counter of the safepoints is among them: resetting it as well is right.
func (f *facts) withGlobals(b []byte, start int, payload [2]int, mutable []int) []byte {
	s := &scanner{b: b[:payload[1]], pos: payload[0]}
	n := s.u32()
	body := appendLEB(nil, n+uint32(len(mutable)))
	body = append(body, b[s.pos:payload[1]]...)
	for _, g := range mutable {
		name := globalExport + strconv.Itoa(g)
		f.globals = append(f.globals, name)
		body = appendVec(body, []byte(name))
		body = append(body, kindGlobal)
		body = appendLEB(body, uint32(g))
	}
	out := make([]byte, 0, len(b)+len(body))
	out = append(out, b[:start]...)
	out = append(out, secExport)
	out = appendVec(out, body)
	return append(out, b[payload[1]:]...)
}
