package leaf

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Names of members that no row names may be anything, and the model may read them as
// it reads texts: those of the properties that a schema describes, say. The names in an
// object, and in what lies below it and is described no further, are one part, since
// there are many and few guards care. A hook can judge them but not change them: whoever
// calls a tool, and whoever wrote it, know its arguments by these names.
//
// What a tool returned is data: there each name is a part of its own, and can change.

// nameEnd stands between two names. The comma keeps the words of two of them from being
// read as one phrase.
const nameEnd = ",\n"

// maxKeptNames bounds the memory for names that is kept for the next request, in bytes.
const maxKeptNames = 64 << 10

// name is a part whose text is a name, or names.
type name struct {
	part   *core.Part
	object int // where the first key of its object begins, or several
}

// several is the object of a part with the names of many members.
const several = -1

// shows tells whether names that n does not have are shown.
func (n *node) shows() bool {
	return n == nil || n.rest == nil || n.rest.row.Class != Secret
}

// steers tells whether what n does not have is the protocol's: the names there are
// shown if they are no words.
func (n *node) steers() bool {
	return n != nil && n.rest != nil && (n.rest.row.Class == Control || n.rest.row.Class == Opaque)
}

// gathers tells whether an object of form n has its names, and those below it, in a
// part of its own.
func (n *node) gathers() bool { return n != nil && n.rest != n }

// name notes the name of a member that no row of n names. free tells that it is not
// one of the words that schemas are written in.
func (w *Walk) name(obj *jsonscan.Object, m *jsonscan.Member, n *node, free bool) {
	if n != nil && n.rest != nil && n.rest.row.Kind == core.PartToolResult {
		w.part(jsonscan.Value{Kind: jsonscan.String, Span: m.Key, Escaped: m.KeyEscaped}, core.PartToolResult)
		w.m.named = append(w.m.named, name{w.parts[len(w.parts)-1], obj.Members[0].Key.Start})
		return
	}
	key := m.Key.Of(w.doc)
	switch {
	case n.steers() && !m.KeyEscaped && isWord(key):
		return
	case m.KeyEscaped:
		w.m.names = jsonscan.AppendText(w.m.names, w.doc, m.Key)
	case !free && schemaName(key[1:len(key)-1]), n != nil && n.rest == nil && isSetting(m.Value) && settingName(key[1:len(key)-1]):
		return
	default:
		w.m.names = append(w.m.names, key[1:len(key)-1]...)
	}
	w.m.names = append(w.m.names, nameEnd...)
}

// sayNames makes a part of the names from an offset on, which are those of obj, of form
// n, and below.
func (w *Walk) sayNames(obj *jsonscan.Object, n *node, from int) {
	text := w.ex.Copy(w.m.names[from : len(w.m.names)-len(nameEnd)])
	w.m.names = w.m.names[:from]
	before := w.State
	if !w.underJudged() && (n.rest == nil || n.rest.row.Class != Part) {
		w.Role, w.Msg = core.RoleTool, -1
	}
	w.add(obj.Members[0].Key, core.PartText, text)
	w.m.named = append(w.m.named, name{w.parts[len(w.parts)-1], several})
	w.State = before
}

// namesProperties tells whether the names in the object where the walk stands are, in
// a schema, not of its own words.
func (w *Walk) namesProperties() bool {
	if len(w.steps) == 0 {
		return false
	}
	switch string(w.steps[len(w.steps)-1].key.Of(w.doc)) {
	case `"properties"`, `"patternProperties"`, `"$defs"`, `"definitions"`, `"dependentSchemas"`, `"dependentRequired"`, `"dependencies"`:
		return true
	}
	return false
}

// checkNames refuses edits of names that are known elsewhere, and those after which two
// members of one object would have the same name.
func (m *Memory) checkNames(ex *core.Exchange) *core.Error {
	edited := false
	for _, n := range m.named {
		if !n.part.Edited() {
			continue
		}
		if n.object == several {
			return m.refuseName(ex, n.part, "A guardrail does not accept a name in %s. Names are not redacted there, "+
				"since the model and the app must know them by the same words: choose another one.")
		}
		edited = true
	}
	if !edited {
		return nil
	}
	type member struct {
		object int
		name   string
	}
	seen := make(map[member]bool, len(m.named))
	for _, n := range m.named {
		is := member{n.object, string(n.part.Text())}
		if n.object != several && seen[is] {
			return m.refuseName(ex, n.part, "A guardrail redacted names in %s so that two members of one object would have the same: choose others.")
		}
		seen[is] = true
	}
	return nil
}

func (m *Memory) refuseName(ex *core.Exchange, p *core.Part, format string) *core.Error {
	path := m.pathOf(ex, p)
	where := "the request"
	if path != "" {
		where = strconv.Quote(path)
	}
	e := core.ClientErrorf(core.CodeBlocked, path, format, where)
	e.Origin = core.OriginPlugin
	return e
}

// pathOf returns the path of the object with the name p, as far as the table knows it:
// names of the client's own do not belong into errors.
func (m *Memory) pathOf(ex *core.Exchange, p *core.Part) string {
	w := m.start(ex, m.form, ex.Request.Body)
	defer m.end()
	w.report, w.find = true, p.Raw.Start
	if err := w.answer(); err != nil {
		return ""
	}
	return w.found
}

// look notes where the walk stands if what is looked for lies in obj.
func (w *Walk) look(obj *jsonscan.Object) {
	if list := obj.Members; len(list) > 0 && list[0].Key.Start <= w.find && w.find < list[len(list)-1].Value.End {
		w.found = w.Path()
	}
}
