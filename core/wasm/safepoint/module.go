package safepoint

import "bytes"

// Section ids, in the order of the binary format.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
)

// rank gives the place of each section id in a module; data count stands
// before code.
var rank = [...]int{
	secType: 1, secImport: 2, secFunction: 3, secTable: 4, secMemory: 5, secGlobal: 6,
	secExport: 7, secStart: 8, secElement: 9, secDataCount: 10, secCode: 11, secData: 12,
}

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global",
	"export", "start", "element", "code", "data", "data count",
}

// section is one section as found: its payload is module[start:end].
type section struct {
	id         byte
	start, end int
	name       string // of a custom section
	body       int    // of a custom section: where its bytes start after the name
}

// funcType keeps what the rewriter needs of a function type.
type funcType struct {
	params, results int
	resultTypes     []byte // into the module
}

// module is the decoded outline of a guest.
type module struct {
	b        []byte
	sections []section

	types       []funcType
	importFuncs int
	importCount int
	imports     []byte // raw import entries, without the count
	importTypes []uint32
	funcs       []uint32 // type index of each defined function
	globals     int      // imported and defined
	memories    int
	exports     int
	bodies      []body
	names       nameIndex
}

// body is one entry of the code section.
type body struct {
	start, end int // the function body, after its size
}

func (m *module) funcCount() int { return m.importFuncs + len(m.funcs) }

// typeOf returns the type of the function with the given index, or false.
func (m *module) typeOf(fn uint32) (*funcType, bool) {
	switch i := int(fn); {
	case i < m.importFuncs:
		return &m.types[m.importTypes[i]], true
	case i < m.funcCount():
		return &m.types[m.funcs[i-m.importFuncs]], true
	}
	return nil, false
}

// find returns the section with the given id, or nil.
func (m *module) find(id byte) *section {
	for i := range m.sections {
		if m.sections[i].id == id {
			return &m.sections[i]
		}
	}
	return nil
}

func (m *module) reader(s *section) *reader { return &reader{b: m.b, pos: s.start, end: s.end} }

var preamble = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// decode reads the outline: everything but the instructions.
func decode(b []byte) (*module, *Error) {
	m := &module{b: b}
	if err := m.split(); err != nil {
		return nil, err
	}
	m.readNames()
	for i := range m.sections {
		s := &m.sections[i]
		r := m.reader(s)
		switch s.id {
		case secCustom:
			r.pos = s.end
			m.checkCustom(r, s)
		case secType:
			m.readTypes(r)
		case secImport:
			m.readImports(r)
		case secFunction:
			m.readFunctions(r)
		case secTable:
			m.readTables(r)
		case secMemory:
			m.readMemories(r)
		case secGlobal:
			m.readGlobals(r)
		case secExport:
			m.exports = r.count("exports")
			r.pos = s.end // read when it is written
		case secCode:
			m.readBodies(r)
		case secData:
			m.data(r)
		default:
			r.pos = s.end
		}
		r.done()
		if r.failed() {
			return nil, m.located(r.err, s)
		}
	}
	if len(m.bodies) != len(m.funcs) {
		return nil, &Error{
			Section: "code", Func: -1, Offset: len(b),
			Reason: "function and code section have different lengths",
		}
	}
	return m, nil
}

// located completes an error with the section it was found in.
func (m *module) located(e *Error, s *section) *Error {
	if e.Section == "" {
		e.Section = sectionNames[s.id]
	}
	if e.Func >= 0 && e.Name == "" {
		e.Name = m.names.lookup(m.b, uint32(e.Func))
	}
	return e
}

// split checks the preamble, the order of sections and that each occurs once.
func (m *module) split() *Error {
	bad := func(at int, feature, reason string) *Error {
		return &Error{Section: "module", Func: -1, Offset: at, Feature: feature, Reason: reason}
	}
	if len(m.b) > MaxModule {
		return bad(0, "", "the module is larger than 32 MiB")
	}
	if len(m.b) < 8 || !bytes.Equal(m.b[:4], preamble[:4]) {
		return bad(0, "", "not a WebAssembly module: it does not start with \\0asm")
	}
	if !bytes.Equal(m.b[4:8], preamble[4:]) {
		if m.b[6] == 1 && m.b[7] == 0 {
			return bad(4, featureComponent, adviceCoreModule)
		}
		return bad(4, "", "the binary format version is not 1")
	}
	r := &reader{b: m.b, pos: 8, end: len(m.b)}
	last := 0
	for r.more() {
		at := r.pos
		id := r.byte()
		size := r.u32()
		s := section{id: id, start: r.pos}
		r.skip(uint64(size))
		s.end = r.pos
		switch {
		case r.failed():
		case id == 13:
			return bad(at, featureExceptions, adviceBuildWithout)
		case int(id) >= len(sectionNames):
			r.fail(at, "section id %d does not exist", id)
		case id == secCustom:
			n := m.reader(&s)
			s.name, s.body = string(n.name()), n.pos
			if n.failed() {
				r.err = n.err
			}
		case rank[id] <= last:
			r.fail(at, "section %s is out of order or occurs twice", sectionNames[id])
		default:
			last = rank[id]
		}
		if len(m.sections) == maxSections {
			r.fail(at, "more than %d sections", maxSections)
		}
		m.sections = append(m.sections, s)
	}
	if r.failed() {
		r.err.Section = "module"
		return r.err
	}
	return nil
}

func (m *module) readTypes(r *reader) {
	n := r.count("types")
	if n > maxTypes {
		r.fail(r.pos, "%d types, more than %d", n, maxTypes)
	}
	for i := 0; i < n && !r.failed(); i++ {
		at := r.pos
		switch form := r.byte(); {
		case r.failed():
			return
		case form == typeFunc:
		case form >= 0x4d && form <= 0x5f:
			r.refuse(at, featureGC)
			return
		default:
			r.fail(at, "type form %#02x is not a function type", form)
			return
		}
		var t funcType
		t.params = r.valueTypes("parameters")
		start := r.pos
		t.results = r.valueTypes("results")
		if t.params > maxArity || t.results > maxArity {
			r.fail(at, "type %d has more than %d parameters or results", i, maxArity)
		}
		if !r.failed() {
			t.resultTypes = r.b[start:r.pos]
			m.types = append(m.types, t)
		}
	}
}

func (r *reader) valueTypes(what string) int {
	n := r.count(what)
	for i := 0; i < n && !r.failed(); i++ {
		r.valueType()
	}
	return n
}

func (m *module) readImports(r *reader) {
	m.importCount = r.count("imports")
	if m.importCount > maxImports {
		r.fail(r.pos, "%d imports, more than %d", m.importCount, maxImports)
	}
	start := r.pos
	for i := 0; i < m.importCount && !r.failed(); i++ {
		at := r.pos
		mod := r.name()
		r.name()
		if string(mod) == ImportModule {
			r.fail(at, "module name %q is reserved", ImportModule)
		}
		at = r.pos
		switch kind := r.byte(); kind {
		case 0:
			m.importTypes = append(m.importTypes, m.typeIndex(r))
			m.importFuncs++
		case 1:
			m.table(r)
		case 2:
			m.memory(r)
		case 3:
			m.globalType(r)
			m.globals++
		case 4:
			r.refuse(at, featureExceptions)
		default:
			r.fail(at, "import kind %d does not exist", kind)
		}
	}
	if !r.failed() {
		m.imports = r.b[start:r.pos]
	}
}

func (m *module) typeIndex(r *reader) uint32 {
	at := r.pos
	t := r.u32()
	if !r.failed() && int64(t) >= int64(len(m.types)) {
		r.fail(at, "type %d does not exist", t)
		return 0
	}
	return t
}

func (m *module) globalType(r *reader) {
	r.valueType()
	at := r.pos
	switch mut := r.byte(); {
	case mut == 2 || mut == 3:
		r.refuse(at, featureThreads)
	case mut > 3:
		r.fail(at, "global mutability %#02x does not exist", mut)
	}
}

// limits reads the limits of a table or memory.
func (m *module) limits(r *reader) (lo uint32) {
	at := r.pos
	flags := r.byte()
	switch {
	case r.failed():
		return 0
	case flags&^0x0f != 0:
		r.fail(at, "limits flags %#02x do not exist", flags)
	case flags&0x08 != 0:
		r.refuse(at, featureCustomPages)
	case flags&0x04 != 0:
		r.refuse(at, featureMemory64)
	case flags&0x02 != 0:
		r.refuse(at, featureThreads)
	}
	lo = r.u32()
	if flags&1 != 0 {
		r.u32()
	}
	return lo
}

func (m *module) table(r *reader) {
	at := r.pos
	if r.more() && r.b[r.pos] == 0x40 {
		r.refuse(at, featureTypedRefs)
		return
	}
	r.refType()
	if lo := m.limits(r); lo > MaxTable {
		r.fail(at, "a table of %d elements, more than %d", lo, MaxTable)
	}
}

func (m *module) memory(r *reader) {
	at := r.pos
	m.limits(r)
	if m.memories++; m.memories > 1 {
		r.refuse(at, featureMultiMemory)
	}
}

func (m *module) readTables(r *reader) {
	n := r.count("tables")
	if n > maxTables {
		r.fail(r.pos, "more than %d tables", maxTables)
	}
	for i := 0; i < n && !r.failed(); i++ {
		m.table(r)
	}
}

func (m *module) readMemories(r *reader) {
	n := r.count("memories")
	for i := 0; i < n && !r.failed(); i++ {
		m.memory(r)
	}
}

func (m *module) readFunctions(r *reader) {
	n := r.count("functions")
	if n+m.importFuncs > MaxFunctions {
		r.fail(r.pos, "%d functions, more than %d", n+m.importFuncs, MaxFunctions)
		return
	}
	for i := 0; i < n && !r.failed(); i++ {
		m.funcs = append(m.funcs, m.typeIndex(r))
	}
}

func (m *module) readBodies(r *reader) {
	n := r.count("bodies")
	if n != len(m.funcs) {
		r.fail(r.pos, "%d bodies for %d functions", n, len(m.funcs))
		return
	}
	m.bodies = make([]body, 0, n)
	for i := 0; i < n && !r.failed(); i++ {
		at := r.pos
		size := r.u32()
		if size > MaxBody {
			r.fail(at, "the body has %d bytes, more than 1 MiB", size)
		}
		start := r.pos
		r.skip(uint64(size))
		if r.failed() {
			r.err.Func = m.importFuncs + i
			return
		}
		m.bodies = append(m.bodies, body{start, r.pos})
	}
}

// readExports reads the export section and calls found for each export with
// the positions of its start and of its index.
func (m *module) readExports(r *reader, found func(at, index int, kind byte, i uint32)) {
	for n := r.count("exports"); n > 0 && !r.failed(); n-- {
		at := r.pos
		if string(r.name()) == CounterExport {
			r.fail(at, "export name %q is reserved", CounterExport)
		}
		kind := r.byte()
		index := r.pos
		i := r.u32()
		switch {
		case r.failed():
		case kind == 4:
			r.refuse(at, featureExceptions)
		case kind > 4:
			r.fail(at, "export kind %d does not exist", kind)
		case kind == 0:
			m.checkFunc(r, at, i)
		case kind == 3 && int64(i) >= int64(m.globals):
			r.fail(at, "global %d does not exist", i)
		}
		if !r.failed() {
			found(at, index, kind, i)
		}
	}
	r.done()
}
