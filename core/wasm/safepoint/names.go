package safepoint

import "sort"

// nameIndex finds function names for error messages. It keeps positions in
// the module only.
type nameIndex struct {
	funcs []nameEntry // sorted by function
}

type nameEntry struct {
	fn         uint32
	start, end int
}

func (x *nameIndex) lookup(b []byte, fn uint32) string {
	i := sort.Search(len(x.funcs), func(i int) bool { return x.funcs[i].fn >= fn })
	if i == len(x.funcs) || x.funcs[i].fn != fn {
		return ""
	}
	return string(b[x.funcs[i].start:x.funcs[i].end])
}

// Subsections of the name section.
const (
	nameFunctions = 1
	nameLocals    = 2
	nameLabels    = 3
)

// readNames fills the index of function names. A malformed name section must
// not make a module invalid, so its faults are ignored here and the section
// is later kept as it is.
func (m *module) readNames() {
	s := m.custom("name")
	if s == nil {
		return
	}
	r := &reader{b: m.b, pos: s.body, end: s.end}
	for r.more() {
		id := r.byte()
		sub := r.sub()
		if id != nameFunctions || r.failed() {
			continue
		}
		for n := sub.count("names"); n > 0 && sub.more() && len(m.names.funcs) < MaxFunctions; n-- {
			fn := sub.u32()
			name := sub.name()
			if !sub.failed() {
				m.names.funcs = append(m.names.funcs, nameEntry{fn, sub.pos - len(name), sub.pos})
			}
		}
	}
	f := m.names.funcs
	sort.SliceStable(f, func(i, j int) bool { return f[i].fn < f[j].fn })
}

// custom returns the first custom section of that name, or nil.
func (m *module) custom(name string) *section {
	for i := range m.sections {
		if s := &m.sections[i]; s.id == secCustom && s.name == name {
			return s
		}
	}
	return nil
}

// sub reads a size and returns a reader of that many bytes.
func (r *reader) sub() *reader {
	n := r.u32()
	start := r.pos
	r.skip(uint64(n))
	return &reader{b: r.b, pos: start, end: r.pos, err: r.err}
}

// rewriteNames appends the name section with shifted function indices and
// names for what the rewriter added. It returns false, with b unchanged, for
// a malformed section.
func (m *module) rewriteNames(b []byte, s *section, plan *layout) ([]byte, bool) {
	out := b
	r := &reader{b: m.b, pos: s.body, end: s.end}
	var payload []byte
	for r.more() {
		id := r.byte()
		sub := r.sub()
		if r.failed() {
			return b, false
		}
		payload = payload[:0]
		switch id {
		case nameFunctions:
			payload = remapNames(payload, sub, plan, plan.addedNames())
		case nameLocals:
			payload = remapNames(payload, sub, plan, nil)
		case nameLabels:
			continue // labels move: the rewriter adds blocks
		default:
			payload = append(payload, sub.b[sub.pos:sub.end]...)
			sub.pos = sub.end
		}
		sub.done()
		if sub.failed() {
			return b, false
		}
		out = append(out, id)
		out = appendU32(out, uint32(len(payload)))
		out = append(out, payload...)
	}
	return out, !r.failed()
}

// addedName is a function which the rewriter added, under its new index.
type addedName struct {
	fn   uint32
	name string
}

// remapNames copies a name map (or, when the entries are maps themselves, an
// indirect one: added is nil then) and shifts the function indices. Names of
// functions which do not exist are left out; added names go where the order
// of indices wants them.
func remapNames(out []byte, r *reader, plan *layout, added []addedName) []byte {
	var entries []byte
	written := 0
	put := func(fn uint32, entry []byte) {
		entries = append(appendU32(entries, fn), entry...)
		written++
	}
	indirect := added == nil
	for n := r.count("names"); n > 0 && !r.failed(); n-- {
		fn := r.u32()
		start := r.pos
		if indirect {
			for k := r.count("locals"); k > 0 && !r.failed(); k-- {
				r.u32()
				r.name()
			}
		} else {
			r.name()
		}
		if r.failed() || fn >= plan.funcs {
			continue
		}
		fn = plan.function(fn)
		for len(added) > 0 && added[0].fn < fn {
			put(added[0].fn, appendName(nil, added[0].name))
			added = added[1:]
		}
		put(fn, r.b[start:r.pos])
	}
	for _, a := range added {
		put(a.fn, appendName(nil, a.name))
	}
	return append(appendU32(out, uint32(written)), entries...)
}
