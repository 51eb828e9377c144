package plugintest

import (
	"fmt"
	"slices"
)

// back is a provider's dialect: what it calls its contents on the wire.
type back struct {
	name string
	// kinds are the kinds of provider that speak it, in turn.
	kinds   []kind
	op      string // what it serves, opChat if nothing is said
	model   string // "" for one whose name tells nothing
	says    map[string]bool
	whole   func(x *exchange) string
	stream  func(x *exchange) []event
	framing framing
	done    string // the last payload, if it is no JSON
	choices string // the member that lists choices, "" where there is but one
}

// kind is a kind of provider, as the gateway's configuration names it: with the path of
// its base URL, and its settings.
type kind struct{ name, base, settings string }

// event is one event of a stream: its payload, and its name where it has one.
type event struct{ name, data string }

// says are the places that an answer has.
func says(kinds ...string) map[string]bool {
	out := map[string]bool{}
	for _, k := range kinds {
		out[k] = true
	}
	return out
}

// What is served besides is in operation.go.
var backs = slices.Concat([]back{
	{
		name: chatDialect, kinds: []kind{{"groq", "/v1", ""}},
		says: says(answerPlaces...), whole: chatWhole, stream: chatStream, done: "[DONE]", choices: "choices",
	},
	{
		name: completionsDialect, kinds: []kind{{"groq", "/v1", ""}},
		says: says(inText, inLogprobs), whole: completionsWhole, stream: completionsStream, done: "[DONE]", choices: "choices",
	},
	{
		name: responsesDialect, kinds: []kind{{"openai-responses", "/v1", ""}},
		says: says(answerPlaces...), whole: responsesWhole, stream: responsesStream,
	},
	{
		name: manyIn, kinds: []kind{{"anthropic", "", ""}, {"vertex-anthropic", "/v1", inCloud}},
		says: says(inText, inThinking, inCall, inName, inCitation), whole: claudeWhole, stream: claudeStream,
	},
	{
		name: geminiDialect, kinds: []kind{{"gemini", "/v1beta", ""}, {"vertex", "/v1", inCloud}},
		says: says(inText, inLogprobs, inThinking, inCall, inName), whole: geminiWhole, stream: geminiStream, choices: "candidates",
	},
	{
		name: "bedrock.converse", kinds: []kind{{"bedrock", "", inRegion}}, framing: eventStream,
		says: says(inText, inThinking, inCall, inName, inCitation), whole: converseWhole, stream: converseStream,
	},
	{
		name: "bedrock.invoke", kinds: []kind{{"bedrock-anthropic", "", inRegion}}, framing: carried,
		says: says(inText, inThinking, inCall, inName, inCitation), whole: claudeWhole, stream: claudeStream,
	},
	{
		name: "cohere.chat", kinds: []kind{{"cohere", "", ""}},
		says: says(inText, inThinking, inCall, inName, inCitation), whole: cohereWhole, stream: cohereStream,
	},
	{
		name: "mistral.chat", kinds: []kind{{"mistral", "/v1", ""}},
		says: says(inText, inThinking, inCall, inName), whole: mistralWhole, stream: mistralStream, done: "[DONE]",
	},
	{
		name: "ollama.chat", kinds: []kind{{"ollama-native", "", ""}}, framing: lines,
		says: says(inText, inThinking, inCall, inName), whole: ollamaWhole, stream: ollamaStream,
	},
}, otherBacks)

const (
	inCloud  = ", settings: {region: europe-west4, project: kit}"
	inRegion = ", settings: {region: eu-north-1}"
)

// Providers returns the names of the providers' dialects in which guards are tested.
func Providers() []string {
	names := make([]string, len(backs))
	for i := range backs {
		names[i] = backs[i].name
	}
	return names
}

// manyIn is the dialect in which answers of many blocks are tried.
const manyIn = claudeDialect

// answered is what providers say where the prompt is what counts.
const answered = "noted"

// holds tells whether answers to clients of a front have a place. Where the client
// declares a tool of free text, calls of functions are such calls to it.
func (b *back) holds(f *front, place string) bool {
	return b.says[place] || place == inCustom && b.says[inCall] && f.holds(inCustom)
}

// at tells whether the text stands at a place of the answer.
func (x *exchange) at(place string) bool {
	if x.prompt {
		return place == inText
	}
	return x.place == place || place == inText && x.place == inLogprobs
}

// said is the text of the answer, wherever it stands.
func (x *exchange) said() string {
	if x.prompt {
		return answered
	}
	return x.text
}

// tool is the name of the tool that the answer calls.
func (x *exchange) tool() string {
	if x.at(inName) {
		return x.quoted(x.said())
	}
	return `"note"`
}

// arguments are those of a tool call that holds the text.
func (x *exchange) arguments() string {
	switch {
	case x.at(inName):
		return `{"note":"this"}`
	case x.at(inCustom):
		return `{"input":` + x.quoted(x.said()) + `}`
	}
	return `{"note":` + x.quoted(x.said()) + `}`
}

// each makes an event of each piece of a text.
func (x *exchange) each(events []event, name, format string, pieces []string) []event {
	for _, p := range pieces {
		events = append(events, event{name, fmt.Sprintf(format, x.quoted(p))})
	}
	return events
}

const citationURL = `"url":"https://example.com/","start_index":0,"end_index":1`
