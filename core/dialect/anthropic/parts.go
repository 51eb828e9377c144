package anthropic

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// judged are the members in which also a string that no row names is judged: the
// model may read it.
var judged = []string{
	"messages", "system", "tools", "tool_choice", "mcp_servers", "container", "context_management",
	"output_config", "output_format", "thinking", "diagnostics",
}

// Compiled once; never changed after.
var (
	requestForm = leaf.NewForm(leaf.Spec{
		Rows: requestLeaves, Keys: requestKeys,
		Turns: "messages[]", Judged: judged,
		Role: core.RoleSystem, Msg: -1,
		Scenes: scenes(map[string]leaf.Scene{"messages[]": enterMessage}, "system[]", "messages[].content[]"),
	})
	answerForm = leaf.NewForm(leaf.Spec{
		Rows: answerLeaves, Judged: []string{"content"}, Role: core.RoleAssistant,
		Scenes: scenes(map[string]leaf.Scene{}, "content[]"),
	})
)

// scenes adds those of the blocks at the given paths, and of the blocks in them.
func scenes(out map[string]leaf.Scene, paths ...string) map[string]leaf.Scene {
	for _, p := range paths {
		for _, inner := range []string{"", ".content[]", ".content[].content[]", ".source.content[]", ".content[].source.content[]", ".content.content"} {
			out[p+inner] = enterBlock
			out[p+inner+".source"] = enterSource
		}
	}
	return out
}

func enterMessage(w *leaf.Walk, o leaf.Object) {
	role := o.Value("role")
	switch role.Kind {
	case jsonscan.String:
		w.Role = roleOf(w.Text(role))
	case jsonscan.None:
		w.Fail(leaf.Missing(w.Path()+".role", "a string that names who speaks"))
	default:
		w.Fail(leaf.Invalid(w.Path()+".role", "must be a string, not %s", role.Kind))
	}
}

// roleOf maps the dialect's roles. Whoever is not known speaks as the user, whom
// nobody trusts.
func roleOf(name []byte) core.Role {
	switch string(name) {
	case "system":
		return core.RoleSystem
	case "assistant":
		return core.RoleAssistant
	default:
		return core.RoleUser
	}
}

// anyImage is the media type of an image that does not tell its own.
const anyImage = "image/*"

// enterBlock notes what a block says about the strings in it.
func enterBlock(w *leaf.Walk, o leaf.Object) {
	kind := w.Text(o.Value("type"))
	w.Name, w.Media = nil, nil
	switch {
	case bytes.HasSuffix(kind, []byte("tool_use")):
		w.Name, w.Ref = w.Text(o.Value("name")), w.Text(o.Value("id"))
	case bytes.HasSuffix(kind, []byte("tool_result")):
		w.Role, w.Ref = core.RoleTool, w.Text(o.Value("tool_use_id"))
	case string(kind) == "image":
		w.Media = []byte(anyImage)
	case string(kind) == "document":
		w.Media = []byte("application/pdf") // the only kind that may lie elsewhere
	}
}

func enterSource(w *leaf.Walk, o leaf.Object) {
	kind := w.Text(o.Value("type"))
	if v := o.Value("media_type"); v.Kind == jsonscan.String {
		w.Media = bytes.ToLower(w.Text(v))
	} else if string(kind) == "base64" && string(w.Media) != anyImage {
		w.Media = nil // what it is, it must tell itself
	}
	w.Plain = string(kind) == "text"
}

// settle gives parts that stand where a document may stand the kind that their
// media type tells.
func settle(parts []*core.Part) {
	for _, p := range parts {
		settlePart(p)
	}
}

func settlePart(p *core.Part) {
	if p.Kind != core.PartDocument {
		return
	}
	switch {
	case string(p.Name) == anyImage:
		p.Kind, p.Name = core.PartImage, nil
	case bytes.HasPrefix(p.Name, []byte("image/")):
		p.Kind = core.PartImage
	case bytes.HasPrefix(p.Name, []byte("text/")):
		p.Kind, p.Name = core.PartText, nil
		if p.Role == core.RoleTool {
			p.Kind = core.PartToolResult
		}
	}
}

// Parts opens the levels of the request that the table of string leaves knows and
// fills ex.Prompt. The input of a call is one part, whose text is the JSON as it is
// written. Texts without escapes alias ex.Request.Body; the others are decoded into
// the memory of ex.
//
// It refuses what law 2 refuses in each object it opens, and messages that are no
// objects or do not say who speaks; the error names the place.
func (Messages) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	err := m.Prompt(ex, requestForm, &m.top)
	settle(ex.Prompt)
	return err
}

// Unknown returns the JSON paths of the request's string leaves that no row of
// [requestLeaves] names, or that it calls opaque: what a guard cannot judge. It is
// to be called after [Messages.Scan].
func (Messages) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, requestForm, &m.top)
}

// AnswerParts appends the parts of a whole answer, in the order of the document.
// Their IDs count from len(dst). What a guard judges must not be readable in two
// ways: an answer that breaks law 2 is CodeUpstreamInvalid here, though without
// a guard it passes. A count of tokens has no parts.
func (Messages) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	out, err := memoryOf(ex).AnswerParts(ex, answerForm, body, dst)
	settle(out[len(dst):])
	return out, err
}

// UnknownInAnswer is [Messages.Unknown] for a whole answer and [answerLeaves].
func (Messages) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, answerForm, body)
}

// UnknownInEvent is [Messages.Unknown] for the data of one event of a stream and
// [eventLeaves].
func (Messages) UnknownInEvent(ex *core.Exchange, data []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, eventForm, data)
}

// sealEdited is the signature of thinking that a guard changed: no provider
// accepts it, so that the block is left out when it comes back.
var sealEdited = []byte(`"` + sealOfEdited + `"`)

const sealOfEdited = tagSeal + "edited."

// SpliceAnswer returns body with the edits of parts applied, which must come from
// AnswerParts with the same body; thinking that was edited gets a signature that
// Forward and Typed know for none. It returns nil where nothing was edited. The
// ranges alias body and the memory of ex.
func (Messages) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	m := memoryOf(ex)
	out, err := m.SpliceAnswer(ex, answerForm, body, parts)
	if err != nil || !slices.ContainsFunc(parts, editedThinking) {
		return out, err
	}
	edited := m.thinkingIn(body, func(i int, s jsonscan.Span) bool {
		return slices.ContainsFunc(parts, func(p *core.Part) bool { return editedThinking(p) && within(p, s) })
	})
	doc := bytes.Join(out, nil)
	m.Begin()
	for _, b := range m.thinkingIn(doc, func(i int, _ jsonscan.Span) bool {
		return slices.ContainsFunc(edited, func(e thinkingBlock) bool { return e.index == i })
	}) {
		if b.signature.Kind != jsonscan.None {
			m.Replace(b.signature.Span, sealEdited)
		}
	}
	return m.Render(ex, nil, doc), nil
}

func editedThinking(p *core.Part) bool {
	return (p.Kind == core.PartThinking || p.Kind == core.PartRedacted) && p.Raw.Len() > 0 && p.Edited()
}

func within(p *core.Part, s jsonscan.Span) bool { return p.Raw.Start >= s.Start && p.Raw.End <= s.End }

// thinkingBlock is a block of an answer that thinks.
type thinkingBlock struct {
	index     int
	signature jsonscan.Value
}

// thinkingIn returns the blocks of an answer that AnswerParts accepted and that
// want says yes to.
func (m *memory) thinkingIn(doc []byte, want func(i int, s jsonscan.Span) bool) (list []thinkingBlock) {
	v, err := jsonscan.Validate(doc, 0)
	if err != nil || jsonscan.ScanObject(doc, v, answerKeys, &m.typed.levels[levelMessage]) != nil {
		return nil
	}
	block := &m.typed.levels[levelBlock]
	for a := jsonscan.Elements(doc, m.typed.levels[levelMessage].Value(answerContent)); a.Next(); {
		elem := a.Value()
		if want(a.Index(), elem.Span) && elem.Kind == jsonscan.ObjectKind && jsonscan.ScanObject(doc, elem, blockKeys, block) == nil {
			list = append(list, thinkingBlock{a.Index(), block.Value(blockSignature)})
		}
	}
	return list
}
