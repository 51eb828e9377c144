package leaf

import (
	"errors"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var (
	jsonNull  = []byte("null")
	jsonList  = []byte("[]")
	jsonComma = []byte(",")
)

// splice replaces the bytes [start, end) of a document with new, or, where part
// is set, with the edited text of that part, between whose quotes they lie.
type splice struct {
	start, end int
	new        []byte
	part       *core.Part
}

// Begin forgets all splices.
func (m *Memory) Begin() {
	clear(m.splices)
	m.splices = m.splices[:0]
}

// Replace adds the splice that puts new in place of s. Bytes that are not copied
// must live as long as the rendered document.
func (m *Memory) Replace(s jsonscan.Span, new []byte) {
	m.splices = append(m.splices, splice{start: s.Start, end: s.End, new: new})
}

// Insert adds the splice that puts new in front of the offset at.
func (m *Memory) Insert(at int, new []byte) {
	m.splices = append(m.splices, splice{start: at, end: at, new: new})
}

// InsertTurn adds element, a JSON value in memory that may be appended to, as a
// message of its own: in front of the message before, or behind the last one
// where there is no such message. It reports false, and does nothing, where
// Prompt found no message at all.
func (m *Memory) InsertTurn(before int, element []byte) bool {
	switch n := len(m.turns); {
	case n == 0:
		return false
	case before >= 0 && before < n:
		m.Insert(m.turns[before].Start, append(element, ','))
	default:
		m.Insert(m.turns[n-1].End, jsonComma)
		m.Insert(m.turns[n-1].End, element)
	}
	return true
}

// edit adds the edits of a part that has a place in the document.
func (m *Memory) edit(doc []byte, p *core.Part) {
	if m.recode(p) {
		return
	}
	s := splice{start: p.Raw.Start, end: p.Raw.End, part: p}
	if doc[s.start] == '"' {
		s.start++
		s.end--
	}
	m.splices = append(m.splices, s)
}

// blank takes out what nobody can judge: a list becomes an empty one, which readers that
// know its type take, anything else null.
func (m *Memory) blank(doc []byte, s jsonscan.Span) {
	with := jsonNull
	if doc[s.Start] == '[' {
		with = jsonList
	}
	m.Replace(s, with)
}

// dropDerived adds splices that take out what follows from p.
func (m *Memory) dropDerived(list []derived, p *core.Part) {
	for i := range list {
		d := &list[i]
		if d.msg == p.Msg && d.choice == p.Choice && (d.from == core.PartText || d.from == p.Kind) {
			m.Replace(d.span, jsonNull)
		}
	}
}

// Inserter adds the splices for a part that a hook appended, with
// [Memory.InsertTurn] or, where the dialect keeps such a part elsewhere, with
// [Memory.Insert] and [Memory.Replace].
type Inserter func(m *Memory, ex *core.Exchange, p *core.Part) *core.Error

// Apply adds the splices for the edited and the appended parts of ex.Prompt,
// which Prompt filled; it adds none where Prompt was not called. The error is
// CodePluginFailed for an edit after which the document would no longer be sound,
// CodeBlocked for one of a name that must stay, and what insert returns.
func (m *Memory) Apply(ex *core.Exchange, insert Inserter) *core.Error {
	if !m.opened {
		return nil
	}
	if err := m.checkNames(ex); err != nil {
		return err
	}
	body := ex.Request.Body
	for _, p := range ex.Prompt {
		switch {
		case p.Raw.Len() == 0:
			if err := insert(m, ex, p); err != nil {
				return err
			}
		case p.Edited():
			if err := checkEdit(body, p); err != nil {
				return err
			}
			m.edit(body, p)
			m.dropDerived(m.derived, p)
		}
	}
	return nil
}

// checkEdit refuses an edit that makes the arguments of a call, or any value that
// is no string, unreadable or readable in two ways, and one that makes a value one of
// another kind.
func checkEdit(doc []byte, p *core.Part) *core.Error {
	value := doc[p.Raw.Start] != '"'
	if p.Kind != core.PartToolCall && !value {
		return nil
	}
	was, err := jsonscan.Validate(p.Original(), 0)
	if err != nil {
		return nil // they were none before
	}
	is, err := jsonscan.Validate(p.Text(), 0)
	switch {
	case err != nil:
		what := "a value so that it is"
		if p.Kind == core.PartToolCall {
			what = "the arguments of a tool call so that they are"
		}
		e := core.Errorf(core.CodePluginFailed, "A plugin edited %s no longer JSON.", what)
		e.Cause = err
		return e
	case value && is.Kind != was.Kind:
		return core.Errorf(core.CodePluginFailed, "A plugin made %s of what must stay %s.", is.Kind, was.Kind)
	case repeats(p.Text(), is) && !repeats(p.Original(), was):
		e := core.Errorf(core.CodeBlocked, "A guardrail redacted names in the arguments of a tool call so that two members of one object would have the same.")
		e.Origin = core.OriginPlugin
		return e
	}
	return nil
}

// repeats tells whether an object in v has a key twice.
func repeats(doc []byte, v jsonscan.Value) bool {
	switch v.Kind { //nolint:exhaustive // the others hold no objects
	case jsonscan.ArrayKind:
		for a := jsonscan.Elements(doc, v); a.Next(); {
			if repeats(doc, a.Value()) {
				return true
			}
		}
	case jsonscan.ObjectKind:
		var obj jsonscan.Object
		obj.Limits.Members = len(doc)
		var e *jsonscan.Error
		if err := jsonscan.ScanObject(doc, v, nil, &obj); errors.As(err, &e) && e.Code == jsonscan.CodeDuplicateKey {
			return true
		}
		for _, m := range obj.Members {
			if repeats(doc, m.Value) {
				return true
			}
		}
	}
	return false
}

// Render appends doc with all splices applied, as ranges of doc and new bytes
// in the memory of ex. Those at one place keep the order in which they were
// added; one that lies within another is dropped.
func (m *Memory) Render(ex *core.Exchange, dst [][]byte, doc []byte) [][]byte {
	if len(m.splices) > 1 {
		slices.SortStableFunc(m.splices, func(a, b splice) int { return a.start - b.start })
	}
	at := 0
	for i := range m.splices {
		s := &m.splices[i]
		if s.start < at {
			continue
		}
		dst = appendRange(dst, doc[at:s.start])
		if s.part != nil {
			dst = appendPieces(ex, dst, doc[s.start:s.end], s.part, doc[s.part.Raw.Start] == '"')
		} else {
			dst = appendRange(dst, s.new)
		}
		at = s.end
	}
	return appendRange(dst, doc[at:])
}

func appendRange(dst [][]byte, b []byte) [][]byte {
	if len(b) == 0 {
		return dst
	}
	return append(dst, b)
}

// appendPieces appends the edited text of p. raw is what it was made of: the
// inside of a JSON string, from which what was not edited is taken with its
// escapes as they are, or a value of another kind.
func appendPieces(ex *core.Exchange, dst [][]byte, raw []byte, p *core.Part, inString bool) [][]byte {
	pos := position{raw: raw}
	for _, piece := range p.Pieces().List() {
		switch {
		case !inString && piece.New == nil:
			dst = appendRange(dst, raw[piece.Start:piece.End])
		case !inString:
			dst = appendRange(dst, piece.New)
		case piece.New == nil:
			from := pos.of(piece.Start)
			dst = appendRange(dst, raw[from:pos.of(piece.End)])
		default:
			q := Quoted(ex, piece.New)
			dst = appendRange(dst, q[1:len(q)-1])
		}
	}
	return dst
}
