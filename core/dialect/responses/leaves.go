package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// judged are the members in which also a string that no row names is judged: the
// model may read it.
var judged = []string{
	"input", "tools", "tool_choice", "text", "prompt", "reasoning", "context_management", "moderation",
}

// Compiled once; never changed after.
var (
	requestForm = leaf.NewForm(leaf.Spec{
		Rows: requestLeaves, Keys: requestKeys,
		Turns: "input[]", Judged: judged,
		Role: core.RoleSystem, Msg: -1,
		Scenes: map[string]leaf.Scene{
			"input[]":                       enterItem,
			"input[].content[].input_audio": enterAudio,
			"input[].output[].input_audio":  enterAudio,
			"tools[]":                       enterTool,
			"tools[].tools[]":               enterTool,
			"input[].tools[]":               enterTool,
			"input[].tools[].tools[]":       enterTool,
		},
	})
	answerForm = leaf.NewForm(leaf.Spec{
		Rows: answerLeaves, Turns: "output[]", Judged: []string{"output"}, Role: core.RoleAssistant,
		Scenes: map[string]leaf.Scene{"output[]": enterItem, "output[].content[]": enterEventPart},
	})
)

// textMedia marks items whose result is no image.
const textMedia = "text/plain"

// enterItem notes what an item says about the strings in it.
func enterItem(w *leaf.Walk, o leaf.Object) {
	kind := w.Text(o.Value("type"))
	w.Role = roleOfItem(kind, w.Text(o.Value("role")))
	w.Name, w.Ref = w.Text(o.Value("name")), w.Text(o.Value("call_id"))
	w.Media = nil
	switch {
	case isReference(kind, o):
		w.Unseen(o.Value("id"), "id")
	case string(kind) == "mcp_approval_response":
		w.Unseen(o.Value("approval_request_id"), "approval_request_id")
	}
	if bytes.HasPrefix(kind, []byte("program")) {
		w.Media = []byte(textMedia)
	}
}

// isReference tells whether an item stands for an earlier one, which the provider keeps:
// it says so, or has an id and not what makes an item of its kind.
func isReference(kind []byte, o leaf.Object) bool {
	absent := func(name string) bool { return leaf.Absent(o.Value(name)) }
	switch string(kind) {
	case "item_reference":
		return true
	case "":
		return absent("role") && absent("content")
	case "reasoning":
		summary := o.Value("summary")
		return absent("encrypted_content") && absent("content") && (leaf.Absent(summary) || summary.Len() <= len("[]"))
	case "image_generation_call":
		return absent("result")
	default:
		return false
	}
}

func enterTool(w *leaf.Walk, o leaf.Object) {
	w.Role, w.Name, w.Ref = core.RoleSystem, w.Text(o.Value("name")), nil
}

func enterAudio(w *leaf.Walk, o leaf.Object) {
	w.Media = append(append(w.Exchange().Alloc(32)[:0], "audio/"...), w.Text(o.Value("format"))...)
}

// roleOfItem tells who speaks in an item: of a message its role, of what an answer
// holds the assistant, and of outputs the tool. Whoever is not known speaks as the
// user, whom nobody trusts.
func roleOfItem(kind, role []byte) core.Role {
	switch {
	case len(kind) == 0 || string(kind) == "message" || len(role) > 0:
		switch string(role) {
		case "system", "developer":
			return core.RoleSystem
		case "assistant":
			return core.RoleAssistant
		default:
			return core.RoleUser
		}
	case bytes.HasSuffix(kind, []byte("_output")):
		return core.RoleTool
	case bytes.HasSuffix(kind, []byte("_call")):
		return core.RoleAssistant
	}
	switch string(kind) {
	case "reasoning", "program", "compaction", "mcp_list_tools", "mcp_approval_request":
		return core.RoleAssistant
	}
	return core.RoleUser
}

// settle gives parts that stand where an image may stand the kind that their item
// tells.
func settle(parts []*core.Part) {
	for _, p := range parts {
		settlePart(p)
	}
}

func settlePart(p *core.Part) {
	if p.Kind != core.PartImage || string(p.Name) != textMedia {
		return
	}
	p.Kind, p.Name = core.PartText, nil
	if p.Role == core.RoleTool {
		p.Kind = core.PartToolResult
	}
}

// Parts opens the levels of the request that the table of string leaves knows and
// fills ex.Prompt. Texts without escapes alias ex.Request.Body; the others are
// decoded into the memory of ex. An input that is a string is a part of message 0
// of the user.
//
// It refuses what law 2 refuses in each object it opens, and items that are no
// objects; the error names the place.
func (Dialect) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	if err := m.Prompt(ex, requestForm, &m.top); err != nil {
		return err
	}
	settle(ex.Prompt)
	if v := m.top.Value(keyInput); v.Kind == jsonscan.String {
		for _, p := range ex.Prompt {
			if p.Raw == core.Span(v.Span) {
				p.Role, p.Msg = core.RoleUser, 0
			}
		}
	}
	return nil
}

// Unknown returns the JSON paths of the request's string leaves that no row of
// [requestLeaves] names, or that it calls opaque: what a guard cannot judge. It is
// to be called after [Dialect.Scan].
func (Dialect) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, requestForm, &m.top)
}

// AnswerParts appends the parts of a whole answer, in the order of the document; Msg
// is the index of the item. Their IDs count from len(dst). What a guard judges must
// not be readable in two ways: an answer that breaks law 2 is CodeUpstreamInvalid
// here, though without a guard it passes.
func (Dialect) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	n := len(dst)
	dst, err := memoryOf(ex).AnswerParts(ex, answerForm, body, dst)
	if err == nil {
		settle(dst[n:])
	}
	return dst, err
}

// UnknownInAnswer is [Dialect.Unknown] for a whole answer and [answerLeaves].
func (Dialect) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, answerForm, body)
}

// UnknownInEvent is the same for the data of one event of a stream and
// [eventLeaves].
func (Dialect) UnknownInEvent(ex *core.Exchange, data []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, eventForm, data)
}

// SpliceAnswer returns body with the edits of parts applied, which must come from
// AnswerParts with the same body, and what derives from edited parts of the same
// item replaced by null. It returns nil where nothing was edited. The ranges alias
// body and the memory of ex.
func (Dialect) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	return memoryOf(ex).SpliceAnswer(ex, answerForm, body, parts)
}
