package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Completions is the dialect "openai.completions": the legacy text completions
// (https://platform.openai.com/docs/api-reference/completions), which many
// runtimes still serve. Answers, streams and errors are those of [Chat] but for
// where the text stands.
//
// A prompt of tokens passes to a provider of the same dialect; where somebody must
// read it, a hook or a translator, it is refused.
type Completions struct{ Chat }

var (
	_ core.TypedDialect    = Completions{}
	_ core.ParameterReader = Completions{}
)

// Name returns "openai.completions".
func (Completions) Name() string { return "openai.completions" }

// Match returns OpCompletions for the one path of the dialect, else OpNone.
func (Completions) Match(path []byte) core.Operation {
	if string(path) == "/v1/completions" {
		return core.OpCompletions
	}
	return core.OpNone
}

// completionKeys begin as requestKeys do, so that the members in common have the
// same IDs; keyMessages is the prompt.
var completionKeys = []string{
	"model", "prompt", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n",
	"temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs",
	"best_of", "echo", "seed", "suffix",
}

var completionLeaves = []leaf.Row{
	{Path: "model", Class: leaf.Route},
	{Path: "prompt", Class: leaf.Part, Kind: core.PartText},
	{Path: "prompt[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "suffix", Class: leaf.Part, Kind: core.PartText},
	{Path: "stop", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},
	{Path: "stop[]", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},
	{Path: "user", Class: leaf.Setting, Why: "an identifier of the app's own choice that the provider keeps"},
	{Path: "grammar", Class: leaf.Setting, Why: "a program that shapes the answer at the runtime"},
	{Path: "prompt_embeds", Class: leaf.Opaque, Why: whyNumbers},
	{Path: "prompt_token_ids", Class: leaf.Opaque, Why: whyNumbers},
	{Path: "input_ids", Class: leaf.Opaque, Why: whyNumbers},
}

var completionAnswerLeaves = []leaf.Row{
	{Path: "id", Class: leaf.Control},
	{Path: "object", Class: leaf.Control},
	{Path: "model", Class: leaf.Control},
	{Path: "provider", Class: leaf.Control},
	{Path: "service_tier", Class: leaf.Control},
	{Path: "system_fingerprint", Class: leaf.Control},
	{Path: "usage.**", Class: leaf.Control, Why: "counts"},
	{Path: "timings.**", Class: leaf.Control, Why: "counts"},
	{Path: "choices[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "choices[].finish_reason", Class: leaf.Control},
	{Path: "choices[].logprobs", Class: leaf.Spelling, Why: "spells the text token by token"},
	{Path: "prompt_token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].prompt_token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].token_ids", Class: leaf.Spelling, Why: whySpelled},
}

// Compiled once; never changed after.
var (
	completionForm       = leaf.NewForm(leaf.Spec{Rows: completionLeaves, Keys: completionKeys, Judged: []string{"prompt"}, Role: core.RoleUser})
	completionAnswerForm = leaf.NewForm(leaf.Spec{
		Rows: completionAnswerLeaves, Choices: "choices[]", Judged: []string{"choices"}, Role: core.RoleAssistant,
	})
)

// Scan reads the top level of ex.Request.Body and fills ex.Request, as
// [Chat.Scan] does. Each prompt of a list gives n choices.
func (c Completions) Scan(ex *core.Exchange) *core.Error {
	m, err := scanTop(ex, c.Depth, completionForm, `"model" and "prompt"`)
	if err != nil {
		return err
	}
	if err := m.scanStream(&ex.Request); err != nil {
		return err
	}
	if err := m.scanBounds(&ex.Request); err != nil {
		return err
	}
	prompt := m.top.Value(keyMessages)
	n, err := countTexts(ex.Request.Body, "prompt", prompt, false)
	ex.Request.Choices *= max(n, 1)
	return err
}

// scanTop reads the top level and the model of a request that has no messages.
func scanTop(ex *core.Exchange, depth int, form *leaf.Form, needs string) (*memory, *core.Error) {
	m := memoryOf(ex)
	m.forget()
	body := ex.Request.Body
	if len(body) == 0 {
		return nil, core.ClientErrorf(core.CodeInvalidRequest, "", "The request has no body. Send a JSON object with %s.", needs)
	}
	m.top.Limits.Depth = depth
	if err := jsonscan.Scan(body, form.Keys(), &m.top); err != nil {
		return nil, leaf.Refusal(err, "")
	}
	m.body = len(body)
	r := &ex.Request
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = false, false, 0, 1
	return m, scanModel(ex, m.top.Value(keyModel))
}

// countTexts returns how many texts v is: a string, tokens, or a list of either,
// or of objects where those may be.
func countTexts(body []byte, member string, v jsonscan.Value, objects bool) (int64, *core.Error) {
	if v.Kind == jsonscan.String || leaf.Absent(v) {
		return 1, nil
	}
	if v.Kind != jsonscan.ArrayKind {
		return 0, leaf.Invalid(member, "must be a string or an array, not %s", v.Kind)
	}
	n := int64(0)
	for a := jsonscan.Elements(body, v); a.Next(); n++ {
		switch k := a.Value().Kind; k {
		case jsonscan.Number:
			return 1, nil // one text, as tokens
		case jsonscan.String, jsonscan.ArrayKind:
		case jsonscan.ObjectKind:
			if !objects {
				return 0, leaf.Invalid(member, "must hold strings or tokens, not %s", k)
			}
		default:
			return 0, leaf.Invalid(member, "must hold strings or tokens, not %s", k)
		}
	}
	if n == 0 {
		return 0, leaf.Invalid(member, "is empty")
	}
	return n, nil
}

// noTokens refuses a text that stands as tokens, which nobody here can read.
func noTokens(body []byte, member string, v jsonscan.Value) *core.Error {
	if v.Kind != jsonscan.ArrayKind {
		return nil
	}
	for a := jsonscan.Elements(body, v); a.Next(); {
		if k := a.Value().Kind; k == jsonscan.Number || k == jsonscan.ArrayKind {
			return leaf.Invalid(member, "holds tokens, but this route reads or translates the text; send strings")
		}
	}
	return nil
}

// Parts fills ex.Prompt; see [Chat.Parts].
func (Completions) Parts(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	if err := noTokens(ex.Request.Body, "prompt", m.top.Value(keyMessages)); err != nil {
		return err
	}
	return m.Prompt(ex, completionForm, &m.top)
}

// Unknown is [Chat.Unknown] for this dialect.
func (Completions) Unknown(ex *core.Exchange) ([]string, *core.Error) {
	m := memoryOf(ex)
	return m.Unknown(ex, completionForm, &m.top)
}

// Forward fills at.Request.Body; see [Chat.Forward]. A part that a hook appended
// has no place and is CodePluginFailed.
func (Completions) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	return memoryOf(ex).forward(ex, at, refuseMessage, true)
}

// AnswerParts is [Chat.AnswerParts] for this dialect.
func (Completions) AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error) {
	return memoryOf(ex).AnswerParts(ex, completionAnswerForm, body, dst)
}

// UnknownInAnswer is [Chat.UnknownInAnswer] for this dialect.
func (Completions) UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error) {
	return memoryOf(ex).UnknownInAnswer(ex, completionAnswerForm, body)
}

// SpliceAnswer is [Chat.SpliceAnswer] for this dialect.
func (Completions) SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error) {
	return memoryOf(ex).SpliceAnswer(ex, completionAnswerForm, body, parts)
}

// Parameters tells the settings of a request that has been scanned.
func (Completions) Parameters(ex *core.Exchange, p *core.Parameters) { readSettings(ex, p, "prompt") }
