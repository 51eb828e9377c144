package leaf

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Bounds of what a client can make an exchange keep in memory.
const (
	// MaxMembers is how many members one object may have that is opened.
	MaxMembers     = 1024
	maxKeptParts   = 4096
	maxKeptMembers = 4096 // in all levels below the top
)

// Memory is what the engine keeps of one exchange. It is part of what a dialect
// puts into Request.Scanned and survives the pooling of exchanges. The zero value
// is ready; [Memory.Reset] makes it ready for the next request.
type Memory struct {
	splices []splice
	strange []jsonscan.Span // in the answer: strings that nobody can judge; filled by AnswerParts
	opened  bool            // Prompt has read the request
	turns   []jsonscan.Span // of the elements that are messages; filled by Prompt
	derived []derived       // of the prompt; filled by Prompt
	levels  []*jsonscan.Object
	steps   []step
	parts   []*core.Part // spare parts; those in use are the first few
	used    int
	encoded []encoded // parts of the prompt and of a whole answer whose texts were decoded
	form    *Form     // of the prompt
	named   []name    // parts of the prompt that are names
	names   []byte    // those that no part has yet
	walk    Walk      // here, so that a scene can be given it without an allocation
	events  *events
}

// Reset forgets the request before.
func (m *Memory) Reset() {
	m.Begin()
	m.opened, m.turns, m.derived, m.strange = false, m.turns[:0], m.derived[:0], m.strange[:0]
	clear(m.encoded)
	m.encoded = m.encoded[:0]
	clear(m.named)
	m.named = m.named[:0]
	if cap(m.names) > maxKeptNames {
		m.names = nil
	}
	if len(m.parts) > maxKeptParts {
		m.parts = nil
	}
	members := 0
	for _, obj := range m.levels {
		members += cap(obj.Members)
	}
	if members > maxKeptMembers {
		m.levels = nil
	}
	for _, p := range m.parts[:min(m.used, len(m.parts))] {
		*p = core.Part{}
	}
	m.used = 0
	if m.events != nil {
		m.events.begin()
	}
}

// Turns returns the places of the messages in the request, filled by Prompt.
func (m *Memory) Turns() []jsonscan.Span { return m.turns }

// level returns the memory for objects that lie n levels deep.
func (m *Memory) level(n int) *jsonscan.Object {
	for len(m.levels) <= n {
		obj := &jsonscan.Object{}
		obj.Limits.Members = MaxMembers
		m.levels = append(m.levels, obj)
	}
	return m.levels[n]
}

// newPart returns an empty part that lives as long as the request.
func (m *Memory) newPart() *core.Part {
	if m.used == len(m.parts) {
		m.parts = append(m.parts, &core.Part{})
	}
	m.used++
	return m.parts[m.used-1]
}

// start makes the one walk of m ready for doc.
func (m *Memory) start(ex *core.Exchange, f *Form, doc []byte) *Walk {
	m.walk = Walk{State: f.start, ex: ex, m: m, form: f, doc: doc, steps: m.steps[:0]}
	return &m.walk
}

// end lets go of what a walk held.
func (m *Memory) end() {
	m.steps = m.walk.steps[:0]
	m.walk = Walk{}
}

// Prompt fills ex.Prompt from ex.Request.Body, whose top level has been read into
// top with the keys of f. Texts without escapes alias the body; the others are
// decoded into the memory of ex.
//
// It refuses what law 2 refuses in each object it opens, turns that are no
// objects, and what scenes refuse; the error names the place, and ex.Prompt is
// empty then.
func (m *Memory) Prompt(ex *core.Exchange, f *Form, top *jsonscan.Object) *core.Error {
	w := m.start(ex, f, ex.Request.Body)
	defer m.end()
	w.parts, w.turns, w.derived, w.request = ex.Prompt[:0], m.turns[:0], m.derived[:0], true
	ex.Unseen = ex.Unseen[:0]
	m.form, m.named, m.names = f, m.named[:0], m.names[:0]
	w.members(top, f.tree())
	m.turns, m.derived, m.opened = w.turns, w.derived, w.err == nil
	ex.Prompt = w.parts
	if w.err != nil {
		ex.Prompt = ex.Prompt[:0]
	}
	return w.err
}

// Unknown returns the JSON paths of the request's string leaves that no row of f
// names, or that it calls opaque: what a guard cannot judge.
func (m *Memory) Unknown(ex *core.Exchange, f *Form, top *jsonscan.Object) ([]string, *core.Error) {
	w := m.start(ex, f, ex.Request.Body)
	defer m.end()
	w.report = true
	w.members(top, f.tree())
	return w.unknown, w.err
}

// AnswerParts appends the parts of a whole answer, in the order of the document.
// Their IDs count from len(dst). What a guard judges must not be readable in two
// ways: an answer that breaks law 2 is CodeUpstreamInvalid here, though without
// a guard it passes.
func (m *Memory) AnswerParts(ex *core.Exchange, f *Form, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	w := m.start(ex, f, body)
	defer m.end()
	m.strange = m.strange[:0]
	w.parts, w.gather = dst, true
	if err := w.answer(); err != nil {
		return dst, err
	}
	for _, p := range w.parts[len(dst):] {
		p.Origin = core.OriginUpstream
	}
	return w.parts, nil
}

// UnknownInAnswer is [Memory.Unknown] for a whole answer.
func (m *Memory) UnknownInAnswer(ex *core.Exchange, f *Form, body []byte) ([]string, *core.Error) {
	w := m.start(ex, f, body)
	defer m.end()
	w.report = true
	err := w.answer()
	return w.unknown, err
}

// answer walks over a whole answer.
func (w *Walk) answer() *core.Error {
	v, err := jsonscan.Validate(w.doc, 0)
	if err == nil {
		w.walk(v, w.form.tree())
		if w.err == nil {
			return nil
		}
		err = w.err
	}
	return &core.Error{
		Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: err,
		Message: "The upstream's answer cannot be judged: it is broken or can be read in two ways.",
	}
}

// SpliceAnswer returns body with the edits of parts applied, which must come
// from the last call of AnswerParts, with the same body. Replaced by null are what
// derives from edited parts, and strings that no row names or that are opaque: no
// guard could judge them (law 3). It returns nil where nothing has changed. The
// ranges alias body and the memory of ex.
func (m *Memory) SpliceAnswer(ex *core.Exchange, f *Form, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	m.Begin()
	for _, s := range m.strange {
		m.blank(body, s)
	}
	var list []derived
	for _, p := range parts {
		if !p.Edited() || p.Raw.Len() == 0 {
			continue
		}
		if err := checkEdit(body, p); err != nil {
			return nil, err
		}
		if list == nil {
			var err *core.Error
			if list, err = m.derivedIn(ex, f, body); err != nil {
				return nil, err
			}
			list = append(list, derived{choice: -1}) // not nil from here on
		}
		m.edit(body, p)
		m.dropDerived(list, p)
	}
	if len(m.splices) == 0 {
		return nil, nil
	}
	return m.Render(ex, nil, body), nil
}

func (m *Memory) derivedIn(ex *core.Exchange, f *Form, body []byte) ([]derived, *core.Error) {
	w := m.start(ex, f, body)
	defer m.end()
	err := w.answer()
	return w.derived, err
}
