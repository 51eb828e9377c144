package plugintest

import "fmt"

// completionsDialect is the older one of OpenAI, of texts alone.
const completionsDialect = "openai.completions"

// front is a client's dialect.
type front struct {
	name string
	path func(model string, stream bool) string
	body func(model, text string, stream bool) string
	// same is the back of the same dialect.
	same string
}

var fronts = []front{
	{
		name: "openai.chat", same: "openai.chat",
		path: func(string, bool) string { return "/v1/chat/completions" },
		body: func(model, text string, stream bool) string {
			return fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":%q}]}`, model, stream, text)
		},
	},
	{
		name: completionsDialect, same: completionsDialect,
		path: func(string, bool) string { return "/v1/completions" },
		body: func(model, text string, stream bool) string {
			return fmt.Sprintf(`{"model":%q,"stream":%t,"max_tokens":1000,"prompt":%q}`, model, stream, text)
		},
	},
	{
		name: "openai.responses", same: "openai.responses",
		path: func(string, bool) string { return "/v1/responses" },
		body: func(model, text string, stream bool) string {
			return fmt.Sprintf(`{"model":%q,"stream":%t,"store":false,"input":%q}`, model, stream, text)
		},
	},
	{
		name: "anthropic.messages", same: "anthropic.messages",
		path: func(string, bool) string { return "/v1/messages" },
		body: func(model, text string, stream bool) string {
			return fmt.Sprintf(`{"model":%q,"stream":%t,"max_tokens":1000,"messages":[{"role":"user","content":%q}]}`, model, stream, text)
		},
	},
	{
		name: "gemini", same: "gemini",
		path: func(model string, stream bool) string {
			if stream {
				return "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
			}
			return "/v1beta/models/" + model + ":generateContent"
		},
		body: func(_, text string, _ bool) string {
			return fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"text":%q}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}`, text)
		},
	},
}

// reaches tells whether a client of f can be served by b: in its own dialect, or
// through a translator, of which there is none for completions, and none to Responses.
func (f *front) reaches(b *back) bool {
	if f.same == b.name {
		return true
	}
	return f.name != completionsDialect && b.name != completionsDialect && b.name != "openai.responses"
}

// Dialects returns the names of the clients' dialects in which guards are tested.
func Dialects() []string {
	names := make([]string, len(fronts))
	for i := range fronts {
		names[i] = fronts[i].name
	}
	return names
}
