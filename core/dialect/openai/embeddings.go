package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Embeddings is the dialect "openai.embeddings"
// (https://platform.openai.com/docs/api-reference/embeddings). The strings of
// "input" are parts; input that stands as tokens passes where nobody must read it
// and is refused where a hook must. There are no streams.
type Embeddings struct {
	// Depth is as in [Chat].
	Depth int
}

var (
	_ core.Dialect         = Embeddings{}
	_ core.ParameterReader = Embeddings{}
)

// Name returns "openai.embeddings".
func (Embeddings) Name() string { return "openai.embeddings" }

// Match returns OpEmbeddings for the one path of the dialect, else OpNone.
func (Embeddings) Match(path []byte) core.Operation {
	if string(path) == "/v1/embeddings" {
		return core.OpEmbeddings
	}
	return core.OpNone
}

// embeddingKeys begin as requestKeys do; keyMessages is the input.
var embeddingKeys = []string{"model", "input", "encoding_format", "dimensions", "input_type"}

const keyEncoding = 2 // of embeddingKeys

var embeddingLeaves = []leaf.Row{
	{Path: "model", Class: leaf.Route},
	{Path: "input", Class: leaf.Part, Kind: core.PartText},
	{Path: "input[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "input[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "input[].content", Class: leaf.Part, Kind: core.PartText, Why: "Google's form, which some gateways take"},
	{Path: "input[].title", Class: leaf.Part, Kind: core.PartText},
	{Path: "input[].task_type", Class: leaf.Control},
	{Path: "encoding_format", Class: leaf.Control},
	{Path: "input_type", Class: leaf.Control},
	{Path: "task_type", Class: leaf.Control},
	{Path: "user", Class: leaf.Setting, Why: "an identifier of the app's own choice that the provider keeps"},
}

var embeddingAnswerLeaves = []leaf.Row{
	{Path: "id", Class: leaf.Control},
	{Path: "object", Class: leaf.Control},
	{Path: "model", Class: leaf.Control},
	{Path: "provider", Class: leaf.Control},
	{Path: "data[].object", Class: leaf.Control},
	{Path: "data[].embedding", Class: leaf.Control, Why: "a vector in base64"},
	{Path: "usage.**", Class: leaf.Control, Why: "counts"},
}

// Compiled once; never changed after.
var (
	embeddingForm       = leaf.NewForm(leaf.Spec{Rows: embeddingLeaves, Keys: embeddingKeys, Judged: []string{"input"}, Role: core.RoleUser})
	embeddingAnswerForm = leaf.NewForm(leaf.Spec{Rows: embeddingAnswerLeaves, Role: core.RoleAssistant})
)

// Scan reads the top level of ex.Request.Body and fills ex.Request, as
// [Chat.Scan] does.
func (e Embeddings) Scan(ex *core.Exchange) *core.Error {
	m, err := scanTop(ex, e.Depth, embeddingForm, `"model" and "input"`)
	if err != nil {
		return err
	}
	input := m.top.Value(keyMessages)
	if leaf.Absent(input) {
		return leaf.Missing("input", "a string or an array of strings")
	}
	m.base64 = string(m.top.Value(keyEncoding).Text(ex.Request.Body)) == "base64"
	_, err = countTexts(ex.Request.Body, "input", input, true)
	return err
}

// Parts fills ex.Prompt with the texts; see [Chat.Parts].
func (Embeddings) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	if err := noTokens(ex.Request.Body, "input", m.top.Value(keyMessages)); err != nil {
		return err
	}
	return m.Prompt(ex, embeddingForm, &m.top)
}

// Unknown is [Chat.Unknown] for this dialect.
func (Embeddings) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, embeddingForm, &m.top)
}

// Forward fills at.Request.Body; see [Chat.Forward]. A part that a hook appended
// has no place and is CodePluginFailed.
func (Embeddings) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	return memoryOf(ex).forward(ex, at, refuseMessage, false)
}

// The members of an answer.
const (
	embeddingObject = iota
	embeddingData
	embeddingModel
	embeddingUsage
	embeddingError
)

var embeddingAnswerKeys = jsonscan.NewKeys("object", "data", "model", "usage", "error")

// Answer reads usage and model off a whole answer, as [Chat.Answer] does.
func (Embeddings) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	var (
		a    answer
		data jsonscan.Value
	)
	for id := c.Enter(embeddingAnswerKeys); id != jsonscan.NoMember; id = c.Member(embeddingAnswerKeys, id) {
		switch id {
		case embeddingData:
			data = c.Skip()
		case embeddingModel:
			a.model = c.Skip()
		case embeddingUsage:
			a.usage.read(&c)
		case embeddingError:
			a.failure = c.Skip()
		default:
			c.Skip()
		}
	}
	switch {
	case !c.End():
		return notOurs("The upstream's answer is not valid JSON.")
	case a.failure.Kind == jsonscan.ObjectKind, a.failure.Kind == jsonscan.String:
		return a.readWhole(ex, body) // makes the error
	case data.Kind != jsonscan.ArrayKind:
		return notOurs("The upstream's answer has no \"data\" and so holds no embeddings.")
	}
	if u := &a.usage; u.found && !u.has(usageCompletion) {
		u.set(usageCompletion, 0) // nothing is produced
	}
	a.note(ex, at, body)
	return nil
}

// AnswerParts appends nothing: vectors hold no text.
func (Embeddings) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	return memoryOf(ex).AnswerParts(ex, embeddingAnswerForm, body, dst)
}

// UnknownInAnswer is [Chat.UnknownInAnswer] for this dialect.
func (Embeddings) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, embeddingAnswerForm, body)
}

// SpliceAnswer returns nil: nothing can be edited.
func (Embeddings) SpliceAnswer(*core.Exchange, []byte, []*core.Part) ([][]byte, *core.Error) {
	return nil, nil
}

// Parameters tells the settings of a request that has been scanned.
func (Embeddings) Parameters(ex *core.Exchange, p *core.Parameters) { readSettings(ex, p, "input") }

// Choices appends nothing: an answer has none.
func (Embeddings) Choices(_ []byte, dst []core.Choice) []core.Choice { return dst }

// Event forwards; there are no streams.
func (Embeddings) Event(*core.Exchange, *core.Attempt, []byte) core.Disposition {
	return core.EventForward
}

// EndStream fails: there are no streams.
func (Embeddings) EndStream(*core.Exchange, *core.Attempt) *core.Error {
	return notOurs("The upstream streamed an answer that cannot be a stream.")
}

// AppendStreamEnd appends nothing.
func (Embeddings) AppendStreamEnd(dst []byte) []byte { return dst }

// RenderError is [Chat.RenderError].
func (Embeddings) RenderError(dst []byte, e *core.Error, id core.ID) []byte {
	return Chat{}.RenderError(dst, e, id)
}

// RenderErrorEvent is [Chat.RenderErrorEvent].
func (Embeddings) RenderErrorEvent(dst []byte, e *core.Error, id core.ID) []byte {
	return Chat{}.RenderErrorEvent(dst, e, id)
}

// RenderModels is [Chat.RenderModels].
func (Embeddings) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	return Chat{}.RenderModels(dst, models)
}
