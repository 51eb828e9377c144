package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Parts opens the levels of the request that the table of string leaves knows
// and fills ex.Prompt. Texts without escapes alias ex.Request.Body; the others
// are decoded into the memory of ex.
//
// It refuses what law 2 refuses in each object it opens, a member in both its
// spellings, and contents that are no objects; the error names the place.
func (Dialect) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.thinking = m.thinking[:0]
	if err := m.Prompt(ex, m.form(), &m.top); err != nil {
		return err
	}
	m.tell(ex.Request.Body, ex.Prompt)
	return nil
}

// Unknown returns the JSON paths of the request's string leaves that no table
// names, or that it calls opaque: what a guard cannot judge. It is to be called
// after [Dialect.Scan].
func (Dialect) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, m.form(), &m.top)
}

// AnswerParts appends the parts of a whole answer, in the order of the document.
// Their IDs count from len(dst). An answer that breaks law 2 is
// CodeUpstreamInvalid here, though without a guard it passes.
func (Dialect) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	m := memoryOf(ex)
	m.thinking = m.thinking[:0]
	out, err := m.AnswerParts(ex, answerForm, body, dst)
	if err != nil {
		return dst, err
	}
	m.tell(body, out[len(dst):])
	return out, nil
}

// UnknownInAnswer is [Dialect.Unknown] for a whole answer.
func (Dialect) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, answerForm, body)
}

// SpliceAnswer returns body with the edits of parts applied, which must come
// from AnswerParts with the same body, and what derives from edited parts
// replaced by null. It returns nil where nothing was edited.
func (Dialect) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	return memoryOf(ex).SpliceAnswer(ex, answerForm, body, parts)
}

// tell gives parts the kind that the table cannot know, because a member beside
// them says it: thinking, image or audio. list is in the order of the document.
func (m *memory) tell(doc []byte, list []*core.Part) {
	next := m.thinking
	for _, p := range list {
		for len(next) > 0 && next[0] < p.Raw.Start {
			next = next[1:]
		}
		switch {
		case len(next) > 0 && next[0] == p.Raw.Start:
			p.Kind = core.PartThinking
		case p.Kind == core.PartDocument:
			p.Kind = kindOf(p.Name)
		}
	}
}

// kindOf returns the kind of a part by its media type in lower case.
func kindOf(media []byte) core.PartKind {
	switch {
	case bytes.HasPrefix(media, []byte("image/")):
		return core.PartImage
	case bytes.HasPrefix(media, []byte("audio/")):
		return core.PartAudio
	default:
		return core.PartDocument
	}
}

// roleOf maps the dialect's roles. Whoever is not known speaks as the user, whom
// nobody trusts.
func roleOf(name []byte) core.Role {
	switch string(name) {
	case "model":
		return core.RoleAssistant
	case "system":
		return core.RoleSystem
	case "function":
		return core.RoleTool
	default:
		return core.RoleUser
	}
}

// content is the scene of one message.
func content(w *leaf.Walk, o leaf.Object) {
	role := o.Value("role")
	if role.Kind != jsonscan.String && !leaf.Absent(role) {
		w.Fail(leaf.Invalid(w.Path()+".role", "must be a string, not %s", role.Kind))
		return
	}
	w.Role = roleOf(w.Text(role))
}

// speaker is the scene of what is said in a role.
func speaker(role core.Role) leaf.Scene {
	return func(w *leaf.Walk, _ leaf.Object) { w.Role = role }
}

// declaration is the scene of a function that may be called.
func declaration(w *leaf.Walk, o leaf.Object) { w.Name = w.Text(o.Value("name")) }

// thought is the scene of a part: its text may be thinking.
func thought(w *leaf.Walk, o leaf.Object) {
	if o.Value("thought").Bool() {
		m := memoryOf(w.Exchange())
		m.thinking = append(m.thinking, o.Value("text").Start)
	}
}

func functionCall(w *leaf.Walk, o leaf.Object) {
	w.Name, w.Ref = w.Text(o.Value("name")), w.Text(o.Value("id"))
}

func functionResponse(w *leaf.Walk, o leaf.Object) {
	w.Role = core.RoleTool
	w.Name, w.Ref = w.Text(o.Value("name")), w.Text(o.Value("id"))
}

// media is the scene of what is not text.
func media(w *leaf.Walk, o leaf.Object) {
	w.Media = lower(w.Exchange(), w.Text(either(o, "mimeType", "mime_type")))
}

// lower returns b in lower case: itself, or a copy in the memory of ex.
func lower(ex *core.Exchange, b []byte) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			out := ex.Copy(b)
			for ; i < len(out); i++ {
				if c := out[i]; c >= 'A' && c <= 'Z' {
					out[i] = c | 0x20
				}
			}
			return out
		}
	}
	return b
}
