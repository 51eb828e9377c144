package plugintest

import (
	"fmt"
	"slices"
	"strings"
)

// The dialects that clients and providers have in common.
const (
	chatDialect        = "openai.chat"
	completionsDialect = "openai.completions" // the older one of OpenAI, of texts alone
	responsesDialect   = "openai.responses"
	claudeDialect      = "anthropic.messages"
	geminiDialect      = "gemini"
)

// front is a client's dialect.
type front struct {
	name string
	path func(model string, stream bool) string
	// body is a request for what the id asks for. Where the text of x stands in the
	// prompt, it does so at the place of x.
	body func(x *exchange, model string) string
	// without are the places that its prompts do not have.
	without []string
	// same is the back of the same dialect.
	same string
	// op is what it asks for, opChat if nothing is said; the others are in
	// operation.go.
	op string
	// textAlone: its answers have no place but the text. What else a provider says
	// gets lost.
	textAlone bool
}

var fronts = slices.Concat([]front{
	{
		name: chatDialect, same: chatDialect, body: chatPrompt,
		path: func(string, bool) string { return "/v1/chat/completions" },
	},
	{
		name: completionsDialect, same: completionsDialect, body: completionsPrompt, textAlone: true,
		path:    func(string, bool) string { return "/v1/completions" },
		without: promptsBut(inUser),
	},
	{
		name: responsesDialect, same: responsesDialect, body: responsesPrompt,
		path: func(string, bool) string { return "/v1/responses" },
	},
	{
		name: claudeDialect, same: claudeDialect, body: claudePrompt, without: []string{inCustom},
		path: func(string, bool) string { return "/v1/messages" },
	},
	{
		name: geminiDialect, same: geminiDialect, body: geminiPrompt, without: []string{inCustom},
		path: func(model string, stream bool) string {
			if stream {
				return "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
			}
			return "/v1beta/models/" + model + ":generateContent"
		},
	},
}, otherFronts)

// promptsBut returns all places of prompts but some.
func promptsBut(places ...string) []string {
	return slices.DeleteFunc(slices.Clone(promptPlaces), func(place string) bool { return slices.Contains(places, place) })
}

// reaches tells whether a client of f can be served by b: in its own dialect, or
// through a translator. Of completions there are none from and to OpenAI's own.
func (f *front) reaches(b *back) bool {
	switch {
	case f.same == b.name:
		return true
	case f.op != b.op || f.op == opEmbeddings && f.name != embeddingsDialect:
		return false
	default:
		return b.name != completionsDialect && !(f.name == completionsDialect && b.name == chatDialect)
	}
}

func (f *front) holds(place string) bool { return !slices.Contains(f.without, place) }

// Dialects returns the names of the clients' dialects in which guards are tested.
func Dialects() []string {
	names := make([]string, len(fronts))
	for i := range fronts {
		names[i] = fronts[i].name
	}
	return names
}

// in tells whether the text stands at a place of the prompt.
func (x *exchange) in(place string) bool { return x.prompt && x.place == place }

// word returns the text as JSON where it stands at a place of the prompt, and
// otherwise what else stands there.
func (x *exchange) word(place, otherwise string) string {
	if x.in(place) {
		return x.spelled(x.text)
	}
	return x.spelled(otherwise)
}

// ask is what the user says last; its id tells the provider whose request it is.
func (x *exchange) ask() string { return "Say " + x.id }

// Pixel is a PNG of one pixel, in base64.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// joined puts what is not "" into a list.
func joined(items ...string) string {
	return strings.Join(slices.DeleteFunc(items, func(s string) bool { return s == "" }), ",")
}

// when returns a text if a condition holds.
func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// schema is that of the arguments of the tool note.
func (x *exchange) schema() string {
	return `{"type":"object","properties":{"note":{"type":"string","description":` + x.word(inSchema, "what to keep") + `}` +
		when(x.in(inSchemaName), `,`+x.word(inSchemaName, "")+`:{"type":"boolean"}`) + `}}`
}

// called tells whether the prompt has a tool, and an earlier call of it.
func (x *exchange) called() bool {
	return x.in(inCall) || x.in(inToolResult) || x.in(inTool) || x.in(inSchema) || x.in(inSchemaName)
}

// earlier are the arguments of that call.
func (x *exchange) earlier() string { return `{"note":` + x.word(inCall, "this") + `}` }

func completionsPrompt(x *exchange, model string) string {
	return fmt.Sprintf(`{"model":%q,"stream":%t,"max_tokens":1000,"prompt":%s}`, model, x.streamed(), x.word(inUser, x.ask()))
}
