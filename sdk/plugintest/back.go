package plugintest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// back is a provider's dialect: what it calls its contents on the wire.
type back struct {
	name, kind, base string // the kind of provider and the path of its base URL
	says             map[string]bool
	whole            func(x *exchange) string
	stream           func(x *exchange) []string // payloads
	named            bool                       // events have the name of their type
	done             string                     // the last payload, if it is no JSON
}

func says(kinds ...string) map[string]bool {
	out := map[string]bool{}
	for _, k := range kinds {
		out[k] = true
	}
	return out
}

var backs = []back{
	{name: "openai.chat", kind: "groq", base: "/v1", says: says(places...), whole: chatWhole, stream: chatStream, done: "[DONE]"},
	{name: completionsDialect, kind: "groq", base: "/v1", says: says("text"), whole: completionsWhole, stream: completionsStream, done: "[DONE]"},
	{name: "openai.responses", kind: "openai", base: "/v1", says: says(places...), whole: responsesWhole, stream: responsesStream, named: true},
	{name: "anthropic.messages", kind: "anthropic", says: says("text", "thinking", "tool_call", "citation"), whole: claudeWhole, stream: claudeStream, named: true},
	{name: "gemini", kind: "gemini", base: "/v1beta", says: says("text", "thinking", "tool_call"), whole: geminiWhole, stream: geminiStream},
}

// at tells whether the text of x stands in a place; a harmless one is a text.
func (x *exchange) at(place string) bool {
	return x.place == place || x.place == "" && place == "text"
}

// manyIn is the dialect in which answers of many blocks are tried.
const manyIn = "anthropic.messages"

// arguments are those of a tool call that holds the text.
func (x *exchange) arguments() string { return fmt.Sprintf(`{"note":%s}`, quoted(x.text)) }

func quoted(s string) string {
	b, _ := json.Marshal(s) // of a string it cannot fail
	return string(b)
}

func list(payloads []string, format string, pieces []string) []string {
	for _, p := range pieces {
		payloads = append(payloads, fmt.Sprintf(format, quoted(p)))
	}
	return payloads
}

const citationURL = `"url":"https://example.com/","start_index":0,"end_index":1`

func chatWhole(x *exchange) string {
	var m []string
	finish := "stop"
	switch {
	case x.at("text"):
		m = append(m, `"content":`+quoted(x.text))
	case x.at("thinking"):
		m = append(m, `"content":"well","reasoning_content":`+quoted(x.text))
	case x.at("refusal"):
		m = append(m, `"content":null,"refusal":`+quoted(x.text))
	case x.at("citation"):
		m = append(m, `"content":"well","annotations":[{"type":"url_citation","url_citation":{"title":`+quoted(x.text)+`,`+citationURL+`}}]`)
	default:
		finish = "tool_calls"
		m = append(m, `"content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"note","arguments":`+quoted(x.arguments())+`}}]`)
	}
	return `{"id":"c1","object":"chat.completion","created":1,"model":"m1","choices":[{"index":0,"message":{"role":"assistant",` +
		strings.Join(m, ",") + `},"finish_reason":"` + finish + `"}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`
}

func chatStream(x *exchange) []string {
	chunk := func(delta, finish string) string {
		return `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`
	}
	member := map[string]string{"text": "content", "thinking": "reasoning_content", "refusal": "refusal"}[x.place]
	finish := `"stop"`
	out := []string{chunk(`{"role":"assistant","content":""}`, "null")}
	switch x.place {
	case "citation":
		out = append(out, chunk(`{"content":"well","annotations":[{"type":"url_citation","url_citation":{"title":`+quoted(x.text)+`,`+citationURL+`}}]}`, "null"))
	case "tool_call":
		finish = `"tool_calls"`
		out = append(out, chunk(`{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"note","arguments":""}}]}`, "null"))
		for _, p := range x.pieces(x.arguments()) {
			out = append(out, chunk(`{"tool_calls":[{"index":0,"function":{"arguments":`+quoted(p)+`}}]}`, "null"))
		}
	default:
		if member == "" {
			member = "content"
		}
		for _, p := range x.pieces(x.text) {
			out = append(out, chunk(`{"`+member+`":`+quoted(p)+`}`, "null"))
		}
	}
	return append(out, chunk("{}", finish),
		`{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`)
}

func completion(text, finish, usage string) string {
	return `{"id":"c1","object":"text_completion","created":1,"model":"m1","choices":[{"index":0,"text":` + quoted(text) +
		`,"logprobs":null,"finish_reason":` + finish + `}]` + usage + `}`
}

const completionsUsage = `,"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}`

func completionsWhole(x *exchange) string { return completion(x.text, `"stop"`, completionsUsage) }

func completionsStream(x *exchange) (out []string) {
	for _, p := range x.pieces(x.text) {
		out = append(out, completion(p, "null", ""))
	}
	return append(out, completion("", `"stop"`, completionsUsage))
}

func claudeBlock(x *exchange) string {
	switch {
	case x.at("text"):
		return `{"type":"text","text":` + quoted(x.text) + `}`
	case x.at("thinking"):
		return `{"type":"thinking","thinking":` + quoted(x.text) + `,"signature":"c2VhbA=="}`
	case x.at("citation"):
		return `{"type":"text","text":"well","citations":[{"type":"char_location","cited_text":` + quoted(x.text) + `,"document_index":0,"document_title":"t","start_char_index":0,"end_char_index":1}]}`
	default:
		return `{"type":"tool_use","id":"toolu_1","name":"note","input":` + x.arguments() + `}`
	}
}

// before is how many blocks stand before the one that counts.
func (x *exchange) before() int {
	if x.cut.size == many {
		return manyBlocks
	}
	return 0
}

func claudeStop(x *exchange) string {
	if x.place == "tool_call" {
		return "tool_use"
	}
	return "end_turn"
}

func claudeWhole(x *exchange) string {
	content := strings.Repeat(`{"type":"text","text":`+quoted(x.harmless)+`},`, x.before()) + claudeBlock(x)
	return `{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[` + content + `],"stop_reason":"` + claudeStop(x) +
		`","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":5}}`
}

func claudeStream(x *exchange) []string {
	out := []string{`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}`}
	at := strconv.Itoa(x.before())
	for i := range x.before() {
		out = append(out, fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"text","text":""}}`, i),
			fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%s}}`, i, quoted(x.harmless)),
			fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, i))
	}
	start := func(block string) {
		out = append(out, `{"type":"content_block_start","index":`+at+`,"content_block":`+block+`}`, `{"type":"ping"}`)
	}
	delta := func(kind string, pieces []string) {
		out = list(out, `{"type":"content_block_delta","index":`+at+`,"delta":{`+kind+`:%s}}`, pieces)
	}
	switch {
	case x.at("text"):
		start(`{"type":"text","text":""}`)
		delta(`"type":"text_delta","text"`, x.pieces(x.text))
	case x.at("thinking"):
		start(`{"type":"thinking","thinking":"","signature":""}`)
		delta(`"type":"thinking_delta","thinking"`, x.pieces(x.text))
		delta(`"type":"signature_delta","signature"`, []string{"c2VhbA=="})
	case x.at("citation"):
		start(`{"type":"text","text":""}`)
		delta(`"type":"text_delta","text"`, []string{"well"})
		out = append(out, `{"type":"content_block_delta","index":`+at+`,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":`+
			quoted(x.text)+`,"document_index":0,"document_title":"t","start_char_index":0,"end_char_index":1}}}`)
	default:
		start(`{"type":"tool_use","id":"toolu_1","name":"note","input":{}}`)
		delta(`"type":"input_json_delta","partial_json"`, x.pieces(x.arguments()))
	}
	return append(out, `{"type":"content_block_stop","index":`+at+`}`,
		`{"type":"message_delta","delta":{"stop_reason":"`+claudeStop(x)+`","stop_sequence":null},"usage":{"output_tokens":5}}`, `{"type":"message_stop"}`)
}

func geminiChunk(part, finish string) string {
	if finish != "" {
		finish = `,"finishReason":"` + finish + `"`
	}
	return `{"candidates":[{"content":{"role":"model","parts":[` + part + `]},"index":0` + finish + `}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":5,"totalTokenCount":10},"modelVersion":"m1","responseId":"r1"}`
}

func geminiWhole(x *exchange) string {
	return geminiChunk(strings.Join(geminiParts(x, false), ","), "STOP")
}

func geminiStream(x *exchange) (out []string) {
	for _, p := range geminiParts(x, true) {
		out = append(out, geminiChunk(p, ""))
	}
	return append(out, geminiChunk(`{"text":""}`, "STOP"))
}

func geminiParts(x *exchange, stream bool) []string {
	pieces := []string{x.text}
	if stream {
		pieces = x.pieces(x.text)
	}
	switch {
	case x.at("text"):
		return list(nil, `{"text":%s}`, pieces)
	case x.at("thinking"):
		return append(list(nil, `{"text":%s,"thought":true}`, pieces), `{"text":"well"}`)
	default:
		return []string{`{"functionCall":{"name":"note","args":` + x.arguments() + `}}`}
	}
}
