package safepoint

import (
	"runtime"
	"sync"
)

// minStretch is how many bytes of bodies are worth a goroutine of their own: one
// has a few milliseconds to do with them.
const minStretch = 256 << 10

// yieldEvery is after how many bytes of bodies a goroutine lets others have its
// processor: there may be no other for them.
const yieldEvery = 64 << 10

// stretch is the bodies from one to, but not with, another.
type stretch struct{ from, to int }

// stretches splits the bodies into at most n stretches of about the same size,
// none much smaller than least bytes. There is always one.
func (m *module) stretches(n, least int) []stretch {
	total := 0
	for _, bd := range m.bodies {
		total += bd.end - bd.start
	}
	n = max(1, min(n, total/least))
	out := make([]stretch, 0, n)
	from, done := 0, 0
	for i, bd := range m.bodies {
		done += bd.end - bd.start
		if len(out) < n-1 && done >= total/n*(len(out)+1) {
			out = append(out, stretch{from, i + 1})
			from = i + 1
		}
	}
	return append(out, stretch{from, len(m.bodies)})
}

// split returns the stretches of bodies that are read beside each other.
func (o *Options) split(m *module) []stretch {
	if o.skipLoop > 0 { // it counts loops over the whole module
		return m.stretches(1, minStretch)
	}
	if o.stretches > 0 {
		return m.stretches(o.stretches, 1)
	}
	return m.stretches(runtime.GOMAXPROCS(0), minStretch)
}

// beside calls f with 0 to n-1, the last one in this goroutine, and returns when all
// are done. Where one of them panics, so does it.
func beside(n int, f func(i int)) {
	var all sync.WaitGroup
	panics := make([]any, n)
	fenced := func(i int) {
		defer func() { panics[i] = recover() }()
		f(i)
	}
	for i := range n - 1 {
		all.Go(func() { fenced(i) })
	}
	fenced(n - 1)
	all.Wait()
	for _, v := range panics {
		if v != nil {
			panic(v)
		}
	}
}

// writeCode returns the payload of the new code section, in pieces.
func (m *module) writeCode(p *layout, prog *program, o Options, res *Result) ([][]byte, *Error) {
	all := o.split(m)
	pieces, err := m.writeStretches(all, p, prog, o, res)
	if err != nil && len(all) > 1 { // once more, for the one that comes first
		pieces, err = m.writeStretches(m.stretches(1, 1), p, prog, o, res)
	}
	if err != nil {
		return nil, m.located(err, m.find(secCode))
	}
	return append(pieces, p.helpers()), nil
}

// writeStretches writes the bodies of all stretches beside each other, after their
// number. An error need not be the first one.
func (m *module) writeStretches(all []stretch, p *layout, prog *program, o Options, res *Result) ([][]byte, *Error) {
	each := make([]*instrumenter, len(all))
	pieces := make([][]byte, len(all)+1)
	errs := make([]*Error, len(all))
	pieces[0] = appendU32(nil, uint32(len(m.bodies))+2)
	beside(len(all), func(i int) {
		each[i] = &instrumenter{code: code{plan: p}, m: m, prog: prog, opts: o}
		pieces[i+1], errs[i] = each[i].stretch(all[i])
	})
	total := each[0]
	for i, x := range each {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if i > 0 && !total.join(x) {
			return nil, errTogether
		}
	}
	if size(pieces[1:]) > maxCode {
		return nil, errTogether
	}
	res.Loops, res.Functions = total.nloops, total.nfuncs
	return pieces, nil
}

// errTogether says that stretches of which none is too much are so together. Nobody
// sees it.
var errTogether = &Error{Func: -1, Reason: "the functions are too much together"}

// join adds the counts of another stretch and tells whether they are within their
// limits.
func (x *instrumenter) join(other *instrumenter) bool {
	x.nloops += other.nloops
	x.nfuncs += other.nfuncs
	x.allLocals += other.allLocals
	x.effort.carried += other.effort.carried
	x.effort.jumps += other.effort.jumps
	x.effort.joined += other.effort.joined
	return x.allLocals <= maxAllLocals && x.effort.within()
}

// stretch returns the new bodies of a stretch, each after its size.
func (x *instrumenter) stretch(st stretch) ([]byte, *Error) {
	bodies := x.m.bodies[st.from:st.to]
	size := 1024
	for _, bd := range bodies {
		size += bd.end - bd.start + (bd.end-bd.start)/4 // it seldom grows by more
	}
	out := make([]byte, 0, size)
	held := 0
	for i, bd := range bodies {
		if held += bd.end - bd.start; held > yieldEvery {
			held = 0
			runtime.Gosched()
		}
		fn := x.m.importFuncs + st.from + i
		r := &reader{b: x.m.b, pos: bd.start, end: bd.end}
		x.function(r, uint32(fn))
		if r.failed() {
			r.err.Func = fn
			return nil, r.err
		}
		out = appendU32(out, uint32(len(x.out)))
		out = append(out, x.out...)
		if len(out) > maxCode {
			return nil, &Error{Func: fn, Offset: bd.start, Reason: "the rewritten code is larger than 64 MiB"}
		}
	}
	return out, nil
}
