package plugintest

import "fmt"

// back is a provider's dialect: what it calls its contents on the wire.
type back struct {
	name, kind, base string // the kind of provider and the path of its base URL
	settings         string // of the provider in the gateway's configuration
	says             map[string]bool
	whole            func(x *exchange) string
	stream           func(x *exchange) []event
	framing          framing
	done             string // the last payload, if it is no JSON
	choices          string // the member that lists choices, "" where there is but one
}

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

var backs = []back{
	{name: "openai.chat", kind: "groq", base: "/v1", says: says(answerPlaces...), whole: chatWhole, stream: chatStream, done: "[DONE]", choices: "choices"},
	{name: completionsDialect, kind: "groq", base: "/v1", says: says(inText), whole: completionsWhole, stream: completionsStream, done: "[DONE]", choices: "choices"},
	{name: responsesDialect, kind: "openai", base: "/v1", says: says(answerPlaces...), whole: responsesWhole, stream: responsesStream},
	{name: manyIn, kind: "anthropic", says: says(inText, inThinking, inCall, inName, inCitation), whole: claudeWhole, stream: claudeStream},
	{name: "gemini", kind: "gemini", base: "/v1beta", says: says(inText, inThinking, inCall, inName), whole: geminiWhole, stream: geminiStream, choices: "candidates"},
	{
		name: "bedrock.converse", kind: "bedrock", settings: ", settings: {region: eu-north-1}", framing: eventStream,
		says: says(inText, inThinking, inCall, inName, inCitation), whole: converseWhole, stream: converseStream,
	},
	{name: "cohere.chat", kind: "cohere", says: says(inText, inThinking, inCall, inName, inCitation), whole: cohereWhole, stream: cohereStream},
	{name: "mistral.chat", kind: "mistral", base: "/v1", says: says(inText, inThinking, inCall, inName), whole: mistralWhole, stream: mistralStream, done: "[DONE]"},
	{name: "ollama.chat", kind: "ollama-native", framing: lines, says: says(inText, inThinking, inCall, inName), whole: ollamaWhole, stream: ollamaStream},
}

// Providers returns the names of the providers' dialects in which guards are tested.
func Providers() []string {
	names := make([]string, len(backs))
	for i := range backs {
		names[i] = backs[i].name
	}
	return names
}

// manyIn is the dialect in which answers of many blocks are tried.
const manyIn = "anthropic.messages"

// answered is what providers say where the prompt is what counts.
const answered = "noted"

// at tells whether the text stands at a place of the answer.
func (x *exchange) at(place string) bool {
	if x.prompt {
		return place == inText
	}
	return x.place == place
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
	if x.at(inName) {
		return `{"note":"this"}`
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
