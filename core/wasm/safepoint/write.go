package safepoint

import "strings"

// copier copies a section's payload and puts new numbers for old ones.
type copier struct {
	out  []byte
	from []byte
	pos  int
}

func (c *copier) upTo(pos int) {
	c.out = append(c.out, c.from[c.pos:pos]...)
	c.pos = pos
}

// replace copies up to at and writes v for the bytes from at to next.
func (c *copier) replace(at, next int, v uint32) {
	c.upTo(at)
	c.out = appendU32(c.out, v)
	c.pos = next
}

func (m *module) rewrite(o Options) (Result, *Error) {
	p := newLayout(m, o)
	p.declare(m)
	prog, err := m.survey(o)
	if err != nil {
		return Result{}, err
	}
	res := Result{Idle: uint64(p.idle), OnlyMemory: !prog.lasting}
	codeSection, err := m.writeCode(p, prog, o, &res)
	if err != nil {
		return Result{}, err
	}
	w := &writer{m: m, p: p, prog: prog, code: codeSection, res: &res}
	w.out = make([]byte, 0, len(m.b)+size(codeSection)+1024)
	w.out = append(w.out, preamble...)
	last := 0 // rank of the last section written
	for i := range m.sections {
		s := &m.sections[i]
		if s.id != secCustom {
			w.missing(last, rank[s.id])
			last = rank[s.id]
		}
		if w.section(s.id, s); w.err != nil {
			return Result{}, m.located(w.err, s)
		}
	}
	w.missing(last, len(rank))
	if w.err != nil {
		return Result{}, w.err
	}
	res.Module = w.out
	return res, nil
}

// writer writes the sections of the rewritten module in order.
type writer struct {
	m    *module
	p    *layout
	prog *program
	code [][]byte // in pieces
	res  *Result
	out  []byte
	err  *Error
}

// missing writes the sections which the guest lacks between two ranks and
// which the rewriter needs.
func (w *writer) missing(after, before int) {
	for _, id := range []byte{secType, secImport, secFunction, secGlobal, secExport, secCode} {
		if rank[id] > after && rank[id] < before {
			w.section(id, nil)
		}
	}
}

// section writes one section; s is nil if the guest has none.
func (w *writer) section(id byte, s *section) {
	var payload []byte
	var more [][]byte // of it
	old := &reader{}
	if s != nil {
		payload = w.m.b[s.start:s.end]
		old = w.m.reader(s)
	}
	switch id {
	case secCustom:
		var keep bool
		if payload, keep = w.custom(s); !keep {
			return
		}
	case secType:
		payload = w.types(old)
	case secImport:
		payload = w.imports()
	case secFunction:
		payload = w.functions(old)
	case secTable:
		if w.prog.tableGrows {
			payload = w.tables(old)
		}
	case secGlobal:
		payload = w.globals(old)
	case secExport:
		payload = w.exports(old)
	case secStart:
		payload = w.start(old)
	case secElement:
		c := &copier{from: w.m.b, pos: s.start}
		w.m.elements(old, func(at, next int, fn uint32) { c.replace(at, next, w.p.function(fn)) })
		c.upTo(s.end)
		payload = c.out
	case secCode:
		payload, more = nil, w.code
	}
	if old.failed() {
		w.err = old.err
		w.err.Section = sectionNames[id]
		return
	}
	w.out = append(w.out, id)
	w.out = appendU32(w.out, uint32(len(payload)+size(more)))
	w.out = append(w.out, payload...)
	for _, piece := range more {
		w.out = append(w.out, piece...)
	}
}

// size returns the bytes of all pieces together.
func size(pieces [][]byte) (n int) {
	for _, piece := range pieces {
		n += len(piece)
	}
	return n
}

// rest returns what follows the count in the section.
func (r *reader) rest() []byte {
	if r.b == nil {
		return nil
	}
	r.u32()
	at := r.pos
	r.pos = r.end
	return r.b[at:r.end]
}

func (w *writer) types(old *reader) []byte {
	b := appendU32(nil, w.p.types+typesAdded+uint32(len(w.p.order)))
	b = append(b, old.rest()...)
	b = append(b, typeFunc, 1, typeI64, 0) // typeTick
	b = append(b, typeFunc, 0, 0)          // typeSlow
	for _, results := range w.p.order {
		b = append(b, typeFunc, 0)
		b = append(b, results...)
	}
	return b
}

func (w *writer) imports() []byte {
	b := appendU32(nil, uint32(w.m.importCount)+1)
	b = append(b, w.m.imports...)
	b = appendName(b, ImportModule)
	b = appendName(b, ImportName)
	return appendU32(append(b, 0), w.p.types+typeTick)
}

func (w *writer) functions(old *reader) []byte {
	b := appendU32(nil, uint32(len(w.m.funcs))+2)
	b = append(b, old.rest()...)
	b = appendU32(b, w.p.types+typeSlow)
	return appendU32(b, w.p.types+typeTick) // flush
}

// tables writes MaxTable as the maximum of every table which could grow
// beyond it: Core 2.0 lets table.grow fail.
func (w *writer) tables(old *reader) []byte {
	n := old.u32()
	b := appendU32(nil, n)
	for ; n > 0 && !old.failed(); n-- {
		b = append(b, old.byte()) // reference type
		flags := old.byte()
		lo, hi := old.u32(), uint32(MaxTable)
		if flags&1 != 0 {
			// A maximum below the minimum stays for the engine to refuse.
			hi = min(old.u32(), hi)
		}
		b = appendU32(appendU32(append(b, 1), lo), hi)
	}
	return b
}

func (w *writer) globals(old *reader) []byte {
	c := &copier{from: old.b, pos: old.pos}
	n := uint32(0)
	if old.b != nil {
		n = old.u32()
		c.pos = old.pos
	}
	c.out = appendU32(nil, n+1)
	for ; n > 0 && !old.failed(); n-- {
		w.m.globalType(old)
		w.m.constExpr(old, func(at, next int, fn uint32) { c.replace(at, next, w.p.function(fn)) })
	}
	c.upTo(old.end)
	b := append(c.out, typeI64, 1, opI64Const)
	return append(appendS64(b, w.p.idle), opEnd)
}

func (w *writer) exports(old *reader) []byte {
	b := appendU32(nil, uint32(w.m.exports)+1)
	if old.b != nil {
		w.m.readExports(old, func(at, index int, kind byte, i uint32) {
			b = append(b, old.b[at:index]...)
			if kind == 0 {
				i = w.p.function(i)
			}
			b = appendU32(b, i)
		})
	}
	return appendU32(append(appendName(b, CounterExport), 3), w.p.counter)
}

func (w *writer) start(old *reader) []byte {
	at := old.pos
	fn := old.u32()
	w.m.checkFunc(old, at, fn)
	old.done()
	return appendU32(nil, w.p.function(fn))
}

// Custom sections whose contents the rewriting makes false: they point into
// the code section.
func stale(name string) bool {
	return strings.HasPrefix(name, ".debug_") || strings.HasPrefix(name, "metadata.code.") ||
		name == "sourceMappingURL" || name == "external_debug_info"
}

// checkCustom refuses modules which are not complete programs.
func (m *module) checkCustom(r *reader, s *section) {
	if s.name == "dylink" || s.name == "dylink.0" || s.name == "linking" || strings.HasPrefix(s.name, "reloc.") {
		r.err = &Error{Func: -1, Offset: s.start, Feature: featureDynLink, Reason: adviceStaticLinking}
	}
}

func (w *writer) custom(s *section) (payload []byte, keep bool) {
	payload = w.m.b[s.start:s.end]
	if stale(s.name) {
		w.res.Dropped = append(w.res.Dropped, s.name)
		return nil, false
	}
	if s.name == "name" {
		head := payload[:s.body-s.start]
		if b, ok := w.m.rewriteNames(append([]byte(nil), head...), s, w.p); ok {
			return b, true
		}
	}
	return payload, true
}
